"""Drawings for the notebook on decomposition: a timeline, agreement with labels, reasons, sizes. No statistics here."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib.analysis.decomposition import ANCHOR, OTHER, RELATIONS
from lib.datasets.cotemp.audit import REASONS
from lib.figures import name_rows
from lib.study import DATASET_LABELS

# (colour, hatch, marker) of how a fact lies to the anchor; hatch and marker tell them apart in black and white.
_STYLES = dict(
    zip(
        (ANCHOR, *RELATIONS, OTHER),
        (
            ("#000000", "", "P"),
            ("#0072B2", "", "o"),
            ("#009E73", "///", "s"),
            ("#E69F00", "\\\\\\", "D"),
            ("#CC79A7", "...", "X"),
            ("#BBBBBB", "", "v"),
            ("#FFFFFF", "", "|"),
        ),
        strict=True,
    )
)


def timeline(frame: pd.DataFrame) -> Figure:
    """One row a fact: spans as bars (pale where a date leaves days open), points as markers, the anchor as a band.

    frame: as lib.analysis.decomposition.timeline gives it. The years are those of the anchor and its candidates; a fact that is
    not asked for and lies beyond them is an arrow at the edge.
    """
    figure, axis = plt.subplots(figsize=(9.5, 0.36 * len(frame) + 1.3))
    asked = frame[frame["lies"] != OTHER]
    first, last = asked["start"].min(), asked["end"].max()
    margin = 0.04 * (last - first)
    axis.set_xlim(first - margin, last + margin)
    for y, row in enumerate(frame.itertuples()):
        if row.end < first or row.start > last:
            axis.plot(first if row.end < first else last, y, "<" if row.end < first else ">", color="#888888")
        else:
            (_point if row.point else _bar)(axis, y, row)
        axis.text(1.01, y, f"{row.lies}:  {row.when}", transform=axis.get_yaxis_transform(), va="center", fontsize=8.5)
    for row in frame[frame["lies"] == ANCHOR].itertuples():
        axis.axvspan(row.start, row.end, color="#000000", alpha=0.07, zorder=0)
        for edge in (row.start, row.end):
            axis.axvline(edge, color="#000000", linestyle="--", linewidth=0.9, zorder=1)
    name_rows(axis, [name if len(name) <= 42 else name[:41] + "…" for name in frame["name"]])
    axis.set_xlabel("year")
    axis.xaxis.get_major_locator().set_params(integer=True)
    present = [lies for lies in _STYLES if (frame["lies"] == lies).any()]
    figure.legend(
        handles=[_patch(lies) for lies in present],
        loc="upper center",
        ncols=len(present),
        bbox_to_anchor=(0.5, 1.05),
        frameon=False,
    )
    figure.tight_layout()
    return figure


def _bar(axis: Axes, y: int, row) -> None:
    color, hatch, _ = _STYLES[row.lies]
    style = {"color": color, "hatch": hatch, "edgecolor": "black", "linewidth": 0.8, "zorder": 2}
    axis.barh(y, row.end - row.start, 0.55, row.start, **style | {"alpha": 0.3, "linestyle": ":"})
    if row.sure_start < row.sure_end:
        axis.barh(y, row.sure_end - row.sure_start, 0.55, row.sure_start, **style)


def _point(axis: Axes, y: int, row) -> None:
    color, _, marker = _STYLES[row.lies]
    axis.plot([row.start, row.end], [y, y], color="#555555", linewidth=1.2, zorder=2)
    middle = (row.start + row.end) / 2
    axis.plot(middle, y, marker, color=color, markeredgecolor="black", markersize=8, linestyle="", zorder=3)


def _patch(lies: str) -> Patch:
    color, hatch, _ = _STYLES[lies]
    return Patch(facecolor=color, hatch=hatch, edgecolor="black", label=lies)


_COMPARED = {"class": ("o", "#000000"), "answers": ("s", "#0072B2"), "supporting facts": ("D", "#D55E00")}


def agreement(frame: pd.DataFrame) -> Figure:
    """Percent that agree with their labels, with intervals: a panel a dataset, a row a class.

    frame: dataset, part, class, what (a key of _COMPARED), n, value, low, high (percent), in the order to draw. The
    first part of a dataset is filled, a second one hollow; the panel's title says which.
    """
    datasets = list(frame["dataset"].unique())
    rows = [frame.loc[frame["dataset"] == dataset, "class"].nunique() for dataset in datasets]
    figure, axes = plt.subplots(
        len(datasets), 1, figsize=(8.5, 0.31 * sum(rows) + 1.6), sharex=True, height_ratios=rows, squeeze=False
    )
    for axis, dataset in zip(axes.flat, datasets, strict=True):
        _agreement_panel(axis, frame[frame["dataset"] == dataset])
        parts = frame.loc[frame["dataset"] == dataset, "part"].unique()
        fills = f"{parts[0]}: filled, {parts[1]}: hollow" if len(parts) > 1 else parts[0]
        axis.set_title(f"{DATASET_LABELS[dataset]} ({fills})", loc="left")
    axes[-1, 0].set_xlim(0, 101)
    axes[-1, 0].set_xlabel("rule and label agree (percent, with Wilson's 95 % interval)")
    handles = [
        plt.Line2D([], [], marker=marker, color=color, label=what) for what, (marker, color) in _COMPARED.items()
    ]
    figure.legend(handles=handles, loc="upper center", ncols=len(handles), bbox_to_anchor=(0.5, 1.045), frameon=False)
    figure.tight_layout()
    return figure


def _agreement_panel(axis: Axes, frame: pd.DataFrame) -> None:
    classes, parts = list(frame["class"].unique()), list(frame["part"].unique())
    series = list(frame[["part", "what"]].drop_duplicates().itertuples(index=False, name=None))
    offsets = dict(zip(series, 0.18 * (np.arange(len(series)) - (len(series) - 1) / 2) * 2, strict=True))
    for row in frame.itertuples():
        marker, color = _COMPARED[row.what]
        y = classes.index(row[frame.columns.get_loc("class") + 1]) + offsets[row.part, row.what]
        axis.plot([row.low, row.high], [y, y], color=color, linewidth=1.6)
        face = color if row.part == parts[0] else "white"
        axis.plot(row.value, y, marker, color=color, markerfacecolor=face, markersize=5.5, clip_on=False)
    name_rows(axis, classes)


_REASON_STYLES = dict(
    zip(
        REASONS,
        (("#56B4E9", ""), ("#E69F00", "///"), ("#009E73", "..."), ("#CC79A7", "xxx"), ("#000000", "")),
        strict=True,
    )
)


def reasons(frame: pd.DataFrame) -> Figure:
    """Disagreements as stacked bars, one a class, a segment a reason with its count.

    frame: class, reason (of lib.datasets.cotemp.audit.REASONS), problems, of (all problems examined in the class).
    """
    classes = list(frame["class"].unique())
    figure, axis = plt.subplots(figsize=(10, 0.55 * len(classes) + 1.0))
    left = dict.fromkeys(classes, 0)
    for row in frame.rename(columns={"class": "category"}).itertuples():
        color, hatch = _REASON_STYLES[row.reason]
        y = classes.index(row.category)
        axis.barh(y, row.problems, 0.6, left[row.category], color=color, hatch=hatch, edgecolor="black", linewidth=0.8)
        if row.problems:
            axis.text(
                left[row.category] + row.problems / 2,
                y,
                row.problems,
                ha="center",
                va="center",
                fontsize=8.5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
            )
        left[row.category] += row.problems
    sizes = frame.groupby("class")["of"].first()
    for y, name in enumerate(classes):
        axis.text(left[name], y, f"   {left[name]} of {sizes[name]}", va="center", fontsize=9)
    name_rows(axis, classes)
    axis.set_xlim(0, 1.2 * max(left.values()))
    axis.set_xlabel("problems whose label and rule disagree")
    totals = frame.groupby("reason", sort=False)["problems"].sum()
    handles = [
        Patch(facecolor=color, hatch=hatch, edgecolor="black", label=f"{reason}: {totals[reason]}")
        for reason, (color, hatch) in _REASON_STYLES.items()
    ]
    axis.legend(handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    figure.tight_layout()
    return figure


_SOURCE_STYLES = {"released": ("#BBBBBB", ""), "generated": ("white", "////")}
_WHAT = {"facts": "facts in the context", "answers": "answers", "gold_facts": "gold facts"}


def sizes(frame: pd.DataFrame) -> Figure:
    """How many facts, answers, gold facts a problem has: a row a dataset, percent of problems, released and generated.

    frame: dataset, what (facts, answers, gold_facts), size, percent, source (released or generated).
    """
    datasets = list(frame["dataset"].unique())
    figure, axes = plt.subplots(
        len(datasets), len(_WHAT), figsize=(10, 2.1 * len(datasets) + 0.6), squeeze=False, width_ratios=(2, 1, 1)
    )
    for row, dataset in zip(axes, datasets, strict=True):
        for axis, what in zip(row, _WHAT, strict=True):
            _size_bars(axis, frame[(frame["dataset"] == dataset) & (frame["what"] == what)])
        row[0].set_ylabel(f"{DATASET_LABELS[dataset]}\nproblems (percent)")
    for axis, label in zip(axes[-1], _WHAT.values(), strict=True):
        axis.set_xlabel(f"number of {label}")
    handles = [
        Patch(facecolor=color, hatch=hatch, edgecolor="black", label=source)
        for source, (color, hatch) in _SOURCE_STYLES.items()
    ]
    figure.legend(handles=handles, loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.04), frameon=False)
    figure.tight_layout()
    return figure


def _size_bars(axis: Axes, frame: pd.DataFrame) -> None:
    offsets = (-0.2, 0.2) if frame["source"].nunique() > 1 else (0, 0)
    for offset, (source, (color, hatch)) in zip(offsets, _SOURCE_STYLES.items(), strict=True):
        part = frame[frame["source"] == source]
        axis.bar(
            part["size"] + offset, part["percent"], 0.4, color=color, hatch=hatch, edgecolor="black", linewidth=0.6
        )
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set_xlim(frame["size"].min() - 0.7, frame["size"].max() + 0.7)
    axis.grid(axis="x", visible=False)
