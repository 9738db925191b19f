"""What the students of a profile said, judged: the re-trained level of evidence, one row an output."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from lib.datasets.outputs import read_outputs
from lib.run import profiles, records
from lib.run.cells import Cell
from lib.verify import verify

FLAGS = ["answer", "parsed", "class", "ir", "trace"]
COLUMNS = ["dataset", "student", "arm", "seed", "category", "problem", *FLAGS]


def verdicts(profile: str, root: Path | None = None) -> pd.DataFrame:
    """One row an output of a profile's finished cells: COLUMNS, the last five boolean, strict on both axes.

    Cells are looked for in build/cells (root), then in data/records; those that are in neither have no rows.
    """
    found = [(cell, records.find(cell, root)) for cell in profiles.load(profile)]
    rows = [row for cell, folder in found if folder for row in _rows(cell, folder / records.OUTPUTS)]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(FLAGS, bool))


def _rows(cell: Cell, path: Path) -> Iterator[tuple]:
    seen = Counter()
    for output in read_outputs(path, cell.dataset):
        problem, verdict = output.problem, verify(output.problem, output.text)
        seen[problem.id] += 1
        again = f"-{seen[problem.id]}" if seen[problem.id] > 1 else ""  # generated stories may come twice
        flags = verdict.answer, verdict.parsed, verdict.class_step, verdict.ir_step, verdict.trace
        yield cell.dataset, cell.student, cell.arm, cell.seed, problem.category, problem.id + again, *flags
