"""The questionnaire as data: scales, items, anchors and conditions, read from data/instrument.yml.

The paper names what people were asked about, not the questions; the wording is ours and says so.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from lib.errors import InputError

FILE = Path(__file__).resolve().parent.parent / "data" / "instrument.yml"
SCALES = ("interpretability", "load")
SCALE_LABELS = {"interpretability": "interpretability", "load": "cognitive load"}
ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence to agree or disagree with.

    scale     one of SCALES, or ATTENTION for an item that only shows whether somebody reads
    facet     what the item is about, e.g. "predictability"
    reverse   agreement counts against the scale: a rating r is scored low + high - r
    expected  the only right rating of an attention item; None for every other item
    """

    id: str
    scale: str
    facet: str
    text: str
    reverse: bool = False
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """Items, the words at the points of the scale, and the conditions, each participant seeing one.

    wording  whose sentences the items are ("ours"); note says more
    """

    wording: str
    note: str
    anchors: dict[int, str]
    conditions: dict[str, str]
    items: tuple[Item, ...]

    @property
    def low(self) -> int:
        """The lowest rating."""
        return min(self.anchors)

    @property
    def high(self) -> int:
        """The highest rating."""
        return max(self.anchors)

    def scale(self, name: str) -> tuple[Item, ...]:
        """The items of one scale, in the file's order."""
        return tuple(item for item in self.items if item.scale == name)

    @property
    def required(self) -> tuple[str, ...]:
        """Ids of the items that every participant must have rated: all but attention items."""
        return tuple(item.id for item in self.items if item.scale != ATTENTION)


def load(path: Path = FILE) -> Instrument:
    """Read an instrument. Raises InputError, naming the file and what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        instrument = Instrument(
            wording=content["wording"],
            note=content["note"].strip(),
            anchors=dict(content["anchors"]),
            conditions=dict(content["conditions"]),
            items=tuple(Item(**item) for item in content["items"]),
        )
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not an instrument ({error}); data/instrument.yml shows the form") from None
    if problem := _problem(instrument):
        raise InputError(f"{path}: {problem}")
    return instrument


def _problem(instrument: Instrument) -> str:
    """What is wrong with an instrument, or ''."""
    points = list(instrument.anchors)
    if len(points) < 2 or points != list(range(points[0], points[0] + len(points))):
        return f"anchors: expected consecutive whole numbers, found {points}"
    ids = [item.id for item in instrument.items]
    if twice := [name for name in dict.fromkeys(ids) if ids.count(name) > 1]:
        return f"item {twice[0]!r} stands there twice"
    for item in instrument.items:
        if item.scale not in (*SCALES, ATTENTION):
            return f"item {item.id!r}: expected a scale among {', '.join((*SCALES, ATTENTION))}, found {item.scale!r}"
        if (item.scale == ATTENTION) != (item.expected in points):
            return f"item {item.id!r}: attention items, and only they, expect one of the ratings {points}"
    if empty := [name for name in SCALES if not instrument.scale(name)]:
        return f"no item of scale {empty[0]!r}"
    return ""
