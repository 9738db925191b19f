"""Many cells: the same numbers however they are run and whatever is killed meanwhile; bad folders told in one line."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from filelock import Timeout

from lib.files import ROOT
from lib.run import local, records
from tests.grid_run import BAD, GRID

# How often a running grid is killed, its driver and a worker in turn; TRACE_KILLS=10 for the long version.
KILLS = int(os.environ.get("TRACE_KILLS", 2))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The grid, run one cell after the other."""
    root = tmp_path_factory.mktemp("undisturbed")
    outcomes = local.run(GRID, root)
    assert [(outcome.cell, outcome.error) for outcome in outcomes] == [(cell, None) for cell in GRID]
    assert all(outcome.seconds > 1 for outcome in outcomes)
    (root / "seconds").write_text(str(max(outcome.seconds for outcome in outcomes)))
    return root


def driver(root: Path, executor: str = "local", workers: int = 2, **environment: str) -> subprocess.Popen:
    """The grid in a process of its own, which minds every signal even where the tests ignore some (nohup)."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.grid_run", str(root), executor, str(workers)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)],
    )


def finish(process: subprocess.Popen, timeout: float = 240) -> tuple[list, str]:
    """(outcomes, standard error) of a driver that ends by itself."""
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    *told, outcomes = out.splitlines()  # Ray tells of dead nodes on standard output
    return json.loads(outcomes), "\n".join([*told, err])


def assert_same(root: Path, undisturbed: Path) -> None:
    assert [records.differences(root / cell.id, undisturbed / cell.id) for cell in GRID] == [[] for _ in GRID]
    assert all((root / cell.id / "metrics.json").exists() for cell in GRID)


def children(pid: int) -> list[int]:
    return [int(line) for line in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True).stdout.split()]


def gone(pid: int) -> bool:
    """Whether a process has ended (one that waits to be buried has)."""
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return not status or status.startswith("Z")


def wait_for(what, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@pytest.mark.slow
def test_two_workers_give_what_one_gives_and_a_failing_cell_stops_none(undisturbed, tmp_path, capsys):
    outcomes = local.run([GRID[0], BAD, GRID[1]], tmp_path, workers=2)
    assert [outcome.cell for outcome in outcomes] == [GRID[0], BAD, GRID[1]]
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert outcomes[1].error.startswith("unknown student 'no-such-student'")
    assert "\n" not in outcomes[1].error
    assert_same(tmp_path, undisturbed)
    assert sum(line.startswith("cell ") for line in capsys.readouterr().err.splitlines()) == 3


def pretend_finished(cell, root: Path) -> None:
    records.write(root / cell.id, {"metrics.json": b'{"cell": "as if"}'})


def test_finished_cells_are_read(tmp_path, monkeypatch):
    for cell in GRID:
        pretend_finished(cell, tmp_path)
    monkeypatch.setattr(local, "in_process", None)  # it would fail
    assert local.run(GRID, tmp_path) == [local.Outcome(cell, 0.0, None) for cell in GRID]


@pytest.mark.parametrize("text", ['{"cell": ', "7"])
def test_metrics_that_are_none_and_a_root_that_cannot_be_written(text, tmp_path):
    folder = tmp_path / GRID[0].id
    records.write(folder, {"metrics.json": text.encode()})
    (outcome,) = local.run(GRID[:1], tmp_path)
    assert "not the metrics of a cell" in outcome.error and "\n" not in outcome.error
    assert f"delete {folder}" in outcome.error
    assert all("cannot be written" in outcome.error for outcome in local.run(GRID, folder / "metrics.json"))


@pytest.mark.parametrize("number", [1, 2])
def test_lines_of_two_cells_at_once_say_whose_they_are(number, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(local, "_visible_gpus", list)
    (tmp_path / "lib" / "run").mkdir(parents=True)
    (tmp_path / "lib" / "run" / "local.py").write_text("import sys; print('half way', file=sys.stderr); sys.exit(3)")
    monkeypatch.setattr(local, "CODE", tmp_path)
    outcomes = local.run(GRID, tmp_path, workers=number)
    assert [outcome.error for outcome in outcomes] == [f"{c.id}: ended with status 3: half way" for c in GRID]
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("cell ")]
    names = ["babi-tiny-correct-0: ", "babi-tiny-vanilla-0: "] if number == 2 else ["", ""]
    assert sorted(told) == [f"{name}half way" for name in names]


def test_places(monkeypatch):
    monkeypatch.setattr(local, "_visible_gpus", list)
    monkeypatch.setattr(local, "cores", lambda: 7)
    assert local._places(0) == local._places(1) == [{}]
    assert local._places(3) == [{"OMP_NUM_THREADS": "2"}] * 3
    assert local._places(9) == [{"OMP_NUM_THREADS": "1"}] * 9
    monkeypatch.setattr(local, "_visible_gpus", lambda: ["0", "1", "2"])
    assert local._places(0) == [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in "012"]
    assert local._places(2) == [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in "01"]
    shared = {"TRACE_GPU_SHARE": "0.5", "OMP_NUM_THREADS": "1"}
    assert local._places(5) == [{"CUDA_VISIBLE_DEVICES": gpu, **shared} for gpu in "01201"]


@pytest.mark.parametrize(
    ("visible", "n", "expected"), [("", 2, ["0", "1"]), ("3,5", 2, ["3", "5"]), ("", 0, []), ("3,7", 1, ["3"])]
)
def test_gpus_keep_the_names_that_the_environment_gives(visible, n, expected, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: n)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert local._visible_gpus() == expected


def test_a_cell_that_another_run_is_at_is_waited_for_and_then_read(tmp_path, capsys):
    began = threading.Event()

    def finish_elsewhere() -> None:
        with records.locked(GRID[0], tmp_path):
            began.set()
            time.sleep(1)
            pretend_finished(GRID[0], tmp_path)

    thread = threading.Thread(target=finish_elsewhere)
    thread.start()
    began.wait()
    with pytest.raises(Timeout), records.locked(GRID[0], tmp_path, timeout=0):
        pass
    with records.locked(GRID[1], tmp_path, timeout=0):  # each cell has its own
        pass
    outcomes = local.run(GRID[:1], tmp_path)
    thread.join()
    assert outcomes == [local.Outcome(GRID[0], 0.0, None)]  # 0 s: read, not run
    assert "another run is at it" in capsys.readouterr().err


def held(root: Path) -> list:
    """The cells whose locks are taken."""
    taken = []
    for cell in GRID:
        try:
            with records.locked(cell, root, timeout=0):
                pass
        except Timeout:
            taken.append(cell)
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_cell_outlives_its_driver_and_each_holds_its_lock_till_then(number, tmp_path):
    process = driver(tmp_path)
    wait_for(lambda: len(children(process.pid)) == 2)
    pids = children(process.pid)
    wait_for(lambda: held(tmp_path))
    stopped = pids if number == signal.SIGKILL else []  # at any other signal, the driver waits for their end
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    before = held(tmp_path) if stopped else []
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert set(before) <= set(held(tmp_path))
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: all(map(gone, pids)) and not held(tmp_path), 15)


@pytest.mark.slow
def test_killed_at_random_moments_the_next_run_completes_the_same_numbers(undisturbed, tmp_path):
    """Again and again over the same folders; in the long version, over new ones each time."""
    rng, longest = random.Random(3), float((undisturbed / "seconds").read_text())
    for n in range(KILLS):
        root = tmp_path / (str(n) if KILLS > 3 else "root")
        process = driver(root)
        wait_for(lambda process=process: len(children(process.pid)) == 2 or process.poll() is not None)
        cells = children(process.pid)
        time.sleep(rng.uniform(0.1, 0.9) * longest)
        victim = process.pid if n % 2 == 0 or not cells else rng.choice(cells)
        alive = not gone(victim)
        if alive:
            os.kill(victim, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
        if alive and victim != process.pid:
            assert [error for _, error in json.loads(out) if error and "killed by signal 9" in error], err
        if KILLS > 3 or n == KILLS - 1:
            outcomes, _ = finish(driver(root))
            assert [error for _, error in outcomes] == [None, None]
            assert_same(root, undisturbed)
