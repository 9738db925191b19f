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

from lib.stats import groups, ratings, simulated
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
    return groups.pairs(GROUPS)


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
    row = groups.pairs({"x": x, "y": y}).iloc[0]
    assert row["u"] == 35
    z = scipy_stats.norm.isf(0.1103)
    one_half = 0.5 / math.sqrt(50 * 16 / 12)  # ours has the continuity correction
    assert row["p_mann_whitney"] == pytest.approx(2 * scipy_stats.norm.sf(z - one_half), abs=2e-4)


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


def test_a_forgotten_reversal_shows():
    table = groups.matrix(SCORED, "load")
    table["ease"] = 6 - table["ease"]
    assert groups.item_rest(table).set_index("item").loc["ease", "r"] < 0
    assert "wrong way round" in groups.alpha(pd.DataFrame({"a": [1, 2, 3, 5], "b": [5, 4, 3, 2]})).note


def test_intervals_cover_the_truth_about_as_often_as_they_claim():
    """200 simulated studies of two groups of 25, single ratings, where delta and g are known exactly."""
    rng = np.random.default_rng(11)
    locations, points = (0.6, -0.1), np.arange(1, 6)
    shares = [np.diff([0, *scipy_stats.norm.cdf(simulated.THRESHOLDS - at), 1]) for at in locations]
    delta = shares[0] @ np.sign(np.subtract.outer(points, points)) @ shares[1]
    means = [share @ points for share in shares]
    pooled = math.sqrt(np.mean([share @ points**2 - mean**2 for share, mean in zip(shares, means, strict=True)]))
    g = (means[0] - means[1]) / pooled
    drawn = [simulated.draw(rng, (200, 25, 1), at)[..., 0] for at in locations]
    deltas = [groups.cliffs_delta(x, y) for x, y in zip(*drawn, strict=True)]
    gs = [groups.hedges_g(x, y) for x, y in zip(*drawn, strict=True)]
    # 0.95 within four standard errors of 200 trials below; the wider of two intervals may cover more
    assert np.mean([found.low <= delta <= found.high for found in deltas]) >= 0.89
    assert np.mean([found.low <= g <= found.high for found in gs]) >= 0.89


def test_alphas_interval_covers_the_truth_about_as_often_as_it_claims():
    rng, items = np.random.default_rng(12), 6
    many = simulated.draw(rng, (200_000, items), 0.2).astype(float)
    truth = items / (items - 1) * (1 - many.var(axis=0).sum() / many.sum(axis=1).var())
    studies = simulated.draw(rng, (200, 50, items), 0.2)
    found = [groups.alpha(pd.DataFrame(study)) for study in studies]
    assert 0.89 <= np.mean([estimate.low <= truth <= estimate.high for estimate in found]) <= 0.99


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


def test_cliffs_interval_is_the_wider_of_two():
    delta = groups.cliffs_delta(OJ, VC)
    theta, placed = (delta.value + 1) / 2, (np.sign(np.subtract.outer(OJ, VC)) + 1) / 2
    variances = [placed.mean(axis=axis).var(ddof=1) / 30 for axis in (0, 1)]
    df = sum(variances) ** 2 / sum(v**2 / 29 for v in variances)
    reach = scipy_stats.t.ppf(0.975, df) * math.sqrt(sum(variances)) / (theta * (1 - theta))
    logit = [2 / (1 + math.exp(-(math.log(theta / (1 - theta)) + sign * reach))) - 1 for sign in (-1, 1)]
    score = [2 * end - 1 for end in groups._newcombe(theta, 30, 30)]
    assert delta.low == pytest.approx(min(logit[0], score[0])) and delta.high == pytest.approx(max(logit[1], score[1]))


def test_noncentral_t_interval_as_r_prints_it():
    # rstatix, tests/testthat/test-cohens_d-analytic-ci.R, which follows R's effectsize::cohens_d()
    d = groups._standardised(OJ, VC)
    assert d == pytest.approx(pingouin.compute_effsize(OJ, VC, eftype="cohen"))
    assert groups._noncentral(d, 30, 30) == pytest.approx((-0.0215103983, 1.0064212006), abs=1e-6)
    g = groups.hedges_g(OJ, VC)
    assert g.value == pytest.approx(pingouin.compute_effsize(OJ, VC, eftype="hedges"))
    assert g.low <= -0.0215 and g.high >= 1.0064


def test_half_a_person_midway_draws_d_to_zero():
    x, y = np.array([4.0, 5, 5, 4]), np.array([1.0, 1, 2, 2])
    weights = np.array([1, 1, 1, 1, 0.5])
    means = [np.average(np.append(values, 3), weights=weights) for values in (x, y)]
    squares = sum((weights * (np.append(v, 3) - mean) ** 2).sum() for v, mean in zip((x, y), means, strict=True))
    assert groups._standardised(x, y, 0.5) == pytest.approx((means[0] - means[1]) / math.sqrt(squares / (9 - 2)))
    assert groups._standardised(x, y, 0.5) < groups._standardised(x, y)


def test_the_jackknife_leaves_out_one_person_at_a_time():
    x, y = np.array([4.0, 5, 5, 3, 4.5]), np.array([1.0, 1, 2.5, 2])
    left = (
        [groups._standardised(np.delete(x, i), y) for i in range(5)],
        [groups._standardised(x, np.delete(y, i)) for i in range(4)],
    )
    expected = sum((len(values) - 1) * np.var(values) for values in left)
    assert groups._jackknife(x, y) == pytest.approx(math.sqrt(expected))


def test_disjoint_groups_leave_room():
    low, high = np.repeat([1.0, 2.0], 5), np.repeat([4.0, 5.0], 5)
    delta, g = groups.cliffs_delta(high, low), groups.hedges_g(high, low)
    assert (delta.value, delta.high) == (1, 1) and 0.3 < delta.low < 0.8
    assert 2 < g.low < g.value < g.high and math.isfinite(g.high)
    turned = groups.cliffs_delta(low, high), groups.hedges_g(low, high)
    assert turned[0].low == -1 and turned[0].high == pytest.approx(-delta.low)
    assert (turned[1].low, turned[1].high) == (pytest.approx(-g.high), pytest.approx(-g.low))
    flat = groups.cliffs_delta(np.full(25, 3.0), np.full(25, 3.0))
    assert flat.value == 0 and flat.low == pytest.approx(-flat.high) and 0.2 < flat.high < 0.6
    assert "no spread" in groups.hedges_g(np.full(5, 4.0), np.full(5, 2.0)).note
    one_sided = groups.hedges_g(np.array([5, 5, 5, 5]), np.array([1, 1, 1, 2]))  # leaving out the 2 leaves no spread
    assert one_sided.low < one_sided.value < one_sided.high < math.inf


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
STUDIES = [(1, 0.0, (1.0, 1.0)), (1, 1.5, (1.0, 1.0)), (6, 0.0, (1.0, 1.0)), (6, 0.0, (0.3, 1.0))]


def ratings_of(rng, shape, at, spread):
    """As simulated.draw, with answers that are `spread` times as spread out."""
    person, noise = rng.standard_normal((*shape[:-1], 1)), rng.standard_normal(shape)
    return 1 + np.digitize(at + spread * np.sqrt(0.5) * (person + noise), simulated.THRESHOLDS)


def truth(rng, items, ends, spreads):
    """Cliff's delta and the standardised difference in the population, from 200,000 people per group."""
    x, y = (
        ratings_of(rng, (200_000, items), at, spread).sum(axis=1, dtype=float)
        for at, spread in zip(ends, spreads, strict=True)
    )
    delta = 2 * scipy_stats.mannwhitneyu(x, y).statistic / 200_000**2 - 1
    return delta, (x.mean() - y.mean()) / math.sqrt((x.var() + y.var()) / 2)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 25])
@pytest.mark.parametrize(("items", "centre", "spreads"), STUDIES)
def test_intervals_cover_where_groups_hardly_overlap(items, centre, spreads, n):
    """400 simulated studies at a delta of about 0.95 and 0.97: 93 % or more, less what chance may take."""
    studies, rng = 400, np.random.default_rng(n)
    for aim in (0.95, 0.97):
        shift = scipy_stats.norm.ppf((1 + aim) / 2) * math.hypot(*spreads)  # of normal answers; ratings are near
        while truth(np.random.default_rng(1), items, (centre + shift / 2, centre - shift / 2), spreads)[0] > 0.975:
            shift -= 0.1
        ends = centre + shift / 2, centre - shift / 2
        delta, g = truth(np.random.default_rng(1), items, ends, spreads)
        x, y = (
            ratings_of(rng, (studies, n, items), at, spread).sum(axis=2, dtype=float)
            for at, spread in zip(ends, spreads, strict=True)
        )
        deltas = [groups.cliffs_delta(*pair) for pair in zip(x, y, strict=True)]
        gs = [groups.hedges_g(*pair) for pair in zip(x, y, strict=True)]
        known = [found for found in gs if not found.note]
        allowed = 0.93 - 2 * math.sqrt(0.93 * 0.07 / studies)
        assert np.mean([found.low <= delta <= found.high for found in deltas]) >= allowed, (aim, delta)
        assert np.mean([found.low <= g <= found.high for found in known]) >= allowed, (aim, g)
        assert len(known) >= 0.97 * studies


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


def test_a_mean_has_students_interval_inside_the_scale():
    values = np.array([3.0, 4.0, 4.5, 2.5, 4.0])
    found = groups.mean_score(values, 1, 5)
    assert (found.low, found.high) == pytest.approx(scipy_stats.t.interval(0.95, 4, 3.6, scipy_stats.sem(values)))
    assert groups.mean_score(np.array([5, 5, 5, 4]), 1, 5).high == 5


def test_a_unanimous_group_has_a_mean_with_an_interval():
    found = groups.mean_score(np.full(25, 5.0), 1, 5)
    weights = np.append(np.ones(25), [0.5, 0.5])
    scores = np.append(np.full(25, 5.0), [1, 5])
    centre = np.average(scores, weights=weights)
    error = math.sqrt((weights * (scores - centre) ** 2).sum() / 25 / 26)
    assert (found.value, found.high) == (5, 5) and "half a person" in found.note
    assert found.low == pytest.approx(centre - scipy_stats.t.ppf(0.975, 25) * error)
    middle = groups.mean_score(np.full(25, 3.0), 1, 5)
    assert middle.low < 3 < middle.high and middle.high - middle.low < 0.7
    assert groups.mean_score(np.array([4.0]), 1, 5).note == "one person: no interval"


def test_every_pair_has_its_numbers_and_holm_leaves_out_pairs_without_p():
    scores = {name: np.array(values, float) for name, values in GENOTYPES.items()} | {"Geno2b": np.full(4, 22.0)}
    table = groups.pairs(scores).set_index(["first", "second"])
    assert len(table) == 21 and table.loc[("Geno2", "Geno2b"), "note_u"]
    known = table["p_mann_whitney"].dropna()
    assert table.loc[known.index, "p_holm"].to_numpy() == pytest.approx(pingouin.multicomp(known, method="holm")[1])
    assert table.loc[("Geno2", "Geno2b"), ["p_holm", "g"]].isna().all()
    assert (table["delta_low"] < table["delta_high"]).all()
