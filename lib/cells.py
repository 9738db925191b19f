"""A cell: one student, one arm, one seed, trained and evaluated once; the unit of every experiment.

    metrics = run(Cell("babi", "smollm2-135m", "correct", seed=0, budget=Budget(steps=60)), root)

A cell's id is a hash of everything that can change a number, and names its folder:

    config.json    the cell, the versions, the command that repeats it
    log.jsonl      training, step by step          (lib/checkpoints.py)
    outputs.json   what the student said, in the released form
    metrics.json   scores before and after; written last: with it, the cell is finished and never run again
"""

import dataclasses
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from lib import generation, sources, students, traces, training
from lib.datasets import DATASETS
from lib.errors import InputError, Parser, run_cli
from lib.files import write_text
from lib.leaks import split
from lib.outputs import write_outputs
from lib.problems import Problem
from lib.students import Student
from lib.verify import summarize, verify_all

ROOT = Path(__file__).resolve().parent.parent / "build" / "cells"
_LIBRARIES = ("torch", "transformers", "peft")
_EDITION = 1  # raised when a change of the code changes numbers


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a cell is: data, training steps, and what generation may cost.

    n_train, n_test  problems, generated from data_seed, the same for every arm, student and seed
    categories       classes to draw from; empty: all
    """

    n_train: int = 400
    n_test: int = 40
    categories: tuple[str, ...] = ()
    data_seed: int = 0
    steps: int = 60
    batch_size: int = 8
    accumulation: int = 1
    learning_rate: float = 1e-3
    dropout: float = 0.05
    max_new_tokens: int = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """(dataset, student, arm, seed, budget)."""

    dataset: str
    student: str
    arm: str
    seed: int = 0
    budget: Budget = field(default_factory=Budget)

    @property
    def id(self) -> str:
        """Readable, and different for whatever may give other numbers."""
        content = [dataclasses.asdict(self), _versions(), _EDITION]
        key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]
        return f"{self.dataset}-{Path(self.student).name}-{self.arm}-{self.seed}-{key}"

    def recipe(self) -> training.Recipe:
        """The training recipe of this cell: the paper's, but for what the budget says."""
        budget = self.budget
        return training.Recipe(
            max_steps=budget.steps,
            batch_size=budget.batch_size,
            accumulation=budget.accumulation,
            learning_rate=budget.learning_rate,
            dropout=budget.dropout,
            seed=self.seed,
        )


def _versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def material(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    """(train, test) problems of a cell: generated, and sharing nothing that lib/leaks.py knows."""
    if cell.dataset not in DATASETS:
        raise InputError(f"unknown dataset {cell.dataset!r}: expected one of {', '.join(DATASETS)}")
    budget, module = cell.budget, DATASETS[cell.dataset]
    n = budget.n_train + budget.n_test
    classes = budget.categories or module.CATEGORIES
    per_class = -(-n // len(classes))
    problems = [p for name in classes for p in module.generate(per_class, budget.data_seed, category=name)]
    train, test = split(problems, budget.n_test / n, budget.data_seed)
    return train[: budget.n_train], test[: budget.n_test]


def examples(cell: Cell, problems: Sequence[Problem]) -> list[traces.Example]:
    """The cell's supervision; verbose traces are simulated (lib/reasoner.py)."""
    verbose = sources.simulated(problems, cell.budget.data_seed) if cell.arm in traces.NEEDS_VERBOSE else None
    return traces.build(problems, cell.arm, cell.budget.data_seed, verbose).examples


def prepare(cell: Cell) -> tuple[Student, list[traces.Example], list[Problem]]:
    """(untrained student, training examples, test problems). Tiny's vocabulary: vanilla, correct and its own arm."""
    train, test = material(cell)
    supervision = examples(cell, train)
    texts: list[str] = []
    if cell.student == students.TINY:
        arms = {"vanilla", "correct", cell.arm}
        every = [e for arm in sorted(arms) for e in examples(dataclasses.replace(cell, arm=arm), [*train, *test])]
        texts = [text for example in every for text in (example.prompt, example.completion)]
    return students.load(cell.student, cell.seed, texts), supervision, test


def run(cell: Cell, root: Path = ROOT) -> dict:
    """The metrics of a cell: read where it is finished, otherwise trained (from its last checkpoint) and evaluated.

    Keys: train (examples, steps, tokens, seconds, tokens_per_second, final loss), before, after (as verify.summarize,
    with tokens written), each with its seconds. Raises InputError as training and generation do.
    """
    folder = root / cell.id
    finished = folder / "metrics.json"
    if finished.exists():
        return json.loads(finished.read_text(encoding="utf-8"))
    student, supervision, test = prepare(cell)
    _write(folder / "config.json", {**dataclasses.asdict(cell), "versions": _versions(), "command": command(cell)})
    before = evaluate(cell, student, test, folder / "before.json")
    result = training.fit(student, supervision, cell.recipe(), folder)
    after = evaluate(cell, student, test, folder / "outputs.json")
    steps = [line for line in result.steps if "loss" in line]
    seconds, tokens = sum(line["seconds"] for line in steps), sum(line["tokens"] for line in steps)
    train = {
        "examples": len(supervision),
        "too_long": len(result.too_long),
        "steps": len(steps),
        "tokens": tokens,
        "seconds": round(seconds, 1),
        "tokens_per_second": round(tokens / seconds, 1),
        "loss": steps[-1]["loss"],
    }
    metrics = {"cell": cell.id, "student": students.describe(student), "train": train, "before": before, "after": after}
    _write(finished, metrics)
    return metrics


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


def command(cell: Cell) -> str:
    """The command line that repeats a cell."""
    return f"python -m lib.cells '{json.dumps(dataclasses.asdict(cell))}'"


def cell_of(row: dict) -> Cell:
    """A cell from the fields of its config. Raises InputError for a field that is none, or of another kind."""
    try:
        budget = Budget(**{**row.get("budget", {}), "categories": tuple(row.get("budget", {}).get("categories", ()))})
        return Cell(**{**row, "budget": budget})
    except (TypeError, AttributeError) as error:
        raise InputError(f"not a cell: {error}; expected dataset, student, arm, seed and budget") from None


def _write(path: Path, content: dict) -> None:
    try:
        write_text(path, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); check the path and free space") from None


def main(argv: list[str]) -> None:
    """Run one cell, given as a JSON object, and print its metrics."""
    parser = Parser(prog="python -m lib.cells", description="Train and evaluate one cell.")
    parser.add_argument("cell", help='JSON: {"dataset": "babi", "student": "tiny", "arm": "correct", …}')
    parser.add_argument("--root", type=Path, default=ROOT, help="where the cells' folders are")
    arguments = parser.parse_args(argv)
    try:
        row = json.loads(arguments.cell)
    except ValueError as error:
        raise InputError(f"the cell is not JSON ({error}); expected an object with dataset, student, arm") from None
    print(json.dumps(run(cell_of(row), arguments.root), indent=1))


if __name__ == "__main__":
    run_cli(main)
