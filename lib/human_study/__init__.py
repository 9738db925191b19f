"""The report on a human study: `python -m lib.human_study RESPONSES.csv` prints it.

Who was asked and left out, how reliable the scales are, whether the conditions differ, by how much. Each row says on
what evidence it stands; a number that cannot be computed has a note that says why.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.errors import InputError
from lib.stats import groups, ratings
from lib.stats.groups import Groups
from lib.stats.ratings import ATTENTION, SCALES, Instrument, Responses

COLUMNS = ["part", "scale", "what", "who", "value", "low", "high", "p", "note", "evidence"]


@dataclass(frozen=True)
class Report:
    """What the ratings say.

    title  names the evidence; table: COLUMNS, one row per number, value with its interval and p where it has them
    """

    title: str
    table: pd.DataFrame

    def text(self) -> str:
        """The report for a terminal: the title, and one block per part and scale."""
        blocks = [self.title]
        for (part, scale), rows in self.table.groupby(["part", "scale"], sort=False):
            blocks.append("\n".join([f"{part}, {scale}" if scale else part, *_lines(rows)]))
        return "\n\n".join(blocks)


def _lines(rows: pd.DataFrame) -> list[str]:
    """Rows in columns: words to the left, numbers to the right, columns without anything left out."""
    counted, columns = rows["part"].iloc[0] == "people", []
    for name in ("what", "who", "value", "low", "high", "p", "note"):
        words = name in ("what", "who", "note")
        cells = [name, *(rows[name] if words else (_number(x, name, counted) for x in rows[name]))]
        if any(cells[1:]):
            width = max(map(len, cells))
            columns.append([cell.ljust(width) if words else cell.rjust(width) for cell in cells])
    return ["  " + "  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def _number(value: float, column: str, counted: bool) -> str:
    if math.isnan(value):
        return ""
    if counted and value == int(value):
        return f"{value:.0f}"
    if column == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    return f"{value:.2f}"


def report(given: Responses) -> Report:
    """Analyse checked responses, everybody in them (see lib.stats.ratings.exclude).

    Raises InputError where nobody is left.
    """
    if given.frame.empty:
        raise InputError(f"nobody is left: all {len(given.excluded)} participants were excluded")
    rows = _people(given)
    scored, scores = ratings.scored(given), ratings.scores(given)
    for scale in SCALES:
        of_scale = groups.group_scores(scores, scale, given.conditions)
        rows += _means(scale, of_scale, given.instrument)
        rows += _reliability(scale, scored)
        rows += _tests(scale, of_scale)
        rows += _pairs(scale, of_scale)
    table = pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(evidence=given.evidence)
    people = given.frame["participant"].nunique()
    return Report(f"Human study, {people} participants (evidence: {given.evidence})", table)


def _row(part, scale, what, who, value, low=math.nan, high=math.nan, p=math.nan, note="") -> tuple:
    return part, scale, what, who, float(value), float(low), float(high), float(p), note


def _people(given: Responses) -> list[tuple]:
    rows = []
    for counts in ratings.exclusion_table(given).to_dict("records"):
        who = counts.pop("condition")
        note = "" if counts["asked"] else "nobody was asked"
        rows += [
            _row("people", "", f"left out: {what}" if what not in ("asked", "kept") else what, who, count, note=note)
            for what, count in counts.items()
        ]
    attention = given.frame["item"].isin([item.id for item in given.instrument.scale(ATTENTION)])
    items, note = given.frame.loc[attention, "item"].nunique(), "" if attention.any() else "so nobody could fail one"
    rows.append(_row("people", "", "attention items rated", "all", items, note=note))
    seconds = given.frame["seconds"].median()
    note = "no times were recorded" if math.isnan(seconds) else ""
    return [*rows, _row("people", "", "median seconds per item", "all", seconds, note=note)]


def _means(scale: str, scores: Groups, instrument: Instrument) -> list[tuple]:
    rows = []
    for who, values in scores.items():
        mean = groups.mean_score(values, instrument.low, instrument.high)
        rows.append(_row("scores", scale, "mean", who, mean.value, mean.low, mean.high, note=mean.note))
        rows.append(_row("scores", scale, "median", who, np.median(values)))
        spread, note = (values.std(ddof=1), "") if len(values) > 1 else (math.nan, "one person has no spread")
        rows.append(_row("scores", scale, "standard deviation", who, spread, note=note))
    return rows


def _reliability(scale: str, scored: pd.DataFrame) -> list[tuple]:
    rows, part, what = [], "reliability", "Cronbach's alpha"
    for within, who in ((False, "all"), (True, "within conditions")):
        found = groups.alpha(groups.matrix(scored, scale, within))
        rows.append(_row(part, scale, what, who, found.value, found.low, found.high, note=found.note))
    items = groups.item_rest(groups.matrix(scored, scale, within=True))
    return rows + [
        _row(part, scale, f"item-rest correlation: {row.item}", "within conditions", row.r, note=row.note)
        for row in items.itertuples()
    ]


def _tests(scale: str, scores: Groups) -> list[tuple]:
    rows = []
    for test in (groups.kruskal(scores), groups.welch(scores)):
        df = ", ".join(f"{value:.4g}" for value in test.df)
        what = f"{test.test} ({df} df)" if df else test.test
        rows.append(_row("all conditions", scale, what, "all", test.statistic, p=test.p, note=test.note))
    return rows


def _pairs(scale: str, scores: Groups) -> list[tuple]:
    rows = []
    for pair in groups.pairs(scores).itertuples():
        who, part = f"{pair.first} - {pair.second}", "pairs"
        rows += [
            _row(part, scale, "difference of means", who, pair.difference),
            _row(part, scale, "Mann-Whitney U (p: Holm)", who, pair.u, p=pair.p_holm, note=pair.note_u),
            _row(part, scale, "Games-Howell t", who, pair.t, p=pair.p_games_howell, note=pair.note_t),
            _row(part, scale, "Cliff's delta", who, pair.delta, pair.delta_low, pair.delta_high, note=pair.note_delta),
            _row(part, scale, "Hedges' g", who, pair.g, pair.g_low, pair.g_high, note=pair.note_g),
        ]
    return rows
