"""The cells of a profile: what they cost, training what is missing, keeping records of them, checking those."""

import json
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from lib.errors import InputError
from lib.files import BUILD, write_text
from lib.run import cells, local, records
from lib.run.cells import Cell


def show_plan(given: Namespace) -> None:
    """Print what a profile will cost, cell by cell. given: profile, fresh, workers."""
    wanted = cells.profile(given.profile)
    todo = wanted if given.fresh else records.missing(wanted)
    if not todo:
        print(f"{given.profile}: nothing to run, all {len(wanted)} cells are finished or recorded")
        return
    from lib.run import plan  # here: make paper asks every time what is missing, and need not wait for pandas

    table = plan.plan(todo)
    print(table.to_string(index=False))
    print(f"{given.profile}: {plan.summary(table, given.workers or 1)}")


def run(given: Namespace) -> None:
    """Train what is missing. Exits with 1 where a cell failed; the others are finished nevertheless.

    given: profile, fresh, workers, executor.
    """
    wanted = cells.profile(given.profile)
    begun = BUILD / f"fresh-{given.profile}.json"
    todo = _anew(wanted, begun) if given.fresh else records.missing(wanted)
    if todo:
        _execute(todo, given.profile, given.workers, given.executor)
    if given.fresh:
        _compare(wanted)
        begun.unlink(missing_ok=True)
    _write_state(given.profile, wanted)


def _execute(todo: Sequence[Cell], profile: str, workers: int, executor: str) -> None:
    from lib.run import plan

    table = plan.plan(todo)
    print(f"{profile}: {plan.summary(table, workers or 1)}", flush=True)
    if executor == "ray":
        from lib.run import on_ray as engine  # here: Ray is an extra
    else:
        engine = local
    began = time.monotonic()
    outcomes = engine.run(todo, cells.ROOT, workers)
    planned, taken = table["minutes"].sum() / (workers or 1), (time.monotonic() - began) / 60
    print(f"{profile}: planned {planned:.1f} min, took {taken:.1f} min ({100 * (taken / planned - 1):+.0f} %)")
    if failed := [outcome for outcome in outcomes if outcome.error]:
        for outcome in failed:
            print(f"error: {outcome.cell.id}: {outcome.error}", file=sys.stderr)
        sys.exit(f"error: {len(failed)} of {len(todo)} cells failed; the same command goes on with them")


def _anew(wanted: Sequence[Cell], begun: Path) -> list[Cell]:
    """The cells that a fresh run still has to train: all but those finished since it began; older ones are removed.

    begun: a file as old as that run, which may have been stopped in between.
    """
    if not begun.exists():
        write_text(begun, json.dumps({"began": time.time()}) + "\n")
    began = json.loads(begun.read_text(encoding="utf-8"))["began"]
    todo = []
    for cell in wanted:
        finished = cells.ROOT / cell.id / records.METRICS
        if finished.exists() and finished.stat().st_mtime < began:
            shutil.rmtree(finished.parent)
        if not finished.exists():
            todo.append(cell)
    return todo


def _compare(wanted: Sequence[Cell]) -> None:
    """Tell how cells trained here compare with their committed records."""
    pairs = [(cells.ROOT / cell.id, records.FOLDER / cell.id) for cell in wanted]
    pairs = [(trained, record) for trained, record in pairs if trained.is_dir() and record.is_dir()]
    same = 0
    for trained, record in pairs:
        if found := records.differences(trained, record):
            print(f"{record.name}: differs from its record in {', '.join(found)}")
        same += not found
    print(f"{same} of {len(pairs)} cells tell what their committed records tell, times aside")


def check(given: Namespace) -> None:
    """Repeat the (`first`) records of a profile in build/check and compare; exits with 1 where one differs.

    On another machine rounding may differ, and with it texts; on the machine of the records nothing may.
    """
    from lib.run import train_cell

    wanted = [cell for cell in cells.profile(given.profile) if (records.FOLDER / cell.id).is_dir()]
    if not wanted:
        raise InputError(f"{given.profile}: no committed records of the code as it is; expected some in data/records")
    different = 0
    for cell in wanted[: given.first or None]:
        records.check_sums(records.FOLDER / cell.id)
        train_cell.run(cell, BUILD / "check")
        found = records.differences(BUILD / "check" / cell.id, records.FOLDER / cell.id)
        print(f"{cell.id}: {'differs in ' + ', '.join(found) if found else 'the same'}", flush=True)
        different += bool(found)
    if different:
        sys.exit(f"error: {different} records are not what their command gives on this machine")


def keep(given: Namespace) -> None:
    """Copy a profile's finished cells into data/records; records that no profile asks for any more are removed."""
    kept = records.keep(cells.profile(given.profile))
    removed = records.prune([cell for name in cells.profile_names() for cell in cells.profile(name)])
    print(f"{kept} records kept in data/records, {removed} that no profile asks for removed; commit them")


def _write_state(profile: str, wanted: Sequence[Cell]) -> None:
    """build/results/<profile>.txt: which cells there are, written only when that changes (notebooks depend on it)."""
    folders = [records.find(cell) for cell in wanted]
    lines = [f"{f.name} {json.dumps(records.metrics(f)['test'], sort_keys=True)}\n" for f in folders if f]
    path, text = BUILD / "results" / f"{profile}.txt", "".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
