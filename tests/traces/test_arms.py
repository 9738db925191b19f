"""Arms: every example is what its arm promises, in the verifier's own words; same seed, same bytes; nothing leaks."""

import json
from dataclasses import replace

import pytest

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.study import ARMS, CONTROLS
from lib.traces import arms, verbose_traces
from lib.traces.simulate import simulate
from lib.traces.verbose_traces import Verbose
from lib.verify import verify
from tests.made_up import EMPLOYERS

ALL_ARMS = (*ARMS, *CONTROLS)


@pytest.fixture(scope="module", params=list(DATASETS))
def problems(request) -> list[Problem]:
    """88 generated problems of one dataset: every class."""
    return DATASETS[request.param].generate(88, seed=4)


@pytest.fixture(scope="module")
def verbose(problems):
    return verbose_traces.simulated(problems, seed=0)


@pytest.mark.parametrize("arm", ALL_ARMS)
def test_every_example_keeps_its_arms_promise(problems, verbose, arm):
    """The promise is checked here anew, against the verifier, not by what build says of itself."""
    built = arms.build(problems, arm, seed=1, verbose=verbose)
    assert (built.rejected, len(built.examples)) == ([], len(problems))
    for example in built.examples:
        verdict = verify(example.problem, example.completion)
        assert verdict.answer, example.completion
        assert verdict.parsed == (arm != "vanilla")
        class_step, ir_step = arms.PROMISES[arm]
        assert class_step is None or verdict.class_step == class_step, verdict.reasons
        assert ir_step is None or verdict.ir_step == ir_step, verdict.reasons
        assert example.prompt == DATASETS[example.problem.dataset].render(example.problem)


def test_the_released_form_of_a_correct_and_an_incorrect_completion():
    (correct,) = arms.build([EMPLOYERS], "correct").examples
    assert correct.completion == (
        "<think>The temporal relation between the event in question and the event in context is: during.\n"
        "I need to use the following facts to answer the question: ['Ada Moss works for Birch College from 1992 to "
        "1995.', 'Ada Moss worked for Cedar Society in 1993.']</think> "
        "<answer>['Birch College', 'Cedar Society']</answer>"
    )
    (incorrect,) = arms.build([EMPLOYERS], "incorrect").examples
    assert incorrect.completion.count(".'") == 1  # one wrong fact, as released
    (vanilla,) = arms.build([EMPLOYERS], "vanilla").examples
    assert vanilla.completion == "<answer>['Birch College', 'Cedar Society']</answer>"


def test_corruptions_of_a_problem_share_their_wrong_class_and_facts(problems):
    built = {arm: arms.build(problems, arm, seed=5).examples for arm in ("incorrect", *CONTROLS[:2], "correct")}
    for both, only_class, only_facts, correct in zip(*built.values(), strict=True):
        first, second = both.completion.split("\n", 1)
        assert only_class.completion.split("\n", 1)[0] == first != correct.completion.split("\n", 1)[0]
        assert only_facts.completion.split("\n", 1)[1] == second != correct.completion.split("\n", 1)[1]
    assert built["incorrect"] == arms.build(problems, "incorrect", seed=5).examples
    assert built["incorrect"] != arms.build(problems, "incorrect", seed=6).examples


def test_where_every_fact_is_gold_an_incorrect_trace_cites_none():
    all_gold = replace(EMPLOYERS, facts=EMPLOYERS.gold_facts, id="all-gold")
    (example,) = arms.build([all_gold], "incorrect").examples
    assert "to answer the question: []</think>" in example.completion
    assert not verify(all_gold, example.completion).ir_step


def test_swapped_traces_are_another_problems(problems, verbose):
    own = {example.problem.id: example.completion for example in arms.build(problems, "r1", verbose=verbose).examples}
    traces_of = {text.split("</think>")[0]: owner for owner, text in own.items()}
    owners = []
    for example in arms.build(problems, "swapped", seed=3, verbose=verbose).examples:
        owners.append(traces_of[example.completion.split("</think>")[0]])
        assert owners[-1] != example.problem.id
    assert len(set(owners)) == len(problems)  # every trace is used once


def test_length_controls(problems, verbose):
    count = arms.count_words
    built = {arm: arms.build(problems, arm, verbose=verbose).examples for arm in ("correct", "r1", *CONTROLS[2:])}
    for correct, long, padded, short in zip(*built.values(), strict=True):
        assert 0 <= count(padded.completion) - count(long.completion) < 12  # whole sentences of filler
        assert 0 <= count(correct.completion) - count(short.completion) < 40  # whole words, the longest a date or name
        assert long.completion.startswith(short.completion.split("</think>")[0])
        assert padded.completion.startswith(correct.completion.split("</think>")[0])


def test_length_controls_count_with_the_tokenizer_that_is_given():
    assert arms.pad("one two", 30, len).startswith("one two\nI take my time here.")
    assert len(arms.pad("one two", 30, len)) < len(arms.pad("one two", 30))
    assert arms.pad("one two", 1) == "one two"
    wanted = ["", "one", "one two", "one two", "one two three", "one two three"]
    assert [arms.cut("one two three", n, len) for n in (2, 3, 7, 12, 13, 99)] == wanted


def test_what_cannot_be_built():
    with pytest.raises(InputError, match="unknown arm 'correctish': expected one of vanilla, correct"):
        arms.build([EMPLOYERS], "correctish")
    with pytest.raises(InputError, match="arm 'r1' needs verbose traces"):
        arms.build([EMPLOYERS], "r1")
    with pytest.raises(InputError, match="expected at least two problems to swap"):
        arms.build([EMPLOYERS], "swapped", verbose=verbose_traces.simulated([EMPLOYERS], 0))
    built = arms.build([EMPLOYERS], "r1", verbose={})
    assert built.rejected == [f"problem {EMPLOYERS.id}, arm 'r1': its source has no verbose trace for this problem"]
    built = arms.build([EMPLOYERS], "summary", verbose={EMPLOYERS.id: Verbose("Long.", "teacher")})
    assert built.rejected[0].endswith("its source (teacher) has no text for this arm")
    wrong = replace(EMPLOYERS, category="equal")
    with pytest.raises(InputError, match="the rules find during"):
        simulate(wrong, 0)
    assert verbose_traces.simulated([wrong], 0) == {}


def test_what_breaks_its_promise_is_rejected_with_the_verifiers_reason():
    invented = replace(EMPLOYERS, gold_facts=("Ada Moss works for Oak in 1993.",), id="x")
    built = arms.build([invented, EMPLOYERS], "correct")
    assert [example.problem for example in built.examples] == [EMPLOYERS]
    assert "problem x, arm 'correct': expected ir_step right, the verifier says: IR step" in built.rejected[0]
    broken = replace(EMPLOYERS, answers=("Birch</answer>College",), id="y")
    (message,) = arms.build([broken], "vanilla").rejected
    assert message.startswith("problem y, arm 'vanilla': expected answer right, the verifier says: answer:")


def test_the_reasoner_says_every_fact_doubts_and_ends_right(problems, verbose):
    for problem in problems:
        text = verbose[problem.id].trace
        assert all(fact in text for fact in problem.facts)
        said = text.rpartition("So the answer should be ")[2]
        assert said.endswith(".") and not said.endswith("..")
        wanted = problem.answers[:1] if problem.dataset == "marco" else problem.answers
        assert all(answer.rstrip(".") in said for answer in wanted)
        assert problem.category in text
        assert arms.count_words(text) > arms.count_words(verbose[problem.id].summary)
        assert verbose[problem.id].summary != verbose[problem.id].explanation
        assert text == simulate(problem, 0)[0]
    doubts = sum("Wait" in verbose[problem.id].trace for problem in problems)
    assert doubts > len(problems) / 2
    assert {v.source for v in verbose.values()} == {"simulated"}
    assert [simulate(p, 1) for p in problems[:30]] != [simulate(p, 2) for p in problems[:30]]


R1_LINE = {
    "input": "…",
    "prediction": "['Birch College', 'Cedar Society']",
    "gold": ["Birch College", "Cedar Society"],
    "question": EMPLOYERS.question,
    "facts": list(EMPLOYERS.facts),
    "triple_element": "S1_R1_O2",
    "r1_trace": "Hmm, let me see.",
    "r1_exp_ans": "Because.",
}


def test_released_r1_traces_are_read_and_joined_by_problem_and_a_teachers_used_ones(tmp_path):
    path = tmp_path / "deepseek_r1_correct_responses_during_with_explanation.json"
    path.write_text(json.dumps(R1_LINE) + "\n")
    verbose = verbose_traces.released(path)
    assert verbose == {EMPLOYERS.id: Verbose("Hmm, let me see.", "released", "", "Because.")}
    (example,) = arms.build([EMPLOYERS], "posthoc", verbose=verbose).examples
    assert (example.source, example.completion.split("</think>")[0]) == ("released", "<think>Because.")
    rows = [{"problem": "a", "trace": "A.", "used": True}, {"problem": "b", "trace": "B.", "used": False}]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert verbose_traces.taught(path) == {"a": Verbose("A.", "teacher")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1: not a JSON object"),
        ('{"question": "Q?", "facts": []}', "line 1: field 'r1_trace' is missing"),
        ('{"question": "Q?", "facts": "F", "r1_trace": ""}', "line 1: field 'facts': expected a list of strings"),
    ],
)
def test_released_r1_files_that_cannot_be_read(tmp_path, content, message):
    path = tmp_path / "r1.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        verbose_traces.released(path)
