"""One style for every figure, and one call that saves it: PNG, PDF and the CSV of the numbers drawn.

Arms always have the same order (lib/study.py), colour and marker; colours are Okabe and Ito's, which colour-blind
readers tell apart, markers are for black and white. The same numbers give the same bytes.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from lib.files import ROOT, whole, write_text
from lib.study import ARMS, CONTROLS, check_level

FOLDER = ROOT / "figures"
# Set by the runner where a notebook runs with other parameters than its own: the committed figures stay as they are.
ELSEWHERE = "TRACE_FIGURES"

ARM_COLORS = {
    "prompted": "#999999",
    "vanilla": "#000000",
    "correct": "#0072B2",
    "incorrect": "#D55E00",
    "r1": "#009E73",
    "summary": "#56B4E9",
    "posthoc": "#CC79A7",
    "swapped": "#E69F00",
    "incorrect-class": "#F0A878",  # lighter kin of the arm that they vary
    "incorrect-facts": "#8C3D00",
    "correct-padded": "#7FB8D8",
    "r1-cut": "#7FCEB9",
}
_ALL_ARMS = ("prompted", *ARMS, *CONTROLS)
ARM_MARKERS = dict(zip(_ALL_ARMS, "xosDv^P*<>hp", strict=True))


def use_style() -> None:
    """Set the project's look; call it once, before the first figure."""
    look = {
        "figure.dpi": 110,
        "savefig.dpi": 160,
        "savefig.bbox": "tight",
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.labelsize": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "pdf.fonttype": 42,
    }
    sns.set_theme(context="notebook", style="whitegrid", font="DejaVu Sans", rc=look)


def arm_order(arms: pd.Series | list[str]) -> list[str]:
    """The arms present, in the project's order."""
    return [arm for arm in _ALL_ARMS if arm in set(arms)]


def name_rows(axis: Axes, names: Sequence[str]) -> None:
    """One row per name, from the top, at y = 0, 1, …"""
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.grid(axis="y", visible=False)


def save(
    figure: mpl.figure.Figure,
    name: str,
    title: str,
    numbers: pd.DataFrame,
    level: str,
    notebook: str,
    folder: Path | None = None,
) -> None:
    """Save a figure as figures/<name>.png, .pdf and .csv, with its title and a footer that says where it comes from.

    title    what is seen, in one line
    numbers  what is drawn, one row per mark, sorted by the caller; ValueError where there is none
    level    the level or levels of evidence, as study.check_level takes them
    folder   where to, if not figures/: what is drawn of a reader's own data stays out of the repository
    """
    check_level(level)
    shown, folder = folder.name if folder else "figures", folder or _target()
    if numbers.empty:
        raise ValueError(f"figure {name!r}: no numbers to draw")
    text = numbers.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    footer = f"notebook {notebook}  |  evidence: {level}  |  numbers: {shown}/{name}.csv"
    made_of = f"{shown}/{name}.csv, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    above = max([1.02, *(max(1.07, _top(legend) + 0.01) for legend in figure.legends)])
    figure.text(0.0, above, title, fontsize=12, fontweight="bold", ha="left", va="bottom")
    figure.text(0.0, -0.02, footer, fontsize=7, color="#555555", ha="left", va="top")
    write_text(folder / f"{name}.csv", text)
    pdf = {"CreationDate": None, "Producer": None, "Subject": made_of}
    for suffix, metadata in ((".png", {"Software": None, "Description": made_of}), (".pdf", pdf)):
        with whole(folder / f"{name}{suffix}") as temporary:
            figure.savefig(temporary, format=suffix[1:], metadata=metadata)


def _top(legend: mpl.legend.Legend) -> float:
    """Where a figure's legend ends, in heights of the figure: one of several lines may rise above the axes' room."""
    return legend.get_window_extent().transformed(legend.figure.transFigure.inverted()).y1


def _target() -> Path:
    return Path(os.environ.get(ELSEWHERE) or FOLDER)


def save_numbers(name: str, numbers: dict) -> None:
    """Write figures/<name>.json: the numbers of a notebook that other notebooks and the README read."""
    write_text(_target() / f"{name}.json", json.dumps(numbers, indent=1, sort_keys=True) + "\n")


def load_numbers(name: str) -> dict:
    """Read figures/<name>.json. Raises FileNotFoundError with what to run where it is not there."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"figures/{name}.json is not there; run notebook {name} first (make paper)")
    return json.loads(path.read_text())
