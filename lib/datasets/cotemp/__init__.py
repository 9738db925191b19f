"""CoTempQA: co-temporal questions over dated facts (Su et al., 2024; paper, part 1).

A question asks what else was true while some fact, the anchor, was. The answer follows by rule: read the dates, find
the anchor, compare its span with that of every fact of the asked relation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

from lib import files
from lib.datasets.cotemp.dates import CO_TEMPORAL, relation
from lib.datasets.cotemp.generator import CATEGORIES, generate
from lib.datasets.cotemp.grammar import PATTERNS, Fact, Question, parse_fact, parse_question, subject_object
from lib.datasets.problem import Decomposition, Loaded, Problem, expect_class, expect_text, gather, problem_id
from lib.errors import InputError

__all__ = ["CATEGORIES", "generate"]

ANSWER_TYPE = "list"  # answers are lists of names; an unknown name is an extra answer, an unknown word is not

CLASS_SENTENCE = "The temporal relation between the event in question and the event in context is: {}."
CITING_SENTENCE = "I need to use the following facts to answer the question: {}"  # a Python list


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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact of the asked relation: the name that it would give as an answer, and how it lies to the anchor."""

    name: str
    fact: Fact
    anchor: Fact
    relation: str


@lru_cache(maxsize=4096)
def solve(problem: Problem) -> tuple[Candidate, ...]:
    """Every fact that could answer, compared with every anchor (one, but for entities that held it twice).

    Reads question and facts only. As the benchmark has it, the answer is never the anchor's own subject ("who also")
    or object ("which other"). Raises InputError for what cannot be read, and where no fact is the anchor.
    """
    question = parse_question(problem.question)
    facts = [parse_fact(fact) for fact in problem.facts]
    anchors = question.anchors(facts)
    if not anchors:
        raise InputError(f"no fact says that {question.subject!r} … {question.object!r}, which the question takes on")
    pairs = product(_candidates(question, facts), anchors)
    return tuple(Candidate(name, fact, anchor, relation(anchor.span, fact.span)) for (name, fact), anchor in pairs)


def co_temporal(problem: Problem) -> list[Candidate]:
    """Those of `solve` that were true while an anchor was."""
    return [candidate for candidate in solve(problem) if candidate.relation in CO_TEMPORAL]


def _candidates(question: Question, facts: list[Fact]) -> Iterator[tuple[str, Fact]]:
    """(answer, fact) for every fact of the asked relation that is not about the anchor's own subject or object."""
    for fact in (fact for fact in facts if fact.relation == question.asked):
        if not question.asked_subject and fact.object == question.object and fact.subject != question.subject:
            yield fact.subject, fact
        elif fact.subject == question.asked_subject and fact.object != question.object:
            yield fact.object, fact


def decompose(problem: Problem) -> Decomposition:
    """Class, gold facts and answers from question and facts alone (paper, part 1). Raises InputError as `solve` does.

    The class is the relation that all co-temporal facts share, "mix" where they differ. The gold facts are the study's
    own: those that contain an answer. (In a context where one name holds another, they are more than the evidence.)
    """
    together = co_temporal(problem)
    if not together:
        raise InputError("no fact of the asked relation was true at the same time")
    relations = {candidate.relation for candidate in together}
    answers = tuple(dict.fromkeys(candidate.name for candidate in together))
    return Decomposition(relations.pop() if len(relations) == 1 else "mix", gold_facts(problem.facts, answers), answers)


FIELDS = {"question": str, "facts": list, "gold": list, "triple_element": str}
RECORD = {"question": str, "facts": list, "answer": list, "triple_element": str}


def problem_of(row: dict, category: str) -> Problem:
    """The Problem of one released output (fields: see FIELDS); `category` is its class.

    Raises InputError for an answer that no fact holds, letter by letter: it would have no gold fact.
    """
    return _problem(row["question"], tuple(row["facts"]), tuple(row["gold"]), row["triple_element"], category)


@lru_cache(maxsize=4096)  # the same problems stand in the outputs of every student and arm
def _problem(question: str, facts: tuple[str, ...], answers: tuple[str, ...], pattern: str, category: str) -> Problem:
    gold = gold_facts(facts, answers)
    for answer in answers:
        if not any(answer in fact for fact in gold):
            raise InputError(f"no fact holds the gold answer {answer[:80]!r}, letter by letter: write it as there")
    if pattern not in PATTERNS:
        raise InputError(f"field 'triple_element': expected one of {', '.join(PATTERNS)}, found {pattern[:40]!r}")
    return Problem(problem_id(question, facts), "cotemp", question, facts, answers, category, gold, pattern)


def row_of(problem: Problem) -> dict:
    """The released output's fields for a problem: what `problem_of` reads."""
    return {
        "question": problem.question,
        "facts": list(problem.facts),
        "gold": list(problem.answers),
        "triple_element": problem.pattern,
    }


def load(path: Path) -> Loaded:
    """Problems from a file of the benchmark, released or of its own public distribution: one JSON record per line.

    The class is the file's name (equal.json). Unusable rows are named and counted; InputError where none is usable.
    """
    category = path.name.partition(".")[0]
    expect_class(category, CATEGORIES)
    return gather(files.json_rows(path), lambda record: of_record(record, category))


def of_record(record: dict, category: str) -> Problem:
    """The Problem of a record of the benchmark (fields: see RECORD). Raises InputError for facts that are none."""
    files.typed(record, RECORD)
    for fact in record["facts"]:
        parse_fact(fact)
    expect_text(answer=record["answer"])
    return problem_of(record | {"gold": record["answer"]}, category)


def render_answer(answers: tuple[str, ...]) -> str:
    """The answer part of a completion, as released: a Python list."""
    return str(list(answers))


def render(problem: Problem) -> str:
    """The prompt, word for word as released: the facts as a Python list."""
    asked = f"Question: {problem.question} Only return the answer."
    return f"Answer the question based on the context:\n{list(problem.facts)}\n{asked}\n"
