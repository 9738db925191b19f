"""bAbI: short stories, one question each (Weston et al., 2015; paper, part 1), eleven of its task types.

`grammar` reads sentences and questions, `solver` finds supporting facts and answers, `generator` makes new problems.
"""

import re
from pathlib import Path

from lib import files
from lib.datasets.babi.generator import CATEGORIES, generate
from lib.datasets.babi.solver import decompose
from lib.datasets.problem import Loaded, Problem, expect_class, expect_text, gather, problem_id
from lib.errors import InputError

__all__ = ["CATEGORIES", "decompose", "generate"]

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
RECORD = dict.fromkeys(("passages", "question", "query_type", "answer_passage", "answer"), str)


def problem_of(row: dict, category: str) -> Problem:
    """The Problem of one released output; `query_type` is its class where the row has one.

    `passage` and `answer_passage` hold Python list literals in a string; they are parsed, never run. Raises InputError
    where there are no gold facts, or they are not of the story.
    """
    question, facts, gold_facts = row["question"], _strings(row, "passage"), _strings(row, "answer_passage")
    expect_text(passage=facts, answer_passage=gold_facts)
    for fact in gold_facts:
        if fact not in facts:
            raise InputError(f"field 'answer_passage': {fact[:60]!r} is not a sentence of the story")
    answers, category = tuple(row["gold"].split(",")), row.get("query_type") or category
    return Problem(problem_id(question, facts), "babi", question, facts, answers, category, gold_facts)


def _strings(row: dict, field: str) -> tuple[str, ...]:
    items = files.read_list(row[field])
    if items is None:
        raise InputError(f"field {field!r}: expected a list of strings as text, found {row[field][:40]!r}")
    return tuple(items)


def row_of(problem: Problem) -> dict:
    """The released output's fields for a problem: what `problem_of` reads."""
    return {
        "question": problem.question,
        "passage": str(list(problem.facts)),
        "answer_passage": str(list(problem.gold_facts)),
        "gold": ",".join(problem.answers),
        "query_type": problem.category,
    }


def load(path: Path) -> Loaded:
    """The problems of a released CSV file (`data/babiqa/*_dataset_for_prompting.csv`), as `problem_of` makes them.

    Unusable rows are left out with their line. Whether the sentences can be read is not asked here: see `decompose`.
    """
    return gather(files.csv_rows(path), of_record)


def of_record(record: dict, category: str = "") -> Problem:
    """The Problem of a row of that file (fields: see RECORD); `category` is not read, as it names its own."""
    files.typed(record, RECORD)
    problem = problem_of(record | {"passage": record["passages"], "gold": record["answer"]}, category)
    expect_class(problem.category, CATEGORIES)
    expect_text(question=[problem.question], answer=problem.answers)
    return problem


def render_answer(answers: tuple[str, ...]) -> str:
    """The answer part of a completion, as released: words, separated by commas."""
    return ",".join(answers)


def render(problem: Problem) -> str:
    """The user's turn of the prompt that the authors release for inference; a chat template goes around it."""
    asked = f"Question: {problem.question}"
    return "\n".join(
        ["Answer the question based on the context:", *problem.facts, asked, "Only return the answer.", ""]
    )
