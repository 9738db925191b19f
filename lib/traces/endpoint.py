"""An OpenAI-compatible endpoint: settings from the environment, questions over a network that fails, a pace.

replies = ask(Endpoint.from_environment(), [(problem.id, prompt)], Cache(path), {"max_tokens": 8192})
"""

import json
import math
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import requests
from requests import exceptions
from tqdm import tqdm
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from lib.errors import InputError
from lib.traces.replies import Cache, Malformed, Reply, parse_reply

# What another try may not meet again; all other failures end the run at once.
PASSING_STATUSES = (429, 500, 502, 503, 504)
PASSING_ERRORS = (
    exceptions.Timeout,
    exceptions.ConnectionError,
    exceptions.ChunkedEncodingError,  # the connection closed in mid-reply
    exceptions.ContentDecodingError,
)
OTHER_ADVICE = "check TEACHER_MODEL and the options"
KEY_ADVICE = "check TEACHER_API_KEY"
ADVICE = {401: KEY_ADVICE, 403: KEY_ADVICE, 404: "check TEACHER_BASE_URL (most end in /v1) and TEACHER_MODEL"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the teacher is. The key is in no repr and no message; prices are a million tokens, None: not known."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    price_in: float | None = None
    price_out: float | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Endpoint":
        """From the TEACHER_… variables; InputError that names the one that is missing or unusable."""
        values = {name: environment.get(f"TEACHER_{name}", "").strip() for name in ("BASE_URL", "MODEL", "API_KEY")}
        for name, example in (("BASE_URL", "http://127.0.0.1:8000/v1"), ("MODEL", "deepseek-reasoner")):
            if not values[name]:
                raise InputError(f"TEACHER_{name} is not set; expected something like TEACHER_{name}={example}")
        if not re.fullmatch(r"[!-~]*", values["API_KEY"]):
            raise InputError("TEACHER_API_KEY: expected printable ASCII without blanks; copy the key again")
        prices = [_price(environment, name) for name in ("TEACHER_PRICE_IN", "TEACHER_PRICE_OUT")]
        return cls(_base_url(values["BASE_URL"]), values["MODEL"], values["API_KEY"], *prices)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """Price of so many tokens, None where a price is not known."""
        if self.price_in is None or self.price_out is None:
            return None
        return (prompt_tokens * self.price_in + completion_tokens * self.price_out) / 1e6


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        usable = usable and not (parts.query or parts.fragment) and parts.username is None
    except ValueError:
        usable = False
    if not usable:  # the text is not repeated: it may hold a password
        raise InputError("TEACHER_BASE_URL: expected http(s)://host/path, without user, password or ?query")
    return text.rstrip("/").removesuffix("/chat/completions")


def _price(environment: Mapping[str, str], name: str) -> float | None:
    text = environment.get(name, "").strip()
    try:
        price = float(text) if text else None
    except ValueError:
        price = math.nan
    if price is not None and not 0 <= price < math.inf:
        raise InputError(f"{name}={text!r}: expected the price of a million tokens, as in {name}=0.55")
    return price


class Pace:
    """At most so many requests a minute (0: no limit), evenly spaced; a test brings its own clock and sleep."""

    def __init__(self, per_minute: float = 0, clock: Callable = time.monotonic, sleep: Callable = time.sleep):
        self.gap, self.clock, self.sleep = 60 / per_minute if per_minute else 0.0, clock, sleep
        self._next = -math.inf

    def wait(self) -> None:
        """Return when the next request may go out."""
        if (ahead := self._next - self.clock()) > 0:
            self.sleep(ahead)
        self._next = self.clock() + self.gap


@dataclass
class _Failure(Exception):
    """A try that brought no reply: what was found, whether another may, and seconds that the server asks to wait."""

    found: str
    passing: bool = True
    wait: float | None = None


class _Bearer(requests.auth.AuthBase):
    """The key as a header. Set even without a key: else requests would look for a password in ~/.netrc."""

    def __init__(self, key: str):
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def ask(
    endpoint: Endpoint,
    prompts: Iterable[tuple[str, str]],
    cache: Cache,
    sampling: Mapping,
    *,
    pace: Pace | None = None,
    tries: int = 6,
    timeout: float = 600,
    seed: int = 0,
) -> Iterator[tuple[str, Reply]]:
    """(problem id, reply) for each (problem id, prompt), in order; only what the cache lacks is asked for.

    sampling  fields of the request such as temperature and max_tokens
    timeout   seconds of silence after which a try has failed; a reply comes whole, so all its thinking is silence
    seed      of the waits' jitter

    What may pass is tried again after 1, 2, 4 … seconds (at most 60; times 0.5 to 1) or after the server's
    Retry-After, told on stderr. InputError after `tries` tries, at once for what will not pass (a wrong key).
    """
    pace, rng = pace or Pace(), random.Random(seed)
    with requests.Session() as session:
        session.auth = _Bearer(endpoint.api_key)
        for problem, prompt in prompts:
            key = Cache.key(endpoint.model, prompt, sampling)
            if key not in cache.replies:
                request = {"model": endpoint.model, "messages": [{"role": "user", "content": prompt}], **sampling}
                try:
                    reply = _insist(partial(_post, session, endpoint, request, timeout), pace, tries, rng)
                except _Failure as failure:
                    raise InputError(
                        f"problem {problem}: expected a reply from {endpoint.base_url}, found {failure.found}; "
                        f"{len(cache.replies)} replies are kept in {cache.path}, run again to go on"
                    ) from None
                cache.add(key, reply)
            yield problem, cache.replies[key]


def _insist(post: Callable[[], Reply], pace: Pace, tries: int, rng: random.Random) -> Reply:
    """One reply in at most `tries` tries, or the last _Failure.

    urllib3's Retry cannot do this loop: it never sees a body, and its waits know neither pace nor seed.
    """
    for number in range(1, tries + 1):
        pace.wait()
        try:
            return post()
        except _Failure as failure:
            if not failure.passing:
                raise
            found, wait = failure.found, failure.wait
        if number < tries:
            wait = min(60, 2 ** (number - 1)) * rng.uniform(0.5, 1) if wait is None else wait
            tell = tqdm.write if sys.stderr.isatty() else print  # past the bar, where there is one to redraw
            tell(f"try {number} of {tries}: {found}; again in {wait:.1f} s", file=sys.stderr)
            pace.sleep(wait)
    raise _Failure(f"{found} in the last of {tries} tries")


def _post(session: requests.Session, endpoint: Endpoint, request: dict, timeout: float) -> Reply:
    url = f"{endpoint.base_url}/chat/completions"
    try:
        # no redirects: they would turn the POST into a GET
        response = session.post(url, json=request, timeout=(min(10, timeout), timeout), allow_redirects=False)
    except PASSING_ERRORS as error:
        raise _Failure(type(error).__name__) from None
    except exceptions.RequestException as error:  # only its name: its text may hold a header
        raise _Failure(f"{type(error).__name__} (check TEACHER_BASE_URL)", passing=False) from None
    status = response.status_code
    if status in PASSING_STATUSES:
        raise _Failure(f"HTTP status {status}{_said(response, endpoint.api_key)}", wait=_retry_after(response))
    if status != 200:
        found = f"HTTP status {status}{_said(response, endpoint.api_key)} ({ADVICE.get(status, OTHER_ADVICE)})"
        raise _Failure(found, passing=False)
    try:
        return parse_reply(json.loads(response.content), endpoint.model)
    except Malformed as error:
        raise _Failure(str(error)) from None
    except (ValueError, RecursionError):
        raise _Failure("a reply that is cut off or not JSON") from None


def _said(response: requests.Response, key: str) -> str:
    """What the server says about a failure, in one short line, the key taken out."""
    if response.status_code in (401, 403):  # these repeat keys, or parts of them
        return ""
    text = response.text
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        text = str(json.loads(text)["error"]["message"])
    text = text.replace(key, "…") if key else text
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f", {line[:160]!r}" if line else ""


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, from a number or a date; at most six hours."""
    try:
        return Retry().parse_retry_after(response.headers["Retry-After"])
    except (KeyError, InvalidHeader, ValueError, OverflowError):  # none, or one that is no time
        return None
