"""The authors' own scoring, re-implemented with its oddities: the protocol "released".

Written from a description of what their scripts do (design note "how the authors' released code scores"), so that
their published score files and confusion matrices come out exactly. Where the rule surprises, a comment says so;
`lib/verify/strict` is the same interface without the surprises.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.files import csv_rows, read_list, typed
from lib.verify.completion import AnswerCheck, StepCheck, compare, normalize, quote

# The order in which a fact's relation is looked for. The key is a substring, so "work" also fires on "network".
_RELATION_KEYS = (
    (" the position of ", "holds the position of"),
    (" a member of ", "is a member of the"),
    (" the chair of ", "is the chair of"),
    (" the head of ", "is the head of"),
    (" owned by ", "is owned by"),
    ("attend", "attended"),
    ("work", "works for"),
    ("play", "plays for"),
)
_PRESENT = ((" was ", " is "), (" held ", " holds "), (" worked ", " works "), (" played ", " plays "))
# Tried in this order; lazy groups, so an object ends at its first " in ".
_DATE_FORMS = (r" from (.+?) to (.+?)\.", r" in (.+?)\.", r" from (.+?)", r"\.")
_PATTERNS = {
    relation: tuple(re.compile(f"(.+?) {relation} (.+?){form}") for form in _DATE_FORMS)
    for _, relation in _RELATION_KEYS
}


@lru_cache(maxsize=65536)
def _subject_object(fact: str) -> tuple[str, str] | None:
    """Subject and object of a fact, lower-cased, as the released patterns read them."""
    for key, relation in _RELATION_KEYS:
        if key in fact:
            for past, present in _PRESENT:
                fact = fact.replace(past, present)
            for pattern in _PATTERNS[relation]:
                if match := pattern.match(fact):
                    return match[1].lower(), match[2].lower()
    return None


@lru_cache(maxsize=4096)
def _candidates(problem: Problem) -> tuple[str, ...]:
    """What the scorer looks for: one side of every fact, and the golds; longest first.

    The side is the *subject* for every pattern but S2_R1_O1: the wrong way round, as the published scores are. The
    released code leaves ties in length to Python's random hash order; names in reverse order match every published
    score file (one released output, of the prompted Qwen3-1.7B, depends on it).
    """
    side = 1 if problem.pattern == "S2_R1_O1" else 0
    found = {pair[side] for fact in problem.facts if (pair := _subject_object(fact))}
    found.update(answer.lower() for answer in problem.answers)
    return tuple(sorted(found, key=lambda name: (len(name), name), reverse=True))


def _extract(text: str) -> str:
    """The part of a lower-cased prediction that the scorer reads."""
    if "<answer>" in text:
        text = text.split("<answer>")[1].split("</answer>")[0]
    elif "answer the question based on" in text:
        text = text.split("answer the question based on")[0]
    elif " answer " in text:
        text = text.split(" answer ")[1]
    elif "answer:" in text:
        text = text.split("answer:")[1]
    return text.replace("assistant", "").replace("think", "")


def check_answer(problem: Problem, text: str) -> AnswerCheck:
    """The released verdict on a final answer.

    CoTempQA: only names from the context count, so an answer that names the gold *and* an entity of the other side
    is still right. bAbI and MARCO: the extracted text counts only where it contains the gold string.
    """
    prediction = _extract(text.lower())
    if problem.dataset == "cotemp":
        given = _named(problem, prediction)
    else:
        gold = ",".join(problem.answers).lower()
        given = [normalize(prediction)] if gold in prediction else []
    golds = _golds(problem)
    right, precision, recall = compare(given, golds)
    reason = "" if right else f"answer: reads {quote(given) or 'nothing'}, gold is {quote(golds)}"
    return AnswerCheck(right, precision, recall, reason)


def _named(problem: Problem, prediction: str) -> list[str]:
    question, given, dropped = problem.question.lower(), [], False
    for name in _candidates(problem):
        if name not in prediction:
            continue
        prediction = prediction.replace(name, "")
        if name in question and not dropped:  # the question's own entity, once
            dropped = True
        else:
            given.append(name)
    return [normalize(name) for name in (given or [prediction])]


def _golds(problem: Problem) -> list[str]:
    if problem.dataset == "cotemp":
        return [normalize(answer) for answer in {answer.lower() for answer in problem.answers}]
    return [normalize(",".join(problem.answers))]


class GoldFile:
    """The gold rows of one SFT test file, joined the released way: by answer substring."""

    def __init__(self, rows: Sequence[tuple[str, str, tuple[str, ...]]]):
        """rows: (answer column as text, category, all facts of the context), in file order."""
        self._rows, self._found, self._last = rows, {}, None

    def row_for(self, problem: Problem) -> tuple[str, tuple[str, ...]] | None:
        """(category, facts) of the row that the released check takes for gold, None where it has none.

        That is not the row of the question but the first whose answer column contains the output's first gold answer.
        Where no row does, it is the row of the output before: the released loop leaves its variable as it is. (One
        problem is affected: its answer holds a no-break space, which the gold file spells as an escape.)
        """
        answer = ",".join(problem.answers if problem.dataset == "babi" else problem.answers[:1])
        if answer not in self._found:
            fitting = ((category, facts) for text, category, facts in self._rows if answer and answer in text)
            self._found[answer] = next(fitting, None)
        self._last = self._found[answer] or self._last
        return self._last

    @classmethod
    def read(cls, path: Path, dataset: str) -> "GoldFile":
        """Read an SFT test file of the release (CSV). Raises InputError naming file, line and column."""
        answer = "answers" if dataset == "marco" else "answer"
        facts = "facts" if dataset == "cotemp" else "passages"
        rows = []
        for place, row in csv_rows(path):
            try:
                typed(row, dict.fromkeys((answer, facts, "reasoning"), str))
                rows.append((row[answer], _gold_category(row["reasoning"], dataset), _facts(row[facts])))
            except InputError as error:
                raise InputError(f"{place}: {error}; expected a gold file, as the release has them") from None
        if not rows:
            raise InputError(f"{path}: the gold file is empty; expected a CSV of the release")
        return cls(rows)


def _gold_category(reasoning: str, dataset: str) -> str:
    for category in DATASETS[dataset].CATEGORIES:  # no sentence names two
        if category in reasoning.lower():
            return category
    raise InputError(f"expected a class in column 'reasoning', found {reasoning[:40]!r}")


def _facts(text: str) -> tuple[str, ...]:
    facts = read_list(text)
    if facts is None or not all(facts):
        raise InputError(f"expected a list of facts, found {text[:40]!r}")
    return tuple(facts)


def check_steps(problem: Problem, text: str, gold: GoldFile) -> StepCheck:
    """The released verdict on the two steps.

    The IR step is right if *any* fact of the gold row's whole context occurs in the trace: the released code compares
    the list of facts with itself when it looks for the gold ones. The class step is right if the gold class's name
    occurs in one sentence of the trace, split at full stops: the first for CoTempQA, the second elsewhere.
    """
    trace = text.split("</think>")[0]
    if "think" not in text or not trace:
        return StepCheck(False, False, False, ("trace: there is no think part",))
    row = gold.row_for(problem)
    if row is None:
        return StepCheck(False, False, False, ("trace: no gold row has this answer",))
    category, facts = row
    sentences = trace.split(".", 2)
    sentence = sentences[0] if problem.dataset == "cotemp" else sentences[min(1, len(sentences) - 1)].lower()
    class_step, ir_step = category in sentence, any(fact in trace for fact in facts)
    reasons = []
    if not class_step:
        reasons.append(f"class step: {category!r} does not occur in its sentence")
    if not ir_step:
        reasons.append("IR step: no fact of the gold row's context occurs in the trace")
    return StepCheck(True, class_step, ir_step, tuple(reasons))
