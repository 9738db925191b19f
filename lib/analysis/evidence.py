"""Answer accuracy of the arms at all three levels of evidence, in one table that names level, dataset and student.

The levels are different students on different problems: rows are to be compared within a level, not across.
"""

import pandas as pd

from lib.published import reported
from lib.study import DATASET_LABELS

ARMS = ("vanilla", "correct", "incorrect")
_RESCORED = "re-scored, strict answers"


def answers(retrained: pd.DataFrame, rescored: dict[str, float]) -> pd.DataFrame:
    """level, dataset, student, arm, value, low, high (percent; NaN where the paper gives no interval), interval.

    retrained  as lib.run.results.mean_over_seeds returns it
    rescored   the numbers of notebook 04, accuracy/<dataset>/<student>/<arm>/re-scored, strict answers/…
    """
    rows = [*_reported(), *_rescored(rescored)]
    part = retrained[(retrained["what"] == "answer") & retrained["arm"].isin(ARMS)]
    for row in part.itertuples():
        label = f"{DATASET_LABELS[row.dataset]}, generated"
        rows.append(("re-trained", label, row.student, row.arm, row.value, row.low, row.high, f"over {row.interval}"))
    return pd.DataFrame(rows, columns=["level", "dataset", "student", "arm", "value", "low", "high", "interval"])


def _reported() -> list[tuple]:
    table = reported.read("paper.csv")
    part = table[(table["claim"] == "answer accuracy") & table["arm"].isin(ARMS)]
    none = float("nan")
    return [
        ("reported", DATASET_LABELS[row.dataset], row.student, row.arm, row.value, none, none, "not given")
        for row in part.itertuples()
    ]


def _rescored(numbers: dict[str, float]) -> list[tuple]:
    rows = []
    for key, value in numbers.items():
        match key.split("/"):
            case ["accuracy", dataset, student, arm, level, "value"] if level == _RESCORED and arm in ARMS:
                low, high = (numbers[key.replace("/value", f"/{end}")] for end in ("low", "high"))
                rows.append(("re-scored", DATASET_LABELS[dataset], student, arm, value, low, high, "over problems"))
    order = {arm: n for n, arm in enumerate(ARMS)}
    return sorted(rows, key=lambda row: (row[1], row[2], order[row[3]]))
