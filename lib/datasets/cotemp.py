"""CoTempQA: co-temporal questions over dated facts (Su et al., 2024; paper, part 1).

A fact reads "S holds the position of O from D to D." or "… in D."; there are eight relations, each in a
present and a past form. A question asks what else was true while some fact was.
"""

import re
from functools import lru_cache

from lib.problems import Problem, problem_id

CATEGORIES = ("equal", "during", "overlap", "mix")
PATTERNS = ("S1_R1_O2", "S1_R2_O2", "S2_R1_O1", "S2_R1_O2", "S2_R2_O2")
ANSWER_TYPE = "list"  # answers are lists of names; an unknown name is an extra answer, an unknown word is not

# Relation -> the words between subject and object. The released facts use present and past without a system.
RELATIONS = {
    "position": r"(?:holds|held) the position of",
    "member": r"(?:is|was) a member of the",
    "chair": r"(?:is|was) the chair of",
    "head": r"(?:is|was) the head of",
    "owned": r"(?:is|was) owned by",
    "attend": r"attend(?:s|ed)",
    "work": r"work(?:s|ed) for",
    "play": r"play(?:s|ed) for",
}
_FACT = re.compile(
    r"(?P<subject>.+?) (?P<relation>" + "|".join(RELATIONS.values()) + r") (?P<object>.+)"
    r"(?: from (?P<start>.+?) to (?P<end>.+?)| in (?P<point>[^.]+?))\.?$"
)


@lru_cache(maxsize=65536)
def subject_object(fact: str) -> tuple[str, str] | None:
    """Subject and object of a dated fact, or None where the sentence is no such fact.

    The date is what the sentence ends with, so an object may itself hold " in " or " from ".
    """
    match = _FACT.match(fact)
    return (match["subject"], match["object"]) if match else None


def gold_facts(facts: tuple[str, ...], answers: tuple[str, ...]) -> tuple[str, ...]:
    """The facts that contain an answer string: the study's own rule (paper, part 1)."""
    return tuple(fact for fact in facts if any(answer in fact for answer in answers))


def entities(problem: Problem) -> tuple[frozenset[str], frozenset[str]]:
    """(names that may be the answer, all other names) of the context.

    The answer is the *subject* for the pattern S2_R1_O1 and the *object* otherwise.
    """
    pairs = [pair for fact in problem.facts if (pair := subject_object(fact))]
    subjects, objects = ({pair[i] for pair in pairs} for i in (0, 1))
    asked, other = (subjects, objects) if problem.pattern == "S2_R1_O1" else (objects, subjects)
    return frozenset(asked | set(problem.answers)), frozenset(other - asked)


FIELDS = {"question": str, "facts": list, "gold": list, "triple_element": str}


def problem_of(row: dict, category: str) -> Problem:
    """The Problem of one released output (fields: see FIELDS); `category` is its class."""
    return _problem(row["question"], tuple(row["facts"]), tuple(row["gold"]), row["triple_element"], category)


@lru_cache(maxsize=8192)
def _problem(question: str, facts: tuple[str, ...], answers: tuple[str, ...], pattern: str, category: str) -> Problem:
    # the same problem stands in the files of every arm: built once, it is also the same key of every later cache
    return Problem(
        id=problem_id(question, facts),
        dataset="cotemp",
        question=question,
        facts=facts,
        answers=answers,
        category=category,
        gold_facts=gold_facts(facts, answers),
        pattern=pattern,
    )
