"""Where the two protocols part: the smallest example of each difference, real where the release is at hand.

Each Difference names an axis and says which protocol finds what. `smallest` looks for the shortest released output
that shows it; `made_up` is one of our own, of the same shape.
"""

from dataclasses import dataclass

import pandas as pd

from lib.analysis import examples
from lib.datasets import babi, cotemp
from lib.datasets.outputs import read_outputs
from lib.datasets.problem import Problem
from lib.published import release
from lib.published.verdicts import gold_file, runs
from lib.verify import released, strict


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the protocols disagree about the same output."""

    key: str
    axis: str  # "answer", "class_step" or "ir_step"
    released: bool  # what the released protocol says; strict says the opposite
    dataset: str
    why: str


@dataclass(frozen=True, slots=True)
class Example:
    """An output with what both protocols say of it. `source` says whose it is."""

    problem: Problem
    text: str
    released_says: str
    strict_says: str
    source: str


DIFFERENCES = (
    Difference(
        "extra answer unseen",
        "answer",
        True,
        "cotemp",
        "The released scorer looks for names on one side of the facts only (the side opposite to the answers) and for "
        "the golds. A wrong name on the other side goes unseen, so gold plus a wrong name scores as gold.",
    ),
    Difference(
        "right answer unseen",
        "answer",
        False,
        "cotemp",
        "The released scorer deletes the words “assistant” and “think”, and drops the first name that also stands in "
        "the question, even inside a longer name. A right answer that contains one of these is lost.",
    ),
    Difference(
        "any fact will do",
        "ir_step",
        True,
        "cotemp",
        "The released step check compares the list of facts with itself when it looks for the gold ones, so any fact "
        "of the context counts as the right one.",
    ),
    Difference(
        "another question's facts",
        "ir_step",
        False,
        "cotemp",
        "The released check takes its gold row by answer substring: the first test row whose answer contains this "
        "gold answer. That row may belong to another question, whose facts the trace cannot cite.",
    ),
    Difference(
        "another question's class",
        "class_step",
        False,
        "babi",
        "The same join, on the class step: the first row with this answer may be of another class.",
    ),
)


def compare(difference: Difference, problem: Problem, text: str, gold: released.GoldFile) -> tuple[str, str] | None:
    """What released and strict say, as sentences, where the output shows the difference; else None."""
    if difference.axis == "answer":
        checks = released.check_answer(problem, text), strict.check_answer(problem, text)
        verdicts = [(check.right, check.reason) for check in checks]
    else:
        checks = released.check_steps(problem, text, gold), strict.check_steps(problem, text)
        if not all(check.parsed for check in checks):
            return None
        name = {"class_step": "class step", "ir_step": "IR step"}[difference.axis]
        verdicts = [
            (getattr(check, difference.axis), "; ".join(r for r in check.reasons if r.startswith(name)))
            for check in checks
        ]
    if verdicts[0][0] != difference.released or verdicts[1][0] == difference.released:
        return None
    return tuple("right" if right else f"wrong: {reason.partition(': ')[2]}" for right, reason in verdicts)


def smallest(difference: Difference) -> Example | None:
    """The shortest released output (text and facts together) that shows the difference; None where there is none."""
    best: tuple[int, Example] | None = None
    for run in runs():
        if run.dataset != difference.dataset or run.arm != "correct":
            continue
        gold = gold_file(run.gold_name(), run.dataset)
        for output in read_outputs(release.fetch(run.name), run.dataset, run.category or None):
            size = len(output.text) + sum(map(len, output.problem.facts))
            if best and size >= best[0]:
                continue
            if says := compare(difference, output.problem, output.text, gold):
                source = f"{run.student}, trained on correct traces ({run.category or output.problem.category})"
                best = size, Example(output.problem, output.text, *says, source)
    return best[1] if best else None


def made_up(difference: Difference) -> Example:
    """An example of our own that shows the difference. Raises ValueError if it does not: a check on this module."""
    problem, text, rows = _MADE_UP[difference.key]()
    says = compare(difference, problem, text, released.GoldFile(rows))
    if says is None:
        raise ValueError(f"the made-up example of {difference.key!r} does not show it")
    return Example(problem, text, *says, "made up")


def show(difference: Difference) -> Example:
    """The smallest real example where the release is at hand, else the made-up one."""
    return (smallest(difference) if release.at_hand() else None) or made_up(difference)


# --- examples of our own: (problem, text, rows of a gold file) ----------------------------------------------


def _row(problem: Problem) -> tuple[str, str, tuple[str, ...]]:
    return str(list(problem.answers)), problem.category, problem.facts


def _extra() -> tuple:
    problem = examples.churchill()
    text = examples.completion("equal", list(problem.gold_facts), [*problem.answers, "Chancellor of the Exchequer"])
    return problem, text, [_row(problem)]


def _assistant() -> tuple:
    facts = [
        "Ada Moss holds the position of town clerk from 1901 to 1907.",
        "Ada Moss holds the position of assistant curator from 1901 to 1907.",
    ]
    question = "While Ada Moss was holding the position of town clerk, which position did Ada Moss hold simultaneously?"
    row = {"question": question, "facts": facts, "gold": ["assistant curator"], "triple_element": "S1_R1_O2"}
    problem = cotemp.problem_of(row, "equal")
    return problem, examples.completion("equal", facts[1:], ["assistant curator"]), [_row(problem)]


def _any_fact() -> tuple:
    problem = examples.churchill()
    return problem, examples.completion("equal", [problem.facts[2]], list(problem.answers)), [_row(problem)]


def _other_facts() -> tuple:
    problem = examples.churchill()
    text = examples.completion("equal", list(problem.gold_facts), list(problem.answers))
    earlier = ("['Minister of Defence Procurement']", "equal", ("Ada Moss holds the position of clerk in 1901.",))
    return problem, text, [earlier, _row(problem)]


def _other_class() -> tuple:
    facts = ["Ada is a heron.", "Ada is blue.", "Otto is a heron."]
    row = {"question": "What color is Otto?", "passage": str(facts), "answer_passage": str(facts), "gold": "blue"}
    problem = babi.problem_of(row, "basic-induction")
    text = (
        "<think>The category of the question represents what is being asked in that question. The category of the "
        f"question asked is: basic-induction.\nI need to use the following text to answer the question: {facts}"
        "</think> <answer>blue</answer>"
    )
    earlier = ("blue", "conjunction", ("Ada and Otto are blue.",))
    return problem, text, [earlier, ("blue", "basic-induction", tuple(facts))]


_MADE_UP = {
    "extra answer unseen": _extra,
    "right answer unseen": _assistant,
    "any fact will do": _any_fact,
    "another question's facts": _other_facts,
    "another question's class": _other_class,
}


def counts(table: pd.DataFrame) -> list[dict]:
    """How often each difference occurs in the table of verdicts (lib.published.verdicts.load), over the correct-trace arms."""
    rows = []
    columns = {"answer": "answer", "class_step": "class", "ir_step": "ir"}
    for difference in DIFFERENCES:
        part = table[(table["dataset"] == difference.dataset) & (table["arm"] == "correct")]
        column = columns[difference.axis]
        ours, theirs = part[f"{column}_strict"], part[f"{column}_released"]
        shown = (theirs & ~ours) if difference.released else (ours & ~theirs)
        rows.append({"difference": difference.key, "outputs": int(shown.sum()), "of": len(part)})
    return rows
