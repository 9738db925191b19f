"""MS MARCO QnA: a web search question and passages (Bajaj et al., 2016; paper, part 1).

The authors' MARCO outputs could not be had, so these rules are tested on cases made by hand.
"""

import re

from lib.problems import Problem, problem_id

CATEGORIES = ("description", "numeric", "entity", "location", "person")
ANSWER_TYPE = "text"  # answers are free text: right is what equals a gold answer
NO_ANSWER = "No Answer Present."

_WORD = re.compile(r"\w+|[^\w\s]")


def gold_facts(facts: tuple[str, ...], answers: tuple[str, ...]) -> tuple[str, ...]:
    """The passage that shares most distinct words with the first answer; the earliest wins a tie.

    None is gold where the answer is "No Answer Present." or no passage shares a word with it.
    """
    answer = answers[0].lower() if answers else ""
    if not answer or "no answer present" in answer:
        return ()
    words = set(_WORD.findall(answer))
    overlaps = [len(words.intersection(_WORD.findall(fact.lower()))) for fact in facts]
    best = max(overlaps, default=0)
    return (facts[overlaps.index(best)],) if best else ()


def entities(problem: Problem) -> tuple[frozenset[str], frozenset[str]]:
    """(the gold answers, nothing): free text names no closed set of entities."""
    return frozenset(problem.answers), frozenset()


FIELDS = {"question": str, "passages": list, "answers": list, "query_type": str}


def problem_of(row: dict, category: str) -> Problem:
    """The Problem of one MARCO record: question, passages, answers and `query_type` (its class)."""
    facts, answers = tuple(row["passages"]), tuple(row["answers"])
    return Problem(
        id=problem_id(row["question"], facts),
        dataset="marco",
        question=row["question"],
        facts=facts,
        answers=answers,
        category=(row["query_type"] or category).lower(),
        gold_facts=gold_facts(facts, answers),
    )
