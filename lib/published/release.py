"""The authors' public files, by commit and path: downloaded once, checked by hash, never vendored; and what they hold.

Source: github.com/sbhambr1/Trace_Check_QA (MIT). `data/registry.txt` names every file with its sha256. Set
TRACE_RELEASE to a folder laid out <commit>/<path> to work from a local copy, without a network; or TRACE_RELEASE_URL
to the address of one. Part 2's files are in part2.py.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import requests

from lib.datasets import babi, cotemp, read_outputs
from lib.datasets.problem import Problem, gather
from lib.errors import InputError
from lib.files import DATA, csv_rows, read_list

with warnings.catch_warnings(action="ignore"):  # its progress bar, which is not used, warns inside notebooks
    import pooch

URL = os.environ.get("TRACE_RELEASE_URL", "https://raw.githubusercontent.com/sbhambr1/Trace_Check_QA").rstrip("/") + "/"
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
    return download(name, expected)


def sha256(path: Path) -> str:
    """The hash of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _checked(path: Path, expected: str) -> Path:
    found = sha256(path) if path.is_file() else ""
    if found != expected:
        what = f"sha256 {found[:12]}…" if found else "no file"
        raise InputError(
            f"{path}: expected sha256 {expected[:12]}…, found {what}; copy it again, or unset {VARIABLE} to download it"
        )
    return path


class Refused(InputError):
    """The server answers, but not with this file: it has none, or other bytes."""


def download(name: str, expected: str | None) -> Path:
    """Path of a file in the cache, fetched unless it is there; expected: its sha256, None where it is not known yet.

    An interrupted download goes on where it stopped, now or in a later run. Raises Refused, or InputError without a
    network.
    """
    pooch.get_logger().setLevel("ERROR")
    try:
        files = pooch.create(CACHE, URL, registry={name: expected}, retry_if_failed=2)
        return Path(files.fetch(name, downloader=_resumed))
    except Exception as error:  # requests and urllib3 raise a dozen kinds; pooch deletes what does not match
        found = f"{type(error).__name__}: {str(error).partition(':')[0]}"
        altered = isinstance(error, ValueError) and not isinstance(error, requests.RequestException)
        kind = Refused if altered or isinstance(error, FileNotFoundError) else InputError
        advice = f"check the network, or set {VARIABLE} to a copy (of part 1's files)"
        raise kind(f"{name}: expected to download it from {URL}, found {found}; {advice}") from None


def _resumed(url: str, to: str, files: pooch.Pooch) -> None:
    """Download as pooch does, but keep what has come of a broken download and ask for the rest."""
    part = Path(files.path, url.removeprefix(files.base_url) + ".part")
    begin = part.stat().st_size if part.exists() else 0
    ask = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
    with requests.get(url, headers=ask, stream=True, timeout=30) as answer:
        if answer.status_code == 404:
            raise FileNotFoundError("404 Not Found")  # pooch tries again after other errors
        if answer.status_code == 416:  # there is no rest: what was kept is not of this file
            part.unlink()
        answer.raise_for_status()
        with part.open("ab" if answer.status_code == 206 else "wb") as file:
            for chunk in answer.iter_content(1 << 16):
                file.write(chunk)
    part.replace(to)


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
