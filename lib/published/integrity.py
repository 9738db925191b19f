"""Whether every arm keeps its promise, and what test sets share with training sets: data/integrity.csv, data/leaks.csv.

The tables hold counts and percent, none of the authors' text. Verbose traces are simulated (lib/traces/simulate.py).
"""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.datasets.split import KINDS, find_leaks
from lib.published import release
from lib.study import ARMS, CONTROLS
from lib.traces import arms, verbose_traces

GENERATED = 400  # new problems per dataset


def check(problems: Sequence[Problem], seed: int = 0) -> pd.DataFrame:
    """Build every arm and judge every example anew with the strict verifier; one row per arm.

    Columns: arm; problems; built; no_trace (rejected: there is no simulated trace of the problem); broken (rejected:
    the verifier found other than the arm promises); answer, class, ir (percent of the built that are right; the steps
    are NaN where the arm has no trace); kept (percent of built and broken that keep the promise).
    """
    verbose, rows = verbose_traces.simulated(problems, seed), []
    for arm in (*ARMS, *CONTROLS):
        built = arms.build(problems, arm, seed, verbose)
        verdicts = [arms.judge(example) for example in built.examples]
        broken = sum("the verifier says" in message for message in built.rejected)
        answers = _percent([verdict.answer for verdict in verdicts])
        steps = [(verdict.class_step, verdict.ir_step) for verdict in verdicts if verdict.parsed]
        kept = _percent([not arms.broken_promise(verdict, arm) for verdict in verdicts] + [False] * broken)
        counts = (len(problems), len(verdicts), len(built.rejected) - broken, broken)
        rows.append((arm, *counts, answers, _percent([c for c, _ in steps]), _percent([ir for _, ir in steps]), kept))
    return pd.DataFrame(rows, columns="arm problems built no_trace broken answer class ir kept".split())


def _percent(right: Sequence[bool]) -> float:
    return round(100 * sum(right) / len(right), 2) if right else float("nan")


def released() -> dict[tuple[str, str], list[Problem]]:
    """(dataset, part) -> the released problems at hand: three classes of CoTempQA, and bAbI's training file."""
    parts = {("cotemp", part): release.cotemp_problems(part) for part in release.PARTS}
    return parts | {("babi", "train"): release.babi_problems("train")}


def build() -> pd.DataFrame:
    """data/integrity.csv: `check` of new and of released problems; columns before its own: origin, dataset, part."""
    sets = {("generated", name, "all"): module.generate(GENERATED, 0) for name, module in DATASETS.items()}
    sets |= {("released", *key): problems for key, problems in released().items()}
    return _stacked({key: check(problems) for key, problems in sets.items()}, ["origin", "dataset", "part"])


def _stacked(tables: dict[tuple, pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """The tables below each other, their keys as first columns."""
    return pd.concat(tables, names=keys).reset_index(keys).reset_index(drop=True)


def shared(train: Sequence[Problem], test: Sequence[Problem]) -> pd.DataFrame:
    """What test problems share with the training set (lib/datasets/split.py).

    Columns: kind; train, test, shared (counts); classes (the shared ones' classes and how many of each).
    """
    found, rows = find_leaks(train, test), []
    for kind in KINDS if any(problem.dataset == "cotemp" for problem in test) else KINDS[:3]:  # others have no anchor
        classes = Counter(sorted(problem.category for problem in found[kind])).most_common()
        told = ", ".join(f"{category} {n}" for category, n in classes)
        rows.append((kind, len(train), len(test), len(found[kind]), told))
    return pd.DataFrame(rows, columns=["kind", "train", "test", "shared", "classes"])


def build_leaks() -> pd.DataFrame:
    """data/leaks.csv: `shared` for the authors' splits, distinct problems; columns before its own: dataset, part.

    CoTempQA: each class's test problems against the training problems of the three classes at hand, so these counts
    can only grow with the fourth.
    """
    train = [problem for part in release.PARTS for problem in release.tuning_problems(part, "train")]
    tables = {("cotemp", part): shared(train, release.tuning_problems(part, "test")) for part in release.PARTS}
    tables["babi", "all"] = shared(release.babi_problems("train"), release.babi_problems("test"))
    return _stacked(tables, ["dataset", "part"])
