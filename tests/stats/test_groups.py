"""Tests, effects and reliability: every statistic against an independent tool, and intervals against a known truth."""

import math

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.oneway import anova_oneway

from lib.stats import groups, ratings, simulated
from tests.stats.made_up import GROUPS, SIMULATED

SCORED = ratings.scored(SIMULATED)


def long(groups):
    names = np.repeat(list(groups), [len(values) for values in groups.values()])
    return pd.DataFrame({"group": names, "score": np.concatenate(list(groups.values()))})


def test_kruskal_as_r_prints_it_and_against_pingouin():
    # R> example(kruskal.test), Hollander and Wolfe's mucociliary efficiency:
    # R> kruskal.test(list(x, y, z))   Kruskal-Wallis chi-squared = 0.77143, df = 2, p-value = 0.68
    x, y, z = [2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]
    found = groups.kruskal({"x": np.array(x), "y": np.array(y), "z": np.array(z)})
    assert (found.statistic, found.p) == (pytest.approx(0.77143, abs=5e-6), pytest.approx(0.68, abs=5e-4))
    assert found.df == (2,) and "below 5" in found.note
    row = pingouin.kruskal(long(GROUPS), dv="score", between="group").iloc[0]  # with ties
    found = groups.kruskal(GROUPS)
    assert (found.statistic, found.p) == (pytest.approx(row["H"]), pytest.approx(row["p_unc"]))


def test_welch_as_r_prints_it_and_against_statsmodels():
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


def test_mann_whitney_as_r_prints_it():
    # R> example(wilcox.test), permeability constants (Hollander and Wolfe): wilcox.test(x, y)   W = 35
    # and with exact = FALSE, correct = FALSE, alternative = "greater": p-value = 0.1103, a z of 1.2247
    x = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    y = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
    row = groups.pairs({"x": x, "y": y}).iloc[0]
    assert row["u"] == 35
    z = scipy_stats.norm.isf(0.1103)
    one_half = 0.5 / math.sqrt(50 * 16 / 12)  # ours has the continuity correction
    assert row["p_mann_whitney"] == pytest.approx(2 * scipy_stats.norm.sf(z - one_half), abs=2e-4)


@pytest.mark.slow
@settings(derandomize=True, max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=5), min_size=1, max_size=3))
def test_no_statistic_of_small_groups_is_nan_without_a_note(scores):
    named = {f"group {i}": np.array(values, float) for i, values in enumerate(scores)}
    for test in (groups.kruskal(named), groups.welch(named)):
        assert test.note or (test.statistic >= 0 and 0 <= test.p <= 1)
    for row in groups.pairs(named).itertuples():
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


def with_covariance(rng, covariance, people=60):
    """Random values whose sample covariance is exactly this one."""
    values = rng.standard_normal((people, len(covariance)))
    values = (values - values.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(values.T))).T
    return pd.DataFrame(values @ np.linalg.cholesky(covariance).T)


def test_omega_of_items_of_one_factor_is_exact_and_alphas_upper_neighbour():
    loadings, unique = np.array([0.9, 0.7, 0.5, 1.2]), np.array([0.4, 0.6, 0.5, 0.9])
    table = with_covariance(np.random.default_rng(7), np.outer(loadings, loadings) + np.diag(unique))
    found = groups.omega(table)
    assert found.value == pytest.approx(loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum()), abs=1e-5)
    assert found.low < found.value < found.high and groups.alpha(table).value < found.value
    assert groups.omega(table) == found  # seeded
    equal = with_covariance(np.random.default_rng(7), np.full((4, 4), 0.5) + np.diag([0.5] * 4))
    assert groups.omega(equal).value == pytest.approx(groups.alpha(equal).value, abs=1e-5)  # equal loadings
    assert "two items" in groups.omega(table[[0, 1]]).note
    assert "an item is constant" in groups.omega(table.assign(flat=1.0)).note


def test_a_forgotten_reversal_shows():
    table = groups.matrix(SCORED, "load")
    table["ease"] = 6 - table["ease"]
    assert groups.item_rest(table).set_index("item").loc["ease", "r"] < 0
    assert "wrong way round" in groups.alpha(pd.DataFrame({"a": [1, 2, 3, 5], "b": [5, 4, 3, 2]})).note


def test_alphas_interval_covers_the_truth_about_as_often_as_it_claims():
    rng, items = np.random.default_rng(12), 6
    many = simulated.draw(rng, (200_000, items), 0.2).astype(float)
    truth = items / (items - 1) * (1 - many.var(axis=0).sum() / many.sum(axis=1).var())
    studies = simulated.draw(rng, (200, 50, items), 0.2)
    found = [groups.alpha(pd.DataFrame(study)) for study in studies]
    assert 0.89 <= np.mean([estimate.low <= truth <= estimate.high for estimate in found]) <= 0.99


# 5-point items: how many, the centre of both groups, the spread of each, people per group, Cliff's delta
STUDIES = [(1, 0.25, (1.0, 1.0), 25, 0.4)]  # an ordinary one, and eight in which groups hardly overlap
for items, centre, spreads in ((1, 0.0, (1.0, 1.0)), (1, 1.5, (1.0, 1.0)), (6, 0.0, (1.0, 1.0)), (6, 0.0, (0.3, 1.0))):
    for n, aim in ((10, 0.95), (25, 0.97)):
        STUDIES.append(pytest.param(items, centre, spreads, n, aim, marks=pytest.mark.slow))


@pytest.mark.parametrize(("items", "centre", "spreads", "n", "aim"), STUDIES)
def test_intervals_cover_the_truth_about_as_often_as_they_claim(items, centre, spreads, n, aim):
    """200 simulated studies: 93 % or more, less what chance may take; the truth is that of 200,000 people."""
    studies, rng = 200, np.random.default_rng(n)
    deviation = math.hypot(*spreads) * math.sqrt(0.5 + 0.5 / items)  # of normal answers; ratings are near
    shift = scipy_stats.norm.ppf((1 + aim) / 2) * deviation
    ends = centre + shift / 2, centre - shift / 2
    x, y = (ratings_of(rng, (200_000, items), *one) for one in zip(ends, spreads, strict=True))
    delta = 2 * scipy_stats.mannwhitneyu(x, y).statistic / 200_000**2 - 1
    assert delta == pytest.approx(aim, abs=0.08)
    g = (x.mean() - y.mean()) / math.sqrt((x.var() + y.var()) / 2)
    drawn = (ratings_of(rng, (studies, n, items), *one) for one in zip(ends, spreads, strict=True))
    pairs = list(zip(*drawn, strict=True))
    deltas = [groups.cliffs_delta(*pair) for pair in pairs]
    gs = [found for found in (groups.hedges_g(*pair) for pair in pairs) if not found.note]
    allowed = 0.93 - 2 * math.sqrt(0.93 * 0.07 / studies)
    assert np.mean([found.low <= delta <= found.high for found in deltas]) >= allowed, delta
    assert np.mean([found.low <= g <= found.high for found in gs]) >= allowed, g
    assert len(gs) >= 0.97 * studies


def ratings_of(rng, shape, at, spread):
    """Summed ratings, as simulated.draw makes them, from answers that are `spread` times as spread out."""
    person, noise = rng.standard_normal((*shape[:-1], 1)), rng.standard_normal(shape)
    ratings = 1 + np.digitize(at + spread * np.sqrt(0.5) * (person + noise), simulated.THRESHOLDS)
    return ratings.sum(axis=-1, dtype=float)


# R's ToothGrowth: tooth length of guinea pigs given orange juice or vitamin C
OJ = np.array("""
    15.2 21.5 17.6 9.7 14.5 10 8.2 9.4 16.5 9.7 19.7 23.3 23.6 26.4 20 25.2 25.8 21.2 14.5 27.3 25.5 26.4 22.4
    24.5 24.8 30.9 26.4 27.3 29.4 23
""".split(), float)  # fmt: skip
VC = np.array("""
    4.2 11.5 7.3 5.8 6.4 10 11.2 11.2 5.2 7 16.5 16.5 15.2 17.3 22.5 17.3 13.6 14.5 18.8 15.5 23.6 18.5 33.9 25.5
    26.4 32.5 26.7 21.5 23.3 29.5
""".split(), float)  # fmt: skip

# Tillering of six genotypes, of which three are constant: rstatix, issue 183, tests/testthat/test-games_howell_test.R
GENOTYPES = {
    "Geno1": [22, 23, 23, 23], "Geno2": [22, 22, 22, 22], "Geno3": [23, 22, 23, 23],
    "Geno4": [23, 23, 23, 23], "Geno5": [21, 21, 20, 21], "Geno6": [22, 22, 22, 22],
}  # fmt: skip


def games_howell(scores):
    arrays = {name: np.array(values, float) for name, values in scores.items()}
    return groups.pairs(arrays).set_index(["first", "second"])


def test_games_howell_refuses_only_pairs_without_variance_on_both_sides_as_rstatix_does():
    table = games_howell(GENOTYPES)
    constant = {"Geno2", "Geno4", "Geno6"}
    for (first, second), row in table.iterrows():
        both = {first, second} <= constant
        assert math.isnan(row["p_games_howell"]) == both == bool(row["note_t"]), (first, second)
    # by hand: 22.75 and 22.00, variances 0.25 and 0, four each: t = 0.75 / sqrt(0.25 / 4) = 3, with 4 - 1 degrees
    row = table.loc[("Geno1", "Geno2")]
    assert (row["t"], row["df"]) == (pytest.approx(3), pytest.approx(3))
    assert row["p_games_howell"] == pytest.approx(scipy_stats.studentized_range.sf(3 * math.sqrt(2), 6, 3))
    # 22.75 and 20.75, variances 0.25 each: t = 2 / sqrt(0.125), six degrees
    row = table.loc[("Geno1", "Geno5")]
    assert (row["t"], row["df"]) == (pytest.approx(2 / math.sqrt(0.125)), pytest.approx(6))
    assert table.loc[("Geno1", "Geno3"), "p_games_howell"] == pytest.approx(1)


def test_games_howell_as_pingouin_and_scipy_where_every_group_varies():
    rng = np.random.default_rng(5)
    scores = {name: rng.integers(6 * i, 31, 20 + i) / 6 for i, name in enumerate("abcd", start=1)}
    theirs = pingouin.pairwise_gameshowell(long(scores), dv="score", between="group").set_index(["A", "B"])
    tukey = scipy_stats.tukey_hsd(*scores.values(), equal_var=False).pvalue
    for (first, second), row in games_howell(scores).iterrows():
        assert row["t"] == pytest.approx(theirs.loc[(first, second), "T"])
        assert row["df"] == pytest.approx(theirs.loc[(first, second), "df"])
        assert row["p_games_howell"] == pytest.approx(tukey["abcd".index(first), "abcd".index(second)], abs=1e-6)


def test_games_howell_does_not_count_who_is_alone():
    table = games_howell({"a": [5], "b": [9, 9, 9], "c": [1, 2, 3], "d": [6, 7, 8]})
    assert table.loc[("a", "c"), "note_t"] == "no Games-Howell test: a group of one person has no variance"
    t = 7.0 / math.sqrt(1 / 3)
    expected = scipy_stats.studentized_range.sf(t * math.sqrt(2), 3, 2)  # b, c and d are compared
    assert table.loc[("b", "c"), "p_games_howell"] == pytest.approx(expected)


def test_cliffs_delta_as_published():
    # rstatix, tests/testthat/test-cliff_delta.R, the same as R's effectsize::rank_biserial()
    assert groups.cliffs_delta(OJ, VC).value == pytest.approx(0.2788888889)
    # Parker, Vannest and Davis (2011): 38.5 of 42 pairs
    a, b = np.array([20, 20, 26, 25, 22, 23]), np.array([28, 25, 24, 27, 30, 30, 29])
    assert groups.cliffs_delta(b, a).value == pytest.approx(2 * 38.5 / 42 - 1)


def test_noncentral_t_interval_as_r_prints_it():
    # rstatix, tests/testthat/test-cohens_d-analytic-ci.R, which follows R's effectsize::cohens_d()
    d = groups._standardised(OJ, VC)
    assert d == pytest.approx(pingouin.compute_effsize(OJ, VC, eftype="cohen"))
    assert groups._noncentral(d, 30, 30) == pytest.approx((-0.0215103983, 1.0064212006), abs=1e-6)
    g = groups.hedges_g(OJ, VC)
    assert g.value == pytest.approx(pingouin.compute_effsize(OJ, VC, eftype="hedges"))
    assert g.low <= -0.0215 and g.high >= 1.0064


def test_disjoint_groups_leave_room():
    low, high = np.repeat([1.0, 2.0], 5), np.repeat([4.0, 5.0], 5)
    delta, g = groups.cliffs_delta(high, low), groups.hedges_g(high, low)
    assert (delta.value, delta.high) == (1, 1) and 0.3 < delta.low < 0.8
    assert 2 < g.low < g.value < g.high and math.isfinite(g.high)
    turned = groups.cliffs_delta(low, high), groups.hedges_g(low, high)
    assert (turned[0].low, turned[0].high) == (-1, pytest.approx(-delta.low))
    assert (turned[1].low, turned[1].high) == (pytest.approx(-g.high), pytest.approx(-g.low))
    flat = groups.cliffs_delta(np.full(25, 3.0), np.full(25, 3.0))
    assert flat.value == 0 and flat.low == pytest.approx(-flat.high) and 0.2 < flat.high < 0.6


@settings(derandomize=True, max_examples=60, deadline=None)
@given(*(st.lists(st.integers(1, 5), min_size=1, max_size=12) for _ in range(2)))
def test_no_interval_is_of_zero_width_or_leaves_its_value_outside(first, second):
    first, second = np.array(first, float), np.array(second, float)
    for found in (groups.cliffs_delta(first, second), groups.hedges_g(first, second)):
        assert found.note or (found.low <= found.value <= found.high and found.high - found.low > 0.01)
        assert found.note or (math.isfinite(found.low) and math.isfinite(found.high))
    mean = groups.mean_score(first, 1, 5)
    assert math.isnan(mean.low) if len(first) == 1 else 1 <= mean.low <= mean.value <= mean.high <= 5
    assert len(first) == 1 or mean.high - mean.low > 0.01


# What a study may look like: 5-point items, the centre of both groups and the spread of each.


def test_intervals_are_no_wider_than_they_need_to_be():
    """Where a bootstrap is right, they are about as wide: R1 and a group near to it, 25 people each."""
    rng = np.random.default_rng(3)
    x, y = (simulated.draw(rng, (25, 6), at).mean(axis=1) for at in (0.5, 0.0))
    g, delta = groups.hedges_g(x, y), groups.cliffs_delta(x, y)
    boot = scipy_stats.bootstrap(
        (x, y), lambda a, b: pingouin.compute_effsize(a, b, eftype="hedges"), vectorized=False, n_resamples=500,
        method="percentile", rng=np.random.default_rng(4),
    ).confidence_interval  # fmt: skip
    assert 0.8 < (g.high - g.low) / (boot.high - boot.low) < 1.3
    assert 0.4 < delta.high - delta.low < 0.8


def test_a_mean_has_students_interval_inside_the_scale_and_half_a_person_where_all_agree():
    values = np.array([3.0, 4.0, 4.5, 2.5, 4.0])
    found = groups.mean_score(values, 1, 5)
    assert (found.low, found.high) == pytest.approx(scipy_stats.t.interval(0.95, 4, 3.6, scipy_stats.sem(values)))
    assert groups.mean_score(np.array([5, 5, 5, 4]), 1, 5).high == 5
    found = groups.mean_score(np.full(25, 5.0), 1, 5)
    assert (found.value, found.high) == (5, 5) and 4.6 < found.low < 4.9 and "half a person" in found.note
    assert groups.mean_score(np.array([4.0]), 1, 5).note == "one person: no interval"


def test_every_pair_has_its_numbers_and_holm_leaves_out_pairs_without_p():
    scores = {name: np.array(values, float) for name, values in GENOTYPES.items()} | {"Geno2b": np.full(4, 22.0)}
    table = groups.pairs(scores).set_index(["first", "second"])
    assert len(table) == 21 and table.loc[("Geno2", "Geno2b"), "note_u"]
    known = table["p_mann_whitney"].dropna()
    assert table.loc[known.index, "p_holm"].to_numpy() == pytest.approx(pingouin.multicomp(known, method="holm")[1])
    assert table.loc[("Geno2", "Geno2b"), ["p_holm", "g"]].isna().all()
    assert (table["delta_low"] < table["delta_high"]).all()
