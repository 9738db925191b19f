"""Checks of chapter 07: a verdict is about an interval, a guard must be able to fail, a p value needs its null."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from lib import figures
from lib.exercises import exercise
from lib.published import verdicts
from lib.study import STUDENTS
from teaching.checks.forms import function, keys, number, numbers, shown

MARGIN, MIDDLE = 5.0, -3.0  # points: what a loss must exceed to matter, and the difference of all three studies in 07.1
SUPPORTS, AGAINST, OPEN = "supports", "does not support", "cannot tell"


def _verdict(low: float, high: float) -> str:
    """The rule of 7.2 for a claim of no loss."""
    return SUPPORTS if low > -MARGIN else AGAINST if high < 0 else OPEN


@exercise("07.1")
def intervals(answer: object) -> str | None:
    """Three studies that find the same difference, and lead to three verdicts."""
    if wrong := keys(answer, (SUPPORTS, AGAINST, OPEN)):
        return wrong
    for name in (SUPPORTS, AGAINST, OPEN):
        ends = numbers(answer[name], 2)
        if ends is None or not ends[0] < ends[1]:
            return f"{name}: expected (low, high), the lower end first; it is {shown(answer[name])}."
        if abs(sum(ends) / 2 - MIDDLE) > 0.01:
            return f"{name}: the middle of {ends[0]:g} to {ends[1]:g} is {sum(ends) / 2:g}, not {MIDDLE:g}."
        if (said := _verdict(*ends)) != name:
            return f"{name}: by the rule of 7.2, {ends[0]:g} to {ends[1]:g} says {said!r}."
    return None


def _phis() -> pd.DataFrame:
    """The numbers of the sentence of 07.2: phi of answer and whole trace, both axes judged alike."""
    found = figures.load_numbers("04_trace_vs_answer")
    rows = [(s, *(found[f"sensitivity/cotemp/{s}/{p}/{p}/phi"] for p in ("released", "strict"))) for s in STUDENTS]
    return pd.DataFrame(rows, columns=["student", "released", "strict"])


def _changed(table: pd.DataFrame, row: int, **values: float) -> pd.DataFrame:
    table = table.copy()
    for column, value in values.items():
        table.loc[row, column] = value
    return table


def _tables() -> list[tuple[str, pd.DataFrame, bool]]:
    """(what is the matter with a table, the table, whether the sentence is true of it)."""
    true = _phis()
    high = true.assign(strict=0.9, released=0.1)
    doubled = pd.concat([high.iloc[:3], high.iloc[:1]], ignore_index=True)
    found = [("the numbers as they are", true, True), ("its rows in another order", true.iloc[::-1], True)]
    for i, student in enumerate(STUDENTS):
        found.append((f"{student} has a strict phi of 0.39, all others of 0.9", _changed(high, i, strict=0.39), False))
        found.append((f"{student} has 0.35 as released against 0.9", _changed(high, i, released=0.35), False))
    return [
        *found,
        (f"{STUDENTS[1]} is missing", high.drop(index=1), False),
        (f"{STUDENTS[3]} is missing, and {STUDENTS[0]} stands there twice", doubled, False),
        ("no student at all", true.iloc[:0], False),
        ("a strict phi that could not be computed (NaN)", _changed(high, 2, strict=math.nan), False),
        ("a released phi that could not be computed (NaN)", _changed(high, 2, released=math.nan), False),
    ]


@exercise("07.2")
def guard(answer: object) -> str | None:
    """A guard that is true of the numbers, and of no numbers that break its sentence."""
    if wrong := function(answer):
        return wrong
    for what, table, true in _tables():
        said = answer(table.copy())
        if not isinstance(said, (bool, np.bool_)):
            return f"Expected True or False; for this table it is {shown(said)}: {what}."
        if said != true:
            return f"{'The sentence holds' if true else 'The sentence is false'}, and your guard says {said}: {what}."
    return None


def _exact(answer: np.ndarray, step: np.ndarray, classes: np.ndarray) -> float:
    """The p value that endless permutations within classes would give: both right in as many outputs, or in more."""
    chances = np.ones(1)
    for name in np.unique(classes):
        here = classes == name
        right, steps = int(answer[here].sum()), int(step[here].sum())
        both = stats.hypergeom(int(here.sum()), right, steps).pmf(np.arange(min(right, steps) + 1))
        chances = np.convolve(chances, both)
    return float(chances[int((answer & step).sum()) :].sum())


def _outputs() -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """(name, answer right, class step right, class): two made-up students, and two of the authors'."""
    rng = np.random.default_rng(0)
    classes = np.repeat(["easy", "hard"], 200)
    chance = np.where(classes == "easy", 0.9, 0.2)
    answer, step = rng.random(400) < chance, rng.random(400) < chance
    linked = np.where(rng.random(400) < 0.7, answer, rng.random(400) < 0.5)
    found = [("a simulated student, classes easy and hard", answer, step, classes)]
    judged = verdicts.load().query("dataset == 'cotemp' and arm == 'correct' and parsed_strict == True")
    for student in ("Qwen3-1.7B", "Llama-3.1-8B"):
        part = judged[judged["student"] == student]
        right = part["answer_strict"].to_numpy(bool), part["class_strict"].to_numpy(bool)
        found.append((student, *right, part["category"].to_numpy(str)))
    return [*found, ("a simulated student whose steps follow its answers", answer, linked.astype(bool), classes)]


@exercise("07.3")
def permutation(answer: object) -> str | None:
    """A permutation test within classes, held against the exact p value."""
    if wrong := function(answer):
        return wrong
    n = 2000
    for name, right, step, classes in _outputs():
        got, exact = number(answer(right.copy(), step.copy(), classes.copy(), n)), _exact(right, step, classes)
        if got is None or not 0 <= got <= 1:
            return f"{name}: expected one number from 0 to 1."
        if got < 0.5 / n:
            return f"{name}: {n} permutations cannot show that p is {got:.2g}. Is the order that was found among them?"
        if abs(got - exact) > 4 * math.sqrt(exact * (1 - exact) / n) + 2 / n:
            across = _exact(right, step, np.zeros(len(right)))
            hint = f"{name}: {got:.4f} is too {'small' if got < exact else 'large'} for {n} permutations."
            if abs(got - across) < abs(got - exact):
                return f"{hint} Easy classes are right in both. What may change places with what?"
            return f"{hint} Count how often both are right in at least as many outputs as was found."
    return None
