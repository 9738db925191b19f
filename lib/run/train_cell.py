"""Running one cell: problems, supervision, training, generation, verdicts.

What can change a number is here and in what this imports: the dataset gets a new mark then (lib/run/cells.py).
"""

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path

from lib.datasets import DATASETS, write_outputs
from lib.datasets.problem import Problem
from lib.datasets.split import split
from lib.errors import InputError
from lib.files import write_text
from lib.run import records
from lib.run.cells import ROOT, UNTRAINED, Cell, command, versions
from lib.traces import arms, verbose_traces
from lib.train import generation, loop, students
from lib.train.loop import Recipe
from lib.train.students import Student
from lib.verify import summarize, verify_all

# Tiny's vocabulary is that of all these arms' texts, so that it is the same for every arm.
_READ_BY_TINY = ("vanilla", "correct", "incorrect", "r1", "summary", "posthoc", "incorrect-class", "correct-padded")


def recipe(cell: Cell) -> Recipe:
    """The training recipe of a cell: the paper's, but for what the budget says."""
    budget = cell.budget
    return Recipe(
        max_steps=budget.steps,
        batch_size=budget.batch_size,
        accumulation=budget.accumulation,
        learning_rate=budget.learning_rate,
        dropout=budget.dropout,
        seed=cell.seed,
    )


def material(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    """(train, test) problems of a cell: generated, and sharing nothing that lib/datasets/split.py knows."""
    budget, module = cell.budget, DATASETS[cell.dataset]
    n = budget.n_train + budget.n_test
    classes = budget.categories or module.CATEGORIES
    per_class = -(-n // len(classes))
    facts = {"n_facts": budget.facts} if budget.facts else {}
    if facts and cell.dataset != "cotemp":
        raise InputError(
            f"facts is {budget.facts}: expected 0 for {cell.dataset}; only cotemp's problems have a number"
        )
    problems = [p for name in classes for p in module.generate(per_class, budget.data_seed, category=name, **facts)]
    train, test = split(problems, budget.n_test / n, budget.data_seed)
    return train[: budget.n_train], test[: budget.n_test]


def guessing(cell: Cell) -> float:
    """How often one fact picked at random is a test problem's one gold fact: percent, expected."""
    test = material(cell)[1]
    return 100 * sum((len(problem.gold_facts) == 1) / len(problem.facts) for problem in test) / len(test)


def examples(cell: Cell, problems: Sequence[Problem]) -> list[arms.Example]:
    """The cell's supervision; verbose traces are simulated (lib/traces/simulate.py)."""
    verbose = verbose_traces.simulated(problems, cell.budget.data_seed) if cell.arm in arms.NEEDS_VERBOSE else None
    return arms.build(problems, cell.arm, cell.budget.data_seed, verbose).examples


def load_student(cell: Cell, problems: Sequence[Problem]) -> Student:
    """The untrained student; tiny's vocabulary is made of these problems."""
    texts: list[str] = []
    if cell.student == students.TINY:
        every = [e for arm in _READ_BY_TINY for e in examples(dataclasses.replace(cell, arm=arm), problems)]
        texts = [text for example in every for text in (example.prompt, example.completion)]
    return students.load(cell.student, cell.seed, texts)


def prepare(cell: Cell) -> tuple[Student, list[arms.Example], list[Problem]]:
    """(untrained student, training examples, test problems)."""
    train, test = material(cell)
    supervision = [] if cell.arm == UNTRAINED else examples(cell, train)
    return load_student(cell, [*train, *test]), supervision, test


def run(cell: Cell, root: Path = ROOT) -> dict:
    """The metrics of a cell: read where it is finished, otherwise trained (from its last checkpoint) and evaluated.

    Keys: cell, student; train (as `train`; None for an untrained student); test (as `evaluate`).
    """
    folder = root / cell.id
    with records.locked(cell, root):
        if (folder / records.METRICS).exists():
            return records.metrics(folder)
        student, supervision, test = prepare(cell)
        config = {**dataclasses.asdict(cell), "versions": versions(), "command": command(cell)}
        _write(folder / records.CONFIG, config)
        trained = train(cell, student, supervision, folder) if supervision else None
        scores = evaluate(cell, student, test, folder / records.OUTPUTS)
        metrics = {"cell": cell.id, "student": students.describe(student), "train": trained, "test": scores}
        _write(folder / records.METRICS, metrics)
        return metrics


def train(cell: Cell, student: Student, supervision: Sequence[arms.Example], folder: Path) -> dict:
    """Fine-tune the student; what that took, and its last loss."""
    result = loop.fit(student, supervision, recipe(cell), folder)
    steps = [line for line in result.steps if "loss" in line]
    return {
        "examples": len(supervision),
        "too_long": len(result.too_long),
        "steps": len(steps),
        "tokens": sum(line["tokens"] for line in steps),
        "loss": steps[-1]["loss"],
        "seconds": round(sum(line["seconds"] for line in steps), 1),
    }


def evaluate(cell: Cell, student: Student, test: Sequence[Problem], path: Path) -> dict:
    """Strict scores of what the student says for the test problems, which is written to `path`."""
    began = time.monotonic()
    said = generation.generate(student, test, cell.budget.max_new_tokens)
    seconds = time.monotonic() - began
    write_outputs([one.output for one in said], path, tokens=[one.n_tokens for one in said])
    return {
        **summarize(verify_all(one.output for one in said)),
        "tokens": sum(one.n_tokens for one in said),
        "seconds": round(seconds, 1),
    }


def _write(path: Path, content: dict) -> None:
    write_text(path, json.dumps(content, indent=1) + "\n")
