"""The simulated reasoner on CoTempQA: facts one by one, their dates against the anchor's (lib/reasoner.py)."""

import random
from collections.abc import Iterator

from lib import doubts
from lib.datasets import cotemp
from lib.datasets.cotemp_grammar import RELATIONS, Fact, Question, parse_fact, parse_question
from lib.datasets.spans import APART, CO_TEMPORAL, DURING, EQUAL, UNCLEAR, Span, relation, render_date
from lib.problems import Problem


def look(problem: Problem, rng: random.Random) -> Iterator[str]:
    """When the anchor was, and what the reasoner says of every other fact, in order."""
    question = parse_question(problem.question)
    facts = [parse_fact(fact) for fact in problem.facts]
    anchors = question.anchors(facts)
    yield f"So first I need to know when {_clause(anchors[0])}."
    for anchor in anchors:
        yield f"There is this fact: {anchor.text} So that is {anchor.span.when}."
    yield "Now I go through the facts one by one."
    for fact in facts:
        if fact not in anchors:
            yield from _consider(question, anchors, fact, rng)


def recap(problem: Problem) -> Iterator[str]:
    """What was found, once more."""
    for candidate in cotemp.co_temporal(problem):
        yield f"{candidate.name}: {candidate.fact.span.when}, that counts."


def findings(problem: Problem, brief: bool) -> str:
    """The evidence in sentences; brief: what was found and when, without quoting the facts."""
    together = cotemp.co_temporal(problem)
    anchors = " and ".join(dict.fromkeys(f"{_clause(c.anchor)} {c.anchor.span.when}" for c in together))
    if brief:
        found = ", ".join(dict.fromkeys(f"{c.name} ({c.fact.span.dates})" for c in together))
        return f"{anchors}, and at that time there was {found}."
    return f"We know that {anchors}. At that time: {' '.join(dict.fromkeys(c.fact.text for c in together))}"


def _consider(question: Question, anchors: list[Fact], fact: Fact, rng: random.Random) -> Iterator[str]:
    """What the reasoner says about one fact: whether it could answer, and if so, how its dates lie."""
    yield f"Next: {fact.text}"
    if fact.relation != question.asked:
        yield "That is another kind of fact, not what is asked for, so I leave it."
    elif question.asked_subject and fact.subject != question.asked_subject:
        yield f"That is about {fact.subject}, and the question asks about {question.asked_subject}, so it is out."
    elif (fact.object == question.object) == bool(question.asked_subject):
        yield "That is not what is asked for either, so I leave it."
    else:
        name = fact.object if question.asked_subject else fact.subject
        for anchor in anchors:
            yield from _compare(anchor.span, fact.span, name, rng)
    yield from doubts.again(rng)


def _compare(anchor: Span, span: Span, name: str, rng: random.Random) -> Iterator[str]:
    lies = relation(anchor, span)
    if lies == APART and doubts.false_start(rng):
        yield "At first sight that could be at the same time. Wait, no, let me compare the dates."
    elif lies in CO_TEMPORAL and doubts.false_start(rng):
        yield "At first sight that seems to be at another time. Wait, actually, let me compare the dates."
    yield _in_words(anchor, span, lies, name)


def _in_words(anchor: Span, span: Span, lies: str, name: str) -> str:
    """How the dates lie, and whether the name counts: students whose traces said “it” lost the name by the end."""
    if lies == UNCLEAR:
        return f"The two may just touch, and the dates do not say, so I do not count {name}."
    if lies == EQUAL:
        return f"That is {span.when}, the very same time, so {name} counts."
    if lies == APART:
        if span.end < anchor.start:
            end, start = render_date(span.end), render_date(anchor.start)
            return f"{end} comes before {start}, so that was over by then and {name} does not count."
        start, end = render_date(span.start), render_date(anchor.end)
        return f"{start} comes after {end}, so that came later and {name} does not count."
    if lies == DURING:
        inner, outer = (span, anchor) if anchor.holds(span) else (anchor, span)
        return f"{inner.dates} lies within {outer.dates}, so {name} counts."
    first, second = (anchor, span) if anchor.start < span.start else (span, anchor)
    start, end, last = map(render_date, (second.start, first.end, second.end))
    return f"{start} comes before {end}, and {last} after it, so the two overlap in part and {name} counts."


def _clause(anchor: Fact) -> str:
    return f"{anchor.subject} {RELATIONS[anchor.relation].anchor} {anchor.object}"
