"""Whether every arm keeps its promise, judged by the verifier: data/integrity.csv.

    python -m lib.analysis.integrity     # the table again, from new problems and the authors' release

It holds counts and percent only, none of the authors' text. Verbose traces are simulated (lib/traces/simulate.py).
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.errors import expect_no_arguments, run_cli
from lib.files import DATA, write_table
from lib.published.problems import PARTS, babi_problems, cotemp_problems
from lib.study import ARMS, CONTROLS
from lib.traces import arms as traces
from lib.traces import verbose_traces
from lib.traces.verbose_traces import Verbose

DATA = DATA
GENERATED, SEED = 400, 0  # new problems a dataset
ALL_ARMS = (*ARMS, *CONTROLS)


def check(
    problems: Sequence[Problem],
    verbose: Mapping[str, Verbose] | None = None,
    arms: Iterable[str] = ALL_ARMS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Build arms and judge every example anew with the strict verifier; one row an arm.

    verbose  problem id -> verbose trace; simulated where there are none given

    Columns: arm; problems; built; no_trace (rejected: its source has no text for the problem); broken (rejected: the
    verifier found other than the arm promises); answer, class, ir (percent of the built that are right; the steps are
    NaN where the arm has no trace); kept (percent of built and broken that keep the promise).
    """
    arms = tuple(arms)
    if verbose is None and set(arms) & set(traces.NEEDS_VERBOSE):
        verbose = verbose_traces.simulated(problems, seed)
    return pd.DataFrame([_check_arm(problems, arm, seed, verbose) for arm in arms])


def _check_arm(problems: Sequence[Problem], arm: str, seed: int, verbose: Mapping[str, Verbose] | None) -> dict:
    built = traces.build(problems, arm, seed, verbose)
    verdicts = [traces.judge(example) for example in built.examples]
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
        "kept": _percent(sum(not traces.broken_promise(verdict, arm) for verdict in verdicts), len(verdicts) + broken),
    }


def _percent(count: int, n: int) -> float:
    return round(100 * count / n, 2) if n else float("nan")


# --- the committed table ------------------------------------------------------------------------------------


def generated() -> dict[tuple[str, str], list[Problem]]:
    """(dataset, "all") -> new problems of every class."""
    return {(name, "all"): module.generate(GENERATED, SEED) for name, module in DATASETS.items()}


def released() -> dict[tuple[str, str], list[Problem]]:
    """(dataset, part) -> the released problems at hand: three classes of CoTempQA, and bAbI's training file."""
    parts = {("cotemp", part): cotemp_problems(part) for part in PARTS}
    return parts | {("babi", "train"): babi_problems("train")}


def build(
    parts: Mapping[tuple[str, str], Sequence[Problem]], arms: Iterable[str] = ALL_ARMS, seed: int = SEED
) -> pd.DataFrame:
    """`check` of several sets of problems; columns before its own: dataset, part."""
    tables = {key: check(problems, None, arms, seed) for key, problems in parts.items()}
    return stack(tables, ["dataset", "part"])


def stack(tables: Mapping[tuple, pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """One table of several, their keys as its first columns."""
    return pd.concat(tables, names=names).reset_index(names).reset_index(drop=True)


def load(name: str) -> pd.DataFrame:
    """A committed table: "integrity" (a column `origin`, "generated" or "released", before `build`'s) or "leaks"."""
    return pd.read_csv(DATA / f"{name}.csv", keep_default_na=False, na_values={"class": [""], "ir": [""]})


def main(argv: list[str]) -> None:
    """Rebuild the table and print it."""
    expect_no_arguments(argv, "lib.analysis.integrity")
    table = stack({("generated",): build(generated()), ("released",): build(released())}, ["origin"])
    write_table(table, DATA / "integrity.csv")
    print(table.to_string(index=False), f"{len(table)} rows -> data/integrity.csv", sep="\n")


if __name__ == "__main__":
    run_cli(main)
