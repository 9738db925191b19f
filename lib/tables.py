"""Tables for reading: plain HTML with a caption that names the level of evidence, the same bytes every time."""

import html
import math

import pandas as pd
from IPython.display import HTML

from lib.files import DATA, write_text
from lib.study import check_level


def show(frame: pd.DataFrame, caption: str = "", level: str = "", decimals: int = 1) -> HTML:
    """A data frame as an HTML table, without its index; missing values are shown as an en dash.

    level: the evidence shown, as study.check_level takes it; "" for a table of none. decimals: of every float.
    Text is escaped; a cell that is an IPython HTML object is taken as it is.
    """
    if level:
        check_level(level)
    head = "".join(f"<th style='text-align:left'>{html.escape(str(column))}</th>" for column in frame.columns)
    cells = ["".join(_cell(value, decimals) for value in row) for row in frame.to_numpy(object)]
    rows = "\n".join(f"<tr>{row}</tr>" for row in cells)
    evidence = f" <i>(evidence: {html.escape(level)})</i>" if level else ""
    title = f"<caption style='text-align:left'><b>{html.escape(caption)}</b>{evidence}</caption>" if caption else ""
    return HTML(f"<table>{title}<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>")


def with_interval(value: float, low: float, high: float, form: str = ".1f") -> str:
    """A number and its interval, "82.1 (79.0 to 85.3)"; alone where it has none, a dash where there is no number."""
    if not math.isfinite(value):
        return "–"
    return f"{value:{form}} ({low:{form}} to {high:{form}})" if math.isfinite(low) else f"{value:{form}}"


def _cell(value: object, decimals: int) -> str:
    if value is None or value is pd.NA or value != value:
        text, align = "–", "right"
    elif isinstance(value, HTML):
        text, align = value.data, "left"
    elif isinstance(value, float):
        text, align = f"{value:.{decimals}f}", "right"
    else:
        text, align = html.escape(str(value)), "left" if isinstance(value, str) else "right"
    return f"<td style='text-align:{align}; vertical-align:top'>{text}</td>"


def keep(name: str, frame: pd.DataFrame) -> None:
    """Write data/NAME.csv, a table made of the authors' files, unless it says the same already."""
    path, text = DATA / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n")
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
