"""Several processes at one run, as `accelerate launch` starts them; here two on the CPU, which talk over loopback."""

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lib import processes, progress
from lib.files import ROOT
from lib.run import train_cell
from lib.run.cells import Budget, Cell
from lib.train import checkpoints, loop
from lib.train.encoding import encode
from tests.train.test_loop import numbers, weights
from tests.training_run import RECIPE, data, run, tiny

# 40 examples in batches of 13 leave one that is alone in its batch: there, the second process has none.
ODD = Budget(40, 7, ("single-supporting-fact",), steps=6, batch_size=13, dropout=0.0, max_new_tokens=70)
CELL = Cell("babi", "tiny", "correct", 0, ODD)
TOLERANCE = 2e-5  # of a loss or a norm: two processes add up in another order
LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "lo0", "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def launch(argument: str, root: Path) -> subprocess.CompletedProcess:
    """`accelerate launch` of two processes at one cell. Without a GPU its --multi_gpu starts them on the CPU."""
    python = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    options = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    return subprocess.run(
        [
            *python,
            *options,
            "--main_process_port",
            str(free_port()),
            "-m",
            "lib.run.train_cell",
            argument,
            "--root",
            str(root),
        ],
        env={**os.environ, **LOOPBACK, "CUDA_VISIBLE_DEVICES": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_two_processes_give_the_cell_of_one(tmp_path):
    launched = launch(json.dumps(asdict(CELL)), tmp_path / "two")
    assert launched.returncode == 0, launched.stderr
    metrics = json.loads(launched.stdout)  # one object: one process alone tells
    alone = train_cell.run(CELL, tmp_path / "one")
    two, one = (tmp_path / name / CELL.id for name in ("two", "one"))
    assert json.loads((two / "metrics.json").read_text()) == metrics
    assert {p.relative_to(two) for p in two.rglob("*")} == {p.relative_to(one) for p in one.rglob("*")}

    theirs, ours = numbers(two), numbers(one)
    assert [(line["step"], line["tokens"], line["learning_rate"]) for line in theirs] == [
        (line["step"], line["tokens"], line["learning_rate"]) for line in ours
    ]
    assert len(theirs) == 6
    for what in ("loss", "grad_norm"):
        assert [line[what] for line in theirs] == pytest.approx([line[what] for line in ours], rel=TOLERANCE)
    assert (two / "outputs.json").read_bytes() == (one / "outputs.json").read_bytes()
    assert {**metrics["test"], "seconds": 0} == {**alone["test"], "seconds": 0}


def test_a_second_process_writes_no_file_of_a_cell(tmp_path, monkeypatch):
    second = place(0, 1)  # with all of the test problems, so that there is something to write
    second.is_main_process, second.wait_for_everyone = False, lambda: None
    monkeypatch.setattr(train_cell, "_state", lambda: second)
    assert train_cell.run(CELL.untrained(), tmp_path)["test"]["n"] == 7
    assert not list(tmp_path.iterdir())


# --- killed -------------------------------------------------------------------------------------------------


def one_of_two(folder: str, rank: int, port: int) -> None:
    """What `accelerate launch` makes a process of: its place among the two, in the environment."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in (place | address | LOOPBACK).items()})
    run(folder)


def pair(folder: Path, until: int | None = None, second: Path | None = None) -> None:
    """A run of two processes, to its end, or killed once its log has as many lines; the second's own folder, if any."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lib.train.loop", "tests.training_run", "peft", "accelerate"])
    port, log = free_port(), folder / checkpoints.LOG
    folders = [str(folder), str(second or folder)]
    both = [context.Process(target=one_of_two, args=(folders[rank], rank, port)) for rank in (0, 1)]
    for process in both:
        process.start()
    while until and all(process.is_alive() for process in both):
        if log.exists() and log.read_text().count("\n") >= until:
            break
        time.sleep(0.01)
    for process in both:
        if until:
            process.kill()
        process.join(timeout=120)
    assert {process.exitcode for process in both} == {-9 if until else 0}


def test_killed_twice_two_processes_end_with_the_same_numbers(tmp_path):
    """Dropout included, which each process draws for itself."""
    pair(tmp_path / "whole", second=tmp_path / "empty")
    assert not list((tmp_path / "empty").iterdir())  # the first alone writes
    for lines in (6, 18):  # after the checkpoints of steps 4 and 16
        pair(tmp_path / "killed", until=lines)
        assert (tmp_path / "killed" / checkpoints.CHECKPOINT).exists()
    shutil.copytree(tmp_path / "killed", tmp_path / "alone")
    pair(tmp_path / "killed")
    assert len(numbers(tmp_path / "killed")) == RECIPE.max_steps
    assert numbers(tmp_path / "killed") == numbers(tmp_path / "whole")
    assert weights(tmp_path / "killed") == weights(tmp_path / "whole")
    # one process goes on from there, too, through the same steps; its dropout is another
    run(str(tmp_path / "alone"))
    steps = [[(line["step"], line.get("tokens")) for line in numbers(tmp_path / name)] for name in ("alone", "whole")]
    assert steps[0] == steps[1]
    assert numbers(tmp_path / "alone")[:16] == numbers(tmp_path / "whole")[:16]


def test_a_process_ends_when_its_launcher_was_killed():
    process = """if True:
        import time
        from lib import processes
        processes.end_with_launcher()
        print("on", flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {process!r}])"],
        env={**os.environ, processes.LAUNCH: "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        assert launcher.stdout.readline() == "on\n"
        launcher.kill()
        killed = time.monotonic()
        assert launcher.stdout.read() == ""  # ends when the process, too, has closed it
        assert time.monotonic() - killed < 30


# --- shares -------------------------------------------------------------------------------------------------


def place(index: int, n: int) -> SimpleNamespace:
    return SimpleNamespace(process_index=index, num_processes=n)


@pytest.mark.parametrize(("n_examples", "n"), [(16, 2), (13, 4), (2, 3)])
def test_every_example_is_in_one_share(n_examples, n):
    encoded = encode(tiny().tokenizer, data()[0], 1024).examples[:n_examples]
    step = [encoded[:3], encoded[3:]]
    shares = [loop._share(step, 3, place(index, n)) for index in range(n)]
    ids = [example.problem_id for share in shares for batch in share for example in batch]
    assert sorted(ids) == sorted(example.problem_id for example in encoded)
    assert all(0 < len(batch) <= 3 for share in shares for batch in share)
    sizes = [sum(map(len, share)) for share in shares]
    assert max(sizes) - min(sizes) <= 1
    assert loop._share(step, 3, place(0, 1)) is step


def test_each_process_draws_for_itself_and_the_same_again():
    def drawn(seed: int, step: int, index: int) -> float:
        loop._draw_apart(replace(RECIPE, seed=seed), step, place(index, 2))
        return torch.rand(()).item()

    every = [drawn(seed, step, index) for seed in (0, 1) for step in (0, 1) for index in (0, 1)]
    assert len(set(every)) == 8
    assert drawn(1, 0, 1) == every[5]


def test_one_process_alone_draws_on():
    torch.manual_seed(3)
    state = torch.get_rng_state()
    loop._draw_apart(RECIPE, 5, place(0, 1))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_first_process_alone_tells(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # another test may have loaded it: then it is a bar
    for rank in ("0", "1"):
        monkeypatch.setenv(processes.RANK, rank)
        with progress.Progress("training", 2, "steps", every=0) as bar:
            bar.advance(2)
        progress.tell(f"from {rank}")
    assert capsys.readouterr().err.splitlines() == ["training: 2/2 steps, 0 min left", "from 0"]
