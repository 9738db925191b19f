"""A teacher: any OpenAI-compatible endpoint that writes reasoning traces for problems (paper, part 2).

    TEACHER_BASE_URL=http://127.0.0.1:8000/v1 TEACHER_MODEL=deepseek-r1 \\
        python -m lib.traces.teacher PROBLEMS.jsonl --dataset cotemp --out TRACES.jsonl

PROBLEMS.jsonl: one object per line with the dataset's released field names (its FIELDS) and "category". Every reply is
kept at once in TRACES.jsonl.cache, so a run that was stopped goes on where it was; TRACES.jsonl is written at the end.
TEACHER_API_KEY is optional for local servers; TEACHER_PRICE_IN and TEACHER_PRICE_OUT are prices per million tokens.
OPENAI_LOG=info tells of every question that is asked again.
"""

import hashlib
import json
import math
import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.datasets import DATASETS
from lib.datasets.problem import Loaded, Problem, expect_class, expect_text, gather
from lib.errors import InputError, Parser, run_cli
from lib.files import json_rows, typed, write_text
from lib.progress import Progress
from lib.verify.completion import split_completion
from lib.verify.strict import check_answer

if TYPE_CHECKING:  # only who asks a teacher needs the client
    from openai import OpenAI

SAMPLING = {"temperature": 0.6, "top_p": 0.95}  # as DeepSeek-R1's model card advises
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English
TOKENS_PER_REPLY = 1500  # a guess, until a cache holds replies
RETRIES = 10  # by the client, after 0.5 to 8 seconds or the server's Retry-After: no connection, silence, 429, 5xx
SILENCE = 600  # seconds until a try has failed; a reply comes whole, so all its thinking is silence


@dataclass(frozen=True, slots=True)
class Reply:
    """A trace and the text after it. Token counts are the endpoint's own; None where it does not tell."""

    trace: str
    answer: str
    finish_reason: str  # "stop"; "length" where the reply was cut off at max_tokens; "" where it was not told
    prompt_tokens: int | None
    completion_tokens: int | None  # the trace's among them
    model: str  # as the endpoint names it


def connect(environment: Mapping[str, str] = os.environ) -> "OpenAI":
    """The client for TEACHER_BASE_URL, with TEACHER_API_KEY. No message repeats what was set: it may hold a secret."""
    try:
        from openai import OpenAI, omit
    except ImportError:
        raise InputError("the client of a teacher is not installed; run: pip install openai") from None
    url, key = (environment.get(name, "").strip() for name in ("TEACHER_BASE_URL", "TEACHER_API_KEY"))
    if not re.fullmatch(r"https?://([\w.-]+|\[::1\])(:\d+)?(/[\w./~%-]*)?", url):
        raise InputError("TEACHER_BASE_URL: expected http(s)://host/path, without user, password or ?query")
    if not re.fullmatch(r"[!-~]*", key):
        raise InputError("TEACHER_API_KEY: expected printable ASCII without blanks; copy the key again")
    url, key = url.rstrip("/").removesuffix("/chat/completions"), key or "no-key"  # the client insists on one
    # What is set for OpenAI itself (OPENAI_ORG_ID and the like) is no business of a teacher elsewhere.
    headers = {"Authorization": f"Bearer {key}", "OpenAI-Organization": omit, "OpenAI-Project": omit}
    return OpenAI(base_url=url, api_key=key, max_retries=RETRIES, timeout=SILENCE, default_headers=headers)


def ask(client: "OpenAI", model: str, prompt: str, sampling: Mapping) -> Reply:
    """One reply; sampling: fields of the request. InputError says what came instead, never with the key."""
    from openai import APIStatusError, OpenAIError

    try:
        messages = [{"role": "user", "content": prompt}]
        raw = client.chat.completions.with_raw_response.create(model=model, messages=messages, **sampling)
        return reply_in(json.loads(raw.content), model)
    except APIStatusError as error:
        key_refused = error.status_code in (401, 403)  # servers repeat it then, or parts of it
        said = "" if key_refused else " ".join(error.response.text.replace(client.api_key, "…").split())[:160]
        advice = "check TEACHER_BASE_URL (most end in /v1), TEACHER_MODEL and TEACHER_API_KEY, or try later"
        raise InputError(f"HTTP status {error.status_code} {said!r} ({advice})") from None
    except OpenAIError as error:  # no connection, or silence
        raise InputError(f"{type(error).__name__} (is the server up? check TEACHER_BASE_URL)") from None
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):  # the client itself checks no reply
        raise InputError("a reply that is cut off or no chat completion") from None


def reply_in(body: dict, model: str) -> Reply:
    """The first choice of a chat completion.

    The trace is `reasoning_content` (DeepSeek; `reasoning` elsewhere), else what `<think>` encloses in the content;
    the rest is the answer. `<think>` may be missing, where the server's template puts it into the prompt, and so may
    `</think>`, where the reply is cut off.
    """
    choice, usage = body["choices"][0], body.get("usage") or {}
    message = choice["message"]
    answer = (message.get("content") or "").strip()
    trace = (message.get("reasoning_content") or message.get("reasoning") or "").strip()
    if not trace:
        head, closed, tail = answer.partition("</think>")
        if closed or head.startswith("<think>"):
            trace, answer = head.replace("<think>", "", 1).strip(), tail.strip()
    told = usage.get("prompt_tokens"), usage.get("completion_tokens")
    counts = (count if type(count) is int and count >= 0 else None for count in told)
    return Reply(trace, answer, choice.get("finish_reason") or "", *counts, body.get("model") or model)


def key_of(model: str, prompt: str, sampling: Mapping) -> str:
    """What a reply is kept under: sha256 of model, prompt and sampling."""
    return hashlib.sha256(json.dumps([model, prompt, dict(sampling)], sort_keys=True).encode()).hexdigest()


def kept(path: Path) -> dict[str, Reply]:
    """A cache's replies by key. A last line that does not end is cut off: the run was killed."""
    with path.open("ab+") as file:  # one that cannot be written is told before anything is paid for
        file.seek(0)
        *lines, unfinished = file.read().split(b"\n")
        try:
            if unfinished and not unfinished.startswith(b'{"key": "'[: len(unfinished)]):
                raise ValueError("not the beginning of a kept reply")
            replies = {row.pop("key"): Reply(**row) for row in map(json.loads, lines)}
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            raise InputError(f"{path}: expected a file of kept replies, found something else; move it away") from None
        file.truncate(file.tell() - len(unfinished))
    return replies


def keep(path: Path, key: str, reply: Reply) -> None:
    """Add a reply to a cache, a file of JSON lines."""
    with path.open("a") as file:
        file.write(json.dumps({"key": key, **asdict(reply)}) + "\n")


def read_problems(path: Path, dataset: str) -> Loaded:
    """Problems of a JSON-lines file: the dataset's FIELDS, and "category" where these do not name the class."""
    module = DATASETS[dataset]

    def build(row: dict) -> Problem:
        typed(row, module.FIELDS)
        problem = module.problem_of(row, str(row.get("category", "")))
        expect_class(problem.category, module.CATEGORIES)
        expect_text(gold=problem.answers)
        return problem

    return gather(json_rows(path), build)


def row_of(problem: Problem, reply: Reply) -> dict:
    """One line of TRACES: what the teacher wrote, and whether to use it, as the paper uses what R1 solved.

    Used is a reply with a trace that came to its own end and whose answer the strict verifier accepts; `reason` says
    why not. `answer` is what stands in the reply's answer tags, where there are some.
    """
    text = f"<think></think>{reply.answer}"
    reason = check_answer(problem, text).reason if reply.trace else "trace: there is none"
    if reply.finish_reason in ("length", "content_filter"):
        reason = f"the reply is cut off ({reply.finish_reason})"
    return {
        "problem": problem.id,
        "question": problem.question,
        "trace": reply.trace,
        "answer": split_completion(text).answer or "",
        "used": not reason,
        "reason": reason,
        "finish_reason": reply.finish_reason,
        "tokens": reply.completion_tokens,
        "model": reply.model,
    }


def main(argv: list[str]) -> None:
    """Ask a teacher about a file of problems; see the module's docstring."""
    args = _arguments(argv)
    loaded = read_problems(Path(args.problems), args.dataset)
    if loaded.rejected:
        print(loaded.report())
    problems = loaded.problems[: args.limit]
    try:
        replies = _replies_to([DATASETS[args.dataset].render(problem) for problem in problems], args)
        rows = [row_of(problem, reply) for problem, reply in zip(problems, replies, strict=True)]
        write_text(Path(args.out), "".join(json.dumps(row) + "\n" for row in rows))
    except OSError as error:
        why = f"cannot be used ({error.strerror}); check the path, its rights and the disk, then run again"
        raise InputError(f"{error.filename or args.out}: {why}") from None
    print(f"{sum(row['used'] for row in rows)} of {len(rows)} replies to be used -> {args.out}")


def _arguments(argv: list[str]) -> Namespace:
    parser = Parser(prog="python -m lib.traces.teacher", description="Let a teacher write traces for problems.")
    parser.add_argument("problems", metavar="PROBLEMS", help="JSON lines: the dataset's fields, and category")
    parser.add_argument("--dataset", required=True, choices=tuple(DATASETS))
    parser.add_argument("--out", required=True, metavar="TRACES", help="JSON lines to write, beside TRACES.cache")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N problems")
    parser.add_argument("--max-tokens", type=int, default=8192, metavar="N", help="of trace and answer")
    parser.add_argument("--yes", action="store_true", help="ask without confirmation of the estimated cost")
    args = parser.parse_args(argv)
    if Path(args.out).resolve() == Path(args.problems).resolve():
        raise InputError(f"--out {args.out}: expected a file of its own for the traces; name another")
    return args


def _replies_to(prompts: Sequence[str], args: Namespace) -> list[Reply]:
    """From the cache, or asked for once the price is told and agreed to."""
    model, cache = os.environ.get("TEACHER_MODEL", ""), Path(f"{args.out}.cache")
    if not model:
        raise InputError("TEACHER_MODEL is not set; expected something like TEACHER_MODEL=deepseek-r1")
    sampling = SAMPLING | {"max_tokens": args.max_tokens}
    keys = {prompt: key_of(model, prompt, sampling) for prompt in prompts}
    replies = kept(cache)
    if missing := [prompt for prompt in prompts if keys[prompt] not in replies]:
        client = connect()
        print(f"{len(missing)} of {len(prompts)} problems have no reply in {cache} yet")
        _tell_price(missing, replies.values(), args.max_tokens)
        if not args.yes and not (sys.stdin.isatty() and input("ask? [y/N] ").strip().lower() in ("y", "yes")):
            raise InputError("nothing was asked: expected a yes, as this may cost money; --yes asks without")
        with client, Progress("teacher", len(missing), "replies") as progress:
            for prompt in missing:
                try:
                    replies[keys[prompt]] = ask(client, model, prompt, sampling)
                except (InputError, KeyboardInterrupt) as error:
                    why = f"expected a reply from {client.base_url}, found {str(error) or 'an interrupt'}"
                    raise InputError(f"{why}; {len(replies)} replies are kept in {cache}, run again to go on") from None
                keep(cache, keys[prompt], replies[keys[prompt]])
                progress.advance()
        new = [replies[keys[prompt]] for prompt in missing]
        counts = ([reply.prompt_tokens or 0 for reply in new], [reply.completion_tokens or 0 for reply in new])
        print(_priced("real", *map(sum, counts)))
    return [replies[keys[prompt]] for prompt in prompts]


def _tell_price(prompts: Sequence[str], so_far: Iterable[Reply], max_tokens: int) -> None:
    known = [reply.completion_tokens for reply in so_far if reply.completion_tokens is not None]
    each = sum(known) / len(known) if known else min(TOKENS_PER_REPLY, max_tokens)
    origin = f"the mean of {len(known)} replies so far" if known else "a guess"
    n, prompt_tokens = len(prompts), sum(map(len, prompts)) // CHARACTERS_PER_TOKEN
    print(f"prompt tokens: characters / {CHARACTERS_PER_TOKEN}; completion tokens: {each:,.0f} per reply, {origin}")
    print(_priced("expected", prompt_tokens, round(n * each)))
    print(_priced("at most", prompt_tokens, n * max_tokens), flush=True)


def _priced(title: str, prompt_tokens: int, completion_tokens: int) -> str:
    """A line that says what so many tokens cost, where both prices are set."""
    names = "TEACHER_PRICE_IN", "TEACHER_PRICE_OUT"
    try:
        prices = [float(os.environ.get(name) or "nan") for name in names]
        if any(price < 0 or math.isinf(price) for price in prices):
            raise ValueError("no price")
    except ValueError:
        raise InputError(f"{' and '.join(names)}: expected prices of a million tokens, as in {names[0]}=0.55") from None
    cost = (prompt_tokens * prices[0] + completion_tokens * prices[1]) / 1e6
    told = "not known" if math.isnan(cost) else f"{cost:,.2f}"
    return f"{title:8}{prompt_tokens:>12,} prompt tokens{completion_tokens:>14,} completion tokens; cost: {told}"


if __name__ == "__main__":
    run_cli(main)
