"""What a teacher replied: read from a chat completion, and kept in a JSON-lines cache that survives a killed run."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lib.errors import InputError


@dataclass(frozen=True, slots=True)
class Reply:
    """A trace and the text after it. Token counts are the endpoint's own; None where it does not tell."""

    trace: str
    answer: str
    finish_reason: str  # "stop"; "length" where the reply was cut off at max_tokens; "" where it was not told
    prompt_tokens: int | None
    completion_tokens: int | None  # the trace's among them
    model: str  # as the endpoint names it


class Malformed(Exception):
    """JSON that is no chat completion; the message says what was found."""


def parse_reply(body: object, model: str) -> Reply:
    """The first choice of a chat completion. Raises Malformed for any other JSON value.

    The trace is `reasoning_content` (DeepSeek; `reasoning` elsewhere), else what `<think>` encloses in the content;
    the rest is the answer. `<think>` may be missing, where the server's template puts it into the prompt, and so may
    `</think>`, where the reply is cut off.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise Malformed("JSON without choices[0].message")
    content, trace = message.get("content"), message.get("reasoning_content") or message.get("reasoning")
    if not isinstance(content, str | None) or not isinstance(trace, str | None):
        raise Malformed("a message whose content is no text")
    trace, answer = _split(trace or "", content or "")
    finish, named = choice.get("finish_reason"), body.get("model")
    usage = body.get("usage")
    return Reply(
        trace,
        answer,
        finish if isinstance(finish, str) else "",
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        named if isinstance(named, str) and named else model,
    )


def _split(trace: str, content: str) -> tuple[str, str]:
    if not trace.strip():
        head, closed, tail = content.partition("</think>")
        if closed or head.lstrip().startswith("<think>"):
            trace, content = head.replace("<think>", "", 1), tail
    return trace.strip(), content.strip()


def _count(usage: object, name: str) -> int | None:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


_BEGIN = b'{"key": "'  # of every line


class Cache:
    """Replies by key in a JSON-lines file, one a line, each on the disk before the next is asked for.

    Opening it completes or drops a last line that does not end (the run was killed as it wrote). Raises InputError for
    a file that is no cache, cannot be read or cannot be written.
    """

    def __init__(self, path: Path):
        self.path, self.replies = path, {}
        try:
            self._append(b"")  # a cache that cannot be written is told before anything is paid for
            content = path.read_bytes()
            *lines, last = content.split(b"\n")
            for number, line in enumerate(lines, start=1):
                if not self._read(line):
                    raise InputError(f"{path}, line {number}: expected a kept reply, found none; delete the line")
            if self._read(last):
                self._append(b"\n")
            elif not _BEGIN.startswith(last[: len(_BEGIN)]):
                raise InputError(f"{path}: expected a file of kept replies, found something else; name another file")
            elif last:
                os.truncate(path, len(content) - len(last))
        except OSError as error:
            raise self._unusable(error) from None

    @staticmethod
    def key(model: str, prompt: str, sampling: Mapping) -> str:
        """sha256 of model, prompt and sampling parameters."""
        return hashlib.sha256(json.dumps([model, prompt, dict(sampling)], sort_keys=True).encode()).hexdigest()

    def add(self, key: str, reply: Reply) -> None:
        """Keep a reply: on the disk when this returns."""
        try:
            self._append(json.dumps({"key": key, **asdict(reply)}).encode() + b"\n")
        except OSError as error:
            raise self._unusable(error) from None
        self.replies[key] = reply

    def _read(self, line: bytes) -> bool:
        try:
            row = json.loads(line)
            key = row.pop("key")
            self.replies[key] = Reply(**row)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return False
        return True

    def _append(self, line: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _unusable(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be used ({error.strerror}); check the path, its rights and the disk")
