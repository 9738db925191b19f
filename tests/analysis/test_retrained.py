"""The re-trained level counts what it says it counts: small made-up outputs, tables counted by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from lib.analysis import retrained, retrained_plots, retrained_reading
from lib.datasets.outputs import Output, write_outputs
from lib.run import profiles, records, results
from lib.stats.right_wrong import Estimate, Table2x2, mean_of, proportion
from tests.made_up import CARRYING, FOOTBALL, completion, other_class, trace


@pytest.fixture(autouse=True)
def nothing_recorded(tmp_path, monkeypatch):
    """The committed records are other tests' matter."""
    monkeypatch.setattr(records, "FOLDER", tmp_path / "records")


COLUMNS = ["arm", "seed", "category", "problem", "answer", "parsed", "class", "ir"]


def table(rows, dataset="babi", student="smollm2-135m"):
    """rows: COLUMNS; the trace is right where both steps are."""
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(retrained.FLAGS[:4], bool))
    frame["trace"] = frame["class"] & frame["ir"]
    return frame.assign(dataset=dataset, student=student)[retrained.KEYS + retrained.FLAGS]


# One seed of the correct arm. Answer and trace right 2, answer alone 1, trace alone 1, neither 1; one has no trace.
ONE = [
    ("correct", 0, "counting", "a", 1, 1, 1, 1),
    ("correct", 0, "counting", "b", 1, 1, 1, 1),
    ("correct", 0, "counting", "c", 1, 1, 1, 0),
    ("correct", 0, "conjunction", "d", 0, 1, 1, 1),
    ("correct", 0, "conjunction", "e", 0, 1, 0, 0),
    ("correct", 0, "conjunction", "f", 1, 0, 0, 0),
]
EMPTY = table([])


def row_of(frame, **keys):
    (row,) = frame[(frame[list(keys)] == pd.Series(keys)).all(axis=1)].to_dict("records")
    return row


def test_one_seed_by_hand():
    row = row_of(retrained.association(table(ONE)), arm="correct", step="trace")
    assert [row[name] for name in retrained.CELLS] == [2, 1, 1, 1]
    assert (row["seeds"], row["n"], row["tested"]) == (1, 6, 1)
    assert row["joint"] == pytest.approx(100 * 2 / 6)  # of all outputs, the one without a trace included
    assert row["answer_if_right"] == pytest.approx(100 * 2 / 3)
    assert row["answer_if_wrong"] == pytest.approx(100 * 1 / 2)
    assert row["phi"] == pytest.approx((2 * 1 - 1 * 1) / math.sqrt(3 * 2 * 3 * 2))
    wilson = proportion(2, 3)  # with one seed, its own interval
    assert (row["answer_if_right_low"], row["answer_if_right_high"]) == pytest.approx(
        (100 * wilson.low, 100 * wilson.high)
    )


def test_a_step_that_is_never_right_has_no_phi_and_no_test():
    wrong = [("incorrect", *row[1:6], 0, 0) for row in ONE]
    row = row_of(retrained.association(table(wrong)), arm="incorrect", step="trace")
    assert math.isnan(row["phi"]) and math.isnan(row["answer_if_right"])
    assert row["answer_if_wrong"] == pytest.approx(100 * 3 / 5)
    assert (row["above"], row["tested"]) == (0, 0)


def test_arms_without_steps_have_no_association():
    plain = [("vanilla", *row[1:]) for row in ONE]
    assert retrained.association(table(plain)).empty
    assert retrained.association(EMPTY).empty


def test_over_seeds_takes_the_wider_end():
    tight = [Estimate(0.5, 0.3, 0.7), Estimate(0.5, 0.1, 0.7), Estimate(0.5, 0.2, 0.7)]
    assert retrained.over_seeds(tight, 0, 1) == Estimate(0.5, pytest.approx(0.2), pytest.approx(0.7))
    apart = [Estimate(value, value - 0.01, value + 0.01) for value in (0.4, 0.5, 0.6)]
    between = mean_of([0.4, 0.5, 0.6])
    assert retrained.over_seeds(apart, 0, 1) == Estimate(0.5, between.low, between.high)
    two = retrained.over_seeds(apart[:2], 0, 1)  # too few for an interval over seeds
    assert (two.low, two.high) == pytest.approx((0.44, 0.46))


def test_over_seeds_stays_within_its_bounds_and_says_what_is_left_out():
    wild = [Estimate(value, value, value) for value in (0.1, 0.5, 0.9)] + [Estimate(math.nan, math.nan, math.nan, "no")]
    found = retrained.over_seeds(wild, 0, 1)
    assert (found.low, found.high, found.note) == (0, 1, "3 of 4 seeds")
    none = retrained.over_seeds(wild[-1:], 0, 1)
    assert math.isnan(none.value) and none.note == "no"


def test_differences_are_paired_by_problem_and_seed():
    first = [
        ("incorrect", s, "counting", p, a, 1, 0, 0) for s, p, a in ((0, "a", 1), (0, "b", 0), (1, "a", 0), (1, "b", 0))
    ]
    second = [
        ("correct", s, "counting", p, a, 1, 1, 1) for s, p, a in ((1, "b", 1), (1, "a", 1), (0, "b", 0), (0, "a", 0))
    ]
    alone = [("correct", 2, "counting", "a", 1, 1, 1, 1)]  # a seed that only one arm has
    (row,) = retrained.differences(
        table(first + second + alone), [("incorrect", "correct"), ("r1", "correct")]
    ).to_dict("records")
    # seed 0: (1 - 0 + 0 - 0) / 2 = +50; seed 1: (0 - 1 + 0 - 1) / 2 = -100
    assert (row["seeds"], row["n"], row["difference"]) == (2, 2, pytest.approx(-25))
    assert (row["least"], row["most"]) == pytest.approx((-100, 50))
    assert -100 <= row["low"] <= -25 <= row["high"] <= 100


def test_differences_of_three_seeds_cover_the_seeds():
    rows = []
    for seed, wins in enumerate((4, 5, 6)):  # of ten problems that the second arm has all wrong
        for problem in range(10):
            rows.append(("correct", seed, "counting", str(problem), problem < wins, 1, 1, 1))
            rows.append(("vanilla", seed, "counting", str(problem), 0, 0, 0, 0))
    (row,) = retrained.differences(table(rows), [("correct", "vanilla")]).to_dict("records")
    between = mean_of([40, 50, 60])
    assert row["difference"] == pytest.approx(50)
    assert row["low"] <= between.low and row["high"] >= between.high


def test_by_class_counts_both_sides():
    found = retrained.by_class(table(ONE), "correct")
    assert found[["category", "right", "if_right", "wrong", "if_wrong"]].to_numpy().tolist() == [
        ["conjunction", 1, 0, 1, 0],
        ["counting", 2, 2, 1, 1],
    ]
    assert "No class has enough" in retrained_reading.classes(found)
    enough = found.assign(right=[10, 20], if_right=[10, 10], wrong=[10, 20], if_wrong=[5, 10])
    # gaps +50 and 0, weights 5 and 10: (250 + 0) / 15
    assert "Inside 1 of 2 classes" in retrained_reading.classes(enough)
    assert "+17 on" in retrained_reading.classes(enough)
    other = enough.assign(dataset="cotemp", if_wrong=[10, 20])  # another dataset's classes are no part of the average
    both = retrained_reading.classes(pd.concat([enough, other]))
    assert both.count("Inside ") == 2 and "+17 on" in both and "CoTempQA (generated)" in both.split("\n\n")[1]
    assert retrained_reading.classes(found.iloc[:0]) == ""


@pytest.fixture
def cells(tmp_path):
    """Two finished cells of the smoke profile with outputs of our own; returns the folder of cells."""
    texts = {
        "correct": (completion(FOOTBALL), completion(CARRYING, answer="milk"), completion(FOOTBALL, think="")),
        "vanilla": ("<answer>garden</answer>", "<answer>apple,football</answer>", "<answer>office</answer>"),
    }
    for cell in profiles.load("smoke"):
        if cell.seed == 0 and cell.arm in texts:
            outputs = [Output(p, t) for p, t in zip((FOOTBALL, CARRYING, FOOTBALL), texts[cell.arm], strict=True)]
            folder = tmp_path / cell.id
            folder.mkdir()
            write_outputs(outputs, folder / "outputs.json")
            (folder / "metrics.json").write_text(json.dumps({"cell": cell.id}))
    return tmp_path


def test_verdicts_read_every_finished_cell_strictly(cells):
    found = retrained.verdicts("smoke", cells)
    by = {arm: part[retrained.FLAGS].to_numpy(int).tolist() for arm, part in found.groupby("arm")}
    assert by["correct"] == [[1, 1, 1, 1, 1], [0, 1, 1, 1, 1], [1, found["parsed"].iloc[-1], 0, 0, 0]]
    assert [row[0] for row in by["vanilla"]] == [1, 1, 0]
    first, _, again = found.loc[found["arm"] == "correct", "problem"]
    assert again == f"{first}-2", "a story that comes twice is two problems"
    (row,) = retrained.differences(found, [("correct", "vanilla")]).to_dict("records")
    assert row["difference"] == pytest.approx(0)  # + - : right, wrong, right against right, right, wrong


def test_nothing_trained_is_said_and_breaks_nothing(tmp_path):
    own = retrained.verdicts("smoke", tmp_path)
    assert own.empty
    found, gaps, inside = retrained.association(own), retrained.differences(own), retrained.by_class(own, "correct")
    means = results.mean_over_seeds(results.load("smoke", tmp_path))
    for frame, reader in (
        (found, retrained_reading.association_table),
        (gaps, retrained_reading.difference_table),
        (inside, retrained_reading.class_table),
        (means, retrained_reading.accuracy_table),
    ):
        assert reader(frame).empty
    assert "Nothing yet" in retrained_reading.survives(gaps, found)
    n = retrained.untrained("smoke", root=tmp_path)
    assert n == sum(cell.arm in retrained.PART1 for cell in profiles.load("smoke"))
    assert f"None of the {n} cells" in retrained_reading.coverage("smoke", 0, n)
    assert "2 of the 5 cells" in retrained_reading.coverage("smoke", 2, 3)


def test_a_reader_is_told_what_the_interval_says():
    strong = [("correct", 0, "counting", str(i), i % 2, 1, 1, i % 2) for i in range(80)]
    text = retrained_reading.does_a_trace_predict(retrained.association(table(strong)), "babi", "smollm2-135m")
    assert "bAbI (generated), SmolLM2-135M, 1 seed" in text
    assert "- Whole trace: phi +1.00 (+0.92 to +1.00): not independent; a right step goes with right answers." in text
    assert "- Class step: no association can be computed" in text
    few = [("correct", 0, "counting", str(i), i % 2, 1, 1, i in (1, 2, 5)) for i in range(8)]
    text = retrained_reading.does_a_trace_predict(retrained.association(table(few)), "babi", "smollm2-135m")
    assert "too few problems and seeds to tell" in text
    none = retrained_reading.does_a_trace_predict(retrained.association(EMPTY), "babi", "tiny")
    assert none == "bAbI (generated), tiny (random weights): no student of correct traces is trained yet."


def test_students_taught_wrong_are_asked_of_their_facts_alone():
    rows = [("incorrect", 0, "counting", str(i), i % 2, 1, 0, not i % 2) for i in range(80)]
    text = retrained_reading.taught_wrong(retrained.association(table(rows)), "babi", "smollm2-135m")
    assert "the right ones 0.0 (0.0 to 8.8) %, where they are wrong ones 100.0 (91.2 to 100.0) %" in text
    assert "phi -1.00 (-1.00 to -0.92): not independent; a right step goes with *wrong* answers more often." in text
    assert "is trained yet" in retrained_reading.taught_wrong(retrained.association(EMPTY), "babi", "tiny")


def test_the_figures_draw_the_numbers_of_the_table():
    found = retrained.association(table(ONE))
    figure = retrained_plots.association(found)
    top, bottom = figure.axes
    heights = [patch.get_height() for patch in top.patches]
    drawn = found[["joint", "answer_if_right", "answer_if_wrong"]].to_numpy().T.ravel()
    assert np.allclose(heights, drawn, equal_nan=True)
    assert top.get_title() == "correct traces,\n1 seed"
    assert bottom.get_ylabel().startswith("association of step and")


def test_two_by_two_tells_students_apart():
    both = pd.concat([table(ONE), table(ONE, student="tiny")])
    runs = retrained.two_by_two(retrained.association(both))["run"].unique().tolist()
    assert len(runs) == 2 and runs[1].startswith("bAbI (generated),\ntiny")
    assert retrained.counts(table(ONE), "trace") == Table2x2(2, 1, 1, 1)
    assert retrained.counts(table(ONE[-1:]), "trace") is None


def test_a_wrong_class_is_a_wrong_trace(tmp_path):
    text = completion(FOOTBALL, think=trace(FOOTBALL, category=other_class(FOOTBALL)))
    (cell, *_) = [c for c in profiles.load("smoke") if c.arm == "incorrect-class"]
    (tmp_path / cell.id).mkdir()
    write_outputs([Output(FOOTBALL, text)], tmp_path / cell.id / "outputs.json")
    (tmp_path / cell.id / "metrics.json").write_text("{}")
    (row,) = retrained.verdicts("smoke", tmp_path).to_dict("records")
    assert (row["answer"], row["class"], row["ir"], row["trace"]) == (True, False, True, False)
