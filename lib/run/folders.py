"""The folder of a cell that is still to be run: finished, fit to go on in, or another's at the moment.

A cell's lock is a file under root/.locks that its runner holds with flock: whatever ends the runner frees it.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path

from lib.errors import InputError
from lib.files import whole
from lib.run import records
from lib.run.cells import Cell

CONFIG, LOG, CHECKPOINT, METRICS = "config.json", "log.jsonl", "checkpoint.safetensors", "metrics.json"


def finished(cell: Cell, root: Path) -> bool:
    """Whether a cell's metrics are there. Raises InputError where they are none."""
    folder = root / cell.id
    if not (folder / METRICS).exists():
        return False
    if not isinstance(records.metrics(folder), dict):
        raise InputError(f"{folder / METRICS}: not the metrics of a cell; delete {folder} and run again")
    return True


def check(cell: Cell, root: Path) -> None:
    """Raise InputError for a half-written folder that no run can go on from; a killed run never leaves one."""
    folder = root / cell.id
    try:
        if (folder / CONFIG).exists():
            json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if (folder / CHECKPOINT).exists():
            # a killed run may have left half a line at the end
            for line in (folder / LOG).read_text(encoding="utf-8").splitlines()[:-1]:
                json.loads(line)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: half-written, a run cannot go on from it ({error}); delete it and run again"
        ) from None


def take(cell: Cell, root: Path) -> int | None:
    """The descriptor of a cell's lock, to be closed when the cell is done; None while another holds it."""
    path = root / ".locks" / cell.id
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); check the path and its rights") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def read(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Those of the files that are there, in this order."""
    found = {}
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            found[name] = (folder / name).read_bytes()
    return found


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Files from elsewhere, each whole; the checkpoint after its log, and last the metrics, which say "finished"."""
    for name in sorted(files, key=lambda name: (name == METRICS, name == CHECKPOINT)):
        with whole(folder / name) as temporary:
            temporary.write_bytes(files[name])
