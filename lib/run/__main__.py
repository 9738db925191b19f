"""One front door: `python -m lib.run notebook|plan|cells|keep|check`, each with --help."""

import argparse
import json
import os
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from lib.errors import InputError, Parser, run_cli
from lib.files import BUILD, write_text
from lib.run import cells, local, notebook, records
from lib.run.cells import Cell

# make paper asks every time what is missing, and need not wait for torch and pandas: they are imported where needed.


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
    plan = command("plan", "what is missing of a profile, and what it will cost", _plan)
    train = command("cells", "train what is missing of a profile, or one cell", _train)
    keep = command("keep", "copy finished cells into data/records, to be committed", _keep)
    check = command("check", "repeat committed records and compare", _check)

    pages.add_argument("names", nargs="*", metavar="NOTEBOOK", help="a name as in notebooks/, or a path")
    other = "a parameter other than its default; the run is then written to build/runs/"
    pages.add_argument("-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help=other)
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
    check.add_argument("--first", type=_count, metavar="N", help="only the first N")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected 0 or more, found {text!r}")
    return int(text)


def _run_notebooks(given: Namespace) -> None:
    if given.check:
        notebook.check_all()
    else:
        notebook.run_named(given.names, given.parameter, given.output_dir)


def _plan(given: Namespace) -> None:
    """Print what a profile will cost, cell by cell."""
    wanted = cells.profile(given.profile)
    todo = wanted if given.fresh else records.missing(wanted)
    if not todo:
        print(f"{given.profile}: nothing to run, all {len(wanted)} cells are finished or recorded")
        return
    from lib.run import plan

    if heavy := plan.need_gpu(todo):
        print(plan.on_cards(todo).to_string(index=False))
        print(f"{given.profile}: needs a GPU, which is not here: {', '.join(heavy)} have too many weights for a CPU")
        return
    table = plan.plan(todo)
    print(table.to_string(index=False))
    print(f"{given.profile}: {plan.summary(table, given.workers or 1)}")


def _train(given: Namespace) -> None:
    """Train one cell, or what is missing of a profile.

    A fresh run has a root of its own, so that a killed one goes on there.
    """
    if given.one is not None:
        _train_one(given.one)
        return
    wanted = cells.profile(given.profile)
    root = BUILD / "fresh" / given.profile if given.fresh else cells.ROOT
    if todo := [c for c in wanted if not local.finished(c, root)] if given.fresh else records.missing(wanted):
        _execute(todo, root, given)
    if given.fresh:
        _take_over(wanted, root)
    _write_state(given.profile, wanted)


def _train_one(text: str) -> None:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise InputError(f"the cell is not JSON ({error}); expected an object with dataset, student, arm") from None
    cell = cells.cell_of(row)
    from lib.run import train_cell

    print(json.dumps(train_cell.run(cell, cells.ROOT), indent=1))


def _execute(todo: Sequence[Cell], root: Path, given: Namespace) -> None:
    """Run cells; exits with 1 where some failed, when the others are finished."""
    from lib.run import plan

    engine, workers = local, given.workers or 1
    table = plan.plan(todo)
    print(f"{given.profile}: {plan.summary(table, workers)}", flush=True)
    if given.executor == "ray":
        from lib.run import on_ray as engine  # Ray is an extra
    began = time.monotonic()
    outcomes = engine.run(todo, root, given.workers)
    planned, taken = table["minutes"].sum() / workers, (time.monotonic() - began) / 60
    print(f"{given.profile}: planned {planned:.1f} min, took {taken:.1f} min ({100 * (taken / planned - 1):+.0f} %)")
    if failed := [outcome for outcome in outcomes if outcome.error]:
        for outcome in failed:
            print(f"error: {outcome.cell.id}: {outcome.error}", file=sys.stderr)
        sys.exit(f"error: {len(failed)} of {len(todo)} cells failed; the same command goes on with them")


def _take_over(wanted: Sequence[Cell], fresh: Path) -> None:
    """Tell how cells trained anew compare with their committed records, and put them into build/cells."""
    differing = {c.id: records.differences(fresh / c.id, records.FOLDER / c.id) for c in records.repeatable(wanted)}
    for name, files in differing.items():
        if files:
            print(f"{name}: differs from its record in {', '.join(files)}")
    same = list(differing.values()).count([])
    print(f"{same} of {len(differing)} cells tell what their committed records tell, times aside")
    for cell in wanted:
        shutil.rmtree(cells.ROOT / cell.id, ignore_errors=True)
        shutil.copytree(fresh / cell.id, cells.ROOT / cell.id)
    shutil.rmtree(fresh)


def _write_state(profile: str, wanted: Sequence[Cell]) -> None:
    """build/results/<profile>.txt: which cells there are, written only when that changes (notebooks depend on it)."""
    folders = [records.find(cell) for cell in wanted]
    lines = [f"{f.name} {json.dumps(records.metrics(f)['test'], sort_keys=True)}\n" for f in folders if f]
    path, text = BUILD / "results" / f"{profile}.txt", "".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def _keep(given: Namespace) -> None:
    """Copy a profile's finished cells into data/records; records that no profile asks for any more are removed."""
    kept = records.keep(cells.profile(given.profile))
    removed = records.prune([cell for name in cells.profile_names() for cell in cells.profile(name)])
    print(f"{kept} records kept in data/records, {removed} that no profile asks for removed; commit them")


def _check(given: Namespace) -> None:
    """Repeat a profile's (`first`) records in build/check and compare; exits with 1 where one differs.

    On another machine rounding may differ, and with it texts; on the machine of the records nothing may.
    """
    wanted = records.repeatable(cells.profile(given.profile))
    if not wanted:
        raise InputError(f"{given.profile}: no committed records of the code as it is; expected some in data/records")
    from lib.run import train_cell

    different = 0
    for cell in wanted[: given.first or None]:
        train_cell.run(cell, BUILD / "check")
        found = records.differences(BUILD / "check" / cell.id, records.FOLDER / cell.id)
        print(f"{cell.id}: {'differs in ' + ', '.join(found) if found else 'the same'}", flush=True)
        different += bool(found)
    if different:
        sys.exit(f"error: {different} records are not what their command gives on this machine")


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    run_cli(main)
