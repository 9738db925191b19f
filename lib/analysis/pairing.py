"""Were the students of two arms taught the same problems? What of part 2's R1 and rule-based arms can be told.

The authors' script gives rule-based and incorrect traces to R1's problems by a match of answers, and often to another
problem (notebook 5). How many rows that concerns can be counted in their training files alone, which are not at hand:
here are the rows read by hand, how many there should be, and how much of the gap between the arms hangs on one class.
"""

import pandas as pd

from lib.analysis import part2
from lib.analysis.part2_reading import around
from lib.published import reported
from lib.study import ARM_LABELS

ALIKE = ("r1", "summary", "posthoc")  # arms in which each problem has its own text
_SHARE = 0.2  # of R1's problems, kept for the test by that script


def rows_read(arm: str = "correct") -> pd.DataFrame:
    """Rows of an arm's training files that we read: class (index), rows_read, another_problem."""
    table = reported.read("part2_training.csv")
    part = table[table["arm"] == arm].set_index("class")[["rows_read", "another_problem"]]
    return part.reindex(part2.CLASSES, fill_value=0)


def training_rows(n: dict[str, int]) -> int:
    """About how many training rows an arm has, worked out from its test problems. n: class -> test problems."""
    return round(sum(n.values()) * (1 - _SHARE) / _SHARE)


def gaps(scores: pd.DataFrame, n: dict[str, int], first: str = "r1", second: str = "correct") -> pd.DataFrame:
    """One arm minus another in each class, in all, and in all but one: of, classes, student, value, low, high.

    scores, n: as part2.differences takes them. `of` is a class, "all", or "all but <class>".
    """
    parts = {category: [category] for category in part2.CLASSES} | {"all": list(part2.CLASSES)}
    parts |= {f"all but {left}": [c for c in part2.CLASSES if c != left] for left in part2.CLASSES}
    found = []
    for of, classes in parts.items():
        table = part2.differences(scores[scores["category"].isin(classes)], first, n)
        found.append(table[table["arm"] == second].assign(of=of))
    return pd.concat(found, ignore_index=True)[["of", "classes", "student", "value", "low", "high"]]


def turning(table: pd.DataFrame) -> dict[str, list[str]]:
    """Student -> the classes without which the gap changes its sign. table: as `gaps` returns it."""
    found = {}
    for student, part in table.groupby("student", sort=False):
        value = part.set_index("of")["value"]
        found[student] = [c for c in part2.CLASSES if value[f"all but {c}"] * value["all"] < 0]
    return found


def gap_table(table: pd.DataFrame, read: pd.DataFrame, n: dict[str, int], rows: list[str]) -> pd.DataFrame:
    """For reading: one row a class or group of classes, one column a student. rows: which of `gaps` to show."""
    shown = []
    for of in rows:
        cells = {row.student: around(row) for row in table[table["of"] == of].itertuples()}
        counts = f"{read.loc[of, 'another_problem']} of {read.loc[of, 'rows_read']}" if of in read.index else None
        shown.append({"class": of, "test problems": n.get(of), "rows read that teach another problem": counts} | cells)
    return pd.DataFrame(shown).astype({"test problems": "Int64"})


def alike(differences: pd.DataFrame, yardstick: pd.DataFrame) -> pd.DataFrame:
    """R1 minus the arms that share its problems: student, arm, value, low, high, two_runs, clear (-1, 0, 1).

    clear: the sign of a difference beyond chance in the test problems and beyond what two seeds of one arm may
    differ by; 0 for one that is not. differences: part2.differences, R1 first; yardstick: seeds.yardstick.
    """
    part = differences[differences["arm"].isin(ALIKE)].merge(yardstick, on="student")
    beyond = ((part["low"] > 0) | (part["high"] < 0)) & (part["value"].abs() > part["two_runs"])
    part["clear"] = beyond * (1 - 2 * (part["value"] < 0))
    return part[["student", "arm", "value", "low", "high", "two_runs", "clear"]]


def alike_in_words(table: pd.DataFrame) -> str:
    """Who learns clearly more from R1's traces than from those that share their problems, and who less."""

    def named(part: pd.DataFrame) -> str:
        return "".join(f"\n- {r.student}, against {ARM_LABELS[r.arm]}: {around(r)} points" for r in part.itertuples())

    up, down = table[table["clear"] > 0], table[table["clear"] < 0]
    return (
        f"In {len(table)} such comparisons, one run each, R1's traces teach more in {len(up)} and less in {len(down)}, "
        "beyond the chance of the test problems and of two seeds. The others are too close to call."
        + (f"\n\nMore:\n{named(up)}" if len(up) else "")
        + (f"\n\nLess:\n{named(down)}" if len(down) else "")
    )
