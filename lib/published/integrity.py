"""Whether every arm keeps its promise, and what test sets share with training sets: data/integrity.csv, data/leaks.csv.

The tables hold counts and percent, none of the authors' text. Verbose traces are simulated (lib/traces/simulate.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.datasets.split import KINDS, find_leaks
from lib.published import release
from lib.study import ARMS, CONTROLS
from lib.traces import arms, verbose_traces
from lib.traces.verbose_traces import Verbose

GENERATED = 400  # new problems per dataset


def check(problems: Sequence[Problem], seed: int = 0) -> pd.DataFrame:
    """Build every arm and judge every example anew with the strict verifier; one row per arm.

    Columns: arm; problems; built; no_trace (rejected: there is no simulated trace of the problem); broken (rejected:
    the verifier found other than the arm promises); answer, class, ir (percent of the built that are right; the steps
    are NaN where the arm has no trace); kept (percent of built and broken that keep the promise).
    """
    verbose = verbose_traces.simulated(problems, seed)
    return pd.DataFrame([_check_arm(problems, arm, seed, verbose) for arm in (*ARMS, *CONTROLS)])


def _check_arm(problems: Sequence[Problem], arm: str, seed: int, verbose: Mapping[str, Verbose]) -> dict:
    built = arms.build(problems, arm, seed, verbose)
    verdicts = [arms.judge(example) for example in built.examples]
    broken = sum("the verifier says" in message for message in built.rejected)
    return {
        "arm": arm,
        "problems": len(problems),
        "built": len(verdicts),
        "no_trace": len(built.rejected) - broken,
        "broken": broken,
        "answer": _percent([verdict.answer for verdict in verdicts]),
        "class": _percent([verdict.class_step for verdict in verdicts if verdict.parsed]),
        "ir": _percent([verdict.ir_step for verdict in verdicts if verdict.parsed]),
        "kept": _percent([not arms.broken_promise(verdict, arm) for verdict in verdicts] + [False] * broken),
    }


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
    found = find_leaks(train, test)
    anchored = any(problem.dataset == "cotemp" for problem in test)
    kinds = [kind for kind in KINDS if anchored or kind != "same entity and interval"]
    rows = [(kind, len(train), len(test), len(found[kind]), _classes(found[kind])) for kind in kinds]
    return pd.DataFrame(rows, columns=["kind", "train", "test", "shared", "classes"])


def _classes(problems: Sequence[Problem]) -> str:
    counts = Counter(sorted(problem.category for problem in problems))
    return ", ".join(f"{category} {n}" for category, n in counts.most_common())


def build_leaks() -> pd.DataFrame:
    """data/leaks.csv: `shared` for the authors' splits, distinct problems; columns before its own: dataset, part.

    bAbI: test file against training file. CoTempQA: each class's test problems against the training problems of the
    three classes whose files are at hand, so these counts can only grow with the fourth.
    """
    train = [problem for part in release.PARTS for problem in release.tuning_problems(part, "train")]
    tables = {("cotemp", part): shared(train, release.tuning_problems(part, "test")) for part in release.PARTS}
    tables["babi", "all"] = shared(release.babi_problems("train"), release.babi_problems("test"))
    return _stacked(tables, ["dataset", "part"])
