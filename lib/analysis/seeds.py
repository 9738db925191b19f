"""Seed noise: how far runs that differ in nothing but their seed lie apart, as a yardstick for effects.

Input: the released scores of part 1 (lib/analysis/part2.py, scores(1)), where three seeds were run. A run whose four classes are
not all there is left out of every mean, since classes differ in difficulty far more than seeds do.
"""

import math

import pandas as pd
from scipy import stats

from lib.analysis.part2 import CLASSES
from lib.errors import InputError
from lib.study import STUDENTS

PAIRS = (("correct", "vanilla"), ("incorrect", "vanilla"), ("incorrect", "correct"))


def runs(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a run: student, arm, seed, classes (how many are there), value (unweighted mean over them, percent)."""
    found = scores.groupby(["student", "arm", "seed"], sort=False)["acc"].agg(["size", "mean"]).reset_index()
    return found.set_axis(["student", "arm", "seed", "classes", "value"], axis=1)


def whole(table: pd.DataFrame) -> pd.DataFrame:
    """The runs with all classes. table: as `runs` returns it."""
    return table[table["classes"] == len(CLASSES)]


def spread(table: pd.DataFrame) -> pd.DataFrame:
    """Over the whole runs of an arm: student, arm, runs, mean, lowest, highest, sd (of one run, percentage points)."""
    rows = []
    for (student, arm), part in whole(table).groupby(["student", "arm"], sort=False):
        value = part["value"]
        rows.append((student, arm, len(part), value.mean(), value.min(), value.max(), value.std()))
    return pd.DataFrame(rows, columns=["student", "arm", "runs", "mean", "lowest", "highest", "sd"])


def noise(table: pd.DataFrame) -> pd.DataFrame:
    """One row a student: student, sd (pooled over its arms), df, two_runs (percentage points).

    two_runs: two single runs of one and the same arm lie farther apart than this in one case of twenty (Student's t).
    """
    rows = []
    for student, part in spread(table).groupby("student", sort=False):
        df = int((part["runs"] - 1).sum())
        if df == 0:
            raise InputError(f"seeds: expected two whole runs of some arm of {student}, found one of each")
        sd = math.sqrt(((part["runs"] - 1) * part["sd"].fillna(0) ** 2).sum() / df)
        rows.append((student, sd, df, quantile(df) * sd * math.sqrt(2)))
    return pd.DataFrame(rows, columns=["student", "sd", "df", "two_runs"])


def quantile(df: int) -> float:
    """Student's t: 95 % of its mass lies between minus this and this."""
    return float(stats.t.ppf(0.975, df))


def effects(table: pd.DataFrame) -> pd.DataFrame:
    """Arms against each other, mean over seeds: student, first, second, runs_first, runs_second, value, low, high.

    Percentage points; the interval (95 %) is of seeds alone, with the student's pooled spread.
    """
    by_student, rows = noise(table).set_index("student"), []
    means = spread(table).set_index(["student", "arm"])
    for student in by_student.index:
        sd, df = by_student.loc[student, ["sd", "df"]]
        for first, second in PAIRS:
            if not {(student, first), (student, second)} <= set(means.index):
                continue
            one, two = means.loc[(student, first)], means.loc[(student, second)]
            value = one["mean"] - two["mean"]
            error = quantile(int(df)) * sd * math.sqrt(1 / one["runs"] + 1 / two["runs"])
            counts = int(one["runs"]), int(two["runs"])
            rows.append((student, first, second, *counts, value, value - error, value + error))
    columns = ["student", "first", "second", "runs_first", "runs_second", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def yardstick(table: pd.DataFrame) -> pd.DataFrame:
    """For every student of the study, how far two single runs lie apart by seed: student, two_runs, lender.

    A student without seeds borrows the largest of the others'; `lender` names whose it is.
    """
    own = noise(table).set_index("student")["two_runs"]
    lender = own.idxmax()
    rows = [(s, float(own.get(s, own[lender])), s if s in own else lender) for s in STUDENTS]
    return pd.DataFrame(rows, columns=["student", "two_runs", "lender"])


def one_more(table: pd.DataFrame) -> pd.DataFrame:
    """Where one more run of an arm should fall by seed alone, in 95 of 100 cases: student, arm, mean, low, high."""
    by_student, rows = noise(table).set_index("student"), []
    for row in spread(table).itertuples():
        sd, df = by_student.loc[row.student, ["sd", "df"]]
        error = quantile(int(df)) * sd * math.sqrt(1 + 1 / row.runs)
        rows.append((row.student, row.arm, row.mean, row.mean - error, row.mean + error))
    return pd.DataFrame(rows, columns=["student", "arm", "mean", "low", "high"])
