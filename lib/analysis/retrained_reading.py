"""The re-trained tables made for reading: wide tables and sentences. Every number in them is computed."""

import math

import pandas as pd

from lib.analysis import retrained
from lib.analysis.questions import MARGINS, OPEN, SUPPORTS, verdict
from lib.analysis.rescored import STEPS
from lib.analysis.training_plots import WHAT_LABELS
from lib.study import ARM_LABELS
from lib.tables import with_interval

_STEP_WORDS = {"class": "class step", "ir": "IR step", "trace": "whole trace"}
_FEWEST = 5  # outputs on either side of a gap


def coverage(profile: str, finished: int, missing: int) -> str:
    """One sentence: how much is trained of the cells of a profile that a notebook reads."""
    if not finished:
        return (
            f"Re-trained: **nothing yet**. None of the {missing} cells of the profile `{profile}` that this notebook "
            f"reads is trained (`make paper PROFILE={profile}` does that), so this level is empty here."
        )
    rest = f" {missing} are still to be trained; what needs them is left out." if missing else ""
    return (
        f"Re-trained: {finished} of the {finished + missing} cells of the profile `{profile}` that this notebook reads "
        f"are finished.{rest}"
    )


def accuracy_table(means: pd.DataFrame) -> pd.DataFrame:
    """`results.mean_over_seeds`, one row an arm, one column a measure."""
    rows = []
    for (dataset, student, arm), part in means.groupby(["dataset", "student", "arm"], sort=False):
        by = part.set_index("what")
        shares = {
            label: with_interval(*by.loc[what, ["value", "low", "high"]]) if what in by.index else None
            for what, label in WHAT_LABELS.items()
        }
        first = part.iloc[0]
        key = {"dataset, student": retrained.whom(dataset, student), "arm": ARM_LABELS[arm]}
        rows.append(key | {"seeds": int(first["seeds"])} | shares | {"interval over": first["interval"]})
    return pd.DataFrame(rows)


def gap(row) -> str:
    """A difference between arms with its interval, from a row of retrained.differences."""
    return with_interval(row.difference, row.low, row.high, "+.1f")


def difference_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """`retrained.differences`, one row a pair of arms."""
    return pd.DataFrame(
        {
            "dataset, student": [retrained.whom(row.dataset, row.student) for row in gaps.itertuples()],
            "arms": [f"{ARM_LABELS[row.first]} − {ARM_LABELS[row.second]}" for row in gaps.itertuples()],
            "seeds": gaps["seeds"],
            "problems a seed": gaps["n"],
            "difference": [gap(row) for row in gaps.itertuples()],
            "seed by seed": [
                f"{row.least:+.1f} to {row.most:+.1f}" if row.seeds > 1 else None for row in gaps.itertuples()
            ],
        }
    )


def association_table(found: pd.DataFrame) -> pd.DataFrame:
    """`retrained.association`, one row an arm and step."""
    return pd.DataFrame(
        {
            "dataset, student": [retrained.whom(row.dataset, row.student) for row in found.itertuples()],
            "arm": [ARM_LABELS[arm] for arm in found["arm"]],
            "step": [_STEP_WORDS[step] for step in found["step"]],
            "seeds": found["seeds"],
            "both right, of all": _column(found, "joint"),
            "answer right if step right": _column(found, "answer_if_right"),
            "answer right if step wrong": _column(found, "answer_if_wrong"),
            "phi": _column(found, "phi", "+.2f"),
            "chi-squared above the criterion": [
                f"in {row.above} of {retrained.seeds(row.tested)}" if row.tested else None for row in found.itertuples()
            ],
        }
    )


def _column(found: pd.DataFrame, name: str, form: str = ".1f") -> list[str]:
    return [_told(row, name, form) for _, row in found.iterrows()]


def _told(row: pd.Series, name: str, form: str = ".1f") -> str:
    return with_interval(*row[[name, f"{name}_low", f"{name}_high"]], form)


def class_table(inside: pd.DataFrame) -> pd.DataFrame:
    """`retrained.by_class`, one row a class of question."""

    def share(right: int, n: int) -> str | None:
        return f"{100 * right / n:.1f} % ({right} of {n})" if n else None

    return pd.DataFrame(
        {
            "dataset, student": [retrained.whom(row.dataset, row.student) for row in inside.itertuples()],
            "class of the question": inside["category"],
            "answer right, trace right": [share(row.if_right, row.right) for row in inside.itertuples()],
            "answer right, trace wrong": [share(row.if_wrong, row.wrong) for row in inside.itertuples()],
        }
    )


def classes(inside: pd.DataFrame) -> str:
    """Whether the association is there inside the classes, too: a paragraph a dataset and student."""
    groups = inside.groupby(["dataset", "student"], sort=False)
    return "\n\n".join(f"**{retrained.whom(*who)}.** {_classes(part)}" for who, part in groups)


def _classes(inside: pd.DataFrame) -> str:
    known = inside[(inside["right"] >= _FEWEST) & (inside["wrong"] >= _FEWEST)]
    few = len(inside) - len(known)
    rest = f" {few} of {len(inside)} classes have fewer than {_FEWEST} outputs on one side." if few else ""
    if known.empty:
        return "No class has enough outputs with a right and with a wrong trace." + rest
    gaps = 100 * (known["if_right"] / known["right"] - known["if_wrong"] / known["wrong"])
    weight = known["right"] * known["wrong"] / (known["right"] + known["wrong"])  # Mantel and Haenszel's
    inside_all = float((gaps * weight).sum() / weight.sum())
    return (
        f"Inside {int((gaps > 0).sum())} of {len(known)} classes answers are right more often where the trace is; the "
        f"gap is {gaps.min():+.0f} to {gaps.max():+.0f} points, {inside_all:+.0f} on (Mantel and Haenszel's) average. "
        f"This average compares only within classes, so no easy class can make it.{rest}"
    )


def does_a_trace_predict(found: pd.DataFrame, dataset: str, student: str) -> str:
    """The paper's claim of independence, asked of our own students of correct traces: what we find, how sure."""
    part = found[(found["dataset"] == dataset) & (found["student"] == student) & (found["arm"] == "correct")]
    if part.empty:
        return f"{retrained.whom(dataset, student)}: no student of correct traces is trained yet."
    by = part.set_index("step")
    row = by.loc["trace"]
    lines = [
        f"**{retrained.whom(dataset, student)}, {retrained.seeds(int(row['seeds']))}.** Students of correct traces: "
        f"trace and answer both right for {row['joint']:.1f} % of all test problems; answer right *given a right "
        f"trace* {_told(row, 'answer_if_right')} %, *given a "
        f"wrong one* {_told(row, 'answer_if_wrong')} %.",
        "",
        *(f"- {_STEP_WORDS[step][0].upper()}{_STEP_WORDS[step][1:]}: {_association(by.loc[step])}" for step in STEPS),
    ]
    return "\n".join(lines)


def taught_wrong(found: pd.DataFrame, dataset: str, student: str) -> str:
    """The same of students of incorrect traces, whose facts step alone can be right by chance."""
    part = found[(found["dataset"] == dataset) & (found["student"] == student) & (found["arm"] == "incorrect")]
    if part.empty:
        return f"{retrained.whom(dataset, student)}: no student of incorrect traces is trained yet."
    row = part.set_index("step").loc["ir"]
    right, wrong = (_told(row, name) for name in ("answer_if_right", "answer_if_wrong"))
    return (
        f"**{retrained.whom(dataset, student)}, {retrained.seeds(int(row['seeds']))}.** Students of incorrect traces: "
        f"answer right where the facts cited are the right ones {right} %, where they are wrong ones {wrong} %. "
        f"Association: {_association(row)}"
    )


def _association(row: pd.Series) -> str:
    if not math.isfinite(row["phi"]):
        return "no association can be computed (the step, or the answer, is right always or never)."
    judged = verdict("none", row["phi_low"], row["phi_high"], MARGINS["phi"])
    words = (
        "as independent as the paper finds"
        if judged == SUPPORTS
        else "too few problems and seeds to tell"
        if judged == OPEN
        else "not independent; a right step goes with "
        + ("right answers" if row["phi"] > 0 else "*wrong* answers more often")
    )
    return f"phi {_told(row, 'phi', '+.2f')}: {words}."


def survives(gaps: pd.DataFrame, found: pd.DataFrame) -> str:
    """What the re-trained level adds to the conclusions of notebook 4, and how sure it is."""
    if gaps.empty and found.empty:
        return "**Re-trained.** Nothing yet: no student of ours is trained."
    lines = ["**Our own students (re-trained)**\n"]
    for row in gaps[gaps["first"].str.startswith("incorrect")].itertuples():
        judged = verdict("not less", row.low, row.high, MARGINS["points"])
        words = {SUPPORTS: "no loss that matters", OPEN: "cannot be told at this size"}.get(judged, "a loss")
        lines.append(
            f"- {retrained.whom(row.dataset, row.student)}, {ARM_LABELS[row.first]} against {ARM_LABELS[row.second]}: "
            f"{gap(row)} points: {words}."
        )
    for row in found[(found["arm"] == "correct") & (found["step"] == "trace")].itertuples():
        row = pd.Series(row._asdict())
        lines.append(f"- {retrained.whom(row['dataset'], row['student'])}, trace and answer: {_association(row)}")
    lines.append(
        f"\n**How sure.** All of it is {retrained.everyone(gaps if len(gaps) else found)}: a second opinion on the "
        f"paper's *question*, not on its numbers. A loss matters here from {MARGINS['points']:g} points on, an "
        f"association from phi {MARGINS['phi']:g}. Intervals cover other seeds and other problems of the same kind, "
        "but not other kinds of problems, students or recipes."
    )
    return "\n".join(lines)
