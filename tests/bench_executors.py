"""What running many cells costs: `make bench` prints a table, writes data/bench_executors.json and docs/performance.md.

The same tiny cells, each time into a new folder: by one local worker with all cores, by two that share them, and on a
two-node Ray cluster made on this machine (one core a node; left out where Ray is not installed). A cell's cost is what
it takes beside training and evaluation: a process, the libraries, problems, the student. All ways give the same
numbers, or the bench fails.
"""

import dataclasses
import importlib
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from lib.errors import InputError, run_cli
from lib.run import local, records
from lib.run.cells import Cell
from lib.run.local import cores
from tests.bench import write
from tests.grid_run import GRID
from tests.ray_cluster import Cluster

MARKS = "<!-- bench-executors -->", "<!-- /bench-executors -->"
SEEDS, STEPS = 3, 600
ONE, TWO, RAY = "one local worker", "two local workers", "two-node Ray cluster"


def grid(seeds: int, steps: int) -> list[Cell]:
    """The tests' cells, longer and with more seeds."""
    budget = dataclasses.replace(GRID[0].budget, steps=steps, n_train=200, n_test=20)
    return [dataclasses.replace(cell, seed=seed, budget=budget) for cell in GRID for seed in range(seeds)]


def measure(cells: list[Cell], folder: Path) -> dict:
    """Seconds for all cells, and the cost of one (median), each way."""
    found = {ONE: timed(cells, folder / ONE, local, 1), TWO: timed(cells, folder / TWO, local, 2)}
    if importlib.util.find_spec("ray"):
        with cluster():
            found[RAY] = timed(cells, folder / RAY, importlib.import_module("lib.run.on_ray"), 1)
    for way in found:
        for cell in cells:
            if changed := records.differences(folder / ONE / cell.id, folder / way / cell.id):
                raise InputError(f"{way}: {cell.id} has another {changed[0]} than with {ONE}")
    return {"machine": f"{cores()} cores", "cells": len(cells), "steps": cells[0].budget.steps, "ways": found}


def timed(cells: list[Cell], root: Path, engine: ModuleType, workers: int) -> dict[str, float]:
    """Run the cells: seconds in all, and median seconds of a cell, and of these beside training and evaluation."""
    began = time.perf_counter()
    outcomes = engine.run(cells, root, workers)
    seconds = time.perf_counter() - began
    if errors := [outcome.error for outcome in outcomes if outcome.error]:
        raise InputError(errors[0])
    costs = [outcome.seconds - _work(root / outcome.cell.id) for outcome in outcomes]
    return {
        "seconds": round(seconds, 1),
        "cell": round(statistics.median(outcome.seconds for outcome in outcomes), 1),
        "cost": round(statistics.median(costs), 1),
    }


def _work(folder: Path) -> float:
    metrics = records.metrics(folder)
    return metrics["train"]["seconds"] + metrics["test"]["seconds"]


@contextmanager
def cluster() -> Iterator[None]:
    """RAY_ADDRESS names a cluster of this machine."""
    one, before = Cluster(), os.environ.get("RAY_ADDRESS")
    os.environ["RAY_ADDRESS"] = one.address
    try:
        yield
    finally:
        one.close()
        if before is None:
            del os.environ["RAY_ADDRESS"]
        else:
            os.environ["RAY_ADDRESS"] = before


def as_markdown(result: dict) -> str:
    """The page's table."""
    alone = result["ways"][ONE]["seconds"]
    rows = [
        f"| {way} | {one['seconds']:.0f} | {alone / one['seconds']:.2f} | {one['cell']} | {one['cost']} |"
        for way, one in result["ways"].items()
    ]
    head = (
        f"| {result['cells']} cells of `tiny`, {result['steps']} steps each; {result['machine']} "
        "| s in all | times as fast | s a cell | of these not training or evaluation |"
    )
    return "\n".join([head, "|---|---:|---:|---:|---:|", *rows])


def main(argv: list[str]) -> None:
    """Measure, print, write. `--dry-run` is short and writes nothing."""
    if argv not in ([], ["--dry-run"]):
        raise InputError(f"unexpected argument {argv[0]!r}; python -m tests.bench_executors takes --dry-run or nothing")
    cells = grid(1, 120) if argv else grid(SEEDS, STEPS)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(cells, Path(folder))
    print(as_markdown(result))
    if not argv:
        write(result, "bench_executors.json", MARKS, as_markdown(result))


if __name__ == "__main__":
    run_cli(main)
