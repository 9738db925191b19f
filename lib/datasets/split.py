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

    same problem              question and facts are equal
    same question             word for word; short stories ask "Where is Mary?" again and again, so here it is no leak
                              by itself but worth a look
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
    keys = [
        ("same problem", problem.id),
        ("same question", problem.question),
        ("same facts", frozenset(problem.facts)),
    ]
    if problem.dataset == "cotemp" and (anchor := _anchor(problem)):
        keys.append(("same entity and interval", anchor))
    return keys


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

    Problems that share one of these are kept together, on the training side. Raises InputError where a class is too
    small to have a test problem.
    """
    if not 0 < test_share < 1:
        raise InputError(f"expected a test share between 0 and 1, found {test_share}")
    counts = Counter(key for problem in problems for key in _binding_keys(problem))
    train, test = [], []
    for category in dict.fromkeys(problem.category for problem in problems):
        members = [problem for problem in problems if problem.category == category]
        alone = [problem for problem in members if all(counts[key] == 1 for key in _binding_keys(problem))]
        wanted = round(test_share * len(members))
        if not 0 < wanted <= len(alone):
            raise InputError(
                f"class {category!r}: {len(members)} problems are too few for a test share of {test_share}"
            )
        chosen = {problem.id for problem in random.Random(f"split-{seed}-{category}").sample(alone, wanted)}
        test += [problem for problem in members if problem.id in chosen]
        train += [problem for problem in members if problem.id not in chosen]
    return train, test


def _binding_keys(problem: Problem) -> list[tuple[str, object]]:
    return [key for key in _keys(problem) if key[0] != "same question"]
