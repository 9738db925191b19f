"""Progress of long work: a bar where somebody watches, now and then a line where nobody does (a log, papermill)."""

import os
import sys
import time

from tqdm.auto import tqdm

HEADLESS = "TRACE_HEADLESS"  # set by the notebook runner: progress goes to the log, not into the notebook


class Progress:
    """`with Progress("training", 100, "steps") as progress: progress.advance(loss="0.52")`."""

    def __init__(self, what: str, total: int, unit: str, start: int = 0, every: float = 15.0):
        """every: seconds between two lines in a log."""
        self._what, self._total, self._unit, self._done, self._every = what, total, unit, start, every
        self._began = self._told = time.monotonic()
        self._first = start
        watched = not os.environ.get(HEADLESS) and (sys.stderr.isatty() or "ipykernel" in sys.modules)
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
        # the process's own stream: a notebook's cells stay the same from run to run
        print(
            f"{self._what}: {self._done}/{self._total} {self._unit}{shown}, {left / 60:.0f} min left",
            file=sys.__stderr__,
            flush=True,
        )
