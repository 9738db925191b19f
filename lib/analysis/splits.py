"""What the authors' own test sets share with their training sets (rows of data/leaks.csv)."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from lib import files
from lib.datasets import babi, cotemp
from lib.datasets import split as leaks
from lib.datasets.problem import Loaded, Problem, gather
from lib.errors import InputError
from lib.files import read_list
from lib.published import release

PARTS = ("equal", "overlap", "mix")  # the classes of CoTempQA whose problems and training files are at hand
_SFT = "fa84bdc5c65b440bf3893f081612392508ae4a9c/data/cotempqa/sft_dataset_reasoning_with_facts_chat_template/{}.csv"
_PROMPT = re.compile(r".*\nQuestion: (.+?) Only return the answer\.\s*", re.DOTALL)


def shared(train: Sequence[Problem], test: Sequence[Problem]) -> pd.DataFrame:
    """What test problems share with the training set (lib/datasets/split.py).

    Columns: kind; train, test, shared (counts); classes (the shared ones' classes and how many of each).
    """
    found = leaks.find_leaks(train, test)
    anchored = any(problem.dataset == "cotemp" for problem in test)
    kinds = [kind for kind in leaks.KINDS if anchored or kind != "same entity and interval"]
    rows = [(kind, len(train), len(test), len(found[kind]), _classes(found[kind])) for kind in kinds]
    return pd.DataFrame(rows, columns=["kind", "train", "test", "shared", "classes"])


def _classes(problems: Sequence[Problem]) -> str:
    counts = Counter(problem.category for problem in problems)
    return ", ".join(f"{category} {n}" for category, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def build() -> pd.DataFrame:
    """`shared` for the authors' splits, distinct problems; columns before its own: dataset, part.

    bAbI: test file against training file. CoTempQA: each class's test problems against the training problems of the
    three classes whose files are at hand, so these counts can only grow with the fourth.
    """
    train = [problem for part in PARTS for problem in _sft(part, "train")]
    tables = {("cotemp", part): shared(train, _sft(part, "test")) for part in PARTS}
    tables["babi", "all"] = shared(babi_problems("train"), babi_problems("test"))
    return stack(tables, ["dataset", "part"])


def stack(tables: dict[tuple, pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """One table of several, their keys as its first columns."""
    return pd.concat(tables, names=names).reset_index(names).reset_index(drop=True)


def cotemp_problems(part: str) -> list[Problem]:
    """The released problems of one class of CoTempQA."""
    return _one(rf"\w+/data/cotempqa/{part}\.json$", cotemp.load)


def babi_problems(split: str) -> list[Problem]:
    """The distinct released problems of bAbI's "train" or "test" file."""
    return _one(rf"\w+/data/babiqa/{split}_dataset_for_prompting\.csv$", babi.load)


def _one(pattern: str, read: Callable[[Path], Loaded]) -> list[Problem]:
    [name] = release.names(pattern)
    return read(release.fetch(name)).problems


def _sft(part: str, split: str) -> list[Problem]:
    return read_sft(release.fetch(_SFT.format(f"{part}_{split}")), part)


def read_sft(path: Path, category: str) -> list[Problem]:
    """The problems of a released CoTempQA file for fine-tuning, whose `question` is the whole prompt."""

    def build(row: dict) -> Problem:
        files.typed(row, dict.fromkeys(("question", "facts", "answer", "triple_element"), str))
        prompt, facts, answers = _PROMPT.fullmatch(row["question"]), read_list(row["facts"]), read_list(row["answer"])
        if not (prompt and facts and answers):
            raise InputError("expected a prompt with a question, and lists of facts and answers")
        row = {"question": prompt[1], "facts": facts, "gold": answers, "triple_element": row["triple_element"]}
        return cotemp.problem_of(row, category)

    return gather(files.csv_rows(path), build).problems
