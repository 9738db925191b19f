"""Tests, effects and reliability: every statistic against an independent tool, and intervals against a known truth."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.nonparametric import rank_compare_2indep
from statsmodels.stats.oneway import anova_oneway

from lib.stats import groups, power, ratings
from tests.stats.made_up import GROUPS, SIMULATED

SCORED = ratings.scored(SIMULATED)


def long(groups):
    names = np.repeat(list(groups), [len(values) for values in groups.values()])
    return pd.DataFrame({"group": names, "score": np.concatenate(list(groups.values()))})


def test_kruskal_as_r_prints_it():
    # R> example(kruskal.test), Hollander and Wolfe's mucociliary efficiency:
    # R> kruskal.test(list(x, y, z))   Kruskal-Wallis chi-squared = 0.77143, df = 2, p-value = 0.68
    x, y, z = [2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]
    found = groups.kruskal({"x": np.array(x), "y": np.array(y), "z": np.array(z)})
    assert (found.statistic, found.p, found.df) == (
        pytest.approx(0.77143, abs=5e-6),
        pytest.approx(0.68, abs=5e-4),
        (2,),
    )
    assert "below 5" in found.note


def test_kruskal_with_ties_against_pingouin_and_its_definition():
    found = groups.kruskal(GROUPS)
    row = pingouin.kruskal(long(GROUPS), dv="score", between="group").iloc[0]
    assert (found.statistic, found.p) == (pytest.approx(row["H"]), pytest.approx(row["p_unc"]))
    frame = long(GROUPS)
    ranks = frame["score"].rank()
    n, by_group = len(frame), ranks.groupby(frame["group"])
    between = (by_group.size() * (by_group.mean() - (n + 1) / 2) ** 2).sum()
    assert found.statistic == pytest.approx((n - 1) * between / ((ranks - (n + 1) / 2) ** 2).sum())


def test_welch_as_r_prints_it_and_against_statsmodels_and_scipy():
    # R> oneway.test(extra ~ group, data = sleep)   F = 3.4626, num df = 1.000, denom df = 17.776, p-value = 0.07939
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    sleep = groups.welch({"1": one, "2": two})
    assert sleep.statistic == pytest.approx(3.4626, abs=5e-5) and sleep.p == pytest.approx(0.07939, abs=5e-6)
    assert sleep.df == (1, pytest.approx(17.776, abs=5e-4))
    found = groups.welch(GROUPS)
    theirs = anova_oneway(list(GROUPS.values()), use_var="unequal", welch_correction=True)
    assert (found.statistic, found.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    assert found.df == pytest.approx(theirs.df)
    third = scipy_stats.f_oneway(*GROUPS.values(), equal_var=False)
    assert (found.statistic, found.p) == (pytest.approx(third.statistic), pytest.approx(third.pvalue))


@pytest.fixture(scope="module")
def table():
    return groups.pairs(GROUPS, resamples=50)


def test_mann_whitney_and_holm_against_their_definitions_and_statsmodels(table):
    assert list(zip(table["first"], table["second"], strict=True)) == list(combinations(GROUPS, 2))
    for row in table.itertuples():
        x, y = GROUPS[row.first], GROUPS[row.second]
        signs = np.sign(np.subtract.outer(x, y))
        n, m, size = len(x), len(y), len(x) + len(y)
        assert row.u == (signs > 0).sum() + (signs == 0).sum() / 2
        assert rank_compare_2indep(x, y).prob1 == pytest.approx(row.u / (n * m))
        # the normal approximation, corrected for ties and continuity
        counts = np.unique(np.concatenate([x, y]), return_counts=True)[1]
        variance = n * m / 12 * (size + 1 - (counts**3 - counts).sum() / (size * (size - 1)))
        z = (abs(row.u - n * m / 2) - 0.5) / math.sqrt(variance)
        assert row.p_mann_whitney == pytest.approx(2 * scipy_stats.norm.sf(z))
    holm = multipletests(table["p_mann_whitney"], method="holm")[1]
    assert table["p_holm"].to_numpy() == pytest.approx(holm)


def test_mann_whitney_as_r_prints_it():
    # R> example(wilcox.test), permeability constants (Hollander and Wolfe): wilcox.test(x, y)   W = 35
    # and with exact = FALSE, correct = FALSE, alternative = "greater": p-value = 0.1103, a z of 1.2247
    x = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    y = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
    row = groups.pairs({"x": x, "y": y}, resamples=50).iloc[0]
    assert row["u"] == 35
    z = scipy_stats.norm.isf(0.1103)
    one_half = 0.5 / math.sqrt(50 * 16 / 12)  # ours has the continuity correction
    assert row["p_mann_whitney"] == pytest.approx(2 * scipy_stats.norm.sf(z - one_half), abs=2e-4)


def test_games_howell_against_scipy(table):
    theirs = scipy_stats.tukey_hsd(*GROUPS.values(), equal_var=False)
    names = list(GROUPS)
    for row in table.itertuples():
        i, j = names.index(row.first), names.index(row.second)
        assert row.difference == pytest.approx(theirs.statistic[i, j])
        assert row.p_games_howell == pytest.approx(theirs.pvalue[i, j], abs=1e-6)
        t = scipy_stats.ttest_ind(GROUPS[row.first], GROUPS[row.second], equal_var=False)
        assert (row.t, row.df) == (pytest.approx(t.statistic), pytest.approx(t.df))


def test_effect_sizes_against_pingouin_and_scipy():
    x, y = GROUPS["r1"], GROUPS["correct"]
    g, delta = groups.hedges_g(x, y), groups.cliffs_delta(x, y)
    assert g.value == pytest.approx(pingouin.compute_effsize(x, y, eftype="hedges"))
    # pingouin.mwu's rank-biserial correlation, and the common-language effect size behind it
    row = pingouin.mwu(x, y).iloc[0]
    assert delta.value == pytest.approx(row["RBC"]) == pytest.approx(2 * row["CLES"] - 1)

    def their_delta(a, b, axis):
        return 2 * scipy_stats.mannwhitneyu(a, b, axis=axis).statistic / (a.shape[axis] * b.shape[axis]) - 1

    theirs = scipy_stats.bootstrap(
        (x, y), their_delta, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = groups.cliffs_delta(x, y, resamples=4000)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    resampled = np.random.default_rng(2).integers(25, size=(2, 1000, 25))
    theirs = [pingouin.compute_effsize(x[i], y[j], eftype="hedges") for i, j in zip(*resampled, strict=True)]
    assert (g.low, g.high) == pytest.approx(tuple(np.quantile(theirs, [0.025, 0.975])), abs=0.12)


def test_effects_change_sign_with_the_groups_and_repeat_with_the_seed():
    x, y = GROUPS["r1"], GROUPS["summary"]
    assert groups.cliffs_delta(x, y).value == -groups.cliffs_delta(y, x).value
    assert groups.hedges_g(x, y).value == pytest.approx(-groups.hedges_g(y, x).value)
    assert groups.hedges_g(x, y, seed=4) == groups.hedges_g(x, y, seed=4) != groups.hedges_g(x, y, seed=5)
    assert groups.cliffs_delta(np.arange(3), np.array([4, 5])).value == -1


def test_one_unanimous_group_leaves_the_others_their_tests():
    unanimous = GROUPS | {"correct": np.full(25, 5.0)}
    table = groups.pairs(unanimous, resamples=50).set_index(["first", "second"])
    assert table.loc[("r1", "summary"), "p_games_howell"] >= 0
    assert "no variance within correct" in table.loc[("r1", "correct"), "note_t"]
    assert table.loc[("r1", "correct"), ["p_holm", "delta", "g", "g_low"]].notna().all()
    assert "no variance within correct" in groups.welch(unanimous).note
    assert groups.kruskal(unanimous).p < 0.05


@settings(derandomize=True, max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=5), min_size=1, max_size=3))
def test_no_statistic_of_small_groups_is_nan_without_a_note(scores):
    named = {f"group {i}": np.array(values, float) for i, values in enumerate(scores)}
    for test in (groups.kruskal(named), groups.welch(named)):
        assert test.note or (test.statistic >= 0 and 0 <= test.p <= 1)
    for row in groups.pairs(named, resamples=30).itertuples():
        assert row.note_u or 0 <= row.p_holm <= 1
        assert row.note_t or 0 <= row.p_games_howell <= 1
        assert row.note_delta or row.delta_low <= row.delta_high
        assert row.note_g or row.g_low <= row.g_high


def test_alpha_and_feldts_interval_against_their_definitions():
    table = groups.matrix(SCORED, "interpretability")
    people, items = table.shape
    assert (people, items) == (100, 6)
    expected = items / (items - 1) * (1 - table.var(ddof=1).sum() / table.sum(axis=1).var(ddof=1))
    found = groups.alpha(table)
    assert found.value == pytest.approx(expected)
    # Feldt, Woodruff and Salih (1987): (1 - alpha) / (1 - estimate) is F with n - 1 and (n - 1)(k - 1) degrees
    f = scipy_stats.f(people - 1, (people - 1) * (items - 1))
    limits = [1 - (1 - expected) * f.ppf(q) for q in (0.975, 0.025)]
    assert (found.low, found.high) == pytest.approx(limits, abs=6e-4)  # pingouin rounds to three decimals


def test_differences_between_conditions_are_taken_out_within():
    within = groups.matrix(SCORED, "interpretability", within=True)
    conditions = SCORED.drop_duplicates("participant").set_index("participant")["condition"]
    assert within.groupby(conditions).mean().abs().max(axis=None) < 1e-12
    # groups that differ share more variance than the people in them
    assert groups.alpha(within).value < groups.alpha(groups.matrix(SCORED, "interpretability")).value


def test_item_rest_correlations_against_scipy():
    table = groups.matrix(SCORED, "load")
    for row in groups.item_rest(table).itertuples():
        rest = table.drop(columns=row.item)
        assert row.r == pytest.approx(scipy_stats.pearsonr(table[row.item], rest.sum(axis=1)).statistic)


def test_a_forgotten_reversal_shows():
    table = groups.matrix(SCORED, "load")
    table["ease"] = 6 - table["ease"]
    assert groups.item_rest(table).set_index("item").loc["ease", "r"] < 0
    assert "wrong way round" in groups.alpha(pd.DataFrame({"a": [1, 2, 3, 5], "b": [5, 4, 3, 2]})).note


def test_intervals_cover_the_truth_about_as_often_as_they_claim():
    """200 simulated studies of two groups of 25, single ratings, where delta and g are known exactly."""
    rng = np.random.default_rng(11)
    locations, points = (0.6, -0.1), np.arange(1, 6)
    shares = [np.diff([0, *scipy_stats.norm.cdf(power.THRESHOLDS - at), 1]) for at in locations]
    delta = shares[0] @ np.sign(np.subtract.outer(points, points)) @ shares[1]
    means = [share @ points for share in shares]
    pooled = math.sqrt(np.mean([share @ points**2 - mean**2 for share, mean in zip(shares, means, strict=True)]))
    g = (means[0] - means[1]) / pooled
    drawn = [power.ratings(rng, (200, 25, 1), at)[..., 0] for at in locations]
    deltas = [groups.cliffs_delta(x, y, resamples=400, seed=i) for i, (x, y) in enumerate(zip(*drawn, strict=True))]
    gs = [groups.hedges_g(x, y, resamples=400, seed=i) for i, (x, y) in enumerate(zip(*drawn, strict=True))]
    # 0.95 within four standard errors of 200 trials below; percentile intervals may be a little short
    assert 0.89 <= np.mean([found.low <= delta <= found.high for found in deltas]) <= 0.99
    assert 0.89 <= np.mean([found.low <= g <= found.high for found in gs]) <= 0.99


def test_alphas_interval_covers_the_truth_about_as_often_as_it_claims():
    rng, items = np.random.default_rng(12), 6
    many = power.ratings(rng, (200_000, items), 0.2).astype(float)
    truth = items / (items - 1) * (1 - many.var(axis=0).sum() / many.sum(axis=1).var())
    studies = power.ratings(rng, (200, 50, items), 0.2)
    found = [groups.alpha(pd.DataFrame(study)) for study in studies]
    assert 0.89 <= np.mean([estimate.low <= truth <= estimate.high for estimate in found]) <= 0.99
