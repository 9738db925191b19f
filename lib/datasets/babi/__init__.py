"""bAbI: short stories, one question each (Weston et al., 2015; paper, part 1), eleven of its task types.

The public face of a few modules: `babi_grammar` reads sentences and questions, `babi_solve` and `babi_relations` find
supporting facts and answers, `babi_worlds` and `babi_house` simulate worlds for new problems.
"""

import re
from functools import lru_cache
from pathlib import Path
from random import Random

from lib import files
from lib.datasets.babi.generator import WORLDS
from lib.datasets.babi.solver import solve
from lib.datasets.problem import Decomposition, Loaded, Problem, gather, problem_id
from lib.errors import InputError
from lib.files import read_list

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
CLASS_SENTENCE = (
    "The category of the question represents what is being asked in that question. "
    "The category of the question asked is: {}."
)
CITING_SENTENCE = "I need to use the following text to answer the question: {}"  # a Python list
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


def row_of(problem: Problem) -> dict:
    """The released output's fields for a problem: what `problem_of` reads."""
    return {
        "question": problem.question,
        "passage": str(list(problem.facts)),
        "answer_passage": str(list(problem.gold_facts)),
        "gold": ",".join(problem.answers),
        "query_type": problem.category,
    }


@lru_cache(maxsize=65536)
def _list_literal(text: str, field: str) -> tuple[str, ...]:
    items = read_list(text)
    if items is None:
        raise InputError(f"field {field!r}: expected a list of strings as text, found {text[:40]!r}")
    return tuple(items)


_TRIES = 1000  # a type's worlds are used up, near enough, when so many in a row are known
COLUMNS = {"passages": str, "question": str, "query_type": str, "answer_passage": str, "answer": str}


def load(path: Path) -> Loaded:
    """The problems of a released CSV file (`data/babiqa/*_dataset_for_prompting.csv`), as `problem_of` makes them.

    A row is left out, with its line, if a column is missing or is no list where one is due, story, supporting facts
    or answer are empty, a supporting fact is not of the story, the type is unknown, or the problem came before.
    Whether the sentences can be read is not asked here: see `decompose`.
    """
    return gather(files.csv_rows(Path(path)), _row_problem)


def _row_problem(row: dict) -> Problem:
    files.typed(row, COLUMNS)
    released = {
        "question": row["question"],
        "passage": row["passages"],
        "answer_passage": row["answer_passage"],
        "gold": row["answer"],
        "query_type": row["query_type"],
    }
    problem = problem_of(released, "")
    if problem.category not in CATEGORIES:
        raise InputError(f"unknown class {problem.category!r}; expected one of {', '.join(CATEGORIES)}")
    for name, values in (
        ("passages", problem.facts),
        ("answer_passage", problem.gold_facts),
        ("answer", problem.answers),
    ):
        if not values or not all(value.strip() for value in values):
            raise InputError(f"field {name!r}: expected text, found none")
    if not problem.question.strip():
        raise InputError("field 'question': expected text, found none")
    for fact in problem.gold_facts:
        if fact not in problem.facts:
            raise InputError(f"field 'answer_passage': {fact[:60]!r} is not a sentence of the story")
    return problem


def generate(n: int, seed: int, category: str | None = None) -> list[Problem]:
    """n new problems, no two the same: of one task type, or of all eleven in turn.

    Same seed, same problems; a smaller n gives the first of them. Supporting facts and answers come from a simulated
    world (`lib.datasets.babi.generator`), not from `decompose`. Raises InputError for a negative n, one beyond what there
    is (some 100,000 a type), or an unknown type.
    """
    if n < 0:
        raise InputError(f"n: expected 0 or more problems, found {n}")
    if category is not None and category not in CATEGORIES:
        raise InputError(f"unknown class {category!r}; expected one of {', '.join(CATEGORIES)}")
    problems: dict[str, Problem] = {}
    for number in range(n):
        kind = category or CATEGORIES[number % len(CATEGORIES)]
        rng = Random(f"babi {kind} {seed} {number}")  # from text: the same in every process
        problem = next((new for new in (_told(kind, rng) for _ in range(_TRIES)) if new.id not in problems), None)
        if problem is None:
            raise InputError(f"n: expected fewer problems than {n}; about {number} different ones can be had")
        problems[problem.id] = problem
    return list(problems.values())


def _told(category: str, rng: Random) -> Problem:
    world = WORLDS[category](rng)
    return Problem(
        id=problem_id(world.question, tuple(world.facts)),
        dataset="babi",
        question=world.question,
        facts=tuple(world.facts),
        answers=tuple(world.answers),
        category=category,
        gold_facts=tuple(world.facts[number] for number in sorted(world.support)),
    )


def decompose(problem: Problem) -> Decomposition:
    """Class, supporting facts and answers, from facts and question alone (paper, part 1).

    Each task type asks in words of its own ("How many objects …", "What color …"), so that the question's form tells
    the class. One form is shared: "Where is NAME?" is "conjunction" where a sentence of the story has two people move
    together, else "single-supporting-fact"; "Where is the THING?" is "two-supporting-facts". The rules of each type
    are in `lib.datasets.babi.solver`. Raises InputError, in one line, for a sentence or question of another form, an
    empty story, sentences that do not belong to the type, and a question that the story does not answer.
    """
    return solve(problem.facts, problem.question)


def render_answer(answers: tuple[str, ...]) -> str:
    """The answer part of a completion, as released: words, separated by commas."""
    return ",".join(answers)


def render(problem: Problem) -> str:
    """The user's turn of the prompt that the authors release for inference; a chat template goes around it."""
    story = "\n".join(problem.facts)
    return (
        f"Answer the question based on the context:\n{story}\nQuestion: {problem.question}\nOnly return the answer.\n"
    )
