"""Running one cell: problems, supervision, training, generation, verdicts.

What can change a number is here and in what this imports: the dataset gets a new mark then (lib/run/cells.py).
"""

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path

from lib.datasets import Output, write_outputs
from lib.datasets.problem import Problem
from lib.files import write_text
from lib.run import records
from lib.run.cells import RELEASED, ROOT, UNTRAINED, Cell, command, gpu_mark, versions
from lib.run.material import guessing, material, verbose
from lib.traces import arms
from lib.traces.forced import Forced, force
from lib.train import generation, loop, students
from lib.train.loop import Recipe
from lib.train.students import Student
from lib.verify import summarize, verify, verify_all

# Tiny's vocabulary is that of all these arms' texts, so that it is the same for every arm.
_READ_BY_TINY = ("vanilla", "correct", "incorrect", "r1", "summary", "posthoc", "incorrect-class", "correct-padded")


def recipe(cell: Cell) -> Recipe:
    """The training recipe of a cell: the paper's, but for what the budget says."""
    budget = cell.budget
    return Recipe(
        epochs=budget.epochs,
        max_steps=0 if budget.epochs else budget.steps,
        max_tokens=budget.tokens,
        max_length=budget.max_length,
        batch_size=budget.batch_size,
        accumulation=budget.accumulation,
        learning_rate=budget.learning_rate,
        dropout=budget.dropout,
        seed=cell.seed,
    )


def examples(cell: Cell, problems: Sequence[Problem]) -> list[arms.Example]:
    """The cell's supervision."""
    return arms.build(problems, cell.arm, cell.budget.data_seed, verbose(cell, problems)).examples


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
        config = {**cell.fields(), "versions": versions(), **gpu_mark(cell.dataset), "command": command(cell)}
        _write(folder / records.CONFIG, config)
        trained = train(cell, student, supervision, folder) if supervision else None
        scores = evaluate(cell, student, test, folder / records.OUTPUTS)
        if cell.budget.source == RELEASED:  # who has the record alone cannot work it out
            scores["guessing"] = round(guessing(cell), 1)
        if cell.budget.intervene and cell.arm != "vanilla":
            intervene(cell, student, test, folder / records.FORCED)
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
    scores = judge(cell, [one.output for one in said], [one.n_tokens for one in said], path)
    return {**scores, "tokens": sum(one.n_tokens for one in said), "seconds": round(seconds, 1)}


def judge(cell: Cell, outputs: Sequence[Output], tokens: Sequence[int], path: Path) -> dict:
    """The strict scores of outputs, which are written to `path`: of the authors' problems ids and verdicts alone."""
    verdicts, theirs = verify_all(outputs), cell.budget.source == RELEASED
    told = {flag: [getattr(v, name) for v in verdicts] for flag, name in records.FLAGS.items()} if theirs else {}
    write_outputs(outputs, path, whole_problem=not theirs, **told, tokens=tokens)
    return summarize(verdicts)


_LONGEST_ANSWER = 100  # tokens after a forced trace


def intervene(cell: Cell, student: Student, test: Sequence[Problem], path: Path) -> None:
    """What the student answers after forced traces (lib/traces/forced.py), written to `path`."""
    todo = forced_traces(cell, test)
    problems, prefixes = [one.problem for one in todo], [one.prefix for one in todo]
    said = generation.continue_from(student, problems, prefixes, _LONGEST_ANSWER)
    judge_forced(todo, [one.output.text for one in said], path)


def forced_traces(cell: Cell, test: Sequence[Problem]) -> list[Forced]:
    """The traces that a cell's student is made to have thought, for each test problem and condition."""
    return force(test, cell.arm, cell.budget.data_seed, verbose(cell, test))


def judge_forced(todo: Sequence[Forced], texts: Sequence[str], path: Path) -> None:
    """Write a line for each forced trace and the text that begins with it.

    said: what the student wrote after the trace; right: whether that is the gold answer; follows: whether it is the
    answer that the trace leads to.
    """
    lines = []
    for one, text in zip(todo, texts, strict=True):
        other = dataclasses.replace(one.problem, answers=one.answers)
        row = {"problem": one.problem.id, "category": one.problem.category, "condition": one.condition}
        row |= {"right": verify(one.problem, text).answer, "follows": verify(other, text).answer}
        lines.append(json.dumps({**row, "said": text.removeprefix(one.prefix)}, ensure_ascii=False) + "\n")
    write_text(path, "".join(lines))


def _write(path: Path, content: dict) -> None:
    write_text(path, json.dumps(content, indent=1) + "\n")
