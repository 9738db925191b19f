"""The answer in one minute: every claim of the abstract, our verdict, and the one number that decides it.

data/claims.yml holds the words. Every number in them is a `{placeholder}` whose source the claim names:

    paper.csv: <claim>/<dataset>/<student>/<arm>       a reported number
    <notebook>: <key>                                  a number that a notebook wrote to figures/<notebook>.json

README and notebooks 00 and 07 show this table; notebook 07 says more of each claim, and guards it.
"""

import re

import yaml

from lib import figures
from lib.errors import InputError
from lib.files import DATA
from lib.published import reported

FILE = DATA / "claims.yml"


def load() -> list[dict]:
    """The claims in order: id, claim, verdict, number (filled in), where (notebook#section).

    Raises InputError for a number that has no source, or whose source does not hold it.
    """
    return [entry | {"number": _number(entry)} for entry in yaml.safe_load(FILE.read_text(encoding="utf-8"))]


def _number(entry: dict) -> str:
    try:
        words = entry["number"].format_map({name: _look_up(source) for name, source in entry["sources"].items()})
    except KeyError as error:
        raise InputError(f"claims.yml, claim {entry['id']}: expected a source that holds {error}, found none") from None
    return re.sub(r"(?<!\w)-(?=\d)", "−", words)  # a minus, not a hyphen


def _look_up(source: str) -> float:
    file, _, key = source.partition(": ")
    return reported.number(*key.split("/")) if file == "paper.csv" else figures.load_numbers(file)[key]


def markdown(claims: list[dict], folder: str) -> str:
    """The answer as a Markdown table; `where` becomes a link to the notebook in `folder` ("notebooks/" or "")."""
    rows = [["", "the abstract says", "our verdict", "the number that decides", "where"], ["---"] * 5]
    for claim in claims:
        notebook, _, section = claim["where"].partition("#")
        link = f"[{section}]({folder}{notebook}.ipynb)"
        rows.append([claim["id"], claim["claim"], claim["verdict"], claim["number"], link])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
