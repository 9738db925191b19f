"""One front door: `python -m lib.run notebook|plan|cells|keep|check`, each with --help."""

import argparse
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from lib.errors import InputError, Parser, run_cli
from lib.run import cells, experiments, notebook


def main(argv: list[str]) -> None:
    """Command line; exits with 1 where a notebook or a cell fails or differs, with 2 for bad input."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.do(arguments)
    except notebook.NotebookFailed as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on")


def _parser() -> Parser:
    parser = Parser(prog="python -m lib.run", description="Run notebooks; plan, train, keep and check cells.")
    commands = parser.add_subparsers(required=True, metavar="notebook|plan|cells|keep|check")

    def command(name: str, about: str, do: Callable[[Namespace], None]) -> Parser:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(do=do)
        return one

    pages = command("notebook", "run notebooks and write them with their outputs", _run_notebooks)
    plan = command("plan", "what is missing of a profile, and what it will cost", experiments.show_plan)
    train = command("cells", "train what is missing of a profile, or one cell", _train)
    keep = command("keep", "copy finished cells into data/records, to be committed", experiments.keep)
    check = command("check", "repeat committed records and compare", experiments.check)

    pages.add_argument("names", nargs="*", metavar="NOTEBOOK", help="a name as in notebooks/, or a path")
    pages.add_argument(
        *("-p", "--parameter"), nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help="a parameter other than its default; the run is then written to build/runs/",
    )  # fmt: skip
    pages.add_argument("--output-dir", type=Path, metavar="DIR", help="write here, and leave the committed pair alone")
    pages.add_argument("--check", action="store_true", help="only tell which .ipynb are out of step with their .py")
    either = train.add_mutually_exclusive_group(required=True)
    either.add_argument("--one", metavar="JSON", help="this cell: a command as in its config.json")
    for one, options in ((plan, {}), (either, {"nargs": "?"}), (keep, {}), (check, {})):
        one.add_argument("profile", help="a name in profiles.yml", **options)
    for one in (plan, train):
        one.add_argument("--fresh", action="store_true", help="as if nothing were finished or recorded")
        one.add_argument("--workers", type=_count, default=0, metavar="N", help="processes at once (local)")
    train.add_argument("--executor", choices=("local", "ray"), default="local")
    check.add_argument("--first", type=_count, default=0, metavar="N", help="only the first N")
    return parser


def _count(text: str) -> int:
    """0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected 0 or more, found {text!r}")
    return int(text)


def _run_notebooks(arguments: Namespace) -> None:
    if arguments.check:
        notebook.check_all()
    else:
        notebook.run_named(arguments.names, arguments.parameter, arguments.output_dir)


def _train(arguments: Namespace) -> None:
    if arguments.one is None:
        experiments.run(arguments)
        return
    try:
        row = json.loads(arguments.one)
    except ValueError as error:
        raise InputError(f"the cell is not JSON ({error}); expected an object with dataset, student, arm") from None
    cell = cells.cell_of(row)
    from lib.run import train_cell  # here: it loads torch, which takes seconds

    print(json.dumps(train_cell.run(cell, cells.ROOT), indent=1))


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    run_cli(main)
