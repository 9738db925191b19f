"""One table from the files that a class hands in (survey.html): `python -m lib.human_study FOLDER/`."""

import sys
from pathlib import Path

import pandas as pd

from lib.errors import InputError
from lib.files import csv_rows
from lib.stats.ratings import COLUMNS, PROBLEM

TRACES = "traces"  # a column of the survey's page; FROM: what it says of the traces that people rated
FROM = ("simulated", "released")
PLACE = "place"  # the index of what is merged: each row's file and line


def merge(folder: str | Path) -> pd.DataFrame:
    """The rows of all files of a folder, as text, by PLACE: COLUMNS, PROBLEM and TRACES where a file has them.

    They are in the files' order. A line on stderr for every file left out: it is none of the survey, or has the same
    ratings as another. The same participant with other ratings ends in InputError: only you can know which ones count.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with the CSV files of a survey")
    kept: dict[str, pd.DataFrame] = {}  # name -> rows
    for path in sorted(folder.glob("[!.]*")):
        try:
            table = _read(path)
        except InputError as error:
            print(f"left out, not a file of the survey: {error}", file=sys.stderr)
            continue
        if same := [name for name, other in kept.items() if _same(other, table)]:
            print(f"left out, the same ratings as in {same[0]}: {path}", file=sys.stderr)
        else:
            kept[path.name] = table
    if not kept:
        raise InputError(f"{folder}: no CSV file with columns {','.join(COLUMNS)} in it")
    _check_people(folder, kept)
    return pd.concat(kept.values()).fillna("")


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.reset_index(drop=True).equals(other.reset_index(drop=True))


def _read(path: Path) -> pd.DataFrame:
    """A file's rows. Raises InputError for what the survey's page does not write."""
    rows, places = [], []
    for place, row in csv_rows(path):
        if isinstance(row, InputError):
            raise InputError(f"{place}: {row}")
        if missing := [column for column in COLUMNS if column not in row]:
            raise InputError(f"{path}: column {missing[0]!r} is missing")
        places.append(place)
        rows.append({column: row[column].strip() for column in (*COLUMNS, PROBLEM, TRACES) if column in row})
    if not rows:
        raise InputError(f"{path}: no rating in it")
    return pd.DataFrame(rows, index=pd.Index(places, name=PLACE))


def _check_people(folder: Path, kept: dict[str, pd.DataFrame]) -> None:
    files: dict[str, list[str]] = {}
    for name, table in kept.items():
        for person in table["participant"].unique():
            files.setdefault(person, []).append(name)
    if doubles := [f"{person!r} in {' and '.join(names)}" for person, names in files.items() if len(names) > 1]:
        raise InputError(f"{folder}: keep one file per participant, found {'; '.join(doubles[:5])}")
