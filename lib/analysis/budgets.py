"""What supervision costs a student: how much it was trained to write, and what it got for it. The re-trained level.

Supervised words are counted by traces.count_words on the completions that a cell was trained on, which are built again
from the cell alone; tokens read in training and written for an answer stand in the cell's record.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from lib.datasets.problem import Problem
from lib.run import records, results
from lib.run.cells import UNTRAINED, Budget, Cell
from lib.study import DATASET_LABELS
from lib.traces.arms import count_words

COLUMNS = ["dataset", "student", "arm", "seeds", "value", "low", "high", "words", "supervised", "read", "written"]


def completions(cell: Cell) -> list[str]:
    """The completions that a cell is trained on; none for an untrained student."""
    from lib.run import train_cell  # here, not above: it loads the training libraries, which takes seconds

    if cell.arm == UNTRAINED:
        return []
    return [example.completion for example in train_cell.examples(cell, _problems(cell.dataset, cell.budget)[0])]


@lru_cache(maxsize=8)
def _problems(dataset: str, budget: Budget) -> tuple[list[Problem], list[Problem]]:
    """For training, for the test: generated once for all the arms and students that share them."""
    from lib.run import train_cell

    return train_cell.material(Cell(dataset, "tiny", "vanilla", 0, budget))


def one_fact_at_random(problems: Sequence[Problem]) -> float:
    """How often a fact picked at random from a problem's context is its one gold fact: percent, expected.

    A student near it in its IR step has learned the form of a trace, and not which facts count.
    """
    return 100 * sum((len(p.gold_facts) == 1) / len(p.facts) for p in problems) / len(problems)


def table(
    cells: Iterable[tuple[Cell, dict]],
    accuracy: pd.DataFrame,
    texts: Callable[[Cell], list[str]] = completions,
) -> pd.DataFrame:
    """One row a dataset, student and arm: COLUMNS.

    cells     each with its metrics; accuracy: as results.mean_over_seeds returns it (answers are taken)
    words     of a completion, mean; supervised: of all completions that a training run saw
    read      tokens of prompts and completions that a training run read; written: by the student, for one answer
    """
    first: dict[tuple, tuple[Cell, list[dict]]] = {}
    for cell, metrics in cells:
        first.setdefault((cell.dataset, cell.student, cell.arm), (cell, []))[1].append(metrics)
    right = accuracy[accuracy["what"] == "answer"].set_index(["dataset", "student", "arm"])
    rows = []
    for key, (cell, found) in first.items():
        one = right.loc[key]
        counts = [count_words(text) for text in texts(cell)]
        words = sum(counts) / len(counts) if counts else 0.0
        seen = cell.budget.steps * cell.budget.batch_size * cell.budget.accumulation
        trained = [metrics["train"]["tokens"] for metrics in found if metrics["train"]]
        read = sum(trained) / len(trained) if trained else 0.0
        rows.append(
            (*key, int(one["seeds"]), one["value"], one["low"], one["high"], words, words * seen, read, one["tokens"])
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def gains(found: pd.DataFrame) -> pd.DataFrame:
    """The trained arms of `table` with two columns more: gain, per_thousand.

    gain          accuracy minus that of the untrained student, percentage points; NaN where that was not asked
    per_thousand  gain over a thousand supervised words
    """
    untrained = found[found["arm"] == UNTRAINED].set_index(["dataset", "student"])["value"]
    trained = found[found["arm"] != UNTRAINED].copy()
    base = [untrained.get((row.dataset, row.student), math.nan) for row in trained.itertuples()]
    trained["gain"] = trained["value"] - pd.Series(base, index=trained.index, dtype=float)
    trained["per_thousand"] = 1000 * trained["gain"] / trained["supervised"]
    return trained


def settings(cells: Iterable[Cell]) -> pd.DataFrame:
    """What students were trained on and tested with, one row a dataset, student and budget, for reading.

    An untrained student has no budget of its own: it is left out.
    """
    rows = dict.fromkeys((cell.dataset, cell.student, cell.budget) for cell in cells if cell.arm != UNTRAINED)
    return pd.DataFrame([_setting(*row) for row in rows])


def _setting(dataset: str, student: str, budget: Budget) -> dict[str, object]:
    return {
        "dataset": DATASET_LABELS[dataset],
        "student": student,
        "classes": ", ".join(budget.categories) or "all",
        "facts a problem": str(budget.facts or "as in the benchmark"),
        "problems (training, test)": f"{budget.n_train}, {budget.n_test}",
        "steps": budget.steps,
        "examples a step": budget.batch_size * budget.accumulation,
        "learning rate": f"{budget.learning_rate:g}",
        "one fact at random is the gold fact, percent": one_fact_at_random(_problems(dataset, budget)[1]),
    }


def retrained(profile: str, root: Path | None = None) -> pd.DataFrame:
    """`table` of a profile's finished cells; empty where none is finished."""
    cells = [(cell, records.metrics(folder)) for cell, folder in results.finished(profile, root)]
    return table(cells, results.mean_over_seeds(results.load(profile, root)))
