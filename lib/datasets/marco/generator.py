"""Invented MS MARCO problems for work without the dataset: search questions and web passages (data/invented.json).

A form is a question and the sentence that answers it, with the answer in brackets. A problem has one passage with that
sentence (none where nothing answers it), among passages on the same invented name or with the same sentence on another.
"""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from lib.datasets.marco.rules import CATEGORIES, NO_ANSWER, overlaps
from lib.datasets.problem import Problem, distinct, expect_class, invented, problem_id

PASSAGES = (8, 10)  # fewest and most of a problem, as in MARCO
UNANSWERED = 0.15  # share of problems that no passage answers
SENTENCE = 0.3  # share of answers that are the whole sentence, not the short form

_WORDS = invented("marco")


class _Form(NamedTuple):
    category: str
    question: str
    sentence: str
    answer: str


_FORMS = [
    _Form(category, question, re.sub(r"[][]", "", marked), re.search(r"\[(.+)\]", marked)[1])
    for category, lines in _WORDS["forms"].items()
    for question, _, marked in (line.partition("? ") for line in lines)
]


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
    sentences = [remark.format(name=name) for remark in rng.sample(_WORDS["remarks"], rng.randint(1, 3))]
    sentences.insert(rng.randint(0, len(sentences)), sentence)
    return " ".join(sentences)


def _slots(rng: random.Random) -> dict[str, str]:
    """A value for every slot that a form may have."""
    slots = {slot: rng.choice(values) for slot, values in _WORDS["slots"].items()}
    slots["number"], slots["year"] = str(rng.randint(3, 2400)), str(rng.randint(1640, 1989))
    slots["name"], slots["other"], surname = (_name(rng) for _ in range(3))
    return slots | {"person": f"{rng.choice(_WORDS['first names'])} {surname}"}


def _name(rng: random.Random) -> str:
    return "".join([*rng.sample(_WORDS["syllables"], rng.randint(1, 2)), rng.choice(_WORDS["endings"])]).capitalize()
