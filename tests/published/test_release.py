"""The authors' files: downloaded once, from a copy where one is named, and never used truncated or altered."""

import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from lib.errors import InputError
from lib.published import release

NAME, CONTENT = "abc/data/equal.json", b'{"some": "bytes"}\n'


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """pooch tries again after a second, and then after two."""
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)


@pytest.fixture
def registered(monkeypatch, tmp_path):
    """A registry of one file, and a cache of its own."""
    monkeypatch.delenv(release.VARIABLE, raising=False)
    monkeypatch.setattr(release, "registry", lambda: {NAME: hashlib.sha256(CONTENT).hexdigest()})
    monkeypatch.setattr(release, "CACHE", tmp_path / "cache")
    return tmp_path


@pytest.fixture
def served(registered, monkeypatch):
    """The folder that a web server on loopback offers; `served.asked` counts its requests."""
    folder = registered / "served"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        asked = 0

        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def do_GET(self):  # the standard library's name for it
            Handler.asked += 1
            super().do_GET()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(release, "URL", f"http://127.0.0.1:{server.server_port}/")
        yield folder, Handler
        server.shutdown()


def put(folder: Path, content: bytes) -> Path:
    path = folder / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_released_file_is_downloaded_once(served):
    folder, handler = served
    put(folder, CONTENT)
    assert not release.at_hand()
    assert release.fetch(NAME).read_bytes() == CONTENT
    assert release.fetch(NAME).read_bytes() == CONTENT
    assert handler.asked == 1
    assert release.at_hand()


@pytest.mark.parametrize("content", [CONTENT[:-3], CONTENT.replace(b"some", b"same"), b""])
def test_a_truncated_or_altered_download_is_told_and_not_kept(served, registered, content):
    put(served[0], content)
    with pytest.raises(
        InputError, match=rf"{NAME}: expected .*, found ValueError: .* does not match the known hash; check"
    ):
        release.fetch(NAME)
    assert not [path for path in (registered / "cache").rglob("*") if path.is_file()]


def test_a_file_that_the_server_lacks(served):
    with pytest.raises(InputError, match=r"found HTTPError: 404 Client Error; check the network, or set TRACE_RELEASE"):
        release.fetch(NAME)


def test_no_server(registered, monkeypatch):
    monkeypatch.setattr(release, "URL", "http://127.0.0.1:9/")  # the discard port: nobody listens
    with pytest.raises(InputError, match=r"found ConnectionError: .*; check the network"):
        release.fetch(NAME)


def test_a_local_copy_is_checked_and_never_completed_from_the_network(registered, monkeypatch):
    local = registered / "copy"
    monkeypatch.setenv(release.VARIABLE, str(local))
    with pytest.raises(InputError, match=r"found no file; copy it again, or unset TRACE_RELEASE"):
        release.fetch(NAME)
    path = put(local, CONTENT)
    assert release.fetch(NAME) == path
    put(local, CONTENT[:5])
    with pytest.raises(InputError, match=r"expected sha256 \w{12}…, found sha256 \w{12}…; copy it again"):
        release.fetch(NAME)


def test_a_file_damaged_in_the_cache_is_fetched_again(served, registered):
    put(registered / "cache", b"")
    put(served[0], CONTENT)
    assert release.fetch(NAME).read_bytes() == CONTENT


@pytest.mark.release
def test_the_registry_is_the_release_s_own_list_of_hashes(local):
    lines = [line for file in ("SHA256SUMS", "SHA256SUMS-8B") for line in (local / file).read_text().splitlines()]
    sums = {name.removeprefix("./"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    assert release.registry() == sums


@pytest.mark.release
def test_the_files_for_fine_tuning_hold_the_benchmarks_own_problems(local):
    """Every row joins, but for the one whose fact ends before it starts, which the benchmark's loader rejects."""
    for part, strangers in (("equal", 1), ("overlap", 0), ("mix", 0)):
        known = {problem.id for problem in release.cotemp_problems(part)}
        rows = {problem.id for split in ("train", "test") for problem in release.tuning_problems(part, split)}
        assert (len(rows), len(rows - known)) == (len(known) + strangers, strangers)
