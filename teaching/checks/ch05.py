"""Checks of chapter 05: how much one class, or one seed, can move a comparison; and what a control for length needs."""

import re

import numpy as np
from scipy import stats

from lib.datasets import cotemp
from lib.datasets.cotemp.dates import MONTHS
from lib.datasets.cotemp.grammar import parse_fact
from lib.datasets.problem import Problem
from lib.exercises import exercise
from lib.published import reported
from lib.traces import arms, verbose_traces
from lib.verify import free, verify
from lib.verify.completion import render_completion
from teaching.checks.forms import function, number, shown

KINDS = ("vanilla", "correct", "summary", "posthoc")  # what R1's traces are held against


def _turning() -> set[tuple[str, str, str]]:
    scores = reported.read("published_scores.csv").query("part == 2")
    wide = scores.pivot_table(index="student", columns=["arm", "category"], values="acc")
    found = set()
    for kind in KINDS:
        gap = wide["r1"] - wide[kind]
        for left_out in gap:
            turns = gap.mean(axis=1) * gap.drop(columns=left_out).mean(axis=1) < 0
            found |= {(student, kind, left_out) for student in gap.index[turns]}
    return found


@exercise("05.1")
def one_class(answer: object) -> str | None:
    """The comparisons whose sign hangs on one class."""
    try:
        given = {tuple(str(part).strip() for part in row) for row in answer}
    except TypeError:
        return f"Expected a set of (student, kind of trace, class); it is {shown(answer)}."
    if odd := [row for row in given if len(row) != 3]:
        return f"Expected three words each, (student, kind of trace, class); one is {shown(odd[0])}."
    right = _turning()
    if extra := sorted(given - right):
        return f"{', '.join(extra[0])}: the sign is the same without it, or there is no such row."
    if missing := len(right - given):
        return f"Right so far; {missing} more. Is every class left out once, for each student and kind of trace?"
    return None


def _ruler(arms_: dict[str, list[float]], pooled: bool = True, t: bool = True, two: bool = True) -> float:
    groups = list(arms_.values()) if pooled else [[x for group in arms_.values() for x in group]]
    df = sum(len(group) - 1 for group in groups)
    sd = np.sqrt(sum(np.var(group) * len(group) for group in groups) / df)
    return (stats.t.ppf(0.975, df) if t else 1.96) * sd * (np.sqrt(2) if two else 1)


_MISTAKES = [  # what was left out, and a question about it
    ({"two": False}, "That is how far one run lies from the truth. Here two runs differ, and each has its own noise."),
    ({"t": False}, "1.96 takes the spread for known. It is estimated, from few runs; how many of them are free?"),
    ({"pooled": False}, "That spread holds the differences between arms, too. Only the seed may differ."),
]
_ANY = "Two runs, of one arm, judged from few seeds: does yours know all three?"


@exercise("05.2")
def ruler(answer: object) -> str | None:
    """How far two runs of one arm may lie apart, from a few runs of several arms."""
    if wrong := function(answer):
        return wrong
    scores = reported.read("published_scores.csv").query("part == 1")
    runs = scores.groupby(["student", "arm", "seed"])["acc"].agg(["mean", "size"]).query("size == 4")["mean"]
    cases = {s: {a: list(r) for a, r in part.groupby("arm")} for s, part in runs.groupby("student")}
    cases |= {"made up": {"one": [50.0, 54.0], "other": [70.0, 71.0, 75.0, 72.0], "alone": [10.0]}}
    for name, runs_of in cases.items():
        got, ours = number(answer({arm: list(values) for arm, values in runs_of.items()})), _ruler(runs_of)
        if got is None:
            return f"{name}: expected one number, in points."
        if abs(got - ours) > 0.01 * ours:
            near = (hint for left_out, hint in _MISTAKES if abs(got - _ruler(runs_of, **left_out)) < 0.01 * ours)
            how = "small" if got < ours else "large"
            return f"{name}: {got:.2f} points is too {how}. {next(near, _ANY)}"
    return None


def _names(problem: Problem) -> set[str]:
    """The words of all names in the facts, in small letters: people, employers, places."""
    parsed = [parse_fact(text) for text in problem.facts]
    words = {word for fact in parsed for word in re.findall(r"\w+", f"{fact.subject} {fact.object}")}
    return {word.lower() for word in words if word[0].isupper()}


def _of_a_date(word: str) -> bool:
    return bool(re.search(r"\d", word)) or (word.capitalize() in MONTHS and word != "may")


def _kept(control: str, trace: str) -> float:
    """The share of the control's words that are words of the trace, each counted as often as it stands there."""
    words, left = re.findall(r"\w+", control.lower()), re.findall(r"\w+", trace.lower())
    same = sum(min(words.count(word), left.count(word)) for word in set(words))
    return same / max(len(words), 1)


def _leak(problem: Problem, control: str) -> str:
    """What a control still says of its problem, or ""."""
    words, names = re.findall(r"\w+", control), _names(problem)
    if name := next((word for word in words if word.lower() in names), ""):
        return f"it still holds {name!r}, a word of a name in the facts."
    if date := next((word for word in words if _of_a_date(word)), ""):
        return f"it still holds {date!r}, of a date."
    text = render_completion(control, cotemp.render_answer(problem.answers))
    if verify(problem, text).class_step:
        return "the verifier can still read its class step, and it is right: which sentence names the class?"
    if claims := free.judge(problem, text).claims:
        return f"the verifier can still read a statement about the facts: {shown(claims[0].text)}."
    return ""


@exercise("05.3")
def control(answer: object) -> str | None:
    """A control for length: as long as the trace, in its words, and nothing said of the problem."""
    if wrong := function(answer):
        return wrong
    problems = [problem for name in cotemp.CATEGORIES for problem in cotemp.generate(3, 5, category=name)]
    verbose = verbose_traces.simulated(problems, 5)
    for problem in problems:
        trace = verbose[problem.id].trace
        made, where = answer(problem, trace), f"Problem {problem.id} ({problem.category})"
        if not isinstance(made, str):
            return f"{where}: expected a text; it is {shown(made)}."
        length, wanted = arms.count_words(made), arms.count_words(trace)
        if abs(length - wanted) > 0.02 * wanted:
            return f"{where}: {length} words and marks, where the trace has {wanted}."
        if leak := _leak(problem, made):
            return f"{where}: {leak}"
        if (kept := _kept(made, trace)) < 0.5:
            return f"{where}: only {kept:.0%} of its words are the trace's: content and style have both gone."
    return None
