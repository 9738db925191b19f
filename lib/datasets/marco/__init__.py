"""MS MARCO QnA: a web search question and passages (Bajaj et al., 2016; paper, part 1).

The authors' MARCO outputs could not be had, so these rules are tested on cases made by hand and on generated ones.
MARCO itself is not in this repository: its terms allow research use only. `load` reads a copy that you have.
"""

import json
from pathlib import Path

from lib.datasets.babi import CITING_SENTENCE, CLASS_SENTENCE  # the study's scripts share them
from lib.datasets.marco.generator import generate
from lib.datasets.marco.rules import CATEGORIES, NO_ANSWER, gold_facts, guess_class
from lib.datasets.problem import Decomposition, Loaded, Problem, gather, problem_id
from lib.errors import InputError
from lib.files import json_rows, typed

__all__ = ["CATEGORIES", "CITING_SENTENCE", "CLASS_SENTENCE", "NO_ANSWER", "generate", "gold_facts", "guess_class"]

ANSWER_TYPE = "text"  # answers are free text: right is what equals a gold answer


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


def row_of(problem: Problem) -> dict:
    """An output's fields for a problem: what `problem_of` reads."""
    return {
        "question": problem.question,
        "passages": list(problem.facts),
        "answers": list(problem.answers),
        "query_type": problem.category,
    }


def decompose(problem: Problem) -> Decomposition:
    """Both steps of a problem, and its answers (paper, part 1).

    Only the class is found from the question alone (`guess_class`). The passage is found by the study's own rule from
    the answers *given*, and these are handed on: they are free text that people wrote, which no rule derives.
    """
    return Decomposition(guess_class(problem.question), gold_facts(problem.facts, problem.answers), problem.answers)


def render_answer(answers: tuple[str, ...]) -> str:
    """The answer part of a completion: the first of the answers, which are alternatives."""
    return answers[0]


def render(problem: Problem) -> str:
    """The prompt: the study's frame as released for bAbI, one passage a line.

    The study's MARCO script has the same frame, but writes the passages into it as one Python list.
    """
    passages = [" ".join(fact.split()) for fact in problem.facts]
    question = f"Question: {problem.question}"
    return "\n".join(["Answer the question based on the context:", *passages, question, "Only return the answer.", ""])


def load(path: Path) -> Loaded:
    """Problems of an MS MARCO QnA v2.1 file with answers (train or dev; the eval file has none).

    JSON lines, or the official JSON object of columns ({"query": {"0": …}, …}); gzip-compressed or not. Read are query,
    query_type, passages (a list of objects, or an object of lists) and answers; anything else is passed over. Unusable
    records are left out and told; InputError where none is usable.
    """
    return gather(json_rows(path), _problem)


def _problem(record: dict) -> Problem:
    typed(record, {"query": str, "query_type": str, "answers": list})
    passages = _passage_texts(record)
    for name, texts in (("query", [record["query"]]), ("passages", passages), ("answers", record["answers"])):
        if not texts or not all(text.strip() for text in texts):
            raise InputError(f"field {name!r} is empty, or holds an empty text")
    if record["query_type"].lower() not in CATEGORIES:
        expected = ", ".join(CATEGORIES).upper()
        raise InputError(f"field 'query_type': expected one of {expected}, found {record['query_type'][:40]!r}")
    return problem_of(record | {"question": record["query"], "passages": passages}, "")


def _passage_texts(record: dict) -> list[str]:
    """The texts of the passages: a list of objects, or one object of lists."""
    if "passages" not in record:
        raise InputError("field 'passages' is missing")
    passages = record["passages"]
    if isinstance(passages, dict):
        texts = passages.get("passage_text")
    else:
        are_objects = isinstance(passages, list) and all(isinstance(passage, dict) for passage in passages)
        texts = [passage.get("passage_text") for passage in passages] if are_objects else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        found = json.dumps(passages)[:40]
        raise InputError(f"field 'passages': expected objects, each with a string 'passage_text', found {found}")
    return texts
