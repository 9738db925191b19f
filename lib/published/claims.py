"""The answer in one minute: every claim of the abstract, our verdict, and the one number that decides it.

data/claims.yml holds the words. Every number in them is a `{placeholder}` whose source the claim names:

    paper.csv: <claim>/<dataset>/<student>/<arm>       a reported number
    <notebook>: <key>                                  a number that a notebook wrote to figures/<notebook>.json

The README, notebooks 00 and 07 and the site show this table; notebook 07 says more of each claim, and guards it.
"""

import re
from pathlib import Path

import pandas as pd
import yaml

from lib import figures
from lib.errors import InputError
from lib.files import DATA
from lib.published import reported

FILE = DATA / "claims.yml"
COLUMNS = ["id", "claim", "verdict", "number", "where"]
HEADS = ["", "the abstract says", "our verdict", "the number that decides", "where"]


def load(path: Path = FILE) -> pd.DataFrame:
    """One row per claim, in order: COLUMNS, with the numbers filled in; where: notebook#section.

    Raises InputError for a number without a source, for a source that no words use, and for one that does not exist.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return pd.DataFrame([_row(entry) for entry in entries], columns=COLUMNS)


def _row(entry: dict) -> list[str]:
    sources, words = entry["sources"], entry["number"]
    try:
        number = words.format_map({name: _number(source) for name, source in sources.items()})
    except KeyError as error:
        raise InputError(f"claims.yml, claim {entry['id']}: placeholder {error} has no source") from None
    if unused := [name for name in sources if "{" + name not in words]:
        raise InputError(f"claims.yml, claim {entry['id']}: sources {', '.join(unused)} are used nowhere")
    number = re.sub(r"(?<!\w)-(?=\d)", "−", number)  # a minus, not a hyphen
    return [entry["id"], entry["claim"], entry["verdict"], number, entry["where"]]


def _number(source: str) -> float:
    file, _, key = (part.strip() for part in source.partition(": "))
    if file == "paper.csv":
        return reported.number(*key.split("/"))
    numbers = figures.load_numbers(file)
    if key not in numbers:
        raise InputError(f"claims.yml: figures/{file}.json has no number {key!r}")
    return numbers[key]


def markdown(table: pd.DataFrame, folder: str) -> str:
    """The answer as a Markdown table; `where` becomes a link to the notebook in `folder` ("notebooks/" or "")."""
    rows = [HEADS, ["---"] * len(HEADS)]
    for row in table.itertuples():
        notebook, _, section = row.where.partition("#")
        rows.append([row.id, row.claim, row.verdict, row.number, f"[{section}]({folder}{notebook}.ipynb)"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
