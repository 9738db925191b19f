"""The reported level: numbers that the paper or the authors' score files state, read from data/.

paper.csv              claim, dataset, student, arm, value, unit, where: every number of the paper that we know
published_scores.csv   score files of the authors' later commits: part 2's students, and part 1 with seeds 121 to 123
confusion.csv          the authors' published 2x2 tables (counts), rebuilt by `python -m lib.published verdicts`
"""

import json

import pandas as pd

from lib.errors import InputError
from lib.files import DATA
from lib.published import release

CELLS = ["right_right", "right_wrong", "wrong_right", "wrong_wrong"]  # answer, step


def read(name: str) -> pd.DataFrame:
    """One table of data/ by file name. Text columns are empty strings where they do not apply."""
    return pd.read_csv(DATA / name, keep_default_na=False)


def number(claim: str, dataset: str = "", student: str = "", arm: str = "") -> float:
    """The one number of paper.csv with these keys; InputError where there is none, or more than one."""
    table, keys = read("paper.csv"), {"claim": claim, "dataset": dataset, "student": student, "arm": arm}
    found = table.loc[(table[list(keys)] == pd.Series(keys)).all(axis=1), "value"]
    if len(found) != 1:
        raise InputError(f"paper.csv: expected one row with {keys}, found {len(found)}")
    return float(found.iloc[0])


def build_confusion() -> pd.DataFrame:
    """The authors' confusion matrices as counts: dataset, student, arm, step, unevaluated, CELLS.

    CoTempQA's were counted on the outputs of an earlier run, which were not released.
    """
    rows = []
    for name in release.names(r"results/\w+/confusion_matrix/"):
        dataset = name.split("/")[2].lower().removesuffix("qa")
        matrices = json.loads(release.fetch(name).read_text())
        unevaluated = matrices["accuracies"].get("unevaluated", 0)
        for matrix, step in (("matrix1", "class"), ("matrix2", "ir"), ("matrix3", "trace")):
            counts = map(int, (unevaluated, *matrices[matrix].values()))
            rows.append((dataset, *release.student_and_arm(name), step, *counts))
    table = pd.DataFrame(rows, columns=["dataset", "student", "arm", "step", "unevaluated", *CELLS])
    return table.sort_values(["dataset", "student", "arm", "step"], ignore_index=True)
