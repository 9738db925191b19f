"""Whether every arm keeps its promise, judged by the verifier: data/integrity.csv.

It holds counts and percent, none of the authors' text. Verbose traces are simulated (lib/traces/simulate.py).
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.published.problems import PARTS, babi_problems, cotemp_problems
from lib.study import ARMS, CONTROLS
from lib.traces import arms, verbose_traces
from lib.traces.verbose_traces import Verbose

GENERATED, SEED = 400, 0  # new problems per dataset


def check(problems: Sequence[Problem], seed: int = SEED) -> pd.DataFrame:
    """Build every arm and judge every example anew with the strict verifier; one row an arm.

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
    parsed = [verdict for verdict in verdicts if verdict.parsed]
    return {
        "arm": arm,
        "problems": len(problems),
        "built": len(verdicts),
        "no_trace": len(built.rejected) - broken,
        "broken": broken,
        "answer": _percent(sum(verdict.answer for verdict in verdicts), len(verdicts)),
        "class": _percent(sum(verdict.class_step for verdict in parsed), len(parsed)),
        "ir": _percent(sum(verdict.ir_step for verdict in parsed), len(parsed)),
        "kept": _percent(sum(not arms.broken_promise(verdict, arm) for verdict in verdicts), len(verdicts) + broken),
    }


def _percent(count: int, n: int) -> float:
    return round(100 * count / n, 2) if n else float("nan")


def released() -> dict[tuple[str, str], list[Problem]]:
    """(dataset, part) -> the released problems at hand: three classes of CoTempQA, and bAbI's training file."""
    parts = {("cotemp", part): cotemp_problems(part) for part in PARTS}
    return parts | {("babi", "train"): babi_problems("train")}


def build() -> pd.DataFrame:
    """data/integrity.csv: `check` of new and of released problems; columns before its own: origin, dataset, part."""
    new = {(name, "all"): module.generate(GENERATED, SEED) for name, module in DATASETS.items()}
    tables = {
        (origin, *key): check(some)
        for origin, sets in (("generated", new), ("released", released()))
        for key, some in sets.items()
    }
    keys = ["origin", "dataset", "part"]
    return pd.concat(tables, names=keys).reset_index(keys).reset_index(drop=True)
