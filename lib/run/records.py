"""Records: finished cells whose small text files are committed, so that a fresh clone shows re-trained results at once.

A cell is looked for in build/cells, where what was trained here lies, then in data/records. Beside a record's files
stands sums.json, their SHA-256: a record that was edited by hand is refused.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from lib.errors import InputError
from lib.files import DATA, write_text
from lib.run import cells
from lib.run.cells import Cell

FOLDER = DATA / "records"
FILES = ("config.json", "log.jsonl", "outputs.json", "metrics.json")
SUMS = "sums.json"
_MAY_DIFFER = ("seconds", "command")  # when a cell is repeated: times, and how its command line is spelled


def find(cell: Cell, root: Path | None = None, folder: Path | None = None) -> Path | None:
    """The folder of a finished cell: under root (build/cells), else under folder (data/records); None where none is.

    Raises InputError for a record that is not what was committed, and for metrics that cannot be read.
    """
    trained, record = (root or cells.ROOT) / cell.id, (folder or FOLDER) / cell.id
    if (trained / "metrics.json").exists():
        return trained
    if record.is_dir():
        check_sums(record)
        return record
    return None


def metrics(folder: Path) -> dict:
    """The metrics of a finished cell, from its folder."""
    path = folder / "metrics.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not the metrics of a cell ({error}); delete {folder} and run again") from None


def check_sums(record: Path) -> None:
    """Raise InputError unless a record's files are those that its sums.json was made of."""
    try:
        sums = json.loads((record / SUMS).read_text(encoding="utf-8"))
        found = {name: _sum(record / name) for name in sums}
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"record {record.name}: not whole ({error}); check it out again") from None
    if changed := [name for name in sums if found[name] != sums[name]]:
        raise InputError(
            f"record {record.name}: {changed[0]} is not the one that was recorded (its SHA-256 differs); "
            "check it out again, or delete the record's folder and train the cell anew"
        )


def keep(wanted: Sequence[Cell], root: Path | None = None, folder: Path | None = None) -> int:
    """Copy finished cells from build/cells into data/records; returns how many. Older records of them are replaced."""
    kept = 0
    for cell in wanted:
        source, target = (root or cells.ROOT) / cell.id, (folder or FOLDER) / cell.id
        if not (source / "metrics.json").exists():
            continue
        part = target.with_name(f".{target.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        present = [name for name in FILES if (source / name).exists()]  # an untrained student has no log
        for name in present:
            shutil.copyfile(source / name, part / name)
        write_text(part / SUMS, json.dumps({name: _sum(part / name) for name in present}, indent=1) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        part.replace(target)
        kept += 1
    return kept


def prune(wanted: Sequence[Cell], folder: Path | None = None) -> int:
    """Remove the records of cells that are not wanted; returns how many."""
    names, removed = {cell.id for cell in wanted}, 0
    for record in sorted((folder or FOLDER).glob("*/")):
        if record.name not in names:
            shutil.rmtree(record)
            removed += 1
    return removed


def differences(one: Path, other: Path) -> list[str]:
    """The files that differ between two folders of the same cell, what may differ aside; empty where they tell the same."""
    found = []
    for name in FILES:
        texts = [_comparable(folder / name) for folder in (one, other)]
        if texts[0] != texts[1]:
            found.append(name)
    return found


def _comparable(path: Path) -> object:
    if not path.exists():
        return None
    lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
    if path.name == "outputs.json":
        return lines
    return [_strip(json.loads(line)) for line in lines]


def _strip(value: object) -> object:
    if isinstance(value, dict):
        return {key: _strip(item) for key, item in value.items() if key not in _MAY_DIFFER}
    return value


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
