"""Usefulness of a kind of trace to students against its place on people's scales. No statistics here."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.analysis.retrained import whom
from lib.figures import ARM_COLORS, ARM_MARKERS, arm_order
from lib.stats.ratings import SCALE_LABELS
from lib.study import ARM_LABELS


def usefulness(points: pd.DataFrame, plain: pd.DataFrame) -> Figure:
    """One row of panels a scale, one column a student, one mark a kind of trace; hollow: reported, full: re-trained.

    points: as lib.analysis.decoupling.points returns them; plain: student, accuracy, level of students of plain answers, drawn
    as lines. A mark with a horizontal bar lies somewhere on the bar; without one, its place is published.
    """
    students, scales = list(points["student"].unique()), list(points["scale"].unique())
    figure, axes = plt.subplots(
        len(scales), len(students), figsize=(2.9 * len(students), 2.9 * len(scales)),
        squeeze=False, sharex="row", sharey=True,
    )  # fmt: skip
    for i, scale in enumerate(scales):
        for axis, student in zip(axes[i], students, strict=True):
            part = points[(points["scale"] == scale) & (points["student"] == student)]
            ranged = list(part.loc[part["low"] < part["high"], "arm"].unique())
            for row in part.itertuples():
                _mark(axis, row, ranged)
            for row in plain[plain["student"] == student].itertuples():
                axis.axhline(row.accuracy, color="black", linewidth=1.2, linestyle=_LINES[row.level])
            axis.set_xlabel(f"{SCALE_LABELS[scale]} (1 to 5)")
            axis.set_xlim(0.8, 5.2)
            axis.set_xticks(range(1, 6))
            if i == 0:
                own = (part["level"] == "re-trained").all()
                axis.set_title(whom("cotemp", student, "\n") if own else student)
    for axis in axes[:, 0]:
        axis.set_ylabel("answers right (percent)")
        axis.set_ylim(max(0, 10 * (min(points["accuracy"].min(), plain["accuracy"].min()) // 10 - 1)), 100)
    handles = [_handle(arm) for arm in arm_order(points["arm"])]
    handles.append(plt.Line2D([], [], color="black", linewidth=1.2, linestyle="--", label="answer only (no trace)"))
    if (points["level"] == "re-trained").any():
        handles.append(plt.Line2D([], [], linewidth=1.2, marker="s", markersize=8, color="#444444", label="re-trained"))
    handles.append(plt.Line2D([], [], color="#888888", linewidth=1.8, label="its mark lies somewhere on the bar"))
    figure.tight_layout()
    columns = 4 if len(handles) > 6 else 6
    figure.legend(handles=handles, loc="lower center", ncols=columns, bbox_to_anchor=(0.5, 1.0), frameon=False)
    return figure


_LINES = {"reported": "--", "re-trained": "-"}


def _mark(axis: Axes, row, ranged: list[str]) -> None:
    color, along = ARM_COLORS[row.arm], 0.0
    if row.low < row.high:
        along = (ranged.index(row.arm) + 1) / (len(ranged) + 1)  # anywhere would do: so that marks do not hide others
        axis.plot([row.low, row.high], [row.accuracy] * 2, color=color, linewidth=1.8, alpha=0.8, zorder=2)
    face = "white" if row.level == "reported" else color
    at = row.low + along * (row.high - row.low)
    axis.plot(at, row.accuracy, ARM_MARKERS[row.arm], color=color, markerfacecolor=face, markersize=8, zorder=3)


def _handle(arm: str) -> plt.Line2D:
    style = {"marker": ARM_MARKERS[arm], "color": ARM_COLORS[arm], "markerfacecolor": "white"}
    return plt.Line2D([], [], linestyle="", markersize=8, label=ARM_LABELS[arm], **style)
