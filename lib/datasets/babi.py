"""bAbI: short stories, one question each (Weston et al., 2015; paper, part 1), eleven of its task types."""

import re
from functools import lru_cache

from lib.errors import InputError
from lib.literals import read_list
from lib.problems import Problem, problem_id

# In the order in which the released step check looks for them.
CATEGORIES = (
    "single-supporting-fact",
    "two-supporting-facts",
    "two-arg-relations",
    "counting",
    "lists-sets",
    "conjunction",
    "time-reasoning",
    "basic-deduction",
    "basic-induction",
    "positional-reasoning",
    "size-reasoning",
)
ANSWER_TYPE = "word"  # answers are words; any word that story, question and small talk lack is an extra answer

_CLOSED = frozenset("yes no nothing none zero one two three four five north south east west".split())
# Names, what follows an article, and what a sentence ends with: the things of a story.
_THING = re.compile(r"\b(?:[Tt]he|[Aa]n?) ((?:box of chocolates)|\w+)|\b([A-Z]\w+)|(\w+)\.$")
_NO_THING = frozenset("The This Yesterday there yesterday morning afternoon evening of and".split())


def entities(problem: Problem) -> tuple[frozenset[str], frozenset[str]]:
    """(words that may be the answer, nothing): a story's names and things, numbers, yes and no."""
    things = {word for fact in problem.facts for match in _THING.findall(fact) for word in match if word}
    return frozenset((things - _NO_THING) | _CLOSED | set(problem.answers)), frozenset()


FIELDS = {"question": str, "passage": str, "answer_passage": str, "gold": str}


def problem_of(row: dict, category: str) -> Problem:
    """The Problem of one released output; `query_type` is its class where the row has one.

    `passage` and `answer_passage` hold Python list literals in a string; they are parsed, never run.
    """
    facts = _list_literal(row["passage"], "passage")
    return Problem(
        id=problem_id(row["question"], facts),
        dataset="babi",
        question=row["question"],
        facts=facts,
        answers=tuple(row["gold"].split(",")),
        category=row.get("query_type") or category,
        gold_facts=_list_literal(row["answer_passage"], "answer_passage"),
    )


@lru_cache(maxsize=65536)
def _list_literal(text: str, field: str) -> tuple[str, ...]:
    items = read_list(text)
    if items is None:
        raise InputError(f"field {field!r}: expected a list of strings as text, found {text[:40]!r}")
    return tuple(items)
