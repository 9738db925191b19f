"""Part 2 as reported: released scores of students trained on each kind of trace, and how many problems they rest on.

The score files print percent with one decimal and say neither how many test problems there were nor how the problems
fell. How many there were can be worked out: k of n problems give few percentages, and all printed ones must be among
them. From that follows how far chance in the choice of test problems alone moves a score.
"""

import math
from collections.abc import Iterable

import pandas as pd

from lib import figures
from lib.errors import InputError
from lib.published import reported
from lib.study import STUDENTS

CLASSES = ("equal", "during", "overlap", "mix")
Z = 1.96  # of a 95 % interval
COLUMNS = ["student", "arm", "classes", "value", "low", "high"]


def scores(part: int = 2) -> pd.DataFrame:
    """Released accuracies of a part, one row a score file: student, arm, seed, category, acc (percent)."""
    table = reported.read("published_scores.csv")
    return table.loc[table["part"] == part, ["student", "arm", "seed", "category", "acc"]].reset_index(drop=True)


def possible_sizes(percents: Iterable[float], largest: int) -> list[int]:
    """How many test problems there may have been, at most `largest`: every percentage is k of n, to one decimal."""
    percents = list(percents)
    return [n for n in range(1, largest + 1) if all(_prints(percent, n) for percent in percents)]


def _prints(percent: float, n: int) -> bool:
    return abs(100 * round(percent * n / 100) / n - percent) <= 0.05 + 1e-9


def sizes(table: pd.DataFrame) -> dict[str, list[int]]:
    """Class -> the possible numbers of its test problems, ascending; part 1's number is the upper limit.

    Raises InputError where no number fits: then the scores are not shares of one test set.
    """
    found = {}
    for category in CLASSES:
        limit = int(reported.number(f"test problems, class {category}", "cotemp"))
        found[category] = possible_sizes(table.loc[table["category"] == category, "acc"], limit)
        if not found[category]:
            raise InputError(f"released scores, class {category}: no number of problems up to {limit} gives them all")
    return found


def accuracies(table: pd.DataFrame, n: dict[str, int]) -> pd.DataFrame:
    """Unweighted means over the classes that there are, student by student: COLUMNS, percent.

    n: class -> test problems. Interval: 95 %, for test problems drawn anew; it holds nothing of a training run's luck.
    """
    rows = []
    for student, arm, part in _runs(table):
        error = Z * standard_error(part, n)
        rows.append((student, arm, len(part), *_around(_mean(part), error)))
    return pd.DataFrame(rows, columns=COLUMNS)


def differences(table: pd.DataFrame, first: str, n: dict[str, int]) -> pd.DataFrame:
    """One arm minus each other, over the classes that both have: student, arm (the other), classes, value, low, high.

    The interval takes the two runs as independent. They share their problems, so it is rather too wide than too narrow.
    """
    runs, rows = {(student, arm): part for student, arm, part in _runs(table)}, []
    for (student, arm), other in runs.items():
        if arm == first or (student, first) not in runs:
            continue
        shared = [category for category in other if category in runs[student, first]]
        one, two = ({category: run[category] for category in shared} for run in (runs[student, first], other))
        error = Z * math.hypot(standard_error(one, n), standard_error(two, n))
        rows.append((student, arm, len(shared), _mean(one) - _mean(two), error))
    found = pd.DataFrame(rows, columns=["student", "arm", "classes", "value", "error"])
    found["low"], found["high"] = found["value"] - found["error"], found["value"] + found["error"]
    return found[COLUMNS]


def standard_error(accuracy: dict[str, float], n: dict[str, int]) -> float:
    """Of an unweighted mean over classes, in percentage points; accuracy: class -> percent.

    Each share is taken with one right and one wrong problem more: no class is certain because all or none were right.
    """
    variance = 0.0
    for category, percent in accuracy.items():
        share = (percent / 100 * n[category] + 1) / (n[category] + 2)
        variance += share * (1 - share) / n[category]
    return 100 * math.sqrt(variance) / len(accuracy)


def best(table: pd.DataFrame) -> dict[str, str]:
    """Student -> the arm with the highest value. table: as `accuracies` returns it."""
    return {student: part.loc[part["value"].idxmax(), "arm"] for student, part in table.groupby("student", sort=False)}


def incomplete(table: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """(student, arm, seed, class) of every score that a run lacks."""
    found = []
    for (student, arm, seed), part in table.groupby(["student", "arm", "seed"], sort=False):
        found += [(student, arm, seed, c) for c in CLASSES if c not in set(part["category"])]
    return found


def _runs(table: pd.DataFrame) -> list[tuple[str, str, dict[str, float]]]:
    """(student, arm, class -> percent), in the project's order."""
    found = []
    for student in STUDENTS:
        own = table[table["student"] == student]
        for arm in figures.arm_order(own["arm"]):
            part = own[own["arm"] == arm].set_index("category")["acc"]
            found.append((student, arm, {c: float(part[c]) for c in CLASSES if c in part}))
    return found


def _mean(accuracy: dict[str, float]) -> float:
    return sum(accuracy.values()) / len(accuracy) if accuracy else math.nan


def _around(value: float, error: float) -> tuple[float, float, float]:
    return value, max(0.0, value - error), min(100.0, value + error)
