"""How far the rules agree with labels, and how large the released problems are: one function for each table of data/.

The tables hold counts, percent, problem ids and reasons, none of the authors' text.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from lib.datasets import babi, cotemp, marco
from lib.datasets.cotemp import audit
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.files import DATA
from lib.published.problems import all_cotemp, babi_problems

# CoTempQA


def cotemp_agreement() -> pd.DataFrame:
    """cotemp_agreement.csv: how often rules and labels agree, by class.

    Columns: class, n, answers, class_step (percent that agree); gold_more, gold_fewer, gold_anchor (how many problems:
    see `audit.gold_against_evidence`).
    """
    rows = []
    for problem in all_cotemp():
        finding = audit.examine(problem)
        agrees = (not finding.answers_differ, not finding.class_differs) if finding else (True, True)
        rows.append((problem.category, *agrees, *audit.gold_against_evidence(problem)))
    shares, counts = ["answers", "class_step"], ["gold_more", "gold_fewer", "gold_anchor"]
    classes = pd.DataFrame(rows, columns=["class", *shares, *counts]).groupby("class", sort=False)
    parts = [classes.size().rename("n"), (100 * classes[shares].mean()).round(1), classes[counts].sum()]
    return pd.concat(parts, axis=1).loc[list(cotemp.CATEGORIES)].reset_index()


def label_audit() -> pd.DataFrame:
    """label_audit.csv: every disagreement with its reason, the problem named by its id alone."""
    found = [(problem, finding) for problem in all_cotemp() if (finding := audit.examine(problem))]
    rows = [(problem.id, problem.category, problem.pattern, *finding) for problem, finding in found]
    return pd.DataFrame(rows, columns=["problem", "class", "pattern", *audit.Finding._fields])


# bAbI


def babi_agreement() -> pd.DataFrame:
    """babi_agreement.csv: one row for each split and task type, in the project's order.

    Columns: split, category, problems (distinct ones), class, answers, gold_facts (percent that agree; order counts),
    other_gold_facts (problems whose supporting facts disagree), equally_short (how many of those are explained).

    Where several chains of sentences answer a question equally well (sizes), the release names one of them:
    `equally_short` counts how many of the disagreements on supporting facts are of that sort. None of them counts as
    agreement.
    """
    splits = ("train", "test")
    rows = [{"split": split, **compare_babi(problem)} for split in splits for problem in babi_problems(split)]
    groups = pd.DataFrame(rows).groupby(["split", "category"], sort=False)
    table = (100 * groups[["class", "answers", "gold_facts"]].mean()).round(2)
    table.insert(0, "problems", groups.size())
    table["other_gold_facts"] = groups.size() - groups["gold_facts"].sum()
    table["equally_short"] = groups["equally_short"].sum()
    order = [(split, category) for split in splits for category in babi.CATEGORIES]
    return table.loc[[key for key in order if key in table.index]].reset_index()


def compare_babi(problem: Problem) -> dict[str, str | bool]:
    """Whether class, answers and supporting facts agree; whether other supporting facts would do as well."""
    found = babi.decompose(problem)
    agree = found.gold_facts == problem.gold_facts
    return {
        "category": problem.category,
        "class": found.category == problem.category,
        "answers": found.answers == problem.answers,
        "gold_facts": agree,
        "equally_short": not agree and _would_do(problem, len(found.gold_facts)),
    }


def _would_do(problem: Problem, length: int) -> bool:
    """Whether the labelled supporting facts, as many as ours, give the answer by themselves and are all needed."""
    try:
        alone = babi.decompose(replace(problem, facts=problem.gold_facts))
    except InputError:
        return False
    needed = len(problem.gold_facts) == length and alone.gold_facts == problem.gold_facts
    return needed and alone.answers == problem.answers


# MARCO, which is not part of the release: its class is guessed from the question's form


def marco_agreement() -> pd.DataFrame:
    """marco_class_guess.csv: how often the guess is right on questions of our own, none of MARCO's.

    Their column `written` matters: some were written before the rules shaped them, so only those written after the
    rules tell how these fare on questions that they have not seen.
    """
    return guessed_classes(pd.read_csv(DATA / "marco_questions.csv"))


def guessed_classes(questions: pd.DataFrame) -> pd.DataFrame:
    """One row for every group of questions and true class, and one "all" for each group.

    questions: columns `written` (the group), `class`, `question`. Returns written, class, n, accuracy (percent), and
    for every class of CATEGORIES how many questions were guessed to be of it.
    """
    guesses = questions.assign(guess=questions["question"].map(marco.guess_class))
    rows = []
    for written, group in guesses.groupby("written", sort=False):
        for name in (*marco.CATEGORIES, "all"):
            part = group if name == "all" else group[group["class"] == name]
            counts = [int((part["guess"] == guess).sum()) for guess in marco.CATEGORIES]
            accuracy = round(100 * (part["guess"] == part["class"]).mean(), 1)
            rows.append((written, name, len(part), accuracy, *counts))
    return pd.DataFrame(rows, columns=["written", "class", "n", "accuracy", *marco.CATEGORIES])


# Sizes


def dataset_sizes() -> pd.DataFrame:
    """dataset_sizes.csv: `count_sizes` of CoTempQA and bAbI (train and test)."""
    return count_sizes([*all_cotemp(), *babi_problems("train"), *babi_problems("test")])


def count_sizes(problems: Iterable[Problem]) -> pd.DataFrame:
    """How many problems have so many facts, answers and gold facts: dataset, class, what, size, problems."""
    sizes = Counter(
        (problem.dataset, problem.category, what, len(getattr(problem, what)))
        for problem in problems
        for what in ("facts", "answers", "gold_facts")
    )
    columns = ["dataset", "class", "what", "size", "problems"]
    return pd.DataFrame([(*key, sizes[key]) for key in sorted(sizes)], columns=columns)
