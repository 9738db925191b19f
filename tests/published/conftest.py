"""A web server on loopback in the place of the authors', and a cache of one's own."""

import http.server
import threading
from pathlib import Path

import pytest

from lib.published import release


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """pooch tries again after a second, and then after two."""
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)


@pytest.fixture
def cache(monkeypatch, tmp_path) -> Path:
    """An empty cache, and no local copy."""
    monkeypatch.delenv(release.VARIABLE, raising=False)
    monkeypatch.setattr(release, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


class Server(http.server.ThreadingHTTPServer):
    """Serves the files of `folder`; `asked` are the requests: (name, what of it was asked for)."""

    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.asked = folder, []
        self.ranges = True  # whether it gives a part of a file where one is asked for
        self.breaks = 0  # so many answers end after half of what they promised
        self.busy = False  # whether it only says that it is asked too often

    def put(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # the standard library's name for it
        server, part = self.server, self.headers["Range"]
        server.asked.append((self.path[1:], part))
        path = server.folder / self.path[1:]
        if server.busy:
            return self.send_error(429)
        if not path.is_file():
            return self.send_error(404)
        begin = int(part.removeprefix("bytes=").removesuffix("-")) if part and server.ranges else 0
        content = path.read_bytes()[begin:]
        if begin and not content:
            return self.send_error(416)
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if server.breaks:
            server.breaks -= 1
            content = content[: len(content) // 2]
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def served(cache, monkeypatch):
    """The server, whose files stand in the place of the authors'."""
    with Server(cache.parent / "served") as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(release, "URL", f"http://127.0.0.1:{server.server_port}/")
        yield server
        server.shutdown()
