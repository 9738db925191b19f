"""Checks of chapter 02: arms told apart, a trace of near misses, and a split that shares nobody."""

import random

from lib.datasets import DATASETS, cotemp
from lib.datasets.cotemp.dates import APART, relation
from lib.datasets.cotemp.grammar import Fact, parse_fact, parse_question
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.exercises import exercise
from lib.files import read_list
from lib.traces import arms
from lib.verify import verify
from lib.verify.completion import render_completion
from teaching.checks.forms import function, shown

BLIND = ("vanilla", "correct", "incorrect", "incorrect-class", "incorrect-facts")


@exercise("02.1")
def blind(answer: object) -> str | None:
    """The arm that an example is of, told from the example."""
    if wrong := function(answer):
        return wrong
    for name in ("cotemp", "babi"):
        problems = DATASETS[name].generate(30, seed=2)
        examples = [example for arm in BLIND for example in arms.build(problems, arm, seed=2).examples]
        for example in random.Random("blind").sample(examples, 60):
            said = answer(example.problem, example.completion)
            if not isinstance(said, str) or said not in BLIND:
                return f"Expected one of {', '.join(BLIND)}; your function says {shown(said)}."
            if said != example.arm:
                verdict = arms.judge(example)
                return f"Not {said}. The verifier says: {'; '.join(verdict.reasons) or 'all right'}."
    return None


# --- near misses --------------------------------------------------------------------------------------------

FARTHEST = 100  # years from the anchor


@exercise("02.2")
def near_miss(answer: object) -> str | None:
    """A trace whose class is right and whose facts are the gold ones, at times at which they would be no answer."""
    if wrong := function(answer):
        return wrong
    for name in cotemp.CATEGORIES:
        for problem in cotemp.generate(5, seed=4, category=name):
            if wrong := _missed(problem, answer(problem)):
                return f"{wrong} The problem: {problem.question}"
    return None


def _missed(problem: Problem, trace: object) -> str:
    """What is wrong with the trace for this problem, or ""."""
    if not isinstance(trace, str):
        return f"Expected a text; it is {shown(trace)}."
    before, cites, rest = trace.partition(cotemp.CITING_SENTENCE.format(""))
    cited = read_list(rest.strip()) if cites else None
    if cited is None or "\n" not in before:
        return "Expected the study's form: the class sentence, a line end, the citing sentence with a list of facts."
    verdict = verify(problem, render_completion(trace, cotemp.render_answer(problem.answers)))
    if not verdict.class_step:
        return f"The class step is wrong: {verdict.reasons[0]}."
    left = {_who_and_what(fact): fact for fact in map(parse_fact, problem.gold_facts)}
    anchors = parse_question(problem.question).anchors(map(parse_fact, problem.facts))
    for text in cited:
        if text in problem.facts:
            return f"{shown(text, 90)} is a fact of the context, unchanged."
        try:
            fact = parse_fact(text)
        except InputError as error:
            return f"The rules cannot read a cited sentence: {error}."
        if not left.pop(_who_and_what(fact), None):
            return f"{shown(text, 90)} is no gold fact at another time, or comes twice."
        if near := [anchor for anchor in anchors if relation(anchor.span, fact.span) != APART]:
            return f"{shown(text, 90)} lies {relation(near[0].span, fact.span)} to the fact of the question."
        if min(abs(fact.span.start[0] - anchor.span.start[0]) for anchor in anchors) > FARTHEST:
            return (
                f"{shown(text, 90)} begins more than {FARTHEST} years from the question's fact: nobody would miss it."
            )
    if left:
        return f"It cites {len(cited)} facts, and {len(left)} of the gold ones are not among them."
    return "The verifier calls the IR step right." if verdict.ir_step else ""


def _who_and_what(fact: Fact) -> tuple[str, str, str]:
    return fact.subject, fact.relation, fact.object


# --- a stricter split ---------------------------------------------------------------------------------------

SHARE = 0.2


def people(problem: Problem) -> set[str]:
    """Everybody, and everything, that a fact of the problem is about."""
    return {parse_fact(fact).subject for fact in problem.facts}


@exercise("02.3")
def stricter(answer: object) -> str | None:
    """A split into training and test set in which nobody is on both sides."""
    if wrong := function(answer):
        return wrong
    for n in (40, 100, 300):
        problems = cotemp.generate(n, seed=3)
        sides = answer(list(problems), SHARE)
        if not isinstance(sides, list | tuple) or [isinstance(s, list | tuple) for s in sides] != [True, True]:
            return f"Expected (train, test), two lists of problems; it is {shown(sides)}."
        train, test = sides
        if sorted(getattr(one, "id", "") for one in (*train, *test)) != sorted(one.id for one in problems):
            return f"{n} problems: not each of them is on exactly one side ({len(train)} and {len(test)})."
        if both := set().union(*map(people, train)) & set().union(*map(people, test)):
            return f"{n} problems: {min(both)} is on both sides; so are {len(both) - 1} others."
        if abs(len(test) / n - SHARE) > 0.03:
            return f"{n} problems: {len(test)} of them are the test set, {len(test) / n:.0%}, not about {SHARE:.0%}."
    return None
