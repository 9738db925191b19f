"""Checks of chapter 08: what of a figure is printed, what half-known values allow, texts that differ in layout only."""

from itertools import permutations, zip_longest

import numpy as np
import pandas as pd
from scipy import stats

from lib.datasets import cotemp
from lib.exercises import exercise
from lib.published import reported
from lib.study import STUDENTS
from lib.traces import verbose_traces
from lib.verify import free
from lib.verify.completion import render_completion
from teaching.checks.forms import function, keys, number, numbers, shown

RATED = ("r1", "summary", "posthoc", "correct")
ONE = "Qwen3-1.7B"  # whose points 08.1 asks for


def _useful(part: int = 2) -> pd.DataFrame:
    """Answers right in percent, mean of the classes: a row per student, a column per arm."""
    scores = reported.read("published_scores.csv").query("part == @part")
    by_class = scores.groupby(["student", "arm", "category"])["acc"].mean()
    return by_class.groupby(["student", "arm"]).mean().unstack("arm")


def _places() -> dict[str, dict[str, tuple[float, float]]]:
    """Where the mean of each kind of trace can lie on each scale, by what the paper prints and says."""
    low, high = (reported.number("interpretability", "cotemp", "", arm) for arm in ("r1", "correct"))
    load = reported.number("cognitive load", "cotemp", "", "r1")
    between = {"r1": (low, low), "summary": (low, high), "posthoc": (low, high), "correct": (high, high)}
    return {"interpretability": between, "load": dict.fromkeys(RATED, (1.0, load)) | {"r1": (load, load)}}


@exercise("08.1")
def points(answer: object) -> str | None:
    """Two kinds of trace and the dashed line of one panel of the figure."""
    if wrong := keys(answer, ("r1", "summary", "answer only")):
        return wrong
    useful, places = _useful().loc[ONE], _places()["interpretability"]
    for kind in ("r1", "summary"):
        got = numbers(answer[kind], 3)
        if got is None:
            return f"{kind}: expected (low, high, useful), three numbers; it is {shown(answer[kind])}."
        if abs(got[2] - useful[kind]) > 0.06:
            return f"{kind}: {got[2]:g} is not the mean of {ONE}'s four classes in part 2."
        if max(abs(got[0] - places[kind][0]), abs(got[1] - places[kind][1])) > 0.006:
            printed = places[kind][0] == places[kind][1]
            hint = "Its mean is printed: low and high are the same." if printed else "What do the paper's words allow?"
            return f"{kind}: it does not lie at {got[0]:g} to {got[1]:g}. {hint}"
    got, ours = number(answer["answer only"]), useful["vanilla"]
    if got is None or abs(got - ours) > 0.06:
        part1 = got is not None and abs(got - _useful(1).loc[ONE, "vanilla"]) < 0.1
        hint = "That is part 1, other problems." if part1 else "Its arm is called vanilla."
        return f"answer only: {shown(answer['answer only'])} is not the dashed line. {hint}"
    return None


def _possible(order: tuple[str, ...], places: dict[str, tuple[float, float]]) -> bool:
    """Whether means that rise in this order, no two of them equal, fit into their ranges."""
    reached = -np.inf
    for kind in order:
        reached = max(places[kind][0], reached + 1e-6)
        if reached > places[kind][1] + 1e-9:
            return False
    return True


def _bounds(useful: dict[str, float], places: dict[str, tuple[float, float]]) -> tuple[float, float]:
    orders = [order for order in permutations(useful) if _possible(order, places)]
    rho = [stats.spearmanr(range(len(order)), [useful[kind] for kind in order]).statistic for order in orders]
    return min(rho), max(rho)


def _cases() -> list[tuple[str, dict[str, float], dict[str, tuple[float, float]]]]:
    useful = _useful()
    found = [
        (f"{student}, {scale}", {kind: float(useful.loc[student, kind]) for kind in RATED}, places)
        for student in STUDENTS
        for scale, places in _places().items()
    ]
    ranges = {"a": (1.0, 2.0), "b": (1.5, 3.0), "c": (2.5, 4.0), "d": (1.0, 5.0), "e": (3.2, 3.2)}
    found.append(("five made-up kinds", {"a": 40.0, "b": 55.0, "c": 50.0, "d": 20.0, "e": 70.0}, ranges))
    exact = {kind: (mean, mean) for kind, mean in zip("abc", (2.0, 3.0, 1.0), strict=True)}
    return [*found, ("three made-up kinds, all means printed", {"a": 40.0, "b": 55.0, "c": 60.0}, exact)]


@exercise("08.2")
def bounds(answer: object) -> str | None:
    """The rank correlations that half-known means allow."""
    if wrong := function(answer):
        return wrong
    for name, useful, places in _cases():
        got, ours = numbers(answer(dict(useful), dict(places)), 2), _bounds(useful, places)
        if got is None:
            return f"{name}: expected (smallest, largest), two finite numbers."
        for end, sign, mine, theirs in zip(("smallest", "largest"), (1, -1), got, ours, strict=True):
            if abs(mine - theirs) > 0.01:
                wide = sign * mine < sign * theirs
                hint = "an order behind it does not fit the ranges" if wide else "the ranges allow an order beyond it"
                return f"{name}: {mine:.2f} is not the {end}; {hint}."
    return None


def _words_a_line(text: str) -> float:
    return float(np.mean([len(line.split()) for line in text.splitlines() if line.strip()] or [0]))


@exercise("08.3")
def layouts(answer: object) -> str | None:
    """One text in two layouts: nothing but white space differs, and nothing said is lost."""
    if wrong := function(answer):
        return wrong
    problems = [problem for name in cotemp.CATEGORIES for problem in cotemp.generate(3, 8, category=name)]
    verbose = verbose_traces.simulated(problems, 8)
    for problem in problems:
        trace, where = verbose[problem.id].trace, f"Problem {problem.id}"
        made = answer(trace)
        if not isinstance(made, (tuple, list)) or len(made) != 2 or not all(isinstance(text, str) for text in made):
            return f"{where}: expected (easy, hard), two texts; it is {shown(made)}."
        for name, text in zip(("easy", "hard"), made, strict=True):
            if text.split() != trace.split():
                pairs = zip_longest(text.split(), trace.split())
                at = next(i for i, (mine, theirs) in enumerate(pairs) if mine != theirs)
                return f"{where}, {name}: word {at + 1} is not the trace's. Layout is white space, nothing else."
        easy, hard = map(_words_a_line, made)
        if easy > 16 or hard < 10 * easy:
            return (
                f"{where}: {easy:.0f} words a line against {hard:.0f}; expected at most 16, against ten times as many."
            )
        answered = cotemp.render_answer(problem.answers)
        claims, easy_claims = (
            free.judge(problem, render_completion(text, answered)).claims for text in (trace, made[0])
        )
        if lost := [claim.text for claim in claims if claim not in easy_claims]:
            return f"{where}, easy: a line break tears a statement that could be read before: {shown(lost[0], 90)}."
    return None
