"""Numbers over seeds and problems, counted by hand on small made-up tables."""

import math

import pandas as pd
import pytest

from lib.stats import seeds
from lib.stats.right_wrong import Estimate, mean_of, proportion

COLUMNS = ["arm", "seed", "category", "problem", "answer", "parsed", "class", "ir"]
FLAGS = COLUMNS[4:]


def table(rows, dataset="babi", student="smollm2-135m"):
    """rows: COLUMNS; the trace is right where both steps are."""
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(FLAGS, bool))
    return frame.assign(trace=frame["class"] & frame["ir"], dataset=dataset, student=student)


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
    row = row_of(seeds.association(table(ONE), ["correct"]), step="trace")
    assert [row[name] for name in ("right_right", "right_wrong", "wrong_right", "wrong_wrong")] == [2, 1, 1, 1]
    assert (row["seeds"], row["n"], row["dropped"]) == (1, 6, 1)
    assert row["joint"] == pytest.approx(100 * 2 / 6)  # of all outputs, the one without a trace included
    assert row["answer_if_right"] == pytest.approx(100 * 2 / 3)
    assert row["answer_if_wrong"] == pytest.approx(100 * 1 / 2)
    assert row["phi"] == pytest.approx((2 * 1 - 1 * 1) / math.sqrt(3 * 2 * 3 * 2))
    wilson = proportion(2, 3)  # with one seed, its own interval
    ends = row["answer_if_right_low"], row["answer_if_right_high"]
    assert ends == pytest.approx((100 * wilson.low, 100 * wilson.high))
    (row,) = seeds.accuracy(table(ONE)).to_dict("records")
    assert (row["seeds"], row["n"], row["value"]) == (1, 6, pytest.approx(100 * 4 / 6))
    assert row["low"] == row["low_problems"] == pytest.approx(100 * proportion(4, 6).low)
    (steps,) = seeds.accuracy(table(ONE), "ir").to_dict("records")
    assert steps["value"] == pytest.approx(100 * 3 / 6)
    never = table([(*row[:6], 0, 0) for row in ONE])  # both steps are wrong
    row = row_of(seeds.association(never, ["correct"]), step="trace")
    assert math.isnan(row["phi"]) and math.isnan(row["answer_if_right"])
    assert row["answer_if_wrong"] == pytest.approx(100 * 3 / 5)


def test_only_the_arms_asked_for_have_an_association():
    assert seeds.association(table(ONE), ["incorrect"]).empty
    for empty in (seeds.association(EMPTY, ["correct"]), seeds.accuracy(EMPTY), seeds.differences(EMPTY, [("a", "b")])):
        assert empty.empty and len(empty.columns) > 5


def test_the_wider_end_counts():
    tight = [Estimate(0.5, 0.3, 0.7), Estimate(0.5, 0.1, 0.7), Estimate(0.5, 0.2, 0.7)]
    found = seeds.over_problems_and_seeds(tight, 0, 1)
    assert found == Estimate(0.5, pytest.approx(0.2), pytest.approx(0.7))
    apart = [Estimate(value, value - 0.01, value + 0.01) for value in (0.4, 0.5, 0.6)]
    between = mean_of([0.4, 0.5, 0.6])
    assert seeds.over_problems_and_seeds(apart, 0, 1) == Estimate(0.5, between.low, between.high)
    two = seeds.over_problems_and_seeds(apart[:2], 0, 1)  # too few for an interval over seeds
    assert (two.low, two.high) == pytest.approx((0.44, 0.46))


def test_intervals_stay_within_bounds_and_say_what_is_left_out():
    wild = [Estimate(value, value, value) for value in (0.1, 0.5, 0.9)] + [Estimate(math.nan, math.nan, math.nan, "no")]
    found = seeds.over_problems_and_seeds(wild, 0, 1)
    assert (found.low, found.high, found.note) == (0, 1, "3 of 4 seeds")
    none = seeds.over_problems_and_seeds(wild[-1:], 0, 1)
    assert math.isnan(none.value) and none.note == "no"


@pytest.mark.parametrize(("low", "says"), [(17.2, False), (17.25, True), (0, False), (64, True)])
def test_a_student_has_learned_its_task_from_five_points_above_guessing_on(low, says):
    assert seeds.learned(low, 12.25) is says


def test_differences_are_paired_by_problem_and_seed():
    first = [
        ("incorrect", s, "counting", p, a, 1, 0, 0) for s, p, a in ((0, "a", 1), (0, "b", 0), (1, "a", 0), (1, "b", 0))
    ]
    second = [
        ("correct", s, "counting", p, a, 1, 1, 1) for s, p, a in ((1, "b", 1), (1, "a", 1), (0, "b", 0), (0, "a", 0))
    ]
    alone = [("correct", 2, "counting", "a", 1, 1, 1, 1)]  # a seed that only one arm has
    pairs = [("incorrect", "correct"), ("r1", "correct")]
    (row,) = seeds.differences(table(first + second + alone), pairs).to_dict("records")
    # seed 0: (1 - 0 + 0 - 0) / 2 = +50; seed 1: (0 - 1 + 0 - 1) / 2 = -100
    assert (row["seeds"], row["n"], row["difference"]) == (2, 2, pytest.approx(-25))
    assert (row["least"], row["most"]) == pytest.approx((-100, 50))
    assert -100 <= row["low"] <= -25 <= row["high"] <= 100
