"""The authors' public files, by commit and path: downloaded once, checked by hash, never vendored; and what they hold.

Source: github.com/sbhambr1/Trace_Check_QA (MIT). `data/registry.txt` names every file with its sha256. Set
TRACE_RELEASE to a folder laid out <commit>/<path> to work from a local copy, without a network;
`python -m lib.published fetch` fetches everything, or checks that copy.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.datasets import babi, cotemp
from lib.datasets.outputs import read_outputs
from lib.datasets.problem import Problem, gather
from lib.errors import InputError
from lib.files import DATA, csv_rows, read_list

with warnings.catch_warnings(action="ignore"):  # its progress bar, which is not used, warns inside notebooks
    import pooch

URL = "https://raw.githubusercontent.com/sbhambr1/Trace_Check_QA/"
VARIABLE = "TRACE_RELEASE"
CACHE = pooch.os_cache("trace-companion")  # the user's, shared by all clones


def registry() -> dict[str, str]:
    """File name (<commit>/<path>) -> sha256, of every released file that the project reads."""
    return dict(line.rsplit(" ", 1) for line in (DATA / "registry.txt").read_text().splitlines())


def names(pattern: str) -> list[str]:
    """Names of files whose path, without the commit, begins with a regular expression; sorted."""
    return sorted(name for name in registry() if re.match(rf"\w+/{pattern}", name))


def at_hand() -> bool:
    """Whether every file can be read without a network: a local copy is named, or all has been downloaded."""
    return bool(os.environ.get(VARIABLE)) or all((CACHE / name).exists() for name in registry())


def fetch(name: str) -> Path:
    """Path of one released file, whole and unaltered: of the copy that TRACE_RELEASE names, or of a download.

    Raises InputError with what was expected, what was found and what to do.
    """
    if name not in registry():
        raise InputError(f"{name}: expected one of the {len(registry())} released files in data/registry.txt")
    expected = registry()[name]
    return _checked(Path(copy, name), expected) if (copy := os.environ.get(VARIABLE)) else _downloaded(name, expected)


def _checked(path: Path, expected: str) -> Path:
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    if found != expected:
        what = f"sha256 {found[:12]}…" if found else "no file"
        raise InputError(
            f"{path}: expected sha256 {expected[:12]}…, found {what}; copy it again, or unset {VARIABLE} to download it"
        )
    return path


def _downloaded(name: str, expected: str) -> Path:
    """The file in the cache; downloaded where it is not there, or is damaged."""
    pooch.get_logger().setLevel("ERROR")
    try:
        return Path(pooch.create(CACHE, URL, registry={name: expected}, retry_if_failed=2).fetch(name))
    except Exception as error:  # requests and urllib3 raise a dozen kinds; pooch deletes what does not match
        found = f"{type(error).__name__}: {str(error).partition(':')[0]}"
        raise InputError(
            f"{name}: expected to download it from {URL}, found {found}; check the network, or set {VARIABLE} to a copy"
        ) from None


# The students' outputs

ARM_SUFFIXES = {"": "vanilla", "-reasoning-facts": "correct", "-reasoning-facts-perturbed": "incorrect"}
# Untrained students are named with their maker ("Qwen_Qwen3-1.7B_default_test.csv"), trained ones with their adapter.
_OUTPUTS = re.compile(
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
        return _tuning_file(self.dataset, f"{self.category}_test" if self.category else "test")


def runs() -> Iterator[Run]:
    """Every released file of outputs, in the order of names."""
    for dataset, folder in (("cotemp", "Cotempqa"), ("babi", "[Bb]abiqa")):
        for name in names(f"results/{folder}/evaluation_outputs/"):
            student, suffix = _OUTPUTS.match(name).group("student", "arm")
            part = name.split("/")[-2].removesuffix("_default")
            category = part if part in cotemp.CATEGORIES else ""
            yield Run(dataset, category, student, "prompted" if suffix is None else ARM_SUFFIXES[suffix], name)


def _tuning_file(dataset: str, part: str) -> str:
    """Name of a file for fine-tuning on correct traces, e.g. part "equal_test"."""
    return _only(f"data/{dataset}qa/sft_dataset_reasoning_with_facts_chat_template/{part}.csv")


def _only(pattern: str) -> str:
    [name] = names(pattern)
    return name


# The problems: three classes of CoTempQA whole, "during" as test problems alone, and bAbI

PARTS = ("equal", "overlap", "mix")  # the classes of CoTempQA whose problems and files for fine-tuning are at hand
_PROMPT = re.compile(r".*\nQuestion: (.+?) Only return the answer\.\s*", re.DOTALL)


def cotemp_problems(part: str) -> list[Problem]:
    """The problems of one class of CoTempQA, one of PARTS."""
    return cotemp.load(fetch(_only(f"data/cotempqa/{part}.json"))).problems


def all_cotemp() -> list[Problem]:
    """Every released problem of CoTempQA; those of "during" stand in the students' outputs."""
    whole = [problem for part in sorted(PARTS) for problem in cotemp_problems(part)]
    during = read_outputs(fetch(names("results/Cotempqa/evaluation_outputs/during/")[0]), "cotemp")
    return whole + list(dict.fromkeys(output.problem for output in during))


def babi_problems(split: str) -> list[Problem]:
    """The distinct problems of bAbI's "train" or "test" file."""
    return babi.load(fetch(_only(f"data/babiqa/{split}_dataset_for_prompting.csv"))).problems


def tuning_problems(part: str, split: str) -> list[Problem]:
    """The distinct problems of the "train" or "test" file with which students were tuned on one of PARTS.

    They are the benchmark's own; the file's `question` is the whole prompt.
    """

    def build(row: dict) -> Problem:
        question, facts, gold = _PROMPT.fullmatch(row["question"])[1], read_list(row["facts"]), read_list(row["answer"])
        return cotemp.problem_of(row | {"question": question, "facts": facts, "gold": gold}, part)

    return gather(csv_rows(fetch(_tuning_file("cotemp", f"{part}_{split}"))), build).problems
