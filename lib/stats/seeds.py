"""How sure a number is that several runs give: over test problems and over seeds at once.

A number is computed for each seed and averaged. Its interval must cover two things: other test problems (the seeds' own
intervals, averaged) and, from three seeds on, other seeds (Student's t over the seeds' numbers); the wider end counts.
Tables hold one row per output, as lib.run.records.verdicts gives them.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.stats.right_wrong import Estimate, Table2x2, mean_of, phi, proportion, shares, stratified_difference

ENOUGH = 3  # seeds, for an interval over seeds
STEPS = ("class", "ir", "trace")
MEASURES = ("joint", "answer_if_right", "answer_if_wrong", "phi")
_CLEARLY = 5.0  # percentage points above guessing, from which a student has learned its task


def over_problems_and_seeds(estimates: Sequence[Estimate], lowest: float, highest: float) -> Estimate:
    """One number from one per seed; the interval as the module's docstring says, within [lowest, highest].

    Seeds in which the number does not exist are left out, and the note says so.
    """
    known = [one for one in estimates if math.isfinite(one.value)]
    if not known:
        return Estimate(math.nan, math.nan, math.nan, estimates[0].note if estimates else "no seed")
    low, high = (float(np.mean([getattr(one, end) for one in known])) for end in ("low", "high"))
    if len(known) >= ENOUGH:
        between = mean_of([one.value for one in known])
        low, high = min(low, between.low), max(high, between.high)
    note = f"{len(known)} of {len(estimates)} seeds" if len(known) < len(estimates) else ""
    return Estimate(float(np.mean([one.value for one in known])), max(low, lowest), min(high, highest), note)


def accuracy(table: pd.DataFrame, what: str = "answer") -> pd.DataFrame:
    """Shares right, percent: dataset, student, arm, seeds, n, value, low, high, low_problems.

    low_problems: the lower end of Wilson's interval over all seeds' problems, to be held against guessing.
    """
    rows = []
    for keys, part in table.groupby(["dataset", "student", "arm"], sort=False):
        each = [proportion(int(one.sum()), len(one)) for _, one in part.groupby("seed")[what]]
        found = over_problems_and_seeds(each, 0, 1)
        pooled = proportion(int(part[what].sum()), len(part))
        rows.append((*keys, len(each), len(part), *(100 * x for x in (found.value, found.low, found.high, pooled.low))))
    columns = ["dataset", "student", "arm", "seeds", "n", "value", "low", "high", "low_problems"]
    return pd.DataFrame(rows, columns=columns)


def learned(low: float, guessing: float) -> bool:
    """Whether a student has learned its task: `low` of its answers is clearly above guessing, in percent."""
    return low >= guessing + _CLEARLY


def differences(
    table: pd.DataFrame, pairs: Sequence[tuple[str, str]], resamples: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Arms against each other on the same problems and seeds: answers right, first minus second, percentage points.

    dataset, student, first, second, seeds, n (problems per seed), difference, low, high, least, most (of the seeds').
    """
    out = []
    for (dataset, student), part in table.groupby(["dataset", "student"], sort=False):
        wide = part.pivot_table(index=["seed", "category", "problem"], columns="arm", values="answer", sort=True)
        for first, second in pairs:
            if {first, second} - set(wide.columns):
                continue
            both = wide[[first, second]].dropna()
            each = [
                # classes are not weighed: our own problems have as many of each
                stratified_difference(rows[first], rows[second], np.zeros(len(rows)), resamples, seed)
                for _, rows in both.groupby("seed")
            ]
            if each:
                found, values = over_problems_and_seeds(each, -1, 1), [one.value for one in each]
                numbers = (100 * x for x in (found.value, found.low, found.high, min(values), max(values)))
                out.append((dataset, student, first, second, len(each), len(both) // len(each), *numbers))
    columns = ["dataset", "student", "first", "second", "seeds", "n", "difference", "low", "high", "least", "most"]
    return pd.DataFrame(out, columns=columns)


def association(table: pd.DataFrame, arms: Sequence[str], resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """How answer and step hang together, one row an arm and step: dataset, student, arm, step, seeds, n, dropped, …

    n counts all outputs, dropped those without a trace to judge; then the four counts of all seeds together, and
    MEASURES each with _low and _high (shares in percent, joint of all n).
    """
    out = []
    for (dataset, student, arm), part in table[table["arm"].isin(arms)].groupby(
        ["dataset", "student", "arm"], sort=False
    ):
        runs = [(rows[rows["parsed"]], len(rows)) for _, rows in part.groupby("seed")]
        for step in STEPS:
            tables = [(Table2x2.from_booleans(rows["answer"], rows[step]), n) for rows, n in runs if len(rows)]
            if tables:
                key = {"dataset": dataset, "student": student, "arm": arm, "step": step, "seeds": len(runs)}
                key |= {"n": len(part), "dropped": int((~part["parsed"]).sum())}
                out.append(key | _pooled(tables) | _measures(tables, resamples, seed))
    ends = [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
    columns = ["dataset", "student", "arm", "step", "seeds", "n", "dropped", *_CELLS, *ends]
    return pd.DataFrame(out, columns=columns)


_CELLS = ("right_right", "right_wrong", "wrong_right", "wrong_wrong")


def _pooled(tables: list[tuple[Table2x2, int]]) -> dict[str, int]:
    return {name: sum(getattr(table, name) for table, _ in tables) for name in _CELLS}


def _measures(tables: list[tuple[Table2x2, int]], resamples: int, seed: int) -> dict[str, float]:
    found, each = {}, [shares(table, n) for table, n in tables]
    for name in each[0]:
        found |= over_problems_and_seeds([one[name] for one in each], 0, 1).columns(name, 100)
    return found | over_problems_and_seeds([phi(table, resamples, seed) for table, _ in tables], -1, 1).columns("phi")
