"""Drawings of part 2: scores by arm, seeds beside each other, effects on a yardstick of seeds. No statistics here."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from lib.analysis.retrained import whom
from lib.figures import ARM_COLORS, ARM_MARKERS, arm_order, name_rows
from lib.study import ARM_LABELS

# The arms drawn against length: those whose traces are as they should be. Corrupted ones are as long as correct ones.
PLAIN_AND_TRUE = ("vanilla", "correct", "r1", "summary", "posthoc", "correct-padded", "r1-cut")


def reported(frame: pd.DataFrame, all_classes: int) -> Figure:
    """Scores by arm, one panel a student; hollow marks with intervals, a star where classes are missing.

    frame: student, arm, classes, value, low, high (percent).
    """
    students, arms = list(frame["student"].unique()), arm_order(frame["arm"])
    figure, axes = plt.subplots(1, len(students), figsize=(11, 3.6), sharey=True, sharex=True, squeeze=False)
    for axis, student in zip(axes[0], students, strict=True):
        for row in frame[frame["student"] == student].itertuples():
            y = arms.index(row.arm)
            _mark(axis, row, y, hollow=True)
            if row.classes < all_classes:
                axis.annotate("*", (row.high, y), (4, -3), textcoords="offset points", fontsize=13)
        axis.set_title(student)
        axis.set_xlabel("answers right (percent)")
        name_rows(axis, [ARM_LABELS[arm] for arm in arms])
    axes[0, 0].set_xlim(0, 100)
    figure.tight_layout()
    return figure


def seeds(runs: pd.DataFrame, one_more: pd.DataFrame, paper: pd.DataFrame) -> Figure:
    """One hollow mark a released run, one panel a student; the paper's number as a bar across.

    runs: student, arm, seed, value; one_more: student, arm, low, high (where another run should fall, drawn as a line);
    paper: student, arm, value. All percent.
    """
    students, arms = list(runs["student"].unique()), arm_order(runs["arm"])
    figure, axes = plt.subplots(1, len(students), figsize=(10, 2.7), sharey=True, sharex=True, squeeze=False)
    for axis, student in zip(axes[0], students, strict=True):
        for row in one_more[one_more["student"] == student].itertuples():
            axis.plot(
                [row.low, row.high], [arms.index(row.arm)] * 2, color="#C4C4C4", linewidth=5, solid_capstyle="butt"
            )
        for row in runs[runs["student"] == student].itertuples():
            style = {"color": ARM_COLORS[row.arm], "markerfacecolor": "none", "markersize": 8}
            axis.plot(row.value, arms.index(row.arm), ARM_MARKERS[row.arm], **style)
        for row in paper[paper["student"] == student].itertuples():
            axis.plot(row.value, arms.index(row.arm), "|", color="black", markersize=26, markeredgewidth=2)
        axis.set_title(student)
        axis.set_xlabel("answers right (percent, mean over four classes)")
        name_rows(axis, [ARM_LABELS[arm] for arm in arms])
    handles = [
        plt.Line2D([], [], linestyle="", marker="o", color="#444444", markerfacecolor="none", label="a released run"),
        plt.Line2D([], [], color="#C4C4C4", linewidth=5, label="where one more run should fall (95 %, seeds alone)"),
        plt.Line2D(
            [], [], linestyle="", marker="|", color="black", markersize=14, markeredgewidth=2, label="the paper"
        ),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.08), frameon=False)
    figure.tight_layout()
    return figure


def effects(frame: pd.DataFrame, yardstick: pd.DataFrame, first: str) -> Figure:
    """One arm minus each other, one panel a student, on a grey band: what two seeds of one arm may differ by.

    frame: student, arm, value, low, high (percentage points); yardstick: student, two_runs, lender.
    """
    students, arms = list(frame["student"].unique()), arm_order(frame["arm"])
    bands = yardstick.set_index("student")
    figure, axes = plt.subplots(1, len(students), figsize=(11, 3.4), sharey=True, sharex=True, squeeze=False)
    for axis, student in zip(axes[0], students, strict=True):
        band = bands.loc[student, "two_runs"]
        own = bands.loc[student, "lender"] == student
        look = {"facecolor": "#D5D5D5", "edgecolor": "white", "hatch": "" if own else "////"}
        axis.axvspan(-band, band, zorder=0, **look)
        axis.axvline(0, color="black", linewidth=1)
        for row in frame[frame["student"] == student].itertuples():
            _mark(axis, row, arms.index(row.arm), hollow=True)
        axis.set_title(student)
        name_rows(axis, [ARM_LABELS[arm] for arm in arms])
    for axis in axes[0]:
        axis.set_xlabel(f"{ARM_LABELS[first]} minus the arm\n(percentage points)")
    plain = plt.Rectangle((0, 0), 1, 1, facecolor="#D5D5D5", label="two seeds of one arm (95 %)")
    lent = plt.Rectangle(
        (0, 0),
        1,
        1,
        facecolor="#D5D5D5",
        edgecolor="white",
        hatch="////",
        label="the same, borrowed from a small student",
    )
    figure.legend(handles=[plain, lent], loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.06), frameon=False)
    figure.tight_layout()
    return figure


def retrained(frame: pd.DataFrame) -> Figure:
    """Our own students: accuracy by arm, and against the length of supervision for the arms in PLAIN_AND_TRUE.

    One row a dataset and student.
    frame: dataset, student, arm, seeds, value, low, high (percent), words (of a completion; 0: not trained).
    """
    panels = [part for _, part in frame.groupby(["dataset", "student"], sort=False)]
    heights = [max(2.6, 0.36 * part["arm"].nunique() + 1.3) for part in panels]
    figure, axes = plt.subplots(
        len(panels), 2, figsize=(10.5, sum(heights)), squeeze=False, width_ratios=(1, 1), height_ratios=heights
    )
    for (left, right), part in zip(axes, panels, strict=True):
        arms = arm_order(part["arm"])
        for row in part.itertuples():
            _mark(left, row, arms.index(row.arm), hollow=False)
        name_rows(left, [ARM_LABELS[arm] for arm in arms])
        left.set_xlim(0, 100)
        left.set_xlabel("answers right (percent of test problems)")
        left.set_title(whom(part["dataset"].iloc[0], part["student"].iloc[0]))
        _against_length(right, part[part["arm"].isin(PLAIN_AND_TRUE)])
        right.set_title("against the length of supervision")
    figure.tight_layout()
    return figure


def _against_length(axis: Axes, part: pd.DataFrame) -> None:
    for row in part.itertuples():
        color = ARM_COLORS[row.arm]
        axis.plot([row.words] * 2, [row.low, row.high], color=color, linewidth=1.4, solid_capstyle="butt")
        axis.plot(row.words, row.value, ARM_MARKERS[row.arm], color=color, markersize=7, clip_on=False)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([5, 10, 20, 50, 100, 200, 500, 1000]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter("{x:,.0f}")
    if len(part):
        axis.set_xlim(part["words"].min() / 1.5, part["words"].max() * 1.8)
    axis.set_ylim(0, 100)
    axis.set_ylabel("answers right (percent)")
    axis.set_xlabel("supervised words and punctuation marks of a completion\n(mean, logarithmic)")


def _mark(axis: Axes, row, y: float, hollow: bool) -> None:
    color = ARM_COLORS[row.arm]
    axis.plot([row.low, row.high], [y, y], color=color, linewidth=1.6, solid_capstyle="butt")
    face = "white" if hollow else color
    axis.plot(row.value, y, ARM_MARKERS[row.arm], color=color, markerfacecolor=face, markersize=7, clip_on=False)
