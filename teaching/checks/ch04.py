"""Checks of chapter 04: what a 2x2 table says, how sure its phi is, and what only an intervention can tell."""

import numpy as np
import pandas as pd

from lib.exercises import exercise
from lib.published import reported, verdicts
from lib.run import records
from lib.stats import right_wrong
from teaching.checks.forms import function, keys, numbers, shown

TOTAL = 1000  # outputs in each table of 04.1


@exercise("04.1")
def tables(answer: object) -> str | None:
    """Two tables of one headline: independent in one, all but inseparable in the other."""
    if wrong := keys(answer, ("independent", "linked")):
        return wrong
    read = {}
    for name in ("independent", "linked"):
        counts = numbers(answer[name], 4)
        if counts is None or min(counts) < 0 or any(count != int(count) for count in counts):
            return f"{name}: expected four counts, whole numbers from 0 up; it is {shown(answer[name])}."
        if sum(counts) != TOTAL:
            return f"{name}: the counts sum to {sum(counts):.0f}, not to {TOTAL}."
        read[name] = right_wrong.Table2x2(*map(int, counts))
    headline = reported.number("correct trace and correct answer", "cotemp", "", "correct")
    for name, table in read.items():
        if abs(100 * table.right_right / TOTAL - headline) > 0.5:
            return f"{name}: both are right in {100 * table.right_right / TOTAL:.1f} %, not in about {headline:g} %."
        if note := table.degenerate():
            return f"{name}: {note}, so that there is no phi."
    phi = {name: right_wrong.phi(table, 10).value for name, table in read.items()}
    if abs(phi["independent"]) > 0.01:
        return f"independent: phi is {phi['independent']:+.3f}. Is the answer right as often after a wrong trace?"
    if phi["linked"] <= 0.8:
        return f"linked: phi is {phi['linked']:+.2f}, not above 0.8. Which two counts pull it down?"
    return None


def _tables() -> dict[str, right_wrong.Table2x2]:
    """Tables of the authors' students, and made-up ones that are small, or lopsided."""
    outputs = verdicts.load().query("arm == 'correct'")
    found = {"a made-up table": right_wrong.Table2x2(30, 20, 10, 40)}
    for protocol in ("released", "strict"):
        judged = outputs[outputs[f"parsed_{protocol}"].fillna(False).astype(bool)]
        for (dataset, student), part in judged.groupby(["dataset", "student"], sort=False):
            right = part[f"answer_{protocol}"], part[f"trace_{protocol}"].astype(bool)
            found[f"{student}, {dataset}, {protocol}"] = right_wrong.Table2x2.from_booleans(*right)
    return found


@exercise("04.2")
def interval(answer: object) -> str | None:
    """An interval of phi from the four counts, held against lib.stats.right_wrong."""
    if wrong := function(answer):
        return wrong
    for name, table in _tables().items():
        got, ours = numbers(answer(*table.cells), 2), right_wrong.phi(table)
        where = f"{name} {table.cells}"
        if got is None:
            return f"{where}: expected (low, high), two finite numbers."
        low, high = got
        if not low <= ours.value <= high:
            return f"{where}: phi is {ours.value:.3f}, and your interval, {low:.3f} to {high:.3f}, leaves it out."
        near = 0.1 * (ours.high - ours.low) + 0.015  # jackknife, delta method and bootstrap are all nearer than this
        if max(abs(low - ours.low), abs(high - ours.high)) > near:
            how = "narrow" if high - low < ours.high - ours.low else "wide"
            return f"{where}: {low:.3f} to {high:.3f} is too {how}, or shifted. Does it know all four counts?"
    got = numbers(answer(12, 0, 0, 12), 2)
    if got is None or got[0] > 0.98 or got[1] < got[0]:
        return "(12, 0, 0, 12): 24 outputs cannot make a phi of 1 certain. What do resamples of an empty cell hold?"
    return None


READS, KNOWS, RESTS = "reads what is cited", "has the answer anyway", "reads what is not cited"


def _student(rng: np.random.Generator, kind: str, able: float, n: int = 200) -> pd.DataFrame:
    """Answers of a simulated student to n problems: right, and following the forced trace, with these chances."""
    chances = {  # kind -> condition -> (right, follows)
        READS: {"own": (able, able), "gold": (0.95, 0.95), "altered": (0.0, 0.95), "none": (able, able)},
        KNOWS: {name: (able, 0.03 if name == "altered" else able) for name in ("own", "gold", "altered", "none")},
        RESTS: {"own": (able, able), "gold": (able / 3, able / 3), "altered": (able, 0.05), "none": (able, able)},
    }[kind]
    rows = []
    for condition, (right, follows) in chances.items():
        drawn = rng.random(n)
        followed = drawn > 1 - follows if condition == "altered" else drawn < right  # there nobody does both
        rows += [(str(i), condition, *pair) for i, pair in enumerate(zip(drawn < right, followed, strict=True))]
    return pd.DataFrame(rows, columns=["problem", "condition", "right", "follows"])


def _students() -> list[tuple[str, pd.DataFrame, str]]:
    """(name, answers, what the student does)."""
    forced = records.interventions([one for one in records.finished("committed") if one[0].seed == 121])
    columns = ["problem", "condition", "right", "follows"]
    found = []
    for arm, kind in (("correct", READS), ("incorrect", RESTS)):
        if len(part := forced.loc[forced["arm"] == arm, columns]):
            found.append((f"the student of {arm} traces (4.10)", part, kind))
    rng = np.random.default_rng(0)
    for able in (0.9, 0.6, 0.35):
        name = f"a simulated student, right on {able:.0%} after its own trace"
        found += [(name, _student(rng, kind, able), kind) for kind in (KNOWS, READS, RESTS)]
    return found


@exercise("04.3")
def intervention(answer: object) -> str | None:
    """What a student answers from, told from its answers after forced traces."""
    if wrong := function(answer):
        return wrong
    for name, answers, kind in _students():
        said = answer(answers.reset_index(drop=True).copy())
        if not isinstance(said, str) or said not in (READS, KNOWS, RESTS):
            return f"{name}: expected one of the three sentences; your function says {shown(said)}."
        if said != kind:
            right, follows = (answers.groupby("condition")[what].mean() for what in ("right", "follows"))
            told = f"own {right['own']:.0%}, gold {right['gold']:.0%}, altered {right['altered']:.0%}"
            return f"{name}: not {said!r}. Right: {told}; follows the altered fact: {follows['altered']:.0%}."
    return None
