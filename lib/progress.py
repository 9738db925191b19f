"""Progress of long work: a bar where somebody watches, now and then a line where nobody does (a log, papermill)."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm.auto import tqdm

from lib import processes

# Names a file, set by the notebook runner: lines go there, and from there to the runner's own log. In the notebook they
# would be another output every time.
FILE = "TRACE_PROGRESS_FILE"


class Progress:
    """`with Progress("training", 100, "steps") as progress: progress.advance(loss="0.52")`."""

    def __init__(self, what: str, total: int, unit: str, start: int = 0, every: float = 15.0):
        """every: seconds between two lines in a log."""
        self._what, self._total, self._unit, self._done, self._every = what, total, unit, start, every
        self._began = self._told = time.monotonic()
        self._first = start
        watched = processes.first() and not os.environ.get(FILE) and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        self._bar = tqdm(total=total, initial=start, desc=what, unit=f" {unit}", leave=False) if watched else None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, n: int = 1, **numbers: str) -> None:
        """n more are done; numbers are shown beside."""
        self._done += n
        if self._bar is not None:
            self._bar.set_postfix(numbers, refresh=False)
            self._bar.update(n)
        elif (now := time.monotonic()) - self._told >= self._every:
            self._told = now
            self._line(now, numbers)

    def _line(self, now: float, numbers: dict[str, str]) -> None:
        left = (now - self._began) / max(1, self._done - self._first) * (self._total - self._done)
        shown = "".join(f", {name} {value}" for name, value in numbers.items())
        tell(f"{self._what}: {self._done}/{self._total} {self._unit}{shown}, {left / 60:.0f} min left")


def tell(line: str) -> None:
    """A line for whoever follows the work: on standard error, or in the notebook runner's log."""
    if not processes.first():
        return
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    else:
        print(line, file=sys.stderr, flush=True)


@contextmanager
def relayed(path: Path) -> Iterator[None]:
    """While this lasts, lines that another process writes to `path` appear on this one's standard error."""
    path.write_text("")
    over = threading.Event()

    def relay() -> None:
        told = 0
        while True:
            last = over.wait(0.5)
            lines = path.read_text(encoding="utf-8").splitlines()
            for line in lines[told:]:
                print(f"  {line}", file=sys.stderr, flush=True)
            told = len(lines)
            if last:
                return

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        path.unlink()
