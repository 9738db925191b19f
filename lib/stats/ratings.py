"""Ratings of real people: the questionnaire, and a table of answers checked cell by cell before any computation.

The questionnaire (scales, items, anchors, conditions) is data/instrument.yml, in our wording: the paper prints none.
Columns of a table: participant, condition, item, rating, seconds, perhaps problem; one row per rating. The first thing
that is wrong ends the reading with one line that names the file, the line in it and the column. One group only, or the
same rating everywhere, is no error: what then cannot be computed is said by the analysis. Files in other forms are
brought into this one by lib/human_study/read.py, and pass the same check.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from lib.errors import InputError
from lib.files import DATA, csv_rows
from lib.study import BROUGHT, SIMULATED

FILE = DATA / "instrument.yml"
SCALE_LABELS = {"interpretability": "interpretability", "load": "cognitive load"}
SCALES = tuple(SCALE_LABELS)
ATTENTION = "attention"
COLUMNS = ("participant", "condition", "item", "rating", "seconds")
PROBLEM = "problem"  # a column more where people rated the traces of several problems


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence to agree or disagree with.

    scale     one of SCALES, or ATTENTION for an item that only shows whether somebody reads
    facet     what the item is about, e.g. "predictability"
    reverse   agreement counts against the scale: a rating r is scored low + high - r
    expected  the only right rating of an attention item; None for every other item
    """

    id: str
    scale: str
    facet: str
    text: str
    reverse: bool = False
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """Items, the words at the points of the scale, and the conditions (name -> label), each participant seeing one."""

    anchors: dict[int, str]
    conditions: dict[str, str]
    items: tuple[Item, ...]

    @property
    def low(self) -> int:
        """The lowest rating."""
        return min(self.anchors)

    @property
    def high(self) -> int:
        """The highest rating."""
        return max(self.anchors)

    def scale(self, name: str) -> tuple[Item, ...]:
        """The items of one scale, in the file's order."""
        return tuple(item for item in self.items if item.scale == name)


def load(path: Path = FILE) -> Instrument:
    """Read an instrument. Raises InputError, naming the file and what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        instrument = Instrument(
            anchors=dict(content["anchors"]),
            conditions=dict(content["conditions"]),
            items=tuple(Item(**item) for item in content["items"]),
        )
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not an instrument ({error}); data/instrument.yml shows the form") from None
    if problem := _problem(instrument):
        raise InputError(f"{path}: {problem}")
    return instrument


def _problem(instrument: Instrument) -> str:
    """What is wrong with an instrument, or ''."""
    points = list(instrument.anchors)
    if len(points) < 2 or points != list(range(points[0], points[0] + len(points))):
        return f"anchors: expected consecutive whole numbers, found {points}"
    ids = [item.id for item in instrument.items]
    if twice := [name for name in dict.fromkeys(ids) if ids.count(name) > 1]:
        return f"item {twice[0]!r} stands there twice"
    for item in instrument.items:
        if item.scale not in (*SCALES, ATTENTION):
            return f"item {item.id!r}: expected a scale among {', '.join((*SCALES, ATTENTION))}, found {item.scale!r}"
        if (item.scale == ATTENTION) != (item.expected in points):
            return f"item {item.id!r}: attention items, and only they, expect one of the ratings {points}"
    if empty := [name for name in SCALES if not instrument.scale(name)]:
        return f"no item of scale {empty[0]!r}"
    return ""


@dataclass(frozen=True)
class Responses:
    """Checked ratings. Simulated participants' names begin with SIMULATED, so a saved table shows as such.

    frame     COLUMNS; rating int as given (reverse items not yet turned round), seconds float, NaN where not recorded;
              PROBLEM (str) where there are several; a rating that nobody gave has no row
    evidence  "simulated" if any participant is made up, else where the ratings come from
    excluded  one row per participant left out and condition they were in: participant, condition, reason
    least     a scale has a score where at least this share of its items was rated
    """

    frame: pd.DataFrame
    instrument: Instrument
    evidence: str
    excluded: pd.DataFrame
    least: float = 0.5

    @property
    def conditions(self) -> list[str]:
        """The conditions that anybody is in, in the instrument's order."""
        present = set(self.frame["condition"])
        return [condition for condition in self.instrument.conditions if condition in present]

    @property
    def within(self) -> bool:
        """Whether anybody rated more than one condition."""
        pairs = self.frame[["participant", "condition"]].drop_duplicates()
        return bool(pairs["participant"].duplicated().any())

    @property
    def occasion(self) -> list[str]:
        """The columns that say who rated which trace: participant, condition, and problem where there are several."""
        return ["participant", "condition", *([PROBLEM] if PROBLEM in self.frame else [])]


def read_responses(path: str | Path, instrument: Instrument | None = None) -> Responses:
    """Read and check a CSV file (UTF-8, commas, a header). Raises InputError with one line."""
    path = Path(path)
    return _check(csv_rows(path), str(path), instrument or load(), f"{BROUGHT}{path.name}")


def from_frame(
    frame: pd.DataFrame, name: str = "the table", instrument: Instrument | None = None, complete: bool = True
) -> Responses:
    """The same checks for a data frame; rows are counted from 1. Raises InputError with one line.

    complete: everybody rates every item, once, in one condition. Otherwise ratings may be missing, and people may rate
    several conditions, and several problems in each: one rating per participant, condition, problem and item.
    """
    values = frame.astype(object).where(frame.notna(), "").to_dict("records")
    rows = ((f"{name}, row {i}", {str(k): str(v) for k, v in row.items()}) for i, row in enumerate(values, 1))
    return _check(rows, name, instrument or load(), f"{BROUGHT}{name}", complete)


def _check(
    rows: Iterable[tuple[str, dict[str, str] | InputError]],
    name: str,
    instrument: Instrument,
    evidence: str,
    complete: bool = True,
) -> Responses:
    checked, conditions, seen = [], {}, {}
    for place, row in rows:
        if isinstance(row, InputError):
            raise InputError(f"{place}: {row}; expected {','.join(COLUMNS)} with commas, in UTF-8")
        _check_columns(row, name)
        record = _record(row, place, instrument)
        person, condition, item = record[:3]
        problem = "" if complete else row.get(PROBLEM, "").strip()
        first, where = conditions.setdefault(person, (condition, place))
        if complete and first != condition:
            raise InputError(
                f"{place}, column condition: participant {person!r} is in {first!r} ({_line(where)}) and here in "
                f"{condition!r}; expected one condition per participant"
            )
        rated = (person, item) if complete else (person, condition, problem, item)
        if (before := seen.setdefault(rated, place)) != place:
            raise InputError(
                f"{place}, column item: participant {person!r} has rated {item!r} before ({_line(before)}); "
                "expected one rating per participant and item"
            )
        checked.append((*record, problem))
    if not checked:
        raise InputError(f"{name}: no rating in it; expected a header {','.join(COLUMNS)} and one row per rating")
    if complete:
        _check_complete(conditions, seen, instrument)
    frame = pd.DataFrame(checked, columns=[*COLUMNS, PROBLEM])
    if not frame[PROBLEM].any():
        frame = frame.drop(columns=PROBLEM)
    if frame["participant"].str.startswith(SIMULATED).any():
        evidence = SIMULATED
    return Responses(frame, instrument, evidence, pd.DataFrame(columns=["participant", "condition", "reason"]))


def _check_columns(row: dict, name: str) -> None:
    if missing := [column for column in COLUMNS if column not in row]:
        found = ", ".join(repr(str(column)[:30]) for column in list(row)[:8])
        raise InputError(
            f"{name}, line 1: column {missing[0]!r} is missing; expected {','.join(COLUMNS)}, found {found}"
        )


def _record(row: dict, place: str, instrument: Instrument) -> tuple[str, str, str, int, float]:
    person, condition, item, rating, seconds = (row[column].strip() for column in COLUMNS)
    ids = [item.id for item in instrument.items]
    whole = re.fullmatch(r"(\d{1,3})(?:\.0+)?", rating, re.ASCII)
    try:
        time = float(seconds or 0)
    except ValueError:
        time = -1.0
    expected = {
        "participant": (person, "a name or number of the participant"),
        "condition": (condition in instrument.conditions, f"one of {', '.join(instrument.conditions)}"),
        "item": (item in ids, f"one of {', '.join(ids)}"),
        "rating": (
            whole and int(whole[1]) in instrument.anchors,
            f"a whole number from {instrument.low} to {instrument.high}",
        ),
        "seconds": (0 <= time < math.inf, "a number of at least 0, or nothing"),
    }
    for column, (right, words) in expected.items():
        if not right:
            raise InputError(f"{place}, column {column}: expected {words}, found {row[column].strip()[:40]!r}")
    return person, condition, item, int(whole[1]), time if seconds else math.nan  # NaN: not recorded


def _check_complete(conditions: dict, seen: dict, instrument: Instrument) -> None:
    # Attention items may be left out of a study, but then for everybody.
    asked = {item for _, item in seen}
    required = [item.id for item in instrument.items if item.scale != ATTENTION or item.id in asked]
    for person, (_, place) in conditions.items():
        missing = [item for item in required if (person, item) not in seen]
        if missing:
            raise InputError(
                f"{place}, column item: participant {person!r} has no rating of {', '.join(map(repr, missing))}; "
                f"expected all of {', '.join(required)}"
            )


def _line(place: str) -> str:
    return place.rpartition(", ")[2]


def exclude(responses: Responses, min_seconds: float = 0.0) -> Responses:
    """Leave out who failed an attention item, or took less than `min_seconds` per item at the median (0: nobody is).

    The reasons are in `.excluded`; somebody with both is counted under the attention item.
    """
    frame, reasons = responses.frame, {}
    medians = frame.groupby("participant", sort=False)["seconds"].median()
    reasons.update(dict.fromkeys(medians.index[medians < min_seconds], f"below {min_seconds:g} s per item"))
    expected = {item.id: item.expected for item in responses.instrument.items if item.scale == ATTENTION}
    failed = frame[frame["item"].isin(expected) & (frame["rating"] != frame["item"].map(expected))]
    reasons.update(dict.fromkeys(failed["participant"], "attention item failed"))
    out = frame["participant"].isin(reasons)
    people = frame.loc[out, ["participant", "condition"]].drop_duplicates()
    people["reason"] = people["participant"].map(reasons)
    excluded = pd.concat([responses.excluded, people], ignore_index=True)
    return replace(responses, frame=frame[~out].reset_index(drop=True), excluded=excluded)


def exclusion_table(responses: Responses) -> pd.DataFrame:
    """People by condition: condition, asked, one column per reason of exclusion, kept."""
    kept = responses.frame[["participant", "condition"]].drop_duplicates().assign(reason="kept")
    people = pd.concat([responses.excluded, kept])
    counts = pd.crosstab(people["condition"], people["reason"])[[*sorted(set(responses.excluded["reason"])), "kept"]]
    counts.insert(0, "asked", counts.sum(axis=1))
    counts = counts.reindex(list(responses.instrument.conditions), fill_value=0)
    return counts.rename_axis(index="condition", columns=None).reset_index()


def scored(responses: Responses) -> pd.DataFrame:
    """The frame without attention items, reverse items turned round: COLUMNS, plus scale and score (int)."""
    instrument = responses.instrument
    items = {item.id: item for item in instrument.items if item.scale != ATTENTION}
    frame = responses.frame[responses.frame["item"].isin(items)].reset_index(drop=True)
    frame["scale"] = [items[name].scale for name in frame["item"]]
    turned = np.array([items[name].reverse for name in frame["item"]], bool)
    frame["score"] = frame["rating"].where(~turned, instrument.low + instrument.high - frame["rating"])
    return frame


def trace_scores(responses: Responses) -> pd.DataFrame:
    """One row per trace that somebody rated, and scale: participant, condition, perhaps problem, scale, score.

    The score is the mean of the scale's items that were rated; none where less than `responses.least` of them were.
    """
    cells = scored(responses).groupby([*responses.occasion, "scale"], sort=False)["score"].agg(["mean", "size"])
    cells = cells.rename(columns={"mean": "score"}).reset_index()
    asked = cells["scale"].map({scale: len(responses.instrument.scale(scale)) for scale in SCALES})
    kept = cells[cells["size"] >= responses.least * asked].drop(columns="size")
    return kept.sort_values("scale", key=lambda names: names.map(SCALES.index), kind="stable", ignore_index=True)


def scores(responses: Responses) -> pd.DataFrame:
    """One row per participant, condition and scale: participant, condition, scale, score.

    The score is the mean of the scale's items, then of problems where a person rated several (see trace_scores).
    """
    cells = trace_scores(responses).groupby(["participant", "condition", "scale"], sort=False)["score"]
    return cells.mean().reset_index()
