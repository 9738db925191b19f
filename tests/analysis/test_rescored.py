"""The analyses count what they say they count, on tables small enough to count by hand and on the committed one."""

import numpy as np
import pandas as pd
import pytest

from lib.analysis import reading, rescored
from lib.published import reported, verdicts
from lib.stats.right_wrong import Table2x2

FLAGS = ["answer", "parsed", "class", "ir"]


def table(rows):
    """rows: (category, student, arm, problem, answer, parsed, class, ir), the same under both protocols."""
    frame = pd.DataFrame(rows, columns=["category", "student", "arm", "problem", *FLAGS])
    frame.insert(0, "dataset", "cotemp")
    for protocol in ("released", "strict"):
        for flag in FLAGS:
            frame[f"{flag}_{protocol}"] = frame[flag].astype("boolean")
        frame[f"trace_{protocol}"] = frame[f"class_{protocol}"] & frame[f"ir_{protocol}"]
    return frame.drop(columns=FLAGS)


@pytest.fixture(scope="module")
def committed():
    return rescored.Analysis(verdicts.load(), resamples=200)


SMALL = table(
    [
        ("equal", "Qwen3-1.7B", "correct", "a", 1, 1, 1, 1),
        ("equal", "Qwen3-1.7B", "correct", "b", 1, 1, 1, 0),
        ("equal", "Qwen3-1.7B", "correct", "c", 0, 1, 0, 1),
        ("equal", "Qwen3-1.7B", "correct", "d", 1, 0, 0, 0),  # no trace
        ("mix", "Qwen3-1.7B", "correct", "e", 0, 1, 0, 0),
    ]
)


def test_counts_leave_out_outputs_without_a_trace():
    analysis = rescored.Analysis(SMALL, resamples=50)
    outputs = analysis.run("cotemp", "Qwen3-1.7B", "correct")
    assert analysis.counts(outputs, "class", "strict", "strict") == Table2x2(2, 0, 0, 2)
    assert analysis.counts(outputs, "ir", "strict", "strict") == Table2x2(1, 1, 1, 1)
    assert analysis.counts(outputs, "trace", "strict", "strict") == Table2x2(1, 1, 0, 2)


def test_the_joint_share_is_of_all_outputs_the_conditional_of_the_judged():
    row = rescored.Analysis(SMALL, resamples=50).sensitivity("correct").iloc[-1]
    assert row["joint"] == pytest.approx(100 * 1 / 5)
    assert row["answer_if_right"] == pytest.approx(100)
    assert row["answer_if_wrong"] == pytest.approx(100 * 1 / 3)


def test_accuracy_weighs_classes_the_same():
    accuracy = rescored.Analysis(SMALL, resamples=50).accuracy()
    ours = accuracy[accuracy["source"] == "re-scored, strict answers"]["value"].item()
    assert ours == pytest.approx(100 * (3 / 4 + 0) / 2)


def test_arms_are_compared_on_the_same_problems_whatever_their_order():
    rows = [("equal", "Qwen3-1.7B", "vanilla", p, a, 0, 0, 0) for p, a in zip("abcd", (1, 1, 0, 0), strict=True)]
    rows += [("equal", "Qwen3-1.7B", "correct", p, a, 0, 0, 0) for p, a in zip("dcba", (1, 0, 1, 1), strict=True)]
    rows += [("equal", "Qwen3-1.7B", "incorrect", p, 0, 0, 0, 0) for p in "abcd"]
    arms = rescored.Analysis(table(rows), resamples=50).arm_differences()
    first = arms[(arms["pair"] == "correct - vanilla") & (arms["answers"] == "strict")].iloc[0]
    assert (first["only_first"], first["only_second"], first["difference"]) == (1, 0, 25.0)
    assert (arms["p_holm"] >= arms["p"]).all()


def test_committed_counts_are_whole(committed):
    sizes = committed.table.groupby(["dataset", "student", "arm"]).size()
    assert set(sizes["cotemp"]) == {int(reported.number("test problems", "cotemp"))}
    assert set(sizes["babi"]) == {int(reported.number("test problems", "babi"))}
    for category in ("equal", "during", "overlap", "mix"):
        expected = int(reported.number(f"test problems, class {category}", "cotemp"))
        part = committed.table[(committed.table["dataset"] == "cotemp") & (committed.table["category"] == category)]
        assert set(part.groupby(["student", "arm"]).size()) == {expected}


def test_all_published_babi_matrices_come_out_of_the_committed_table(committed):
    table = committed.against_published("babi")
    assert len(table) == 12 and set(table["equal"]) == {"yes"}


def test_the_readings_hold_on_the_committed_table(committed):
    """The words of claims.yml and of the notebook, as assertions: if a number moves, the words must be read again."""
    sensitivity, arms = committed.sensitivity("correct"), committed.arm_differences()
    by_protocol = sensitivity.set_index(["dataset", "student", "answers", "steps"]).sort_index()
    for dataset, student in (("cotemp", "Llama-3.2-1B"), ("cotemp", "Qwen3-1.7B")):
        strict = by_protocol.loc[(dataset, student, "strict", "strict")]
        loose = by_protocol.loc[(dataset, student, "released", "released")]
        assert strict["answer_if_right"] > 95 and strict["phi"] > 0.6  # C1: "almost always"
        assert loose["phi"] < 0.2
        for _, row in by_protocol.loc[(dataset, student)].iterrows():
            assert row["answer_if_right"] > row["joint"]  # C2: "higher under every protocol"
    against_vanilla = arms[arms["pair"].str.endswith("vanilla")]
    assert not (against_vanilla["low"] > 0).any()  # C3: no arm with traces beats plain answers
    steps = committed.step_association("correct")
    class_phi = steps[(steps["step"] == "class") & (steps["answers"] == "strict")]["phi"]
    assert class_phi.abs().max() < 0.3  # C1: "only weakly"


def test_the_drift_table_shows_every_reported_mean_and_keeps_disagreements(committed):
    drift = committed.drift()
    paper = reported.read("paper.csv")
    means = paper[paper["claim"].str.endswith("accuracy")]
    assert sorted(drift["reported"]) == sorted(means["value"].astype(float))
    inside = (drift["low"] <= drift["reported"]) & (drift["reported"] <= drift["high"])
    assert (drift["agrees"] == inside).all() and not drift["agrees"].all()


def test_gaps_need_five_outputs_on_either_side(committed):
    gaps = committed.gaps_by_class("correct")
    few = gaps[["n_right", "n_wrong"]].min(axis=1) < 5
    assert few.any() and gaps.loc[few, "value"].isna().all() and gaps.loc[~few, "value"].notna().all()


def test_the_same_seed_gives_the_same_tables():
    one, two = (rescored.Analysis(SMALL, resamples=50, seed=4).sensitivity("correct") for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_flat_names_leave_out_what_is_unknown():
    frame = pd.DataFrame({"a": ["x", "y"], "value": [1.0, np.nan]})
    assert rescored.flatten(frame, ["a"], ["value"], "p") == {"p/x/value": 1.0}


def test_sentences_carry_the_tables_numbers(committed):
    sensitivity = committed.sensitivity("correct")
    text = reading.sensitivity(sensitivity)
    for value in sensitivity[sensitivity["steps"] == sensitivity["answers"]]["answer_if_right"]:
        assert f"{value:.1f} %" in text
    text = reading.survives(committed.arm_differences(), sensitivity, committed.step_association("correct"))
    assert "0 of 16 comparisons" in text
