"""Invented MS MARCO problems for work without the dataset: search questions, and web passages in an own vocabulary.

A form is a question and the sentence that answers it, with the answer in brackets. A problem has one passage with that
sentence (none where nothing answers it), among passages on the same invented name or with the same sentence on another.
"""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from lib.datasets.marco.rules import CATEGORIES, NO_ANSWER, overlaps
from lib.datasets.problem import Problem, distinct, expect_class, problem_id

PASSAGES = (8, 10)  # fewest and most of a problem, as in MARCO
UNANSWERED = 0.15  # share of problems that no passage answers
SENTENCE = 0.3  # share of answers that are the whole sentence, not the short form

_FORMS_BY_CLASS = """
numeric:
how tall is the {name} lighthouse? The {name} lighthouse stands [{number} meters] above the harbor.
how long does {name} resin take to harden? At room temperature {name} resin takes [{number} hours] to harden.
when was the {name} canal opened? After long delays the {name} canal was opened in [{year}].
average price of a {name} bicycle? On average a {name} bicycle sells for [{number} dollars].
location:
where is {name} castle? The old castle of {name} stands [near {other}], on the {side} bank of the river.
what county is {name} in? The market town of {name} belongs to [{other} County].
in which country was the {name} loom invented? The {name} loom was invented in [{other}] by two weavers.
what is the capital of {name}? The capital of {name} is [{other}], a port on the {side} coast.
person:
who invented the {name} {tool}? The {name} {tool} was invented by [{person}], who had been a baker.
who wrote the {name} letters? The {name} letters were written by [{person}] during a long illness.
which president opened the {name} bridge? President [{person}] opened the {name} bridge on a rainy morning.
author of the {name} chronicles? [{person}] is the author of the {name} chronicles.
entity:
what color is the {name} finch? The {name} finch is [{color}] with a white throat.
what kind of wood is used for {name} drums? Makers of {name} drums use [{wood}] wood for the shell.
which crop is grown in the {name} valley? Farmers of the {name} valley live on growing [{crop}].
what metal are {name} bells made of? Good {name} bells are cast in [{metal}].
description:
what is a {name} {tool}? A {name} {tool} is [a {color} {tool} that {work}].
how to clean a {name} {tool}? To clean a {name} {tool}, [soak it in {liquid} and dry it with a cloth made of {fibre}].
why does {name} cheese turn {color}? The cheese of {name} turns {color} [because {liquid} gets into the rind].
what does {name} mean? In the old tongue {name} means [a field where {crop} is kept from the wind].
"""
_POOLS_BY_SLOT = """
side: north/south/east/west
tool: lantern/compass/kettle/plough/whistle/barometer/pump/clasp
color: crimson/scarlet/beige/violet/grey/turquoise/black/yellow
wood: cedar/walnut/birch/alder/cherry/maple/yew/hornbeam
crop: barley/saffron/flax/buckwheat/hops/lentils/mustard/rye
metal: bronze/iron/silver/brass/tin/copper/nickel
liquid: vinegar/brine/lamp oil/cold tea/soapy water/rosewater/lime juice
fibre: linen/wool/cotton/hemp/silk/nettle
work: folds into a pocket/measures the tide/keeps bread warm/scares birds from seed/sorts wool by weight/warns of frost
"""


class _Form(NamedTuple):
    category: str
    question: str
    sentence: str
    answer: str


_FORMS = [
    _Form(category, question, re.sub(r"[][]", "", marked), re.search(r"\[(.+)\]", marked)[1])
    for category, lines in re.findall(r"(\w+):\n((?:.+\?.+\n)+)", _FORMS_BY_CLASS)
    for question, marked in re.findall(r"(.+)\? (.+)", lines)
]
_POOLS = {slot: values.split("/") for slot, values in re.findall("(.+): (.+)", _POOLS_BY_SLOT)}
_FIRST = "Ansel Berit Corin Dagny Edric Fenna Gorm Hilde Ivo Jorun Kasper Linnea".split()
_SYLLABLES = "bal dor fen gim hul jor kel lun mer nov pol quil rav sel tam ulb ver wim yal zor".split()
_ENDINGS = "a en ia o us eth or ane".split()

_REMARKS = (
    "Read more about {name} on our page.",
    "Many people ask us about {name}.",
    "This page about {name} was last checked by our editors.",
    "Best answer: it depends on whom you ask in {name}.",
    "Visitors of {name} should bring good shoes.",
    "We could not find a second source for this.",
    "There is a short film on {name} in the archive.",
    "Please note that opinions on {name} differ.",
    "Related searches: {name} photos, {name} map, {name} history.",
    "The museum of {name} keeps a copy of the report.",
)


def generate(n: int, seed: int, category: str | None = None) -> list[Problem]:
    """n distinct problems, of one class or of all in turn; the same seed gives the same problems.

    What is gold is known from how a problem is made; the study's rule finds it too, as every other passage shares fewer
    words with the answer. Raises InputError for an unknown class.
    """
    expect_class(category, CATEGORIES)
    rng = random.Random(seed)

    def draw(number: int) -> Iterator[Problem]:
        while True:
            yield _problem(rng, category or CATEGORIES[number % len(CATEGORIES)])

    return distinct(n, draw)


def _problem(rng: random.Random, category: str) -> Problem:
    form = rng.choice([form for form in _FORMS if form.category == category])
    slots = _slots(rng)
    sentence, answer = form.sentence.format(**slots), form.answer.format(**slots)
    answers = (sentence,) if rng.random() < SENTENCE else (answer, sentence)[: rng.randint(1, 2)]
    gold = _passage(rng, sentence, slots["name"])
    others = _others(rng, form, slots, gold, answers[0])
    question = form.question.format(**slots).lower()
    if rng.random() < UNANSWERED:
        facts, answers, gold_facts = tuple(others), (NO_ANSWER,), ()
    else:
        facts, gold_facts = tuple(rng.sample([*others[1:], gold], len(others))), (gold,)
    return Problem(problem_id(question, facts), "marco", question, facts, answers, category, gold_facts)


def _others(rng: random.Random, form: _Form, slots: dict[str, str], gold: str, answer: str) -> list[str]:
    """Distinct passages that do not answer the question, each sharing fewer words with the answer than the gold one."""
    most = overlaps((gold,), answer)[0]
    size, passages = rng.randint(*PASSAGES), []
    while len(passages) < size:
        passage = _other(rng, form, slots["name"])
        if passage not in passages and overlaps((passage,), answer)[0] < most:
            passages.append(passage)
    return passages


def _other(rng: random.Random, form: _Form, name: str) -> str:
    """A passage with the form's sentence on another name, or with another form's sentence on the same name."""
    slots = _slots(rng)
    if slots["name"] != name and rng.random() < 0.5:
        return _passage(rng, form.sentence.format(**slots), slots["name"])
    other = rng.choice([other for other in _FORMS if other is not form])
    return _passage(rng, other.sentence.format(**slots | {"name": name}), name)


def _passage(rng: random.Random, sentence: str, name: str) -> str:
    """The sentence among one to three remarks on the same name."""
    sentences = [remark.format(name=name) for remark in rng.sample(_REMARKS, rng.randint(1, 3))]
    sentences.insert(rng.randint(0, len(sentences)), sentence)
    return " ".join(sentences)


def _slots(rng: random.Random) -> dict[str, str]:
    """A value for every slot that a form may have."""
    slots = {slot: rng.choice(values) for slot, values in _POOLS.items()}
    slots["number"], slots["year"] = str(rng.randint(3, 2400)), str(rng.randint(1640, 1989))
    slots["name"], slots["other"], surname = (_name(rng) for _ in range(3))
    return slots | {"person": f"{rng.choice(_FIRST)} {surname}"}


def _name(rng: random.Random) -> str:
    return "".join([*rng.sample(_SYLLABLES, rng.randint(1, 2)), rng.choice(_ENDINGS)]).capitalize()
