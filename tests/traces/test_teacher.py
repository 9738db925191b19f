"""The teacher, against a real web server on loopback that misbehaves as a script tells it to."""

import email.utils
import http.server
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from lib.datasets import DATASETS
from lib.errors import InputError, run_cli
from lib.files import ROOT
from lib.traces import teacher
from lib.traces.endpoint import Endpoint, Pace, ask
from lib.traces.replies import Cache, Malformed, Reply, parse_reply
from tests.made_up import EMPLOYERS, FOOTBALL, PAINTING, answer_text

KEY = "sk-this-must-never-be-seen"
SAMPLING = {"max_tokens": 100}
PROMPTS = [("p1", "first prompt"), ("p2", "second prompt"), ("p3", "third prompt")]


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
        self.asked: list[tuple[str, dict, dict]] = []
        self.over = threading.Event()

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: else each reply waits 40 ms for the kernel

    def do_POST(self):  # the standard library's name for it
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, dict(self.headers)))
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
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def endpoint(server) -> Endpoint:
    return Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "teacher", KEY)


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "replies.jsonl")


class Clock:
    """A clock that only sleeping moves; `slept` holds every wait in seconds."""

    def __init__(self):
        self.now, self.slept = 1000.0, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, per_minute: float = 0) -> Pace:
        return Pace(per_minute, clock=lambda: self.now, sleep=self.sleep)


def asked(endpoint, cache, prompts=PROMPTS[:1], clock=None, **options) -> list[tuple[str, Reply]]:
    return list(ask(endpoint, prompts, cache, SAMPLING, pace=(clock or Clock()).pace(), **options))


# --- asking -------------------------------------------------------------------------------------------------


def test_a_request_is_a_chat_completion_with_model_key_and_sampling(server, endpoint, cache):
    [(problem, reply)] = asked(endpoint, cache)
    assert (problem, reply) == ("p1", Reply("Because.", "It is so.", "stop", 10, 20, "teacher-2025-01"))
    [(path, body, headers)] = server.asked
    assert path == "/v1/chat/completions"
    assert body == {"model": "teacher", "messages": [{"role": "user", "content": "first prompt"}], "max_tokens": 100}
    assert headers["Authorization"] == f"Bearer {KEY}"


def test_without_a_key_none_is_sent_not_even_from_netrc(server, cache, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    asked(Endpoint(f"http://127.0.0.1:{server.server_port}", "teacher"), cache)
    assert "Authorization" not in server.asked[0][2]


LATER = [
    ("silence", Step(delay=True), "ReadTimeout"),
    ("connection closed", Step(hang_up=True), "ConnectionError"),
    ("cut-off body", Step(cut=40), "ChunkedEncodingError"),
    ("cut-off JSON", Step(body=json.dumps(GOOD).encode()[:-30]), "cut off or not JSON"),
    ("not JSON", Step(body=b"<html>busy</html>"), "cut off or not JSON"),
    ("not UTF-8", Step(body=b'{"choices": "\xff"}'), "cut off or not JSON"),
    ("nested too deeply", Step(body=b"[" * 100_000), "cut off or not JSON"),
    ("an empty body", Step(body=b""), "cut off or not JSON"),
    ("bad compression", Step(headers={"Content-Encoding": "gzip"}), "ContentDecodingError"),
    ("empty choices", Step(body={"choices": []}), "without choices[0].message"),
    ("an error as a reply", Step(body={"error": {"message": "overloaded"}}), "without choices[0].message"),
    ("wrong shape", Step(body={"choices": [{"message": {"content": ["a"]}}]}), "whose content is no text"),
    *((str(status), Step(b"", status), f"HTTP status {status}") for status in (429, 500, 502, 503, 504)),
]


@pytest.mark.parametrize(("step", "found"), [case[1:] for case in LATER], ids=[case[0] for case in LATER])
def test_what_may_pass_is_tried_again_and_given_up_in_the_end(server, endpoint, cache, capsys, step, found):
    server.script = [step, step]
    assert len(asked(endpoint, cache, tries=3, timeout=0.1 if step.delay else 5)) == 1
    assert len(server.asked) == 3
    assert capsys.readouterr().err.count(found) == 2
    server.script = [step, step]
    with pytest.raises(InputError) as told:
        asked(endpoint, cache, PROMPTS[1:2], tries=2, timeout=0.1 if step.delay else 5)
    message = str(told.value)
    assert message.startswith(f"problem p2: expected a reply from {endpoint.base_url}, found ")
    assert f"{found} in the last of 2 tries; 1 replies are kept in {cache.path}, run again" in message
    assert "\n" not in message
    assert len(server.asked) == 5


AT_ONCE = [
    (400, "check TEACHER_MODEL and the options"),
    (401, "check TEACHER_API_KEY"),
    (403, "check TEACHER_API_KEY"),
    (404, "check TEACHER_BASE_URL"),
    (301, "check TEACHER_MODEL and the options"),
]


@pytest.mark.parametrize(("status", "advice"), AT_ONCE)
def test_what_will_not_pass_ends_the_run_at_once(server, endpoint, cache, capsys, status, advice):
    elsewhere = {"Location": f"{endpoint.base_url}/chat/completions"}
    server.otherwise = Step({"error": {"message": f"no\n use,  your key is {KEY}"}}, status, elsewhere)
    clock = Clock()
    with pytest.raises(InputError) as told:
        asked(endpoint, cache, clock=clock)
    message = str(told.value)
    assert f"found HTTP status {status}" in message
    assert advice in message
    assert ("'no use, your key is …'" in message) == (status not in (401, 403))
    assert (len(server.asked), clock.slept, message.count("\n")) == (1, [], 0)
    assert KEY not in message + "".join(capsys.readouterr()) + cache.path.read_text()


def test_no_server_is_tried_again_a_bad_address_is_not(cache):
    clock = Clock()
    with pytest.raises(InputError, match="found ConnectionError in the last of 3 tries"):
        asked(Endpoint("http://127.0.0.1:9/v1", "teacher"), cache, clock=clock, tries=3)  # nobody listens there
    assert len(clock.slept) == 2
    with pytest.raises(InputError, match=r"found InvalidURL \(check TEACHER_BASE_URL\)"):
        asked(Endpoint("http://.nowhere/v1", "teacher"), cache, clock=Clock())


def test_waits_double_with_jitter_and_depend_on_the_seed_alone(server, endpoint, tmp_path):
    def waits(seed: int) -> list[float]:
        server.script, clock = [Step(b"", 500)] * 8, Clock()
        asked(endpoint, Cache(tmp_path / f"{len(server.asked)}"), clock=clock, tries=9, seed=seed)
        return clock.slept

    first = waits(1)
    assert all(full / 2 <= wait <= full for wait, full in zip(first, (1, 2, 4, 8, 16, 32, 60, 60), strict=True))
    assert first == waits(1) != waits(2)


def test_the_server_s_own_wait_is_kept(server, endpoint, cache):
    soon = email.utils.formatdate(time.time() + 50, usegmt=True)
    values = ("7", soon, "0", "soon", "99999999", "9" * 5000, "Mon, 01 Jan 99999 00:00:00 GMT")
    server.script, clock = [Step(b"", 429, {"Retry-After": value}) for value in values], Clock()
    asked(endpoint, cache, clock=clock, tries=len(values) + 1)
    assert clock.slept[0] == 7
    assert 30 < clock.slept[1] <= 50
    assert clock.slept[2] == 0
    assert 4 <= clock.slept[3] <= 8  # no time at all: the fourth wait of our own
    assert clock.slept[4] == 6 * 3600
    assert 16 <= clock.slept[5] <= 32
    assert clock.slept[6] >= 30


def test_requests_and_tries_again_keep_the_pace(server, endpoint, cache):
    server.script, clock, at = [Step(), Step(b"", 500)], Clock(), []
    pace = clock.pace(per_minute=20)
    wait = pace.wait
    pace.wait = lambda: (wait(), at.append(clock.now))
    list(ask(endpoint, PROMPTS, cache, SAMPLING, pace=pace))
    assert len(server.asked) == len(at) == 4
    assert [after - before for before, after in pairwise(at)] == pytest.approx([3, 3, 3])


def test_no_pace_is_no_wait():
    clock = Clock()
    pace = clock.pace()
    for _ in range(3):
        pace.wait()
    assert clock.slept == []


# --- reading replies ----------------------------------------------------------------------------------------

TRACES = [
    (completion("Kitchen.", "He walked."), ("He walked.", "Kitchen.")),
    (completion("<think>He walked.</think>\nKitchen."), ("He walked.", "Kitchen.")),
    (completion("He walked.\n</think>\nKitchen."), ("He walked.", "Kitchen.")),
    (completion("\n<think>\nHe wal", finish="length"), ("He wal", "")),
    (completion("<think>\n\n</think>\n\nKitchen.", "He walked."), ("He walked.", "<think>\n\n</think>\n\nKitchen.")),
    (completion("Kitchen."), ("", "Kitchen.")),
    (completion(None, "He walked.", finish="length"), ("He walked.", "")),
    (completion(None), ("", "")),
]


@pytest.mark.parametrize(("body", "parts"), TRACES)
def test_trace_and_answer_are_told_apart(body, parts):
    reply = parse_reply(body, "teacher")
    assert (reply.trace, reply.answer) == parts
    assert reply.finish_reason == body["choices"][0]["finish_reason"]


@pytest.mark.parametrize("usage", [None, [], {}, {"prompt_tokens": -1, "completion_tokens": "many"}, "3"])
def test_what_the_endpoint_does_not_tell_is_none(usage):
    reply = parse_reply({"choices": [{"message": {"content": "x"}}], "usage": usage}, "teacher")
    assert reply == Reply("", "x", "", None, None, "teacher")


@pytest.mark.parametrize("body", [None, 3, [], {}, {"choices": None}, {"choices": [None]}, {"choices": {"0": {}}}])
def test_other_json_is_no_reply(body):
    with pytest.raises(Malformed):
        parse_reply(body, "teacher")


# --- the cache ----------------------------------------------------------------------------------------------


def test_nothing_is_asked_twice(server, endpoint, cache):
    first = asked(endpoint, cache, [*PROMPTS, ("p4", PROMPTS[0][1])])
    assert [body["messages"][0]["content"] for _, body, _ in server.asked] == [prompt for _, prompt in PROMPTS]
    assert first == asked(endpoint, Cache(cache.path), [*PROMPTS, ("p4", PROMPTS[0][1])])
    assert len(server.asked) == 3


def test_another_model_prompt_or_sampling_is_another_reply(server, endpoint, cache):
    asked(endpoint, cache)
    list(ask(Endpoint(endpoint.base_url, "other"), PROMPTS[:1], cache, SAMPLING))
    list(ask(endpoint, PROMPTS[:1], cache, SAMPLING | {"max_tokens": 99}))
    list(ask(endpoint, PROMPTS[1:2], cache, SAMPLING))
    assert len(server.asked) == 4
    assert Cache.key("m", "p", {"a": 1, "b": 2}) == Cache.key("m", "p", {"b": 2, "a": 1})


def test_a_killed_run_goes_on_where_it_was(server, endpoint, cache):
    """Cut the file at every byte of its last line: what is whole is kept, what is not is asked for again."""
    replies = asked(endpoint, cache)
    begun = cache.path.stat().st_size
    asked(endpoint, cache, PROMPTS[:2])
    content = cache.path.read_bytes()
    for size in (begun, begun + 1, begun + 9, begun + 40, len(content) - 2, len(content) - 1):
        cache.path.write_bytes(content[:size])
        before, again = len(server.asked), Cache(cache.path)
        assert asked(endpoint, again, PROMPTS[:2])[:1] == replies
        assert len(server.asked) - before == (size < len(content) - 1)
        assert cache.path.read_bytes() == content


def test_every_reply_is_on_the_disk_before_the_next_request(server, endpoint, cache):
    lines = []
    for _ in ask(endpoint, PROMPTS, cache, SAMPLING):
        lines.append(cache.path.read_bytes().count(b"\n"))
        assert len(server.asked) == lines[-1]
    assert lines == [1, 2, 3]


def test_replies_come_back_from_the_file_as_they_were(cache):
    reply = Reply("über\u2028\n\ud800", "“x”", "", None, 0, "m")
    cache.add("k", reply)
    assert Cache(cache.path).replies == {"k": reply}


@pytest.mark.parametrize("content", [b'{"key": 1}\n', b"\n", b'{"question": "w', b"{}\n", b"[" * 100_000])
def test_a_file_that_is_no_cache_is_told_and_left_alone(cache, content):
    cache.path.write_bytes(content)
    with pytest.raises(InputError, match="expected a"):
        Cache(cache.path)
    assert cache.path.read_bytes() == content


def test_a_cache_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match=r"cannot be used \(No such file or directory\)"):
        Cache(tmp_path / "nowhere" / "cache")
    with pytest.raises(InputError, match=r"cannot be used \(Is a directory\)"):
        Cache(tmp_path)


# --- settings -----------------------------------------------------------------------------------------------

SETTINGS = {"TEACHER_BASE_URL": "https://api.example.org/v1/", "TEACHER_MODEL": "r1", "TEACHER_API_KEY": KEY}


def test_settings_from_the_environment():
    endpoint = Endpoint.from_environment(SETTINGS | {"TEACHER_PRICE_IN": "0.5", "TEACHER_PRICE_OUT": "2"})
    assert endpoint == Endpoint("https://api.example.org/v1", "r1", KEY, 0.5, 2.0)
    assert endpoint.cost(1_000_000, 500_000) == 1.5
    assert KEY not in repr(endpoint) + str(endpoint)
    del (local := SETTINGS | {"TEACHER_BASE_URL": "http://localhost:8000/v1/chat/completions"})["TEACHER_API_KEY"]
    assert Endpoint.from_environment(local) == Endpoint("http://localhost:8000/v1", "r1")
    assert Endpoint.from_environment(local).cost(1, 1) is None


BAD_SETTINGS = [
    ("TEACHER_BASE_URL", "", "TEACHER_BASE_URL is not set"),
    ("TEACHER_MODEL", " ", "TEACHER_MODEL is not set"),
    ("TEACHER_BASE_URL", "api.example.org", "TEACHER_BASE_URL: expected http"),
    ("TEACHER_BASE_URL", f"https://me:{KEY}@example.org", "TEACHER_BASE_URL: expected http"),
    ("TEACHER_BASE_URL", f"https://example.org/?key={KEY}", "TEACHER_BASE_URL: expected http"),
    ("TEACHER_BASE_URL", "https://[example", "TEACHER_BASE_URL: expected http"),
    ("TEACHER_BASE_URL", "https://example.org:http", "TEACHER_BASE_URL: expected http"),
    ("TEACHER_API_KEY", f"{KEY}\nX-Other: 1", "TEACHER_API_KEY: expected printable ASCII"),
    ("TEACHER_API_KEY", f"{KEY}é", "TEACHER_API_KEY: expected printable ASCII"),
    ("TEACHER_PRICE_IN", "cheap", "TEACHER_PRICE_IN='cheap': expected the price of a million tokens"),
    ("TEACHER_PRICE_OUT", "-1", "TEACHER_PRICE_OUT='-1': expected"),
    ("TEACHER_PRICE_OUT", "nan", "TEACHER_PRICE_OUT='nan': expected"),
]


@pytest.mark.parametrize(("name", "value", "words"), BAD_SETTINGS)
def test_bad_settings(name, value, words):
    with pytest.raises(InputError) as told:
        Endpoint.from_environment(SETTINGS | {name: value})
    assert str(told.value).startswith(words)
    assert KEY not in str(told.value)


# --- which replies are used ---------------------------------------------------------------------------------


def reply(answer: str, trace: str = "Some thought.", finish: str = "stop") -> Reply:
    return Reply(trace, answer, finish, 10, 20, "teacher")


@pytest.mark.parametrize("problem", [EMPLOYERS, FOOTBALL, PAINTING], ids=lambda problem: problem.dataset)
def test_a_right_answer_is_used(problem):
    gold = answer_text(problem)
    for answer in (gold, f"<answer>{gold}</answer>", f"So it is.\n<answer>\n{gold}\n</answer>", f"Answer: {gold}"):
        row = teacher.row_of(problem, reply(answer))
        assert (row["used"], row["reason"], row["answer"]) == (True, "", gold)
    talkative = reply(gold, "I shall write <answer>, then </answer>, and close </think> before.")
    assert teacher.row_of(problem, talkative)["used"]


UNUSED = [
    (reply("['Birch College']"), "answer: "),
    (reply("Birch College, Cedar Society and Elm Laboratory"), "answer: "),
    (reply("I do not know."), "answer: "),
    (reply(""), "answer: "),
    (reply("['Birch College', 'Cedar Society"), "answer: the list is never closed"),
    (reply("['Birch College', 'Cedar Society']", trace=""), "trace: there is none"),
    (reply("['Birch College', 'Cedar Society']", finish="length"), "the reply is cut off (length)"),
    (reply("", trace="While", finish="length"), "the reply is cut off (length)"),
]


@pytest.mark.parametrize(("given", "reason"), UNUSED)
def test_other_replies_are_kept_with_the_reason_why_they_are_not_used(given, reason):
    row = teacher.row_of(EMPLOYERS, given)
    assert (row["used"], row["trace"], row["finish_reason"]) == (False, given.trace, given.finish_reason)
    assert row["reason"].startswith(reason)


# --- the command line ---------------------------------------------------------------------------------------

ROW = {
    "question": EMPLOYERS.question,
    "facts": list(EMPLOYERS.facts),
    "gold": list(EMPLOYERS.answers),
    "triple_element": EMPLOYERS.pattern,
    "category": "during",
}
RIGHT = completion("<answer>['Birch College', 'Cedar Society']</answer>", "They overlap.", usage=(1000, 3000))
WRONG = completion("<answer>['Elm Laboratory']</answer>", "They follow.", usage=None)
COLUMNS = ["problem", "question", "trace", "answer", "used", "reason", "finish_reason", "tokens", "model"]


@dataclass
class Cli:
    """The command line in this process, with its files and settings."""

    source: Path
    out: Path
    capsys: pytest.CaptureFixture

    def run(self, *words: str) -> str:
        teacher.main([str(self.source), "--dataset", "cotemp", "--out", str(self.out), *words])
        return self.capsys.readouterr().out

    def told(self, *words: str) -> str:
        with pytest.raises(SystemExit) as stop:
            run_cli(teacher.main, [str(self.source), "--dataset", "cotemp", "--out", str(self.out), *words])
        error = self.capsys.readouterr().err
        lines = [line for line in error.splitlines() if line.startswith("error: ")]
        assert (stop.value.code, len(lines)) == (2, 1), error
        return lines[0]

    def rows(self) -> list[dict]:
        return [json.loads(line) for line in self.out.read_text().splitlines()]


def render(problem) -> str:
    return "\n".join((*problem.facts, problem.question))


@pytest.fixture
def cli(endpoint, tmp_path, monkeypatch, capsys) -> Cli:
    """Two problems, of which the second lacks the first's last fact."""
    monkeypatch.setattr(DATASETS["cotemp"], "render", render, raising=False)
    settings = {"BASE_URL": endpoint.base_url, "MODEL": "teacher", "API_KEY": KEY, "PRICE_IN": "1", "PRICE_OUT": "10"}
    for name, value in settings.items():
        monkeypatch.setenv(f"TEACHER_{name}", value)
    source = tmp_path / "problems.jsonl"
    source.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW | {"facts": ROW["facts"][:-1]}) + "\n")
    return Cli(source, tmp_path / "traces.jsonl", capsys)


def test_traces_in_the_problems_order_with_what_they_cost(server, cli):
    server.script = [Step(WRONG), Step(RIGHT)]
    out = cli.run("--yes", "--max-tokens", "4000")
    rows = cli.rows()
    assert [list(row) for row in rows] == [COLUMNS, COLUMNS]
    assert [(row["used"], row["tokens"], row["trace"]) for row in rows] == [
        (False, None, "They follow."),
        (True, 3000, "They overlap."),
    ]
    assert rows[0]["problem"] == EMPLOYERS.id
    assert {path.name for path in cli.out.parent.iterdir()} == {"problems.jsonl", "traces.jsonl", "traces.jsonl.cache"}
    assert rows[0]["reason"].startswith("answer: ")
    table = {words[0]: words[1:] for line in out.splitlines() if (words := line.split())}
    tokens = sum(-(-len(body["messages"][0]["content"]) // 4) for _, body, _ in server.asked)
    assert table["expected"] == ["2", f"{tokens}", "3,000", f"{tokens / 1e6 + 0.03:.2f}"]
    assert table["at"] == ["most", "2", f"{tokens}", "8,000", f"{tokens / 1e6 + 0.08:.2f}"]
    assert table["real"] == ["2", "1,000", "3,000", "0.03"]
    assert "characters / 4" in out
    assert "\n1 of these replies came without counts" in out
    assert out.endswith(f"1 of 2 replies to be used -> {cli.out}\n")
    assert server.asked[0][1] | {"messages": []} == {
        "model": "teacher",
        "messages": [],
        "temperature": 0.6,
        "top_p": 0.95,
        "max_tokens": 4000,
    }


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(server, cli):
    server.otherwise = Step(RIGHT)
    cli.run("--yes")
    before = cli.out.read_bytes()
    cli.out.unlink()
    assert cli.run() == f"2 of 2 replies to be used -> {cli.out}\n"  # nothing to pay: nothing to confirm
    assert (cli.out.read_bytes(), len(server.asked)) == (before, 2)


def test_a_limit_is_part_of_a_whole_run(server, cli):
    server.otherwise = Step(RIGHT)
    cli.run("--yes", "--limit", "1")
    assert (len(cli.rows()), len(server.asked)) == (1, 1)
    out = cli.run("--yes")
    assert "1 of 2 problems have no reply" in out
    assert "3,000 a reply, the mean of 1 replies so far" in out
    assert (len(cli.rows()), len(server.asked)) == (2, 2)


def test_a_run_that_fails_keeps_what_it_has_and_the_old_traces(server, cli):
    cli.out.write_text("from before")
    server.script = [Step(RIGHT), Step({"error": KEY}, 401)]
    message = cli.told("--yes")
    assert f"1 replies are kept in {cli.out}.cache, run again to go on" in message
    assert cli.out.read_text() == "from before"
    server.otherwise = Step(RIGHT)
    cli.run("--yes")
    assert (len(cli.rows()), len(server.asked)) == (2, 3)


def test_nothing_is_asked_without_a_yes(server, cli, monkeypatch):
    assert "expected --yes" in cli.told()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    assert "nothing was asked: not confirmed" in cli.told()
    assert server.asked == []
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    cli.run()
    assert len(server.asked) == 2


def test_prices_that_are_not_known_are_not_made_up(server, cli, monkeypatch):
    monkeypatch.delenv("TEACHER_PRICE_OUT")
    lines = cli.run("--yes").splitlines()
    assert [line.endswith("not known") for line in lines if line.startswith(("exp", "at m", "real"))] == [True] * 5


def test_rows_that_cannot_be_used_are_named_and_left_out(server, cli):
    rows = [ROW, "{", ROW, ROW | {"category": "before"}, ROW | {"gold": []}, {**ROW, "category": 3}]
    cli.source.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    out = cli.run("--yes")
    assert "1 problems kept, 5 rows left out" in out
    for place, words in ((2, "not a JSON object"), (3, "the same question"), (4, "'before'"), (5, "gold answer")):
        assert any(f"line {place}: " in line and words in line for line in out.splitlines())
    assert len(cli.rows()) == len(server.asked) == 1


def test_bad_arguments(server, cli, tmp_path):
    assert "--limit: invalid" in cli.told("--limit", "0")
    assert "--max-tokens: invalid" in cli.told("--max-tokens", "many")
    assert "--per-minute: invalid" in cli.told("--per-minute", "-1")
    assert "--per-minute: invalid" in cli.told("--per-minute", "nan")
    assert "expected a file of its own" in cli.told("--out", str(cli.source))
    assert "expected a file of its own" in cli.told("--out", str(tmp_path))
    assert "cannot be used" in cli.told("--out", str(tmp_path / "nowhere" / "traces.jsonl"))
    cli.source.unlink()
    assert "cannot be read" in cli.told()
    assert server.asked == []


def test_the_bar_is_whole_lines_in_a_log(server, cli, monkeypatch):
    monkeypatch.setattr(teacher, "Pace", lambda per_minute: Clock().pace(per_minute))
    server.script = [Step(), Step(b"", 500)]
    teacher.main([str(cli.source), "--dataset", "cotemp", "--out", str(cli.out), "--yes"])
    lines = cli.capsys.readouterr().err.split("\n")
    assert [line.strip("\r").partition(", ")[0] for line in lines if line.strip()] == [
        "teacher: 0 of 2 replies",
        "try 1 of 6: HTTP status 500; again in 0.9 s",
        "teacher: 2 of 2 replies",
    ]


def test_from_the_shell_the_key_is_in_no_line(server, cli):
    """One real process with all logging on."""
    code = (
        "import logging, sys; logging.basicConfig(level=0); from lib import teacher; from lib.errors import run_cli;"
        "teacher.DATASETS['cotemp'].render = lambda problem: problem.question; run_cli(teacher.main)"
    )
    server.script = [Step(RIGHT), Step({"error": {"message": f"bad key {KEY}"}}, 400)]
    argv = [sys.executable, "-c", code, str(cli.source), "--dataset", "cotemp", "--out", str(cli.out), "--yes"]
    cli.source.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW | {"question": "Who else?"}))
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "found HTTP status 400, 'bad key …'" in process.stderr
    assert "DEBUG" in process.stderr
    kept = Path(f"{cli.out}.cache").read_text()
    assert KEY not in process.stdout + process.stderr + kept
