"""How many facts, answers and gold facts a problem has, on average; counted in data/dataset_sizes.csv."""

import pandas as pd

from lib.files import DATA


def means(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a dataset and class: dataset, class, problems, and the means of facts, answers and gold facts."""
    weighed = counts.assign(total=counts["size"] * counts["problems"])
    sums = weighed.groupby(["dataset", "class", "what"], sort=False)[["problems", "total"]].sum()
    table = (sums["total"] / sums["problems"]).unstack("what")[["facts", "answers", "gold_facts"]]
    table.insert(0, "problems", sums["problems"].groupby(["dataset", "class"], sort=False).first())
    return table.rename_axis(columns=None).reset_index()


def load() -> pd.DataFrame:
    """The committed counts of the released problems (lib.published.agreement.count_sizes)."""
    return pd.read_csv(DATA / "dataset_sizes.csv")
