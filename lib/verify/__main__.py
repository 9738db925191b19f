"""The verifier's command line: `python -m lib.verify FILE... --dataset cotemp|babi|marco`."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from lib.datasets import DATASETS
from lib.errors import InputError, Parser, run_cli
from lib.files import whole
from lib.verify import PROTOCOLS, Verdict, inputs, released, summarize, verify_all
from lib.verify.join import NotJoined, Problems


def main(argv: list[str]) -> None:
    """Score files of outputs; see --help."""
    args = _parser().parse_args(argv)
    _check(args)
    gold = released.GoldFile.read(Path(args.gold), args.dataset) if args.gold else None
    protocol = {"answers": args.answers, "steps": args.steps}
    problems, notes = _problems(args)
    scores, verdicts = [], []
    for file in args.files:
        read = list(inputs.read(Path(file), args.dataset, args.category, problems))
        lost, broken = _faults(file, read, args.keep_going)
        judged = verify_all([row.output for row in read if row.output], gold=gold, **protocol)
        summary, left = summarize(judged), iter(judged)
        counts = {name: summary.pop(name) for name in ("n", "unparsed", "unclear")} | {"not_joined": len(lost)}
        scores.append({"file": file, **counts, "broken": len(broken), **protocol, **summary})
        verdicts += [_as_row(row, next(left) if row.output else None) for row in read]
        notes += [_note("not joined with a problem", lost), _note("broken", broken)]
    if args.out:
        _write(Path(args.out), verdicts)
    print("\n".join(map(json.dumps, scores)) if args.format == "json" else _as_table(scores))
    print("".join(f"{note}\n" for note in notes if note), end="", file=sys.stderr)


def _parser() -> Parser:
    parser = Parser(prog="python -m lib.verify", description="Verify answers and traces in files of model outputs.")
    forms = f"rows with a text in one of {', '.join(inputs.FORMS)}: JSON lines or array, parquet; - is standard input"
    parser.add_argument("files", nargs="+", metavar="FILE", help=forms)
    parser.add_argument("--dataset", required=True, choices=tuple(DATASETS))
    parser.add_argument("--category", help="class of rows that do not name their own (default: the folder's name)")
    help_ = "where rows do not hold their problems: records of the dataset, or rows that do; may be given again"
    parser.add_argument("--problems", metavar="FILE", action="append", default=[], help=help_)
    parser.add_argument("--answers", choices=PROTOCOLS, default="strict")
    parser.add_argument("--steps", choices=PROTOCOLS, default="strict")
    parser.add_argument("--gold", metavar="FILE", help="SFT test file of the release, for --steps released")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--out", metavar="FILE", help="write a verdict per row, with reasons, as JSON lines")
    parser.add_argument("--keep-going", action="store_true", help="count broken rows instead of stopping at the first")
    return parser


def _check(args: Namespace) -> None:
    """Refuse arguments that do not go together; InputError."""
    categories = DATASETS[args.dataset].CATEGORIES
    if args.category is not None and args.category not in categories:
        raise InputError(f"--category {args.category!r}: expected one of {', '.join(categories)}")
    read = [*args.files, *args.problems, *([args.gold] if args.gold else [])]
    if read.count("-") > 1:
        raise InputError("-: standard input can be read once, but is given twice")
    if args.out and Path(args.out).resolve() in [Path(file).resolve() for file in read]:
        raise InputError(f"--out {args.out}: expected a file of its own, found one that is read")
    if args.out and Path(args.out).is_dir():
        raise InputError(f"--out {args.out}: expected a file, found a folder")


def _problems(args: Namespace) -> tuple[Problems | None, list[str]]:
    """(the problems of all files given, a line on those that could not be used)."""
    problems = Problems() if args.problems else None
    for file in args.problems:
        problems.read(Path(file), args.dataset, args.category)
    left_out = problems.left_out if problems else []
    return problems, [f"--problems: {len(left_out)} rows left out: {left_out[0]}"] if left_out else []


def _faults(file: str, read: Sequence[inputs.Row], keep_going: bool) -> tuple[list[inputs.Row], list[inputs.Row]]:
    """(rows whose problem was not found, broken rows). InputError for a broken one, and where there is no other."""
    faulty = [row for row in read if row.fault]
    lost = [row for row in faulty if isinstance(row.fault, NotJoined)]
    broken = [row for row in faulty if not isinstance(row.fault, NotJoined)]
    if broken and not keep_going:
        raise InputError(f"{broken[0].place}: {broken[0].fault}")
    if not read:
        raise InputError(f"{file}: the file is empty; expected a JSON object per line")
    if len(faulty) == len(read):
        raise InputError(f"no output to verify; {faulty[0].place}: {faulty[0].fault}")
    return lost, broken


def _note(what: str, rows: Sequence[inputs.Row]) -> str:
    """How many rows of a file, and the first few by name; "" for none."""
    named = "; ".join(f"{row.place}{f' (id {row.id})' * bool(row.id)}: {row.fault}" for row in rows[:3])
    return f"{len(rows)} row{'s' * (len(rows) != 1)} {what}: {named}{' …' * (len(rows) > 3)}" if rows else ""


def _as_row(row: inputs.Row, verdict: Verdict | None) -> dict:
    """A line of --out: empty verdicts and the fault as the reason where a row could not be judged."""
    said = {name: getattr(verdict, name, None) for name in (*(field.name for field in fields(Verdict)), "trace")}
    return {"place": row.place, "id": row.id, **said, "reasons": verdict.reasons if verdict else [str(row.fault)]}


def _write(path: Path, rows: Sequence[dict]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    escaped = {"encoding": "utf-8", "errors": "backslashreplace"}  # half a pair, as JSON writes it: \ud800
    try:
        with whole(path.resolve()) as temporary, temporary.open("w", **escaped) as file:  # resolved: a link stays one
            file.writelines(lines)
    except OSError as error:
        raise InputError(f"--out {path}: cannot be written ({error.strerror})") from None


def _as_table(rows: Sequence[dict]) -> str:
    """The rows for people: percentages of all outputs, one line per file."""
    head = f"{'answer':>7}{'f1':>7}{'class':>7}{'IR':>7}{'trace':>7}{'n':>7}{'unparsed':>10}{'unclear':>9}  file"
    lines = [f"answers: {rows[0]['answers']}, steps: {rows[0]['steps']}; percent of all outputs", head]
    for row in rows:
        numbers = (row["scores"]["acc"], row["scores"]["f1"], *row["accuracy"].values())
        counts = f"{row['n']:7d}{row['unparsed']:10d}{row['unclear']:9d}"
        lines.append("".join(f"{x:7.1f}" for x in numbers) + f"{counts}  {row['file']}")
    return "\n".join(lines)


if __name__ == "__main__":
    run_cli(main)
