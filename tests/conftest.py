"""What all tests share: where the authors' released files are, and no network but loopback."""

import os
import socket
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # before the hub's library is imported: it would try again and again
os.environ.setdefault("OMP_NUM_THREADS", "1")  # nothing here is large, and threads that share cores only wait

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def release() -> Path:
    """Folder of the authors' released files, laid out <commit>/<path>; skips the test where there is none."""
    folder = Path(os.environ.get("TRACE_RELEASE") or ROOT.parent / "shared" / "release")
    if not (folder / "SHA256SUMS").exists():
        pytest.skip(f"no copy of the authors' release at {folder.name!r}; set TRACE_RELEASE to a folder with one")
    return folder


@pytest.fixture
def local(release, monkeypatch) -> Path:
    """The release at hand, and lib.published.release reading it."""
    monkeypatch.setenv("TRACE_RELEASE", str(release))
    return release


_connect = socket.socket.connect


def _connect_to_loopback(self: socket.socket, address: object) -> None:
    """As socket.connect, for this machine only: no test may reach a hub or a server elsewhere."""
    host = address[0] if isinstance(address, tuple) else "unix"
    if host not in ("unix", "localhost", "127.0.0.1", "::1"):
        raise OSError(f"tests may not connect to {host}")
    _connect(self, address)


socket.socket.connect = _connect_to_loopback
