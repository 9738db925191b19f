"""Do the groups differ? Rank tests first (the ratings are ordinal), tests of means beside them.

Kruskal-Wallis, then Mann-Whitney on every pair with Holm's correction; Welch's ANOVA (Welch, 1951), then Games-Howell
on every pair (Games and Howell, 1976). scipy computes the rank tests, pingouin the others. NaN only with a note.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
import pingouin
from scipy import stats as scipy_stats

from lib.stats.right_wrong import Estimate

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
    """The scores of one scale by condition, in this order. scores: as lib.stats.ratings.scores returns them."""
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
    delta, g             Cliff's delta and Hedges' g with bootstrap intervals (lib/stats/groups.py)
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


# --- effects ---
# Effect sizes of two independent groups of ordinal scores, with seeded bootstrap intervals.
#
# Cliff's delta, P(first > second) - P(first < second), also called the rank-biserial correlation (Cliff, 1993,
# Psychological Bulletin 114(3), 494-509), asks only for an order. Hedges' g, the difference of means in pooled standard
# deviations with Hedges' small-sample correction (1981), takes the points of the scale as equally far apart. Intervals
# are percentiles over resamples within each group. NaN only with a note.


def hedges_correction(n: int, m: int) -> float:
    """Hedges' factor 1 - 3 / (4 (n + m) - 9), the approximation that pingouin uses, too."""
    return 1 - 3 / (4 * (n + m) - 9)


def cliffs_delta(
    first: Sequence[float], second: Sequence[float], resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Cliff's delta of two groups of scores, with its interval."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if note := _too_few(first, second):
        return Estimate(math.nan, math.nan, math.nan, note)
    (x, p), (y, q) = _shares(first, resamples, seed), _shares(second, resamples, seed + 1)
    one = len(x) == len(y) == 1
    signs = np.sign(np.subtract.outer(x, y))
    draws = ((p @ signs) * q).sum(axis=1)
    value = float(np.sign(np.subtract.outer(first, second)).mean())
    found = _interval(value, draws, level)
    return replace(found, note="within each group all scores are equal: resampling changes nothing") if one else found


def hedges_g(
    first: Sequence[float], second: Sequence[float], resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Hedges' g of two groups of scores, with its interval; none where nobody differs from anybody in a group."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if note := _too_few(first, second) or _no_spread(first, second):
        return Estimate(math.nan, math.nan, math.nan, note)
    (x, p), (y, q) = _shares(first, resamples, seed), _shares(second, resamples, seed + 1)
    n, m = len(first), len(second)
    means = p @ x, q @ y
    squares = n * (p @ x**2 - means[0] ** 2) + m * (q @ y**2 - means[1] ** 2)
    draws = _standardised(means[0] - means[1], squares, n, m)
    observed = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    value = _standardised(np.array([first.mean() - second.mean()]), np.array([observed]), n, m)
    return _interval(float(value[0]), draws, level)


def _standardised(difference: np.ndarray, squares: np.ndarray, n: int, m: int) -> np.ndarray:
    """g from differences of means and sums of squared deviations; NaN where nothing varies."""
    spread = np.sqrt(np.maximum(squares, 0) / (n + m - 2))
    known = spread > 1e-9  # below lie only rounding errors: scores are fractions with small denominators
    return np.divide(difference, spread, out=np.full(len(spread), np.nan), where=known) * hedges_correction(n, m)


def _shares(values: np.ndarray, resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values, shape (v,), and their shares in each resample, shape (resamples, v)."""
    distinct, counts = np.unique(values, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(values), counts / len(values), size=resamples)
    return distinct, draws / len(values)


def _interval(value: float, draws: np.ndarray, level: float) -> Estimate:
    known = draws[np.isfinite(draws)]
    lost = len(draws) - len(known)
    note = f"{lost} of {len(draws)} resamples have no spread and are left out" if lost else ""
    if not len(known):
        return Estimate(value, math.nan, math.nan, "no interval: no resample has any spread")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), note)


def _too_few(first: np.ndarray, second: np.ndarray) -> str:
    fewest = min(len(first), len(second))
    return "" if fewest >= 2 else f"a group of {fewest}: an effect with its interval needs two people or more in each"


def _no_spread(first: np.ndarray, second: np.ndarray) -> str:
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return "no spread: within each group all scores are equal, so there is no standard deviation to divide by"
    return ""


# --- reliability ---
# Do the items of a scale hang together? Cronbach's alpha with an interval, and each item against the others.
#
# Alpha (Cronbach, 1951) comes with Feldt's interval (Feldt, Woodruff and Salih, 1987), both from pingouin. In a study
# with groups, differences between the groups add to what the items share, so both are computed with everybody together
# and with each condition's mean taken out first (the interval then still counts people, not people less conditions). NaN
# only with a note.


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


def _why_not(table: pd.DataFrame) -> str:
    people, items = table.shape
    if items < 2:
        return f"{items} item: consistency needs two items or more"
    if people < 3:
        return f"{people} people: too few for a correlation between items"
    if np.ptp(table.sum(axis=1).to_numpy()) < 1e-9:
        return "everybody has the same total: there is no variance to share"
    return ""


def alpha(table: pd.DataFrame, level: float = 0.95) -> Estimate:
    """Cronbach's alpha of a table of participants by items, with Feldt's interval."""
    if note := _why_not(table):
        return Estimate(math.nan, math.nan, math.nan, note)
    value, (low, high) = pingouin.cronbach_alpha(table, ci=level)
    negative = "below 0: the items do not measure one thing, or one is scored the wrong way round" if value < 0 else ""
    return Estimate(float(value), float(low), float(high), negative)


def item_rest(table: pd.DataFrame) -> pd.DataFrame:
    """Each item's correlation with the sum of the others (corrected item-total) and alpha without the item.

    Columns: item, r, alpha_without, note (why r is NaN), note_without.
    """
    rows = []
    for item in table.columns:
        rest = table.drop(columns=item)
        note = _why_not(table) or _flat(table[item], rest.sum(axis=1))
        r = math.nan if note else float(np.corrcoef(table[item], rest.sum(axis=1))[0, 1])
        without = alpha(rest)
        rows.append((item, r, without.value, note, without.note))
    return pd.DataFrame(rows, columns=["item", "r", "alpha_without", "note", "note_without"])


def _flat(item: pd.Series, rest: pd.Series) -> str:
    if np.ptp(item.to_numpy()) < 1e-9:
        return "everybody rated it the same: it correlates with nothing"
    return "everybody has the same sum of the other items" if np.ptp(rest.to_numpy()) < 1e-9 else ""
