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

    given: profile, fresh, workers, executor. A fresh run has a root of its own, so that a killed one goes on there.
    """
    wanted = cells.profile(given.profile)
    root = BUILD / "fresh" / given.profile if given.fresh else cells.ROOT
    if todo := [c for c in wanted if not local.finished(c, root)] if given.fresh else records.missing(wanted):
        _execute(todo, root, given)
    if given.fresh:
        _take_over(wanted, root)
    _write_state(given.profile, wanted)


def _execute(todo: Sequence[Cell], root: Path, given: Namespace) -> None:
    from lib.run import plan

    table, workers = plan.plan(todo), given.workers or 1
    print(f"{given.profile}: {plan.summary(table, workers)}", flush=True)
    if given.executor == "ray":
        from lib.run import on_ray as engine  # here: Ray is an extra
    else:
        engine = local
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
    differing = {c.id: records.differences(fresh / c.id, records.FOLDER / c.id) for c in wanted if records.recorded(c)}
    for name, files in differing.items():
        if files:
            print(f"{name}: differs from its record in {', '.join(files)}")
    same = list(differing.values()).count([])
    print(f"{same} of {len(differing)} cells tell what their committed records tell, times aside")
    for cell in wanted:
        shutil.rmtree(cells.ROOT / cell.id, ignore_errors=True)
        shutil.copytree(fresh / cell.id, cells.ROOT / cell.id)
    shutil.rmtree(fresh)


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
