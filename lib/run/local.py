"""Running many cells, each in a process of this machine: `python -m lib.run.local CELL ROOT` is one of them.

    outcomes = run(cells.profile("smoke"), workers=2)

Whatever stops a run, the next one goes on: finished cells are read, others resume from their last checkpoint. Of two
runs at once, one waits for the other's cell and then reads it. A cell's process reads from a pipe that nobody writes
to: when it closes, the starter is gone, even by `kill -9`, and the process ends.
"""

import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from filelock import Timeout

from lib.errors import InputError, run_cli
from lib.files import ROOT as CODE
from lib.progress import tell
from lib.run import records
from lib.run.cells import ROOT, Cell, cell_of, short

_ERROR = "error: "  # how lib.errors.run_cli begins its one line
_PAUSE = 1.0  # seconds until another run's cell is looked at again


class Outcome(NamedTuple):
    """How a cell ended: seconds that it took now (0: it was finished before), and in one line what went wrong."""

    cell: Cell
    seconds: float
    error: str | None


class Killed(InputError):
    """A signal ended a cell's process: whatever watches over memory, for example."""


def run(cells: Sequence[Cell], root: Path = ROOT, workers: int = 0) -> list[Outcome]:
    """Run what is not finished; one outcome per cell, in order. A cell that fails does not stop the others.

    workers: cells at once; 0: one per visible GPU, or one where there is none, with all cores. More than there are GPUs
    share them: a small student leaves a large one waiting most of the time.
    """
    free = queue.SimpleQueue()
    places = _places(workers)
    for place in places:
        free.put(place)
    stdin, ours = os.pipe()

    def run_one(cell: Cell) -> float:
        with records.locked(cell, root, timeout=0):  # another run's? If not, its process holds it
            pass
        place = free.get()
        try:
            return in_process(cell, root, stdin, place, f"{short(cell)}: " if len(places) > 1 else "")
        finally:
            free.put(place)

    try:
        return run_all(cells, root, len(places), run_one, end=lambda: os.close(ours))
    finally:
        os.close(stdin)


def run_all(
    cells: Sequence[Cell], root: Path, at_once: int, run_one: Callable[[Cell], float], end: Callable[[], None]
) -> list[Outcome]:
    """One outcome per cell, in order, as `run_one` (seconds of a cell, InputError, or filelock.Timeout) brings them.

    end: called once, whatever ends the run: no `run_one` may go on after it.
    """

    def attempt(cell: Cell) -> Outcome | None:
        """The outcome; None where another run is at it."""
        try:
            return Outcome(cell, 0.0 if finished(cell, root) else run_one(cell), None)
        except InputError as error:
            return Outcome(cell, 0.0, str(error))
        except Timeout:
            time.sleep(_PAUSE)
            return None

    outcomes, waiting = {}, set()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            running = {pool.submit(attempt, cell): cell for cell in dict.fromkeys(cells)}
            while running:
                future = next(as_completed(running))
                cell, outcome = running.pop(future), future.result()
                if outcome:
                    outcomes[cell] = outcome
                    told = outcome.error or f"{outcome.seconds:.0f} s"
                    tell(f"cell {len(outcomes)}/{len(outcomes) + len(running)}, {short(cell)}: {told}")
                    continue
                if cell not in waiting:
                    tell(f"{short(cell)}: another run is at it; waiting")
                waiting.add(cell)
                running[pool.submit(attempt, cell)] = cell
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            end()
    return [outcomes[cell] for cell in cells]


def finished(cell: Cell, root: Path) -> bool:
    """Whether a cell's metrics are there. Raises InputError where they are none."""
    return (root / cell.id / records.METRICS).exists() and bool(records.metrics(root / cell.id))


def in_process(cell: Cell, root: Path, stdin: int, environment: Mapping[str, str], prefix: str = "") -> float:
    """Run a cell in a process that ends when the other end of the pipe `stdin` closes; seconds that it took.

    Its lines are told, each after `prefix`. Raises InputError, in one line, where it fails, Killed for a signal.
    """
    began, last = time.monotonic(), ""
    python_path = os.pathsep.join(filter(None, (str(CODE), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        # -P: not whatever is called lib in the current folder
        [sys.executable, "-P", "-m", "lib.run.local", json.dumps(dataclasses.asdict(cell)), str(root.resolve())],
        env={**os.environ, "PYTHONPATH": python_path, **environment},
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C reaches the starter alone, which ends its cells
    )
    with process:
        for line in filter(str.strip, process.stderr):
            last = line.rstrip()
            if not last.startswith(_ERROR):  # that one is told at the end
                tell(f"{prefix}{last}")
    status = process.returncode
    if status == 0 and finished(cell, root):
        return time.monotonic() - began
    if last.startswith(_ERROR):
        raise InputError(last.removeprefix(_ERROR))
    if status < 0:
        raise Killed(f"{cell.id}: killed by signal {-status} (9: too little memory, perhaps); run again: it goes on")
    raise InputError(f"{cell.id}: ended with status {status}: {last or 'it said nothing'}")


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _places(workers: int) -> list[dict[str, str]]:
    """The environment of each process that may run at the same time: its GPU, or its share of the cores."""
    threads = {"OMP_NUM_THREADS": str(max(1, cores() // workers))} if workers > 1 else {}
    if gpus := _visible_gpus():
        from lib.train.memory import SHARE

        shared = {SHARE: str(1 / -(-workers // len(gpus))), **threads} if workers > len(gpus) else {}
        return [{"CUDA_VISIBLE_DEVICES": gpu, **shared} for gpu in islice(cycle(gpus), workers or len(gpus))]
    return [threads] * max(1, workers)


def _visible_gpus() -> list[str]:
    import torch  # here: the cells' processes load it themselves, once they watch their starter

    names = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    n = torch.cuda.device_count()
    return names[:n] if len(names) >= n and names[0] else [str(gpu) for gpu in range(n)]


def _end_with_starter() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def main(argv: list[str]) -> None:
    """Run one cell, until standard input closes."""
    threading.Thread(target=_end_with_starter, daemon=True).start()
    from lib.run import train_cell

    cell, root = argv
    train_cell.run(cell_of(json.loads(cell)), Path(root))


if __name__ == "__main__":
    run_cli(main)
