"""Do groups of people differ in their scores, by how much, and do the items of a scale hang together?

Rank tests first (ratings are ordinal), tests of means beside them, effect sizes with seeded bootstrap intervals. scipy
computes the rank tests, pingouin the others. NaN only with a note.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
import pingouin
from scipy import stats as scipy_stats

from lib.stats.right_wrong import LEVEL, Estimate, holm, percentiles, resample, unknown

Groups = Mapping[str, np.ndarray]  # name -> scores, shape (people,)


def group_scores(scores: pd.DataFrame, scale: str, order: list[str]) -> dict[str, np.ndarray]:
    """The scores of one scale by condition, in this order. scores: as lib.stats.ratings.scores returns them."""
    part = scores[scores["scale"] == scale]
    return {name: part.loc[part["condition"] == name, "score"].to_numpy(float) for name in order}


# Tests: Kruskal-Wallis, then Mann-Whitney on every pair with Holm's correction; Welch's ANOVA (Welch, 1951), then
# Games-Howell on every pair (Games and Howell, 1976).


@dataclass(frozen=True, slots=True)
class Omnibus:
    """A test of all groups at once. `df` is (between,) or (between, within); NaN only with a note."""

    test: str
    statistic: float
    df: tuple[float, ...]
    p: float
    note: str = ""


def kruskal(groups: Groups) -> Omnibus:
    """Kruskal-Wallis H with correction for ties (scipy), chi-squared with groups - 1 degrees of freedom."""
    test = "Kruskal-Wallis"
    note = _one_group(groups)
    if not note and np.ptp(np.concatenate(list(groups.values()))) == 0:
        note = "all scores are equal: there are no ranks to compare"
    if note:
        return Omnibus(test, math.nan, (), math.nan, note)
    result = scipy_stats.kruskal(*groups.values())
    small = "a group below 5: chi-squared is a rough guide" if min(map(len, groups.values())) < 5 else ""
    return Omnibus(test, float(result.statistic), (len(groups) - 1,), float(result.pvalue), small)


def welch(groups: Groups) -> Omnibus:
    """Welch's ANOVA (pingouin), which allows unequal variances."""
    test, flat = "Welch ANOVA", [name for name, values in groups.items() if not _varies(values)]
    reason = f"no variance within {', '.join(flat)}: tests of means divide by each group's variance" if flat else ""
    if note := _one_group(groups) or reason:
        return Omnibus(test, math.nan, (), math.nan, note)
    row = pingouin.welch_anova(_long(groups), dv="score", between="group").iloc[0]
    return Omnibus(test, float(row["F"]), (float(row["ddof1"]), float(row["ddof2"])), float(row["p_unc"]))


def _one_group(groups: Groups) -> str:
    return "one group only: nothing to compare it with" if len(groups) == 1 else ""


def _varies(values: np.ndarray) -> bool:
    return len(values) > 1 and np.ptp(values) > 0


def _long(groups: Groups) -> pd.DataFrame:
    names = np.repeat(list(groups), [len(values) for values in groups.values()])
    return pd.DataFrame({"group": names, "score": np.concatenate(list(groups.values()))})


PAIR_COLUMNS = [
    *("first", "second", "difference", "u", "p_mann_whitney", "p_holm", "t", "df", "p_games_howell"),
    *("delta", "delta_low", "delta_high", "g", "g_low", "g_high"),
    *("note_u", "note_t", "note_delta", "note_g"),
]


def pairs(groups: Groups, resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Every pair of groups, in order: PAIR_COLUMNS; none where there is one group only.

    u, p_mann_whitney    Mann-Whitney U of the first group, two-sided p (normal, corrected for ties and continuity)
    p_holm               the same with Holm's correction over the pairs that have a p
    t, df, p_games_howell  Games-Howell, which needs a variance within each of the two
    delta, g             Cliff's delta and Hedges' g with bootstrap intervals
    note_u, note_t, …    why a number is NaN, or what was done to get it
    """
    rows, games_howell = [], _games_howell(groups)
    for i, (first, second) in enumerate(combinations(groups, 2)):
        x, y = groups[first], groups[second]
        u, p, note_u = _mann_whitney(x, y)
        t = games_howell.get((first, second), (math.nan, math.nan, math.nan))
        flat = [name for name in (first, second) if not _varies(groups[name])]
        note_t = f"no Games-Howell test: no variance within {', '.join(flat)}" if flat else ""
        delta, g = (effect(x, y, resamples, seed + 2 * i) for effect in (cliffs_delta, hedges_g))
        numbers = (float(x.mean() - y.mean()), u, p, math.nan, *t)
        effects = (delta.value, delta.low, delta.high, g.value, g.low, g.high)
        rows.append((first, second, *numbers, *effects, note_u, note_t, delta.note, g.note))
    table = pd.DataFrame(rows, columns=PAIR_COLUMNS)
    known = table["p_mann_whitney"].notna()
    table.loc[known, "p_holm"] = holm(table.loc[known, "p_mann_whitney"])
    return table


def _mann_whitney(x: np.ndarray, y: np.ndarray) -> tuple[float, float, str]:
    if np.ptp(np.concatenate([x, y])) == 0:
        return math.nan, math.nan, "all scores of the pair are equal: there are no ranks to compare"
    result = scipy_stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic")
    return float(result.statistic), float(result.pvalue), ""


def _games_howell(groups: Groups) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Pair, in either order -> t, df, p. A group without variance is in none: it cannot enter the family."""
    varied = {name: values for name, values in groups.items() if _varies(values)}
    found = {}
    if len(varied) > 1:
        for row in pingouin.pairwise_gameshowell(_long(varied), dv="score", between="group").itertuples():
            found[row.A, row.B] = (row.T, row.df, row.pval)
            found[row.B, row.A] = (-row.T, row.df, row.pval)
    return found


# Effect sizes of two groups. Cliff's delta, P(first > second) - P(first < second), also called the rank-biserial
# correlation (Cliff, 1993, Psychological Bulletin 114(3), 494-509), asks only for an order. Hedges' g, the difference
# of means in pooled standard deviations with Hedges' small-sample correction (1981), takes the points of the scale as
# equally far apart. Intervals are percentiles over resamples within each group.


def hedges_correction(n: int, m: int) -> float:
    """Hedges' factor 1 - 3 / (4 (n + m) - 9), the approximation that pingouin uses, too."""
    return 1 - 3 / (4 * (n + m) - 9)


def cliffs_delta(first: np.ndarray, second: np.ndarray, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Cliff's delta of two groups of scores, shape (people,) each, with its interval."""
    if note := _too_few(first, second):
        return unknown(note)
    (x, p), (y, q) = _shares(first, resamples, seed), _shares(second, resamples, seed + 1)
    draws = ((p @ np.sign(np.subtract.outer(x, y))) * q).sum(axis=1)
    found = _with_interval(float(np.sign(np.subtract.outer(first, second)).mean()), draws)
    if len(x) == len(y) == 1:
        return replace(found, note="within each group all scores are equal: resampling changes nothing")
    return found


def hedges_g(first: np.ndarray, second: np.ndarray, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Hedges' g of two groups of scores, shape (people,) each, with its interval; none where neither group varies."""
    if note := _too_few(first, second):
        return unknown(note)
    if np.ptp(first) == np.ptp(second) == 0:
        return unknown(
            "no spread: within each group all scores are equal, so there is no standard deviation to divide by"
        )
    (x, p), (y, q) = _shares(first, resamples, seed), _shares(second, resamples, seed + 1)
    n, m = len(first), len(second)
    means = p @ x, q @ y
    squares = n * (p @ x**2 - means[0] ** 2) + m * (q @ y**2 - means[1] ** 2)
    draws = _standardised(means[0] - means[1], squares, n, m)
    observed = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    value = _standardised(np.array([first.mean() - second.mean()]), np.array([observed]), n, m)
    return _with_interval(float(value[0]), draws)


def _standardised(difference: np.ndarray, squares: np.ndarray, n: int, m: int) -> np.ndarray:
    """g from differences of means and sums of squared deviations; NaN where nothing varies."""
    spread = np.sqrt(np.maximum(squares, 0) / (n + m - 2))
    known = spread > 1e-9  # below lie only rounding errors: scores are fractions with small denominators
    return np.divide(difference, spread, out=np.full(len(spread), np.nan), where=known) * hedges_correction(n, m)


def _shares(values: np.ndarray, resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values, shape (v,), and their shares in each resample, shape (resamples, v)."""
    distinct, counts = resample(values, resamples, np.random.default_rng(seed))
    return distinct, counts / len(values)


def _with_interval(value: float, draws: np.ndarray) -> Estimate:
    known = draws[np.isfinite(draws)]
    if not len(known):
        return unknown("no interval: no resample has any spread", value)
    lost = len(draws) - len(known)
    note = f"{lost} of {len(draws)} resamples have no spread and are left out" if lost else ""
    return Estimate(value, *percentiles(known), note)


def _too_few(first: np.ndarray, second: np.ndarray) -> str:
    fewest = min(len(first), len(second))
    return "" if fewest >= 2 else f"a group of {fewest}: an effect with its interval needs two people or more in each"


# Reliability. Cronbach's alpha (1951) comes with Feldt's interval (Feldt, Woodruff and Salih, 1987), both from
# pingouin. Differences between conditions add to what the items share, so alpha is wanted with everybody together and
# with each condition's mean taken out first (the interval then still counts people, not people less conditions).


def matrix(scored: pd.DataFrame, scale: str, within: bool = False) -> pd.DataFrame:
    """Participants by items of one scale, as scored; with `within`, each condition's mean of each item is taken out.

    scored: as lib.stats.ratings.scored returns it.
    """
    part = scored[scored["scale"] == scale]
    values = part["score"].astype(float)
    if within:
        values = values - part.groupby(["condition", "item"])["score"].transform("mean")
    columns = list(dict.fromkeys(part["item"]))
    return part.assign(score=values).pivot(index="participant", columns="item", values="score")[columns]


def alpha(table: pd.DataFrame) -> Estimate:
    """Cronbach's alpha of a table of participants by items, with Feldt's interval."""
    if note := _why_not(table):
        return unknown(note)
    value, (low, high) = pingouin.cronbach_alpha(table, ci=LEVEL)
    negative = "below 0: the items do not measure one thing, or one is scored the wrong way round" if value < 0 else ""
    return Estimate(float(value), float(low), float(high), negative)


def item_rest(table: pd.DataFrame) -> pd.DataFrame:
    """Each item's correlation with the sum of the others (corrected item-total): item, r, note (why r is NaN)."""
    rows = []
    for item in table.columns:
        rest = table.drop(columns=item).sum(axis=1)
        note = _why_not(table) or _flat(table[item], rest)
        rows.append((item, math.nan if note else float(np.corrcoef(table[item], rest)[0, 1]), note))
    return pd.DataFrame(rows, columns=["item", "r", "note"])


def _why_not(table: pd.DataFrame) -> str:
    people, items = table.shape
    if items < 2:
        return f"{items} item: consistency needs two items or more"
    if people < 3:
        return f"{people} people: too few for a correlation between items"
    if np.ptp(table.sum(axis=1).to_numpy()) < 1e-9:
        return "everybody has the same total: there is no variance to share"
    return ""


def _flat(item: pd.Series, rest: pd.Series) -> str:
    if np.ptp(item.to_numpy()) < 1e-9:
        return "everybody rated it the same: it correlates with nothing"
    return "everybody has the same sum of the other items" if np.ptp(rest.to_numpy()) < 1e-9 else ""
