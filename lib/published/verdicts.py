"""The verdicts on every released output, as one table of booleans: data/verdicts.csv.gz.

It holds ids and verdicts only; with it, the re-scored level needs neither network nor the authors' text.
"""

from collections.abc import Iterator

import pandas as pd

from lib.datasets import read_outputs
from lib.datasets.problem import numbered
from lib.files import DATA
from lib.published import release
from lib.verify import verify
from lib.verify.released import GoldFile

KEYS = ["dataset", "category", "student", "arm", "problem"]
PROTOCOLS = ("released", "strict")


def build() -> pd.DataFrame:
    """The table from the release: one row per output, KEYS and 0/1 columns answer_*, parsed_*, class_*, ir_*.

    Step columns are empty where the arm writes no trace.
    """
    rows = [row for run in release.runs() for row in _rows(run)]
    columns = [f"{what}_{protocol}" for protocol in PROTOCOLS for what in ("answer", "parsed", "class", "ir")]
    return pd.DataFrame(rows, columns=KEYS + columns).astype(dict.fromkeys(columns, "Int8"))


def _rows(run: release.Run) -> Iterator[tuple]:
    gold = GoldFile.read(release.fetch(run.gold_name), run.dataset) if run.has_trace else None
    outputs = read_outputs(release.fetch(run.name), run.dataset)
    for output, name in zip(outputs, numbered(output.problem.id for output in outputs), strict=True):
        problem, flags = output.problem, []
        for protocol in PROTOCOLS:
            verdict = verify(problem, output.text, protocol, protocol if gold else "strict", gold)
            steps = (verdict.parsed, verdict.class_step, verdict.ir_step)
            flags += [verdict.answer, *(steps if gold else [None] * len(steps))]
        yield (run.dataset, problem.category, run.student, run.arm, name, *flags)


def load() -> pd.DataFrame:
    """The committed table, with `trace_*` = class_* and ir_* added. Missing booleans are pd.NA."""
    table = pd.read_csv(DATA / "verdicts.csv.gz", dtype=dict.fromkeys(KEYS, "str"))
    flags = [column for column in table if column not in KEYS]
    table[flags] = table[flags].astype("boolean")
    for protocol in PROTOCOLS:
        table[f"trace_{protocol}"] = table[f"class_{protocol}"] & table[f"ir_{protocol}"]
    return table
