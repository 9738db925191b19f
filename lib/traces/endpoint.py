"""An OpenAI-compatible endpoint: settings from the environment, questions through the `openai` client, replies kept.

replies = ask(Endpoint.from_environment(), [(problem.id, prompt)], Cache(path), {"max_tokens": 8192})
"""

import hashlib
import json
import math
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import InputError
from lib.files import json_rows

if TYPE_CHECKING:  # only who asks a teacher needs the client
    from openai import OpenAI

RETRIES = 6  # by the client, after 0.5 to 8 seconds or the server's Retry-After: no connection, silence, 429, 5xx
SILENCE = 600  # seconds until a try has failed; a reply comes whole, so all its thinking is silence
ADVICE = {
    401: "check TEACHER_API_KEY",
    403: "check TEACHER_API_KEY",
    404: "check TEACHER_BASE_URL (most end in /v1) and TEACHER_MODEL",
}
_URL = re.compile(r"https?://(?:\w[\w.-]*|\[::1\])(?::\d+)?(?:/[\w./~%-]*)?")
_BEGIN = b'{"key": "'  # of every line of a cache


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the teacher is. The key is in no repr and no message; prices are per million tokens, None: not known."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    price_in: float | None = None
    price_out: float | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Endpoint":
        """From the TEACHER_… variables; InputError that names the one that is missing or unusable."""
        url, model, key = (environment.get(f"TEACHER_{name}", "").strip() for name in ("BASE_URL", "MODEL", "API_KEY"))
        for name, value, example in (("BASE_URL", url, "http://127.0.0.1:8000/v1"), ("MODEL", model, "deepseek-r1")):
            if not value:
                raise InputError(f"TEACHER_{name} is not set; expected something like TEACHER_{name}={example}")
        if not _URL.fullmatch(url):  # the text is not repeated: it may hold a password
            raise InputError("TEACHER_BASE_URL: expected http(s)://host/path, without user, password or ?query")
        if not re.fullmatch(r"[!-~]*", key):
            raise InputError("TEACHER_API_KEY: expected printable ASCII without blanks; copy the key again")
        prices = [_price(environment, name) for name in ("TEACHER_PRICE_IN", "TEACHER_PRICE_OUT")]
        return cls(url.rstrip("/").removesuffix("/chat/completions"), model, key, *prices)


def _price(environment: Mapping[str, str], name: str) -> float | None:
    text = environment.get(name, "").strip()
    try:
        price = float(text) if text else None
    except ValueError:
        price = math.nan
    if price is not None and not 0 <= price < math.inf:
        raise InputError(f"{name}={text!r}: expected the price of a million tokens, as in {name}=0.55")
    return price


@dataclass(frozen=True, slots=True)
class Reply:
    """A trace and the text after it. Token counts are the endpoint's own; None where it does not tell."""

    trace: str
    answer: str
    finish_reason: str  # "stop"; "length" where the reply was cut off at max_tokens; "" where it was not told
    prompt_tokens: int | None
    completion_tokens: int | None  # the trace's among them
    model: str  # as the endpoint names it


def parse_reply(content: bytes, model: str) -> Reply:
    """The first choice of a chat completion; InputError for anything else. (The client's own classes check nothing.)

    The trace is `reasoning_content` (DeepSeek; `reasoning` elsewhere), else what `<think>` encloses in the content;
    the rest is the answer. `<think>` may be missing, where the server's template puts it into the prompt, and so may
    `</think>`, where the reply is cut off.
    """
    try:
        body = json.loads(content)
        choice = body["choices"][0]
        message = choice["message"]
        answer = (message.get("content") or "").strip()
        trace = (message.get("reasoning_content") or message.get("reasoning") or "").strip()
        if not trace:
            head, closed, tail = answer.partition("</think>")
            if closed or head.startswith("<think>"):
                trace, answer = head.replace("<think>", "", 1).strip(), tail.strip()
        counts = [_count(body.get("usage"), name) for name in ("prompt_tokens", "completion_tokens")]
        return Reply(trace, answer, str(choice.get("finish_reason") or ""), *counts, str(body.get("model") or model))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise InputError("a reply that is cut off or no chat completion") from None


def _count(usage: object, name: str) -> int | None:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


class Cache:
    """Replies by key in a JSON-lines file, one per line, each on the disk before the next is asked for.

    Opening it drops a last line that does not end: the run was killed as it wrote. Raises InputError for a file that
    is no cache, cannot be read or cannot be written.
    """

    def __init__(self, path: Path):
        self.path, self.replies = path, {}
        with self._usable(), path.open("ab+") as file:  # one that cannot be written is told before anything is paid for
            file.seek(0)
            content = file.read()
            if not content.startswith(_BEGIN[: len(content)]):
                raise InputError(f"{path}: expected a file of kept replies, found something else; name another file")
            file.truncate(content.rfind(b"\n") + 1)
        for place, row in json_rows(path):
            try:
                key = row.pop("key")
                self.replies[key] = Reply(**row)
            except (AttributeError, KeyError, TypeError):
                raise InputError(f"{place}: expected a kept reply, found none; delete the line") from None

    @staticmethod
    def key(model: str, prompt: str, sampling: Mapping) -> str:
        """sha256 of model, prompt and sampling parameters."""
        return hashlib.sha256(json.dumps([model, prompt, dict(sampling)], sort_keys=True).encode()).hexdigest()

    def add(self, key: str, reply: Reply) -> None:
        """Keep a reply: on the disk when this returns."""
        with self._usable(), self.path.open("ab") as file:
            file.write(json.dumps({"key": key, **asdict(reply)}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.replies[key] = reply

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = f"cannot be used ({error.strerror}); check the path, its rights and the disk"
            raise InputError(f"{self.path}: {why}") from None


def ask(
    endpoint: Endpoint, prompts: Iterable[tuple[str, str]], cache: Cache, sampling: Mapping, per_minute: float = 0
) -> Iterator[tuple[str, Reply]]:
    """(problem id, reply) for each (problem id, prompt), in order; only what the cache lacks is asked for.

    sampling    fields of the request such as temperature and max_tokens
    per_minute  so many questions at most, evenly spaced (0: no limit)

    InputError where RETRIES more tries bring no reply, and at once for what will not pass (a wrong key, no JSON).
    """
    gap, next_at = 60 / per_minute if per_minute else 0.0, -math.inf
    with _client(endpoint) as client:
        for problem, prompt in prompts:
            key = Cache.key(endpoint.model, prompt, sampling)
            if key not in cache.replies:
                time.sleep(max(0.0, next_at - time.monotonic()))
                next_at = time.monotonic() + gap
                try:
                    reply = _reply(client, endpoint, {"messages": [{"role": "user", "content": prompt}], **sampling})
                except InputError as failure:
                    raise InputError(
                        f"problem {problem}: expected a reply from {endpoint.base_url}, found {failure}; "
                        f"{len(cache.replies)} replies are kept in {cache.path}, run again to go on"
                    ) from None
                cache.add(key, reply)
            yield problem, cache.replies[key]


def _client(endpoint: Endpoint) -> "OpenAI":
    try:
        from openai import OpenAI, omit
    except ImportError:
        raise InputError("a teacher is asked through the openai client, which is missing: pip install openai") from None
    key = endpoint.api_key or "none"  # the client insists on one
    # What is set for OpenAI itself (OPENAI_ORG_ID and the like) is no business of a teacher elsewhere.
    headers = {"Authorization": f"Bearer {key}", "OpenAI-Organization": omit, "OpenAI-Project": omit}
    return OpenAI(
        base_url=endpoint.base_url, api_key=key, max_retries=RETRIES, timeout=SILENCE, default_headers=headers
    )


def _reply(client: "OpenAI", endpoint: Endpoint, request: dict) -> Reply:
    """One reply; InputError that says in a few words what came instead, never with the key."""
    from openai import APIStatusError, OpenAIError

    try:
        raw = client.chat.completions.with_raw_response.create(model=endpoint.model, **request)
        return parse_reply(raw.content, endpoint.model)
    except APIStatusError as error:
        status = error.status_code
        # its JSON's error.message, else its text; with 401 and 403, servers repeat keys or parts of them
        said = "" if status in (401, 403) else error.message.partition(" - ")[2] or error.response.text
        said = said.replace(endpoint.api_key, "…") if endpoint.api_key else said
        line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
        passing = status == 429 or status >= 500
        advice = ADVICE.get(status, "try later" if passing else "check TEACHER_MODEL and the options")
        raise InputError(f"HTTP status {status}{f', {line[:160]!r}' if line else ''} ({advice})") from None
    except (OpenAIError, UnicodeError) as error:  # no connection, silence, or a host's name that is none
        raise InputError(f"{type(error).__name__} (is the server up? check TEACHER_BASE_URL)") from None
