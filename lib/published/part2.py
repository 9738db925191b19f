"""Part 2's public files, and part 1's with seeds 121 to 123: fetched by commit and path, shown only where they agree.

`data/registry2.csv` names each file: what it is of (kind, part, category, student, arm, seed), commit and path. Kinds:
    outputs    what a student wrote, as in part 1
    training   what an arm was tuned on
    teacher    R1's own replies with traces, their summaries and explanations
Their hashes are not known beforehand. A file is trusted at first sight: its sha256 is noted in the cache (part2.lock)
and checked ever after. No trust is needed for outputs: the released protocol must give their published score.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from tqdm import tqdm

from lib.datasets import read_outputs
from lib.datasets.problem import numbered
from lib.errors import InputError
from lib.files import csv_rows, unescape, write_text
from lib.published import release, reported
from lib.verify import summarize, verify_all

SCORES = ["acc", "f1", "p", "r", "avg"]
KEYS = ["part", "category", "student", "arm", "seed"]
AGREES, UNSCORED = "agrees", "no published score"


class File(NamedTuple):
    """One row of data/registry2.csv; seed and student are "" where they do not apply."""

    kind: str
    part: str
    category: str
    student: str
    arm: str
    seed: str
    commit: str
    path: str

    @property
    def name(self) -> str:
        """In the release and in the cache."""
        return f"{self.commit}/{self.path}"

    @property
    def place(self) -> Path:
        """In the cache, where it need not be."""
        return release.CACHE / self.name


def files(*kinds: str) -> list[File]:
    """The files of these kinds, of all kinds by default."""
    rows = reported.read("registry2.csv").astype(str).itertuples(index=False)
    return [File(*row) for row in rows if not kinds or row.kind in kinds]


def _lock() -> dict[str, str]:
    path = release.CACHE / "part2.lock"
    lines = re.findall(r"^(\w{64}) (.+)$", path.read_text(), re.MULTILINE) if path.exists() else []
    return {name: digest for digest, name in lines}


def fetch(file: File) -> None:
    """Download a file unless it is in the cache, and note or check its hash; raises as release.download."""
    known = _lock()
    path = release.download(file.name, known.get(file.name))
    if file.name not in known:
        lines = sorted(f"{digest} {name}" for name, digest in {**known, file.name: release.sha256(path)}.items())
        write_text(release.CACHE / "part2.lock", "\n".join(lines) + "\n")


def fetch_all() -> list[str]:
    """Fetch every file; one line for each that the server lacks or that is not what it was. InputError offline."""
    refused = []
    with tqdm(files(), desc="part 2", unit="file", leave=False) as bar:
        for file in bar:
            bar.set_postfix_str(file.place.stem)
            try:
                fetch(file)
            except release.Refused as error:
                refused.append(str(error))
    return refused


def at_hand(*kinds: str) -> list[File]:
    """The files of these kinds in the cache that are what they were at first sight."""
    known = _lock()
    here = [file for file in files(*kinds) if file.name in known and file.place.exists()]
    return [file for file in here if release.sha256(file.place) == known[file.name]]


def rescore() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score every file of outputs at hand as released, and hold it against its published score.

    Returns (a row a file: KEYS, name, status, ours, theirs; a row an output of the files that agree: KEYS, problem and
    booleans answer_released, answer_strict). status: AGREES, "disagrees", UNSCORED or why it cannot be read; ours,
    theirs: SCORES as text.
    """
    published = reported.read("published_scores.csv").astype(str).set_index(KEYS)[SCORES]
    checks, rows = [], []
    for file in at_hand("outputs"):
        key = tuple(getattr(file, name) for name in KEYS)
        theirs = " ".join(published.loc[key]) if key in published.index else ""
        status, ours, judged = _held_against(file, theirs)
        checks.append((*key, file.name, status, ours, theirs))
        rows += [(*key, *row) for row in judged if status == AGREES]
    return (
        pd.DataFrame(checks, columns=[*KEYS, "name", "status", "ours", "theirs"]),
        pd.DataFrame(rows, columns=[*KEYS, "problem", "answer_released", "answer_strict"]),
    )


def _held_against(file: File, theirs: str) -> tuple[str, str, list[tuple[str, bool, bool]]]:
    """Status, our scores, and of each output: problem, whether right as released, and strictly."""
    try:
        outputs = read_outputs(file.place, "cotemp", file.category)
    except InputError as error:
        return str(error), "", []
    released, strict = verify_all(outputs, answers="released"), verify_all(outputs)
    scores = summarize(released)["scores"]
    ours = " ".join(str(scores[name]) for name in SCORES)
    status = UNSCORED if not theirs else AGREES if ours == theirs else "disagrees"
    ids = numbered(output.problem.id for output in outputs)
    return status, ours, [(i, a.answer, b.answer) for i, a, b in zip(ids, released, strict, strict=True)]


def report(refused: list[str]) -> Iterator[str]:
    """Lines for the terminal: each file of outputs and what came of it, and a count; InputError unless all is well."""
    checks, _ = rescore()
    for row in checks.itertuples():
        scores = f": published {row.theirs}, found {row.ours}" if row.status == "disagrees" else ""
        yield f"{row.status:10} {row.name}{scores}"
    yield from (f"refused    {line}" for line in refused)
    wrong = (~checks["status"].isin([AGREES, UNSCORED])).sum()
    yield (
        f"{(checks['status'] == AGREES).sum()} of {len(checks)} files of outputs give their published score; "
        "every hash was trusted at first sight, and is checked from now on"
    )
    if refused or wrong:
        raise InputError(
            f"part 2: {len(refused)} files did not come, {wrong} do not give their score (named above); "
            "neither are used; run the command again to ask for what lacks"
        )


_QUESTION = re.compile(r"Question:\s*(.+?) Only return the answer\.", re.DOTALL)


def training() -> pd.DataFrame:
    """The training files at hand, a row each: arm, category, rows, unread, problems, taught, another.

    problems, taught: distinct questions in the column `question`, and in the messages that the student sees; another:
    rows in which the two differ, so that the row teaches another problem than its own; unread: rows without a question.
    """
    found = []
    for file in at_hand("training"):
        every = [_asked_and_taught(row) for _, row in csv_rows(file.place)]
        pairs = [pair for pair in every if pair]
        problems, taught = (len(set(side)) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
        another = sum(asked != shown for asked, shown in pairs)
        found.append((file.arm, file.category, len(every), len(every) - len(pairs), problems, taught, another))
    return pd.DataFrame(found, columns=["arm", "category", "rows", "unread", "problems", "taught", "another"])


def _asked_and_taught(row: dict | InputError) -> tuple[str, str] | None:
    """The question of a row, and the one in its messages, which are printed as Python prints them."""
    texts = ("", "") if isinstance(row, InputError) else (row.get("question", ""), unescape(row.get("messages", "")))
    asked, taught = (_QUESTION.search(text) for text in texts)
    return (" ".join(asked[1].split()), " ".join(taught[1].split())) if asked and taught else None
