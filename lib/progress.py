"""Progress of long work: a bar where somebody watches, now and then a line where nobody does (a log, papermill)."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tqdm.auto import tqdm

# Names a file, set by the notebook runner: lines go there, as in the notebook they would be another output every time.
FILE = "TRACE_PROGRESS_FILE"


class Progress(tqdm):
    """`with Progress("training", 100, "steps") as progress: progress.advance(loss="0.52")`."""

    def __init__(self, what: str, total: int, unit: str, start: int = 0, every: float = 15.0):
        """every: seconds between two lines in a log."""
        watched = not os.environ.get(FILE) and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        super().__init__(total=total, initial=start, desc=what, unit=f" {unit}", leave=False, disable=not watched)
        self._what, self._unit, self._every, self._first = what, unit, every, start
        self._began = self._told = time.monotonic()

    def advance(self, n: int = 1, **numbers: str) -> None:
        """n more are done; numbers are shown beside."""
        self.set_postfix(numbers, refresh=False)
        self.update(n)
        self.n += n if self.disable else 0  # tqdm counts only what it shows
        now = time.monotonic()
        if self.disable and now - self._told >= self._every:
            self._told = now
            minutes = (now - self._began) / max(1, self.n - self._first) * (self.total - self.n) / 60
            shown = "".join(f", {name} {value}" for name, value in numbers.items())
            tell(f"{self._what}: {self.n}/{self.total} {self._unit}{shown}, {minutes:.0f} min left")


def tell(line: str) -> None:
    """A line for whoever follows the work: on standard error, or in the notebook runner's log."""
    path = os.environ.get(FILE)
    with Path(path).open("a", encoding="utf-8") if path else nullcontext(sys.stderr) as file:
        print(line, file=file, flush=True)


@contextmanager
def relayed(path: Path) -> Iterator[None]:
    """While this lasts, lines that another process writes to `path` appear on this one's standard error."""
    over = threading.Event()

    def relay() -> None:
        last = False
        with path.open(encoding="utf-8") as file:
            while not last:
                last = over.wait(0.5)
                for line in file:
                    print(f"  {line}", end="", file=sys.stderr, flush=True)

    path.write_text("")
    thread = threading.Thread(target=relay)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        path.unlink()
