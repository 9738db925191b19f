"""Running many cells: in processes of this machine, or on a Ray cluster (lib/run/on_ray.py).

    outcomes = run(profiles.load("smoke"), workers=2)

Whatever stops a run, the next one goes on: finished cells are read, others resume from their last checkpoint. Two runs
at once never work on the same cell (lib/run/folders.py): one waits for the other's and then reads it.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from lib.errors import InputError
from lib.progress import tell
from lib.run import folders
from lib.run.cells import ROOT, Cell
from lib.run.worker import Worker

EXECUTORS = ("local", "ray")
_PAUSE = 0.1  # seconds between two looks at the processes


class Outcome(NamedTuple):
    """How a cell ended: seconds that it took now (0: it was finished before), and in one line what went wrong."""

    cell: Cell
    seconds: float
    error: str | None


def run(cells: Sequence[Cell], root: Path = ROOT, executor: str = "local", workers: int = 0) -> list[Outcome]:
    """Run what is not finished; one outcome a cell, in order. A cell that fails does not stop the others.

    workers  local: cells at once; 0: one a visible GPU, or one where there is none, with all cores
             ray: cells at once on a node without GPUs; with GPUs each cell has one
    """
    if executor not in EXECUTORS:
        raise InputError(f"unknown executor {executor!r}: expected one of {', '.join(EXECUTORS)}")
    if workers < 0:
        raise InputError(f"workers is {workers}: expected 0 (as many as fit) or more")
    every = list(dict.fromkeys(cells))
    outcomes = {cell: outcome for cell in every if (outcome := settled(cell, root))}
    todo = [cell for cell in every if cell not in outcomes]
    if todo:
        with _ended_by_signals(), closing(_engine(executor)(todo, root, workers)) as ended:
            for n, outcome in enumerate(ended, 1):
                outcomes[outcome.cell] = outcome
                tell(f"cell {n}/{len(todo)}, {short(outcome.cell)}: {outcome.error or f'{outcome.seconds:.0f} s'}")
    return [outcomes[cell] for cell in cells]


def settled(cell: Cell, root: Path) -> Outcome | None:
    """The outcome of a cell that needs no run, or can have none; None where one is to be run."""
    try:
        if folders.finished(cell, root):
            return Outcome(cell, 0.0, None)
        folders.check(cell, root)
    except InputError as error:
        return Outcome(cell, 0.0, str(error))
    return None


def short(cell: Cell) -> str:
    """A cell's id without its key."""
    return cell.id.rpartition("-")[0]


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _engine(executor: str) -> Callable[[Sequence[Cell], Path, int], Iterator[Outcome]]:
    if executor == "local":
        return _local
    from lib.run import on_ray  # here: Ray is an extra

    return on_ray.run


def _local(cells: Sequence[Cell], root: Path, workers: int) -> Iterator[Outcome]:
    waiting, free = deque(cells), _places(workers)
    prefixed = len(free) > 1
    running: dict[Worker, tuple[int, dict]] = {}
    told: set[Cell] = set()
    try:
        while waiting or running:
            for _ in range(len(waiting)):
                if not free:
                    break
                cell = waiting.popleft()
                if (lock := folders.take(cell, root)) is None:
                    waiting.append(cell)
                    if cell not in told:
                        told.add(cell)
                        tell(f"{short(cell)}: another run is at it; waiting")
                elif outcome := settled(cell, root):  # it was the other run's
                    os.close(lock)
                    yield outcome
                else:
                    place = free.pop()
                    worker = Worker(cell, root, place, f"{short(cell)}: " if prefixed else "", lock)
                    running[worker] = lock, place
            for worker in [worker for worker in running if not worker.running()]:
                lock, place = running.pop(worker)
                os.close(lock)
                free.append(place)
                yield Outcome(worker.cell, worker.seconds, worker.error())
            time.sleep(_PAUSE)
    finally:
        for worker, (lock, _) in running.items():
            worker.end()
            os.close(lock)


def _places(workers: int) -> list[dict[str, str]]:
    """The environment of each process that may run at the same time: its GPU, or its share of the cores."""
    gpus = _visible_gpus()
    if gpus:
        return [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in gpus[: workers or None]]
    if workers < 2:
        return [{}]
    return [{"OMP_NUM_THREADS": str(max(1, cores() // workers))}] * workers


def _visible_gpus() -> list[str]:
    import torch  # here: what only reads finished cells does not wait for it

    names = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    n = torch.cuda.device_count()
    return names[:n] if len(names) >= n and names[0] else [str(gpu) for gpu in range(n)]


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """While this lasts, SIGTERM and SIGHUP end the run as Ctrl-C does: the cells' processes are ended, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _) -> None:
        raise SystemExit(128 + number)

    numbers = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) == signal.SIG_DFL]  # nohup: ignored
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
