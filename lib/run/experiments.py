"""The experiments of a profile, from the command line.

python -m lib.run.experiments plan laptop      what is missing, and what it will cost
python -m lib.run.experiments run laptop       train what is missing; --fresh: train everything anew
python -m lib.run.experiments keep laptop      copy finished cells into data/records, to be committed
python -m lib.run.experiments check laptop     repeat committed records and compare
"""

import importlib.util
import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence

from lib.errors import InputError, Parser, run_cli
from lib.files import write_text
from lib.run import cells, profiles, records
from lib.run.cells import Cell

BUILD = cells.ROOT.parent
_BEGUN = "fresh-{}.json"


def missing(wanted: Sequence[Cell]) -> list[Cell]:
    """The cells that are neither trained here nor recorded."""
    return [cell for cell in wanted if records.find(cell) is None]


def show_plan(arguments: Namespace) -> None:
    """Print what a profile will cost, cell by cell."""
    wanted = profiles.load(arguments.profile)
    todo = wanted if arguments.fresh else missing(wanted)
    if not todo:
        print(f"{arguments.profile}: nothing to run, all {len(wanted)} cells are finished or recorded")
        return
    from lib.run import plan

    table = plan.plan(todo, cuda=_cuda())
    print(table.to_string(index=False))
    print(f"{arguments.profile}: {plan.summary(table, arguments.workers or 1)}")


def run(arguments: Namespace) -> None:
    """Train what is missing. Exits with 1 where a cell failed; the others are finished nevertheless."""
    wanted = profiles.load(arguments.profile)
    todo = _anew(wanted, arguments.profile) if arguments.fresh else missing(wanted)
    if todo:
        _execute(todo, arguments)
    if arguments.fresh:
        _compare(wanted)
        (BUILD / _BEGUN.format(arguments.profile)).unlink(missing_ok=True)
    _write_state(arguments.profile, wanted)


def _execute(todo: Sequence[Cell], arguments: Namespace) -> None:
    from lib.run import local, plan

    table = plan.plan(todo, cuda=_cuda())
    print(f"{arguments.profile}: {plan.summary(table, arguments.workers or 1)}", flush=True)
    began = time.monotonic()
    outcomes = local.run(todo, cells.ROOT, arguments.executor, arguments.workers)
    taken = (time.monotonic() - began) / 60
    print(f"{arguments.profile}: {plan.how_far_off(table['minutes'].sum() / (arguments.workers or 1), taken)}")
    if failed := [outcome for outcome in outcomes if outcome.error]:
        for outcome in failed:
            print(f"error: {outcome.cell.id}: {outcome.error}", file=sys.stderr)
        sys.exit(f"error: {len(failed)} of {len(todo)} cells failed; the same command goes on with them")


def _anew(wanted: Sequence[Cell], profile: str) -> list[Cell]:
    """The cells that a fresh run still has to train: all but those finished since it began; older ones are removed."""
    path = BUILD / _BEGUN.format(profile)
    if not path.exists():
        write_text(path, json.dumps({"began": time.time()}) + "\n")
    began = json.loads(path.read_text(encoding="utf-8"))["began"]
    todo = []
    for cell in wanted:
        folder = cells.ROOT / cell.id
        finished = folder / "metrics.json"
        if not finished.exists():
            todo.append(cell)
        elif finished.stat().st_mtime < began:
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            todo.append(cell)
    return todo


def _compare(wanted: Sequence[Cell]) -> list[str]:
    """Tell how cells trained here compare with their committed records; the ids of those that differ."""
    pairs = [(cells.ROOT / cell.id, records.FOLDER / cell.id) for cell in wanted]
    pairs = [(trained, record) for trained, record in pairs if trained.is_dir() and record.is_dir()]
    different = []
    for trained, record in pairs:
        if found := records.differences(trained, record):
            different.append(record.name)
            print(f"{record.name}: differs from its record in {', '.join(found)}")
    print(f"{len(pairs) - len(different)} of {len(pairs)} cells tell what their committed records tell, times aside")
    return different


def check(arguments: Namespace) -> None:
    """Repeat committed records of a profile in build/check and compare; exits with 1 where one differs.

    On another machine rounding may differ, and with it texts; on the machine of the records nothing may.
    """
    from lib.run import train_cell

    wanted = [cell for cell in profiles.load(arguments.profile) if (records.FOLDER / cell.id).is_dir()]
    if not wanted:
        raise InputError(
            f"{arguments.profile}: no committed records of the code as it is; expected some in data/records"
        )
    different = []
    for cell in wanted[: arguments.first or None]:
        records.check_sums(records.FOLDER / cell.id)
        train_cell.run(cell, BUILD / "check")
        found = records.differences(BUILD / "check" / cell.id, records.FOLDER / cell.id)
        print(f"{cell.id}: {'differs in ' + ', '.join(found) if found else 'the same'}", flush=True)
        different += [cell.id] if found else []
    if different:
        sys.exit(f"error: {len(different)} records are not what their command gives on this machine")


def keep(arguments: Namespace) -> None:
    """Copy finished cells into data/records; records there of which no profile has a cell any more are removed."""
    kept = records.keep(profiles.load(arguments.profile))
    removed = records.prune([cell for name in profiles.names() for cell in profiles.load(name)])
    print(f"{kept} records kept in data/records, {removed} that no profile asks for removed; commit them")


def _write_state(profile: str, wanted: Sequence[Cell]) -> None:
    """build/results/<profile>.txt: which cells there are, written only when that changes (notebooks depend on it)."""
    folders = [records.find(cell) for cell in wanted]
    lines = [f"{f.name} {json.dumps(records.metrics(f)['test'], sort_keys=True)}\n" for f in folders if f]
    path = BUILD / "results" / f"{profile}.txt"
    text = "".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def _cuda() -> bool:
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()


def main(argv: list[str]) -> None:
    """Command line; exits with 1 where a cell fails or differs, with 2 for bad input."""
    parser = Parser(
        prog="python -m lib.run.experiments", description="Plan, run, keep and check the cells of a profile."
    )
    commands = parser.add_subparsers(required=True, metavar="plan|run|keep|check")
    for name, do, about in (
        ("plan", show_plan, "what is missing, and what it will cost"),
        ("run", run, "train what is missing"),
        ("keep", keep, "copy finished cells into data/records"),
        ("check", check, "repeat committed records and compare"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("profile", help="a name in profiles.yml")
        command.set_defaults(do=do)
        if name in ("plan", "run"):
            command.add_argument("--fresh", action="store_true", help="as if nothing were finished or recorded")
            command.add_argument("--workers", type=int, default=0, metavar="N", help="processes at once (local)")
        if name == "run":
            command.add_argument("--executor", choices=("local", "ray"), default="local")
        if name == "check":
            command.add_argument("--first", type=int, default=0, metavar="N", help="only the first N")
    arguments = parser.parse_args(argv)
    try:
        arguments.do(arguments)
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on")


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    run_cli(main)
