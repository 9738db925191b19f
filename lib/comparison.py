"""Do the groups differ? Rank tests first (the ratings are ordinal), tests of means beside them.

Kruskal-Wallis, then Mann-Whitney on every pair with Holm's correction; Welch's ANOVA (Welch, 1951), then Games-Howell
on every pair (Games and Howell, 1976). scipy computes the rank tests, pingouin the others. NaN only with a note.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import pingouin
from scipy import stats as scipy_stats

from lib.effects import cliffs_delta, hedges_g

Groups = Mapping[str, np.ndarray]  # name -> scores, shape (people,)


@dataclass(frozen=True, slots=True)
class Omnibus:
    """A test of all groups at once. `df` is (between,) or (between, within); NaN only with a note."""

    test: str
    statistic: float
    df: tuple[float, ...]
    p: float
    note: str = ""


def _unknown(test: str, note: str) -> Omnibus:
    return Omnibus(test, math.nan, (), math.nan, note)


def group_scores(scores: pd.DataFrame, scale: str, order: list[str]) -> dict[str, np.ndarray]:
    """The scores of one scale by condition, in this order. scores: as lib.responses.scores returns them."""
    part = scores[scores["scale"] == scale]
    return {name: part.loc[part["condition"] == name, "score"].to_numpy(float) for name in order}


def _one_group(groups: Groups) -> str:
    if len(groups) == 1:
        return "one group only: nothing to compare it with"
    return ""


def kruskal(groups: Groups) -> Omnibus:
    """Kruskal-Wallis H with correction for ties (scipy), chi-squared with groups - 1 degrees of freedom."""
    test = "Kruskal-Wallis"
    if note := _one_group(groups):
        return _unknown(test, note)
    values = np.concatenate(list(groups.values()))
    if np.ptp(values) == 0:
        return _unknown(test, "all scores are equal: there are no ranks to compare")
    result = scipy_stats.kruskal(*groups.values())
    small = "a group below 5: chi-squared is a rough guide" if min(map(len, groups.values())) < 5 else ""
    return Omnibus(test, float(result.statistic), (len(groups) - 1,), float(result.pvalue), small)


def welch(groups: Groups) -> Omnibus:
    """Welch's ANOVA (pingouin), which allows unequal variances."""
    test = "Welch ANOVA"
    if note := _one_group(groups) or _no_variance(groups):
        return _unknown(test, note)
    row = pingouin.welch_anova(_long(groups), dv="score", between="group").iloc[0]
    return Omnibus(test, float(row["F"]), (float(row["ddof1"]), float(row["ddof2"])), float(row["p_unc"]))


def _no_variance(groups: Groups) -> str:
    flat = [name for name, values in groups.items() if len(values) < 2 or np.ptp(values) == 0]
    return f"no variance within {', '.join(flat)}: tests of means divide by each group's variance" if flat else ""


def _long(groups: Groups) -> pd.DataFrame:
    names = np.repeat(list(groups), [len(values) for values in groups.values()])
    return pd.DataFrame({"group": names, "score": np.concatenate(list(groups.values()))})


PAIR_COLUMNS = [
    *("first", "second", "difference", "u", "p_mann_whitney", "p_holm", "t", "df", "p_games_howell"),
    *("delta", "delta_low", "delta_high", "g", "g_low", "g_high"),
    *("note_u", "note_t", "note_delta", "note_g"),
]


def pairs(groups: Groups, resamples: int = 2000, seed: int = 0, level: float = 0.95) -> pd.DataFrame:
    """Every pair of groups, in order: PAIR_COLUMNS; none where there is one group only.

    u, p_mann_whitney    Mann-Whitney U of the first group, two-sided p (normal, corrected for ties and continuity)
    p_holm               the same with Holm's correction over the pairs that have a p
    t, df, p_games_howell  Games-Howell, which needs a variance within each of the two
    delta, g             Cliff's delta and Hedges' g with bootstrap intervals (lib/effects.py)
    note_u, note_t, …    why a number is NaN, or what was done to get it
    """
    rows = []
    for i, (first, second) in enumerate(combinations(groups, 2)):
        x, y = groups[first], groups[second]
        u, p, rank_note = _mann_whitney(x, y)
        delta = cliffs_delta(x, y, resamples, seed + 2 * i, level)
        g = hedges_g(x, y, resamples, seed + 2 * i, level)
        rows.append(
            {"first": first, "second": second, "difference": float(x.mean() - y.mean()), "u": u, "p_mann_whitney": p}
            | delta.columns("delta")
            | g.columns("g")
            | {"note_u": rank_note, "note_t": "", "note_delta": delta.note, "note_g": g.note}
        )
    table = pd.DataFrame(rows, columns=PAIR_COLUMNS)  # what is not there yet is NaN
    known = table["p_mann_whitney"].notna()
    if known.any():
        table.loc[known, "p_holm"] = pingouin.multicomp(table.loc[known, "p_mann_whitney"].to_numpy(), method="holm")[1]
    return _with_games_howell(table, groups)


def _mann_whitney(x: np.ndarray, y: np.ndarray) -> tuple[float, float, str]:
    if np.ptp(np.concatenate([x, y])) == 0:
        return math.nan, math.nan, "all scores of the pair are equal: there are no ranks to compare"
    result = scipy_stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic")
    return float(result.statistic), float(result.pvalue), ""


def _with_games_howell(table: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    # The studentised range is that of all groups with a variance; one without cannot enter the family.
    varied = {name: values for name, values in groups.items() if len(values) > 1 and np.ptp(values) > 0}
    found = {}
    if len(varied) > 1:
        result = pingouin.pairwise_gameshowell(_long(varied), dv="score", between="group")
        for row in result.itertuples():
            found[row.A, row.B] = (row.T, row.df, row.pval)
            found[row.B, row.A] = (-row.T, row.df, row.pval)
    for i, row in enumerate(table.itertuples()):
        if (row.first, row.second) in found:
            table.loc[i, ["t", "df", "p_games_howell"]] = found[row.first, row.second]
        else:
            flat = [name for name in (row.first, row.second) if name not in varied]
            table.loc[i, "note_t"] = f"no Games-Howell test: no variance within {', '.join(flat)}"
    return table
