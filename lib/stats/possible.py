"""Two groups of which only the means are published: how small, and how large, can a test statistic and an effect be?

"Whatever the ratings were, the groups differ by at least …": with the means given, |t| and Hedges' g are smallest
where both variances are largest (lib/stats/printed_means.py), so those ends are exact. Means do not fix the order of
people: a group with the lower mean can have more people who rate higher, if a few rate very low. So Cliff's delta has
bounds only, and they are proven. SPRITE sets (lib/stats/printed_means.py) show what lies between.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from scipy import optimize, stats

from lib.errors import InputError
from lib.stats.groups import hedges_correction
from lib.stats.printed_means import Group, check_pair, grim, sprite

CAUTION = "sampled sets show what is possible, not how probable it is"


def delta_bounds(first: Group, second: Group) -> tuple[float, float]:
    """Outer bounds of Cliff's delta, P(first > second) - P(first < second), over all tables: none lies outside.

    With counts of people allowed to be fractions, delta is bilinear in the two groups' distributions, so it is
    extreme where each sits on at most two ratings (the vertices of {counts >= 0, sum n, mean given}); all such pairs
    are tried. Whole people may not quite reach the ends: see `delta_tables`.
    """
    check_pair(first, second)
    signs = np.sign(np.subtract.outer(_lattice(first), _lattice(second)))
    low, high = math.inf, -math.inf
    for one, other in product(first.totals, second.totals):
        values = _two_points(first, one) @ signs @ _two_points(second, other).T
        low, high = min(low, values.min()), max(high, values.max())
    return max(float(low), -1.0), min(float(high), 1.0)


def _lattice(group: Group) -> np.ndarray:
    """All totals that one person can have."""
    return np.arange(group.items * group.low, group.items * group.high + 1)


def _two_points(group: Group, total: int) -> np.ndarray:
    """Every distribution on one or two person totals with the right mean: shape (vertices, points)."""
    points, mean = _lattice(group), total / group.n
    rows = []
    for a, b in product(points[points <= mean], points[points >= mean]):
        weights = np.zeros(len(points))
        upper = (mean - a) / (b - a) if b > a else 1.0
        weights[a - points[0]] += 1 - upper
        weights[b - points[0]] += upper
        rows.append(weights)
    return np.array(rows)


def delta_tables(
    first: Group, second: Group, starts: int = 12, seed: int = 0
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The tables of whole ratings with the smallest and the largest Cliff's delta found: both groups' sorted totals.

    From each of `starts` SPRITE sets, the groups take turns: the best group against a fixed other one is found
    exactly (dynamic programming over people and sums), until nothing improves.
    """
    check_pair(first, second)
    sets = [(sprite(group, count=starts, seed=seed) * group.items).round().astype(int) for group in (first, second)]
    pairs = list(zip(*sets, strict=True))
    smallest = min((_descend(first, second, x, y) for x, y in pairs), key=lambda pair: _delta(*pair))
    # the largest delta is the negative of the smallest with the groups exchanged
    other = min((_descend(second, first, y, x) for x, y in pairs), key=lambda pair: _delta(*pair))
    return tuple(map(np.sort, smallest)), tuple(map(np.sort, reversed(other)))


def _delta(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sign(np.subtract.outer(x, y)).mean())


def _descend(first: Group, second: Group, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    best = math.inf
    while True:
        x = _cheapest(first, np.sign(np.subtract.outer(_lattice(first), y)).sum(axis=1))
        y = _cheapest(second, np.sign(np.subtract.outer(x, _lattice(second))).sum(axis=0))
        if (value := _delta(x, y)) >= best:
            return x, y
        best = value


def _cheapest(group: Group, cost: np.ndarray) -> np.ndarray:
    """Person totals, shape (n,), with one of the group's sums and the smallest sum of `cost`, one entry a point."""
    base, points = group.items * group.low, len(cost)
    top = max(group.totals) - group.n * base
    best, choice = np.full(top + 1, np.inf), []
    best[0] = 0
    for _ in range(group.n):
        # row s of the view: the best for one person fewer with sums s - points + 1, …, s, i.e. the last point first
        before = sliding_window_view(np.concatenate([np.full(points - 1, np.inf), best]), points)
        candidates = before + cost[::-1]
        pick = candidates.argmin(axis=1)
        best = candidates[np.arange(top + 1), pick]
        choice.append(points - 1 - pick)
    ends = [total - group.n * base for total in group.totals]
    rest = min(ends, key=lambda end: best[end])
    people = []
    for chosen in reversed(choice):
        people.append(base + chosen[rest])
        rest -= chosen[rest]
    return np.array(people)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Exact ends over all tables of ratings with the two means; first minus second, statistics without sign.

    difference   smallest and largest unrounded difference of means, signed
    welch        smallest and largest |t| of Welch's test (with equal n also Student's)
    hedges       smallest and largest |g|
    p_at_most    no table has a larger two-sided p of Welch's test: at the smallest |t| with min(n) - 1 degrees of
                 freedom, the fewest that Welch's formula can give
    note         why an end is infinite or 0, or ''
    """

    difference: tuple[float, float]
    welch: tuple[float, float]
    hedges: tuple[float, float]
    p_at_most: float
    note: str = ""


def bounds(first: Group, second: Group) -> Bounds:
    """Exact smallest and largest Welch |t| and Hedges' |g|, over all sums that print as the two means."""
    check_pair(first, second)
    differences, welch, hedges, notes = [], [], [], set()
    for one, other in product(first.totals, second.totals):
        difference = one / (first.n * first.items) - other / (second.n * second.items)
        differences.append(difference)
        for ends in zip(first.variances(one), second.variances(other), strict=True):  # smallest variances, then largest
            v, w = map(float, ends)
            error = math.sqrt(v / first.n + w / second.n)
            pooled = math.sqrt(((first.n - 1) * v + (second.n - 1) * w) / (first.n + second.n - 2))
            welch.append(_ratio(difference, error, notes))
            hedges.append(_ratio(difference, pooled, notes) * hedges_correction(first.n, second.n))
    smallest = min(welch)
    return Bounds(
        (min(differences), max(differences)),
        (smallest, max(welch)),
        (min(hedges), max(hedges)),
        float(2 * stats.t.sf(smallest, min(first.n, second.n) - 1)),
        "; ".join(sorted(notes)),
    )


def _ratio(difference: float, spread: float, notes: set[str]) -> float:
    if difference == 0:
        notes.add("the means can be equal")
        return 0.0
    if spread == 0:
        notes.add("unbounded above: in each group everybody may have given the same rating")
        return math.inf
    return abs(difference) / spread


def bounds_any_items(first: float | str, second: float | str, n: int, m: int, low: int = 1, high: int = 5):
    """Smallest Welch |t| and Hedges' |g|, and the largest p, for every number of items at once: (t, g, p).

    Means anywhere within their rounding to two decimals, variances the bounds of Bhatia and Davis (Group.variances). A
    squared difference over a sum of concave variances is quasi-convex, so the one local minimum is the smallest value.
    Raises InputError for means off the scale, or that may be equal.
    """
    box = [(max(low, float(x) - 0.005), min(high, float(x) + 0.005)) for x in (first, second)]
    if any(a >= b for a, b in box):
        raise InputError(f"means {first} and {second}: expected both between {low} and {high}")
    if box[0][0] <= box[1][1] and box[1][0] <= box[0][1]:
        raise InputError(f"means {first} and {second} may be equal before rounding: nothing is the smallest difference")

    def ratio(means: np.ndarray, weights: tuple[float, float]) -> float:
        variances = [(x - low) * (high - x) * w for x, w in zip(means, weights, strict=True)]
        return (means[0] - means[1]) ** 2 / sum(variances)

    def smallest(weights: tuple[float, float]) -> float:
        start = [sum(ends) / 2 for ends in box]
        return math.sqrt(optimize.minimize(ratio, start, (weights,), bounds=box, tol=1e-12).fun)

    t = smallest((1 / (n - 1), 1 / (m - 1)))  # n / (n - 1) for the variance, / n for the mean
    g = smallest((n / (n + m - 2), m / (n + m - 2))) * hedges_correction(n, m)
    return t, g, float(2 * stats.t.sf(t, min(n, m) - 1))


def possible_range(
    first: Group, second: Group, sds: tuple[float | None, float | None] = (None, None), count: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Every statistic's range: exact or proven ends where there are any, and the ends over sampled SPRITE sets.

    One row a statistic: statistic, smallest, largest (NaN where `note` says that none is known), sampled_smallest,
    sampled_largest, note. With published SDs only the sampled ends use them: the exact ones stay valid.
    """
    exact = bounds(first, second)
    note = "; ".join(filter(None, ["exact", exact.note]))
    known = {
        "difference of means": (*exact.difference, "exact"),
        "Welch |t|": (*exact.welch, note),
        "Welch p": (math.nan, exact.p_at_most, "upper end: no table has more; no lower end but 0"),
        "Hedges |g|": (*exact.hedges, note),
        "Cliff's delta": (*delta_bounds(first, second), "proven bounds; whole people may not quite reach them"),
        "Mann-Whitney p": (math.nan, math.nan, "sampled only: ties make it no function of delta"),
        "Kruskal-Wallis H": (math.nan, math.nan, "sampled only: for two groups, Mann-Whitney's z squared"),
    }
    x, y = (sprite(g, sd, count, seed + i) for i, (g, sd) in enumerate(zip((first, second), sds, strict=True)))
    sampled = _statistics((x * first.items).round(), (y * first.items).round(), first.items)
    rows = []
    for name, (low, high, note) in known.items():
        *found, lost = _ends(sampled[name])
        rows.append((name, low, high, *found, "; ".join(filter(None, [note, lost, CAUTION]))))
    return pd.DataFrame(
        rows, columns=["statistic", "smallest", "largest", "sampled_smallest", "sampled_largest", "note"]
    )


def _ends(values: np.ndarray) -> tuple[float, float, str]:
    known = values[~np.isnan(values)]
    if not len(known):
        return math.nan, math.nan, "no sampled set has any spread"
    lost = len(values) - len(known)
    return float(known.min()), float(known.max()), f"{lost} sampled sets have no spread" if lost else ""


def _statistics(x: np.ndarray, y: np.ndarray, items: int) -> dict[str, np.ndarray]:
    """Statistics of every pair of sets, shape (count,) each; NaN where nobody differs. x, y: person totals."""
    difference = x.mean(axis=1) - y.mean(axis=1)
    first, second = x.var(axis=1, ddof=1), y.var(axis=1, ddof=1)
    n, m = x.shape[1], y.shape[1]
    pooled = np.sqrt(((n - 1) * first + (m - 1) * second) / (n + m - 2))
    # two unanimous groups are infinitely, or not at all, apart; neither needs a warning
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        welch = stats.ttest_ind(x, y, axis=1, equal_var=False)
        hedges = np.abs(difference) / pooled * hedges_correction(n, m)
        ranks = stats.mannwhitneyu(x, y, axis=1, method="asymptotic")
        kruskal = stats.kruskal(x, y, axis=1)
    return {
        "difference of means": difference / items,
        "Welch |t|": np.abs(welch.statistic),
        "Welch p": welch.pvalue,
        "Hedges |g|": hedges,
        "Cliff's delta": 2 * ranks.statistic / (n * m) - 1,
        "Mann-Whitney p": ranks.pvalue,
        "Kruskal-Wallis H": kruskal.statistic,
    }


def kruskal_range(groups: Sequence[Group], count: int = 1000, seed: int = 0) -> dict[str, float | str]:
    """Ends of Kruskal-Wallis H, and of its p, over `count` sampled SPRITE sets of every group.

    Groups may have a range for a mean (`upper`), so that all conditions can enter although two means are unpublished.
    Keys: h_smallest, h_largest, p_smallest, p_largest (NaN where no sampled set has any spread), note.
    """
    for group in groups[1:]:
        check_pair(groups[0], group)
    sets = [(sprite(group, count=count, seed=seed + i) * group.items).round() for i, group in enumerate(groups)]
    with np.errstate(all="ignore"):  # everybody alike has no H
        result = stats.kruskal(*sets, axis=1)
    h_low, h_high, lost = _ends(result.statistic)
    p_low, p_high, _ = _ends(result.pvalue)
    note = "; ".join(filter(None, ["sampled only", lost, CAUTION]))
    return {"h_smallest": h_low, "h_largest": h_high, "p_smallest": p_low, "p_largest": p_high, "note": note}


def over_items(
    first: float | str, second: float | str, n: int = 25, up_to: int = 12, count: int = 500, seed: int = 0
) -> pd.DataFrame:
    """`possible_range` for every number of items at which both means are possible, in a column items.

    How many ratings a person the published means average is not known, so what holds must hold for all of these.
    Raises InputError where the means are possible together for none.
    """
    possible = [items for items in range(1, up_to + 1) if grim(first, n, items) and grim(second, n, items)]
    if not possible:
        raise InputError(f"means {first} and {second} of {n} people: no number of items up to {up_to} allows both")
    tables = [
        possible_range(Group(first, n, items), Group(second, n, items), count=count, seed=seed).assign(items=items)
        for items in possible
    ]
    return pd.concat(tables, ignore_index=True)
