"""The drawing of the supervision's lengths: what stands in the frame, nothing computed."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from lib.figures import ARM_COLORS, ARM_HATCHES, arm_order, name_rows
from lib.study import ARM_LABELS
from lib.traces.arms import NEEDS_VERBOSE


def lengths(frame: pd.DataFrame, unit: str, marked: str = "") -> Figure:
    """A box an arm, on a logarithmic axis: quartiles, whiskers from 5 to 95 %, the median as a number.

    frame: arm, n, low, q1, median, q3, high (lengths.summarize). unit: what is counted. marked: put after the names of
    arms that are made from verbose traces, such as "(simulated)".
    """
    arms = arm_order(frame["arm"])
    rows = frame.set_index("arm").loc[arms]
    figure, axis = plt.subplots(figsize=(9, 0.42 * len(arms) + 1.2))
    for position, row in enumerate(rows.itertuples()):
        _box(axis, position, row)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter("{x:,.0f}")
    name_rows(axis, [f"{ARM_LABELS[arm]}{_mark(arm, marked)}" for arm in arms])
    axis.set_xlabel(
        f"length of a completion ({unit}, logarithmic)\nbox: quartiles; whiskers: 5 and 95 %; number: median"
    )
    figure.tight_layout()
    return figure


def _box(axis: Axes, position: int, row) -> None:
    box = {"whislo": row.low, "q1": row.q1, "med": row.median, "q3": row.q3, "whishi": row.high}
    style = {"facecolor": ARM_COLORS[row.Index], "hatch": ARM_HATCHES[row.Index], "edgecolor": "black"}
    outlined = [patheffects.withStroke(linewidth=4, foreground="white")]  # seen on dark boxes and among hatches
    axis.bxp(
        [box],
        positions=[position],
        orientation="horizontal",
        widths=0.6,
        showfliers=False,
        patch_artist=True,
        boxprops=style,
        medianprops={"color": "black", "linewidth": 2, "path_effects": outlined},
    )
    axis.annotate(
        f"{row.median:,.0f}", (row.high, position), (6, 0), textcoords="offset points", va="center", fontsize=9
    )


def _mark(arm: str, marked: str) -> str:
    return f" {marked}" if marked and arm in NEEDS_VERBOSE else ""
