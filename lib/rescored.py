"""The re-scored level: tables of counts and shares from the verdicts on the authors' released outputs.

Input everywhere: the table of `lib.verdicts.load()`. `answers` and `steps` choose the protocol of each axis. For
CoTempQA the paper averages the four classes without weights, so accuracies here do, too; bAbI is one test set.
"""

import pandas as pd

from lib.study import DATASETS, STUDENTS

CELLS = ("right_right", "right_wrong", "wrong_right", "wrong_wrong")  # answer, step
STEPS = ("class", "ir", "trace")


def outputs(table: pd.DataFrame, dataset: str, student: str, arm: str) -> pd.DataFrame:
    """The rows of one run (for CoTempQA: of its four classes), in a fixed order."""
    rows = table[(table["dataset"] == dataset) & (table["student"] == student) & (table["arm"] == arm)]
    return rows.sort_values(["category", "problem"])


def runs(table: pd.DataFrame, arms: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(dataset, student, arm) of the runs at hand with these arms, in the project's order."""
    present = set(table[["dataset", "student", "arm"]].itertuples(index=False, name=None))
    wanted = [(dataset, student, arm) for dataset in DATASETS for student in STUDENTS for arm in arms]
    return [run for run in wanted if run in present]
