"""The verifier's command line: `python -m lib.verify FILE... --dataset cotemp|babi|marco`."""

import json
from collections.abc import Sequence
from pathlib import Path

from lib.datasets import DATASETS, read_outputs
from lib.errors import InputError, Parser, run_cli
from lib.verify import PROTOCOLS, released, summarize, verify_all


def main(argv: list[str]) -> None:
    """Score files of outputs; see --help."""
    args = _parser().parse_args(argv)
    categories = DATASETS[args.dataset].CATEGORIES
    if args.category is not None and args.category not in categories:
        raise InputError(f"--category {args.category!r}: expected one of {', '.join(categories)}")
    gold = released.GoldFile.read(Path(args.gold), args.dataset) if args.gold else None
    protocol = {"answers": args.answers, "steps": args.steps}
    rows = []
    for file in args.files:
        outputs = read_outputs(Path(file), args.dataset, args.category)
        summary = summarize(verify_all(outputs, gold=gold, **protocol))
        rows.append({"file": file, "n": summary.pop("n"), "unparsed": summary.pop("unparsed"), **protocol, **summary})
    if args.format == "json":
        print("\n".join(json.dumps(row) for row in rows))
    else:
        print(_as_table(rows))


def _parser() -> Parser:
    parser = Parser(prog="python -m lib.verify", description="Verify answers and traces in files of model outputs.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSON lines: prediction, gold, question, facts …")
    parser.add_argument("--dataset", required=True, choices=tuple(DATASETS))
    parser.add_argument("--category", help="class of lines that do not name their own (default: the folder's name)")
    parser.add_argument("--answers", choices=PROTOCOLS, default="strict")
    parser.add_argument("--steps", choices=PROTOCOLS, default="strict")
    parser.add_argument("--gold", metavar="FILE", help="SFT test file of the release, for --steps released")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    return parser


def _as_table(rows: Sequence[dict]) -> str:
    """The rows for people: percentages of all outputs, one line per file."""
    head = f"{'answer':>7}{'f1':>7}{'class':>7}{'IR':>7}{'trace':>7}{'n':>7}{'unparsed':>10}  file"
    lines = [f"answers: {rows[0]['answers']}, steps: {rows[0]['steps']}; percent of all outputs", head]
    for row in rows:
        numbers = (row["scores"]["acc"], row["scores"]["f1"], *row["accuracy"].values())
        lines.append("".join(f"{x:7.1f}" for x in numbers) + f"{row['n']:7d}{row['unparsed']:10d}  {row['file']}")
    return "\n".join(lines)


if __name__ == "__main__":
    run_cli(main)
