"""The re-trained level, problem by problem: what the strict verifier says of our own students, and how sure it is.

A number is computed for each seed with the statistics of the re-scored level (lib/stats/right_wrong.py) and averaged over seeds.
Its interval must cover two things that are not the same: other test problems (the seeds' own intervals, averaged as
though a further seed told nothing new of the problems) and, from three seeds on, other seeds (Student's t over the
seeds' numbers). Where they differ, the wider end counts.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.analysis.rescored import STEPS
from lib.datasets.outputs import read_outputs
from lib.published.reported import CELLS
from lib.run import results
from lib.run.cells import Cell
from lib.run.results import STEPPED
from lib.stats import right_wrong
from lib.study import ARM_LABELS, DATASET_LABELS
from lib.verify import verify

KEYS = ["dataset", "student", "arm", "seed", "category", "problem"]
FLAGS = ["answer", "parsed", "class", "ir", "trace"]
MEASURES = ("joint", "answer_if_right", "answer_if_wrong", "phi")
PART1 = ("prompted", "vanilla", "correct", "incorrect", "incorrect-class", "incorrect-facts")  # what 04 is about
PAIRS = (
    ("correct", "vanilla"),
    ("incorrect", "vanilla"),
    ("incorrect", "correct"),
    ("incorrect-class", "correct"),
    ("incorrect-facts", "correct"),
)
ENOUGH = 3  # seeds, for an interval over seeds
_NAMES = {"smollm2-135m": "SmolLM2-135M", "tiny": "tiny (random weights)"}


def whom(dataset: str, student: str, between: str = ", ") -> str:
    """Dataset and student as titles name them: ours are generated problems, never the benchmark's."""
    return f"{DATASET_LABELS[dataset]} (generated){between}{_NAMES.get(student, Path(student).name)}"


def seeds(n: int) -> str:
    """ "1 seed", "3 seeds"."""
    return "1 seed" if n == 1 else f"{n} seeds"


def students(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """The (dataset, student) in a table, each once."""
    return list(frame[["dataset", "student"]].drop_duplicates().itertuples(index=False, name=None))


def everyone(frame: pd.DataFrame) -> str:
    """Whom a table is about, for its title."""
    return "; ".join(whom(*one) for one in students(frame)) or "no student trained yet"


def untrained(profile: str, arms: Sequence[str] = PART1, root: Path | None = None) -> int:
    """How many cells of these arms are still to be trained."""
    return sum(cell.arm in arms for cell in results.missing(profile, root))


def verdicts(profile: str, root: Path | None = None) -> pd.DataFrame:
    """One row an output of a profile's finished cells: KEYS and the booleans FLAGS, strict on both axes."""
    rows = [row for cell, folder in results.finished(profile, root) for row in _rows(cell, folder / "outputs.json")]
    return pd.DataFrame(rows, columns=KEYS + FLAGS).astype(dict.fromkeys(FLAGS, bool))


def _rows(cell: Cell, path: Path) -> list[tuple]:
    seen, rows = Counter(), []
    for output in read_outputs(path, cell.dataset):
        problem, verdict = output.problem, verify(output.problem, output.text)
        seen[problem.id] += 1
        again = f"-{seen[problem.id]}" if seen[problem.id] > 1 else ""  # generated stories may come twice
        flags = verdict.answer, verdict.parsed, verdict.class_step, verdict.ir_step, verdict.trace
        rows.append((cell.dataset, cell.student, cell.arm, cell.seed, problem.category, problem.id + again, *flags))
    return rows


def over_seeds(estimates: Sequence[right_wrong.Estimate], lowest: float, highest: float) -> right_wrong.Estimate:
    """One number from one a seed; the interval as the module's docstring says, within [lowest, highest].

    Seeds in which the number does not exist are left out, and the note says so.
    """
    known = [one for one in estimates if math.isfinite(one.value)]
    if not known:
        return right_wrong.Estimate(math.nan, math.nan, math.nan, estimates[0].note if estimates else "no seed")
    values = [one.value for one in known]
    low, high = (float(np.mean([getattr(one, end) for one in known])) for end in ("low", "high"))
    if len(known) >= ENOUGH:
        between = right_wrong.mean_of(values)
        low, high = min(low, between.low), max(high, between.high)
    note = f"{len(known)} of {len(estimates)} seeds" if len(known) < len(estimates) else ""
    return right_wrong.Estimate(float(np.mean(values)), max(low, lowest), min(high, highest), note)


def counts(rows: pd.DataFrame, step: str) -> right_wrong.Table2x2 | None:
    """Answer x step over the outputs that have a trace to judge; None where none has."""
    judged = rows[rows["parsed"]]
    return right_wrong.Table2x2.from_booleans(judged["answer"], judged[step]) if len(judged) else None


def association(table: pd.DataFrame, resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """How answer and step hang together, one row an arm with steps and step: dataset, student, arm, step, …

    seeds, n, the four counts of all seeds together, MEASURES each with _low and _high (shares in percent), and
    above / tested: in how many seeds chi-squared lies above the paper's criterion, of those where it exists.
    """
    out = []
    for (dataset, student, arm), part in table.groupby(["dataset", "student", "arm"], sort=False):
        if arm not in STEPPED:
            continue
        for step in STEPS:
            runs = [rows for _, rows in part.groupby("seed")]
            tables = [(counts(rows, step), len(rows)) for rows in runs]
            tables = [(found, n) for found, n in tables if found]
            if tables:
                key = {"dataset": dataset, "student": student, "arm": arm, "step": step, "seeds": len(runs)}
                out.append(key | {"n": len(part)} | _pooled(tables) | _measures(tables, resamples, seed))
    ends = [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
    columns = ["dataset", "student", "arm", "step", "seeds", "n", *CELLS, *ends, "above", "tested"]
    return pd.DataFrame(out, columns=columns)


def _pooled(tables: list[tuple[right_wrong.Table2x2, int]]) -> dict[str, int]:
    return {name: sum(getattr(table, name) for table, _ in tables) for name in CELLS}


def _measures(tables: list[tuple[right_wrong.Table2x2, int]], resamples: int, seed: int) -> dict[str, float]:
    found, each = {}, [right_wrong.shares(table, n) for table, n in tables]
    for name in each[0]:
        found |= over_seeds([shares[name] for shares in each], 0, 1).columns(name, 100)
    found |= over_seeds([right_wrong.phi(table, resamples, seed) for table, _ in tables], -1, 1).columns("phi")
    tests = [test for table, _ in tables if math.isfinite((test := right_wrong.chi_squared(table)).statistic)]
    return found | {"above": sum(test.reject for test in tests), "tested": len(tests)}


def differences(
    table: pd.DataFrame, pairs: Sequence[tuple[str, str]] = PAIRS, resamples: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Arms against each other on the same problems and seeds: answers right, first minus second, percentage points.

    dataset, student, first, second, seeds, n (problems a seed), difference, low, high, least, most (of the seeds').
    """
    out = []
    for (dataset, student), part in table.groupby(["dataset", "student"], sort=False):
        wide = part.pivot_table(index=["seed", "category", "problem"], columns="arm", values="answer", sort=True)
        for first, second in pairs:
            if {first, second} - set(wide.columns):
                continue
            both = wide[[first, second]].dropna()
            each = [_difference(rows, first, second, resamples, seed) for _, rows in both.groupby("seed")]
            if each:
                found, values = over_seeds(each, -1, 1), [one.value for one in each]
                numbers = (found.value, found.low, found.high, min(values), max(values))
                key = (dataset, student, first, second, len(each), len(both) // len(each))
                out.append((*key, *(100 * x for x in numbers)))
    columns = ["dataset", "student", "first", "second", "seeds", "n", "difference", "low", "high", "least", "most"]
    return pd.DataFrame(out, columns=columns)


def _difference(rows: pd.DataFrame, first: str, second: str, resamples: int, seed: int) -> right_wrong.Estimate:
    """One seed's difference, problems resampled in pairs. Classes are not weighed: each has as many problems."""
    return right_wrong.stratified_difference(rows[first], rows[second], np.zeros(len(rows)), resamples, seed)


def by_class(table: pd.DataFrame, arm: str, step: str = "trace") -> pd.DataFrame:
    """Inside each class of question: dataset, student, category, right, if_right, wrong, if_wrong.

    right and wrong count the outputs of all seeds whose step is right, is wrong; if_right and if_wrong: how many of
    these have the answer right.
    """
    judged = table[(table["arm"] == arm) & table["parsed"]]
    rows = []
    for keys, part in judged.groupby(["dataset", "student", "category"], sort=True):
        good, bad = part[part[step]], part[~part[step]]
        rows.append((*keys, len(good), int(good["answer"].sum()), len(bad), int(bad["answer"].sum())))
    columns = ["dataset", "student", "category", "right", "if_right", "wrong", "if_wrong"]
    return pd.DataFrame(rows, columns=columns)


def run_titles(found: pd.DataFrame) -> list[str]:
    """A panel's title for each row: arm and seeds, and whom where the table is about several."""
    several, line = len(students(found)) > 1, ",\n"
    return [
        line.join([whom(row.dataset, row.student, line)] * several + [ARM_LABELS[row.arm], seeds(row.seeds)])
        for row in found.itertuples()
    ]


def two_by_two(found: pd.DataFrame) -> pd.DataFrame:
    """`association` as plots.two_by_two takes it: run, step and the four counts."""
    return found.assign(run=run_titles(found))[["run", "step", *CELLS]]
