"""Verbose traces by problem id, from three sources with one result: released, simulated, or a teacher's.

verbose = simulated(problems, seed=0)
verbose[problem.id].trace, .summary, .explanation, .source
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lib.datasets.problem import Problem, problem_id
from lib.errors import InputError
from lib.files import json_rows, typed
from lib.traces.simulate import simulate


@dataclass(frozen=True, slots=True)
class Verbose:
    """A long reasoner's trace of one problem; summary and explanation are empty where the source has none."""

    trace: str
    source: str
    summary: str = ""
    explanation: str = ""


def simulated(problems: Iterable[Problem], seed: int) -> dict[str, Verbose]:
    """Our own simulated reasoner, summariser and explainer (lib/traces/simulate.py); never to be shown unlabelled.

    Problems whose labels the rules do not confirm have none: the reasoner may not end wrong.
    """
    found = {}
    for problem in problems:
        with suppress(InputError):
            trace, summary, explanation = simulate(problem, seed)
            found[problem.id] = Verbose(trace, "simulated", summary, explanation)
    return found


def released(path: Path) -> dict[str, Verbose]:
    """The authors' DeepSeek-R1 traces from one of their files "deepseek_r1_correct_responses_….json" (JSON lines).

    Fields: question, facts, r1_trace, and where the file has them r1_trace_summary and r1_exp_ans (the post-hoc
    explanation). InputError for the first row without them.
    """
    found = {}
    for row in _rows(path, {"question": str, "facts": list, "r1_trace": str}):
        texts = (row.get(name) or "" for name in ("r1_trace_summary", "r1_exp_ans"))
        found[problem_id(row["question"], tuple(row["facts"]))] = Verbose(row["r1_trace"], "released", *texts)
    return found


def taught(path: Path) -> dict[str, Verbose]:
    """A teacher's traces as lib/traces/teacher.py writes them: those marked as used, i.e. that solved the problem."""
    rows = _rows(path, {"problem": str, "trace": str})
    return {row["problem"]: Verbose(row["trace"], "teacher") for row in rows if row.get("used")}


def _rows(path: Path, fields: dict[str, type]) -> Iterator[dict]:
    for place, row in json_rows(path):
        try:
            typed(row, fields)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
        yield row
