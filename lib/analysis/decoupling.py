"""The paper's discussion as data: how useful each kind of trace is to students, and where people's ratings place it.

Usefulness: released accuracies of part 2, one a student and arm, and those of our own students where there are any.
Readability: a published mean where there is one; for summaries and post-hoc explanations the paper says no more of
interpretability than that they lie between R1 and rule-based traces. For load it gives R1's mean, the highest.
"""

import json
import math
from itertools import permutations

import pandas as pd
from scipy import stats

from lib import figures
from lib.analysis import human_reading
from lib.errors import InputError
from lib.files import DATA
from lib.published import reported
from lib.stats.ratings import SCALES, Instrument
from lib.study import STUDENTS

DATA = DATA
TRACES = ("r1", "summary", "posthoc", "correct")  # the kinds of trace that people rated
COLUMNS = ["student", "arm", "accuracy", "level"]


def usefulness() -> pd.DataFrame:
    """Released accuracies of part 2: COLUMNS, level reported; percent, unweighted mean over the four classes."""
    table = reported.read("published_scores.csv")
    part = table[(table["part"] == 2) & table["arm"].isin(("vanilla", *TRACES))]
    rows = part.groupby(["student", "arm"])["acc"].agg(["mean", "count"])
    if (rows["count"] != 4).any():
        raise InputError(f"published_scores.csv: expected four classes a run, found {dict(rows['count'])}")
    order = [(student, arm) for student in STUDENTS for arm in ("vanilla", *TRACES)]
    return pd.DataFrame([(*key, float(rows.loc[key, "mean"]), "reported") for key in order], columns=COLUMNS)


def retrained() -> pd.DataFrame:
    """Accuracies of our own students on CoTempQA: COLUMNS, level re-trained; empty where none are trained yet.

    Read from figures/03_*.json, keys accuracy/cotemp/<student>/<arm>/re-trained/value, and data/retrained*.csv,
    columns student, arm, accuracy (percent). Raises InputError for a table without them.
    """
    rows = []
    for path in sorted(figures.FOLDER.glob("03_*.json")):
        for key, value in json.loads(path.read_text(encoding="utf-8")).items():
            match key.split("/"):
                case ["accuracy", "cotemp", student, arm, "re-trained", "value"] if arm in ("vanilla", *TRACES):
                    rows.append((student, arm, float(value), "re-trained"))
    for path in sorted(DATA.glob("retrained*.csv")):
        table = reported.read(path.name)
        if missing := [column for column in COLUMNS[:3] if column not in table]:
            raise InputError(f"{path.name}: column {missing[0]!r} is missing; expected student, arm, accuracy")
        part = table[table["arm"].isin(("vanilla", *TRACES))]
        rows += [(row.student, row.arm, float(row.accuracy), "re-trained") for row in part.itertuples()]
    return pd.DataFrame(rows, columns=COLUMNS)


def positions(instrument: Instrument) -> pd.DataFrame:
    """Where each kind of trace lies on each scale: scale, arm, low, high, says.

    low = high is a published mean; otherwise the open range in which the mean must lie by the paper's words.
    """
    published, rows = human_reading.published_means(), []
    ends = {
        "interpretability": (published["interpretability"]["r1"], published["interpretability"]["correct"]),
        "load": (float(instrument.low), published["load"]["r1"]),
    }
    words = {"interpretability": "between R1 and rule-based traces", "load": "below R1 traces"}
    for scale in SCALES:
        for arm in TRACES:
            mean = published[scale].get(arm)
            low, high = ends[scale] if mean is None else (mean, mean)
            rows.append((scale, arm, low, high, words[scale] if mean is None else "published mean"))
    return pd.DataFrame(rows, columns=["scale", "arm", "low", "high", "says"])


def points(useful: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """One row a student, scale and kind of trace: COLUMNS, scale, low, high, says."""
    return useful[useful["arm"].isin(TRACES)].merge(places, on="arm")


def orders(part: pd.DataFrame) -> list[tuple[str, ...]]:
    """All orders of the arms from low to high that the positions allow, ties left out. part: arm, low, high."""
    ends = part.set_index("arm")[["low", "high"]]

    def allowed(order: tuple[str, ...]) -> bool:
        # each arm can be put as low as possible, above the one before it
        at = -math.inf
        for arm in order:
            low, high = ends.loc[arm]
            if low == high:
                if low <= at:
                    return False
                at = low
            else:
                at = max(at, low)
                if at >= high:
                    return False
        return True

    return [order for order in permutations(part["arm"]) if allowed(order)]


def rank_correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rho of usefulness and position over all orders that the published numbers allow.

    table: as `points` returns it. One row a student, level and scale: orders (how many), low, high (of rho), p_floor
    (the smallest two-sided p that so many points can have at all, by permutation).
    """
    rows = []
    for (student, level, scale), part in table.groupby(["student", "level", "scale"], sort=False):
        accuracy = part.set_index("arm")["accuracy"]
        possible = orders(part)
        found = [float(stats.spearmanr(range(len(order)), accuracy.loc[list(order)]).statistic) for order in possible]
        floor = 2 / math.factorial(len(part))
        rows.append((student, level, scale, len(possible), min(found), max(found), floor))
    return pd.DataFrame(rows, columns=["student", "level", "scale", "orders", "low", "high", "p_floor"])


def rated_pair(useful: pd.DataFrame) -> pd.DataFrame:
    """The one pair whose readability is published on both sides, student by student, and plain answers beside it.

    Columns: student, level, r1, correct, difference (percentage points), best (the arm with the highest accuracy).
    """
    rows = []
    for (student, level), part in useful.groupby(["student", "level"], sort=False):
        accuracy = part.set_index("arm")["accuracy"]
        r1, correct = (float(accuracy.get(arm, math.nan)) for arm in ("r1", "correct"))
        rows.append((student, level, r1, correct, r1 - correct, accuracy.idxmax()))
    return pd.DataFrame(rows, columns=["student", "level", "r1", "correct", "difference", "best"])


def order_of_use(useful: pd.DataFrame) -> dict[str, list[str]]:
    """Student -> the kinds of trace from most to least useful (reported level)."""
    part = useful[useful["arm"].isin(TRACES) & (useful["level"] == "reported")]
    ranked = part.sort_values("accuracy", ascending=False, kind="stable")
    return {student: ranked.loc[ranked["student"] == student, "arm"].tolist() for student in part["student"].unique()}
