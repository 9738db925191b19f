"""What is computed beside rank tests, against other tools, closed forms and known truths."""

import gc
import math

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats

from lib.human_study import analyse
from lib.stats import ratings, simulated
from tests.stats.made_up import SIMULATED

CONDITIONS = SIMULATED.conditions


def rated(points: dict[str, list[int]]) -> pd.DataFrame:
    """One item's ratings of different people: condition -> points."""
    rows = [(f"{name}{i}", name, "a", "load", point) for name, row in points.items() for i, point in enumerate(row)]
    return pd.DataFrame(rows, columns=["participant", "condition", "item", "scale", "score"])


def test_two_points_give_the_odds_ratio_of_the_two_by_two_table():
    scored = rated({"x": [1] * 12 + [2] * 18, "y": [1] * 20 + [2] * 10})
    omnibus, effects = analyse.ordinal(scored, "load", ["x", "y"])
    odds, log_error = (18 / 12) / (10 / 20), math.sqrt(1 / 12 + 1 / 18 + 1 / 20 + 1 / 10)
    row = effects.iloc[0]
    assert row["value"] == pytest.approx(odds, rel=1e-4)
    # one rating per person: clusters change nothing but the correction for 60 of them, n / (n - k) with two parameters
    assert omnibus.statistic == pytest.approx((math.log(odds) / log_error) ** 2, rel=0.04)
    reach = stats.t.ppf(0.975, 58) * log_error
    assert [row["low"], row["high"]] == pytest.approx([odds * math.exp(-reach), odds * math.exp(reach)], rel=0.03)
    backwards = analyse.ordinal(scored, "load", ["y", "x"])[1].iloc[0]
    assert backwards["value"] == pytest.approx(1 / odds, rel=1e-4)
    assert [1 / backwards["high"], 1 / backwards["low"]] == pytest.approx([row["low"], row["high"]], rel=1e-3)


def test_repeating_everybodys_ratings_adds_no_evidence():
    """Clustered errors: the same ratings once more, as another item, leave the interval as it was."""
    rng = np.random.default_rng(3)
    once = rated({"x": rng.integers(1, 5, 40).tolist(), "y": rng.integers(2, 6, 40).tolist()})
    twice = pd.concat([once, once.assign(item="b")], ignore_index=True)
    one, two = (analyse.ordinal(frame, "load", ["x", "y"])[1].iloc[0] for frame in (once, twice))
    assert two["value"] == pytest.approx(one["value"], rel=1e-3)
    assert [two["low"], two["high"]] == pytest.approx([one["low"], one["high"]], rel=0.03)


def test_ratings_that_do_not_overlap_have_no_odds_ratio_and_say_so():
    omnibus, effects = analyse.ordinal(rated({"x": [1, 2] * 10, "y": [4, 5] * 10}), "load", ["x", "y"])
    assert math.isnan(omnibus.p) and "do not overlap" in omnibus.note and "do not overlap" in effects["note"][0]
    for points, words in (
        ({"x": [3] * 9, "y": [3] * 9}, "equal"),
        ({"x": [3, 4]}, "one group"),
        ({"x": [1], "y": [2]}, "few"),
    ):
        omnibus, effects = analyse.ordinal(rated(points), "load", list(points))
        assert math.isnan(omnibus.p) and words in omnibus.note and effects["value"].isna().all()


def within_people(rng: np.random.Generator, means: list[float], people: int, traces: int = 1) -> pd.DataFrame:
    """Scores of people who rated every condition, cells as lib.stats.ratings.trace_scores has them; not rounded."""
    person, cell = rng.normal(0, 0.6, (people, 1, 1)), rng.normal(0, 0.4, (people, len(means), 1))
    scores = np.array(means)[None, :, None] + person + cell + rng.normal(0, 0.5, (people, len(means), traces))
    rows = [(f"p{i}", f"c{j}", f"t{k}", scores[i, j, k]) for i, j, k in np.ndindex(*scores.shape)]
    return pd.DataFrame(rows, columns=["participant", "condition", "problem", "score"])


@pytest.mark.parametrize("traces", [1, 3])
def test_the_mixed_model_is_the_analysis_of_variance_where_that_exists(traces):
    cells = within_people(np.random.default_rng(8), [3, 3.2, 3.6], 20, traces)
    names = ["c0", "c1", "c2"]
    omnibus, effects = analyse.mixed(cells, names, within=True)
    means = cells.groupby(["participant", "condition"])["score"].mean().reset_index()
    row = pingouin.rm_anova(means, dv="score", within="condition", subject="participant").iloc[0]
    assert omnibus.statistic == pytest.approx(row["F"], rel=1e-3) and omnibus.df == (2, 38)
    wide = means.pivot(index="participant", columns="condition", values="score")
    assert effects["value"][0] == pytest.approx((wide["c0"] - wide["c1"]).mean(), abs=1e-6)


def test_between_people_the_mixed_model_of_repeated_traces_is_the_t_test_of_their_means():
    rng, people = np.random.default_rng(4), 15
    cells = pd.concat(
        [within_people(rng, [mean], people, 4).assign(condition=name) for name, mean in (("a", 3), ("b", 4))]
    )
    cells["participant"] += cells["condition"]
    omnibus, _ = analyse.mixed(cells, ["a", "b"], within=False)
    means = cells.groupby(["condition", "participant"])["score"].mean()
    assert omnibus.statistic == pytest.approx(stats.ttest_ind(means["a"], means["b"]).statistic ** 2, rel=1e-3)
    assert omnibus.df == (1, 2 * people - 2)


def test_friedman_as_r_prints_it():
    # R> example(friedman.test), Hollander and Wolfe's rounding times of 22 players:
    # Friedman chi-squared = 11.143, df = 2, p-value = 0.003805
    times = [5.40, 5.50, 5.55, 5.85, 5.70, 5.75, 5.20, 5.60, 5.50, 5.55, 5.50, 5.40, 5.90, 5.85, 5.70, 5.45, 5.55, 5.60,
             5.40, 5.40, 5.35, 5.45, 5.50, 5.35, 5.25, 5.15, 5.00, 5.85, 5.80, 5.70, 5.25, 5.20, 5.10, 5.65, 5.55, 5.45,
             5.60, 5.35, 5.45, 5.05, 5.00, 4.95, 5.50, 5.50, 5.40, 5.45, 5.55, 5.50, 5.55, 5.55, 5.35, 5.45, 5.50, 5.55,
             5.50, 5.45, 5.25, 5.65, 5.60, 5.40, 5.70, 5.65, 5.55, 6.30, 6.30, 6.25]  # fmt: skip
    table = pd.DataFrame(np.reshape(times, (22, 3)), columns=["out", "narrow", "wide"])
    table.index.name, table.columns.name = "participant", "condition"
    found = analyse.friedman(table)
    assert (found.statistic, found.p) == (pytest.approx(11.143, abs=5e-4), pytest.approx(0.003805, abs=5e-7))
    more = pd.concat([table, pd.DataFrame({"out": [5.0]})]).rename_axis("participant").rename_axis("condition", axis=1)
    assert analyse.friedman(more).statistic == found.statistic and "1 people" in analyse.friedman(more).note


def test_pairs_within_people_against_scipy_and_by_hand():
    table = pd.DataFrame({"a": [1, 2, 3, 4, 5.0, 2], "b": [2, 4, 3.5, 4, 3.5, np.nan]})
    row = analyse.paired(table).iloc[0]
    away = np.array([-1, -2, -0.5, 0, 1.5])
    assert row["people"] == 5
    assert row["w"] == 3  # ranks of 1, 2, 0.5, 1.5 are 2, 4, 1, 3: the positive ones sum to 3, the others to 7
    assert row["r"] == pytest.approx((3 - 7) / 10)
    assert row["p_holm"] == pytest.approx(stats.wilcoxon(away, correction=True).pvalue)
    assert row["g"] == pytest.approx(away.mean() / away.std(ddof=1) * (1 - 3 / 15))
    equal = analyse.paired(pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3]})).iloc[0]
    assert math.isnan(equal["p_holm"]) and "no ranks" in equal["note_w"] and "without spread" in equal["note_g"]


def test_equivalence_is_where_the_interval_lies_within_the_margin():
    rng = np.random.default_rng(5)
    for paired in (True, False):
        for shift in (0.0, 0.3, 0.6):
            x, y = rng.normal(0, 0.7, 40), rng.normal(shift, 0.7, 40)
            found, p = analyse.equivalence(x, y, 0.5, paired)
            assert (p < 0.05) == (found.low > -0.5 and found.high < 0.5)
    test = (
        stats.ttest_ind(x + 0.5, y, equal_var=False, alternative="greater"),
        stats.ttest_ind(x - 0.5, y, equal_var=False, alternative="less"),
    )
    assert p == pytest.approx(max(one.pvalue for one in test))
    assert "no spread" in analyse.equivalence(np.ones(3), np.ones(3), 0.5, paired)[0].note


@pytest.fixture
def no_garbage():
    """statsmodels collects garbage with every Holm correction, which takes as long as all the rest."""
    gc.freeze()
    yield
    gc.unfreeze()


def latent_means(locations: list[float]) -> np.ndarray:
    return np.array([simulated.expected_mean(at) for at in locations])


@pytest.mark.slow
@pytest.mark.parametrize(("traces", "studies"), [(1, 200), (2, 80)])
def test_intervals_within_people_cover_a_known_effect_as_they_claim(traces, studies, no_garbage):
    """Simulated studies, seeded: 30 people rate three conditions on six 5-point items, of one trace or of two."""
    rng, people, locations = np.random.default_rng(11), 30, [-0.3, 0.2, 0.6]
    names, truth = ["r1", "summary", "correct"], latent_means(locations)
    means, differences, held = [], [], []
    for _ in range(studies):
        person = rng.standard_normal((people, 1, 1, 1)) * math.sqrt(0.3)
        cell = rng.standard_normal((people, 3, 1, 1)) * math.sqrt(0.2)
        noise = rng.standard_normal((people, 3, traces, 6)) * math.sqrt(0.5)
        latent = np.array(locations)[None, :, None, None] + person + cell + noise
        scores = (1 + (latent[..., None] > simulated.THRESHOLDS).sum(axis=-1)).mean(axis=-1)
        rows = [(i, names[j], k, scores[i, j, k]) for i, j, k in np.ndindex(*scores.shape)]
        cells = pd.DataFrame(rows, columns=["participant", "condition", "problem", "score"])
        _, effects = analyse.mixed(cells, names, within=True)
        true = [truth[names.index(row.first)] - truth[names.index(row.second)] for row in effects.itertuples()]
        means.append((effects["low"] <= true) & (true <= effects["high"]))
        x, y = (scores[:, j].mean(axis=-1) for j in (0, 2))
        found = analyse.difference(x, y, paired=True)
        differences.append(found.low <= truth[0] - truth[2] <= found.high)
        p = analyse.equivalence(x, y, abs(truth[0] - truth[2]), paired=True)[1]
        held.append(p < 0.05)  # at the margin itself: false alarms in 5 %
    error = 2.6 * math.sqrt(0.95 * 0.05 / studies)  # of a share of so many studies
    assert abs(np.mean(means) - 0.95) <= error  # three pairs per study
    assert abs(np.mean(differences) - 0.95) <= error
    assert np.mean(held) <= 0.05 + error


@pytest.mark.slow
def test_odds_ratios_cover_a_known_effect_where_people_rate_several_items(no_garbage):
    """Cumulative logit answers, six items per person: clustered errors widen what independent ratings would give."""
    rng, people, log_odds, inside = np.random.default_rng(6), 40, 0.8, []
    for _ in range(60):
        rows = []
        for name, shift in (("x", log_odds), ("y", 0.0)):
            # one draw per person shared by half of the items: alike, and each rating still logistic
            own, shared = rng.logistic(size=(people, 6)), rng.logistic(size=(people, 1))
            latent = shift + np.where(np.arange(6) < 3, shared, own)
            points = 1 + (latent[..., None] > np.array([-2, -0.7, 0.7, 2])).sum(axis=-1)
            rows += [(f"{name}{i}", name, f"q{j}", "load", points[i, j]) for i, j in np.ndindex(*points.shape)]
        scored = pd.DataFrame(rows, columns=["participant", "condition", "item", "scale", "score"])
        row = analyse.ordinal(scored, "load", ["x", "y"])[1].iloc[0]
        inside.append(row["low"] <= math.exp(log_odds) <= row["high"])
    assert 0.88 <= np.mean(inside) <= 1


def test_missing_items_leave_a_score_where_half_of_the_scale_is_rated():
    frame = SIMULATED.frame
    few = frame[
        ~((frame["participant"] == "simulated-001") & frame["item"].isin(["predict", "follow", "lost", "grounds"]))
    ]
    scores = ratings.scores(ratings.from_frame(few, complete=False))
    kept = scores.set_index(["participant", "scale"]).index
    assert ("simulated-001", "interpretability") not in kept and ("simulated-001", "load") in kept
