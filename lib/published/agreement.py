"""How far the rules agree with labels, and how large the released problems are: one function for each table of data/.

The tables hold counts, percent, problem ids and reasons, none of the authors' text.
"""

from collections import Counter
from dataclasses import replace

import pandas as pd

from lib.datasets import babi, cotemp, marco
from lib.datasets.cotemp import audit
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.files import DATA
from lib.published import release


def cotemp_agreement() -> pd.DataFrame:
    """cotemp_agreement.csv: how often rules and labels agree, by class.

    Columns: class, n, answers, class_step (percent that agree); gold_more, gold_fewer, gold_anchor (how many problems:
    see `audit.gold_against_evidence`).
    """
    rows = []
    for problem in release.all_cotemp():
        answers_differ, class_differs, _ = audit.examine(problem) or (False, False, "")
        rows.append((problem.category, not answers_differ, not class_differs, *audit.gold_against_evidence(problem)))
    shares, counts = ["answers", "class_step"], ["gold_more", "gold_fewer", "gold_anchor"]
    classes = pd.DataFrame(rows, columns=["class", *shares, *counts]).groupby("class")
    parts = [classes.size().rename("n"), (100 * classes[shares].mean()).round(1), classes[counts].sum()]
    return pd.concat(parts, axis=1).loc[list(cotemp.CATEGORIES)].reset_index()


def label_audit() -> pd.DataFrame:
    """label_audit.csv: every disagreement with its reason, the problem named by its id alone."""
    found = [(problem, finding) for problem in release.all_cotemp() if (finding := audit.examine(problem))]
    rows = [(problem.id, problem.category, problem.pattern, *finding) for problem, finding in found]
    return pd.DataFrame(rows, columns=["problem", "class", "pattern", *audit.Finding._fields])


def babi_agreement() -> pd.DataFrame:
    """babi_agreement.csv: one row for each split and task type, in the project's order.

    Columns: split, category, problems (distinct ones), class, answers, gold_facts (percent that agree; order counts),
    other_gold_facts (problems whose supporting facts disagree), equally_short (how many of those are explained: of
    several chains of sentences that answer a question of sizes equally well, the release names one).
    """
    rows = []
    for split in ("train", "test"):
        problems = sorted(release.babi_problems(split), key=lambda problem: babi.CATEGORIES.index(problem.category))
        rows += [(split, problem.category, *compare_babi(problem)) for problem in problems]
    shares = ["class", "answers", "gold_facts"]
    types = pd.DataFrame(rows, columns=["split", "category", *shares, "equally_short"])
    types = types.assign(other_gold_facts=~types["gold_facts"]).groupby(["split", "category"], sort=False)
    counts = types[["other_gold_facts", "equally_short"]].sum()
    return pd.concat([types.size().rename("problems"), (100 * types[shares].mean()).round(2), counts], axis=1).reset_index()


def compare_babi(problem: Problem) -> tuple[bool, bool, bool, bool]:
    """Whether class, answers and supporting facts agree; whether the labelled facts would do as well as ours.

    They would if they are as many, give the answer by themselves and are all needed.
    """
    found = babi.decompose(problem)
    agree = found.gold_facts == problem.gold_facts
    try:
        alone = babi.decompose(replace(problem, facts=problem.gold_facts))
    except InputError:
        alone = None
    would_do = alone == replace(found, category=..., gold_facts=problem.gold_facts, answers=problem.answers)
    return found.category == problem.category, found.answers == problem.answers, agree, would_do
