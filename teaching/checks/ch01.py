"""Checks of chapter 01: dates and relations, gold facts that are no evidence, and a reader of the class step."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations

from lib.datasets import cotemp
from lib.datasets.cotemp.dates import APART, CO_TEMPORAL, DURING, OVERLAP, UNCLEAR, relation
from lib.datasets.cotemp.grammar import parse_fact
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.exercises import exercise
from lib.verify import verify
from teaching.checks.forms import function, keys, shown

ANCHOR = parse_fact("Ada Moss works for Elm Bank from 1990 to 1999.").span


@exercise("01.1")
def dates(answer: object) -> str | None:
    """Dates for each relation to the anchor; three of them as near its end as they can be."""
    if wrong := keys(answer, (*CO_TEMPORAL, APART, UNCLEAR)):
        return wrong
    for name in (*CO_TEMPORAL, APART, UNCLEAR):
        try:
            span = parse_fact(f"Ada Moss works for Fir Museum {answer[name]}.").span
        except InputError:
            return f"{name}: expected dates such as 'from May, 1991 to 1992'; it is {shown(answer[name])}."
        if (found := relation(ANCHOR, span)) != name:
            return f"{name}: {span.when} is {found}."
        if name in (DURING, OVERLAP) and span.end[0] != ANCHOR.end[0]:
            return f"{name}: the relation is right, but it ends in {span.end[0]}, not in {ANCHOR.end[0]}."
        if name == APART and span.start[0] != ANCHOR.end[0] + 1:
            return f"{name}: the relation is right, but it does not begin in the year after {ANCHOR.end[0]}."
    return None


@exercise("01.2")
def no_evidence(answer: object) -> str | None:
    """A problem with a gold fact that was not true at the time."""
    if wrong := keys(answer, ("question", "facts")):
        return wrong
    question, facts = answer["question"], answer["facts"]
    texts = [question, *facts] if isinstance(facts, list | tuple) else [None]
    if not all(isinstance(text, str) for text in texts):
        return f"Expected a question and a list of facts, all texts; the facts are {shown(facts)}."
    problem = Problem("", "cotemp", question, tuple(facts), (), "", ())
    try:
        found = cotemp.decompose(problem)
        evidence = {candidate.fact.text for candidate in cotemp.co_temporal(problem)}
    except InputError as error:
        return f"The rules cannot read it: {error}."
    if len(found.answers) != 1:
        return f"It has {len(found.answers)} answers by rule: {', '.join(found.answers)}. One is asked for."
    extra = [fact for fact in found.gold_facts if fact not in evidence]
    if not extra:
        return f"The answer is {found.answers[0]}, and every gold fact was true at the time. When is a fact gold?"
    if len(extra) > 1:
        return f"The answer is {found.answers[0]}, and {len(extra)} gold facts are no evidence. One is asked for."
    if found.answers[0] == parse_fact(extra[0]).object:
        return f"{extra[0]!r} is about the answer itself, at another time. Here it is to be a fact about another name."
    return None


# --- the class step -----------------------------------------------------------------------------------------

ROW = {
    "question": "While Oda Brink was working for Marl Union, which employer did Oda Brink work for at the same time?",
    "facts": [
        "Oda Brink works for Marl Union from 1970 to 1989.",
        "Oda Brink works for Equal Rights Institute from 1972 to 1978.",
        "Oda Brink works for During House from 1991 to 1994.",
    ],
    "gold": ["Equal Rights Institute"],
    "triple_element": "S1_R1_O2",
}
PROBLEM = cotemp.problem_of(ROW, "during")
CITED = cotemp.CITING_SENTENCE.format(list(PROBLEM.gold_facts))
INFLECTED = {"overlap": ("overlaps", "overlapping"), "mix": ("mixed",), "equal": ("equally",), "during": ("During",)}


def completed(think: str) -> str:
    return f"<think>{think}\n{CITED}</think> <answer>{PROBLEM.answers}</answer>"


def traces() -> Iterator[str]:
    """Completions that name a class, several, none, or deny one; the easiest first."""
    say = cotemp.CLASS_SENTENCE.format
    for name in cotemp.CATEGORIES:
        yield completed(say(name))
        yield from (completed(say(form)) for form in (name.upper(), f"**{name}**", f"'{name}'", *INFLECTED[name]))
        yield f"<think>{CITED}\n{say(name)}</think>"
        yield f"<think>{CITED}</think> {say(name)}"  # too late: that is the answer part
        yield f"<think>{say(name)}"  # cut off
        yield completed(f"It is not {name}.")
        yield completed(f"The relation isn't {name}.")
    yield completed("")
    yield completed("The class is unequal.")
    yield completed("The relation is: equal, during the same time interval.")
    for one, other in permutations(cotemp.CATEGORIES, 2):
        yield completed(f"The relation is {one} or {other}.")
        yield completed(f"The relation is {one}. The relation is {other}.")
        yield completed(f"The relation is {one}, not {other}.")
        yield completed(f"Not {other}: {one}.")


@cache
def class_read(text: str) -> str | None:
    """The class that the strict verifier reads in a text: the one that it would call right."""
    right = (c for c in cotemp.CATEGORIES if verify(replace(PROBLEM, category=c), text).class_step)
    return next(right, None)


@exercise("01.3")
def class_step(answer: object) -> str | None:
    """The class that a text names, held against the strict verifier's reading."""
    if wrong := function(answer):
        return wrong
    for text in traces():
        said, read = answer(text, PROBLEM.facts), class_read(text)
        if said is not None and said not in cotemp.CATEGORIES:
            return f"Expected one of {', '.join(cotemp.CATEGORIES)}, or None; it is {shown(said)}."
        if said != read:
            part = " ".join(text.replace(CITED, "[facts]").replace(f"{PROBLEM.answers}", "…").split())
            return f"{part!r} names {read or 'no class clearly'}; your function says {said}."
    return None
