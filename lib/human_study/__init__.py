"""The report on a human study: `python -m lib.human_study RESPONSES.csv` prints it.

Who was asked and left out, how reliable the scales are, whether the conditions differ, by how much, and which pairs are
alike. Each row says on what evidence it stands; a number that cannot be computed has a note that says why. Where people
rated several conditions, groups are compared within people.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from lib.errors import InputError
from lib.human_study import analyse
from lib.stats import groups, ratings
from lib.stats.groups import Groups
from lib.stats.ratings import ATTENTION, SCALES, Instrument, Responses
from lib.stats.right_wrong import Estimate

SCORED, EQUIVALENT = "people with a score", "equivalent within"
COLUMNS = ["part", "scale", "what", "who", "value", "low", "high", "p", "note", "evidence"]


@dataclass(frozen=True)
class Report:
    """What the ratings say.

    title   names the evidence
    table   COLUMNS, one row per number, value with its interval and p where it has them
    given   the responses that it is about; margin: points below which a difference counts as none
    """

    title: str
    table: pd.DataFrame
    given: Responses
    margin: float

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
        numbers = zip(rows[name], counted | (rows["what"] == SCORED), strict=True)
        cells = [name, *(rows[name] if words else (_number(x, name, whole) for x, whole in numbers))]
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


def report(given: Responses, margin: float | None = None) -> Report:
    """Analyse checked responses, everybody in them (see lib.stats.ratings.exclude).

    margin: a difference of so many points would be called none; an eighth of the scale unless told.
    Raises InputError where nobody is left.
    """
    if given.frame.empty:
        out = given.excluded["participant"].nunique()
        raise InputError(f"nobody is left: all {out} participants were excluded")
    margin = (given.instrument.high - given.instrument.low) / 8 if margin is None else margin
    if not 0 < margin < math.inf:
        raise InputError(f"margin {margin}: expected a number of points above 0")
    rows, scored = _people(given), ratings.scored(given)
    cells, scores = ratings.trace_scores(given), ratings.scores(given)
    if missing := [scale for scale in SCALES if scale not in set(scores["scale"])]:
        raise InputError(f"no {missing[0]} score: nobody rated enough of the scale's items; see --at-least")
    for scale in SCALES:
        here = scores[scores["scale"] == scale]
        conditions = [name for name in given.conditions if name in set(here["condition"])]
        traces = cells[cells["scale"] == scale]
        of_scale = groups.group_scores(scores, scale, conditions)
        rows += _means(scale, of_scale, given.instrument)
        rows += _reliability(scale, scored, conditions if given.within else [])
        ordinal = analyse.ordinal(scored, scale, conditions)
        repeated = traces.duplicated("participant").any()
        mixed = analyse.mixed(traces, conditions, given.within) if repeated else None
        if given.within:
            table = analyse.table_of(here, conditions)
            tests, pairs = [analyse.friedman(table)], _pairs_within(scale, table)
            both = {(i, j): table[[i, j]].dropna().to_numpy().T for i, j in combinations(conditions, 2)}
        else:
            tests, pairs = [groups.kruskal(of_scale), groups.welch(of_scale)], _pairs(scale, of_scale)
            both = {(i, j): (of_scale[i], of_scale[j]) for i, j in combinations(conditions, 2)}
        rows += _tests(scale, [*tests, *([mixed[0]] if mixed else []), ordinal[0]])
        pairs += _effects(scale, "odds ratio (ordinal regression)", ordinal[1])
        pairs += _effects(scale, "difference (mixed model)", mixed[1]) if mixed else []
        pairs = _differences(scale, both, given.within) + pairs + _equivalence(scale, both, margin, given.within)
        order = [f"{first} - {second}" for first, second in both]
        rows += sorted(pairs, key=lambda row: order.index(row[3]))  # each pair's rows together
    table = pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(evidence=given.evidence)
    people = given.frame["participant"].nunique()
    return Report(f"Human study, {people} participants (evidence: {given.evidence})", table, given, margin)


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
    seconds = given.frame["seconds"].dropna().median()
    note = "no times were recorded" if math.isnan(seconds) else ""
    return [*rows, _row("people", "", "median seconds per item", "all", seconds, note=note)]


def _means(scale: str, scores: Groups, instrument: Instrument) -> list[tuple]:
    rows = []
    for who, values in scores.items():
        rows.append(_row("scores", scale, SCORED, who, len(values)))
        mean = groups.mean_score(values, instrument.low, instrument.high)
        rows.append(_row("scores", scale, "mean", who, mean.value, mean.low, mean.high, note=mean.note))
        rows.append(_row("scores", scale, "median", who, np.median(values)))
        spread, note = (values.std(ddof=1), "") if len(values) > 1 else (math.nan, "one person has no spread")
        rows.append(_row("scores", scale, "standard deviation", who, spread, note=note))
    return rows


def _reliability(scale: str, scored: pd.DataFrame, apart: list[str]) -> list[tuple]:
    """Alpha and omega of everybody and within conditions; of each condition apart, where people rated several."""
    rows, part = [], "reliability"
    tables = [(groups.matrix(scored[scored["condition"] == name], scale), name) for name in apart]
    within = groups.matrix(scored, scale, within=True)
    for table, who in tables or ((groups.matrix(scored, scale), "all"), (within, "within conditions")):
        for what, found in (("Cronbach's alpha", groups.alpha(table)), ("McDonald's omega", groups.omega(table))):
            rows.append(_row(part, scale, what, who, found.value, found.low, found.high, note=found.note))
    return rows + [
        _row(part, scale, f"item-rest correlation: {row.item}", "within conditions", row.r, note=row.note)
        for row in groups.item_rest(within).itertuples()
    ]


def _tests(scale: str, tests: list[groups.Omnibus]) -> list[tuple]:
    rows = []
    for test in tests:
        df = ", ".join(f"{value:.4g}" for value in test.df)
        what = f"{test.test} ({df} df)" if df else test.test
        rows.append(_row("all conditions", scale, what, "all", test.statistic, p=test.p, note=test.note))
    return rows


def _effects(scale: str, what: str, effects: pd.DataFrame) -> list[tuple]:
    """One row per pair of conditions of a model; p with Holm's correction."""
    return [
        _row("pairs", scale, what, f"{row.first} - {row.second}", row.value, row.low, row.high, row.p_holm, row.note)
        for row in effects.itertuples()
    ]


def _differences(scale: str, pairs: dict, within: bool) -> list[tuple]:
    rows = []
    for (first, second), scores in pairs.items():
        found = analyse.difference(*scores, within)
        rows.append(_row("pairs", scale, "difference of means", f"{first} - {second}", *_ends(found), note=found.note))
    return rows


def _equivalence(scale: str, pairs: dict, margin: float, within: bool) -> list[tuple]:
    """Each pair at 5 % by itself, so that p says the same as the 90 % interval."""
    rows, what = [], f"{EQUIVALENT} {margin:g} (TOST, 90 %)"
    for (first, second), scores in pairs.items():
        found, p = analyse.equivalence(*scores, margin, within)
        rows.append(_row("pairs", scale, what, f"{first} - {second}", *_ends(found), p=p, note=found.note))
    return rows


def _ends(found: Estimate) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _pairs_within(scale: str, table: pd.DataFrame) -> list[tuple]:
    rows, part = [], "pairs"
    for pair in analyse.paired(table).itertuples():
        who = f"{pair.first} - {pair.second}"
        rows += [
            _row(part, scale, "Wilcoxon W (p: Holm)", who, pair.w, p=pair.p_holm, note=pair.note_w),
            _row(part, scale, "rank-biserial correlation", who, pair.r, note=pair.note_w),
            _row(part, scale, "Hedges' g", who, pair.g, pair.g_low, pair.g_high, note=pair.note_g),
        ]
    return rows


def _pairs(scale: str, scores: Groups) -> list[tuple]:
    rows = []
    for pair in groups.pairs(scores).itertuples():
        who, part = f"{pair.first} - {pair.second}", "pairs"
        rows += [
            _row(part, scale, "Mann-Whitney U (p: Holm)", who, pair.u, p=pair.p_holm, note=pair.note_u),
            _row(part, scale, "Games-Howell t", who, pair.t, p=pair.p_games_howell, note=pair.note_t),
            _row(part, scale, "Cliff's delta", who, pair.delta, pair.delta_low, pair.delta_high, note=pair.note_delta),
            _row(part, scale, "Hedges' g", who, pair.g, pair.g_low, pair.g_high, note=pair.note_g),
        ]
    return rows
