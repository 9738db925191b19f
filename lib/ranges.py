"""Two groups of which only the means are published: how small, and how large, can a test statistic and an effect be?

"Whatever the ratings were, the groups differ by at least …": with the means given, |t| and Hedges' g are smallest where
both variances are largest (lib/means.py), so those ends are exact. Rank statistics are not fixed by the means at all:
for them the ends are a proven outer bound and tables that were found. SPRITE sets (lib/sprite.py) show what lies
between.
"""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from scipy import stats

from lib.effects import hedges_correction
from lib.errors import InputError
from lib.means import Group
from lib.sprite import sprite

CAUTION = "sampled sets show what is possible, not how probable it is"


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
    _check_pair(first, second)
    differences, welch, hedges, notes = [], [], [], set()
    for one, other in product(first.totals, second.totals):
        difference = one / (first.n * first.items) - other / (second.n * second.items)
        differences.append(difference)
        for end in (0, 1):  # smallest variances, then largest
            variances = float(first.variances(one)[end]), float(second.variances(other)[end])
            error = math.sqrt(variances[0] / first.n + variances[1] / second.n)
            degrees = first.n + second.n - 2
            pooled = math.sqrt(((first.n - 1) * variances[0] + (second.n - 1) * variances[1]) / degrees)
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


def _check_pair(first: Group, second: Group) -> None:
    if (first.items, first.low, first.high) != (second.items, second.low, second.high):
        raise InputError("two groups: expected the same items and the same scale in both")


def delta_bounds(first: Group, second: Group) -> tuple[float, float]:
    """Outer bounds of Cliff's delta, P(first > second) - P(first < second), over all tables: none lies outside.

    With counts of people allowed to be fractions, delta is bilinear in the two groups' distributions, so it is
    extreme where each sits on at most two ratings (the vertices of {counts >= 0, sum n, mean given}); all such pairs
    are tried. Whole people may not quite reach the ends: see `delta_found`.
    """
    _check_pair(first, second)
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


def delta_found(first: Group, second: Group, starts: int = 12, seed: int = 0) -> tuple[float, float]:
    """Smallest and largest Cliff's delta that some table of whole ratings was found to have.

    From each of `starts` SPRITE sets, the groups take turns: the best group against a fixed other one is found
    exactly (dynamic programming over people and sums), until nothing improves.
    """
    _check_pair(first, second)
    sets = [(sprite(group, count=starts, seed=seed) * group.items).round().astype(int) for group in (first, second)]
    # the largest delta is the negative of the smallest with the groups exchanged
    smallest = min(_descend(first, second, x, y) for x, y in zip(*sets, strict=True))
    largest = -min(_descend(second, first, y, x) for x, y in zip(*sets, strict=True))
    return smallest, largest


def _descend(first: Group, second: Group, x: np.ndarray, y: np.ndarray) -> float:
    best = math.inf
    while True:
        x = _cheapest(first, np.sign(np.subtract.outer(_lattice(first), y)).sum(axis=1))
        y = _cheapest(second, np.sign(np.subtract.outer(x, _lattice(second))).sum(axis=0))
        value = float(np.sign(np.subtract.outer(x, y)).mean())
        if value >= best:
            return best
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


def possible_range(
    first: Group, second: Group, sds: tuple[float | None, float | None] = (None, None), count: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Every statistic's range: exact or proven ends where there are any, and the ends over sampled SPRITE sets.

    One row a statistic: statistic, smallest, largest (NaN where `note` says that none is known), sampled_smallest,
    sampled_largest, note. With published SDs only the sampled ends use them: the exact ones stay valid.
    """
    exact, delta = bounds(first, second), delta_bounds(first, second)
    x, y = (sprite(g, sd, count, seed + i) for i, (g, sd) in enumerate(zip((first, second), sds, strict=True)))
    sampled = _statistics(x, y)
    unknown = (math.nan, math.nan)
    ends = {
        "difference of means": (exact.difference, "exact"),
        "Welch |t|": (exact.welch, "exact" + (f"; {exact.note}" if exact.note else "")),
        "Welch p": ((math.nan, exact.p_at_most), "upper end: no table has more; no lower end but 0"),
        "Hedges |g|": (exact.hedges, "exact" + (f"; {exact.note}" if exact.note else "")),
        "Cliff's delta": (delta, "proven bounds; whole people may not quite reach them"),
        "Mann-Whitney p": (unknown, "sampled only: ties make it no function of delta"),
        "Kruskal-Wallis H": (unknown, "sampled only: for two groups, Mann-Whitney's z squared"),
    }
    rows = [
        (name, low, high, float(np.min(sampled[name])), float(np.max(sampled[name])), f"{note}; {CAUTION}")
        for name, ((low, high), note) in ends.items()
    ]
    return pd.DataFrame(
        rows, columns=["statistic", "smallest", "largest", "sampled_smallest", "sampled_largest", "note"]
    )


def _statistics(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Statistics of every pair of sets, each shape (count,). x and y: (count, people)."""
    difference = x.mean(axis=1) - y.mean(axis=1)
    first, second = x.var(axis=1, ddof=1), y.var(axis=1, ddof=1)
    n, m = x.shape[1], y.shape[1]
    pooled = np.sqrt(((n - 1) * first + (m - 1) * second) / (n + m - 2))
    with np.errstate(divide="ignore", invalid="ignore"):  # two unanimous groups: infinite, as documented
        welch = stats.ttest_ind(x, y, axis=1, equal_var=False)
        hedges = np.abs(difference) / pooled * hedges_correction(n, m)
    ranks = stats.mannwhitneyu(x, y, axis=1, method="asymptotic")
    return {
        "difference of means": difference,
        "Welch |t|": np.abs(welch.statistic),
        "Welch p": welch.pvalue,
        "Hedges |g|": hedges,
        "Cliff's delta": 2 * ranks.statistic / (n * m) - 1,
        "Mann-Whitney p": ranks.pvalue,
        "Kruskal-Wallis H": stats.kruskal(x, y, axis=1).statistic,
    }
