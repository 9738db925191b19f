"""The verdicts on every released output, as one table of booleans: data/verdicts.csv.gz.

With it, the re-scored level needs neither network nor the authors' text. `python -m lib.published verdicts`
(make verdicts) rebuilds it from the release. The table holds ids and verdicts only.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from lib.datasets import cotemp
from lib.datasets.outputs import read_outputs
from lib.errors import InputError
from lib.files import DATA
from lib.published import release
from lib.verify import released, strict

KEYS = ["dataset", "category", "student", "arm", "problem"]
STEPS = ["parsed", "class", "ir"]

_FOLDERS = {"cotemp": "Cotempqa", "babi": "[Bb]abiqa"}
ARM_SUFFIXES = {"": "vanilla", "-reasoning-facts": "correct", "-reasoning-facts-perturbed": "incorrect"}
# Untrained students are named with their maker ("Qwen_Qwen3-1.7B_default_test.csv"), trained ones with their adapter.
_NAME = re.compile(
    r".*/(?:Qwen_|meta-llama_)?(?P<student>[^/]+?)(?:-Instruct)?(?:-sft-adapter(?P<arm>[a-z-]*))?_default(?:_\w+)?\.\w+$"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One released file of outputs: what was trained how, where its outputs and its gold rows are."""

    dataset: str
    category: str  # "" for bAbI, whose lines name their own
    student: str
    arm: str  # "prompted" for the untrained baselines
    name: str  # in the release

    @property
    def has_trace(self) -> bool:
        """Whether the arm was trained to write a trace at all."""
        return self.arm in ("correct", "incorrect")

    def gold_name(self) -> str:
        """The file for fine-tuning that the released step check joins with."""
        return tuning_file(self.dataset, f"{self.category}_test" if self.category else "test")


def tuning_file(dataset: str, part: str) -> str:
    """Name of a released file for fine-tuning on correct traces, e.g. part "equal_test"."""
    return release.only(rf"\w+/data/{dataset}qa/sft_dataset_reasoning_with_facts_chat_template/{part}\.csv$")


def runs() -> Iterator[Run]:
    """Every released file of outputs, in the order of names."""
    for dataset, folder in _FOLDERS.items():
        for name in release.names(rf"\w+/results/{folder}/evaluation_outputs/"):
            student, suffix = _NAME.match(name).group("student", "arm")
            part = name.split("/")[-2].removesuffix("_default")
            category = part if part in cotemp.CATEGORIES else ""
            yield Run(dataset, category, student, "prompted" if suffix is None else ARM_SUFFIXES[suffix], name)


def build() -> pd.DataFrame:
    """The table from the release: one row an output, KEYS and 0/1 columns answer_*, parsed_*, class_*, ir_*.

    Step columns are empty where the arm writes no trace.
    """
    rows = [row for run in runs() for row in _rows(run)]
    columns = [f"{what}_{protocol}" for protocol in ("released", "strict") for what in ("answer", *STEPS)]
    return pd.DataFrame(rows, columns=KEYS + columns).astype(dict.fromkeys(columns, "Int8"))


def _rows(run: Run) -> Iterator[tuple]:
    gold = gold_file(run.gold_name(), run.dataset) if run.has_trace else None
    no_steps = [None] * len(STEPS)
    seen: Counter[str] = Counter()
    for output in read_outputs(release.fetch(run.name), run.dataset, run.category or None):
        problem, text = output.problem, output.text
        flags = (
            released.check_answer(problem, text).right,
            *(released.check_steps(problem, text, gold)[:3] if run.has_trace else no_steps),
            strict.check_answer(problem, text).right,
            *(strict.check_steps(problem, text)[:3] if run.has_trace else no_steps),
        )
        seen[problem.id] += 1
        again = f"-{seen[problem.id]}" if seen[problem.id] > 1 else ""  # a few problems stand in a file twice
        yield (run.dataset, problem.category, run.student, run.arm, problem.id + again, *flags)


@lru_cache(maxsize=8)
def gold_file(name: str, dataset: str) -> released.GoldFile:
    """A gold file of the release, read once."""
    return released.GoldFile.read(release.fetch(name), dataset)


def load() -> pd.DataFrame:
    """The committed table, with `trace_*` = class_* and ir_* added. Missing booleans are pd.NA."""
    path = DATA / "verdicts.csv.gz"
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(KEYS, "str"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); make verdicts rebuilds it") from None
    flags = [column for column in table if column not in KEYS]
    table[flags] = table[flags].astype("boolean")
    for protocol in ("released", "strict"):
        table[f"trace_{protocol}"] = table[f"class_{protocol}"] & table[f"ir_{protocol}"]
    return table
