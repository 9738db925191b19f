"""What the authors' own test sets share with their training sets, counted."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from lib.datasets.problem import Problem
from lib.datasets.split import KINDS, find_leaks
from lib.published.problems import PARTS, babi_problems, tuning_problems


def shared(train: Sequence[Problem], test: Sequence[Problem]) -> pd.DataFrame:
    """What test problems share with the training set (lib/datasets/split.py).

    Columns: kind; train, test, shared (counts); classes (the shared ones' classes and how many of each).
    """
    found = find_leaks(train, test)
    anchored = any(problem.dataset == "cotemp" for problem in test)
    kinds = [kind for kind in KINDS if anchored or kind != "same entity and interval"]
    rows = [(kind, len(train), len(test), len(found[kind]), _classes(found[kind])) for kind in kinds]
    return pd.DataFrame(rows, columns=["kind", "train", "test", "shared", "classes"])


def _classes(problems: Sequence[Problem]) -> str:
    counts = Counter(sorted(problem.category for problem in problems))
    return ", ".join(f"{category} {n}" for category, n in counts.most_common())


def build() -> pd.DataFrame:
    """data/leaks.csv: `shared` for the authors' splits, distinct problems; columns before its own: dataset, part.

    bAbI: test file against training file. CoTempQA: each class's test problems against the training problems of the
    three classes whose files are at hand, so these counts can only grow with the fourth.
    """
    train = [problem for part in PARTS for problem in tuning_problems(part, "train")]
    tables = {("cotemp", part): shared(train, tuning_problems(part, "test")) for part in PARTS}
    tables["babi", "all"] = shared(babi_problems("train"), babi_problems("test"))
    keys = ["dataset", "part"]
    return pd.concat(tables, names=keys).reset_index(keys).reset_index(drop=True)
