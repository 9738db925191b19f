"""What the teacher's tests share: a real web server on loopback that misbehaves as a script tells it to."""

import http.server
import json
import threading
from dataclasses import dataclass, field
from email.message import Message

import pytest

KEY = "sk-this-must-never-be-seen"


def completion(content: str | None, reasoning: str | None = None, finish="stop", usage=(10, 20)) -> dict:
    """A chat completion as servers send it."""
    message = {"role": "assistant", "content": content} | ({"reasoning_content": reasoning} if reasoning else {})
    counts = dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True)) if usage else None
    return {
        "model": "teacher-2025-01",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": counts,
    }


GOOD = completion("<think>Because.</think> It is so.")


@dataclass
class Step:
    """What the server does with one request."""

    body: dict | bytes = field(default_factory=lambda: GOOD)
    status: int = 200
    headers: dict = field(default_factory=dict)
    delay: bool = False  # say nothing until the test ends
    cut: int = 0  # bytes of the body that are announced and not sent
    hang_up: bool = False  # close the connection without a word


class Server(http.server.ThreadingHTTPServer):
    """Plays `script`, one step a request, then `otherwise`; `asked` holds the requests' bodies and headers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Step] = []
        self.otherwise = Step()
        self.asked: list[tuple[str, dict, Message]] = []
        self.over = threading.Event()

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: else each reply waits 40 ms for the kernel

    def do_POST(self):  # the standard library's name for it
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, self.headers))
        step = self.server.script.pop(0) if self.server.script else self.server.otherwise
        if step.delay:
            self.server.over.wait(5)
        if step.hang_up or step.delay:
            self.close_connection = True
            return
        content = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
        self.send_response(step.status)
        for name, value in {"Content-Length": str(len(content) + step.cut), **step.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = bool(step.cut)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    pytest.importorskip("openai", reason="a teacher is asked through the openai client: pip install openai")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def settings(server, monkeypatch) -> dict[str, str]:
    """The environment's settings for this server, also set."""
    url = f"http://127.0.0.1:{server.server_port}/v1"
    settings = {"TEACHER_BASE_URL": url, "TEACHER_MODEL": "teacher", "TEACHER_API_KEY": KEY}
    for name, value in (settings | {"TEACHER_PRICE_IN": "1", "TEACHER_PRICE_OUT": "10"}).items():
        monkeypatch.setenv(name, value)
    return settings
