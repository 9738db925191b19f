"""The endpoint: what is asked, what may pass, what is kept; against a real server on loopback that misbehaves."""

import json
import sys
from unittest.mock import Mock

import pytest

from lib.errors import InputError
from lib.traces import endpoint as module
from lib.traces.endpoint import Cache, Endpoint, Reply, ask, parse_reply
from tests.traces.conftest import GOOD, KEY, Step, completion

SAMPLING = {"max_tokens": 100}
PROMPTS = [("p1", "first prompt"), ("p2", "second prompt"), ("p3", "third prompt")]


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "replies.jsonl")


@pytest.fixture
def slept(monkeypatch) -> list[float]:
    """Every wait, the client's and ours, in seconds; none is waited for."""
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


def asked(endpoint, cache, prompts=PROMPTS[:1], **options) -> list[tuple[str, Reply]]:
    return list(ask(endpoint, prompts, cache, SAMPLING, **options))


# --- asking -------------------------------------------------------------------------------------------------


def test_a_request_is_a_chat_completion_with_model_key_and_sampling(server, endpoint, cache, monkeypatch):
    """What is set for OpenAI itself is not sent to a teacher elsewhere."""
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", "mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer mine")
    [(problem, reply)] = asked(endpoint, cache)
    assert (problem, reply) == ("p1", Reply("Because.", "It is so.", "stop", 10, 20, "teacher-2025-01"))
    [(path, body, headers)] = server.asked
    assert path == "/v1/chat/completions"
    assert body == {"model": "teacher", "messages": [{"role": "user", "content": "first prompt"}], "max_tokens": 100}
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert "mine" not in str(headers)


def test_without_a_key_none_is_sent_not_even_from_netrc(server, cache, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    asked(Endpoint(f"http://127.0.0.1:{server.server_port}", "teacher"), cache)
    assert server.asked[0][2]["Authorization"] == "Bearer none"


NO_CONNECTION, NO_REPLY = "APIConnectionError", "a reply that is cut off or no chat completion"
FAILURES = {  # what the server does, what is told, how often it is asked (two more tries)
    "silence": (Step(delay=True), "APITimeoutError", 3),
    "connection closed": (Step(hang_up=True), NO_CONNECTION, 3),
    "cut-off body": (Step(cut=40), NO_CONNECTION, 3),
    "bad compression": (Step(headers={"Content-Encoding": "gzip"}), NO_CONNECTION, 3),
    "a redirect to nowhere": (Step(b"", 307, {"Location": "http://127.0.0.1:9/v1"}), NO_CONNECTION, 3),
    **{
        str(status): (Step(b"", status), f"HTTP status {status} (try later)", 3) for status in (429, 500, 502, 503, 504)
    },
    "plain words": (Step(b"no such\x1b[1m model", 422), "HTTP status 422, 'no such [1m model' (check TEACHER_MODEL", 1),
    "429, for an hour": (Step(b"", 429, {"Retry-After": "3600"}), "HTTP status 429 (try later)", 1),
    "cut-off JSON": (Step(body=json.dumps(GOOD).encode()[:-30]), NO_REPLY, 1),
    "not JSON": (Step(body=b"<html>busy</html>"), NO_REPLY, 1),
    "not UTF-8": (Step(body=b'{"choices": "\xff"}'), NO_REPLY, 1),
    "nested too deeply": (Step(body=b"[" * 100_000), NO_REPLY, 1),
    "an empty body": (Step(body=b""), NO_REPLY, 1),
    "an error as a reply": (Step(body={"error": {"message": "overloaded"}}), NO_REPLY, 1),
    **{
        str(status): (Step({"error": {"message": f"no\n use,  your key is {KEY}"}}, status), words, 1)
        for status, words in {
            400: "HTTP status 400, 'no use, your key is …' (check TEACHER_MODEL and the options)",
            401: "HTTP status 401 (check TEACHER_API_KEY)",
            403: "HTTP status 403 (check TEACHER_API_KEY)",
            404: "HTTP status 404, 'no use, your key is …' (check TEACHER_BASE_URL",
        }.items()
    },
}


@pytest.mark.parametrize(("step", "found", "times"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_tried_again_where_it_may_pass_and_is_one_line(
    server, endpoint, cache, slept, monkeypatch, capsys, step, found, times
):
    monkeypatch.setattr(module, "RETRIES", 2)
    monkeypatch.setattr(module, "SILENCE", 0.1 if step.delay else 5)
    server.script = [Step(), *[step] * times]
    with pytest.raises(InputError) as told:
        asked(endpoint, cache, PROMPTS)
    message = str(told.value)
    assert message.startswith(f"problem p2: expected a reply from {endpoint.base_url}, found {found}")
    assert message.endswith(f"; 1 replies are kept in {cache.path}, run again to go on")
    assert (len(server.asked), message.count("\n")) == (1 + times, 0)
    assert KEY not in message + "".join(capsys.readouterr()) + cache.path.read_text()
    server.script = [step] * (times - 1)  # and where it passes, the run goes on
    assert len(asked(endpoint, cache, PROMPTS)) == 3


def test_no_server_and_no_host(cache, slept):
    for url in ("http://127.0.0.1:9/v1", "http://no..where/v1"):
        with pytest.raises(InputError, match=r"found \w+Error \(is the server up\? check TEACHER_BASE_URL\)"):
            asked(Endpoint(url, "teacher"), cache)


def test_waits_double_or_are_the_servers_own(server, endpoint, cache, slept):
    server.script = [Step(b"", 500), Step(b"", 500), Step(b"", 429, {"Retry-After": "7"}), Step(b"", 500)]
    asked(endpoint, cache)
    assert slept[3] == 7
    for wait, full in zip((slept[1], slept[2], slept[4]), (0.5, 1, 4), strict=True):
        assert 0.7 * full <= wait <= full


def test_questions_keep_the_pace(server, endpoint, cache, slept):
    asked(endpoint, cache, PROMPTS, per_minute=20)
    assert slept == [0, pytest.approx(3, abs=0.5), pytest.approx(3, abs=0.5)]
    asked(endpoint, Cache(cache.path.with_name("another")), PROMPTS)
    assert slept[3:] == [0, 0, 0]


def test_without_the_client_one_line_says_what_to_install(endpoint, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(InputError, match="pip install openai"):
        asked(endpoint, cache)


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
    reply = parse_reply(json.dumps(body).encode(), "teacher")
    assert (reply.trace, reply.answer) == parts
    assert reply.finish_reason == body["choices"][0]["finish_reason"]


@pytest.mark.parametrize("usage", [None, [], {}, {"prompt_tokens": -1, "completion_tokens": "many"}, "3"])
def test_what_the_endpoint_does_not_tell_is_none(usage):
    body = {"choices": [{"message": {"content": "x"}}], "usage": usage}
    reply = parse_reply(json.dumps(body).encode(), "teacher")
    assert reply == Reply("", "x", "", None, None, "teacher")


OTHER = [None, 3, [], {}, {"choices": None}, {"choices": []}, {"choices": [None]}, {"choices": {"0": {}}}]
OTHER += [{"choices": [{"message": message}]} for message in (None, {"content": ["a"]}, {"reasoning": 3})]


@pytest.mark.parametrize("body", OTHER)
def test_other_json_is_no_reply(body):
    with pytest.raises(InputError, match=NO_REPLY):
        parse_reply(json.dumps(body).encode(), "teacher")


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
        assert len(server.asked) - before == 1
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


def test_a_cache_that_cannot_be_written(tmp_path, cache, monkeypatch):
    monkeypatch.setattr("os.fsync", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(InputError, match=r"cannot be used \(No space left on device\)"):
        cache.add("k", Reply("", "", "", 0, 0, ""))
    with pytest.raises(InputError, match=r"cannot be used \(No such file or directory\)"):
        Cache(tmp_path / "nowhere" / "cache")
    with pytest.raises(InputError, match=r"cannot be used \(Is a directory\)"):
        Cache(tmp_path)


# --- settings -----------------------------------------------------------------------------------------------

SETTINGS = {"TEACHER_BASE_URL": "https://api.example.org/v1/", "TEACHER_MODEL": "r1", "TEACHER_API_KEY": KEY}


def test_settings_from_the_environment():
    endpoint = Endpoint.from_environment(SETTINGS | {"TEACHER_PRICE_IN": "0.5", "TEACHER_PRICE_OUT": "2"})
    assert endpoint == Endpoint("https://api.example.org/v1", "r1", KEY, 0.5, 2.0)
    assert KEY not in repr(endpoint) + str(endpoint)
    del (local := SETTINGS | {"TEACHER_BASE_URL": "http://localhost:8000/v1/chat/completions"})["TEACHER_API_KEY"]
    assert Endpoint.from_environment(local) == Endpoint("http://localhost:8000/v1", "r1")


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
