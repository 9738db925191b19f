"""Ratings in the forms that survey tools and people write, brought into the tidy one, and a line that says how.

Long tables have a row per rating, wide ones a row per person (or per trace that a person rated) and a column per item,
found by its id or its text. Nothing is guessed where two readings are possible: one line asks for a switch. What is
understood passes the check of lib/stats/ratings.py like any tidy file.
"""

import difflib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from lib.errors import InputError
from lib.human_study import cells, words
from lib.human_study import heads as known
from lib.human_study.merge import FROM, TRACES
from lib.human_study.words import plain
from lib.stats import ratings
from lib.stats.ratings import ATTENTION, COLUMNS, PROBLEM, Instrument, Responses
from lib.study import BROUGHT, SIMULATED


@dataclass(frozen=True)
class Switches:
    """What a person tells the reader. Keys of dicts are compared without case and punctuation.

    columns     role or item id -> head                  conditions  name in the file -> condition, "" leaves it out
    words       cell -> rating, "" for no answer         repeats     first, last or traces: an item rated twice
    design      between or within, where a few people are in several conditions
    sheet       of a workbook                            unfinished  keep who did not finish
    least       share of a scale's items that a score needs
    """

    columns: dict[str, str] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    repeats: str = ""
    design: str = ""
    sheet: str = ""
    unfinished: bool = False
    least: float = 0.5


@dataclass(frozen=True)
class Reading:
    """Checked responses, and one line that says what was understood of the file."""

    responses: Responses
    line: str


def read(
    path: str | Path,
    instrument: Instrument | None = None,
    switches: Switches | None = None,
    frame: pd.DataFrame | None = None,
) -> Reading:
    """Read ratings in any form. Raises InputError with one line where they cannot be read, or in two ways.

    frame: a table at hand, as lib.human_study.merge makes one of a folder's files; `path` is then its name only.
    """
    found = [cells.of_frame(frame)] if frame is not None else cells.sheets(Path(path))
    return _Reader(Path(path), found, instrument or ratings.load(), switches or Switches()).reading()


class _Reader:
    """One file on its way to the tidy form."""

    def __init__(self, path: Path, found: list[cells.Sheet], instrument: Instrument, switches: Switches):
        self.path, self.instrument, self.switches = path, instrument, switches
        self.ids = [item.id for item in instrument.items]
        self.attention = [item.id for item in instrument.scale(ATTENTION)]
        self.ratings = words.Ratings(instrument, switches.words)
        self.names = known.condition_names(instrument, switches.conditions)
        if wrong := set(switches.columns) - {*known.NAMES, *self.ids}:
            expected = ", ".join([*known.NAMES, *self.ids])
            raise InputError(f"--columns {min(wrong)}={switches.columns[min(wrong)]}: expected one of {expected}")
        self.out, self.people, self.others, self.notes = Counter(), defaultdict(set), Counter(), []
        self.beside: set[str] = set()
        self._table(found)

    def _table(self, found: list[cells.Sheet]) -> None:
        told = self.switches.sheet
        if told or len(found) > 1:
            found = [one for one in found if (one.name == told if told else self._head(one.rows)[1] > 2)]
        if len(found) != 1:
            raise InputError(f"{self.path}: expected one sheet of ratings, found {len(found)}; name it: --sheet NAME")
        self.form, rows, self.places = found[0].form, found[0].rows, found[0].places
        self.beside = known.common_words([cell for _, row in rows[:3] for cell in row], self.ids)
        mark = next((i for i, (_, row) in enumerate(rows[:8]) if any(c.startswith('{"ImportId"') for c in row)), 0)
        at, self.qualtrics = (max(mark - 2, 0) if mark else self._head(rows)[0]), mark > 0
        self.line, self.heads = rows[at]
        # Qualtrics has three rows of heads: its names, the questions' texts, its own ids; other tools have two
        double = len(rows) > at + 1 and sum(self._item(cell) is not None for cell in rows[at + 1][1]) > 1
        self.texts = (rows[at + 1][1] if double else []) + [""] * len(self.heads)
        rows, width = rows[max(mark, at + double) + 1 :], len(self.heads)
        for line in [line for line, row in rows if any(row[width:])]:
            raise InputError(f"{self._place(line)}: expected {width} columns, found more; put quotes around texts")
        self.rows = [(line, (row + [""] * width)[:width]) for line, row in rows if row != self.heads]
        if not self.rows:
            raise self._error("no rating in it; expected rows of ratings below these heads")

    def _head(self, rows: cells.Rows) -> tuple[int, int]:
        """Which of the first rows holds the heads, and how many of them are known."""
        names = {*sum(known.NAMES.values(), known.ROW_IDS), *map(plain, self.switches.columns.values())}
        counts = [sum(plain(c) in names or self._item(c) is not None for c in row) for _, row in rows[:8]]
        best = max(counts)
        return (next(i for i, count in enumerate(counts) if count > 1), best) if best > 1 else (0, best)

    # Columns

    def _role(self, role: str, but: int | None = None) -> int | None:
        """The column of a role: as told, by our name, by another in use. Raises InputError where two may be it."""
        if role in self.switches.columns:
            told = self.switches.columns[role]
            fits = [i for i, head in enumerate(self.heads) if head == told] or self._headed([plain(told)])
            if len(fits) != 1:
                raise self._error(f"--columns {role}={told}: {len(fits)} columns have this head, expected one")
            return fits[0]
        ours, others = ([i for i in self._headed(n) if i != but] for n in (known.NAMES[role][:1], known.NAMES[role]))
        return self._one(role, ours or others)

    def _headed(self, names: list[str]) -> list[int]:
        filled = [any(row[i] for _, row in self.rows) for i in range(len(self.heads))]
        return [i for i, head in enumerate(self.heads) if filled[i] and plain(head) in names]

    def _one(self, role: str, fits: list[int]) -> int | None:
        if len({tuple(row[i] for _, row in self.rows) for i in fits}) > 1:
            heads = " and ".join(repr(self.heads[i][:40]) for i in fits[:2])
            raise self._error(f"columns {heads} could both be the {role}; say which: --columns {role}=HEAD")
        return fits[0] if fits else None

    def _person(self) -> int | None:
        found = self._role("participant")
        if found is None:
            asked = [known.asks_who(f"{head} {text}") for head, text in zip(self.heads, self.texts, strict=False)]
            found = self._one("participant", [i for i, who in enumerate(asked) if who])
        ids = (column for name in known.ROW_IDS for column in self._headed([name])[:1])
        return next(ids, None) if found is None else found

    def _condition(self, taken: set[int | None]) -> int | None:
        """The column whose cells are conditions; one that is only named so asks what they stand for."""
        found = self._role("condition") if "condition" in self.switches.columns else None
        filled = {i: {plain(row[i]) for _, row in self.rows} - {""} for i in range(len(self.heads))}
        if found is None:
            free = [i for i in filled if i not in taken and filled[i]]
            fits = [i for i in free if filled[i] <= set(self.names) or plain(self.heads[i]) == "condition"]
            named = [i for i in free if plain(self.heads[i]) in known.NAMES["condition"]]
            found = self._one("condition", fits or named)
        return found if found is None else self._known(found)

    def _known(self, column: int) -> int:
        """A column of conditions, all of which are known. Raises InputError, which asks for the others."""
        unknown = ((n, row[column]) for n, row in self.rows if row[column] and plain(row[column]) not in self.names)
        for line, cell in unknown:
            raise InputError(
                f"{self._place(line)}, column {self.heads[column][:40]}: expected one of "
                f"{', '.join(self.instrument.conditions)}, found {cell[:40]!r}; say what it stands for: "
                f"--conditions '{cell[:20]}=CONDITION,…' (with nothing after = it is left out)"
            )
        return column

    def _group(self, row: list[str], condition: int | None) -> str | None:
        """A row's condition, "" where it is to be left out, None where it has none."""
        return self.names[plain(row[condition])] if _at(row, condition) else None

    def _item(self, head: str) -> known.Found | None:
        return known.find_item(head, self.instrument, self.names, self.beside)

    # Rows

    def reading(self) -> Reading:
        self._leave_out()
        item = self._role("item")
        rating = None if item is None else self._role("rating")
        long = rating is not None
        records = self._long(item, rating) if long else self._wide()
        frame, empty = self._tidy(records)
        given = ratings.from_frame(frame, str(self.path), self.instrument, complete=False)
        traces = self._traces(records)
        if traces:
            given = replace(given, frame=given.frame.assign(traces=given.frame["participant"].map(traces).fillna("")))
        rated = f", {' and '.join(sorted(set(traces.values())))} traces" if traces else ""
        evidence = SIMULATED if given.evidence == SIMULATED else f"{BROUGHT}{self.path.name}{rated}"
        excluded = pd.DataFrame(empty, columns=["participant", "condition"]).assign(reason="no rating")
        given = replace(given, evidence=evidence, excluded=excluded, least=self.switches.least)
        return Reading(given, self._line(given, long))

    def _traces(self, records: list[tuple]) -> dict[str, str]:
        """Participant -> "released" or "simulated", where the file of a survey says which traces they rated."""
        told = {line: row[i] for i in self._headed([TRACES]) for line, row in self.rows if row[i] in FROM}
        return {person: told[line] for line, _, person, *_ in records if line in told}

    def _leave_out(self) -> None:
        """Previews, unfinished rows, people who did not consent: out, and counted."""
        heads, kept = [plain(head) for head in self.heads], []
        sent = self._headed(["submitdate"])  # LimeSurvey fills it in at the end
        for line, row in self.rows:
            reasons = {words.left_out(*cell, self.qualtrics) for cell in zip(heads, row, strict=True)} - {""}
            reasons |= {"unfinished" for i in sent if not row[i]}
            if self.switches.unfinished:
                reasons.discard("unfinished")
            if reasons:
                self.out[min(reasons)] += 1
            else:
                kept.append((line, row))
        self.rows = kept
        if not kept:
            raise self._error(f"nobody is left: {', '.join(f'{count} {what}' for what, count in self.out.items())}")

    def _long(self, item: int, rating: int) -> list[tuple]:
        person, time = self._person(), self._role("seconds")
        condition = self._condition({item, rating, person, time})
        problem = self._role(PROBLEM, but=condition)
        if person is None:
            raise self._error("column 'participant' is missing, or has another name: --columns participant=HEAD")
        records = []
        for line, row in self.rows:
            found, cell = self._item(row[item]), row[item][:40]
            if found is None and cell and not difflib.get_close_matches(plain(cell), map(plain, self.ids), 1, 0.8):
                self.others[cell] += 1
                continue
            place = self._place(line)
            if found is None:
                raise InputError(f"{place}, column item: expected one of {', '.join(self.ids)}, found {cell!r}")
            if not row[person]:
                raise InputError(f"{place}, column participant: expected a name, found ''")
            group = self._group(row, condition) if condition is not None else found[1] or None
            answer = (found[0], row[rating], _at(row, time))
            records.append((line, "rating", row[person], group, _at(row, problem), *answer))
        if condition is None and not any(record[3] for record in records):
            raise self._error("no rating of the instrument's items, or no conditions: --columns condition=HEAD")
        return records

    def _wide(self) -> list[tuple]:
        found = {i: self._item(head) or self._item(self.texts[i]) for i, head in enumerate(self.heads)}
        told = {self._role(name): (name, "", "", False) for name in self.ids if name in self.switches.columns}
        named = {name for name, *_ in told.values()}
        found = {i: one for i, one in found.items() if one and one[0] not in named} | told
        times = {one[:3]: i for i, one in found.items() if one[3]}
        asked = {i: one[:3] for i, one in found.items() if not one[3]}
        if len({name for name, *_ in asked.values()}) < 2:
            heads = ", ".join(repr(head[:30]) for head in self.heads[:8])
            raise self._error(
                f"expected one row per rating (columns {', '.join(COLUMNS[:4])}) or one column per item, by its id or "
                f"its text; found {heads}; say which is which: --columns item=HEAD,rating=HEAD or {self.ids[0]}=HEAD,…"
            )
        groups = defaultdict(set)
        for name, group, _ in asked.values():
            groups[name].add(group)
        shown = {frozenset(one) for one in groups.values() if one != {""}}
        in_heads = len(shown) == 1 and len(*shown) > 1  # every item under the same conditions; attention perhaps once
        asked = {i: (name, group if in_heads else "", other) for i, (name, group, other) in asked.items()}
        asked, twice = known.told_apart(asked, self.attention, count=self.switches.repeats == "traces")
        if twice:
            raise self._error(
                f"columns {twice[0] + 1} and {twice[1] + 1} both hold item {asked[twice[0]][0]!r}; if each is a trace "
                f"of its own: --repeats traces; else name one: --columns {asked[twice[0]][0]}=HEAD"
            )
        # a column of conditions per block of items, where people saw several
        numbers = known.numbered_conditions(self.heads)
        per_block = len(numbers) > 1 and set(numbers) == {other for *_, other in asked.values()}
        person = self._person()
        condition = None if in_heads or per_block else self._condition({*found, person})
        if condition is None and not in_heads and not per_block:
            raise self._error("no column of conditions; name it: --columns condition=HEAD")
        for i in numbers.values() if per_block else ():
            self._known(i)
        problem = self._role(PROBLEM, but=condition)
        self.notes.append("people numbered by line" if person is None else f"people by {self.heads[person][:30]!r}")
        records = []
        for line, row in self.rows:
            first = next((group for i, (_, group, _) in asked.items() if group and row[i]), None)
            for i, (item, group, other) in asked.items():
                group = group or first or self._group(row, numbers[other] if per_block else condition)
                answer = (other or _at(row, problem), item, row[i], _at(row, times.get(found[i][:3])))
                records.append((line, self.heads[i][:40], _at(row, person) or f"line {line}", group, *answer))
        return records

    # The tidy form

    def _tidy(self, records: list[tuple]) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
        """The frame, and who rated nothing: (participant, condition)."""
        kept, groups = {}, defaultdict(dict)
        for line, column, person, group, problem, item, cell, time in records:
            place = f"{self._place(line)}, column {column}"
            if not group:
                self.people["without a condition" if group is None else "of other conditions"].add(person)
                continue
            groups[person][group] = True
            rating, traces = self.ratings.read(cell, place), self.switches.repeats == "traces"
            if rating is None and not traces:
                continue
            key, turn = (person, group, problem, item), 1
            while key in kept and traces:
                turn += 1
                key = (person, group, f"{problem or 1}, {turn}", item)
            if key in kept and not self.switches.repeats:
                before = self._place(kept[key][0]).rpartition(", ")[2]
                raise InputError(
                    f"{place}: participant {person!r} has rated {item!r} before ({before}); expected one "
                    "rating per participant, condition, problem and item; --repeats first, last, or traces (all count)"
                )
            if key not in kept or self.switches.repeats == "last":
                kept[key] = (line, rating, words.seconds(time, f"{self._place(line)}, column seconds"))
        self._check_filled(records, groups)
        rows = [(p, c, i, rating, time, problem) for (p, c, problem, i), (_, rating, time) in kept.items()]
        frame = pd.DataFrame([row for row in rows if row[3] is not None], columns=[*COLUMNS, PROBLEM])
        if not frame.duplicated(["participant", "condition", "item"]).any():
            frame = frame.drop(columns=PROBLEM)  # one trace per person and condition
        seen = set(frame["participant"])
        empty = [(person, group) for person in groups if person not in seen for group in groups[person]]
        return self._designed(frame), empty

    def _check_filled(self, records: list[tuple], groups: dict) -> None:
        """Conditions that stand in the first of their rows only: whoever wrote the file meant the rows below, too."""
        bare = {person: line for line, _, person, group, *_, cell, _ in records if group is None and cell}
        if bare and (len(bare) >= len(groups) or set(bare) & set(groups)):
            person, line = next(iter(bare.items()))
            raise InputError(
                f"{self._place(line)}: expected a condition in every row, found none in rows of {len(bare)} people, "
                f"such as {person!r}; was it a merged cell? Fill it in"
            )

    def _designed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Nearly everybody in one condition, a few in several: a slip, or meant? A switch says which."""
        several = frame.groupby("participant")["condition"].nunique() > 1
        if 0 < several.mean() < 0.5 and not self.switches.design:
            raise self._error(
                f"{several.sum()} of {len(several)} people are in several conditions, such as "
                f"{several.idxmax()!r}; --design within keeps them so, --design between leaves them out"
            )
        if self.switches.design == "between" and several.any():
            self.people["in several conditions"] = set(several.index[several])
        return frame[~frame["participant"].isin(self.people["in several conditions"])]

    def _line(self, given: Responses, long: bool) -> str:
        """What was understood, in one line."""
        frame, form = given.frame, "one row per rating" if long else "one row per person, one column per item"
        asked, occasions = frame["item"].nunique(), len(frame[given.occasion].drop_duplicates())
        people = frame.groupby("condition")["participant"].nunique()
        design = "each in several conditions" if given.within else "each in one condition"
        if PROBLEM in frame:
            design += f", {frame[PROBLEM].nunique()} problems"
        self.people["without a rating"] = set(given.excluded["participant"])
        out = [f"{count} {what}" for what, count in self.out.items()]
        out += [f"{len(who)} people {what}" for what, who in self.people.items() if who]
        given_to, who = frame.groupby("item").size(), frame["participant"].nunique()
        once = [item for item in self.attention if item in given_to and given_to[item] <= who]  # asked of a person once
        missing = asked * occasions - len(once) * (occasions - who) - len(frame)
        sizes = ", ".join(f"{condition} {people[condition]}" for condition in given.conditions)
        in_words = " in words" if self.ratings.in_words else ""
        parts = [
            f"{form} ({', '.join([self.form, *['Qualtrics'] * self.qualtrics, *self.notes])})",
            f"{frame['participant'].nunique()} people, {design} ({sizes})",
            f"{len(frame)} ratings{in_words} of {asked} items, {missing or 'none'} missing",
            "seconds per item" if frame["seconds"].notna().any() else "no seconds per item",
            f"left out: {', '.join(out)}" if out else "nobody left out",
        ]
        if self.others:
            names = ", ".join(repr(name) for name, _ in self.others.most_common(3))
            parts.append(f"{self.others.total()} rows of other items left out ({names})")
        return f"{self.path.name}: {'; '.join(parts)}"

    def _place(self, line: int) -> str:
        return self.places.get(line, f"{self.path}, line {line}")

    def _error(self, message: str) -> InputError:
        return InputError(f"{self.path}, line {self.line}: {message}")


def _at(row: list[str], column: int | None) -> str:
    return "" if column is None else row[column]
