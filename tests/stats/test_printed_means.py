"""GRIM, the variances and SPRITE: published worked examples, and every small table of ratings there is."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from lib.errors import InputError
from lib.stats.printed_means import Group, bounds_any_items, delta_bounds, grim, grimmer, sprite, totals
from tests.stats.made_up import every_table

GRIM_EXAMPLES = [
    # mean, n, items, possible; where it is worked out
    ("5.19", 28, 1, False),  # Brown and Heathers (2017), their first example; scrutiny::grim("5.19", 28)  FALSE
    ("5.18", 28, 1, True),  # rsprite2::GRIM_test(5.19, 28) names it as the closest possible mean
    ("5.21", 28, 1, True),  # rsprite2::GRIMMER_test(5.21, 1.6, 28)  TRUE, which needs GRIM
    ("5.19", 32, 1, True),  # scrutiny::grim("5.19", 32)  TRUE
    ("2.84", 16, 2, True),  # scrutiny::grim("2.84", 16, items = 2)  TRUE
    ("5.18", 14, 2, True),  # rsprite2::GRIM_test(5.18, 14, n_items = 2)  TRUE
    ("4.71", 20, 1, False),  # Bauer and Francis (2021), as scrutiny's vignette tells it: 40 people, 20 and 20 …
    ("4.71", 17, 1, True),  # … but 17 and 23 would do
]


@pytest.mark.parametrize(("mean", "n", "items", "possible"), GRIM_EXAMPLES)
def test_grim_as_published(mean, n, items, possible):
    assert grim(mean, n, items) is possible
    assert grim(float(mean), n, items) is possible


def test_grim_on_the_sequences_of_scrutinys_tests():
    # scrutiny, tests/testthat/test-grim.R: seq_endpoint(5.19, 5.3) with n = 28; (0.150, 0.159) with n = 120, items = 3;
    # (0.80, 0.89) with n = 28, items = 2
    assert [grim(f"{5.19 + i / 100:.2f}", 28) for i in range(12)] == [c == "T" for c in "FFTFFFTFFFTF"]
    assert [grim(f"{0.15 + i / 1000:.3f}", 120, 3, 3) for i in range(10)] == [c == "T" for c in "TFFTFFTFTF"]
    # … where scrutiny also accepts 0.87, since it lets 49 / 56 = 0.875 be rounded down
    assert [grim(f"{0.8 + i / 100:.2f}", 28, 2) for i in range(10)] == [c == "T" for c in "TFTFTFTFTT"]


GRIMMER_EXAMPLES = [
    # mean, SD, n, decimals of the mean, possible; from rsprite2's tests, "GRIMMER works as expected"
    ("5.21", "1.6", 28, 2, True),
    ("3.44", "2.47", 18, 2, False),  # the sum is 62, even, and the only sum of squares with this SD is 317, odd
    ("5.19", "1.5", 28, 2, False),  # fails GRIM
    ("3.33", "1.234", 250, 2, True),
    ("2", "1", 1, 0, False),  # one rating has no SD
]


@pytest.mark.parametrize(("mean", "sd", "n", "decimals", "possible"), GRIMMER_EXAMPLES)
def test_grimmer_as_published(mean, sd, n, decimals, possible):
    assert grimmer(mean, sd, n, decimals=decimals) is possible


def test_grimmer_of_scales_as_scrutinys_vignette_tells_it():
    # 40 people: with one item "half of these are wrongly flagged as inconsistent", with three "all are consistent"
    pairs = [("5.90", "2.19"), ("5.71", "1.42"), ("3.50", "1.81"), ("3.82", "2.43"), ("4.61", "1.92"), ("5.24", "2.51")]
    assert sum(grimmer(mean, sd, 40) for mean, sd in pairs) == 3
    assert all(grimmer(mean, sd, 40, items=3) for mean, sd in pairs)


def test_debit_as_published():
    # scrutiny's data pigs3, and what its tests expect of debit()
    means, sds = "0.53 0.44 0.77 0.19 0.34 0.93 0.12", "0.50 0.50 0.42 0.35 0.47 0.25 0.33"
    pairs = zip(means.split(), sds.split(), strict=True)
    assert [grimmer(mean, sd, 1683, ends=(0, 1)) for mean, sd in pairs] == [c == "T" for c in "TTTFTTT"]
    assert not grimmer("0.05", "0.21", 20, ends=(0, 1)) and grimmer("0.05", "0.22", 20, ends=(0, 1))
    assert grimmer("0.50", "0.503", 100, ends=(0, 1)) and grimmer("0.00", "0.00", 50, ends=(0, 1))


@pytest.mark.parametrize(("n", "items", "high"), [(4, 1, 5), (5, 1, 3), (3, 2, 3), (6, 1, 2)])
def test_grimmer_never_rejects_ratings_that_exist(n, items, high):
    """Every small table of ratings: its mean and SD as printed pass, with and without the scale's ends."""
    seen = set()
    for tables in every_table(n, items, 1, high).values():
        for table in tables:
            composites = np.array(table) / items
            seen.add((f"{composites.mean():.2f}", f"{composites.std(ddof=1):.2f}"))
    assert all(grimmer(mean, sd, n, items) and grimmer(mean, sd, n, items, ends=(1, high)) for mean, sd in seen)
    means, sds = {mean for mean, _ in seen}, [f"{i / 100:.2f}" for i in range(0, 300)]
    if items == 1 and high == 2:  # then the ends leave nothing else: DEBIT is exact
        assert {(m, sd) for m in means for sd in sds if grimmer(m, sd, n, ends=(1, 2))} == seen
    assert sum(grimmer(m, sd, n, items) for m in means for sd in sds) < len(means) * len(sds) / 4


def printed_by_hand(total: int, size: int, unit: int) -> set[int]:
    """The mean in units of the last decimal, rounded half up and half to even; whole numbers only."""
    below, rest = divmod(total * unit, size)
    if 2 * rest != size:
        return {below + (2 * rest > size)}
    return {below + 1, below + below % 2}


@pytest.mark.parametrize("decimals", [1, 2])
@pytest.mark.parametrize("items", [1, 2, 5])
def test_totals_against_every_sum_there_is(items, decimals):
    unit = 10**decimals
    for n in (1, 3, 7, 8, 16, 25, 40, 80):
        size = n * items
        by_mean = {}
        for total in range(size, 2 * size + 1):
            for mean in printed_by_hand(total, size, unit):
                by_mean.setdefault(mean, []).append(total)
        for mean in range(unit + 1, 2 * unit):
            text = f"{mean // unit}.{mean % unit:0{decimals}d}"
            assert totals(text, n, items, decimals) == by_mean.get(mean, []), (text, n, items)


def test_which_numbers_of_ratings_a_person_the_published_means_allow():
    """Derived by hand: 25 people and k ratings each have means in steps of 1 / (25 k)."""
    possible = {k: [grim(mean, 25, k) for mean in ("3.39", "4.59", "4.86")] for k in range(1, 21)}
    assert possible[1] == [False, False, False]  # steps of 0.04
    assert possible[2] == [False, False, True]  # steps of 0.02: 4.86 = 243 / 50
    assert possible[3] == [True, True, False]  # 254 / 75 = 3.387, 344 / 75 = 4.587; 364.5 / 75 = 4.86
    assert all(all(possible[k]) for k in range(4, 21))  # steps of 0.01 and less


IMPOSSIBLE = [
    (lambda: Group(3.39, 25, 2), "mean 3.39 is impossible for 25 people with 2 ratings each from 1 to 5 (GRIM)"),
    (lambda: Group("5.20", 25), "mean 5.20 is impossible"),  # off the scale
    (lambda: grim("3.391", 25), "at most 2 decimals"),
    (lambda: grim(math.nan, 25), "at most 2 decimals"),
    (lambda: Group("3.00", 1), "two people or more"),
    (lambda: grim("3.00", 0), "at least one person"),
    (lambda: delta_bounds(Group("3.00", 5, 1), Group("3.00", 5, 2)), "same items and the same scale"),
    (lambda: bounds_any_items("3.39", "3.40", 25, 25), "may be equal before rounding"),
    (lambda: bounds_any_items("0.50", "3.40", 25, 25), "expected both between 1 and 5"),
    (lambda: sprite(Group("4.2", 5, 1, 1, 7, 1), 3.5), "SD 3.5: expected one from 0."),
    (lambda: sprite(Group("3.44", 18, 1, 1, 7), 2.47, count=1),  # R> rsprite2::GRIMMER_test(3.44, 2.47, 18)  FALSE
     "no set of 18 people with mean 3.44 and SD 2.47 was found"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), IMPOSSIBLE)
def test_impossible_or_odd_groups_are_refused_in_one_line(call, words, monkeypatch):
    monkeypatch.setattr("lib.stats.printed_means.STEPS", 1000)
    with pytest.raises(InputError) as told:
        call()
    assert words in str(told.value) and "\n" not in str(told.value)


SMALL = [(2, 1, 1, 5), (3, 1, 1, 5), (5, 1, 1, 5), (4, 2, 1, 3), (3, 3, 1, 4), (6, 1, 0, 3)]


@pytest.mark.parametrize(("n", "items", "low", "high"), SMALL)
def test_variances_against_every_small_table(n, items, low, high):
    for total, tables in every_table(n, items, low, high).items():
        mean = Fraction(total, n * items)
        group = Group(f"{float(mean):.2f}", n, items, low, high)
        assert total in group.totals
        variances = [sum((Fraction(person, items) - mean) ** 2 for person in table) / (n - 1) for table in tables]
        assert group.variances(total) == (min(variances), max(variances))
        # Bhatia and Davis (2000): never above (mean - low)(high - mean) n / (n - 1)
        assert group.variances(total)[1] <= (mean - low) * (high - mean) * n / (n - 1)


def test_sd_bounds_as_rsprite2_gives_them():
    # R> rsprite2:::.sd_limits(n_obs = 5, mean = 4.2, min_val = 1, max_val = 7, sd_prec = 2)                0.45 3.03
    # R> rsprite2:::.sd_limits(n_obs = 5, mean = 4.2, min_val = 1, max_val = 7, sd_prec = 2, n_items = 2)   0.27 3.03
    # R> rsprite2:::.sd_limits(n_obs = 100, mean = 1, min_val = 1, max_val = 7)                             0 0
    assert [round(sd, 2) for sd in Group("4.2", 5, 1, 1, 7, 1).sd_bounds()] == [0.45, 3.03]
    assert [round(sd, 2) for sd in Group("4.2", 5, 2, 1, 7, 1).sd_bounds()] == [0.27, 3.03]
    assert Group("1", 100, 1, 1, 7, 0).sd_bounds()[0] == 0


SPRITE_EXAMPLES = [
    # n, mean, sd, low, high, items: pysprite, test/test_pysprite.py, of which each has a solution
    (41, "1.98", 2.02, -1, 6, 1),
    (26, "5.54", 10.73, -10, 24, 1),
    (48, "3.39", 1.89, 0, 6, 2),
    (33, "4.02", 1.68, 0, 7, 3),
    (28, "5.21", 1.60, 1, 7, 1),  # rsprite2::GRIMMER_test(5.21, 1.6, 28)  TRUE
]


@pytest.mark.parametrize(("n", "mean", "sd", "low", "high", "items"), SPRITE_EXAMPLES)
def test_sprite_finds_what_others_found(n, mean, sd, low, high, items):
    sets = sprite(Group(mean, n, items, low, high), sd, count=20, seed=1)
    assert sets.shape == (20, n)
    assert sets.min() >= low and sets.max() <= high
    np.testing.assert_allclose(sets * items, np.round(sets * items), atol=1e-9)
    assert set(np.round(sets.mean(axis=1), 2)) == {float(mean)}
    assert np.abs(sets.std(axis=1, ddof=1) - sd).max() <= 0.005 + 1e-9


@pytest.mark.parametrize(("n", "items", "low", "high"), [(4, 1, 1, 5), (3, 2, 1, 3), (5, 1, 1, 3)])
def test_sprite_reaches_every_small_table_and_nothing_else(n, items, low, high):
    for total, tables in every_table(n, items, low, high).items():
        group = Group(f"{total / (n * items):.2f}", n, items, low, high)
        found = np.sort((sprite(group, count=400) * items).round().astype(int), axis=1)
        sampled = {tuple(row) for row in found.tolist()}
        assert sampled == set(tables), (total, set(tables) - sampled)


def test_sprite_sets_spread_over_all_possible_spreads():
    group = Group("3.39", 25, 6)
    found, (low, high) = sprite(group, count=500), group.sd_bounds()
    sds = found.std(axis=1, ddof=1)
    assert low <= sds.min() <= low + 0.1 * (high - low) and high - 0.02 * (high - low) <= sds.max() <= high
    assert (found == sprite(group, count=500, seed=0)).all() and (found != sprite(group, count=500, seed=1)).any()


PAIRS = [
    # means of two groups, their sizes, items, low, high
    ("2.25", "4.00", 4, 3, 1, 1, 5),
    ("1.67", "2.33", 3, 3, 2, 1, 3),
    ("2.00", "2.00", 4, 4, 1, 1, 3),
    ("1.00", "3.00", 3, 3, 1, 1, 3),
    ("2.0", "2.3", 4, 4, 1, 1, 4),
]


def both(first, second, n, m, items, low, high):
    decimals = len(first.partition(".")[2])
    one, other = (Group(mean, size, items, low, high, decimals) for mean, size in ((first, n), (second, m)))
    tables = [
        [np.array(table) / items for total in g.totals for table in every_table(g.n, items, low, high).get(total, [])]
        for g in (one, other)
    ]
    return one, other, list(product(*tables))


@pytest.mark.filterwarnings("ignore:Precision loss")  # scipy's, of a group in which everybody is alike
@pytest.mark.parametrize("pair", PAIRS)
def test_two_groups_against_every_pair_of_small_tables(pair):
    """Delta's bounds hold, and where the means cannot be equal, no table has a smaller |t| or |g|, or a larger p."""
    first, second, tables = both(*pair)
    low, high = delta_bounds(first, second)
    deltas = [np.sign(np.subtract.outer(x, y)).mean() for x, y in tables]
    assert low <= min(deltas) + 1e-12 and max(deltas) - 1e-12 <= high
    if pair[0] == pair[1] or first.decimals != 2:
        return
    t, g, p = bounds_any_items(*pair[:4], *pair[5:])
    for x, y in tables:
        v, w, n, m = x.var(ddof=1), y.var(ddof=1), len(x), len(y)
        if v + w > 1e-12:
            difference = abs(x.mean() - y.mean())
            assert difference / math.sqrt(v / n + w / m) >= t
            pooled = ((n - 1) * v + (m - 1) * w) / (n + m - 2)
            assert difference / math.sqrt(pooled) * (1 - 3 / (4 * (n + m) - 9)) >= g
            assert stats.ttest_ind(x, y, equal_var=False).pvalue <= p + 1e-12


def test_the_published_means_differ_whatever_the_number_of_ratings():
    t, _, p = bounds_any_items("3.39", "4.86", 25, 25)
    x, y = (sprite(Group(mean, 25, 6), count=300, seed=2) for mean in ("3.39", "4.86"))
    result = stats.ttest_ind(x, y, axis=1, equal_var=False)
    assert t <= np.abs(result.statistic).min() and result.pvalue.max() <= p < 0.05
    # and it is nearly reached: with 200 ratings per person, by people at the ends of the scale and one between
    many = [Group(mean, 25, 200) for mean in ("3.39", "4.86")]
    spread = sum(max(group.variances(total)[1] for total in group.totals) for group in many)
    assert t == pytest.approx(1.46 / math.sqrt(float(spread) / 25), rel=1e-2)


def test_the_order_of_people_is_not_fixed_by_the_means():
    """With six ratings per person somebody can make up ratings in which most rate the correct traces lower."""
    first, second = Group("3.39", 25, 6), Group("4.86", 25, 6)
    low, high = delta_bounds(first, second)
    # 14 of R1's 25 all fives; 21 of the 25 of correct traces one point of 30 below full marks
    x = [30] * 14 + [6] * 10 + [508 - 14 * 30 - 60]
    y = [29] * 21 + [30] * 4
    assert sum(x) in first.totals and sum(y) in second.totals
    assert low < 0 < np.sign(np.subtract.outer(x, y)).mean() <= high
