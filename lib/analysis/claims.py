"""The claims ledger: each claim of the abstract, where it is examined, and the numbers that speak to it.

data/claims.yml holds words only. Every number in those words is a `{placeholder}` whose source the claim names:

    paper.csv: <claim>/<dataset>/<student>/<arm>       a reported number
    published_scores.csv: <student>/<arm>              a released score of part 2: mean of the four classes' acc
    <notebook>: <key>                                  a number that a notebook wrote to figures/<notebook>.json

The re-trained level has no words there: `asks` names what our own students are asked, and lib/analysis/questions.py answers.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from lib import figures
from lib.errors import InputError
from lib.files import DATA
from lib.published import reported
from lib.study import LEVELS

FILE = DATA / "claims.yml"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim with its numbers filled in. An empty level has not been examined (yet)."""

    id: str
    claim: str
    where: str
    examined: tuple[str, ...]  # notebooks
    figures: tuple[str, ...]
    levels: dict[str, str]  # level of evidence -> what it says
    reading: str
    asks: tuple[dict, ...] = ()  # what our own students are asked of it (lib/analysis/questions.py)


def load(path: Path = FILE) -> list[Claim]:
    """All claims, in order, with their numbers. Raises InputError for a number without source, or the reverse."""
    return [_fill(entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def _fill(entry: dict) -> Claim:
    numbers = {name: _number(source) for name, source in entry.get("numbers", {}).items()}
    texts = {key: entry.get(key) or "" for key in (*LEVELS, "reading")}
    try:
        filled = {key: text.format_map(numbers).strip() for key, text in texts.items()}
    except KeyError as error:
        raise InputError(f"claims.yml, claim {entry['id']}: placeholder {error} has no source under numbers") from None
    unused = [name for name in numbers if not any("{" + name in text for text in texts.values())]
    if unused:
        raise InputError(f"claims.yml, claim {entry['id']}: numbers {', '.join(unused)} are used nowhere")
    return Claim(
        id=entry["id"],
        claim=entry["claim"].strip(),
        where=entry["where"],
        examined=tuple(entry["examined"]),
        figures=tuple(entry.get("figures", ())),
        levels={level: filled[level] for level in LEVELS},
        reading=filled["reading"],
        asks=tuple(entry.get("asks", ())),
    )


def _number(source: str) -> float:
    file, _, key = (part.strip() for part in source.partition(": "))
    if file == "paper.csv":
        return reported.number(*(key.split("/")))
    if file == "published_scores.csv":
        return published_mean(*key.split("/"))
    numbers = figures.load_numbers(file)
    if key not in numbers:
        raise InputError(f"claims.yml: figures/{file}.json has no number {key!r}")
    return numbers[key]


def published_mean(student: str, arm: str) -> float:
    """Released answer accuracy of a part-2 student: unweighted mean over the four classes, percent."""
    table = reported.read("published_scores.csv")
    rows = table[(table["part"] == 2) & (table["student"] == student) & (table["arm"] == arm)]
    if rows.empty:
        raise InputError(f"published_scores.csv: no part-2 scores of {student!r}, arm {arm!r}")
    return float(rows["acc"].mean())
