"""The authors' public files, by commit and path: downloaded once, checked by hash, never vendored; and what they hold.

Source: github.com/sbhambr1/Trace_Check_QA (MIT). `data/registry.txt` names every file with its sha256. Set
TRACE_RELEASE to a folder laid out <commit>/<path> to work from a local copy, without a network.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lib.datasets import babi, cotemp, read_outputs
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
    """Names of the files whose path below <commit>/ begins with a regular expression, sorted."""
    return sorted(name for name in registry() if re.match(rf"\w+/{pattern}", name))


def at_hand() -> bool:
    """Whether every file can be read without a network: a local copy is named, or all has been downloaded."""
    return bool(os.environ.get(VARIABLE)) or all((CACHE / name).exists() for name in registry())


def fetch(name: str) -> Path:
    """Path of one released file, whole and unaltered, in the copy that TRACE_RELEASE names or in the cache."""
    expected = registry()[name]
    if copy := os.environ.get(VARIABLE):
        return _checked(Path(copy, name), expected)
    return _downloaded(name, expected)


def _checked(path: Path, expected: str) -> Path:
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    if found != expected:
        what = f"sha256 {found[:12]}…" if found else "no file"
        raise InputError(
            f"{path}: expected sha256 {expected[:12]}…, found {what}; copy it again, or unset {VARIABLE} to download it"
        )
    return path


def _downloaded(name: str, expected: str) -> Path:
    pooch.get_logger().setLevel("ERROR")
    try:
        return Path(pooch.create(CACHE, URL, registry={name: expected}, retry_if_failed=2).fetch(name))
    except Exception as error:  # requests and urllib3 raise a dozen kinds; pooch deletes what does not match
        found = f"{type(error).__name__}: {str(error).partition(':')[0]}"
        raise InputError(
            f"{name}: expected to download it from {URL}, found {found}; check the network, or set {VARIABLE} to a copy"
        ) from None


_ARMS = {None: "prompted", "": "vanilla", "-reasoning-facts": "correct", "-reasoning-facts-perturbed": "incorrect"}
# Untrained students are named with their maker ("Qwen_Qwen3-1.7B_default_test.csv"), trained ones with their adapter.
_FILE = re.compile(
    r".*/(?:Qwen_|meta-llama_)?(?P<student>[^/]+?)(?:-Instruct)?(?:-sft-adapter(?P<arm>[a-z-]*))?_default(?:_\w+)?\.\w+$"
)


def student_and_arm(name: str) -> tuple[str, str]:
    """Student and arm that a file of outputs or of counts is named for."""
    student, suffix = _FILE.match(name).group("student", "arm")
    return student, _ARMS[suffix]


class Run(NamedTuple):
    """One released file of outputs."""

    dataset: str
    category: str  # "" for bAbI, whose lines name their own
    student: str
    arm: str  # "prompted" for the untrained baselines
    name: str  # in the release
    gold_name: str  # the file for fine-tuning that the released step check joins with

    @property
    def has_trace(self) -> bool:
        """Whether the arm was trained to write a trace at all."""
        return self.arm in ("correct", "incorrect")


def runs() -> Iterator[Run]:
    """Every released file of outputs, in the order of names."""
    for dataset, folder in (("cotemp", "Cotempqa"), ("babi", "[Bb]abiqa")):
        for name in names(f"results/{folder}/evaluation_outputs/"):
            category = name.split("/")[-2].removesuffix("_default") if dataset == "cotemp" else ""
            gold_name = _tuning_file(dataset, f"{category}_test" if category else "test")
            yield Run(dataset, category, *student_and_arm(name), name, gold_name)


def _tuning_file(dataset: str, part: str) -> str:
    return _only(f"data/{dataset}qa/sft_dataset_reasoning_with_facts_chat_template/{part}.csv")


def _only(pattern: str) -> str:
    [name] = names(pattern)
    return name


PARTS = ("equal", "overlap", "mix")  # the classes of CoTempQA whose problems and files for fine-tuning are at hand
_PROMPT = re.compile(r".*\nQuestion: (.+?) Only return the answer\.\s*", re.DOTALL)  # `question` of tuning files


def cotemp_problems(part: str) -> list[Problem]:
    """The problems of one class of CoTempQA, one of PARTS."""
    return cotemp.load(fetch(_only(f"data/cotempqa/{part}.json"))).problems


def all_cotemp() -> list[Problem]:
    """Every released problem of CoTempQA; "during" has test problems alone, which stand in the students' outputs."""
    whole = [problem for part in sorted(PARTS) for problem in cotemp_problems(part)]
    during = read_outputs(fetch(names("results/Cotempqa/evaluation_outputs/during/")[0]), "cotemp")
    return whole + list(dict.fromkeys(output.problem for output in during))


def babi_problems(split: str) -> list[Problem]:
    """The distinct problems of bAbI's "train" or "test" file."""
    return babi.load(fetch(_only(f"data/babiqa/{split}_dataset_for_prompting.csv"))).problems


def tuning_problems(part: str, split: str) -> list[Problem]:
    """The distinct problems of the "train" or "test" file with which students were tuned on one of PARTS."""

    def build(row: dict) -> Problem:
        question, facts, gold = _PROMPT.fullmatch(row["question"])[1], read_list(row["facts"]), read_list(row["answer"])
        return cotemp.problem_of(row | {"question": question, "facts": facts, "gold": gold}, part)

    return gather(csv_rows(fetch(_tuning_file("cotemp", f"{part}_{split}"))), build).problems
