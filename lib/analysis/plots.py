"""The drawings: each takes a tidy data frame, draws what it says, and returns the figure. No statistics here."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib.figures import ARM_COLORS, arm_order, name_rows
from lib.study import ARM_LABELS, DATASET_LABELS

STEP_LABELS = {"class": "class step", "ir": "IR step", "trace": "whole trace"}

# How a source of an accuracy is drawn: marker and fill, told apart without colour.
SOURCES = {
    "reported": {"marker": "D", "fill": False},
    "re-scored, released answers": {"marker": "o", "fill": True},
    "re-scored, strict answers": {"marker": "s", "fill": True},
}


def accuracy(frame: pd.DataFrame) -> Figure:
    """Answer accuracy by arm, one panel a dataset and student, one mark a source, bars for 95 % intervals.

    frame: dataset, student, arm, source (a key of SOURCES), value, low, high (percent; NaN where there is no interval).
    """
    panels = list(frame[["dataset", "student"]].drop_duplicates().itertuples(index=False, name=None))
    figure, axes = plt.subplots(2, (len(panels) + 1) // 2, figsize=(10, 6.2), sharex=True, squeeze=False)
    for axis, (dataset, student) in zip(axes.flat, panels, strict=True):
        part = frame[(frame["dataset"] == dataset) & (frame["student"] == student)]
        arms = arm_order(part["arm"])
        for offset, (source, style) in zip((-0.22, 0.0, 0.22), SOURCES.items(), strict=True):
            for row in part[part["source"] == source].itertuples():
                _interval(axis, arms.index(row.arm) + offset, row, ARM_COLORS[row.arm], style)
        name_rows(axis, [ARM_LABELS[arm] for arm in arms])
        axis.set_title(f"{DATASET_LABELS[dataset]}, {student}")
    for axis in axes[-1]:
        axis.set_xlabel("answers right (percent)")
    axes.flat[0].set_xlim(0, 100)
    handles = [_source_handle(source) for source in SOURCES if (frame["source"] == source).any()]
    figure.legend(handles=handles, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.05), frameon=False)
    figure.tight_layout()
    return figure


def _interval(axis: Axes, y: float, row, color: str, style: dict) -> None:
    if np.isfinite(row.low):
        axis.plot([row.low, row.high], [y, y], color=color, linewidth=1.6, solid_capstyle="butt")
    face = color if style["fill"] else "white"
    axis.plot(row.value, y, style["marker"], color=color, markerfacecolor=face, markersize=7, clip_on=False)


def _source_handle(source: str) -> plt.Line2D:
    style = SOURCES[source]
    face = "#444444" if style["fill"] else "white"
    return plt.Line2D([], [], marker=style["marker"], color="#444444", markerfacecolor=face, linestyle="", label=source)


def two_by_two(frame: pd.DataFrame) -> Figure:
    """The 2x2 tables answer x step: one row of panels a step, one column a run, a cell's share as shade and number.

    frame: run (column title), step, right_right, right_wrong, wrong_right, wrong_wrong (counts).
    """
    titles, steps = list(frame["run"].unique()), list(frame["step"].unique())
    figure, axes = plt.subplots(
        len(steps), len(titles), figsize=(2.6 * len(titles), 2.35 * len(steps)), squeeze=False, sharex=True, sharey=True
    )
    for row in frame.itertuples():
        axis = axes[steps.index(row.step), titles.index(row.run)]
        counts = np.array([[row.right_right, row.right_wrong], [row.wrong_right, row.wrong_wrong]])
        _cells(axis, counts)
        if row.step == steps[0]:
            axis.set_title(row.run)
    for axis, step in zip(axes[:, 0], steps, strict=True):
        axis.set_ylabel(f"{STEP_LABELS[step]}\n\nanswer")
    for axis in axes[-1]:
        axis.set_xlabel("step")
    figure.tight_layout()
    return figure


def _cells(axis: Axes, counts: np.ndarray) -> None:
    shares = 100 * counts / counts.sum()
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        color = "white" if share > 70 else "black"  # black reads better on the middle blues, in grey too
        axis.text(j, i, f"{share:.1f} %\n({counts[i, j]})", ha="center", va="center", color=color, fontsize=9)
    axis.set_xticks([0, 1], ["right", "wrong"])
    axis.set_yticks([0, 1], ["right", "wrong"], rotation=90, va="center")
    axis.grid(visible=False)


# Greys, because colours mean arms.
SHARES = {
    "joint": "trace right and answer right, of all",
    "answer_if_right": "answer right, if the trace is right",
    "answer_if_wrong": "answer right, if the trace is wrong",
}
_SHARE_STYLE = {
    "joint": ("#BBBBBB", ""),
    "answer_if_right": ("#333333", ""),
    "answer_if_wrong": ("white", "////"),
}


def sensitivity(frame: pd.DataFrame) -> Figure:
    """How trace and answer hang together under the four protocols, on identical outputs.

    frame: run, protocol (row label), and for each of joint, answer_if_right, answer_if_wrong (percent) and phi:
    <name>, <name>_low, <name>_high.
    """
    titles, protocols = list(frame["run"].unique()), list(frame["protocol"].unique())
    figure, axes = plt.subplots(
        2, len(titles), figsize=(3.4 * len(titles), 6.6), squeeze=False, sharey="row", height_ratios=(1.5, 1)
    )
    for column, title in enumerate(titles):
        part = frame[frame["run"] == title].set_index("protocol").loc[protocols]
        share_bars(axes[0, column], part)
        phi_points(axes[1, column], part)
        axes[0, column].set_title(title)
        axes[1, column].set_xticks(range(len(protocols)), protocols, fontsize=8)
        axes[1, column].set_xlabel("answers judged (above), steps judged (below)", fontsize=8)
        axes[0, column].set_xticks(range(len(protocols)), [])
    axes[0, 0].set_ylabel("share (percent)")
    axes[1, 0].set_ylabel("association of trace and\nanswer (phi; 0: none, 1: full)")
    figure.legend(handles=share_handles(), loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.05), frameon=False)
    figure.tight_layout()
    return figure


def share_handles() -> list[Patch]:
    """The legend of SHARES."""
    return [
        Patch(facecolor=color, hatch=hatch, edgecolor="black", label=SHARES[name])
        for name, (color, hatch) in _SHARE_STYLE.items()
    ]


def share_bars(axis: Axes, part: pd.DataFrame) -> None:
    """The three SHARES with their intervals, one group of bars a row of part (<name>, <name>_low, <name>_high)."""
    x = np.arange(len(part))
    for offset, (name, (color, hatch)) in zip((-0.27, 0.0, 0.27), _SHARE_STYLE.items(), strict=True):
        value, low, high = (part[f"{name}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
        axis.bar(x + offset, value, 0.26, color=color, hatch=hatch, edgecolor="black", linewidth=0.7)
        for line, width in (("white", 4), ("black", 1.4)):  # black with a white rim: legible on every bar, in grey too
            axis.errorbar(x + offset, value, [value - low, high - value], fmt="none", ecolor=line, elinewidth=width)
    axis.set_ylim(0, 105)
    axis.grid(axis="x", visible=False)


def phi_points(axis: Axes, part: pd.DataFrame) -> None:
    """phi with its interval, one point a row of part (phi, phi_low, phi_high)."""
    value, low, high = (part[f"phi{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    x = np.arange(len(part))
    axis.errorbar(x, value, [value - low, high - value], fmt="o", color="black", markersize=6, capsize=3)
    axis.axhline(0, color="#888888", linewidth=1)
    axis.set_xlim(-0.5, len(part) - 0.5)
    axis.set_ylim(-0.25, 1.05)
    axis.grid(axis="x", visible=False)


def by_class(frame: pd.DataFrame) -> Figure:
    """The gap P(answer right | step right) - P(answer right | step wrong), per class, step and student.

    frame: student, category, step, value, low, high (percentage points; rows with NaN value are left out and marked).
    """
    students, steps = list(frame["student"].unique()), list(frame["step"].unique())
    categories = list(frame["category"].unique())
    figure, axes = plt.subplots(1, len(steps), figsize=(3.6 * len(steps), 3.8), sharey=True, sharex=True, squeeze=False)
    for axis, step in zip(axes.flat, steps, strict=True):
        for offset, student, marker in zip((-0.15, 0.15), students, "os", strict=True):
            part = frame[(frame["step"] == step) & (frame["student"] == student)]
            y = np.array([categories.index(category) for category in part["category"]]) + offset
            known = np.isfinite(part["value"].to_numpy(float))
            value, low, high = (part[name].to_numpy(float)[known] for name in ("value", "low", "high"))
            face = "black" if marker == "o" else "white"
            axis.errorbar(
                value, y[known], xerr=[value - low, high - value], fmt=marker, color="black", mfc=face, label=student
            )
            for missing in y[~known]:
                axis.text(0, missing, "  too few", va="center", fontsize=8, color="#555555")
        axis.axvline(0, color="#888888", linewidth=1)
        axis.set_title(STEP_LABELS[step])
        name_rows(axis, categories)
        axis.set_xlabel("difference in answers right\n(percentage points)")
    axes[0, 0].set_ylabel("class of the question")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.07), frameon=False)
    figure.tight_layout()
    return figure


def drift(frame: pd.DataFrame) -> Figure:
    """Paper against ours, one row a number: diamond or cross what is reported, below it dot and bar what we re-score.

    frame: label, reported, value, low, high (percent), agrees (bool).
    """
    figure, axis = plt.subplots(figsize=(8.5, 0.4 * len(frame) + 1.2))
    outside = ARM_COLORS["incorrect"]
    for position, row in enumerate(frame.itertuples()):
        color = "black" if row.agrees else outside
        marker, face = ("D", "white") if row.agrees else ("X", color)  # told apart in grey, too
        axis.plot([row.low, row.high], [position + 0.15] * 2, color=color, linewidth=2)
        axis.plot(row.value, position + 0.15, "o", color=color, markersize=6)
        axis.plot(row.reported, position - 0.2, marker, color=color, markerfacecolor=face, markersize=7)
    name_rows(axis, frame["label"])
    axis.set_xlim(0, 100)
    axis.set_xlabel("right (percent, mean over four classes)")
    handles = [
        plt.Line2D([], [], marker="D", color="black", markerfacecolor="white", linestyle="", label="reported"),
        plt.Line2D([], [], marker="X", color=outside, linestyle="", label="reported, outside the interval"),
        plt.Line2D([], [], marker="o", color="black", label="re-scored, with 95 % interval"),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.04), frameon=False)
    figure.tight_layout()
    return figure
