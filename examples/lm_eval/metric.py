"""The functions that trace_cotemp.yaml names, and its test file: `python -m examples.lm_eval.metric N FILE`.

For bAbI or MARCO copy both files and change DATASET.
"""

import json
from pathlib import Path

from lib.datasets import DATASETS, problem_of
from lib.datasets.problem import Problem
from lib.errors import InputError, run_cli
from lib.files import write_text
from lib.verify import verify

DATASET = "cotemp"


def _problem(doc: dict) -> Problem:
    return problem_of(doc, DATASET, "")


def doc_to_text(doc: dict) -> str:
    """The prompt."""
    return DATASETS[DATASET].render(_problem(doc))


def doc_to_target(doc: dict) -> str:
    """The gold answer, as a completion would give it; shown in logs only."""
    return DATASETS[DATASET].render_answer(_problem(doc).answers)


def process_results(doc: dict, results: list[str]) -> dict[str, float]:
    """The metrics of one output, each 0.0 or 1.0."""
    verdict = verify(_problem(doc), results[0])
    return {name: float(getattr(verdict, name)) for name in ("answer", "class_step", "ir_step", "trace")}


def main(argv: list[str]) -> None:
    """Write a test file of N generated problems."""
    if len(argv) != 2 or not argv[0].isdecimal():
        raise InputError(f"expected a number of problems and a file, found {argv}")
    problems = DATASETS[DATASET].generate(int(argv[0]), seed=1)
    rows = [DATASETS[DATASET].row_of(problem) | {"category": problem.category} for problem in problems]
    write_text(Path(argv[1]), "".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    run_cli(main)
