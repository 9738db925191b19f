"""The same cells on a Ray cluster: one GPU a cell, or a share of a node's cores; results come back to the same folders.

A node keeps nothing: what a cell has reached (log, checkpoint) is sent back every half minute, so that a cell whose
process or node dies is submitted again and goes on there, as it does when it is this process that was killed.
"""

import contextlib
import dataclasses
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lib.errors import InputError
from lib.progress import tell
from lib.run import cells as cell_names
from lib.run import folders
from lib.run.cells import Cell, cell_of
from lib.run.local import Outcome, settled, short
from lib.run.worker import CODE, Worker

try:
    import ray
    from ray.exceptions import RayError, RayTaskError, RuntimeEnvSetupError
except ImportError:
    raise InputError("EXECUTOR=ray needs Ray, which is not installed: pip install -r ray.txt") from None

TRIES = 6  # times that a cell is submitted before its lost processes are taken for its own fault
PATIENCE = 12  # seconds in which a cluster answers
SEND_EVERY = "TRACE_SEND_EVERY"  # seconds between two checkpoints sent back, from the environment; 30 without
_RESOURCES = {"num_cpus": "CPU", "num_gpus": "GPU"}
_PROGRESS = (folders.CHECKPOINT, folders.LOG, folders.CONFIG)  # read in this order: the log is never behind
_START = "`ray start --head --port=6379` here, `ray start --address=HOST:6379` on every other machine"


class Killed(Exception):
    """A cell's process on a node was killed, by whatever watches over memory there, for example."""


@dataclass(eq=False, slots=True)
class _Flight:
    """A cell that is on the cluster."""

    cell: Cell
    lock: int
    began: float = field(default_factory=time.monotonic)
    tries: int = 0
    parts: object = None  # Ray's generator of what the node sends


def run(cells: Sequence[Cell], root: Path, workers: int = 0) -> Iterator[Outcome]:
    """The outcomes of the cells, as they end. Raises InputError, in one line, where there is no cluster."""
    _connect()
    flights: list[_Flight] = []
    try:
        share = _share(workers)
        waiting, fits = deque(cells), True
        while waiting or flights:
            for _ in range(len(waiting)):
                cell = waiting.popleft()
                if (lock := folders.take(cell, root)) is None:  # another run is at it
                    waiting.append(cell)
                elif outcome := settled(cell, root):
                    os.close(lock)
                    yield outcome
                else:
                    flights.append(_Flight(cell, lock))
                    _submit(flights[-1], root, share)
            ready = _ready(flights)
            fitted, fits = fits, bool(ready) or _fits(share)
            if fitted and not fits:
                tell(f"no node is left that can take a cell ({_in_words(share)}); waiting for one to join the cluster")
            for flight in ready:
                if outcome := _receive(flight, root, share):
                    flights.remove(flight)
                    os.close(flight.lock)
                    yield outcome
    finally:
        ray.shutdown()  # what still runs is ended
        for flight in flights:
            os.close(flight.lock)


def _ready(flights: list[_Flight]) -> list[_Flight]:
    """Those for which something has come; waits a second at most."""
    if not flights:  # all are another run's
        time.sleep(1)
        return []
    ready, _ = ray.wait([flight.parts for flight in flights], num_returns=1, timeout=1)
    return [flight for flight in flights if flight.parts in ready]


def _submit(flight: _Flight, root: Path, share: dict) -> None:
    """Send a cell, with all that is known of it here, to the cluster."""
    flight.tries += 1
    known = folders.read(root / flight.cell.id, _PROGRESS)
    every = float(os.environ.get(SEND_EVERY, 30))
    task = ray.remote(num_returns="streaming", max_retries=0, **share)(_on_node)  # lost ones: _receive
    flight.parts = task.remote(dataclasses.asdict(flight.cell), flight.cell.id, known, every)


def _receive(flight: _Flight, root: Path, share: dict) -> Outcome | None:
    """Take the next of what a node sends; the outcome, where that was the last."""
    try:
        files = ray.get(next(flight.parts))
        if not files:  # a node has begun with it; until now it was waiting
            flight.began = time.monotonic()
        folders.write(root / flight.cell.id, files)
        return None
    except StopIteration:
        done = folders.finished(flight.cell, root)
        error = None if done else f"{flight.cell.id}: the node sent no metrics; run again"
    except OSError as failed:
        error = f"{root / flight.cell.id}: cannot be written ({failed.strerror}); check the path and free space"
    except RayError as failed:
        cause = failed.cause if isinstance(failed, RayTaskError) else failed
        if _lost(cause) and flight.tries < TRIES:
            tell(f"{short(flight.cell)}: lost ({_line(cause)}); submitted again")
            _submit(flight, root, share)
            return None
        error = str(cause) if isinstance(cause, InputError) else f"{flight.cell.id}: {_line(cause)}"
    return Outcome(flight.cell, time.monotonic() - flight.began, error)


def _lost(cause: Exception) -> bool:
    """Whether a process or a node died under a cell, which then goes on elsewhere."""
    return isinstance(cause, Killed | RayError) and not isinstance(cause, RuntimeEnvSetupError | RayTaskError)


def _line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


# --- the cluster --------------------------------------------------------------------------------------------


def _connect() -> None:
    """Join the cluster at RAY_ADDRESS; its nodes get this copy of lib/."""
    address = os.environ.get("RAY_ADDRESS", "")
    if not address:
        raise InputError(f"EXECUTOR=ray needs RAY_ADDRESS=HOST:6379, where a cluster is; to start one: {_START}")
    _check_answers(address)
    try:
        ray.init(
            address=address,
            runtime_env={"py_modules": [str(CODE / "lib")], "excludes": ["__pycache__"]},
            logging_level="ERROR",
        )
    except (OSError, RuntimeError, ValueError, RayError) as error:
        raise InputError(f"Ray cluster at {address}: cannot be joined ({_line(error)})") from None


def _check_answers(address: str) -> None:
    """Raise InputError where no cluster is: Ray itself would try for most of a minute, and end the process."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon:  # "auto", "local": Ray knows at once
        return
    silent = InputError(f"no Ray cluster at RAY_ADDRESS={address}; to start one: {_START}")
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE / 2).close()
    except (OSError, ValueError, OverflowError):
        raise silent from None
    if address.startswith("ray://"):
        return
    status = [sys.executable, "-m", "ray.scripts.scripts", "status", "--address", address]  # somebody: is it Ray?
    try:
        subprocess.run(status, check=True, timeout=PATIENCE, capture_output=True)
    except (subprocess.SubprocessError, OSError):
        raise silent from None


def _share(workers: int) -> dict[str, float]:
    """What a cell occupies of a node, in Ray's words."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(node.get("GPU") for node in nodes):
        return {"num_gpus": 1, "num_cpus": 1}
    cores = [int(node["CPU"]) for node in nodes if node.get("CPU")]
    if not cores:
        raise InputError("no node of the Ray cluster offers a core or a GPU: start one with --num-cpus or --num-gpus")
    return {"num_cpus": max(1, min(cores) // max(1, workers))}


def _fits(share: dict[str, float]) -> bool:
    """Whether some living node, busy or not, is large enough for a cell."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return any(all(node.get(_RESOURCES[name], 0) >= needed for name, needed in share.items()) for node in nodes)


def _in_words(share: dict[str, float]) -> str:
    return ", ".join(f"{needed} {_RESOURCES[name]}" for name, needed in share.items())


# --- on a node ----------------------------------------------------------------------------------------------


def _on_node(row: dict, wanted: str, known: dict[str, bytes], every: float) -> Iterator[dict[str, bytes]]:
    """Run a cell from what is known of it. Yields no files as it begins, now and then those so far, at the end all."""
    cell = cell_of(row)
    _check_same_code(cell, wanted)
    yield {}
    with tempfile.TemporaryDirectory(prefix="trace-cell-") as root:
        folder = Path(root) / cell.id
        folders.write(folder, known)
        worker, sent, saved = Worker(cell, Path(root), {}, f"{short(cell)}: "), time.monotonic(), _saved(folder)
        try:
            while worker.running():
                time.sleep(0.1)
                if time.monotonic() - sent >= every and _saved(folder) != saved:
                    sent, saved = time.monotonic(), _saved(folder)
                    yield folders.read(folder, _PROGRESS)
            if error := worker.error():
                yield folders.read(folder, _PROGRESS)
                raise Killed(error) if worker.killed else InputError(error)
        finally:
            worker.end()
        made = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
        yield folders.read(folder, tuple(name for name in made if name != folders.CHECKPOINT))


def _saved(folder: Path) -> int:
    """When the checkpoint was saved; 0 without one."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / folders.CHECKPOINT).stat().st_mtime_ns
    return 0


def _check_same_code(cell: Cell, wanted: str) -> None:
    """Raise InputError where this node's libraries would give a cell of another name."""
    if cell.id != wanted:
        have = ", ".join(f"{name} {version}" for name, version in cell_names.versions().items())
        raise InputError(
            f"{wanted}: node {socket.gethostname()} has other versions ({have}); "
            "install requirements.txt and constraints.txt there"
        )
