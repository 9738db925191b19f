"""Drawings of the human study: ratings by condition, and what published means leave possible. No statistics here."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib.instrument import SCALE_LABELS, Instrument

# Brown to green, readable without red and green; the middle is a light grey. Arms' colours are not used: these are
# points of a scale.
_DIVERGING = "BrBG"


def rating_shares(frame: pd.DataFrame, evidence: str) -> pd.DataFrame:
    """Numbers for `diverging`: scale, condition, rating, count, percent (of the ratings in a condition), evidence.

    frame: as lib.responses.scored returns it; ratings are those scored, reverse items turned round.
    """
    counts = frame.groupby(["scale", "condition", "score"], sort=False).size().rename("count").reset_index()
    counts["percent"] = 100 * counts["count"] / counts.groupby(["scale", "condition"])["count"].transform("sum")
    return counts.rename(columns={"score": "rating"}).assign(evidence=evidence)


def diverging(shares: pd.DataFrame, instrument: Instrument) -> Figure:
    """Diverging stacked bars: one panel a scale, one bar a condition, low ratings to the left of the middle one.

    shares: scale, condition, rating, percent, evidence (see `rating_shares`); every panel's title names the evidence.
    """
    scales = [scale for scale in SCALE_LABELS if (shares["scale"] == scale).any()]
    conditions = [name for name in instrument.conditions if (shares["condition"] == name).any()]
    points = sorted(instrument.anchors)
    colors = dict(zip(points, mpl.colormaps[_DIVERGING](np.linspace(0.12, 0.88, len(points))), strict=True))
    figure, axes = plt.subplots(
        len(scales), 1, figsize=(9, 0.55 * len(conditions) * len(scales) + 1.6), squeeze=False, sharex=True
    )
    for axis, scale in zip(axes.flat, scales, strict=True):
        part = shares[shares["scale"] == scale]
        for y, condition in enumerate(conditions):
            percent = part[part["condition"] == condition].set_index("rating")["percent"].reindex(points, fill_value=0)
            _bar(axis, y, percent, colors)
        axis.axvline(0, color="#555555", linewidth=1, zorder=0)
        axis.set_xlim(-105, 105)
        axis.set_yticks(range(len(conditions)), [instrument.conditions[name] for name in conditions])
        axis.set_ylim(len(conditions) - 0.5, -0.5)
        axis.set_title(f"{SCALE_LABELS[scale]} ({', '.join(part['evidence'].unique())})")
        axis.grid(axis="y", visible=False)
    axes[-1, 0].xaxis.set_major_formatter(lambda x, _: f"{abs(x):.0f}")
    axes[-1, 0].set_xlabel("percent of ratings; bars are centred on the middle of the scale")
    handles = [
        Patch(facecolor=colors[point], edgecolor="#555555", label=f"{point} {instrument.anchors[point]}")
        for point in points
    ]
    figure.legend(handles=handles, loc="upper center", ncols=len(points), bbox_to_anchor=(0.5, 1.05), frameon=False)
    figure.tight_layout()
    return figure


def _bar(axis: Axes, y: int, percent: pd.Series, colors: dict) -> None:
    """One bar; the middle rating, where there is one, straddles 0."""
    middle = (percent.index[0] + percent.index[-1]) / 2
    left = -percent[percent.index < middle].sum() - percent[percent.index == middle].sum() / 2
    for point, width in percent.items():
        axis.barh(y, width, left=left, color=colors[point], edgecolor="#555555", linewidth=0.5, height=0.7)
        if width >= 6:
            dark = sum(colors[point][:3]) < 1.4
            axis.text(
                left + width / 2, y, f"{width:.0f}", ha="center", va="center", fontsize=8, color="w" if dark else "k"
            )
        left += width


def ranges(table: pd.DataFrame, statistics: tuple[str, ...] = ("Hedges |g|", "Welch |t|", "Cliff's delta")) -> Figure:
    """What two published means leave possible: one panel a statistic, one row a label.

    table: statistic, label, smallest, largest, sampled_smallest, sampled_largest (as lib.ranges.possible_range, plus a
    label). Thin line: the exact or proven range, an arrow where it has no end; thick line: the sampled sets.
    """
    labels = list(dict.fromkeys(table["label"]))
    figure, axes = plt.subplots(
        1, len(statistics), figsize=(3.6 * len(statistics), 0.34 * len(labels) + 1.7), squeeze=False, sharey=True
    )
    for axis, statistic in zip(axes.flat, statistics, strict=True):
        part = table[table["statistic"] == statistic]
        ends = part[["smallest", "largest", "sampled_smallest", "sampled_largest"]].to_numpy(float)
        limit = 1.08 * np.max(ends[np.isfinite(ends)], initial=0.5)
        for row in part.itertuples():
            _range(axis, labels.index(row.label), row, limit)
        if ends.min() > 0:  # the small end is what matters, and the large one may be far away
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter("{x:g}")
        else:
            axis.axvline(0, color="#888888", linewidth=1)
        axis.set_xlabel(statistic)
        axis.set_yticks(range(len(labels)), labels)
        axis.set_ylim(len(labels) - 0.5, -0.5)
        axis.grid(axis="y", visible=False)
    handles = [
        plt.Line2D([], [], color="black", linewidth=1.2, marker="|", label="no table of ratings lies outside"),
        plt.Line2D([], [], color="#888888", linewidth=5, label="sampled tables (possible, not probable)"),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.07), frameon=False)
    figure.tight_layout()
    return figure


def _range(axis: Axes, y: int, row, limit: float) -> None:
    sampled = np.clip([row.sampled_smallest, row.sampled_largest], None, limit)
    if np.isfinite(sampled).all():
        axis.plot(sampled, [y, y], color="#888888", linewidth=5, solid_capstyle="butt")
    if not np.isnan([row.smallest, row.largest]).any():
        axis.plot([row.smallest, min(row.largest, limit)], [y, y], color="black", linewidth=1.2)
        axis.plot(row.smallest, y, "|", color="black", markersize=9)
        axis.plot(min(row.largest, limit), y, "|" if np.isfinite(row.largest) else ">", color="black", markersize=9)
