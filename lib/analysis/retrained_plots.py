"""Drawings of the re-trained level: our own students alone, never beside another dataset's or student's numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib.analysis import plots, retrained
from lib.analysis.questions import MARGINS, VERDICTS, drawable
from lib.figures import name_rows


def association(found: pd.DataFrame) -> Figure:
    """How answer and step hang together in our own students: one column a student and arm, one group a step.

    found: `retrained.association`.
    """
    runs = [part for _, part in found.assign(run=retrained.run_titles(found)).groupby("run", sort=False)]
    size = (max(9.3, 2.6 * len(runs) + 1.5), 6.2)  # wide enough for the legend
    figure, axes = plt.subplots(2, len(runs), figsize=size, squeeze=False, sharey="row", height_ratios=(1.5, 1))
    for (top, bottom), part in zip(axes.T, runs, strict=True):
        plots.share_bars(top, part)
        plots.phi_points(bottom, part)
        for x in np.flatnonzero(~np.isfinite(part["phi"].to_numpy(float))):
            bottom.text(x, 0.1, "no phi", ha="center", fontsize=8, color="#555555")
        top.set_title(part["run"].iloc[0])
        top.set_xticks(range(len(part)), [])
        bottom.set_xticks(range(len(part)), [plots.STEP_LABELS[step] for step in part["step"]], fontsize=8)
        bottom.set_ylim(-1.12, 1.12)  # room for a mark at 1
    axes[0, 0].set_ylabel("share (percent)")
    axes[1, 0].set_ylabel("association of step and\nanswer (phi; 0: none, ±1: full)")
    handles = plots.share_handles()
    for handle in handles:
        handle.set_label(handle.get_label().replace("trace", "step"))
    figure.legend(handles=handles, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.05), frameon=False)
    figure.tight_layout()
    return figure


_VERDICT_STYLE = dict(zip(VERDICTS, (("o", "black"), ("X", "black"), ("o", "white")), strict=True))
_UNITS = {"phi": "association with the answer (phi)", "points": "difference in answers right\n(percentage points)"}


def claims(answers: pd.DataFrame) -> Figure:
    """The re-trained answers to the ledger's questions: one panel a unit, one row a question, bars for intervals.

    answers: `questions.answers`, of which at least one is drawable.
    """
    several = len(retrained.students(answers)) > 1
    answers = drawable(answers)
    units = [unit for unit in _UNITS if (answers["unit"] == unit).any()]
    heights = [max(2, (answers["unit"] == unit).sum()) for unit in units]
    size = (9.5, 0.42 * sum(heights) + 1.1 * len(units))
    figure, axes = plt.subplots(len(units), 1, figsize=size, squeeze=False, height_ratios=heights)
    for axis, unit in zip(axes[:, 0], units, strict=True):
        part = answers[answers["unit"] == unit]
        axis.axvspan(-MARGINS[unit], MARGINS[unit], color="#DDDDDD", zorder=0)
        axis.axvline(0, color="#888888", linewidth=1)
        for y, row in enumerate(part.itertuples()):
            marker, face = _VERDICT_STYLE[row.verdict]
            axis.plot([row.low, row.high], [y, y], color="black", linewidth=1.8, solid_capstyle="butt")
            axis.plot(row.value, y, marker, color="black", markerfacecolor=face, markersize=8)
        whom = [f",\n{retrained.whom(row.dataset, row.student)}" if several else "" for row in part.itertuples()]
        names = [f"{row.claim}: {row.label}{who}" for row, who in zip(part.itertuples(), whom, strict=True)]
        name_rows(axis, names)
        axis.set_xlabel(_UNITS[unit])
    handles = [
        plt.Line2D([], [], marker=marker, color="black", markerfacecolor=face, linestyle="", markersize=8, label=text)
        for text, (marker, face) in _VERDICT_STYLE.items()
    ]
    handles.append(Patch(color="#DDDDDD", label="too small to matter"))
    figure.legend(handles=handles, loc="upper center", ncols=4, bbox_to_anchor=(0.5, 1.06), frameon=False)
    figure.tight_layout()
    return figure
