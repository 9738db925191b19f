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

    Columns: class, n, answers, class_step (percent), and the counts of `audit.gold_against_evidence`.
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
    rows = [(p.id, p.category, p.pattern, *found) for p in release.all_cotemp() if (found := audit.examine(p))]
    return pd.DataFrame(rows, columns=["problem", "class", "pattern", *audit.Finding._fields])


def babi_agreement() -> pd.DataFrame:
    """babi_agreement.csv: one row for each split and task type, in the project's order.

    Columns: split, category, problems (distinct ones), class, answers, gold_facts (percent that agree; order counts),
    other_gold_facts (problems whose supporting facts disagree), equally_short (how many of those are explained: of
    several chains that answer a question of sizes equally well, the release names one).
    """
    rows = []
    for split in ("train", "test"):
        problems = sorted(release.babi_problems(split), key=lambda problem: babi.CATEGORIES.index(problem.category))
        rows += [(split, problem.category, *compare_babi(problem)) for problem in problems]
    columns = ["split", "category", "class", "answers", "gold_facts", "equally_short"]
    types = pd.DataFrame(rows, columns=columns).groupby(["split", "category"], sort=False)
    table = (100 * types[columns[2:5]].mean()).round(2)
    table.insert(0, "problems", types.size())
    table["other_gold_facts"] = types.size() - types["gold_facts"].sum()
    return table.assign(equally_short=types["equally_short"].sum()).reset_index()


def compare_babi(problem: Problem) -> tuple[bool, bool, bool, bool]:
    """Whether class, answers and supporting facts agree; whether other supporting facts would do as well as ours."""
    found = babi.decompose(problem)
    agree = found.gold_facts == problem.gold_facts
    equally_short = not agree and len(found.gold_facts) == len(problem.gold_facts) and _would_do(problem)
    return found.category == problem.category, found.answers == problem.answers, agree, equally_short


def _would_do(problem: Problem) -> bool:
    """Whether the labelled supporting facts give the answer by themselves and are all needed."""
    try:
        alone = babi.decompose(replace(problem, facts=problem.gold_facts))
    except InputError:
        return False
    return (alone.gold_facts, alone.answers) == (problem.gold_facts, problem.answers)


def marco_agreement() -> pd.DataFrame:
    """marco_class_guess.csv: how often the class guessed from a question's form is right, on questions of our own.

    Only those written after the rules tell how these fare on unseen ones. Columns: written, class (or "all"), n,
    accuracy (percent), and for every class how many questions were guessed to be of it.
    """
    questions = pd.read_csv(DATA / "marco_questions.csv")
    questions["guess"] = questions["question"].map(marco.guess_class)
    rows = []
    for written, group in questions.groupby("written", sort=False):
        for name in (*marco.CATEGORIES, "all"):
            part = group if name == "all" else group[group["class"] == name]
            accuracy = round(100 * (part["guess"] == part["class"]).mean(), 1)
            rows.append((written, name, len(part), accuracy, *((part["guess"] == c).sum() for c in marco.CATEGORIES)))
    return pd.DataFrame(rows, columns=["written", "class", "n", "accuracy", *marco.CATEGORIES])


def dataset_sizes() -> pd.DataFrame:
    """dataset_sizes.csv: how many problems have so many facts, answers, gold facts, by dataset and class."""
    sizes = Counter(
        (problem.dataset, problem.category, what, len(getattr(problem, what)))
        for problem in (*release.all_cotemp(), *release.babi_problems("train"), *release.babi_problems("test"))
        for what in ("facts", "answers", "gold_facts")
    )
    keys = ["dataset", "class", "what", "size"]
    return pd.Series(sizes).rename_axis(keys).sort_index().reset_index(name="problems")
