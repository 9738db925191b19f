"""Drawings of training: the curve of a run, and arms beside each other. No statistics here."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.analysis.retrained import whom
from lib.figures import ARM_COLORS, ARM_MARKERS, arm_order, name_rows
from lib.study import ARM_LABELS

WHAT_LABELS = {"answer": "final answer right", "class": "class step right", "ir": "IR step right"}
_LINES = {"seeds": "-", "problems": ":"}


def curve(frame: pd.DataFrame) -> Figure:
    """Training loss and learning rate, step by step. frame: step, loss (nats a token), learning_rate."""
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(7.5, 4.6), sharex=True, height_ratios=(3, 1))
    look = {"color": "#000000", "marker": "o", "markersize": 3.5, "linewidth": 1.2}
    top.plot(frame["step"], frame["loss"], **look, clip_on=False, zorder=3)  # a loss near 0 is drawn over the axis
    top.set_ylabel("training loss\n(nats a supervised token)")
    top.set_ylim(bottom=0)
    bottom.plot(frame["step"], frame["learning_rate"], color="#0072B2", linestyle="--", linewidth=1.6)
    bottom.set_ylabel("learning rate")
    bottom.set_xlabel("optimizer step")
    bottom.set_ylim(bottom=0)
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.tight_layout()
    return figure


def arms(frame: pd.DataFrame, means: pd.DataFrame) -> Figure:
    """Accuracy by arm, one row of panels a dataset and student, one panel a measure: a mark a seed, and the mean.

    frame: dataset, student, arm, seed, what (a key of WHAT_LABELS), value (percent); means: the same without seed, and
    low, high (95 %) and interval (over "seeds" or "problems"), as results.mean_over_seeds gives them.
    """
    groups = list(frame.groupby(["dataset", "student"], sort=False))
    heights = [0.5 * part["arm"].nunique() + 1.3 for _, part in groups]
    size = (10, sum(heights) + 0.3)
    figure, axes = plt.subplots(len(groups), len(WHAT_LABELS), figsize=size, squeeze=False, height_ratios=heights)
    for row, ((dataset, student), part) in zip(axes, groups, strict=True):
        its_means = means[(means["dataset"] == dataset) & (means["student"] == student)]
        for axis, (what, label) in zip(row, WHAT_LABELS.items(), strict=True):
            _measure(axis, part[part["what"] == what], its_means[its_means["what"] == what], arm_order(part["arm"]))
            axis.set_xlabel(f"{label}\n(percent of test problems)")
        for axis in row[1:]:
            axis.tick_params(labelleft=False)
        row[0].set_title(whom(dataset, student), loc="left")
    handles = [
        plt.Line2D([], [], color="#444444", linestyle=line, label=f"mean, 95 % interval over {of}")
        for of, line in _LINES.items()
    ]
    handles.append(plt.Line2D([], [], color="#444444", marker="o", mfc="white", linestyle="", label="one seed"))
    figure.tight_layout()
    figure.legend(handles=handles, loc="lower center", ncols=3, bbox_to_anchor=(0.5, 1.0), frameon=False)
    return figure


def _measure(axis: Axes, marks: pd.DataFrame, means: pd.DataFrame, order: list[str]) -> None:
    for row in means.itertuples():
        y, color = order.index(row.arm), ARM_COLORS[row.arm]
        axis.plot([row.low, row.high], [y, y], _LINES[row.interval], color=color, linewidth=1.8)
        axis.plot([row.value] * 2, [y - 0.22, y + 0.22], color=color, linewidth=1.8)
    for row in marks.itertuples():
        y, style = order.index(row.arm), {"color": ARM_COLORS[row.arm], "markerfacecolor": "white"}
        axis.plot(row.value, y, ARM_MARKERS[row.arm], markersize=6, clip_on=False, zorder=3, **style)
    name_rows(axis, [ARM_LABELS[arm] for arm in order])
    axis.set_xlim(0, 100)
