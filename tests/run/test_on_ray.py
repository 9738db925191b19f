"""The same cells on a two-node Ray cluster on this machine: the same numbers, whatever dies meanwhile."""

import importlib
import importlib.util
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest

from lib.errors import InputError
from tests.grid_run import GRID
from tests.ray_cluster import Cluster
from tests.run.test_local import (  # noqa: F401 (fixtures)
    KILLS,
    assert_same,
    children,
    driver,
    finish,
    gone,
    undisturbed,
    wait_for,
)

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray, an extra, is not installed: pip install -r ray.txt"
)


def with_ray(test):
    """A test on a cluster: where there is Ray, and where there is time."""
    return needs_ray(pytest.mark.slow(test))


@pytest.fixture(scope="module")
def cluster():
    one = Cluster()
    yield one
    one.close()


@pytest.fixture
def another_cluster():
    """One of which a node may be killed."""
    one = Cluster()
    yield one
    one.close()


def on(cluster: Cluster, root) -> subprocess.Popen:
    """The grid on a cluster, each checkpoint sent back at once."""
    return driver(root, "ray", 1, RAY_ADDRESS=cluster.address, TRACE_SEND_EVERY="0")


def reached(root) -> int:
    """How many cells of the grid have a checkpoint here."""
    return sum((root / cell.id / "checkpoint.safetensors").exists() for cell in GRID)


@with_ray
def test_a_cluster_gives_what_this_machine_gives(cluster, undisturbed, tmp_path):  # noqa: F811
    outcomes, _ = finish(on(cluster, tmp_path))
    assert outcomes == [[cell.id, None] for cell in GRID]
    assert_same(tmp_path, undisturbed)
    assert (tmp_path / GRID[0].id / "student").is_dir()


@with_ray
@pytest.mark.parametrize("what", ["Ray's process", "the cell's process"])
def test_a_killed_process_is_submitted_again(what, cluster, undisturbed, tmp_path):  # noqa: F811
    process = on(cluster, tmp_path)
    wait_for(lambda: reached(tmp_path), 120)
    victim = next(pid for pid in cluster.workers() if children(pid))
    cell = children(victim)[0]
    os.kill(victim if what == "Ray's process" else cell, signal.SIGKILL)
    wait_for(lambda: gone(cell), 15)
    outcomes, told = finish(process)
    assert outcomes == [[cell.id, None] for cell in GRID]
    assert "submitted again" in told
    assert_same(tmp_path, undisturbed)


@with_ray
def test_a_killed_node(another_cluster, undisturbed, tmp_path):  # noqa: F811
    process = on(another_cluster, tmp_path)
    wait_for(lambda: reached(tmp_path) == 2, 120)
    os.kill(another_cluster.nodes[1], signal.SIGKILL)
    outcomes, told = finish(process)
    assert outcomes == [[cell.id, None] for cell in GRID]
    assert "submitted again" in told
    assert_same(tmp_path, undisturbed)


@with_ray
def test_a_killed_driver(cluster, undisturbed, tmp_path):  # noqa: F811
    process = on(cluster, tmp_path)
    wait_for(lambda: reached(tmp_path), 120)
    process.kill()
    process.communicate(timeout=30)
    wait_for(lambda: not cluster.workers(), 60)  # nothing goes on unseen
    assert finish(on(cluster, tmp_path))[0] == [[cell.id, None] for cell in GRID]
    assert_same(tmp_path, undisturbed)


@with_ray
@pytest.mark.skipif(KILLS <= 3, reason="takes minutes: TRACE_KILLS=10")
@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_random_moments(number, undisturbed, tmp_path, another_cluster):  # noqa: F811
    """A process of a node and a whole node in turn."""
    rng = random.Random()
    process = on(another_cluster, tmp_path)
    wait_for(another_cluster.workers, 60)
    moment = rng.uniform(0.1, 0.9) * float((undisturbed / "seconds").read_text())
    time.sleep(moment)
    pids = another_cluster.workers() if number % 2 else another_cluster.nodes[1:]
    if pids:
        os.kill(pids[0], signal.SIGKILL)
    outcomes, told = finish(process)
    print(number, "process" if number % 2 else "node", round(moment, 1), told.count("submitted again"))
    assert outcomes == [[cell.id, None] for cell in GRID]
    assert_same(tmp_path, undisturbed)


@with_ray
@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense:x", "silent"])
def test_no_cluster_at_the_address(address, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        if address == "silent":  # somebody is there who is no Ray
            address = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        began = time.monotonic()
        with pytest.raises(InputError, match=f"no Ray cluster at RAY_ADDRESS={address}; to start one: ") as told:
            importlib.import_module("lib.run.on_ray").run(GRID, tmp_path)
    assert "\n" not in str(told.value)
    assert time.monotonic() - began < 20


@needs_ray
def test_no_address(tmp_path, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(InputError, match=r"needs RAY_ADDRESS=HOST:6379.*ray start --head"):
        importlib.import_module("lib.run.on_ray").run(GRID, tmp_path)


def test_no_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "lib.run.on_ray", raising=False)
    with pytest.raises(InputError, match=r"pip install -r ray\.txt"):
        importlib.import_module("lib.run.on_ray")
