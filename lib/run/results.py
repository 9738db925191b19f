"""What the cells of a profile found, as one table: the re-trained level of evidence."""

from pathlib import Path

import pandas as pd

from lib.run import profiles, records
from lib.run.cells import Cell
from lib.stats import right_wrong

WHAT = ("answer", "class", "ir")
COLUMNS = ["dataset", "student", "arm", "seed", "what", "n", "k", "value", "tokens", "cell"]
STEPPED = ("correct", "incorrect", "incorrect-class", "incorrect-facts", "correct-padded")  # arms that show steps


def load(profile: str, root: Path | None = None) -> pd.DataFrame:
    """One row per finished cell and accuracy: COLUMNS.

    what    answer; class (step) and ir (facts step) only where the arm's traces have these steps
    n, k    test problems, and for how many of them it was right; value = 100 k / n, percent
    tokens  written by the student, mean per problem
    """
    rows = [row for cell, folder in finished(profile, root) for row in _rows(cell, records.metrics(folder)["test"])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(cell: Cell, test: dict) -> list[tuple]:
    n, of_cell = test["n"], (cell.dataset, cell.student, cell.arm, cell.seed)
    shares = {"answer": test["scores"]["acc"], "class": test["accuracy"]["class"], "ir": test["accuracy"]["ir"]}
    return [
        (*of_cell, what, n, round(shares[what] * n / 100), shares[what], test["tokens"] / n, cell.id)
        for what in (WHAT if cell.arm in STEPPED else WHAT[:1])
    ]


def finished(profile: str, root: Path | None = None) -> list[tuple[Cell, Path]]:
    """(cell, its folder) for every cell of a profile that is trained here or recorded."""
    found = [(cell, records.find(cell, root)) for cell in profiles.load(profile)]
    return [(cell, folder) for cell, folder in found if folder]


def missing(profile: str, root: Path | None = None) -> list[Cell]:
    """The cells of a profile that are neither trained here nor recorded."""
    return records.missing(profiles.load(profile), root)


def mean_over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds: dataset, student, arm, what, seeds, n, value, low, high (percent), tokens.

    The interval: with three seeds or more, Student's t over the seeds' values; with fewer, Wilson's over the test
    problems of the one seed, or of both pooled, which says nothing of seeds (column interval: "seeds" or "problems").
    """
    rows = []
    for keys, part in table.groupby(["dataset", "student", "arm", "what"], sort=False):
        seeds, n, k = len(part), int(part["n"].sum()), int(part["k"].sum())
        if seeds >= 3:
            found = right_wrong.mean_of(part["value"].tolist())
            low, high, interval = max(0.0, found.low), min(100.0, found.high), "seeds"
        else:
            found = right_wrong.proportion(k, n)
            low, high, interval = 100 * found.low, 100 * found.high, "problems"
        rows.append((*keys, seeds, n, float(part["value"].mean()), low, high, interval, float(part["tokens"].mean())))
    columns = ["dataset", "student", "arm", "what", "seeds", "n", "value", "low", "high", "interval", "tokens"]
    return pd.DataFrame(rows, columns=columns)
