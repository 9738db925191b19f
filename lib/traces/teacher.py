"""A teacher: any OpenAI-compatible endpoint that writes reasoning traces for problems (paper, part 2).

    TEACHER_BASE_URL=http://127.0.0.1:8000/v1 TEACHER_MODEL=deepseek-r1 \\
        python -m lib.traces.teacher PROBLEMS.jsonl --dataset cotemp --out TRACES.jsonl

PROBLEMS.jsonl: one object a line with the dataset's released field names (its FIELDS) and "category". Every reply is
kept at once in TRACES.jsonl.cache, so a run that was stopped goes on where it was; TRACES.jsonl is written at the end.
TEACHER_API_KEY is optional for local servers; TEACHER_PRICE_IN and TEACHER_PRICE_OUT are prices a million tokens.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lib.datasets import DATASETS
from lib.datasets.problem import Loaded, Problem, gather
from lib.errors import InputError, Parser, run_cli
from lib.files import json_rows, typed
from lib.traces.endpoint import Endpoint, Pace, ask
from lib.traces.replies import Cache, Reply
from lib.verify import verify
from lib.verify.completion import split_completion

SAMPLING = {"temperature": 0.6, "top_p": 0.95}  # as DeepSeek-R1's model card advises
CHARACTERS_A_TOKEN = 4  # rule of thumb for English
TOKENS_A_REPLY = 1500  # a guess, until a cache holds replies
LOG_LINE = "{desc}: {n_fmt} of {total_fmt} replies, {elapsed} gone, {remaining} to go\n"
CUT_OFF = ("length", "content_filter")  # finish reasons of a reply that did not come to its own end
_TAG = re.compile(r"</?(?:think|answer)>", re.IGNORECASE | re.ASCII)

# --- tokens and costs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tokens:
    """Counted or expected tokens of some replies, and their price (None: not known)."""

    replies: int
    prompt: int
    completion: int
    cost: float | None

    def line(self, title: str) -> str:
        """One line of the table that HEAD begins."""
        cost = "not known" if self.cost is None else f"{self.cost:,.2f}"
        return f"{title:10}{self.replies:>9,}{self.prompt:>16,}{self.completion:>19,}{cost:>12}"


HEAD = f"{'':10}{'replies':>9}{'prompt tokens':>16}{'completion tokens':>19}{'cost':>12}"


def estimate(endpoint: Endpoint, prompts: Sequence[str], tokens_a_reply: float = TOKENS_A_REPLY) -> Tokens:
    """What asking these prompts may take: prompt tokens by the rule of four characters each."""
    prompt = sum(math.ceil(len(text) / CHARACTERS_A_TOKEN) for text in prompts)
    completion = round(len(prompts) * tokens_a_reply)
    return Tokens(len(prompts), prompt, completion, endpoint.cost(prompt, completion))


def usage(endpoint: Endpoint, replies: Sequence[Reply]) -> Tokens:
    """What these replies took by the endpoint's own count; a reply that does not tell counts as 0."""
    prompt = sum(reply.prompt_tokens or 0 for reply in replies)
    completion = sum(reply.completion_tokens or 0 for reply in replies)
    return Tokens(len(replies), prompt, completion, endpoint.cost(prompt, completion))


# --- problems in, traces out --------------------------------------------------------------------------------


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
    text = f"<think>{_TAG.sub(' ', reply.trace)}</think> <answer>{answer}</answer>"
    verdict = verify(problem, text)
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
        expected = _estimates(endpoint, list(missing.values()), cache, args.max_tokens)
        print(f"{len(missing)} of {len(problems)} problems have no reply in {cache.path} yet")
        print(*expected, sep="\n", flush=True)
        if not args.yes:
            _confirm()
        replies = _asked(endpoint, missing, cache, sampling, Pace(args.per_minute))
        print(*expected, usage(endpoint, replies).line("real"), sep="\n")
        if silent := sum(reply.completion_tokens is None for reply in replies):
            print(f"{silent} of these replies came without counts and are not in the last line's tokens")
    rows = [row_of(problem, cache.replies[keys[problem.id]]) for problem in problems]
    _write(out, rows)
    print(f"{sum(row['used'] for row in rows)} of {len(rows)} replies to be used -> {out}")


def _estimates(endpoint: Endpoint, prompts: list[str], cache: Cache, max_tokens: int) -> list[str]:
    known = [reply.completion_tokens for reply in cache.replies.values() if reply.completion_tokens is not None]
    each = sum(known) / len(known) if known else min(TOKENS_A_REPLY, max_tokens)
    origin = f"the mean of {len(known)} replies so far" if known else "a guess"
    note = f"prompt tokens: characters / {CHARACTERS_A_TOKEN}; completion tokens: {each:,.0f} a reply, {origin}"
    rows = estimate(endpoint, prompts, each).line("expected"), estimate(endpoint, prompts, max_tokens).line("at most")
    return [note, HEAD, *rows]


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise InputError("nothing was asked: this may cost money; expected --yes where there is no terminal to ask at")
    with suppress(EOFError, KeyboardInterrupt):
        if input("ask? [y/N] ").strip().lower() in ("y", "yes"):
            return
    raise InputError("nothing was asked: not confirmed")


def _asked(endpoint: Endpoint, prompts: dict[str, str], cache: Cache, sampling: dict, pace: Pace) -> list[Reply]:
    """The new replies, with a bar that redraws itself on a terminal and is one line every half minute in a log."""
    look = {"mininterval": 5} if sys.stderr.isatty() else {"mininterval": 30, "bar_format": LOG_LINE}
    replies = ask(endpoint, prompts.items(), cache, sampling, pace=pace)
    try:
        return [reply for _, reply in tqdm(replies, "teacher", len(prompts), unit="reply", **look)]
    except KeyboardInterrupt:
        raise InputError(f"interrupted; replies so far are kept in {cache.path}, run again to go on") from None


def _write(path: Path, rows: list[dict]) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); replies are kept, run again") from None


def _parser() -> Parser:
    def number(kind: type, least: float) -> Callable[[str], float]:
        def read(text: str) -> float:
            if not least <= (value := kind(text)) < math.inf:
                raise ValueError
            return value

        read.__name__ = f"number of at least {least}"  # argparse: "invalid … value"
        return read

    parser = Parser(
        prog="python -m lib.traces.teacher", description="Let a teacher write reasoning traces for problems."
    )
    parser.add_argument("problems", metavar="PROBLEMS", help="JSON lines: the dataset's fields, and category")
    parser.add_argument("--dataset", required=True, choices=tuple(DATASETS))
    parser.add_argument("--out", required=True, metavar="TRACES", help="JSON lines to write, beside TRACES.cache")
    parser.add_argument("--limit", type=number(int, 1), metavar="N", help="only the first N problems")
    parser.add_argument("--max-tokens", type=number(int, 1), default=8192, metavar="N", help="of trace and answer")
    parser.add_argument("--per-minute", type=number(float, 0), default=0, metavar="N", help="requests (0: no limit)")
    parser.add_argument("--yes", action="store_true", help="ask without confirmation of the estimated cost")
    return parser


if __name__ == "__main__":
    run_cli(main)
