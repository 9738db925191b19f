"""The same cells on a Ray cluster: one GPU per cell, or a share of a node's cores; results come to the same folders.

A node keeps nothing: what a cell has reached (log, checkpoint) is sent back every half minute, so that a cell whose
process or node dies is submitted again and goes on there, as it does when it is this process that was killed.
"""

import dataclasses
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lib.errors import InputError
from lib.progress import tell
from lib.run import local, records
from lib.run.cells import ROOT, Cell, cell_of, short, versions

try:
    import ray
    from ray.exceptions import RayError, RayTaskError, RuntimeEnvSetupError
except ImportError:
    raise InputError("EXECUTOR=ray needs Ray, which is not installed: pip install -r ray.txt") from None

TRIES = 6  # times that a cell is submitted before its lost processes are taken for its own fault
PATIENCE = 12  # seconds in which a cluster answers
SEND_EVERY = "TRACE_SEND_EVERY"  # seconds between two checkpoints sent back, from the environment; 30 without
_PROGRESS = (records.CHECKPOINT, records.LOG, records.CONFIG)  # read in this order: the log is never behind
_START = "`ray start --head --port=6379` here, `ray start --address=HOST:6379` on every other machine"


def run(cells: Sequence[Cell], root: Path = ROOT, workers: int = 0) -> list[local.Outcome]:
    """As local.run; workers: cells at once on a node without GPUs. Raises InputError where there is no cluster."""
    _connect()
    over = threading.Event()
    try:
        task = ray.remote(num_returns="streaming", max_retries=0, **_share(workers))(_on_node)  # lost ones: _run_one
        return local.run_all(cells, root, len(cells), lambda cell: _run_one(cell, root, task, over), over.set)
    finally:
        ray.shutdown()  # what still runs is ended


def _run_one(cell: Cell, root: Path, task: object, over: threading.Event) -> float:
    """Run a cell on the cluster, again where it is lost; the seconds that it took there."""
    folder, every = root / cell.id, float(os.environ.get(SEND_EVERY, 30))
    with records.locked(cell, root, timeout=0):
        if local.finished(cell, root):  # another run was quicker
            return 0.0
        for left in reversed(range(TRIES)):
            parts = task.remote(dataclasses.asdict(cell), cell.id, records.read(folder, _PROGRESS), every)
            try:
                return _receive(parts, folder, over)
            except RayError as failed:
                cause = failed.cause if isinstance(failed, RayTaskError) else failed
                lost = isinstance(cause, local.Killed | RayError)  # its process or node died: it goes on elsewhere
                if not left or not lost or isinstance(cause, RuntimeEnvSetupError | RayTaskError):
                    told = str(cause) if isinstance(cause, InputError) else f"{cell.id}: {_line(cause)}"
                    raise InputError(told) from None
                tell(f"{short(cell)}: lost ({_line(cause)}); submitted again")


def _receive(parts: object, folder: Path, over: threading.Event) -> float:
    """Write what a node sends, until it is done; the seconds since the node began."""
    began = time.monotonic()
    while not over.is_set():
        if not ray.wait([parts], timeout=1)[0]:
            continue
        try:
            files = ray.get(next(parts))
            records.write(folder, files)
        except StopIteration:
            if (folder / records.METRICS).exists():
                return time.monotonic() - began
            raise InputError(f"{folder.name}: the node sent no metrics; run again") from None
        except OSError as failed:
            told = f"{folder}: cannot be written ({failed.strerror}); check the path and free space"
            raise InputError(told) from None
        if not files:  # a node has begun with it; until now it was waiting
            began = time.monotonic()
    raise InputError(f"{folder.name}: interrupted")


def _line(error: Exception) -> str:
    """The last of its lines: Ray's messages are long."""
    return (str(error).strip() or type(error).__name__).splitlines()[-1].strip()


def _connect() -> None:
    """Join the cluster at RAY_ADDRESS; its nodes get this copy of lib/."""
    address = os.environ.get("RAY_ADDRESS", "")
    if not address:
        raise InputError(f"EXECUTOR=ray needs RAY_ADDRESS=HOST:6379, where a cluster is; to start one: {_START}")
    _check_answers(address)
    environment = {"py_modules": [str(local.CODE / "lib")], "excludes": ["__pycache__"]}
    try:
        ray.init(address=address, runtime_env=environment, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError, RayError) as error:
        raise InputError(f"Ray cluster at {address}: cannot be joined ({_line(error)})") from None


def _check_answers(address: str) -> None:
    """Raise InputError where no cluster is: Ray itself would try for most of a minute, and end the process."""
    if ":" not in address:  # "auto", "local": Ray knows at once
        return
    status = [sys.executable, "-m", "ray.scripts.scripts", "status", "--address", address]
    try:
        subprocess.run(status, check=True, timeout=PATIENCE, capture_output=True)
    except subprocess.SubprocessError:
        raise InputError(f"no Ray cluster at RAY_ADDRESS={address}; to start one: {_START}") from None


def _share(workers: int) -> dict[str, float]:
    """What a cell occupies of a node, in Ray's words."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # what each offers, busy or not
    if any(node.get("GPU") for node in nodes):
        return {"num_gpus": 1, "num_cpus": 1}
    cores = [int(node["CPU"]) for node in nodes if node.get("CPU")]
    if not cores:
        raise InputError("no node of the Ray cluster offers a core or a GPU: start one with --num-cpus or --num-gpus")
    return {"num_cpus": max(1, min(cores) // max(1, workers))}


def _on_node(row: dict, wanted: str, known: dict[str, bytes], every: float) -> Iterator[dict[str, bytes]]:
    """Run a cell from what is known of it. Yields no files as it begins, now and then those so far, at the end all."""
    cell = cell_of(row)
    if cell.id != wanted:
        have = ", ".join(f"{name} {version}" for name, version in versions().items())
        told = f"{wanted}: node {socket.gethostname()} has other versions ({have}); "
        raise InputError(told + "install requirements.txt and constraints.txt there")
    yield {}
    with tempfile.TemporaryDirectory(prefix="trace-cell-") as root, ThreadPoolExecutor(1) as pool:
        folder = Path(root) / cell.id
        records.write(folder, known)
        stdin, ours = os.pipe()
        try:
            done = pool.submit(local.in_process, cell, Path(root), stdin, {}, f"{short(cell)}: ")
            sent, saved = time.monotonic(), _saved(folder)
            while not done.done():
                time.sleep(0.1)
                if time.monotonic() - sent >= every and _saved(folder) != saved:
                    sent, saved = time.monotonic(), _saved(folder)
                    yield records.read(folder, _PROGRESS)
            if done.exception():
                yield records.read(folder, _PROGRESS)
            done.result()
        finally:
            os.close(ours)  # ends the cell's process
            os.close(stdin)
        made = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
        yield records.read(folder, [name for name in made if name != records.CHECKPOINT])


def _saved(folder: Path) -> int:
    """When the checkpoint was saved; 0 without one."""
    path = folder / records.CHECKPOINT
    return path.stat().st_mtime_ns if path.exists() else 0
