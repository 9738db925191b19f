"""What our own students say of a claim: verdicts at their borders, questions of the ledger, words that are computed."""

import dataclasses
import math

import pandas as pd
import pytest

from lib.analysis import claims, questions, retrained, retrained_plots
from lib.analysis.questions import AGAINST, OPEN, SUPPORTS
from lib.errors import InputError
from lib.run.results import STEPPED
from lib.study import ARMS, CONTROLS
from tests.analysis.test_retrained import EMPTY, ONE, table

LEDGER = claims.load()


@pytest.mark.parametrize(
    ("expects", "low", "high", "says"),
    [
        ("none", -5, 5, SUPPORTS),  # the margin is 5
        ("none", 1, 4, SUPPORTS),  # there is something, and it is too small to matter
        ("none", 1, 9, AGAINST),
        ("none", -9, -1, AGAINST),
        ("none", -9, 4, OPEN),
        ("more", 0.1, 30, SUPPORTS),
        ("more", 0, 30, OPEN),
        ("more", -30, -0.1, AGAINST),
        ("more", -4, 4, AGAINST),  # no gain that matters
        ("more", -30, 30, OPEN),
        ("not less", -4.9, 30, SUPPORTS),
        ("not less", -4, -1, SUPPORTS),  # a loss too small to matter
        ("not less", -30, -1, AGAINST),
        ("not less", -5, 30, OPEN),
        ("not less", -30, 1, OPEN),
        ("more", math.nan, math.nan, OPEN),
    ],
)
def test_verdict_at_its_borders(expects, low, high, says):
    assert questions.verdict(expects, low, high, 5) == says


def test_an_unknown_expectation_is_refused():
    with pytest.raises(InputError, match="expects 'less': expected one of none, more, not less"):
        questions.verdict("less", 0, 1, 5)


def test_one_against_is_enough_and_all_must_support():
    assert questions.together([SUPPORTS, AGAINST, OPEN]) == AGAINST
    assert questions.together([SUPPORTS, SUPPORTS]) == SUPPORTS
    assert questions.together([SUPPORTS, OPEN]) == OPEN
    assert questions.together([]) == OPEN


def test_the_ledgers_questions_are_well_formed():
    asks = [ask for claim in LEDGER for ask in claim.asks]
    assert asks
    for ask in asks:
        if "first" in ask:
            assert {ask["first"], ask["second"]} <= {*ARMS, *CONTROLS}
            assert ask["expects"] in questions.EXPECTS
        else:
            assert ask["arm"] in STEPPED
            assert ask.get("expects", "none") == "none"
            assert (ask.get("phi") or ask.get("share")) in ("class", "ir", "trace")


def test_no_claim_has_words_and_questions_at_the_retrained_level():
    assert not [claim.id for claim in LEDGER if claim.levels["re-trained"]]


def arm(name, right, n=100, seed=0):
    return [(name, seed, "counting", str(i), i < right, 1, 1, i < right) for i in range(n)]


def claim_with(*asks):
    return dataclasses.replace(LEDGER[0], id="C0", asks=asks)


def test_answers_hold_the_numbers_of_the_tables():
    claim = claim_with(
        {"phi": "trace", "arm": "correct", "expects": "none"},
        {"first": "r1", "second": "correct", "expects": "more"},
        {"share": "trace", "arm": "correct"},
        {"first": "swapped", "second": "correct", "expects": "more"},  # not trained: no row
    )
    own = table(arm("correct", 30) + arm("r1", 80))
    found = questions.answers([claim], own).set_index("unit")
    assert list(found.index) == ["phi", "points", "percent"]
    assert found["value"].tolist() == pytest.approx([1, 50, 30])
    assert found["verdict"].tolist() == [AGAINST, SUPPORTS, ""]
    assert found.loc["points", "says"].startswith("R1 traces (simulated) − correct traces: +50.0 points (")
    evidence, verdict = questions.cell(claim, found.reset_index())
    assert evidence.startswith(
        "bAbI (generated), SmolLM2-135M, 1 seed. whole trace and answer, correct traces: phi +1.00"
    )
    assert verdict == "does not support (1 seed only)"


def test_an_arm_that_is_not_trained_keeps_a_claim_open():
    claim = claim_with(
        {"first": "r1", "second": "correct", "expects": "more"}, {"first": "r1", "second": "vanilla", "expects": "more"}
    )
    found = questions.answers([claim], table(arm("correct", 30) + arm("r1", 80)))
    assert found["verdict"].tolist() == [SUPPORTS]
    assert questions.cell(claim, found)[1] == f"{OPEN} (1 seed only)"


def test_several_students_have_a_verdict_each():
    claim = claim_with({"first": "r1", "second": "correct", "expects": "more"})
    own = table(arm("correct", 30) + arm("r1", 80))
    reverse = table(arm("correct", 80) + arm("r1", 30), student="tiny")
    _, verdict = questions.cell(claim, questions.answers([claim], pd.concat([own, reverse])))
    assert verdict == (
        "bAbI (generated), SmolLM2-135M: supports (1 seed only); "
        "bAbI (generated), tiny (random weights): does not support (1 seed only)"
    )


def test_shares_alone_are_shown_and_not_judged():
    claim = claim_with({"share": "trace", "arm": "correct"})
    found = questions.answers([claim], table(ONE))
    evidence, verdict = questions.cell(claim, found)
    assert (
        "33.3 % of all test problems" in evidence and "given a right trace 66.7 %, given a wrong one 50.0 %" in evidence
    )
    assert verdict == "shown, not compared: other problems, another student"
    assert questions.table(found).empty


def test_nothing_trained():
    found = questions.answers(LEDGER, EMPTY)
    assert found.empty and questions.drawable(found).empty
    cells = {claim.id: questions.cell(claim, found) for claim in LEDGER}
    assert {cells[claim.id] for claim in LEDGER if claim.asks} == {("", "no student trained yet")}
    assert {cells[claim.id] for claim in LEDGER if not claim.asks} == {("", "")}
    assert questions.rules(found).endswith("Of 0 answers: 0 supports, 0 does not support, 0 cannot tell at this size.")


def test_a_question_without_a_kind_is_refused():
    with pytest.raises(InputError, match=r"claims\.yml, claim C0: expected a question with first, phi or share"):
        questions.answers([claim_with({"arm": "correct"})], table(ONE))


DRIFT = pd.DataFrame({"label": ["Qwen3-1.7B, correct: answer accuracy", "Llama-3.2-1B, vanilla: answer accuracy"]})


def test_only_the_same_dataset_and_student_stand_beside_the_papers_means():
    assert questions.beside(DRIFT, EMPTY) == "Re-trained: **nothing yet**."
    assert "none of our accuracies belongs beside them" in questions.beside(DRIFT, table(ONE, student="Qwen3-1.7B"))
    ours = table(ONE, dataset="cotemp", student="Qwen3-1.7B")
    # counting 3 of 3, conjunction 1 of 3: mean of the classes 66.7
    assert "- Qwen3-1.7B, correct: 66.7 % answers right" in questions.beside(DRIFT, ours)
    other = table([("vanilla", *row[1:]) for row in ONE], dataset="cotemp", student="Qwen3-1.7B")
    assert "none of our accuracies" in questions.beside(DRIFT, other)


def test_the_figure_has_one_row_a_question_and_tells_verdicts_apart():
    last = [("incorrect", 0, "counting", str(i), i >= 70, 1, 0, 0) for i in range(100)]  # as many right, others
    own = table(arm("correct", 30) + arm("r1", 80) + arm("vanilla", 75) + last)
    found = questions.answers(LEDGER, own)
    figure = retrained_plots.claims(found)
    drawn = [label.get_text() for axis in figure.axes for label in axis.get_yticklabels()]
    wanted = questions.drawable(found).sort_values("unit", kind="stable")
    assert len(wanted) == len(found) - 2  # without the shares, and without the class step: always right, no phi
    assert drawn == (wanted["claim"] + ": " + wanted["label"]).tolist()
    markers = {
        (line.get_marker(), line.get_markerfacecolor()) for axis in figure.axes for line in axis.lines
        if line.get_marker() not in ("None", None)
    }  # fmt: skip
    styles = {retrained_plots._VERDICT_STYLE[one] for one in wanted["verdict"]}
    assert markers == styles and len(styles) == 3
    assert retrained.ENOUGH == 3
