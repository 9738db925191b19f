"""A teacher: any OpenAI-compatible endpoint that writes reasoning traces for problems (paper, part 2).

    TEACHER_BASE_URL=http://127.0.0.1:8000/v1 TEACHER_MODEL=deepseek-r1 \\
        python -m lib.traces.teacher PROBLEMS.jsonl --dataset cotemp --out TRACES.jsonl

PROBLEMS.jsonl: one object per line with the dataset's released field names (its FIELDS) and "category". Every reply is
kept at once in TRACES.jsonl.cache, so a run that was stopped goes on where it was; TRACES.jsonl is written at the end.
TEACHER_API_KEY is optional for local servers; TEACHER_PRICE_IN and TEACHER_PRICE_OUT are prices per million tokens.
OPENAI_LOG=info tells of every question that is asked again.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lib.datasets import DATASETS
from lib.datasets.problem import Loaded, Problem, gather
from lib.errors import InputError, Parser, run_cli
from lib.files import json_rows, typed, write_text
from lib.progress import Progress
from lib.traces.endpoint import Cache, Endpoint, Reply, ask
from lib.verify import verify
from lib.verify.completion import split_completion

SAMPLING = {"temperature": 0.6, "top_p": 0.95}  # as DeepSeek-R1's model card advises
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English
TOKENS_PER_REPLY = 1500  # a guess, until a cache holds replies
CUT_OFF = ("length", "content_filter")  # finish reasons of a reply that did not come to its own end
HEAD = f"{'':10}{'replies':>9}{'prompt tokens':>16}{'completion tokens':>19}{'cost':>12}"
_TAG = re.compile(r"</?(?:think|answer)>", re.IGNORECASE | re.ASCII)


def cost_line(title: str, endpoint: Endpoint, replies: int, prompt_tokens: int, completion_tokens: int) -> str:
    """A line of the table that HEAD begins; the cost is known where both prices are."""
    cost = "not known"
    if endpoint.price_in is not None and endpoint.price_out is not None:
        cost = f"{(prompt_tokens * endpoint.price_in + completion_tokens * endpoint.price_out) / 1e6:,.2f}"
    return f"{title:10}{replies:>9,}{prompt_tokens:>16,}{completion_tokens:>19,}{cost:>12}"


def estimate(
    endpoint: Endpoint, prompts: Sequence[str], tokens_per_reply: float = TOKENS_PER_REPLY, title: str = "expected"
) -> str:
    """The `cost_line` of asking these prompts: prompt tokens by the rule of four characters each."""
    prompt_tokens = sum(math.ceil(len(text) / CHARACTERS_PER_TOKEN) for text in prompts)
    return cost_line(title, endpoint, len(prompts), prompt_tokens, round(len(prompts) * tokens_per_reply))


def read_problems(path: Path, dataset: str) -> Loaded:
    """Problems of a JSON-lines file: the dataset's FIELDS, and "category" where these do not name the class."""
    module = DATASETS[dataset]

    def build(row: dict) -> Problem:
        typed({"category": "", **row}, {"category": str, **module.FIELDS})
        problem = module.problem_of(row, row.get("category", ""))
        if problem.category not in module.CATEGORIES:
            raise InputError(f"category {problem.category!r}: expected one of {', '.join(module.CATEGORIES)}")
        if not problem.answers or not all(answer.strip() for answer in problem.answers):
            raise InputError("expected a gold answer, found none")
        return problem

    return gather(json_rows(path), build)


def row_of(problem: Problem, reply: Reply) -> dict:
    """One line of TRACES: what the teacher wrote, and whether to use it, as the paper uses what R1 solved.

    Used is a reply with a trace that came to its own end and whose answer the strict verifier accepts; `reason` says
    why not. `answer` is what stands in the reply's answer tags, where there are some.
    """
    answer = split_completion(f"<think></think>{reply.answer}").answer or ""
    # tags that the trace talks about would end it
    verdict = verify(problem, f"<think>{_TAG.sub(' ', reply.trace)}</think> <answer>{answer}</answer>")
    reason = "" if verdict.answer else verdict.reasons[0]
    if not reply.trace:
        reason = "trace: there is none"
    if reply.finish_reason in CUT_OFF:
        reason = f"the reply is cut off ({reply.finish_reason})"
    return {
        "problem": problem.id,
        "question": problem.question,
        "trace": reply.trace,
        "answer": answer,
        "used": not reason,
        "reason": reason,
        "finish_reason": reply.finish_reason,
        "tokens": reply.completion_tokens,
        "model": reply.model,
    }


# --- command line -------------------------------------------------------------------------------------------


def main(argv: list[str]) -> None:
    """Ask a teacher about a file of problems; see the module's docstring."""
    args = _parser().parse_args(argv)
    if min(args.max_tokens, 1 if args.limit is None else args.limit) < 1 or not args.per_minute >= 0:
        raise InputError("--limit, --max-tokens, --per-minute: expected positive numbers; leave out what has no limit")
    endpoint, out, source = Endpoint.from_environment(), Path(args.out), Path(args.problems)
    if out.is_dir() or out.resolve() == source.resolve():
        raise InputError(f"--out {out}: expected a file of its own for the traces; name another")
    loaded = read_problems(source, args.dataset)
    if loaded.rejected:
        print(loaded.report())
    problems = loaded.problems[: args.limit]
    prompts = {problem.id: DATASETS[args.dataset].render(problem) for problem in problems}
    cache, sampling = Cache(out.with_name(f"{out.name}.cache")), SAMPLING | {"max_tokens": args.max_tokens}
    keys = {name: Cache.key(endpoint.model, prompt, sampling) for name, prompt in prompts.items()}
    missing = {name: prompt for name, prompt in prompts.items() if keys[name] not in cache.replies}
    if missing:
        print(f"{len(missing)} of {len(problems)} problems have no reply in {cache.path} yet")
        _ask(endpoint, missing, cache, sampling, args)
    rows = [row_of(problem, cache.replies[keys[problem.id]]) for problem in problems]
    try:
        write_text(out, "".join(json.dumps(row) + "\n" for row in rows))
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}); replies are kept, run again") from None
    print(f"{sum(row['used'] for row in rows)} of {len(rows)} replies to be used -> {out}")


def _ask(endpoint: Endpoint, prompts: dict[str, str], cache: Cache, sampling: dict, args: argparse.Namespace) -> None:
    """Tell what it may cost, have it confirmed, ask into the cache, and tell what it took."""
    known = [reply.completion_tokens for reply in cache.replies.values() if reply.completion_tokens is not None]
    each = sum(known) / len(known) if known else min(TOKENS_PER_REPLY, args.max_tokens)
    origin = f"the mean of {len(known)} replies so far" if known else "a guess"
    expected = [
        f"prompt tokens: characters / {CHARACTERS_PER_TOKEN}; completion tokens: {each:,.0f} per reply, {origin}",
        HEAD,
        estimate(endpoint, list(prompts.values()), each),
        estimate(endpoint, list(prompts.values()), args.max_tokens, "at most"),
    ]
    print(*expected, sep="\n", flush=True)
    if not args.yes:
        _confirm()
    replies = []
    try:
        with Progress("teacher", len(prompts), "replies") as progress:
            for _, reply in ask(endpoint, prompts.items(), cache, sampling, args.per_minute):
                replies.append(reply)
                progress.advance()
    except KeyboardInterrupt:
        raise InputError(f"interrupted; replies so far are kept in {cache.path}, run again to go on") from None
    prompt_tokens, completion_tokens = (
        sum(getattr(reply, name) or 0 for reply in replies) for name in ("prompt_tokens", "completion_tokens")
    )
    print(*expected, cost_line("real", endpoint, len(replies), prompt_tokens, completion_tokens), sep="\n")
    if silent := sum(reply.completion_tokens is None for reply in replies):
        print(f"{silent} of these replies came without counts and are not in the last line's tokens")


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise InputError("nothing was asked: this may cost money; expected --yes where there is no terminal to ask at")
    with suppress(EOFError, KeyboardInterrupt):
        if input("ask? [y/N] ").strip().lower() in ("y", "yes"):
            return
    raise InputError("nothing was asked: not confirmed")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m lib.traces.teacher", description="Let a teacher write reasoning traces for problems."
    )
    parser.add_argument("problems", metavar="PROBLEMS", help="JSON lines: the dataset's fields, and category")
    parser.add_argument("--dataset", required=True, choices=tuple(DATASETS))
    parser.add_argument("--out", required=True, metavar="TRACES", help="JSON lines to write, beside TRACES.cache")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N problems")
    parser.add_argument("--max-tokens", type=int, default=8192, metavar="N", help="of trace and answer")
    parser.add_argument("--per-minute", type=float, default=0, metavar="N", help="requests (0: no limit)")
    parser.add_argument("--yes", action="store_true", help="ask without confirmation of the estimated cost")
    return parser


if __name__ == "__main__":
    run_cli(main)
