"""Several processes at one run, as `accelerate launch` starts them; here two on the CPU, which talk over loopback."""

import multiprocessing
import os
import shutil
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lib.train import checkpoints, loop
from lib.train.encoding import encode
from tests.train.test_loop import numbers, weights
from tests.training_run import RECIPE, data, run, tiny

LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "lo0", "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


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
