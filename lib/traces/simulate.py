"""A simulated long reasoner: verbose, doubting, backtracking traces that end right by construction.

It stands in for DeepSeek-R1's traces (paper, part 2), which cost money and cannot be had offline. It shares their
shape (goes through the facts one by one, says dates in words, doubts, takes things back, concludes) and nothing else:
whatever comes of it is labelled simulated.
"""

import random
from collections.abc import Iterator

from lib.datasets import DATASETS, cotemp
from lib.datasets.cotemp.dates import APART, DURING, EQUAL, UNCLEAR, Span, relation, render_date
from lib.datasets.cotemp.grammar import RELATIONS, Fact, Question, parse_fact, parse_question
from lib.datasets.problem import Problem, invented
from lib.errors import InputError

_WORDS = invented("reasoner")
_DOUBT, _FALSE_START = 0.2, 0.3  # how often a fact is read again, and taken at first for what it is not


def simulate(problem: Problem, seed: int) -> tuple[str, str, str]:
    """(trace, summary, post-hoc explanation) of a problem; the seed decides the trace's wording and its doubts.

    The summary says what was found in the order of finding it; the explanation gives the answer first, then why.
    Raises InputError where the rules find other than the labels say: the reasoner may not end wrong.
    """
    found = DATASETS[problem.dataset].decompose(problem)
    if (found.category, set(found.answers)) != (problem.category, set(problem.answers)):
        raise InputError(f"problem {problem.id}: the rules find {found.category}, {found.answers}, not its labels")
    rng = random.Random(f"reasoner-{seed}-{problem.id}")
    if problem.dataset == "cotemp":
        read = _read_dated
        recap, brief, evidence = _dated_evidence(problem)
    else:
        read = _read_told
        needed = ("What matters is this:", *problem.gold_facts) if problem.gold_facts else ("Nothing here helps.",)
        recap = brief = evidence = " ".join(needed)
    answer, kind = _answer(problem), kind_sentence(problem)
    trace = [
        rng.choice(_WORDS["openings"]),
        f'The question is: "{problem.question}"',
        *read(problem, rng),
        rng.choice(_WORDS["second looks"]),
        recap,
        kind,
        f"So the answer should be {answer}.",
    ]
    summary = f"{brief} {kind} So the answer is {answer}."
    why = f"Here is why. {evidence} {kind} Nothing else in the context answers the question."
    return " ".join(trace), summary, f"The answer is {answer}. {why}"


def kind_sentence(problem: Problem) -> str:
    """The sentence of a trace that names the class."""
    begins = "How they lie to each other:" if problem.dataset == "cotemp" else "This is a question of the kind"
    return f"{begins} {problem.category}."


def _answer(problem: Problem) -> str:
    """The answer in a sentence: all names, or the first of alternative texts, without a full stop of its own."""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        return problem.answers[0].rstrip(".")
    return " and ".join(problem.answers) if problem.answers else "nothing"


def _again(rng: random.Random) -> Iterator[str]:
    """Now and then, a second thought about the fact just considered."""
    if rng.random() < _DOUBT:
        yield rng.choice(_WORDS["doubts"])


def _read_told(problem: Problem, rng: random.Random) -> Iterator[str]:
    """What the reasoner says of every sentence, in order."""
    yield "Let me go through the text one by one."
    for fact in problem.facts:
        yield f"It says: {fact}"
        needed = fact in problem.gold_facts
        if rng.random() < _FALSE_START:
            yield "At first sight that does not matter. Wait, actually," if needed else "That could matter. Wait, no,"
        yield "that is something I need for the answer." if needed else "that does not help with the question."
        yield from _again(rng)


def _read_dated(problem: Problem, rng: random.Random) -> Iterator[str]:
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


def _dated_evidence(problem: Problem) -> tuple[str, str, str]:
    """What was found: once more name by name; in brief, without quoting the facts; in full."""
    together = cotemp.co_temporal(problem)
    recap = " ".join(f"{c.name}: {c.fact.span.when}, that counts." for c in together)
    anchors = " and ".join(dict.fromkeys(f"{_clause(c.anchor)} {c.anchor.span.when}" for c in together))
    found = ", ".join(dict.fromkeys(f"{c.name} ({c.fact.span.dates})" for c in together))
    quoted = " ".join(dict.fromkeys(c.fact.text for c in together))
    brief = f"{anchors}, and at that time there was {found}."
    return recap, brief, f"We know that {anchors}. At that time: {quoted}"


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
    yield from _again(rng)


def _compare(anchor: Span, span: Span, name: str, rng: random.Random) -> Iterator[str]:
    lies = relation(anchor, span)
    if lies != UNCLEAR and rng.random() < _FALSE_START:
        at_first, no = ("could be at the same", "no") if lies == APART else ("seems to be at another", "actually")
        yield f"At first sight that {at_first} time. Wait, {no}, let me compare the dates."
    yield _in_words(anchor, span, lies, name)


def _in_words(anchor: Span, span: Span, lies: str, name: str) -> str:
    """How the dates lie, and whether the name counts: students whose traces said “it” lost the name by the end."""
    if lies == UNCLEAR:
        return f"The two may just touch, and the dates do not say, so I do not count {name}."
    if lies == EQUAL:
        return f"That is {span.when}, the very same time, so {name} counts."
    if lies == APART and span.end < anchor.start:
        end, start = render_date(span.end), render_date(anchor.start)
        return f"{end} comes before {start}, so that was over by then and {name} does not count."
    if lies == APART:
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
