"""Each statistic against an independent tool (the call quoted above the number) or against the plain definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from lib.errors import InputError
from lib.stats import right_wrong
from lib.stats.right_wrong import Table2x2

TABLE = Table2x2(90, 60, 104, 95)  # no empty cell
cells = st.tuples(*[st.integers(0, 200)] * 4).filter(lambda t: sum(t) > 0)


def booleans(table):
    answer = np.repeat([True, True, False, False], table.cells)
    step = np.repeat([True, False, True, False], table.cells)
    return answer, step


def test_phi_is_pearsons_correlation_of_the_booleans():
    answer, step = booleans(TABLE)
    assert right_wrong.phi(TABLE).value == pytest.approx(np.corrcoef(answer, step)[0, 1])
    chi2 = scipy_stats.chi2_contingency(TABLE.matrix, correction=False).statistic
    assert right_wrong.phi(TABLE).value ** 2 * TABLE.n == pytest.approx(chi2)


# True shares of the four cells, outputs; in the second, two cells together have one or none: 0.70 without care for it
@pytest.mark.parametrize(("true", "n"), [((0.35, 0.15, 0.2, 0.3), 400), ((0.17, 0.005, 0.01, 0.815), 80)])
def test_phi_intervals_hold_what_they_promise(true, n):
    a, b, c, d = true
    phi = (a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    drawn = np.random.default_rng(1).multinomial(n, true, size=200)
    found = [right_wrong.phi(Table2x2(*map(int, counts)), 300, seed) for seed, counts in enumerate(drawn)]
    assert np.mean([one.low <= phi <= one.high for one in found]) >= 0.92


def test_shares_are_wilson_intervals():
    # R> prop.test(15, 20, correct = FALSE)$conf.int  [1] 0.5312990 0.8881382   (binom::binom.wilson agrees)
    share = right_wrong.proportion(15, 20)
    assert (share.value, share.low, share.high) == pytest.approx((0.75, 0.5312990, 0.8881382), abs=1e-6)


def test_shares_are_the_right_ones():
    found = right_wrong.shares(Table2x2(6, 2, 1, 3), n=20)  # of all outputs, those without a trace included
    assert {name: share.value for name, share in found.items()} == {
        "joint": 6 / 20,
        "answer_if_right": 6 / 7,
        "answer_if_wrong": 2 / 5,
    }


def test_holm_as_r_prints_it():
    # R> p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm")   [1] 0.04 0.06 0.06 0.06
    assert right_wrong.holm([0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    # R> p.adjust(c(0.04, 0.01, 0.5), "holm")          [1] 0.08 0.03 0.50
    assert right_wrong.holm([0.04, 0.01, 0.5]) == pytest.approx([0.08, 0.03, 0.5])
    assert right_wrong.holm([]).size == 0
    # a missing p is in no family: of (0.01, none, 0.04) two remain
    assert right_wrong.holm([0.01, math.nan, 0.04]) == pytest.approx([0.02, math.nan, 0.04], nan_ok=True)


def test_nothing_is_certain_where_all_are_right():
    phi = right_wrong.phi(Table2x2(14, 0, 0, 66))
    assert phi.value == phi.high == 1 and 0.7 < phi.low < 0.98
    mean = right_wrong.stratified_mean([True] * 10, np.zeros(10))
    assert mean.value == 1 and 0.6 < mean.low < 0.95
    same = right_wrong.stratified_difference([True] * 10, [True] * 10, np.zeros(10))
    assert (same.value, same.p) == (0, 1) and same.low < 0 < same.high


def test_the_mean_over_classes_is_unweighted():
    right = [True] * 9 + [False] + [False] * 2
    strata = ["big"] * 10 + ["small"] * 2
    assert right_wrong.stratified_mean(right, strata).value == pytest.approx((0.9 + 0.0) / 2)


def test_bootstrap_of_one_stratum_agrees_with_scipy():
    right = np.repeat([True, False], [60, 40])
    ours = right_wrong.stratified_mean(right, np.zeros(100), resamples=20000)
    theirs = scipy_stats.bootstrap(
        (right.astype(float),), np.mean, n_resamples=20000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.011)


def test_paired_difference_uses_the_pairs():
    first = np.array([True] * 50 + [False] * 50)
    unpaired_width = math.sqrt(2 * 0.25 / 100) * 2 * 1.96
    found = right_wrong.stratified_difference(first, first, np.zeros(100))
    assert found.value == 0 and -0.03 < found.low < 0 < found.high < 0.03  # identical arms: near nothing, never certain
    assert found.p == 1
    second = first.copy()
    second[:5] = False
    found = right_wrong.stratified_difference(first, second, np.zeros(100))
    assert found.value == pytest.approx(0.05) and found.high - found.low < unpaired_width / 2


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    answer, _ = booleans(TABLE)
    strata = np.arange(TABLE.n) % 4
    assert right_wrong.stratified_mean(answer, strata, seed=1) == right_wrong.stratified_mean(answer, strata, seed=1)
    assert right_wrong.stratified_mean(answer, strata, seed=1) != right_wrong.stratified_mean(answer, strata, seed=2)
    assert right_wrong.phi(TABLE, seed=3) == right_wrong.phi(TABLE, seed=3)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(cells)
def test_nothing_is_nan_without_a_note_or_outside_its_bounds_and_phi_changes_sign_with_the_rows(counts):
    table, turned = Table2x2(*counts), Table2x2(*counts[2:], *counts[:2])
    phi, other = right_wrong.phi(table, 50), right_wrong.phi(turned, 50)
    for estimate in (phi, *right_wrong.shares(table, table.n).values()):
        if any(math.isnan(x) for x in (estimate.value, estimate.low, estimate.high)):
            assert estimate.note
        else:
            assert -1 <= estimate.low <= estimate.value + 1e-9 and estimate.value <= estimate.high + 1e-9 <= 1 + 2e-9
    assert math.isnan(phi.value) or phi.value == pytest.approx(-other.value)


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (1, -1, 2, 3), (1.5, 1, 1, 1)])
def test_impossible_tables_are_refused(counts):
    with pytest.raises(InputError, match="2x2 table: expected four counts"):
        Table2x2(*counts)


def test_arms_of_different_length_are_refused():
    with pytest.raises(InputError, match="one length"):
        right_wrong.stratified_difference([True], [True, False], ["a"])
    with pytest.raises(InputError, match="one stratum a value"):
        right_wrong.stratified_mean([True], ["a", "b"])
