"""Checks of chapter 06: what means hide, what a group size can see, and a class's own ratings."""

from pathlib import Path

import numpy as np
import pingouin

from lib.errors import InputError
from lib.exercises import exercise
from lib.files import ROOT
from lib.human_study import read
from lib.stats import groups, ratings
from teaching.checks.forms import function, keys, number, numbers, shown

READERS = 10  # in each group of 06.1


@exercise("06.1")
def order(answer: object) -> str | None:
    """A group that has the lower mean and wins more of the pairs."""
    if wrong := keys(answer, ("first", "second")):
        return wrong
    both = []
    for name in ("first", "second"):
        values = numbers(answer[name], READERS)
        if values is None or not set(values) <= {1, 2, 3, 4, 5}:
            return f"{name}: expected {READERS} ratings, each 1, 2, 3, 4 or 5; it is {shown(answer[name])}."
        both.append(np.array(values))
    first, second = both
    if first.mean() > second.mean() - 0.2 + 1e-9:
        return f"The means are {first.mean():.1f} and {second.mean():.1f}: the first is to be lower by at least 0.2."
    delta = np.sign(np.subtract.outer(first, second)).mean()
    if delta <= 0:
        return f"The means are right, and Cliff's delta is {delta:+.2f}: not yet the first that wins more pairs."
    return None


def _power(d: float, people: int, kinds: int, corrected: bool = True) -> float:
    alpha = 0.05 / (kinds * (kinds - 1) / 2) if corrected else 0.05
    return pingouin.power_ttest(d=d, n=people // kinds, alpha=alpha)


@exercise("06.2")
def smallest(answer: object) -> str | None:
    """The smallest difference between two groups that a study sees, tests of all pairs corrected."""
    if wrong := function(answer):
        return wrong
    for people, kinds in ((100, 2), (100, 4), (60, 2), (60, 3), (60, 4), (24, 2), (400, 4)):
        got, where = number(answer(people, kinds)), f"{people} people in {kinds} groups"
        if got is None or not 0 < got < 10:
            return f"{where}: expected one number above 0 and below 10, in standard deviations."
        if _power(got - 0.02, people, kinds) < 0.8 < _power(got + 0.02, people, kinds):
            continue
        power = _power(got, people, kinds)
        hint = f"{where}: a difference of {got:.2f} is found in {power:.0%} of studies, not in 80 %."
        if kinds > 2 and abs(_power(got, people, kinds, corrected=False) - 0.8) < 0.01:
            hint += " That would do for one test; how many pairs are there?"
        return hint
    return None


def _responses(file: object) -> ratings.Responses | str:
    """What lib.human_study reads from the class's file, or what is wrong with it."""
    if not isinstance(file, (str, Path)) or not str(file).strip():
        return f"file: expected the path of a CSV file; it is {shown(file)}."
    path = ROOT / Path(file)
    if not path.is_file():
        return f"file: there is no file {shown(str(file))} yet, seen from the repository's root."
    try:
        given = ratings.exclude(read.read(path).responses)
    except InputError as error:
        return f"{error}."
    missing = {"r1", "correct"} - set(given.conditions)
    if missing or len(given.conditions) != 2 or given.within:
        return (
            "Each person is to rate one kind of trace, named r1 or correct in a column `condition`; both are to occur."
        )
    few = ratings.scores(given).query("scale == 'interpretability'").groupby("condition").size()
    if few.reindex(["r1", "correct"], fill_value=0).min() < 5:
        return "Expected five people or more for each kind of trace, with ratings of the interpretability items."
    return given


def _reported(given: ratings.Responses) -> dict[str, float]:
    """The two numbers as the report computes them, without its slow parts."""
    scores = groups.group_scores(ratings.scores(given), "interpretability", ["r1", "correct"])
    r1, correct = scores["r1"], scores["correct"]
    return {"difference": r1.mean() - correct.mean(), "delta": groups.cliffs_delta(r1, correct).value}


def _raw_difference(given: ratings.Responses) -> float:
    """The difference of means where somebody forgets to turn reverse items round."""
    items = [item.id for item in given.instrument.scale("interpretability")]
    means = given.frame[given.frame["item"].isin(items)].groupby(["condition", "participant"])["rating"].mean()
    return means["r1"].mean() - means["correct"].mean()


@exercise("06.3")
def class_file(answer: object) -> str | None:
    """A class's file as lib.human_study reads it, and two numbers that it reports of it."""
    if wrong := keys(answer, ("file", "difference", "delta")):
        return wrong
    if isinstance(given := _responses(answer["file"]), str):
        return given
    reported = _reported(given)
    for key, value in reported.items():
        got = number(answer[key])
        if got is None:
            return f"{key}: expected a number; it is {shown(answer[key])}."
        if abs(got - value) > 0.006:
            return f"{key}: {got:.3f} is not what the report has. {_why(key, got, value, given)}"
    return None


def _why(key: str, got: float, value: float, given: ratings.Responses) -> str:
    """What may have gone wrong with a number."""
    if abs(got + value) < 0.006:
        return "R1 minus correct, not the reverse."
    if key == "difference" and abs(got - _raw_difference(given)) < 0.006:
        return "Which items run against the scale?"
    out = given.excluded["participant"].nunique()
    return f"It leaves {out} people out, and a person's score is the mean of their own items of this scale."
