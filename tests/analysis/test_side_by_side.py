"""Arms beside each other: shortened openly, wrong things marked and only those, verdicts as the verifier gives them."""

import pandas as pd
import pytest

from lib import tables
from lib.analysis import integrity, side_by_side
from lib.datasets import DATASETS
from lib.study import ARM_LABELS, ARMS, CONTROLS
from lib.traces import arms, verbose_traces
from tests.made_up import EMPLOYERS

RULES = ("correct", "incorrect", "incorrect-class", "incorrect-facts")


@pytest.fixture(scope="module", params=list(DATASETS))
def built(request):
    problems = DATASETS[request.param].generate(22, seed=8)
    verbose = verbose_traces.simulated(problems, 8)
    return {arm: arms.build(problems, arm, 8, verbose) for arm in (*ARMS, *CONTROLS)}


def problem_of(built):
    return built["correct"].examples[3].problem


def test_short_texts_are_whole_and_long_ones_say_what_is_left_out():
    assert side_by_side.shorten("one\n two") == "one two"
    words = [str(number) for number in range(200)]
    short = side_by_side.shorten(" ".join(words))
    head, told, tail = short.split(" … ")
    assert told == f"[{200 - len(head.split()) - len(tail.split())} words left out]"
    assert (head.split(), tail.split()) == (words[: len(head.split())], words[-len(tail.split()) :])
    most = " ".join(words[: side_by_side.HEAD + side_by_side.TAIL])
    assert side_by_side.shorten(most) == most


def test_one_row_an_arm_with_the_verifiers_verdict(built):
    table = side_by_side.completions(built, problem_of(built)).set_index("arm")
    assert list(table.index) == [ARM_LABELS[arm] for arm in (*ARMS, *CONTROLS)]
    assert (table["answer"] == "right").all()
    assert list(table.loc[ARM_LABELS["vanilla"], ["think part", "class", "IR"]]) == ["–", "–", "–"]
    assert list(table.loc[ARM_LABELS["incorrect-class"], ["class", "IR"]]) == ["wrong", "right"]
    assert table.loc[ARM_LABELS["r1"], "source"] == "simulated"
    assert table.loc[ARM_LABELS["correct"], "source"] == "rule"


def test_claims_are_read_back_from_rule_based_traces(built):
    for example in built["correct"].examples:
        assert side_by_side.claims(example) == (example.problem.category, example.problem.gold_facts)
    with pytest.raises(ValueError, match="r1: not a rule-based trace"):
        side_by_side.claims(built["r1"].examples[0])


def test_what_is_wrong_is_marked_and_nothing_else(built):
    table = side_by_side.differences({arm: built[arm] for arm in RULES}, problem_of(built))
    wrong = [tuple("✗" in cell.data for cell in row[1:]) for row in table.to_numpy()]
    assert wrong == [(False, False), (True, True), (True, False), (False, True)]
    shown = tables.show(table).data
    assert shown.count("<mark>") == sum(cell.data.count("✗") for row in table.to_numpy() for cell in row[1:])


def test_an_incorrect_trace_without_facts_is_marked_as_citing_none():
    text = f"<think>{arms.rule_trace(EMPLOYERS, 'mix', ())}</think> <answer>x</answer>"
    example = arms.Example(EMPLOYERS, "incorrect", "", text, "rule")
    table = side_by_side.differences({"incorrect": arms.Built([example])}, EMPLOYERS)
    assert table["facts cited"][0].data == "<mark><b>✗ none</b></mark>"


def test_text_in_marked_cells_is_escaped():
    text = arms.rule_trace(EMPLOYERS, "<b>", ["A & B."])
    example = arms.Example(EMPLOYERS, "incorrect", "", f"<think>{text}</think> <answer>x</answer>", "rule")
    cells = side_by_side.differences({"incorrect": arms.Built([example])}, EMPLOYERS).iloc[0]
    assert "&lt;b&gt;" in cells["class named"].data and "A &amp; B." in cells["facts cited"].data


def test_corruptions_are_paired_and_other_seeds_are_not(built):
    n = len(built["correct"].examples)
    paired = side_by_side.pairing(built)
    assert paired == {"n": n, "same_class": n, "same_facts": n, "no_facts": paired["no_facts"]}
    problems = [example.problem for example in built["correct"].examples]
    other = {arm: arms.build(problems, arm, seed=99) for arm in ("incorrect-class", "incorrect-facts")}
    unpaired = side_by_side.pairing(built | other)
    assert unpaired["same_class"] < n and unpaired["same_facts"] < n


def test_integrity_at_a_glance_and_in_words():
    table = pd.DataFrame(
        [
            ("cotemp", "equal", "vanilla", 4, 4, 0, 0, 100.0, None, None, 100.0),
            ("cotemp", "equal", "r1", 4, 2, 1, 1, 100.0, 50.0, 0.4, 66.67),
            ("babi", "all", "vanilla", 3, 3, 0, 0, 100.0, None, None, 100.0),
            ("babi", "all", "r1", 3, 3, 0, 0, 75.0, 33.33, 100.0, 100.0),
        ],
        columns=["dataset", "part", *integrity.check([EMPLOYERS], arms=["vanilla"]).columns],
    )
    glance = side_by_side.compact(table)
    assert list(glance.columns) == ["arm", "CoTempQA equal", "bAbI"]
    assert glance.to_numpy().tolist() == [["answer only", "–", "–"], ["R1 traces", "50 / 0", "33 / 100"]]
    assert side_by_side.in_words(table) == (
        "12 of 14 examples built; rejected were 1 for want of a verbose trace and 1 for a broken promise. In every "
        "arm, at least 75.0 % of the answers are right and 66.7 % of the promises are kept."
    )
