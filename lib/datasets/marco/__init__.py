"""MS MARCO QnA: a web search question and passages (Bajaj et al., 2016; paper, part 1).

The authors' MARCO outputs could not be had, so these rules are tested on cases made by hand and on generated ones.
MARCO itself is not in this repository: its terms allow research use only. `load` reads a copy that you have.
"""

import json
from dataclasses import replace
from pathlib import Path

from lib.datasets import babi
from lib.datasets.babi import CITING_SENTENCE, CLASS_SENTENCE  # the study's scripts share them
from lib.datasets.marco.generator import generate
from lib.datasets.marco.rules import CATEGORIES, NO_ANSWER, gold_facts, guess_class
from lib.datasets.problem import Decomposition, Loaded, Problem, expect_class, expect_text, gather, problem_id
from lib.errors import InputError
from lib.files import json_rows, typed

__all__ = ["CATEGORIES", "CITING_SENTENCE", "CLASS_SENTENCE", "NO_ANSWER", "generate", "gold_facts", "guess_class"]

ANSWER_TYPE = "text"  # answers are free text: right is what equals a gold answer


def entities(problem: Problem) -> tuple[frozenset[str], frozenset[str]]:
    """(the gold answers, nothing): free text names no closed set of entities."""
    return frozenset(problem.answers), frozenset()


FIELDS = {"question": str, "passages": list, "answers": list, "query_type": str}
RECORD = {"query": str, "query_type": str, "answers": list}  # and its passages, of more than one form


def problem_of(row: dict, category: str) -> Problem:
    """The Problem of one MARCO record: question, passages, answers and `query_type` (its class)."""
    question, facts, answers = row["question"], tuple(row["passages"]), tuple(row["answers"])
    category, gold = (row["query_type"] or category).lower(), gold_facts(facts, answers)
    return Problem(problem_id(question, facts), "marco", question, facts, answers, category, gold)


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

    Only the class is found from the question alone. The passage follows from the answers *given*, by the study's own
    rule, and these are handed on: they are free text that people wrote, which no rule derives.
    """
    return Decomposition(guess_class(problem.question), gold_facts(problem.facts, problem.answers), problem.answers)


def render_answer(answers: tuple[str, ...]) -> str:
    """The answer part of a completion: the first of the answers, which are alternatives."""
    return answers[0]


def render(problem: Problem) -> str:
    """bAbI's prompt, one passage per line; the study's MARCO script writes them into it as one Python list."""
    return babi.render(replace(problem, facts=tuple(" ".join(fact.split()) for fact in problem.facts)))


def load(path: Path) -> Loaded:
    """Problems of an MS MARCO QnA v2.1 file with answers (train or dev; the eval file has none).

    JSON lines, or the official JSON object of columns ({"query": {"0": …}, …}); gzipped or not. Unusable records are
    left out and told; InputError where none is usable.
    """
    return gather(json_rows(path), of_record)


def of_record(record: dict, category: str = "") -> Problem:
    """The Problem of one record (fields: see RECORD); `category` is not read, as it names its own."""
    typed(record, RECORD)
    passages = _passage_texts(record)
    expect_text(query=[record["query"]], passages=passages, answers=record["answers"])
    expect_class(record["query_type"].lower(), CATEGORIES)
    return problem_of(record | {"question": record["query"], "passages": passages}, category)


def _passage_texts(record: dict) -> list[str]:
    """The texts of the passages: a list of objects, or one object of lists."""
    passages = record.get("passages")
    try:
        columns = isinstance(passages, dict)
        texts = passages["passage_text"] if columns else [passage["passage_text"] for passage in passages]
    except (KeyError, TypeError):
        found = json.dumps(passages)[:40]
        raise InputError(f"field 'passages': expected objects with a 'passage_text', found {found}") from None
    typed({"passages": texts}, {"passages": list})
    return texts
