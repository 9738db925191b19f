"""How far `babi.decompose` agrees with the labels of the released bAbI data: data/babi_agreement.csv.

    python -m lib.analysis.babi_agreement     # from the authors' release: prints the table and writes it

The table holds counts and percent only, none of the authors' text. Where several chains of sentences answer a
question equally well (sizes), the release names one of them; `equally_short` counts how many of the disagreements on
supporting facts are of that sort, and none of them counts as agreement.
"""

from dataclasses import replace

import pandas as pd

from lib.analysis.splits import babi_problems
from lib.datasets import babi
from lib.datasets.problem import Problem
from lib.errors import InputError, expect_no_arguments, run_cli
from lib.files import DATA, write_table

FILE = DATA / "babi_agreement.csv"
SPLITS = ("train", "test")
_KEYS = ["split", "category"]
_STEPS = ["class", "answers", "gold_facts"]


def build() -> pd.DataFrame:
    """One row a split and task type, in the project's order.

    Columns: split, category, problems (distinct ones), class, answers, gold_facts (percent that agree; order counts),
    other_gold_facts (problems whose supporting facts disagree), equally_short (how many of those are explained).
    """
    rows = [{"split": split, **compare(problem)} for split in SPLITS for problem in babi_problems(split)]
    groups = pd.DataFrame(rows).groupby(_KEYS, sort=False)
    table = (100 * groups[_STEPS].mean()).round(2)
    table.insert(0, "problems", groups.size())
    table["other_gold_facts"] = groups.size() - groups["gold_facts"].sum()
    table["equally_short"] = groups["equally_short"].sum()
    order = [(split, category) for split in SPLITS for category in babi.CATEGORIES]
    return table.reindex(order).dropna().astype({"problems": int, "other_gold_facts": int}).reset_index()


def compare(problem: Problem) -> dict[str, str | bool]:
    """Whether class, answers and supporting facts agree; whether other supporting facts would do as well."""
    found = babi.decompose(problem)
    agree = found.gold_facts == problem.gold_facts
    return {
        "category": problem.category,
        "class": found.category == problem.category,
        "answers": found.answers == problem.answers,
        "gold_facts": agree,
        "equally_short": not agree and _would_do(problem, len(found.gold_facts)),
    }


def _would_do(problem: Problem, length: int) -> bool:
    """Whether the labelled supporting facts, as many as ours, give the answer by themselves and are all needed."""
    try:
        alone = babi.decompose(replace(problem, facts=problem.gold_facts))
    except InputError:
        return False
    return len(problem.gold_facts) == length and (alone.answers, alone.gold_facts) == (
        problem.answers,
        problem.gold_facts,
    )


def main(argv: list[str]) -> None:
    """Rebuild data/babi_agreement.csv from the release and print it."""
    expect_no_arguments(argv, "lib.analysis.babi_agreement")
    table = build()
    write_table(table, FILE)
    print(table.to_string(index=False))
    print(f"{table['problems'].sum()} problems -> {FILE.parent.name}/{FILE.name}")


if __name__ == "__main__":
    run_cli(main)
