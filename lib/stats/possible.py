"""Two groups of which only the means are published: how small, and how large, can a test statistic and an effect be?

"Whatever the ratings were, the groups differ by at least …": with the means given, |t| and Hedges' g are smallest
where both variances are largest (lib/stats/printed_means.py), so those ends are exact. Means do not fix the order of
people: a group with the lower mean can have more people who rate higher, if a few rate very low. So Cliff's delta has
bounds only, and they are proven. SPRITE sets (lib/stats/printed_means.py) show what lies between.
"""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import optimize, stats

from lib.errors import InputError
from lib.stats.groups import hedges_correction
from lib.stats.printed_means import Group, check_pair


def delta_bounds(first: Group, second: Group) -> tuple[float, float]:
    """Outer bounds of Cliff's delta, P(first > second) - P(first < second), over all tables: none lies outside.

    With counts of people allowed to be fractions, delta is bilinear in the two groups' distributions, so it is
    extreme where each sits on at most two ratings (the vertices of {counts >= 0, sum n, mean given}); all such pairs
    are tried. Whole people may not quite reach the ends.
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
