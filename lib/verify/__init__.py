"""The verifier: what a model said for a problem, held against the problem's gold decomposition.

    verdict = verify(problem, text)                       # strict on both axes
    verdict.answer, verdict.class_step, verdict.ir_step, verdict.trace, verdict.reasons

Two independent axes: `answers` and `steps`, each "strict" (ours; the rules are in lib/verify/RULES.md) or "released"
(the authors' own code as it really scores, lib/verify/released.py). For outputs of your own: `python -m lib.verify -h`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.datasets import Output
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.verify import released, strict

PROTOCOLS = ("strict", "released")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything the verifier says about one output.

    parsed       there was a trace to judge; without one, no step is right
    answer       the final answer is right; precision and recall are over the sets of answers, in [0, 1]
    class_step   the classification step is right
    ir_step      the information-retrieval step is right
    reasons      one clause for every "no", empty where all is right
    """

    parsed: bool
    answer: bool
    class_step: bool
    ir_step: bool
    precision: float
    recall: float
    reasons: tuple[str, ...]

    @property
    def trace(self) -> bool:
        """The whole trace is right: both steps are (paper, part 1)."""
        return self.class_step and self.ir_step

    @property
    def unclear(self) -> bool:
        """Whether a "no" is one because the text is ambiguous (lib/verify/RULES.md)."""
        return any(strict.NOT_CLEAR in reason for reason in self.reasons)


def verify(
    problem: Problem, text: str, answers: str = "strict", steps: str = "strict", gold: released.GoldFile | None = None
) -> Verdict:
    """The verdict on one output. Raises on no text whatever.

    `steps="released"` needs `gold`, the SFT test file that the released check joins with; InputError without it, and
    for a problem without gold facts: an IR step that cites nothing would be right there. (MARCO has such problems.)
    """
    if not problem.gold_facts and problem.dataset != "marco":
        raise InputError(f"problem {problem.id}: expected gold facts, found none; no fact holds {problem.answers!r}")
    if not {answers, steps} <= set(PROTOCOLS):
        raise InputError(f"answers={answers!r}, steps={steps!r}: expected each to be one of {', '.join(PROTOCOLS)}")
    if steps == "released" and gold is None:
        raise InputError("steps=released joins with the SFT test file of the release: expected --gold FILE, found none")
    answer = (strict if answers == "strict" else released).check_answer(problem, text)
    step = strict.check_steps(problem, text) if steps == "strict" else released.check_steps(problem, text, gold)
    reasons = ((answer.reason,) if answer.reason else ()) + step.reasons
    return Verdict(step.parsed, answer.right, step.class_step, step.ir_step, answer.precision, answer.recall, reasons)


def verify_all(outputs: Iterable[Output], **protocol) -> list[Verdict]:
    """`verify` for each output, in order; keyword arguments as there."""
    return [verify(output.problem, output.text, **protocol) for output in outputs]


def summarize(verdicts: Sequence[Verdict]) -> dict:
    """Counts and scores of a file of verdicts.

    unclear   outputs with a "no" because the text is ambiguous
    scores    acc, f1, p, r and avg = (acc + f1) / 2 of the final answers, percent, one decimal, as the authors print
    accuracy  share of *all* outputs whose class step, IR step, trace is right, percent, one decimal
    tables    counts [right answer & right step, right & wrong, wrong & right, wrong & wrong]; outputs without a
              trace are left out of the tables and counted in `unparsed`
    """
    n, right = len(verdicts), sum(v.answer for v in verdicts)
    f1 = sum(2 * v.precision * v.recall / (v.precision + v.recall) for v in verdicts if v.precision + v.recall)
    precision, recall = sum(v.precision for v in verdicts), sum(v.recall for v in verdicts)
    sums = {"acc": right, "f1": f1, "p": precision, "r": recall, "avg": (right + f1) / 2}
    steps = {"class": "class_step", "ir": "ir_step", "trace": "trace"}
    return {
        "n": n,
        "unparsed": sum(not v.parsed for v in verdicts),
        "unclear": sum(v.unclear for v in verdicts),
        "scores": {name: _percent(total, n) for name, total in sums.items()},
        "accuracy": {name: _percent(sum(getattr(v, step) for v in verdicts), n) for name, step in steps.items()},
        "tables": {name: _table(verdicts, step) for name, step in steps.items()},
    }


def _percent(total: float, n: int) -> float:
    return round(total * 100 / n, 1) if n else 0.0


def _table(verdicts: Sequence[Verdict], step: str) -> list[int]:
    counts = Counter((verdict.answer, getattr(verdict, step)) for verdict in verdicts if verdict.parsed)
    return [counts[answer, right] for answer in (True, False) for right in (True, False)]
