"""Each statistic against an independent tool (the call quoted above the number) or against the plain definition."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from lib.errors import InputError
from lib.files import ROOT
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


def test_phi_of_one_is_not_certain():
    found = right_wrong.phi(Table2x2(14, 0, 0, 66))
    assert found.value == found.high == 1
    assert 0.7 < found.low < 0.98


def test_phi_intervals_hold_what_they_promise_where_a_cell_is_mostly_empty():
    true = np.array([0.17, 0.005, 0.01, 0.815])  # of 80 outputs, two cells together have one or none
    tables = [Table2x2(*map(int, counts)) for counts in np.random.default_rng(1).multinomial(80, true, size=200)]
    a, b, c, d = true
    phi = (a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    found = [right_wrong.phi(table, 300, seed) for seed, table in enumerate(tables)]
    assert np.mean([one.low <= phi <= one.high for one in found]) >= 0.93  # 0.70 without care for the empty cell


@pytest.mark.parametrize("n", [1, 3, 24, 80])
def test_a_share_lies_in_its_interval_at_the_ends_too(n):
    for count in (0, n):
        share = right_wrong.proportion(count, n)
        assert 0 <= share.low <= share.value <= share.high <= 1


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


def test_no_interval_is_of_zero_width_where_all_are_right():
    all_right = right_wrong.stratified_mean([True] * 10, np.zeros(10))
    assert all_right.value == 1 and 0.6 < all_right.low < 0.95
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


def test_intervals_cover_the_truth_about_as_often_as_they_claim():
    rng = np.random.default_rng(7)
    share = np.array([0.35, 0.15, 0.2, 0.3])
    a, b, c, d = share
    truth = (a * d - b * c) / math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    tables = [Table2x2(*map(int, rng.multinomial(400, share))) for _ in range(200)]
    phis = [right_wrong.phi(table, resamples=500) for table in tables]
    assert 0.90 <= np.mean([found.low <= truth <= found.high for found in phis]) <= 0.99


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cells)
def test_nothing_is_nan_without_a_note(counts):
    table = Table2x2(*counts)
    found = [
        right_wrong.phi(table, resamples=50),
        *right_wrong.shares(table, table.n).values(),
    ]
    for estimate in found:
        if any(math.isnan(x) for x in (estimate.value, estimate.low, estimate.high)):
            assert estimate.note
        else:
            assert estimate.low <= estimate.value + 1e-9 and estimate.value <= estimate.high + 1e-9


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cells)
def test_phi_is_bounded_and_changes_sign_with_the_rows(counts):
    a, b, c, d = counts
    one, other = right_wrong.phi(Table2x2(a, b, c, d), 50), right_wrong.phi(Table2x2(c, d, a, b), 50)
    if not math.isnan(one.value):
        assert -1 <= one.value <= 1
        assert one.value == pytest.approx(-other.value)


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (1, -1, 2, 3), (1.5, 1, 1, 1)])
def test_impossible_tables_are_refused(counts):
    with pytest.raises(InputError, match="2x2 table: expected four counts"):
        Table2x2(*counts)


def test_arms_of_different_length_are_refused():
    with pytest.raises(InputError, match="one length"):
        right_wrong.stratified_difference([True], [True, False], ["a"])
    with pytest.raises(InputError, match="one stratum a value"):
        right_wrong.stratified_mean([True], ["a", "b"])


def test_statistics_load_no_model_library_and_right_wrong_no_pingouin():
    """Records and runs use right_wrong: they must not wait for pingouin and all that it loads."""
    code = (
        "import sys; from lib.stats import right_wrong; print('pingouin' in sys.modules); "
        "from lib.stats import groups, printed_means, simulated; print({'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["False", "set()", ""]
