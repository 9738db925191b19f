"""The teacher against a real server on loopback that misbehaves: what is asked, kept, used, told and written."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.errors import InputError, run_cli
from lib.files import ROOT
from lib.traces import teacher
from lib.traces.teacher import Reply
from tests.made_up import EMPLOYERS, FOOTBALL, PAINTING, answer_text
from tests.traces.conftest import KEY, Step, completion

# --- asking -------------------------------------------------------------------------------------------------

SAMPLING = {"max_tokens": 100}


@pytest.fixture
def slept(monkeypatch) -> None:
    """No wait is waited for."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def ask(settings: dict[str, str]) -> Reply:
    return teacher.ask(teacher.connect(settings), "teacher", "the prompt", SAMPLING)


def test_a_request_is_a_chat_completion_with_model_key_and_sampling(server, settings, monkeypatch):
    """What is set for OpenAI itself is not sent to a teacher elsewhere."""
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", "mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer mine")
    assert ask(settings) == Reply("Because.", "It is so.", "stop", 10, 20, "teacher-2025-01")
    [(path, body, headers)] = server.asked
    assert path == "/v1/chat/completions"
    assert body == {"model": "teacher", "messages": [{"role": "user", "content": "the prompt"}], "max_tokens": 100}
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert "mine" not in str(headers)


def test_without_a_key_none_is_sent_not_even_from_netrc(server, settings, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    ask({"TEACHER_BASE_URL": settings["TEACHER_BASE_URL"] + "/chat/completions"})
    assert server.asked[0][0] == "/v1/chat/completions"
    assert server.asked[0][2]["Authorization"] == "Bearer no-key"


NO_CONNECTION, NO_REPLY = "APIConnectionError", "a reply that is cut off or no chat completion"
CHECK = "(check TEACHER_BASE_URL (most end in /v1), TEACHER_MODEL and TEACHER_API_KEY, or try later)"
FAILURES = {  # what the server does, what is told, how often it is asked (two more tries)
    "silence": (Step(delay=True), "APITimeoutError", 3),
    "cut-off body": (Step(cut=40), NO_CONNECTION, 3),
    "bad compression": (Step(headers={"Content-Encoding": "gzip"}), NO_CONNECTION, 3),
    "a redirect to nowhere": (Step(b"", 307, {"Location": "http://127.0.0.1:9/v1"}), NO_CONNECTION, 3),
    "too busy": (Step(b"", 503), f"HTTP status 503 '' {CHECK}", 3),
    "too busy, for an hour": (Step(b"", 429, {"Retry-After": "3600"}), f"HTTP status 429 '' {CHECK}", 1),
    "plain words": (Step(b"no such\x1b[1m model", 422), rf"HTTP status 422 'no such\x1b[1m model' {CHECK}", 1),
    "the key repeated": (Step(f"no\n use,  your key is {KEY}".encode(), 400), "400 'no use, your key is …'", 1),
    "a part of the key repeated": (Step(KEY[:9].encode(), 401), f"HTTP status 401 '' {CHECK}", 1),
    "not JSON": (Step(body=b"<html>busy</html>"), NO_REPLY, 1),
    "not UTF-8": (Step(body=b'{"choices": "\xff"}'), NO_REPLY, 1),
    "nested too deeply": (Step(body=b"[" * 100_000), NO_REPLY, 1),
    "an error as a reply": (Step(body={"error": {"message": "overloaded"}}), NO_REPLY, 1),
}


@pytest.mark.usefixtures("slept")
@pytest.mark.parametrize(("step", "found", "times"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_tried_again_where_it_may_pass_and_is_one_line(
    server, settings, monkeypatch, capsys, step, found, times
):
    monkeypatch.setattr(teacher, "RETRIES", 2)
    monkeypatch.setattr(teacher, "SILENCE", 0.1 if step.delay else 5)
    server.script = [step] * times
    with pytest.raises(InputError) as told:
        ask(settings)
    message = str(told.value)
    assert found in message and "\n" not in message
    assert len(server.asked) == times
    assert KEY[:9] not in message + "".join(capsys.readouterr())
    server.script = [step] * (times - 1)
    assert ask(settings).answer == "It is so."


def test_without_the_client_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(InputError, match="pip install openai"):
        teacher.connect({"TEACHER_BASE_URL": "http://localhost"})


BAD_SETTINGS = [
    *(("", KEY, "URL"), ("api.example.org", KEY, "URL"), (f"https://me:{KEY}@example.org", KEY, "URL")),
    *((f"https://example.org/?key={KEY}", KEY, "URL"), ("https://example.org:http", KEY, "URL")),
    *(("http://[::1]:8000/v1", key, "KEY") for key in ("schlüssel", "two words", "two\nlines")),
]


@pytest.mark.parametrize(("url", "key", "what"), BAD_SETTINGS)
def test_a_bad_url_or_key_is_told_and_not_repeated(url, key, what):
    with pytest.raises(InputError, match=r"^TEACHER_(BASE_URL: expected http|API_KEY: expected printable)") as told:
        teacher.connect({"TEACHER_BASE_URL": url, "TEACHER_API_KEY": key})
    assert what in str(told.value) and key not in str(told.value)


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
    reply = teacher.reply_in(body, "")
    assert (reply.trace, reply.answer) == parts
    assert reply.finish_reason == body["choices"][0]["finish_reason"]


def test_what_the_endpoint_does_not_tell_is_none():
    for usage in (None, [], {"prompt_tokens": "10", "completion_tokens": -1}):
        body = {"choices": [{"message": {"content": "x"}}], "usage": usage}
        assert teacher.reply_in(body, "teacher") == Reply("", "x", "", None, None, "teacher")


OTHER = [None, 3, {}, {"choices": None}, {"choices": []}, {"choices": [None]}, {"choices": {"0": {}}}]
OTHER += [{"choices": [{"message": message}]} for message in (None, {"content": ["a"]}, {"reasoning": 3})]


@pytest.mark.parametrize("body", OTHER)
def test_other_json_is_no_reply(server, settings, body):
    server.otherwise = Step(json.dumps(body).encode())
    with pytest.raises(InputError, match=NO_REPLY):
        ask(settings)


# --- the cache ----------------------------------------------------------------------------------------------


def test_replies_come_back_from_the_file_as_they_were(tmp_path):
    replies = {"k": Reply("über\u2028\n\ud800", "“x”", "", None, 0, "m"), "l": Reply("", "", "stop", 1, 2, "m")}
    for key, reply in replies.items():
        teacher.keep(tmp_path / "cache", key, reply)
    assert teacher.kept(tmp_path / "cache") == replies


@pytest.mark.parametrize("content", [b'{"key": 1}\n', b"\n", b'{"question": "w', b"[" * 100_000 + b"\n"])
def test_a_file_that_is_no_cache_is_told_and_left_alone(tmp_path, content):
    (tmp_path / "cache").write_bytes(content)
    with pytest.raises(InputError, match="expected a file of kept replies"):
        teacher.kept(tmp_path / "cache")
    assert (tmp_path / "cache").read_bytes() == content


# --- which replies are used ---------------------------------------------------------------------------------


def reply(answer: str, trace: str = "Some thought.", finish: str = "stop") -> Reply:
    return Reply(trace, answer, finish, 10, 20, "teacher")


@pytest.mark.parametrize("problem", [EMPLOYERS, FOOTBALL, PAINTING], ids=lambda problem: problem.dataset)
def test_a_right_answer_is_used(problem):
    gold = answer_text(problem)
    for answer in (gold, f"<answer>{gold}</answer>", f"So it is.\n<answer>\n{gold}\n</answer>", f"Answer: {gold}"):
        row = teacher.row_of(problem, reply(answer, "I shall write <answer>, then </answer>, and close </think>."))
        assert (row["used"], row["reason"], row["answer"]) == (True, "", gold)


UNUSED = [
    (reply("['Birch College']"), "answer: "),
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
    """The command line in this process, with its files."""

    source: Path
    out: Path
    capsys: pytest.CaptureFixture

    @property
    def cache(self) -> Path:
        return Path(f"{self.out}.cache")

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


@pytest.fixture
def cli(settings, tmp_path, capsys) -> Cli:
    """Two problems, of which the second lacks the first's last fact."""
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
    characters = sum(len(body["messages"][0]["content"]) for _, body, _ in server.asked)
    tokens = characters // 4
    told = [" ".join(line.split()) for line in out.splitlines()]
    assert "prompt tokens: characters / 4; completion tokens: 1,500 per reply, a guess" in told
    said = "{} {:,} prompt tokens {:,} completion tokens; cost: {:.2f}"
    assert said.format("expected", tokens, 3000, tokens / 1e6 + 0.03) in told
    assert said.format("at most", tokens, 8000, tokens / 1e6 + 0.08) in told
    assert said.format("real", 1000, 3000, 0.03) in told
    assert told[-1] == f"1 of 2 replies to be used -> {cli.out}"
    sampling = {"temperature": 0.6, "top_p": 0.95, "max_tokens": 4000}
    assert server.asked[0][1] | {"messages": []} == {"model": "teacher", "messages": [], **sampling}


def test_a_second_run_asks_only_what_is_missing_and_writes_the_same_bytes(server, cli):
    server.otherwise = Step(RIGHT)
    cli.run("--yes", "--limit", "1")
    assert (len(cli.rows()), len(server.asked)) == (1, 1)
    out = cli.run("--yes")
    assert "1 of 2 problems have no reply" in out
    assert "3,000 per reply, the mean of 1 replies so far" in out
    assert (len(cli.rows()), len(server.asked)) == (2, 2)
    before = cli.out.read_bytes()
    cli.out.unlink()
    assert cli.run() == f"2 of 2 replies to be used -> {cli.out}\n"  # nothing to pay: nothing to confirm
    assert (cli.out.read_bytes(), len(server.asked)) == (before, 2)


def test_a_killed_run_goes_on_where_it_was(server, cli):
    """Cut the file at many a byte of its last line: what is whole is kept, what is not is asked for again."""
    cli.run("--yes", "--limit", "1")
    begun = cli.cache.stat().st_size
    cli.run("--yes")
    content, traces = cli.cache.read_bytes(), cli.out.read_bytes()
    for size in (begun, begun + 1, begun + 9, begun + 40, len(content) - 2, len(content) - 1):
        cli.cache.write_bytes(content[:size])
        before = len(server.asked)
        cli.run("--yes")
        assert len(server.asked) - before == 1
        assert (cli.cache.read_bytes(), cli.out.read_bytes()) == (content, traces)


@pytest.mark.parametrize("failure", [InputError("HTTP status 401"), KeyboardInterrupt()])
def test_a_run_that_fails_keeps_what_it_has_and_the_old_traces(server, cli, monkeypatch, failure):
    cli.out.write_text("from before")
    replies = iter([reply("x")])

    def ask_once(*_):
        if (one := next(replies, None)) is None:
            assert cli.cache.read_bytes().count(b"\n") == 1  # in the file before the next is asked for
            raise failure
        return one

    with monkeypatch.context() as patch:
        patch.setattr(teacher, "ask", ask_once)
        message = cli.told("--yes")
    assert f"found {str(failure) or 'an interrupt'}; 1 replies are kept in {cli.cache}, run again to go on" in message
    assert cli.out.read_text() == "from before"
    cli.run("--yes")
    assert (len(cli.rows()), len(server.asked)) == (2, 1)


def test_nothing_is_asked_without_a_yes(server, cli, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert "nothing was asked: expected a yes" in cli.told()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    assert "nothing was asked: expected a yes" in cli.told()
    assert server.asked == []
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    cli.run()
    assert len(server.asked) == 2


def test_rows_that_cannot_be_used_are_named_and_left_out(server, cli):
    rows = [ROW, "{", ROW, ROW | {"category": "before"}, ROW | {"gold": []}, {**ROW, "category": 3}]
    cli.source.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    out = cli.run("--yes")
    assert "1 problems kept, 5 rows left out" in out
    for place, words in ((2, "not a JSON object"), (3, "the same question"), (4, "'before'"), (5, "'gold'")):
        assert any(f"line {place}: " in line and words in line for line in out.splitlines())
    assert len(cli.rows()) == len(server.asked) == 1


def test_prices_that_are_not_known_are_not_made_up(server, cli, monkeypatch):
    monkeypatch.delenv("TEACHER_PRICE_OUT")
    assert cli.run("--yes").count("cost: not known\n") == 3
    cli.cache.unlink()
    for price in ("-1", "inf", "cheap"):
        monkeypatch.setenv("TEACHER_PRICE_OUT", price)
        assert "expected prices of a million tokens" in cli.told("--yes")
    assert len(server.asked) == 2


def test_bad_arguments_no_model_and_no_problems(server, cli, monkeypatch):
    monkeypatch.chdir(cli.source.parent)
    assert "argument --max-tokens: invalid int value: 'many'" in cli.told("--max-tokens", "many")
    assert "expected a file of its own" in cli.told("--out", "problems.jsonl")
    words = "nowhere/traces.jsonl.cache: cannot be used (No such file or directory)"
    assert words in cli.told("--out", "nowhere/traces.jsonl")
    monkeypatch.delenv("TEACHER_MODEL")
    assert "TEACHER_MODEL is not set" in cli.told()
    cli.source.unlink()
    assert "cannot be read" in cli.told()
    assert server.asked == []


def test_from_the_shell_the_key_is_in_no_line(server, cli):
    """One real process with all logging on."""
    code = "import logging; logging.basicConfig(level=0); from lib.traces import teacher; teacher.run_cli(teacher.main)"
    server.script = [Step(RIGHT), Step({"error": {"message": f"bad key {KEY}"}}, 400)]
    argv = [sys.executable, "-c", code, str(cli.source), "--dataset", "cotemp", "--out", str(cli.out), "--yes"]
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "found HTTP status 400" in process.stderr.splitlines()[-1]
    assert "bad key …" in process.stderr.splitlines()[-1]
    assert "DEBUG" in process.stderr
    assert KEY not in process.stdout + process.stderr + cli.cache.read_text()
