"""Two groups of which only the means are published: in which order do people stand? Bounds of Cliff's delta.

Means do not fix the order: a group with the lower mean can have more people who rate higher, if a few rate very low.
"""

import math
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lib.means import Group, check_pair
from lib.sprite import sprite


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
    smallest = min((_descend(first, second, x, y) for x, y in zip(*sets, strict=True)), key=lambda pair: _delta(*pair))
    # the largest delta is the negative of the smallest with the groups exchanged
    other = min((_descend(second, first, y, x) for x, y in zip(*sets, strict=True)), key=lambda pair: _delta(*pair))
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
