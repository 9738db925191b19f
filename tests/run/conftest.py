"""One finished cell and its untrained student, which the tests of runs share."""

from pathlib import Path

import pytest

from lib.run import train_cell
from lib.run.cells import Budget, Cell

SMALL = Budget(
    n_train=40,
    n_test=8,
    categories=("single-supporting-fact",),
    steps=6,
    learning_rate=4e-3,
    max_new_tokens=70,
    intervene=True,
)
CELL = Cell("babi", "tiny", "correct", 0, SMALL)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A root that holds both."""
    root = tmp_path_factory.mktemp("trained")
    for cell in (CELL.untrained(), CELL):
        train_cell.run(cell, root)
    return root
