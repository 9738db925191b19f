"""How many facts, answers and gold facts a problem has, counted: data/dataset_sizes.csv.

    python -m lib.analysis.sizes     # from the authors' release: prints means and writes the counts

The table holds counts only, none of the authors' text. CoTempQA's "during" is at hand as test problems alone.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lib.analysis.splits import babi_problems
from lib.datasets.cotemp import audit
from lib.datasets.problem import Problem
from lib.errors import expect_no_arguments, run_cli
from lib.files import DATA, write_table

FILE = DATA / "dataset_sizes.csv"
COUNTED = ("facts", "answers", "gold_facts")
_KEYS = ["dataset", "class", "what", "size"]


def count(problems: Iterable[Problem]) -> pd.DataFrame:
    """Columns dataset, class, what (one of COUNTED), size, problems: how many problems have so many of it."""
    sizes = Counter(
        (problem.dataset, problem.category, what, len(getattr(problem, what)))
        for problem in problems
        for what in COUNTED
    )
    return pd.DataFrame([(*key, sizes[key]) for key in sorted(sizes)], columns=[*_KEYS, "problems"])


def means(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a dataset and class: dataset, class, problems, and the mean of each of COUNTED."""
    weighed = counts.assign(total=counts["size"] * counts["problems"])
    sums = weighed.groupby(["dataset", "class", "what"], sort=False)[["problems", "total"]].sum()
    table = (sums["total"] / sums["problems"]).unstack("what")[list(COUNTED)]
    table.insert(0, "problems", sums["problems"].groupby(["dataset", "class"], sort=False).first())
    return table.rename_axis(columns=None).reset_index()


def load(path: Path = FILE) -> pd.DataFrame:
    """The committed counts of the released problems."""
    return pd.read_csv(path)


def build() -> pd.DataFrame:
    """The counts from the release: CoTempQA and bAbI (train and test)."""
    return count([*audit.released_problems().problems, *babi_problems("train"), *babi_problems("test")])


def main(argv: list[str]) -> None:
    """Rebuild data/dataset_sizes.csv from the release and print the means."""
    expect_no_arguments(argv, "lib.analysis.sizes")
    table = build()
    write_table(table, FILE)
    print("the released problems: means of each class")
    print(means(table).to_string(index=False, float_format="{:.2f}".format))


if __name__ == "__main__":
    run_cli(main)
