"""One cell in a process of its own, which ends when its starter does, however that ended.

The process's standard input is a pipe into which nothing is ever written: when it closes, the starter is gone. So no
cell goes on unseen after a `kill -9`, here or on a cluster's node.
"""

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from lib.errors import run_cli
from lib.files import ROOT
from lib.progress import tell
from lib.run import folders
from lib.run.cells import Cell

CODE = ROOT  # where the package lib is
_ERROR = "error: "  # how lib.errors.run_cli begins its one line


class Worker:
    """A cell's process, seen by its starter."""

    def __init__(
        self, cell: Cell, root: Path, environment: Mapping[str, str], prefix: str = "", lock: int | None = None
    ):
        """prefix: before each line that the cell tells; lock: the process holds it, too, for as long as it lives."""
        self.cell, self._root, self._prefix = cell, root, prefix
        self._last = ""
        self._began = time.monotonic()
        python = [sys.executable, "-P", "-m", "lib.run.worker"]  # -P: not whatever is called lib in the current folder
        self._process = subprocess.Popen(
            [*python, json.dumps(dataclasses.asdict(cell)), "--root", str(root.resolve())],
            env={**os.environ, "PYTHONPATH": _python_path(), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if lock is None else (lock,),
            start_new_session=True,  # Ctrl-C reaches the starter alone, which ends its cells
        )
        self._relay = threading.Thread(target=self._pass_on, daemon=True)
        self._relay.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    def running(self) -> bool:
        """Whether it still does."""
        return self._process.poll() is None

    @property
    def killed(self) -> bool:
        """Whether a signal ended it, not its own doing."""
        return (self._process.poll() or 0) < 0

    def end(self) -> None:
        """End the process, wherever it is; nothing where it has ended. What it wrote is whole: the next run goes on."""
        self._process.kill()
        self._process.wait()
        self._relay.join(timeout=5)
        self._process.stdin.close()

    def error(self) -> str | None:
        """After the end: None where the cell is finished, otherwise what went wrong, in one line."""
        status = self._process.wait()
        self._relay.join(timeout=5)
        if status == 0 and (self._root / self.cell.id / folders.METRICS).exists():
            return None
        if self._last.startswith(_ERROR):
            return self._last.removeprefix(_ERROR)
        if self.killed:
            return f"{self.cell.id}: killed by signal {-status} (9: too little memory, perhaps); run again: it goes on"
        return f"{self.cell.id}: ended with status {status}: {self._last or 'it said nothing'}"

    def _pass_on(self) -> None:
        for line in self._process.stderr:
            if not line.strip():
                continue
            self._last = line.rstrip()
            if not line.startswith(_ERROR):  # that one is told at the end
                tell(f"{self._prefix}{self._last}")


def _python_path() -> str:
    return os.pathsep.join(filter(None, (str(CODE), os.environ.get("PYTHONPATH"))))


def _end_with_starter() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def main(argv: list[str]) -> None:
    """As `python -m lib.run.train_cell`, until standard input closes."""
    threading.Thread(target=_end_with_starter, daemon=True).start()
    from lib.run import train_cell  # here: the starter needs neither torch nor its seconds

    train_cell.main(argv)


if __name__ == "__main__":
    run_cli(main)
