"""What notebook 6 says: consequences of means against brute force, sentences and tables against their numbers."""

import math
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib import figures, human_study
from lib.analysis import human_plots, human_reading
from lib.errors import InputError
from lib.stats import possible, ratings, simulated
from lib.stats.printed_means import Group

QUESTIONS = ratings.load()
SIMULATED = simulated.simulate(human_reading.published_means(), n=8, seed=1)
REPORT = human_study.report(SIMULATED, resamples=50)
PAIRS = human_reading.pair_effects(SIMULATED, resamples=50)


@pytest.fixture(autouse=True)
def style():
    figures.use_style()
    yield
    plt.close("all")


# --- the published means ---


def test_published_means_are_the_papers_and_all_possible_from_four_ratings_on():
    means = human_reading.published(QUESTIONS)
    assert means == {
        "R1 traces, interpretability": "3.39",
        "rule-based traces, interpretability": "4.86",
        "R1 traces, cognitive load": "4.59",
    }
    wide = human_reading.grim_wide(means, 25).set_index("what")
    assert (wide[1] == "no").all() and (wide[4] == "yes").all()
    assert wide.loc["rule-based traces, interpretability", [2, 3]].tolist() == ["yes", "no"]


def test_what_a_mean_implies_alone_holds_for_ratings_that_have_it():
    table = human_reading.alone({"x": "3.39"}, 25, QUESTIONS, up_to=6).iloc[0]
    group = Group("3.39", 25, 6)
    for seed in range(3):
        scores = possible.sprite(group, count=40, seed=seed)
        spread = scores.std(axis=1, ddof=1)
        assert table["sd_low"] <= spread.min() and spread.max() <= table["sd_high"]
        assert ((scores > 3).sum(axis=1) >= table["above"]).all()


def test_the_sure_sentence_says_its_numbers():
    found = human_reading.sure(25, QUESTIONS)
    text = human_reading.sure_text(found, 25, QUESTIONS)
    t, g, p = possible.bounds_any_items("3.39", "4.86", 25, 25, 1, 5)
    assert f"g = {g:.2f}" in text and f"at least {t:.2f}" in text and f"most {p:.4f}" in text
    assert found == {"t_at_least": t, "g_at_least": g, "p_at_most": p}


@pytest.fixture(scope="module")
def over():
    return possible.over_items("3.39", "4.86", up_to=6, count=20)


def test_the_range_table_has_a_row_a_number_of_ratings(over):
    table = human_reading.range_table(over)
    assert table["ratings a person"].tolist() == [4, 5, 6]
    row = over[(over["items"] == 5) & (over["statistic"] == "Hedges |g|")].iloc[0]
    assert table["Hedges’ |g| at least"][1] == f"{row['smallest']:.3f}"


@pytest.fixture(scope="module")
def extremes():
    return human_reading.extremes(6, 25, QUESTIONS)


def test_extreme_tables_have_the_published_means_and_go_both_ways(extremes):
    for (_, condition), part in extremes.groupby(["table", "condition"]):
        assert part["people"].sum() == 25
        printed = {"r1": 3.39, "correct": 4.86}[condition]
        assert round(np.average(part["score"], weights=part["people"]), 2) == printed
        assert part["mean"].iloc[0] == pytest.approx(np.average(part["score"], weights=part["people"]))
        whole = part["score"] * 6
        assert whole.to_numpy() == pytest.approx(whole.round().to_numpy()) and part["score"].between(1, 5).all()
    low, high = extremes.groupby("table", sort=False)["delta"].first()
    assert low == -1 and high > 0
    for _, part in extremes.groupby("table"):
        by = {name: rows["score"].repeat(rows["people"]).to_numpy() for name, rows in part.groupby("condition")}
        signs = np.sign(np.round(np.subtract.outer(by["r1"], by["correct"]), 9))
        assert part["delta"].iloc[0] == pytest.approx(signs.mean())


def test_the_sentence_on_extremes_names_where_the_order_is_open(extremes, over):
    text = human_reading.extremes_text(extremes, over, QUESTIONS)
    assert "those looked at: 5, 6." in text
    assert f"{extremes['delta'].iloc[-1]:+.2f}" in text


def test_extremes_are_drawn_as_they_are(extremes):
    figure = human_plots.extremes(extremes, QUESTIONS)
    for axis, (_, part) in zip(figure.axes, extremes.groupby("table", sort=False), strict=True):
        assert sorted(bar.get_height() for bar in axis.patches) == sorted(part["people"])
        middles = sorted(bar.get_x() + bar.get_width() / 2 for bar in axis.patches)
        assert middles == pytest.approx(sorted(part["score"]), abs=0.04)


def test_four_groups_with_two_means_unknown_can_go_either_way():
    found = human_reading.four_groups(6, 25, QUESTIONS, count=300)
    assert found["p_smallest"] < 0.001 and found["p_largest"] > 0.05


# --- power ---


def test_people_needed_fall_with_the_effect_and_the_figure_shows_them():
    needed = human_reading.people_table((0.6, 1.0), 4, 25, draws=300)
    assert (needed["total"] == 4 * needed["simulated"]).all()
    assert needed["simulated"].is_monotonic_decreasing and needed["d"].is_monotonic_increasing
    power = pd.DataFrame({"n": 25, "draws": 300, "d": [0.0, 1.0], "welch": [0.05, 0.9], "mann_whitney": [0.05, 0.9],
                          "closed_form": [0.05, 0.93]})  # fmt: skip
    left, right = human_plots.power(power, needed, 0.8).axes
    assert left.get_title() == "25 people a group"
    assert [text.get_text() for text in right.texts] == [str(count) for count in needed["simulated"]]


# --- a report ---


def test_report_tables_hold_the_reports_numbers():
    scores = human_reading.score_table(REPORT.table, QUESTIONS)
    assert len(scores) == 8
    mean = REPORT.table.query("what == 'mean' and scale == 'load' and who == 'r1'").iloc[0]
    row = scores[(scores["scale"] == "cognitive load") & (scores["condition"] == "R1 traces")].iloc[0]
    assert row["mean (95 % interval)"] == f"{mean['value']:.2f} ({mean['low']:.2f} to {mean['high']:.2f})"
    pairs = human_reading.pair_table(PAIRS, QUESTIONS)
    assert len(pairs) == 12
    first = PAIRS.iloc[0]
    expected = f"{first['delta']:.2f} ({first['delta_low']:.2f} to {first['delta_high']:.2f})"
    assert pairs["Cliff's delta (95 % interval)"][0] == expected
    tests = human_reading.report_part(REPORT.table, "all conditions", QUESTIONS)
    assert tests["what"].str.startswith("Kruskal").sum() == 2 and "95 % interval" not in tests


def test_aims_are_set_beside_what_was_found():
    table = human_reading.aimed(REPORT.table, QUESTIONS)
    assert len(table) == 8 and set(table["inside"]) <= {"yes", "no"}
    assert table["aimed at"][0] == "3.39 (reported)"


def test_what_cannot_be_computed_is_a_dash_with_a_note():
    frame = SIMULATED.frame.copy()
    frame["rating"] = frame["item"].map({"attention": 2}).fillna(3).astype(int)
    flat = ratings.from_frame(frame)
    pairs = human_reading.pair_table(human_reading.pair_effects(flat, resamples=20), QUESTIONS)
    assert (pairs["Mann-Whitney p (Holm)"] == "–").all() and pairs["note"].str.contains("equal").all()
    scores = human_reading.score_table(human_study.report(flat, resamples=20).table, QUESTIONS)
    assert not re.search("nan", pairs.to_string() + scores.to_string())
    drawn = human_plots.effects(human_reading.pair_effects(flat, resamples=20), QUESTIONS)
    assert any("cannot be computed" in text.get_text() for axis in drawn.axes for text in axis.texts)


def test_one_group_has_no_pairs_and_a_report_all_the_same():
    one = ratings.from_frame(SIMULATED.frame[SIMULATED.frame["condition"] == "r1"])
    assert human_reading.pair_effects(one).empty
    notes = human_reading.report_part(human_study.report(one, resamples=20).table, "all conditions", QUESTIONS)["note"]
    assert notes.str.contains("one group only").all()


def test_effects_are_drawn_with_their_intervals_and_name_their_evidence():
    figure = human_plots.effects(PAIRS, QUESTIONS)
    assert len(figure.axes) == 4
    assert all("(simulated)" in axis.get_title() for axis in figure.axes)
    top = figure.axes[0]
    drawn = [tuple(line.get_xdata()) for line in top.lines]
    part = PAIRS[PAIRS["scale"] == "interpretability"]
    for row in part.itertuples():
        assert (row.delta,) in drawn and (row.delta_low, row.delta_high) in drawn
    for axis in figure.axes:
        left, right = axis.get_xlim()
        assert all(left < x < right for line in axis.lines for x in line.get_xdata()), "a mark lies outside its panel"
    assert next(label.get_text() for label in top.get_yticklabels()) == "R1 traces – R1 summaries"


def test_ratings_come_from_the_file_given_and_from_nowhere_else(tmp_path):
    assert human_reading.load("").evidence == "simulated"
    path = tmp_path / "mine.csv"
    frame = SIMULATED.frame.copy()
    frame.to_csv(path, index=False)
    assert human_reading.load(str(path)).evidence == "simulated", "a saved simulation never passes for real ratings"
    frame["participant"] = frame["participant"].str.replace("simulated", "p")
    frame.to_csv(path, index=False)
    assert human_reading.load(str(path)).evidence == "ratings of mine.csv"
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        human_reading.load("nowhere.csv")


def test_the_questionnaire_is_shown_whole():
    table = human_reading.instrument_table(QUESTIONS)
    assert table.iloc[:, 2].tolist() == [item.text for item in QUESTIONS.items]
    assert (table["counted"] == "turned round").sum() == sum(item.reverse for item in QUESTIONS.items)
    assert table["scale"].tolist()[-1] == "none"
    assert not math.isnan(human_reading.people())


def test_diverging_bars_are_centred_and_add_up():
    shares = human_plots.rating_shares(ratings.scored(SIMULATED), SIMULATED.evidence)
    assert set(shares["evidence"]) == {"simulated"}
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


def test_ranges_are_drawn_from_end_to_end_and_endless_ones_with_an_arrow():
    rows = [("Hedges |g|", "a", 0.9, 8.0, 1.0, 5.0), ("Hedges |g|", "b", 1.2, math.inf, 1.3, math.inf),
            ("Cliff's delta", "a", -1.0, 0.2, -0.9, 0.1), ("Cliff's delta", "b", -1.0, -0.5, -1.0, -0.6)]  # fmt: skip
    columns = ["statistic", "label", "smallest", "largest", "sampled_smallest", "sampled_largest"]
    figure = human_plots.ranges(pd.DataFrame(rows, columns=columns), ("Hedges |g|", "Cliff's delta"))
    left, right = figure.axes
    assert (0.9, 8.0) in [tuple(line.get_xdata()) for line in left.lines]
    assert [line.get_ydata()[0] for line in left.lines if line.get_marker() == ">"] == [1]
    assert not [line for line in right.lines if line.get_marker() == ">"]
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b"]
