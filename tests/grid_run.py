"""A small grid of cells, as a process that tests can kill and start again.

python -m tests.grid_run ROOT EXECUTOR WORKERS prints one JSON line: [cell id, error or null] for each cell.
"""

import importlib
import json
from dataclasses import replace
from pathlib import Path

from lib.errors import run_cli
from lib.run import local
from lib.run.cells import Budget, Cell

# Checkpoints are saved after 50 and 80 steps.
BUDGET = Budget(
    n_train=24,
    n_test=4,
    categories=("single-supporting-fact",),
    steps=80,
    batch_size=2,
    learning_rate=4e-3,
    max_new_tokens=30,
)
GRID = [Cell("babi", "tiny", arm, 0, BUDGET) for arm in ("correct", "vanilla")]
BAD = replace(GRID[0], student="no-such-student")


def main(argv: list[str]) -> None:
    root, executor, workers = argv
    engine = local if executor == "local" else importlib.import_module("lib.run.on_ray")
    outcomes = engine.run(GRID, Path(root), int(workers))
    print(json.dumps([(outcome.cell.id, outcome.error) for outcome in outcomes]))


if __name__ == "__main__":
    run_cli(main)
