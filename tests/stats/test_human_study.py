"""Analysis, power and simulation: every statistic against an independent tool, and intervals against a known truth."""

import math
import warnings
from itertools import combinations

import matplotlib.pyplot as plt
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
from statsmodels.stats.power import TTestIndPower

from lib import figures, human_study
from lib.analysis import human_plots
from lib.errors import InputError
from lib.stats import groups as comparison
from lib.stats import groups as effects
from lib.stats import groups as reliability
from lib.stats import power, simulated
from lib.stats import ratings as responses

RNG = np.random.default_rng(5)
GROUPS = {
    "r1": RNG.integers(6, 31, 25) / 6,
    "summary": RNG.integers(12, 31, 24) / 6,
    "posthoc": RNG.integers(10, 31, 26) / 6,
    "correct": RNG.integers(20, 31, 25) / 6,
}
SIMULATED = simulated.simulate(seed=3)


def long(groups):
    names = np.repeat(list(groups), [len(values) for values in groups.values()])
    return pd.DataFrame({"group": names, "score": np.concatenate(list(groups.values()))})


# --- tests of all groups ---


def test_kruskal_as_r_prints_it():
    # R> example(kruskal.test), Hollander and Wolfe's mucociliary efficiency:
    # R> kruskal.test(list(x, y, z))   Kruskal-Wallis chi-squared = 0.77143, df = 2, p-value = 0.68
    x, y, z = [2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]
    found = comparison.kruskal({"x": np.array(x), "y": np.array(y), "z": np.array(z)})
    assert (found.statistic, found.p, found.df) == (
        pytest.approx(0.77143, abs=5e-6),
        pytest.approx(0.68, abs=5e-4),
        (2,),
    )
    assert "below 5" in found.note


def test_kruskal_with_ties_against_pingouin_and_its_definition():
    found = comparison.kruskal(GROUPS)
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
    sleep = comparison.welch({"1": one, "2": two})
    assert sleep.statistic == pytest.approx(3.4626, abs=5e-5) and sleep.p == pytest.approx(0.07939, abs=5e-6)
    assert sleep.df == (1, pytest.approx(17.776, abs=5e-4))
    found = comparison.welch(GROUPS)
    theirs = anova_oneway(list(GROUPS.values()), use_var="unequal", welch_correction=True)
    assert (found.statistic, found.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    assert found.df == pytest.approx(theirs.df)
    third = scipy_stats.f_oneway(*GROUPS.values(), equal_var=False)
    assert (found.statistic, found.p) == (pytest.approx(third.statistic), pytest.approx(third.pvalue))


# --- pairs ---


@pytest.fixture(scope="module")
def table():
    return comparison.pairs(GROUPS, resamples=50)


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
    row = comparison.pairs({"x": x, "y": y}, resamples=50).iloc[0]
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
    g, delta = effects.hedges_g(x, y), effects.cliffs_delta(x, y)
    assert g.value == pytest.approx(pingouin.compute_effsize(x, y, eftype="hedges"))
    # pingouin.mwu's rank-biserial correlation, and the common-language effect size behind it
    row = pingouin.mwu(x, y).iloc[0]
    assert delta.value == pytest.approx(row["RBC"]) == pytest.approx(2 * row["CLES"] - 1)

    def their_delta(a, b, axis):
        return 2 * scipy_stats.mannwhitneyu(a, b, axis=axis).statistic / (a.shape[axis] * b.shape[axis]) - 1

    theirs = scipy_stats.bootstrap(
        (x, y), their_delta, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = effects.cliffs_delta(x, y, resamples=4000)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    resampled = np.random.default_rng(2).integers(25, size=(2, 1000, 25))
    theirs = [pingouin.compute_effsize(x[i], y[j], eftype="hedges") for i, j in zip(*resampled, strict=True)]
    assert (g.low, g.high) == pytest.approx(tuple(np.quantile(theirs, [0.025, 0.975])), abs=0.12)


def test_effects_change_sign_with_the_groups_and_repeat_with_the_seed():
    x, y = GROUPS["r1"], GROUPS["summary"]
    assert effects.cliffs_delta(x, y).value == -effects.cliffs_delta(y, x).value
    assert effects.hedges_g(x, y).value == pytest.approx(-effects.hedges_g(y, x).value)
    assert effects.hedges_g(x, y, seed=4) == effects.hedges_g(x, y, seed=4) != effects.hedges_g(x, y, seed=5)
    assert effects.cliffs_delta([1, 2, 3], [4, 5]).value == -1


# --- reliability ---


def test_alpha_and_feldts_interval_against_their_definitions():
    table = reliability.matrix(responses.scored(SIMULATED), "interpretability")
    people, items = table.shape
    assert (people, items) == (100, 6)
    expected = items / (items - 1) * (1 - table.var(ddof=1).sum() / table.sum(axis=1).var(ddof=1))
    found = reliability.alpha(table)
    assert found.value == pytest.approx(expected)
    # Feldt, Woodruff and Salih (1987): (1 - alpha) / (1 - estimate) is F with n - 1 and (n - 1)(k - 1) degrees
    f = scipy_stats.f(people - 1, (people - 1) * (items - 1))
    limits = [1 - (1 - expected) * f.ppf(q) for q in (0.975, 0.025)]
    assert (found.low, found.high) == pytest.approx(limits, abs=6e-4)  # pingouin rounds to three decimals


def test_differences_between_conditions_are_taken_out_within():
    scored = responses.scored(SIMULATED)
    within = reliability.matrix(scored, "interpretability", within=True)
    conditions = scored.drop_duplicates("participant").set_index("participant")["condition"]
    assert within.groupby(conditions).mean().abs().max(axis=None) < 1e-12
    # groups that differ share more variance than the people in them
    assert reliability.alpha(within).value < reliability.alpha(reliability.matrix(scored, "interpretability")).value


def test_item_rest_correlations_against_scipy_and_pingouin():
    table = reliability.matrix(responses.scored(SIMULATED), "load")
    for row in reliability.item_rest(table).itertuples():
        rest = table.drop(columns=row.item)
        assert row.r == pytest.approx(scipy_stats.pearsonr(table[row.item], rest.sum(axis=1)).statistic)
        assert row.alpha_without == pytest.approx(pingouin.cronbach_alpha(rest)[0])


def test_a_forgotten_reversal_shows():
    table = reliability.matrix(responses.scored(SIMULATED), "load")
    table["ease"] = 6 - table["ease"]
    assert reliability.item_rest(table).set_index("item").loc["ease", "r"] < 0
    assert "wrong way round" in reliability.alpha(pd.DataFrame({"a": [1, 2, 3, 5], "b": [5, 4, 3, 2]})).note


# --- what cannot be computed ---


def check_nothing_is_nan_without_a_note(table: pd.DataFrame):
    counts = table[table["part"] != "people"]
    assert (table.loc[table["value"].isna(), "note"] != "").all(), table[table["value"].isna() & (table["note"] == "")]
    tests = counts[counts["what"].str.contains("Kruskal|Welch|Mann|Games")]
    assert (tests.loc[tests["p"].isna(), "note"] != "").all()
    intervals = counts[counts["what"].str.contains("alpha|delta|Hedges|^mean")]
    assert (intervals.loc[intervals["low"].isna() | intervals["high"].isna(), "note"] != "").all()


def edited(keep=lambda frame: frame["rating"] > 0, **columns) -> responses.Responses:
    frame = SIMULATED.frame[keep(SIMULATED.frame)].assign(**columns)
    return responses.from_frame(frame)


def test_one_group_only_is_said_and_the_rest_computed():
    table = human_study.report(edited(lambda frame: frame["condition"] == "r1"), resamples=100).table
    check_nothing_is_nan_without_a_note(table)
    tests = table[table["part"] == "all conditions"]
    assert set(tests["note"]) == {"one group only: nothing to compare it with"}
    assert not (table["part"] == "pairs").any()
    assert table.loc[table["what"] == "Cronbach's alpha", "value"].notna().all()


def test_all_equal_ratings_are_said():
    table = human_study.report(edited(rating=3), resamples=100).table
    check_nothing_is_nan_without_a_note(table)
    notes = table.set_index(["scale", "what"])["note"]
    assert "no ranks to compare" in notes["load", "Kruskal-Wallis"]
    assert "no variance within r1, summary, posthoc, correct" in notes["load", "Welch ANOVA"]
    assert "no variance to share" in notes["interpretability", "Cronbach's alpha"].iloc[0]
    assert "no standard deviation to divide by" in notes["interpretability", "Hedges' g"].iloc[0]


def test_one_unanimous_group_leaves_the_others_their_tests():
    groups = GROUPS | {"correct": np.full(25, 5.0)}
    table = comparison.pairs(groups, resamples=50).set_index(["first", "second"])
    assert table.loc[("r1", "summary"), "p_games_howell"] >= 0
    assert "no variance within correct" in table.loc[("r1", "correct"), "note_t"]
    assert table.loc[("r1", "correct"), ["p_holm", "delta", "g", "g_low"]].notna().all()
    assert "no variance within correct" in comparison.welch(groups).note
    assert comparison.kruskal(groups).p < 0.05


def test_one_person_a_group():
    table = human_study.report(
        edited(lambda frame: frame["participant"].isin(["simulated-001", "simulated-099"])), resamples=100
    ).table
    check_nothing_is_nan_without_a_note(table)
    assert "needs two people or more" in table.loc[table["what"] == "Hedges' g", "note"].iloc[0]


@settings(derandomize=True, max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=5), min_size=1, max_size=3))
def test_no_statistic_of_small_groups_is_nan_without_a_note(ratings):
    groups = {f"group {i}": np.array(values, float) for i, values in enumerate(ratings)}
    for test in (comparison.kruskal(groups), comparison.welch(groups)):
        assert test.note or (test.statistic >= 0 and 0 <= test.p <= 1)
    for row in comparison.pairs(groups, resamples=30).itertuples():
        assert row.note_u or 0 <= row.p_holm <= 1
        assert row.note_t or 0 <= row.p_games_howell <= 1
        assert row.note_delta or row.delta_low <= row.delta_high
        assert row.note_g or row.g_low <= row.g_high


# --- simulation and power ---


def test_the_latent_model_has_the_means_it_is_asked_for():
    for mean in (1.2, 3.0, 3.39, 4.59, 4.86):
        at = power.location_of(mean, 1.3)
        assert power.expected_mean(at, 1.3) == pytest.approx(mean)
        assert power.shares(at, 1.3) @ np.arange(1, 6) == pytest.approx(mean)
        drawn = power.ratings(np.random.default_rng(0), (20000, 2), at, 1.3, common=0.6)
        assert drawn.mean() == pytest.approx(mean, abs=0.03)
        assert np.bincount(drawn.ravel(), minlength=6)[1:] / 40000 == pytest.approx(power.shares(at, 1.3), abs=0.015)
    with pytest.raises(InputError, match="expected one between 1 and 5"):
        power.location_of(5.0)


def test_simulated_ratings_say_so_everywhere_and_keep_saying_it(tmp_path):
    assert SIMULATED.evidence == "simulated"
    path = tmp_path / "saved.csv"
    SIMULATED.frame.to_csv(path, index=False)
    read = responses.read_responses(path)
    pd.testing.assert_frame_equal(read.frame, SIMULATED.frame)
    found = human_study.report(read, resamples=50)
    assert "simulated" in found.title and set(found.table["evidence"]) == {"simulated"}
    shares = human_plots.rating_shares(responses.scored(read), read.evidence)
    assert set(shares["evidence"]) == {"simulated"}
    assert all("simulated" in evidence for evidence in simulated.design()["evidence"])
    assert power.power_table(draws=50)["evidence"].str.contains("simulated").all()
    assert power.simulated_pair(power.Design(), 0.5, draws=50)["evidence"] == "simulated"


def test_simulated_means_are_the_published_ones_or_stated_assumptions():
    design = simulated.design().set_index(["scale", "condition"])
    reported = design[design["source"] == "reported"]["mean"].to_dict()
    assert reported == {("interpretability", "r1"): 3.39, ("interpretability", "correct"): 4.86, ("load", "r1"): 4.59}
    changed = simulated.design({"interpretability": {"summary": 4.0, "posthoc": 4.1, "r1": 1.5}, "load": dict.fromkeys(
        ("summary", "posthoc", "correct"), 3.0)}).set_index(["scale", "condition"])["mean"]  # fmt: skip
    assert changed["interpretability", "r1"] == 3.39  # what is published is never replaced
    assert changed["load", "correct"] == 3.0
    with pytest.raises(InputError, match="simulated interpretability, summary: no mean is published"):
        simulated.design({})
    big = responses.scores(simulated.simulate(n=150, seed=1)).groupby(["scale", "condition"])["score"].mean()
    assert big.to_dict() == pytest.approx(design["mean"].to_dict(), abs=0.12)


def test_the_same_seed_simulates_the_same_and_careless_people_fail_the_attention_item():
    pd.testing.assert_frame_equal(simulated.simulate(seed=3).frame, SIMULATED.frame)
    assert not simulated.simulate(seed=4).frame.equals(SIMULATED.frame)
    careless = simulated.simulate(n=50, seed=1, careless=0.5)
    out = len(responses.exclude(careless).excluded)
    assert 0.3 * 200 <= out <= 0.5 * 200  # four of five who rate at random miss the one right answer
    assert len(responses.exclude(SIMULATED).excluded) == 0


def test_closed_forms_as_r_prints_them_and_against_statsmodels():
    # R> power.t.test(n = 20, delta = 1, sd = 1)          power = 0.8689528
    # R> power.t.test(power = .90, delta = 1)             n = 22.02110
    assert power.closed_power(1.0, 20) == pytest.approx(0.8689528, abs=1e-6)
    assert power.people_needed(1.0, 0.9) == 23
    assert power.people_needed(0.5) == 64  # Cohen (1988), table 2.4.1
    theirs = TTestIndPower()
    assert power.smallest_effect(25) == pytest.approx(theirs.solve_power(nobs1=25, power=0.8, alpha=0.05), abs=1e-5)
    assert power.closed_power(-0.4, 25) == pytest.approx(theirs.power(0.4, 25, 0.05), abs=1e-6)
    with pytest.raises(InputError, match="effect 0: expected a difference"):
        power.people_needed(0.0)


def test_simulated_power_agrees_with_the_closed_form_where_scores_are_nearly_normal():
    table = power.power_table(power.Design(items=6), shifts=(0.0, 0.3, 0.6), draws=2000)
    error = 3 * math.sqrt(0.25 / 2000)  # three standard errors of a share
    assert (table["welch"] - table["closed_form"]).abs().max() < error
    assert abs(table["mann_whitney"].iloc[0] - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 2000)
    assert (table["welch"].diff().dropna() > 0).all()


def test_d_is_the_standardised_difference_of_the_scores():
    design = power.Design(n=400, items=1)
    row = power.simulated_pair(design, 1.0, draws=50)
    shares = [power.shares(at) for at in (0.5, -0.5)]
    points = np.arange(1, 6)
    variances = [share @ points**2 - (share @ points) ** 2 for share in shares]
    assert row["points"] == pytest.approx((shares[0] - shares[1]) @ points)
    assert row["d"] == pytest.approx(row["points"] / math.sqrt(np.mean(variances)), rel=0.02)


def test_smallest_effect_and_people_needed_by_simulation_reach_the_power():
    design = power.Design()
    smallest = power.simulated_smallest(design, draws=1000)
    assert (
        smallest["mann_whitney"] >= 0.8 > power.simulated_pair(design, smallest["shift"] - 0.02, 1000)["mann_whitney"]
    )
    assert smallest["d"] == pytest.approx(power.smallest_effect(25), rel=0.1)
    people = power.simulated_people(design, smallest["shift"], test="welch", draws=1000)
    assert abs(people - power.people_needed(smallest["d"])) <= 3
    with pytest.raises(InputError, match="more than 1,000 people"):
        power.simulated_people(design, 0.0, draws=5, power=1.0)
    with pytest.raises(InputError, match="not reached by 2 people a group"):
        power.simulated_smallest(power.Design(n=2, items=1), draws=200, power=0.99)
    with pytest.raises(InputError, match="two people a group or more"):
        power.Design(n=1)


def test_studies_without_any_spread_are_not_detected():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = power.simulated_pair(power.Design(n=3, items=1, centre=3.5), 0.2, draws=50)
    assert row["welch"] <= 0.04 and row["mann_whitney"] == 0
    with pytest.raises(InputError, match="every simulated rating is the same"):
        power.simulated_pair(power.Design(n=3, items=1, centre=9.0), 0.5, draws=50)


def test_intervals_cover_the_truth_about_as_often_as_they_claim():
    """200 simulated studies of two groups of 25, single ratings, where delta and g are known exactly."""
    rng = np.random.default_rng(11)
    locations, points = (0.6, -0.1), np.arange(1, 6)
    shares = [power.shares(at) for at in locations]
    delta = shares[0] @ np.sign(np.subtract.outer(points, points)) @ shares[1]
    means = [share @ points for share in shares]
    pooled = math.sqrt(np.mean([share @ points**2 - mean**2 for share, mean in zip(shares, means, strict=True)]))
    g = (means[0] - means[1]) / pooled
    drawn = [power.ratings(rng, (200, 25, 1), at)[..., 0] for at in locations]
    deltas = [effects.cliffs_delta(x, y, resamples=400, seed=i) for i, (x, y) in enumerate(zip(*drawn, strict=True))]
    gs = [effects.hedges_g(x, y, resamples=400, seed=i) for i, (x, y) in enumerate(zip(*drawn, strict=True))]
    # 0.95 within four standard errors of 200 trials below; percentile intervals may be a little short
    assert 0.89 <= np.mean([found.low <= delta <= found.high for found in deltas]) <= 0.99
    assert 0.89 <= np.mean([found.low <= g <= found.high for found in gs]) <= 0.99


def test_alphas_interval_covers_the_truth_about_as_often_as_it_claims():
    rng, items = np.random.default_rng(12), 6
    many = power.ratings(rng, (200_000, items), 0.2, common=0.5).astype(float)
    truth = items / (items - 1) * (1 - many.var(axis=0).sum() / many.sum(axis=1).var())
    studies = power.ratings(rng, (200, 50, items), 0.2, common=0.5)
    found = [reliability.alpha(pd.DataFrame(study)) for study in studies]
    assert 0.89 <= np.mean([estimate.low <= truth <= estimate.high for estimate in found]) <= 0.99


# --- report and figures ---


@pytest.fixture(scope="module")
def found():
    return human_study.report(SIMULATED)


def test_the_report_holds_the_numbers_of_the_analysis(found):
    check_nothing_is_nan_without_a_note(found.table)
    groups = comparison.group_scores(responses.scores(SIMULATED), "load", SIMULATED.conditions)
    table = found.table[found.table["scale"] == "load"].set_index(["what", "who"])
    assert table.loc[("mean", "r1"), "value"] == pytest.approx(groups["r1"].mean())
    assert table.loc[("Kruskal-Wallis (3 df)", "all"), "p"] == comparison.kruskal(groups).p
    pair = comparison.pairs(groups).iloc[2]
    for what, name in (("Cliff's delta", "delta"), ("Hedges' g", "g")):
        numbers = [pair[name], pair[f"{name}_low"], pair[f"{name}_high"]]
        assert table.loc[(what, "r1 - correct"), ["value", "low", "high"]].tolist() == numbers
    assert table.loc[("Mann-Whitney U (p: Holm)", "r1 - correct"), "p"] == pair["p_holm"]


def test_the_command_line_prints_every_row_the_same_each_time(found, tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    SIMULATED.frame.to_csv(path, index=False)
    human_study.main([str(path)])
    text = capsys.readouterr().out
    assert text == found.text() + "\n"
    assert text.startswith("Human study, 100 participants (evidence: simulated)\n")
    lines = text.splitlines()
    for row in found.table.itertuples():
        assert any(line.split("  ")[1:2] == [row.what] and row.who in line for line in lines), row
    assert max(map(len, lines)) < 120 and "nan" not in text


@pytest.fixture
def style():
    figures.use_style()
    yield
    plt.close("all")


def test_diverging_bars_are_centred_and_add_up(style):
    shares = human_plots.rating_shares(responses.scored(SIMULATED), SIMULATED.evidence)
    assert shares.groupby(["scale", "condition"])["percent"].sum().to_numpy() == pytest.approx(100)
    figure = human_plots.diverging(shares, SIMULATED.instrument)
    assert [axis.get_title() for axis in figure.axes] == ["interpretability (simulated)", "cognitive load (simulated)"]
    bars = [patch for patch in figure.axes[0].patches if round(patch.get_y() + patch.get_height() / 2) == 0]  # R1
    part = shares[(shares["scale"] == "interpretability") & (shares["condition"] == "r1")].set_index("rating")[
        "percent"
    ]
    assert [bar.get_width() for bar in bars] == pytest.approx(part.reindex(range(1, 6), fill_value=0).tolist())
    middle = bars[2]
    assert middle.get_x() + middle.get_width() / 2 == pytest.approx(0)


def test_ranges_are_drawn_from_end_to_end_and_endless_ones_with_an_arrow(style):
    rows = [("Hedges |g|", "a", 0.9, 8.0, 1.0, 5.0), ("Hedges |g|", "b", 1.2, math.inf, 1.3, math.inf),
            ("Cliff's delta", "a", -1.0, 0.2, -0.9, 0.1), ("Cliff's delta", "b", -1.0, -0.5, -1.0, -0.6)]  # fmt: skip
    columns = ["statistic", "label", "smallest", "largest", "sampled_smallest", "sampled_largest"]
    figure = human_plots.ranges(pd.DataFrame(rows, columns=columns), ("Hedges |g|", "Cliff's delta"))
    left, right = figure.axes
    assert (0.9, 8.0) in [tuple(line.get_xdata()) for line in left.lines]
    assert [line.get_ydata()[0] for line in left.lines if line.get_marker() == ">"] == [1]
    assert not [line for line in right.lines if line.get_marker() == ">"]
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b"]
