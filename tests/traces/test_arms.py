"""Arms: every example is what its arm promises, in the verifier's own words; same seed, same bytes; nothing leaks."""

import json
from dataclasses import replace

import pytest

from lib.analysis import export
from lib.datasets import DATASETS, cotemp, split
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.study import ARMS, CONTROLS
from lib.traces import arms, simulate, verbose_traces
from lib.traces.verbose_traces import Verbose
from lib.verify import verify
from tests.made_up import EMPLOYERS

ALL_ARMS = (*ARMS, *CONTROLS)


@pytest.fixture(scope="module", params=list(DATASETS))
def problems(request) -> list[Problem]:
    """220 generated problems of one dataset: every class."""
    return DATASETS[request.param].generate(220, seed=4)


@pytest.fixture(scope="module")
def verbose(problems):
    return verbose_traces.simulated(problems, seed=0)


def test_every_arm_has_a_promise_and_a_label():
    assert set(arms.PROMISES) == set(ALL_ARMS)


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


def test_seeds_change_the_corruption_and_nothing_else_does(problems):
    def texts(seed: int) -> list[str]:
        return [example.completion for example in arms.build(problems, "incorrect", seed).examples]

    assert texts(1) == texts(1) != texts(2)


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
    assert arms.count_words(arms.pad("one two", 30)) >= 30
    assert arms.pad("one two", 30, len).startswith("one two\nI take my time here.")
    assert len(arms.pad("one two", 30, len)) < len(arms.pad("one two", 30))
    assert arms.pad("one two", 1) == "one two"
    assert [arms.cut("one two three", n, len) for n in (2, 3, 7, 12, 13, 99)] == [
        "",
        "one",
        "one two",
        "one two",
        "one two three",
        "one two three",
    ]


# --- what cannot be built -----------------------------------------------------------------------------------


def test_unknown_arm_and_missing_traces():
    with pytest.raises(InputError, match="unknown arm 'correctish': expected one of vanilla, correct"):
        arms.build([EMPLOYERS], "correctish")
    with pytest.raises(InputError, match="arm 'r1' needs verbose traces"):
        arms.build([EMPLOYERS], "r1")
    with pytest.raises(InputError, match="expected at least two problems to swap"):
        arms.build([EMPLOYERS], "swapped", verbose=verbose_traces.simulated([EMPLOYERS], 0))


def test_what_breaks_its_promise_is_rejected_with_the_verifiers_reason():
    invented = replace(EMPLOYERS, gold_facts=("Ada Moss works for Oak in 1993.",), id="x")
    built = arms.build([invented, EMPLOYERS], "correct")
    assert [example.problem for example in built.examples] == [EMPLOYERS]
    assert "problem x, arm 'correct': expected ir_step right, the verifier says: IR step" in built.rejected[0]
    broken = replace(EMPLOYERS, answers=("Birch</answer>College",), id="y")
    (message,) = arms.build([broken], "vanilla").rejected
    assert message.startswith("problem y, arm 'vanilla': expected the right answer, the verifier says: answer:")


def test_problems_without_a_verbose_trace_are_counted():
    built = arms.build([EMPLOYERS], "r1", verbose={})
    assert built.rejected == [f"problem {EMPLOYERS.id}, arm 'r1': its source has no verbose trace for this problem"]
    built = arms.build([EMPLOYERS], "summary", verbose={EMPLOYERS.id: Verbose("Long.", "teacher")})
    assert built.rejected[0].endswith("its source (teacher) has no text for this arm")


# --- sources ------------------------------------------------------------------------------------------------


def test_the_reasoner_says_every_fact_doubts_and_ends_right(problems, verbose):
    for problem in problems:
        text = verbose[problem.id].trace
        assert all(fact in text for fact in problem.facts)
        said = text.rpartition("So the answer should be ")[2]
        assert said.endswith(".") and not said.endswith("..")
        wanted = problem.answers[:1] if problem.dataset == "marco" else problem.answers
        assert all(answer.rstrip(".") in said for answer in wanted)
        assert problem.category in text
    doubts = sum("Wait" in verbose[problem.id].trace for problem in problems)
    assert doubts > len(problems) / 2
    assert {v.source for v in verbose.values()} == {"simulated"}


def test_the_reasoner_is_longer_than_its_summary_and_seeded(problems, verbose):
    for problem in problems[:30]:
        own = verbose[problem.id]
        assert arms.count_words(own.trace) > arms.count_words(own.summary)
        assert own.trace == simulate.reason(problem, 0)
        assert own.summary != own.explanation
    assert [simulate.reason(p, 1) for p in problems[:30]] != [simulate.reason(p, 2) for p in problems[:30]]


def test_the_reasoner_refuses_labels_that_the_rules_do_not_confirm():
    wrong = replace(EMPLOYERS, category="equal")
    with pytest.raises(InputError, match="the rules find during"):
        simulate.reason(wrong, 0)
    assert verbose_traces.simulated([wrong], 0) == {}


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


def test_released_r1_traces_are_read_and_joined_by_problem(tmp_path):
    path = tmp_path / "deepseek_r1_correct_responses_during_with_explanation.json"
    path.write_text(json.dumps(R1_LINE) + "\n")
    verbose = verbose_traces.released(path)
    assert verbose == {EMPLOYERS.id: Verbose("Hmm, let me see.", "released", "", "Because.")}
    (example,) = arms.build([EMPLOYERS], "posthoc", verbose=verbose).examples
    assert (example.source, example.completion.split("</think>")[0]) == ("released", "<think>Because.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("{", r"line 1: not a JSON object .*; expected the authors' R1 outputs"),
        ('{"question": "Q?", "facts": []}', "line 1: field 'r1_trace' is missing"),
        ('{"question": "Q?", "facts": "F", "r1_trace": ""}', "line 1: field 'facts': expected a list of strings"),
    ],
)
def test_released_r1_files_that_cannot_be_read(tmp_path, content, message):
    path = tmp_path / "r1.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        verbose_traces.released(path)


def test_a_teachers_used_traces_are_taken(tmp_path):
    path = tmp_path / "traces.jsonl"
    rows = [{"problem": "a", "trace": "A.", "used": True}, {"problem": "b", "trace": "B.", "used": False}]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert verbose_traces.taught(path) == {"a": Verbose("A.", "teacher")}


# --- leaks --------------------------------------------------------------------------------------------------


def test_leaks_are_found_by_kind():
    twin = replace(EMPLOYERS, id="twin", facts=EMPLOYERS.facts[::-1])
    same_anchor = replace(EMPLOYERS, id="anchor", facts=EMPLOYERS.facts[:3])
    unrelated = cotemp.generate(5, seed=9)
    found = split.find_leaks([EMPLOYERS, *unrelated[:4]], [EMPLOYERS, twin, same_anchor, unrelated[4]])
    ids = {kind: [problem.id for problem in problems] for kind, problems in found.items()}
    assert ids == {
        "same problem": [EMPLOYERS.id],
        "same question": [EMPLOYERS.id, "twin", "anchor"],
        "same facts": [EMPLOYERS.id, "twin"],
        "same entity and interval": [EMPLOYERS.id, "twin", "anchor"],
    }


def test_a_split_shares_nothing_but_questions(problems):
    doubled = [*problems, *(replace(p, id=f"again-{p.id}", question=f"{p.question} ") for p in problems[:20])]
    train, test = split.split(doubled, test_share=0.2, seed=1)
    assert sorted(p.id for p in train + test) == sorted(p.id for p in doubled)
    found = split.find_leaks(train, test)
    assert {kind: len(found[kind]) for kind in split.KINDS if kind != "same question"} == {
        "same problem": 0,
        "same facts": 0,
        "same entity and interval": 0,
    }
    for category in {p.category for p in doubled}:
        members, tested = (sum(p.category == category for p in part) for part in (doubled, test))
        assert tested == round(0.2 * members)
    assert split.split(doubled, 0.2, 1) == (train, test)
    assert split.split(doubled, 0.2, 2) != (train, test)


def test_splits_that_cannot_be():
    with pytest.raises(InputError, match="expected a test share between 0 and 1, found 1"):
        split.split([EMPLOYERS], 1, 0)
    with pytest.raises(InputError, match="1 problems are too few"):
        split.split([EMPLOYERS], 0.2, 0)


# --- export -------------------------------------------------------------------------------------------------


def test_exported_lines_come_back_and_the_same_seed_gives_the_same_bytes(problems, tmp_path):
    def written(name: str) -> bytes:
        return export.write_json_lines(arms.build(problems, "incorrect", 2).examples, tmp_path / name).read_bytes()

    content = written("a.jsonl")
    assert content == written("b.jsonl")
    rows = [json.loads(line) for line in content.decode().splitlines()]
    examples = arms.build(problems, "incorrect", 2).examples
    assert [(row["prompt"], row["completion"]) for row in rows] == [(e.prompt, e.completion) for e in examples]
    assert list(tmp_path.glob("*.tmp")) == []


def test_a_dataset_folder_names_its_splits(tmp_path):
    examples = arms.build(cotemp.generate(10, seed=1), "correct").examples
    folder = export.write_folder({"train": examples[:8], "test": examples[8:]}, tmp_path / "sft", "Correct traces")
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "test.jsonl", "train.jsonl"]
    header = (folder / "README.md").read_text().split("---")[1]
    assert header.count("split:") == 2
    assert "path: train.jsonl" in header
    assert len((folder / "train.jsonl").read_text().splitlines()) == 8
