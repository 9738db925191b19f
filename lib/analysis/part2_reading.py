"""What the tables of notebook 5 say, as sentences and as tables for reading; every number is computed."""

import math
from collections.abc import Iterable

import pandas as pd

from lib import figures
from lib.analysis.retrained import whom
from lib.analysis.retrained_reading import gap
from lib.published import reported
from lib.run.cells import UNTRAINED
from lib.study import ARM_LABELS, DATASET_LABELS
from lib.tables import with_interval


def listed(keys: Iterable[str]) -> str:
    """Arms (by their labels) or students as a list in a sentence; "none" for none."""
    return ", ".join(ARM_LABELS.get(key, key) for key in keys) or "none"


def around(row) -> str:
    """A signed value with its interval, from a row with value, low and high."""
    return with_interval(row.value, row.low, row.high, "+.1f")


def percent(row) -> str:
    """A percentage with its interval, from a row with value, low and high."""
    return with_interval(row.value, row.low, row.high)


def wide(accuracies: pd.DataFrame) -> pd.DataFrame:
    """One row a student, one column an arm, as part2.accuracies' values. Columns carry the arms' labels."""
    table = accuracies.pivot(index="student", columns="arm", values="value").loc[accuracies["student"].unique()]
    table = table[figures.arm_order(table.columns)].rename(columns=ARM_LABELS).rename_axis(None, axis=1)
    return table.reset_index()


def sizes(found: dict[str, list[int]]) -> str:
    """The possible numbers of test problems, class by class."""
    return ", ".join(f"{category} {' or '.join(map(str, possible))}" for category, possible in found.items())


def winners(best: dict[str, str]) -> str:
    """Who does best with what. best: as part2.best returns it."""
    arms = dict.fromkeys(best.values())
    return "; ".join(f"{listed([s for s, a in best.items() if a == arm])}: {ARM_LABELS[arm]}" for arm in arms)


def seed_table(runs: pd.DataFrame, spread: pd.DataFrame, classes: int) -> pd.DataFrame:
    """One row a student and arm, one column a seed; a run that lacks a class has no value. Last: standard deviation.

    runs, spread: as lib.analysis.seeds.runs and lib.analysis.seeds.spread return them.
    """
    whole = runs.assign(value=runs["value"].where(runs["classes"] == classes))
    table = whole.pivot(index=["student", "arm"], columns="seed", values="value").rename_axis(None, axis=1)
    order = [(s, a) for s in runs["student"].unique() for a in figures.arm_order(runs["arm"]) if (s, a) in table.index]
    table["standard deviation"] = spread.set_index(["student", "arm"])["sd"]
    table = table.loc[order].reset_index()
    return table.assign(arm=table["arm"].map(ARM_LABELS))


def paper_means(runs: pd.DataFrame) -> pd.DataFrame:
    """The paper's mean for every student and arm among `runs`: student, arm, value (percent)."""
    keys = runs[["student", "arm"]].drop_duplicates().itertuples(index=False, name=None)
    rows = [(student, arm, reported.number("answer accuracy", "cotemp", student, arm)) for student, arm in keys]
    return pd.DataFrame(rows, columns=["student", "arm", "value"])


def outside(paper: pd.DataFrame, one_more: pd.DataFrame) -> list[str]:
    """Which of the paper's means lie where one more run should not, by seed alone (seeds.one_more)."""
    both = paper.merge(one_more, on=["student", "arm"])
    return [
        f"{row.student}, {ARM_LABELS[row.arm]}: {row.value:.1f}, expected {row.low:.1f} to {row.high:.1f}"
        for row in both.itertuples()
        if not row.low <= row.value <= row.high
    ]


def with_paper(effects: pd.DataFrame) -> pd.DataFrame:
    """seeds.effects with the paper's own difference in a column more: paper."""

    def mean(student: str, arm: str) -> float:
        return reported.number("answer accuracy", "cotemp", student, arm)

    own = [mean(row.student, row.first) - mean(row.student, row.second) for row in effects.itertuples()]
    return effects.assign(paper=own)


def effects_table(effects: pd.DataFrame) -> pd.DataFrame:
    """For reading. effects: as with_paper returns it."""
    rows = [
        (row.student, pair(row), f"{row.runs_first} and {row.runs_second}", around(row), f"{row.paper:+.1f}")
        for row in effects.itertuples()
    ]
    return pd.DataFrame(rows, columns=["student", "arms", "runs", "over seeds (95 %)", "in the paper"])


def pair(row) -> str:
    """The two arms of a row with first and second."""
    return f"{ARM_LABELS[row.first]} − {ARM_LABELS[row.second]}"


def effects_in_words(effects: pd.DataFrame) -> str:
    """What seeds leave of part 1's effects. effects: as with_paper returns it."""

    def named(rows: pd.DataFrame) -> str:
        return "; ".join(f"{pair(row)}, {row.student}" for row in rows.itertuples()) or "none"

    clear = effects[(effects["low"] > 0) | (effects["high"] < 0)]
    apart = effects[(effects["paper"] < effects["low"]) | (effects["paper"] > effects["high"])]
    turned = effects[effects["paper"] * effects["value"] < 0]
    hurt = effects[(effects["first"] == "incorrect") & (effects["second"] == "correct")]
    worse, better = hurt[hurt["high"] < 0]["student"], hurt[hurt["low"] > 0]["student"]
    return (
        f"{len(clear)} of {len(effects)} differences are larger than the seeds explain. The paper's own difference "
        f"lies outside the seeds' interval for {len(apart)} ({named(apart)}), and has the other sign for {len(turned)} "
        f"({named(turned)}).\n\nDo incorrect traces hurt, against correct ones? Beyond the seeds' noise they do for "
        f"{listed(worse)}, and they help for {listed(better)}. (The intervals hold seeds only: the test problems are "
        "the same in all runs.)"
    )


def on_the_ruler(ruled: pd.DataFrame, kin: tuple[str, ...] = ("summary", "posthoc")) -> str:
    """R1's traces against the other arms on the ruler of seeds.

    ruled: part2.differences merged with seeds.yardstick; kin: the arms that share R1's problems and answers.
    """
    inside = within(ruled)
    near, all_near = inside[inside["arm"].isin(kin)], ruled[ruled["arm"].isin(kin)]
    first = [s for s, part in ruled.groupby("student", sort=False) if (part["value"] > part["two_runs"]).all()]
    return (
        f"{len(inside)} of {len(ruled)} differences between R1's traces and another arm are no larger than two seeds "
        "of one arm may differ by: "
        + ("; ".join(f"{ARM_LABELS[r.arm]} for {r.student} ({r.value:+.1f})" for r in inside.itertuples()) or "none")
        + f". Among them are {len(near)} of the {len(all_near)} comparisons with {listed(kin)}. R1's traces are beyond "
        f"the ruler's end against everything else for {listed(first)}."
    )


def within(ruled: pd.DataFrame) -> pd.DataFrame:
    """The rows whose value two seeds of one arm may differ by."""
    return ruled[ruled["value"].abs() <= ruled["two_runs"]]


# --- our own students ---------------------------------------------------------------------------------------


def cost_table(gains: pd.DataFrame) -> pd.DataFrame:
    """For reading. gains: as budgets.gains returns it."""
    return pd.DataFrame(
        {
            "dataset": gains["dataset"].map(DATASET_LABELS),
            "student": gains["student"],
            "arm": gains["arm"].map(ARM_LABELS),
            "seeds": gains["seeds"],
            "answers right, percent (95 %)": [percent(row) for row in gains.itertuples()],
            "supervised words a completion": gains["words"],
            "supervised words in all": [f"{value:,.0f}" for value in gains["supervised"]],
            "tokens read in training": [f"{value:,.0f}" for value in gains["read"]],
            "tokens written an answer": gains["written"],
            "points above the untrained student": gains["gain"],
            "points per 1,000 supervised words": gains["per_thousand"],
        }
    )


def pairs(arms: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of arms that this notebook compares: R1's against each other one, swapped ones, the four SIDES."""
    others = [("r1", arm) for arm in figures.arm_order(arms) if arm not in ("r1", UNTRAINED)]
    return list(dict.fromkeys([*others, ("swapped", "r1"), *((first, second) for *_, first, second in SIDES)]))


def own_in_words(gains: pd.DataFrame, gaps: pd.DataFrame) -> str:
    """What our own students show. gains: budgets.gains; gaps: retrained.differences of `pairs`."""
    sentences = []
    for (dataset, student), part in gaps[gaps["first"] == "r1"].groupby(["dataset", "student"], sort=False):
        parted = part[(part["low"] > 0) | (part["high"] < 0)]
        told = [f"{ARM_LABELS[row.second]} {gap(row)}" for row in part.itertuples()]
        sentences.append(
            f"**{ARM_LABELS['r1']} (simulated) minus the others**, {whom(dataset, student)}, percentage points, on the "
            f"same problems and seeds: {'; '.join(told)}. {len(parted)} of {len(part)} intervals leave out 0."
        )
    known = gains.dropna(subset=["per_thousand"])
    if len(known):
        top = known.loc[known.groupby(["dataset", "student"], sort=False)["per_thousand"].idxmax()]
        sentences.append(
            "**Per supervised word** the most is gained from "
            + "; ".join(f"{ARM_LABELS[row.arm]} in {whom(row.dataset, row.student)}" for row in top.itertuples())
            + ". Such a ratio favours whatever is short, and does not tell what more words would have brought."
        )
    if few := int((gains["seeds"] < 3).sum()):
        sentences.append(
            f"**{few} of {len(gains)} arms have fewer than three seeds.** Their intervals are of the test problems "
            "alone; section 5.3 shows what that leaves out."
        )
    return "\n\n".join(sentences) or "No trained arm to speak of yet."


def swap_in_words(gaps: pd.DataFrame, profile: str) -> str:
    """Swapped minus R1 traces of our own students. gaps: retrained.differences of `pairs`."""
    both = gaps[(gaps["first"] == "swapped") & (gaps["second"] == "r1")]
    told = [f"{whom(row.dataset, row.student)}: {gap(row)}" for row in both.itertuples()]
    if not told:
        return f"In the profile `{profile}` no student has been trained on both so far."
    return f"Swapped minus R1 traces (simulated), percentage points: {'; '.join(told)}."


def controls_in_words(planned: int, own: pd.DataFrame, profile: str, limit: float = math.inf) -> str:
    """What there is of the length controls.

    planned: their cells in the profile; own: budgets.table of these arms; limit: tokens that a student may write.
    """
    if not planned:
        return (
            f"The profile `{profile}` has no cells of these two arms, so the question is open here. To train them, add "
            "`correct-padded` and `r1-cut` to the arms of a grid in profiles.yml."
        )
    if own.empty:
        return f"The profile `{profile}` has {planned} cells of these two arms, but none is trained yet."
    told = [f"{ARM_LABELS[row.arm]}, {whom(row.dataset, row.student)}: {percent(row)}" for row in own.itertuples()]
    endless = [row for row in own.itertuples() if row.written > 0.95 * limit]
    return f"Of the {planned} cells of these arms in the profile `{profile}`: {'; '.join(told)}." + "".join(
        f" **{ARM_LABELS[row.arm]}: this student writes on until it is stopped** ({row.written:.0f} of {limit:.0f} "
        "tokens a problem): greedy decoding repeats the filler and never comes to the answer. Its accuracy tells of "
        "that, and nothing of content against length."
        for row in endless
    )


# Along the sides of the table of four cells: what differs, what is held fixed, the two arms.
SIDES = (
    ("content (R1's minus the rules')", "short", "r1-cut", "correct"),
    ("content (R1's minus the rules')", "long", "r1", "correct-padded"),
    ("length (long minus short)", "what the rules say", "correct-padded", "correct"),
    ("length (long minus short)", "what R1 says", "r1", "r1-cut"),
)


def sides_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """Content against length: the four differences of the four cells, for every student that was trained on them.

    gaps: retrained.differences of `pairs`.
    """
    rows = []
    for what, fixed, first, second in SIDES:
        for row in gaps[(gaps["first"] == first) & (gaps["second"] == second)].itertuples():
            arms = f"{ARM_LABELS[first]} − {ARM_LABELS[second]}"
            rows.append((whom(row.dataset, row.student), what, fixed, arms, gap(row)))
    columns = ["dataset, student", "what differs", "held fixed", "arms", "percentage points (95 %)"]
    return pd.DataFrame(rows, columns=columns)
