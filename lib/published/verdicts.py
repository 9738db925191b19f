"""The verdicts on every released output, as one table of booleans: data/verdicts.csv.gz.

With it, the re-scored level needs neither network nor the authors' text. `python -m lib.published verdicts`
(make verdicts) rebuilds it from the release. The table holds ids and verdicts only.
"""

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from lib.datasets.outputs import read_outputs
from lib.errors import InputError
from lib.files import DATA
from lib.published import release
from lib.verify import released, strict

KEYS = ["dataset", "category", "student", "arm", "problem"]
STEPS = ["parsed", "class", "ir"]


def build() -> pd.DataFrame:
    """The table from the release: one row per output, KEYS and 0/1 columns answer_*, parsed_*, class_*, ir_*.

    Step columns are empty where the arm writes no trace.
    """
    rows = [row for run in release.runs() for row in _rows(run)]
    columns = [f"{what}_{protocol}" for protocol in ("released", "strict") for what in ("answer", *STEPS)]
    return pd.DataFrame(rows, columns=KEYS + columns).astype(dict.fromkeys(columns, "Int8"))


def _rows(run: release.Run) -> Iterator[tuple]:
    gold = released.GoldFile.read(release.fetch(run.gold_name()), run.dataset) if run.has_trace else None
    no_steps = [None] * len(STEPS)
    seen: Counter[str] = Counter()
    for output in read_outputs(release.fetch(run.name), run.dataset):
        problem, text = output.problem, output.text
        flags = (
            released.check_answer(problem, text).right,
            *(released.check_steps(problem, text, gold)[:3] if run.has_trace else no_steps),
            strict.check_answer(problem, text).right,
            *(strict.check_steps(problem, text)[:3] if run.has_trace else no_steps),
        )
        seen[problem.id] += 1
        again = f"-{seen[problem.id]}" if seen[problem.id] > 1 else ""  # a few problems stand in a file twice
        yield (run.dataset, problem.category, run.student, run.arm, problem.id + again, *flags)


def load() -> pd.DataFrame:
    """The committed table, with `trace_*` = class_* and ir_* added. Missing booleans are pd.NA."""
    path = DATA / "verdicts.csv.gz"
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(KEYS, "str"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); make verdicts rebuilds it") from None
    flags = [column for column in table if column not in KEYS]
    table[flags] = table[flags].astype("boolean")
    for protocol in ("released", "strict"):
        table[f"trace_{protocol}"] = table[f"class_{protocol}"] & table[f"ir_{protocol}"]
    return table
