"""Drawings of the human study: ratings by condition, and what published means leave possible. No statistics here."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from lib.figures import ARM_COLORS, ARM_HATCHES, name_rows
from lib.stats.ratings import SCALE_LABELS, Instrument
from lib.study import SIMULATED

# Brown to green, readable without red and green; the middle is a light grey. Arms' colours are not used: these are
# points of a scale.
_DIVERGING = "BrBG"


def rating_shares(frame: pd.DataFrame, evidence: str) -> pd.DataFrame:
    """Numbers for `diverging`: scale, condition, rating, count, percent (of the ratings in a condition), evidence.

    frame: as lib.stats.ratings.scored returns it; ratings are those scored, reverse items turned round.
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
        name_rows(axis, [instrument.conditions[name] for name in conditions])
        axis.set_title(f"{SCALE_LABELS[scale]} ({', '.join(part['evidence'].unique())})")
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

    table: statistic, label, smallest, largest, sampled_smallest, sampled_largest (as lib.stats.possible.possible_range, plus a
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
            _plain_log(axis.xaxis)
        else:
            axis.axvline(0, color="#888888", linewidth=1)
        axis.set_xlabel(statistic)
        name_rows(axis, labels)
    handles = [
        plt.Line2D([], [], color="black", linewidth=1.2, marker="|", label="no table of ratings lies outside"),
        plt.Line2D([], [], color="#888888", linewidth=5, label="sampled tables (possible, not probable)"),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.07), frameon=False)
    figure.tight_layout()
    return figure


def _plain_log(axis: Axis) -> None:
    """Ticks at 1, 2, 5, 10, … written out, on an axis that is logarithmic."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def _range(axis: Axes, y: int, row, limit: float) -> None:
    sampled = np.clip([row.sampled_smallest, row.sampled_largest], None, limit)
    if np.isfinite(sampled).all():
        axis.plot(sampled, [y, y], color="#888888", linewidth=5, solid_capstyle="butt")
    if not np.isnan([row.smallest, row.largest]).any():
        axis.plot([row.smallest, min(row.largest, limit)], [y, y], color="black", linewidth=1.2)
        axis.plot(row.smallest, y, "|", color="black", markersize=9)
        axis.plot(min(row.largest, limit), y, "|" if np.isfinite(row.largest) else ">", color="black", markersize=9)


def extremes(table: pd.DataFrame, instrument: Instrument) -> Figure:
    """Two made-up tables with the same means, one panel each: how many people have which score.

    table: as lib.analysis.human_reading.extremes returns it.
    """
    names = list(table["table"].unique())
    conditions = list(table["condition"].unique())
    figure, axes = plt.subplots(1, len(names), figsize=(4.6 * len(names), 3.4), squeeze=False, sharey=True)
    for axis, name in zip(axes.flat, names, strict=True):
        part = table[table["table"] == name]
        for shift, condition in zip((-0.035, 0.035), conditions, strict=True):
            rows = part[part["condition"] == condition]
            style = {"color": ARM_COLORS[condition], "hatch": ARM_HATCHES[condition], "edgecolor": "black"}
            label = instrument.conditions[condition]
            axis.bar(rows["score"] + shift, rows["people"], 0.07, linewidth=0.6, label=label, **style)
            axis.axvline(rows["mean"].iloc[0], color=ARM_COLORS[condition], linestyle="--", linewidth=1.2)
        axis.set_title(f"{name}\nCliff's delta {part['delta'].iloc[0]:+.2f}")
        axis.set_xlim(instrument.low - 0.2, instrument.high + 0.2)
        axis.set_xlabel("a person's score (dashed: the group's mean)")
        axis.grid(axis="x", visible=False)
    axes[0, 0].set_ylabel("people")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels), bbox_to_anchor=(0.5, 1.07), frameon=False)
    figure.tight_layout()
    return figure


def power(table: pd.DataFrame, needed: pd.DataFrame, smallest: float, target: float = 0.8) -> Figure:
    """Left: power against the effect for groups of one size; right: people a group against the effect to be seen.

    table: n, draws, d, welch, mann_whitney, closed_form (shares); needed: d, simulated, closed_form (people a group);
    smallest: the effect that the closed form detects with power `target`. Bars: 95 % error of the simulation.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9))
    n, draws = int(table["n"].iloc[0]), int(table["draws"].iloc[0])
    left.plot(table["d"], table["closed_form"], color="black", linewidth=1.2, label="t test, closed form")
    for name, label, marker, face in (
        ("welch", "Welch, simulated", "o", "black"),
        ("mann_whitney", "Mann-Whitney, simulated", "s", "white"),
    ):
        error = 1.96 * np.sqrt(table[name] * (1 - table[name]) / draws)
        style = {"markersize": 6, "markerfacecolor": face, "color": "black", "linestyle": ""}
        left.errorbar(table["d"], table[name], yerr=error, marker=marker, label=label, **style)
    left.axhline(target, color="#888888", linewidth=1, linestyle="--")
    left.axvline(smallest, color="#888888", linewidth=1, linestyle="--")
    left.text(smallest + 0.03, 0.03, f"d = {smallest:.2f}", color="#555555", fontsize=9)
    left.set_ylim(0, 1.03)
    left.set_title(f"{n} people a group")
    left.set_xlabel("true difference (standard deviations of the score)")
    left.set_ylabel("chance to see it (power)")
    right.plot(needed["d"], needed["closed_form"], color="black", linewidth=1.2)
    right.plot(needed["d"], needed["simulated"], "s", color="black", markerfacecolor="white")
    for row in needed.itertuples():
        right.annotate(
            f"{row.simulated}", (row.d, row.simulated), xytext=(6, 4), textcoords="offset points", fontsize=9
        )
    right.axhline(n, color="#888888", linewidth=1, linestyle="--")
    right.set_yscale("log")
    _plain_log(right.yaxis)
    right.margins(x=0.1, y=0.1)
    right.set_title(f"people a group for a power of {target:g}")
    right.set_xlabel("true difference (standard deviations of the score)")
    right.set_ylabel("people a group")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.06), frameon=False)
    figure.tight_layout()
    return figure


_EFFECTS = {"delta": "Cliff's delta", "g": "Hedges' g"}


def effects(pairs: pd.DataFrame, instrument: Instrument) -> Figure:
    """Every pair of conditions: effect sizes with their intervals, one row of panels a scale.

    pairs: as lib.analysis.human_reading.pair_effects returns it, with a row at least; what is NaN is said in words.
    """
    scales = [scale for scale in SCALE_LABELS if (pairs["scale"] == scale).any()]
    labels = list(dict.fromkeys(_pair_label(row, instrument) for row in pairs.itertuples()))
    figure, axes = plt.subplots(
        len(scales),
        2,
        figsize=(10, (0.36 * len(labels) + 1) * len(scales) + 0.3),
        squeeze=False,
        sharey=True,
        sharex="col",
    )
    for i, scale in enumerate(scales):
        part = pairs[pairs["scale"] == scale]
        for axis, (name, title) in zip(axes[i], _EFFECTS.items(), strict=True):
            for y, row in enumerate(part.itertuples()):
                _effect(axis, y, *(getattr(row, f"{name}{end}") for end in ("", "_low", "_high")))
            axis.axvline(0, color="#888888", linewidth=1)
            made_up = f" ({SIMULATED})" if (part["evidence"] == SIMULATED).all() else ""  # a file's name would not fit
            axis.set_title(SCALE_LABELS[scale] + made_up)
            name_rows(axis, labels)
            if i == len(scales) - 1:
                axis.set_xlabel(f"{title}, first minus second, 95 % interval")
    for axis, name in zip(axes[0], _EFFECTS, strict=True):  # for the whole column
        reach = np.nanmax(np.abs(pairs[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)), initial=1.0)
        axis.set_xlim(-1.05 * reach, 1.05 * reach)
    figure.tight_layout()
    return figure


def _pair_label(row, instrument: Instrument) -> str:
    return f"{instrument.conditions[row.first]} – {instrument.conditions[row.second]}"


def _effect(axis: Axes, y: int, value: float, low: float, high: float) -> None:
    if np.isnan(value):
        axis.text(0, y, "  cannot be computed", va="center", fontsize=8, color="#555555")
        return
    if np.isfinite(low):
        axis.plot([low, high], [y, y], color="black", linewidth=1.6, solid_capstyle="butt")
    axis.plot(value, y, "o", color="black", markersize=6)
