"""What a test set may have in common with the training set, and a split that has none of it."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from lib.datasets.cotemp.grammar import parse_fact, parse_question
from lib.datasets.problem import Problem
from lib.errors import InputError

KINDS = ("same problem", "same question", "same facts", "same entity and interval")


def find_leaks(train: Iterable[Problem], test: Iterable[Problem]) -> dict[str, list[Problem]]:
    """Test problems that share something with the training set, by kind; a problem may be listed under several.

    same question             word for word: no leak by itself, as short stories ask "Where is Mary?" again and again
    same facts                the same context as a set of facts, whatever is asked
    same entity and interval  CoTempQA: the anchor (who, what, from when to when) is asked about in training, too
    """
    seen = {key for problem in train for key in _keys(problem)}
    leaks: dict[str, list[Problem]] = {kind: [] for kind in KINDS}
    for problem in test:
        for key in seen.intersection(_keys(problem)):
            leaks[key[0]].append(problem)
    return leaks


def _keys(problem: Problem) -> list[tuple[str, object]]:
    """(kind, what is shared), as far as the problem has it."""
    anchor = _anchor(problem) if problem.dataset == "cotemp" else None
    keys = zip(KINDS, (problem.id, problem.question, frozenset(problem.facts), anchor), strict=True)
    return [(kind, key) for kind, key in keys if key]


def _anchor(problem: Problem) -> tuple | None:
    """The anchor facts of a CoTempQA question, read; None where its sentences cannot be."""
    try:
        question = parse_question(problem.question)
        facts = [parse_fact(fact) for fact in problem.facts]
    except InputError:
        return None
    return tuple(sorted((f.subject, f.relation, f.object, f.span.start, f.span.end) for f in question.anchors(facts)))


def split(problems: Sequence[Problem], test_share: float, seed: int) -> tuple[list[Problem], list[Problem]]:
    """(train, test): seeded, the same share of every class, and no problem, context or anchor on both sides.

    Problems that share one of these stay together, on the training side. InputError where a class has too few others.
    """
    counts = Counter(key for problem in problems for key in _binding_keys(problem))
    train, test = [], []
    for category in dict.fromkeys(problem.category for problem in problems):
        members = [problem for problem in problems if problem.category == category]
        alone = [problem for problem in members if all(counts[key] == 1 for key in _binding_keys(problem))]
        wanted = round(test_share * len(members))
        if not 0 < wanted <= min(len(alone), len(members) - 1):
            raise InputError(f"class {category!r}: {len(members)} problems do not give a test share of {test_share}")
        chosen = {problem.id for problem in random.Random(f"split-{seed}-{category}").sample(alone, wanted)}
        test += [problem for problem in members if problem.id in chosen]
        train += [problem for problem in members if problem.id not in chosen]
    return train, test


def _binding_keys(problem: Problem) -> list[tuple[str, object]]:
    return [key for key in _keys(problem) if key[0] != "same question"]
