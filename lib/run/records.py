"""Records: finished cells whose small text files are committed, so that a fresh clone shows re-trained results at once.

A cell is looked for in build/cells, where what was trained here lies, then in data/records. A record's sums.json holds
its files' SHA-256: one that was edited by hand is refused. Whoever runs a cell holds its lock.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from lib.datasets import read_outputs
from lib.datasets.problem import numbered
from lib.errors import InputError
from lib.files import DATA, json_rows, whole, write_text
from lib.run import cells
from lib.run.cells import Cell, short
from lib.verify import verify

if TYPE_CHECKING:
    import pandas as pd

FOLDER = DATA / "records"
CONFIG, LOG, OUTPUTS, FORCED, METRICS = FILES = (
    "config.json",
    "log.jsonl",
    "outputs.json",
    "forced.json",
    "metrics.json",
)
CHECKPOINT, SUMS = "checkpoint.safetensors", "sums.json"
_MAY_DIFFER = ("seconds", "command")  # when a cell is repeated: times, and how its command line is spelled


def recorded(cell: Cell) -> Path | None:
    """The folder of a cell's record; None without one. Raises InputError where it is not what was committed."""
    if not (record := _of(cell, FOLDER)):
        return None
    try:
        sums = json.loads((record / SUMS).read_text(encoding="utf-8"))
        now = read(record, list(sums))
        changed = [name for name in sums if hashlib.sha256(now[name]).hexdigest() != sums[name]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"record {record.name}: not whole ({error}); check it out again") from None
    if changed:
        raise InputError(
            f"record {record.name}: {changed[0]} is not the one that was recorded (its SHA-256 differs); "
            "check it out again, or delete the record's folder and train the cell anew"
        )
    return record


def find(cell: Cell) -> Path | None:
    """The folder of a finished cell: in build/cells, else that of its record; None where there is none."""
    trained = cells.ROOT / cell.id
    if (trained / METRICS).exists():
        return trained
    there = recorded(cell) or _of(cell, cells.ROOT)
    return there if there and (there / METRICS).exists() else None


def repeatable(wanted: Iterable[Cell]) -> list[Cell]:
    """The cells with a record that this machine's versions of the libraries could have made: not a GPU's."""
    return [cell for cell in wanted if (record := recorded(cell)) and record.name == cell.id]


def _of(cell: Cell, root: Path) -> Path | None:
    """A cell's folder; else one of the same cell that a GPU has written, where libraries had other versions."""
    if (root / cell.id).is_dir():
        return root / cell.id
    return next((f for f in sorted(root.glob(f"{short(cell)}-*/")) if _of_a_gpu(cell, f / CONFIG)), None)


def card(folder: Path) -> str | None:
    """The GPU that a cell's folder tells of; None where it was trained on a CPU."""
    return json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("card")


def _of_a_gpu(cell: Cell, path: Path) -> bool:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        same = {key: config[key] for key in cell.fields()} == json.loads(json.dumps(cell.fields()))
        return same and "card" in config and config["code"] == cells.CODE[cell.dataset]
    except (OSError, ValueError, TypeError, KeyError):
        return False  # no cell's, or of one that is not finished


def missing(wanted: Iterable[Cell]) -> list[Cell]:
    """The cells that are neither trained here nor recorded."""
    return [cell for cell in wanted if find(cell) is None]


def metrics(folder: Path) -> dict:
    """The metrics of a finished cell, from its folder. Raises InputError where they are none."""
    path = folder / METRICS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError(f"expected an object, found {type(found).__name__}")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not the metrics of a cell ({error}); delete {folder} and run again") from None
    return found


def keep(wanted: Sequence[Cell]) -> int:
    """Copy finished cells from build/cells into data/records; returns how many. Older records of them are replaced."""
    finished = [f.name for cell in wanted if (f := _of(cell, cells.ROOT)) and (f / METRICS).exists()]
    for name in finished:
        target, part = FOLDER / name, FOLDER / f".{name}.part"
        files = read(cells.ROOT / name, FILES)  # an untrained student has no log
        shutil.rmtree(part, ignore_errors=True)
        write(part, files)
        seal(part, files)
        shutil.rmtree(target, ignore_errors=True)
        part.replace(target)
    return len(finished)


def seal(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write down the files' SHA-256: a record that is edited by hand is refused."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    write_text(folder / SUMS, json.dumps(sums, indent=1) + "\n")


def prune(wanted: Sequence[Cell]) -> int:
    """Remove the records of cells that are not wanted; returns how many."""
    names = {folder.name for cell in wanted if (folder := _of(cell, FOLDER))}
    old = [record for record in FOLDER.glob("*/") if record.name not in names]
    for record in old:
        shutil.rmtree(record)
    return len(old)


def differences(one: Path, other: Path) -> list[str]:
    """The files that differ between two folders of one cell, what may differ aside; empty where they tell the same."""
    return [name for name in FILES if _comparable(one / name) != _comparable(other / name)]


def _comparable(path: Path) -> object:
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    if path.name in (OUTPUTS, FORCED):
        return text
    return [json.loads(line, object_hook=_strip) for line in (text.splitlines() if path.name == LOG else [text])]


def _strip(values: dict) -> dict:
    return {key: value for key, value in values.items() if key not in _MAY_DIFFER}


@contextlib.contextmanager
def locked(cell: Cell, root: Path, timeout: float = -1) -> Iterator[None]:
    """Hold the lock of a cell's folder; whatever ends the process frees it.

    Raises filelock.Timeout where another has had it for `timeout` seconds (-1: waits without end).
    """
    path = root / ".locks" / cell.id
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); check the path and its rights") from None
    with FileLock(path, timeout=timeout):
        yield


def read(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Those of the files that are there, in this order."""
    return {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Files from elsewhere, each whole; the checkpoint after its log, and last the metrics, which say "finished"."""
    for name in sorted(files, key=lambda name: (name == METRICS, name == CHECKPOINT)):
        with whole(folder / name) as temporary:
            temporary.write_bytes(files[name])


FLAGS = {"answer": "answer", "parsed": "parsed", "class": "class_step", "ir": "ir_step", "trace": "trace"}  # of Verdict
KEYS = ["dataset", "student", "arm", "seed", "category", "problem"]
COLUMNS = [*KEYS, *FLAGS]


def verdicts(profile: str) -> "pd.DataFrame":
    """One row per output of a profile's cells that are trained here or recorded: COLUMNS; FLAGS are boolean, strict."""
    rows = [row for cell, folder in finished(profile) for row in _rows(cell, folder / OUTPUTS)]
    return _table(rows, COLUMNS, list(FLAGS))


def interventions(found: Iterable[tuple[Cell, Path]]) -> "pd.DataFrame":
    """One row per answer after a forced trace: KEYS, condition (lib/traces/forced.py), is it right, does it follow.

    found: finished cells and their folders. With the forced ones, as condition "own", the same problems' answers after
    the student's own trace.
    """
    rows = []
    for cell, folder in found:
        told = [row for _, row in json_rows(folder / FORCED)] if (folder / FORCED).exists() else []
        of_cell, known = (cell.dataset, cell.student, cell.arm, cell.seed), {row["problem"] for row in told}
        names = ("category", "problem", "condition", "right", "follows")
        rows += [(*of_cell, *(row[name] for name in names)) for row in told]
        own = _rows(cell, folder / OUTPUTS) if told else ()
        rows += [(*row[:6], "own", row[6], row[6]) for row in own if row[5] in known]
    return _table(rows, [*KEYS, "condition", "right", "follows"], ["right", "follows"])


def finished(profile: str) -> list[tuple[Cell, Path]]:
    """The cells of a profile that are trained here or recorded, each with its folder."""
    return [(cell, folder) for cell in cells.profile(profile) if (folder := find(cell))]


def guessing(found: Iterable[tuple[Cell, Path]]) -> dict[tuple[str, str], float]:
    """By dataset and student: the percent that guessing brings, as released problems' records tell, or worked out."""
    from lib.run import material

    told: dict[tuple[str, str], float] = {}
    for cell, folder in found:
        if (key := (cell.dataset, cell.student)) not in told:
            test = metrics(folder)["test"]
            told[key] = test["guessing"] if "guessing" in test else material.guessing(cell)
    return told


def _table(rows: list[tuple], columns: list[str], flags: list[str]) -> "pd.DataFrame":
    import pandas as pd  # here: make paper asks every time what is missing, and need not wait for it

    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(flags, bool))


def _rows(cell: Cell, path: Path) -> Iterator[tuple]:
    if cell.budget.source == cells.RELEASED:  # their problems are not in the record, the verdicts are
        for _, row in json_rows(path):
            flags = (row[flag] for flag in FLAGS)
            yield cell.dataset, cell.student, cell.arm, cell.seed, row["category"], row["problem"], *flags
        return
    outputs = read_outputs(path, cell.dataset)
    for output, name in zip(outputs, numbered(output.problem.id for output in outputs), strict=True):
        verdict = verify(output.problem, output.text)
        flags = (getattr(verdict, field) for field in FLAGS.values())
        yield cell.dataset, cell.student, cell.arm, cell.seed, output.problem.category, name, *flags
