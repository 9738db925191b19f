"""Forced traces: each is what its condition says, held against the verifier and the datasets' own rules."""

import random
from dataclasses import replace

import pytest

from lib.datasets import DATASETS
from lib.traces import forced, verbose_traces
from lib.traces.forced import CONDITIONS, force, other_facts
from lib.verify import verify


@pytest.fixture(scope="module", params=["babi", "cotemp"])
def problems(request):
    return DATASETS[request.param].generate(66, seed=5)


def by_condition(problems, arm="correct", verbose=None):
    found = force(problems, arm, 0, verbose)
    return {name: [one for one in found if one.condition == name] for name in CONDITIONS}


def judged(one: forced.Forced):
    """The verdict on the trace, with an answer that is as good as any."""
    module = DATASETS[one.problem.dataset]
    return verify(one.problem, f"{one.prefix} <answer>{module.render_answer(one.answers)}</answer>")


def test_each_condition_is_what_it_says(problems):
    found = by_condition(problems)
    assert len(found["gold"]) == len(found["class"]) == len(found["none"]) == len(problems)
    assert all(judged(one).trace and one.answers == one.problem.answers for one in found["gold"])
    for one in found["class"]:
        assert (judged(one).class_step, judged(one).ir_step) == (False, True)
    for one in found["fact"]:
        verdict = judged(one)
        assert (verdict.class_step, verdict.ir_step, verdict.answer) == (True, False, False)
        assert set(one.answers).isdisjoint(one.problem.answers)
    for one in found["altered"]:
        assert judged(one).class_step
        assert one.answers[0] in one.trace
        assert not judged(one).answer
    traces = {one.problem.id: one.trace for one in found["gold"]}
    assert all(one.trace != traces[one.problem.id] for one in found["other"])
    assert {one.trace for one in found["none"]} == {""}
    assert min(len(found["fact"]), len(found["altered"])) > len(problems) / 5


def test_other_facts_lead_to_another_answer_by_the_rules(problems):
    module = DATASETS[problems[0].dataset]
    for problem in problems:
        if (other := other_facts(problem, random.Random(0))) and problem.dataset == "babi":
            facts, answers = other
            assert module.decompose(replace(problem, facts=facts)).answers == answers
            assert set(facts) <= set(problem.facts)


def test_the_same_seed_the_same_traces(problems):
    assert force(problems, "correct", 0) == force(problems, "incorrect", 0)  # both students are asked the same
    assert force(problems, "correct", 0) != force(problems, "correct", 1)


def test_verbose_traces_are_forced_in_their_own_words(problems):
    verbose = verbose_traces.simulated(problems, 0)
    found = by_condition(problems, "r1", verbose)
    assert not found["fact"]
    assert [one.trace for one in found["gold"]] == [verbose[problem.id].trace for problem in problems]
    for one in found["altered"]:
        assert f"So the answer should be {one.answers[0]}." in one.trace
    for one in found["class"]:
        gold = verbose[one.problem.id].trace
        assert one.trace != gold
        assert len(set(one.trace.split()) ^ set(gold.split())) <= 6  # the class, and nothing else
