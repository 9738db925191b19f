"""Ranges and bounds of two groups with printed means, against every pair of small tables, sampled and made-up ones."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from lib.errors import InputError
from lib.stats.possible import bounds, bounds_any_items, delta_bounds
from lib.stats.printed_means import Group, sprite
from tests.stats.made_up import every_table

PAIRS = [
    # means of two groups, their sizes, items, low, high
    ("2.25", "4.00", 4, 3, 1, 1, 5),
    ("1.67", "2.33", 3, 3, 2, 1, 3),
    ("3.00", "3.40", 3, 5, 1, 1, 5),
    ("2.00", "2.00", 4, 4, 1, 1, 3),
    ("1.00", "3.00", 3, 3, 1, 1, 3),
    ("2.0", "2.3", 4, 4, 1, 1, 4),
]


def both(first, second, n, m, items, low, high):
    decimals = len(first.partition(".")[2])
    one, other = (Group(mean, size, items, low, high, decimals) for mean, size in ((first, n), (second, m)))
    tables = [
        [
            np.array(t) / items
            for total, ts in every_table(g.n, items, low, high).items()
            if total in g.totals
            for t in ts
        ]
        for g in (one, other)
    ]
    return one, other, list(product(*tables))


@pytest.mark.filterwarnings("ignore:Precision loss")  # scipy's, of a group in which everybody is alike
@pytest.mark.parametrize("pair", PAIRS)
def test_bounds_and_delta_against_every_pair_of_small_tables(pair):
    first, second, tables = both(*pair)
    exact, outer = bounds(first, second), delta_bounds(first, second)
    t, g, p, delta = [], [], [], []
    for x, y in tables:
        difference = abs(x.mean() - y.mean())
        variances = x.var(ddof=1), y.var(ddof=1)
        delta.append(np.sign(np.subtract.outer(x, y)).mean())
        pooled = ((len(x) - 1) * variances[0] + (len(y) - 1) * variances[1]) / (len(x) + len(y) - 2)
        if difference < 1e-12:
            t, g = [*t, 0.0], [*g, 0.0]
        elif pooled < 1e-12:
            t, g = [*t, math.inf], [*g, math.inf]
        else:
            t.append(difference / math.sqrt(variances[0] / len(x) + variances[1] / len(y)))
            g.append(difference / math.sqrt(pooled) * (1 - 3 / (4 * (len(x) + len(y)) - 9)))
            p.append(stats.ttest_ind(x * pair[4], y * pair[4], equal_var=False).pvalue)
    assert exact.welch == pytest.approx((min(t), max(t)))
    assert exact.hedges == pytest.approx((min(g), max(g)))
    assert max(p, default=0) <= exact.p_at_most + 1e-12
    assert outer[0] <= min(delta) + 1e-12 and max(delta) - 1e-12 <= outer[1]
    assert bool(exact.note) == (0 in t or math.inf in t)


@pytest.mark.parametrize("items", [4, 6])
def test_bounds_hold_for_any_ratings_with_the_published_means(items):
    first, second = Group("3.39", 25, items), Group("4.86", 25, items)
    exact = bounds(first, second)
    x, y = sprite(first, count=300, seed=2), sprite(second, count=300, seed=3)
    result = stats.ttest_ind(x, y, axis=1, equal_var=False)
    t = np.abs(result.statistic)
    assert exact.welch[0] - 1e-9 <= t.min() <= t.max() <= exact.welch[1]
    assert result.pvalue.max() <= exact.p_at_most
    low, high = delta_bounds(first, second)
    signs = [np.sign(np.subtract.outer(one, other)).mean() for one, other in zip(x, y, strict=True)]
    assert low <= min(signs) <= max(signs) <= high


def test_whatever_the_number_of_items_the_published_means_differ():
    """The claim for any number of ratings per person is weaker than for each number, and not by much."""
    means = "3.39", "4.86"
    t, g, p = bounds_any_items(*means, 25, 25)
    for items in range(4, 21):
        single = bounds(Group(means[0], 25, items), Group(means[1], 25, items))
        assert t <= single.welch[0] and g <= single.hedges[0] and p >= single.p_at_most
    many = bounds(Group(means[0], 25, 200), Group(means[1], 25, 200))
    assert (t, g) == pytest.approx((many.welch[0], many.hedges[0]), rel=1e-2)
    assert p < 0.05


def test_the_order_of_people_is_not_fixed_by_the_means():
    """With six ratings per person somebody can make up ratings in which most rate the correct traces lower."""
    first, second = Group("3.39", 25, 6), Group("4.86", 25, 6)
    low, high = delta_bounds(first, second)
    # 14 of R1's 25 all fives; 21 of the 25 of correct traces one point of 30 below full marks
    x = [30] * 14 + [6] * 10 + [508 - 14 * 30 - 60]
    y = [29] * 21 + [30] * 4
    assert sum(x) in first.totals and sum(y) in second.totals
    assert low < 0 < np.sign(np.subtract.outer(x, y)).mean() <= high


def test_any_items_refuses_what_has_no_answer():
    with pytest.raises(InputError, match="may be equal before rounding"):
        bounds_any_items("3.39", "3.40", 25, 25)
    with pytest.raises(InputError, match="expected both between 1 and 5"):
        bounds_any_items("0.50", "3.40", 25, 25)
