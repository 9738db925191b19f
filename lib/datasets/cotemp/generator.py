"""New CoTempQA problems, as many as you ask for: invented names, drawn spans, gold values known from the drawing.

Class, answers and gold facts come from how the world was drawn; `cotemp.decompose` must find them again from the text.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, product

from lib.datasets.cotemp.dates import APART, CO_TEMPORAL, DURING, EQUAL, OVERLAP, Span, relation
from lib.datasets.cotemp.grammar import EXPRESSIONS, PATTERNS, RELATIONS, Question, render_fact, render_question
from lib.datasets.problem import Problem, distinct, expect_class, invented, problem_id
from lib.errors import InputError

CATEGORIES = (*CO_TEMPORAL, "mix")

_WORDS = invented("cotemp")
_TWO_RELATIONS = ("position", "member", "work", "attend", "play")  # a question over two relations is about people
_MIXES = ((DURING, OVERLAP), (EQUAL, DURING), (EQUAL, OVERLAP), (DURING, DURING, OVERLAP), (EQUAL, DURING, OVERLAP))


def generate(n: int, seed: int, category: str | None = None, n_facts: int = 10) -> list[Problem]:
    """n distinct new problems of `n_facts` facts each, patterns in turn, and classes too unless one is given.

    The same seed gives the same problems, a smaller n the first of them. Raises InputError for an unknown class, and
    for fewer than 5 facts, which would not hold every class.
    """
    expect_class(category, CATEGORIES)
    if n_facts < 5:
        raise InputError(f"expected at least 5 facts per problem, found {n_facts}")
    kinds = list(product([category] if category else CATEGORIES, PATTERNS))
    # worlds drawn for one class are not those of another, so that problems of several classes can be split
    label = f"{seed}-{category}" if category else f"{seed}"

    def draw(number: int) -> Iterator[Problem]:
        for attempt in count():
            rng = random.Random(f"cotemp-{label}-{number}-{attempt}")
            yield _draw(rng, *kinds[number % len(kinds)], n_facts)

    return distinct(n, draw)


@dataclass(slots=True)
class _World:
    """Facts drawn so far; a name is used once and never part of another."""

    rng: random.Random
    names: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def name(self, relation_: str, role: str) -> str:
        """A new name for the "subject" or "object" of a relation."""
        name = self._name(relation_, role)
        while any(name in other or other in name for other in self.names):
            name = self._name(relation_, role)
        self.names.append(name)
        return name

    def _name(self, relation_: str, role: str) -> str:
        choose = self.rng.choice
        place = choose(_WORDS["place heads"]) + choose(_WORDS["place tails"])
        if role == "object":
            form, _, kinds = _WORDS["kinds"][relation_].partition("|")
            return form.format(choose(kinds.split()), place)
        if relation_ == "owned":
            return f"{place} {choose(_WORDS['things'])}"
        return f"{choose(_WORDS['first names'])} {choose(_WORDS['last names'])}"

    def add(self, subject: str, relation_: str, object_: str, span: Span) -> str:
        self.facts.append(render_fact(subject, relation_, object_, span))
        return self.facts[-1]


def _draw(rng: random.Random, category: str, pattern: str, n_facts: int) -> Problem:
    world = _World(rng)
    question = _draw_question(world, pattern)
    wanted = rng.choice(_MIXES) if category == "mix" else (category,) * rng.choice((1, 1, 1, 2, 3))
    anchor = _draw_anchor(rng, point=category in (EQUAL, DURING) and rng.random() < 0.3)
    world.add(question.subject, question.relation, question.object, anchor)
    evidence: dict[str, str] = {}  # fact -> the answer that it gives
    room = n_facts - 1 - len(wanted)
    # how many of the other facts are of the asked relation: all, where a pattern has no others to offer
    apart = room if pattern in ("S1_R1_O2", "S2_R1_O1") else rng.randint(1, max(1, room - 1))
    for lies in (*wanted, *[APART] * apart):
        fact, name = _add_candidate(world, question, anchor if lies == EQUAL else _draw_span(rng, lies, anchor))
        if lies != APART:
            evidence[fact] = name
    while len(world.facts) < n_facts:
        _add_noise(world, question, pattern)
    rng.shuffle(world.facts)
    text, facts = render_question(question, rng.choice(EXPRESSIONS)), tuple(world.facts)
    gold = tuple(fact for fact in facts if fact in evidence)
    answers = tuple(evidence[fact] for fact in gold)
    return Problem(problem_id(text, facts), "cotemp", text, facts, answers, category, gold, pattern)


def _draw_question(world: _World, pattern: str) -> Question:
    rng = world.rng
    if pattern.split("_")[1] == "R2":
        anchor, asked = rng.sample(_TWO_RELATIONS, 2)
    else:
        anchor = asked = rng.choice(tuple(RELATIONS))
    subject, object_ = world.name(anchor, "subject"), world.name(anchor, "object")
    if pattern == "S2_R1_O1":
        return Question(subject, anchor, object_, asked)
    other = subject if pattern.startswith("S1") else world.name(asked, "subject")
    return Question(subject, anchor, object_, asked, other)


def _draw_anchor(rng: random.Random, point: bool) -> Span:
    year, precision = rng.randint(1850, 2005), rng.choice((1, 2, 3))
    if point:
        when = _draw_date(rng, year, 3)
        return Span(when, when)
    return Span(_draw_date(rng, year, precision), _draw_date(rng, year + rng.randint(2, 15), precision))


def _draw_date(rng: random.Random, year: int, precision: int) -> tuple[int, int, int]:
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    return year, month if precision > 1 else 0, day if precision > 2 else 0


def _draw_span(rng: random.Random, lies: str, anchor: Span) -> Span:
    """A span that lies so to the anchor."""
    while True:
        precision = rng.choice((1, 2, 3))
        year = rng.randint(anchor.start[0] - 12, anchor.end[0] + 12)
        start = _draw_date(rng, year, precision)
        end = start if rng.random() < 0.3 else _draw_date(rng, year + rng.randint(1, 14), precision)
        if relation(anchor, Span(start, end)) == lies:
            return Span(start, end)


def _add_candidate(world: _World, question: Question, span: Span) -> tuple[str, str]:
    """A fact of the asked relation; (fact, the name it would give as an answer)."""
    if question.asked_subject:
        name = world.name(question.asked, "object")
        return world.add(question.asked_subject, question.asked, name, span), name
    name = world.name(question.relation, "subject")
    return world.add(name, question.relation, question.object, span), name


def _add_noise(world: _World, question: Question, pattern: str) -> None:
    """A fact that cannot answer, whatever its dates: about the anchor's subject or of the anchor's relation."""
    rng = world.rng
    same = pattern == "S2_R1_O2"
    subject = question.subject if same or rng.random() < 0.5 else question.asked_subject
    span = _draw_anchor(rng, point=rng.random() < 0.3)
    world.add(subject, question.relation, world.name(question.relation, "object"), span)
