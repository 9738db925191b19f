"""Free traces: what is true is not called false, what is planted is found, what cannot be read is not counted."""

import functools
import random
import re

import pytest

from lib.datasets import cotemp
from lib.datasets.cotemp.grammar import parse_fact
from lib.errors import InputError
from lib.traces.simulate import simulate
from lib.verify.completion import render_completion
from lib.verify.free import judge
from tests.made_up import FOOTBALL, cotemp_problem

PROBLEM = cotemp_problem(
    facts=[
        "Ada Moss works for Alder Institute from 1990 to 1999.",
        "Ada Moss works for Birch College from May, 1992 to June, 1995.",
        "Ada Moss attended Cedar School in 1984.",
        "Ada Moss works for Elm Laboratory from March 1, 2001 to 2004.",
        "Otto Finn works for Alder Institute from 1998 to 2003.",
        "May Vale works for Expo 1967 in May, 1967.",
    ],
    question="While Ada Moss was working for Alder Institute, which employer did Ada Moss work for at the same time?",
    gold=["Birch College"],
)
# As a long reasoner writes: (a sentence, true mentions, mentions, true comparisons, comparisons)
SENTENCES = [
    ("Ada Moss worked for Alder Institute from 1990 to 1999.", 1, 1, 0, 0),
    ("Ada Moss worked for Alder Institute from 1990 until 1998.", 0, 1, 0, 0),
    ("First, Alder Institute (1990-1999).", 1, 1, 0, 0),
    ("First, Alder Institute (1991–1999).", 0, 1, 0, 0),
    ("She was at Birch College between May 1992 and June 1995.", 1, 1, 0, 0),
    ("She was at Birch College between April 1992 and June 1995.", 0, 1, 0, 0),
    ("Birch College: May, 1992 to June, 1995", 1, 1, 0, 0),
    ("Birch College from 1992 to 1995", 1, 1, 0, 0),  # coarser than the fact, and true
    ("Birch College from May 3, 1992 to June, 1995", 0, 1, 0, 0),  # finer than the fact
    ("She started at Elm Laboratory on 1 March 2001.", 1, 1, 0, 0),
    ("She joined Elm Laboratory since 2002.", 0, 1, 0, 0),
    ("Ada left Birch College in June 1995", 1, 1, 0, 0),
    ("Ada Moss attended Cedar School in 1984", 1, 1, 0, 0),
    ("Ada Moss attended Cedar School in 1985", 0, 1, 0, 0),
    ("Otto Finn worked for Birch College from 1998 to 2003", 0, 1, 0, 0),  # no fact is about both
    ("In 1993 she worked for Birch College", 1, 1, 0, 0),  # a year within the span
    ("In 1997 she worked for Birch College", 0, 1, 0, 0),
    ("May Vale was at Expo 1967 in May, 1967", 1, 1, 0, 0),  # a month and a year in names
    ("May Vale was at Expo 1967 in June, 1967", 0, 1, 0, 0),
    ("1984 comes before 1990, so it is out", 0, 0, 1, 1),
    ("1984 comes after 1990, so it is out", 0, 0, 0, 1),
    ("1984 is earlier than 1990", 0, 0, 1, 1),
    ("May 1992 to June 1995 falls within 1990 to 1999.", 0, 0, 1, 1),
    ("1990 to 1999 lies entirely within May 1992 to June 1995.", 0, 0, 0, 1),
    ("Birch College overlaps with Alder Institute? No dates", 0, 0, 0, 0),  # two people worked there
    ("Birch College overlaps with Cedar School", 0, 0, 0, 1),
    ("Birch College does not overlap with Cedar School", 0, 0, 1, 1),
    ("Cedar School was before Birch College", 0, 0, 1, 1),
    ("Cedar School was later than Elm Laboratory", 0, 0, 0, 1),
    ("Birch College and Cedar School do not overlap.", 0, 0, 1, 1),
    ("Birch College and Cedar School are the same.", 0, 0, 0, 1),
    ("from 1990 to 1999 is the same time as from 1990 to 1999", 0, 0, 1, 1),
    ("1995 is before June, 1995", 0, 0, 0, 0),  # their precision does not say
    ("There was something in 1993, I think.", 0, 0, 0, 0),
    ("February 30, 1993 at Birch College", 0, 0, 0, 0),
    ("She may have left.", 0, 0, 0, 0),
]


@pytest.mark.parametrize(("said", "m_true", "m_all", "c_true", "c_all"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_a_sentence_is_read_as_a_reader_would(said, m_true, m_all, c_true, c_all):
    verdict = judge(PROBLEM, f"<think>Okay, so. {said}</think> x")
    assert (verdict.mentions, verdict.comparisons) == ((m_true, m_all), (c_true, c_all)), verdict.claims
    assert len(verdict.reasons) == m_all + c_all - m_true - c_true


@pytest.mark.parametrize(
    ("trace", "answer", "concludes"),
    [
        ("So the answer is Birch College.", "['Birch College']", True),
        ("So the answer is Birch College.", "['Elm Laboratory']", False),
        ("Elm Laboratory does not count. Therefore Birch College.", "Birch College", True),
        ("The answer is not Elm Laboratory. The answer: Birch College", "Birch College", True),
        ("I do not know.", "Birch College", None),
        ("So the answer is Birch College.", "None", None),
    ],
)
def test_the_conclusion_is_held_against_the_answer(trace, answer, concludes):
    assert judge(PROBLEM, f"<think>{trace}</think> {answer}").concludes is concludes


@functools.cache
def traces(n: int) -> list:
    """(problem, simulated trace) of all classes, right by construction."""
    each = n // len(cotemp.CATEGORIES)
    problems = [problem for name in cotemp.CATEGORIES for problem in cotemp.generate(each, 11, category=name)]
    return [(problem, simulate(problem, 0)[0]) for problem in problems]


def said(problem, trace: str):
    return judge(problem, render_completion(trace, cotemp.render_answer(problem.answers)))


def test_a_true_trace_is_seldom_called_false():
    verdicts = [said(problem, trace) for problem, trace in traces(120)]
    alarms = [verdict.reasons for verdict in verdicts if not verdict.holds]
    assert len(alarms) < 0.01 * len(verdicts), alarms[:5]
    assert sum(verdict.read for verdict in verdicts) > 0.6 * len(verdicts)
    assert min(verdict.mentions[1] for verdict in verdicts) >= 3 and all(verdict.concludes for verdict in verdicts)


def _other_year(problem, trace, rng):
    fact = parse_fact(rng.choice([fact for fact in problem.facts if f" {fact}" in trace]))
    year = str(fact.span.end[0])
    return trace.replace(f" {fact.text}", f" {fact.text.replace(year, str(int(year) + rng.randint(30, 60)))}", 1)


def _other_month(problem, trace, rng):
    months = [fact for fact in problem.facts if f" {fact}" in trace and re.search(r"March|July", fact)]
    return trace.replace(f" {months[0]}", " " + re.sub("March|July", "November", months[0]), 1) if months else trace


def _swapped(problem, trace, rng):
    facts = [parse_fact(fact) for fact in problem.facts if f" {fact}" in trace]
    one, other = rng.sample(facts, 2)
    if one.span == other.span or any(f.object == other.object and f.span == one.span for f in facts):
        return trace
    return trace.replace(f" {one.text}", f" {one.text.replace(one.object, other.object)}", 1)


def _invented(problem, trace, rng):
    facts = [parse_fact(fact) for fact in problem.facts]
    pairs = {(fact.subject, fact.object) for fact in facts}
    new = [(a.subject, b.object) for a in facts for b in facts if (a.subject, b.object) not in pairs]
    return f"{trace} Next: {new[0][0]} worked for {new[0][1]} in 1990." if new else trace


def _reversed(problem, trace, rng):
    return re.sub(r"comes (before|after)", lambda m: "comes " + ("after", "before")[m[1] == "after"], trace, count=1)


def _other_way_round(problem, trace, rng):
    found = re.search(r"(?:(?<=\. )|(?<=dates\. ))([^.]+?) lies within ([^.]+?), so", trace)
    if not found or found[1] == found[2]:
        return trace
    return trace.replace(found[0], f"{found[2]} lies within {found[1]}, so", 1)


def _other_conclusion(problem, trace, rng):
    wrong = [f.object for f in map(parse_fact, problem.facts) if f.object not in problem.answers]
    return re.sub(r"So the answer should be .*", f"So the answer should be {wrong[0]}.", trace)


PLANTS = [_other_year, _other_month, _swapped, _invented, _reversed, _other_way_round, _other_conclusion]


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__.strip("_"))
def test_what_is_planted_is_found(plant):
    rng, planted, found = random.Random(5), 0, 0
    for problem, trace in traces(120):
        if (mended := plant(problem, trace, rng)) != trace:
            planted += 1
            found += not said(problem, mended).holds
    assert planted >= 20 and found >= 0.95 * planted, (found, planted)


def test_another_dataset_is_told():
    with pytest.raises(InputError, match="free traces are judged for cotemp, not for babi"):
        judge(FOOTBALL, "")


@pytest.mark.parametrize(
    "unit", ["1990 ", "Birch College ", "from 1990 to ", "May ", "before 1990 ", "Birch College and ", "1990-"]
)
def test_a_long_text_is_read_in_linear_time(unit):
    """No clock: what took quadratic time would not come back here."""
    text = unit * (200_000 // len(unit))
    assert not judge(PROBLEM, f"<think>{text}</think> {text}").mentions[1] > len(text)
