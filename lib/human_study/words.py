"""Cells as people and survey tools write them: ratings as numbers or words, names of conditions, seconds, no answer."""

import re
import unicodedata
from dataclasses import dataclass, field

from lib.errors import InputError
from lib.stats.ratings import Instrument

NO_ANSWER = {
    *("", "na", "n a", "nan", "none", "null", "missing", "skipped", "no answer", "no response", "not answered"),
    *("not applicable", "prefer not to say", "prefer not to answer", "i prefer not to say", "i prefer not to answer"),
    *("rather not say", "i d rather not say", "would rather not say", "don t know", "i don t know", "dont know"),
}
NO_NUMBER = {"-9", "-77", "-88", "-97", "-98", "-99", "-999", "-9999"}  # codes of survey tools for no answer
_NO = {"no", "false", "0", "n", "i do not agree", "i do not consent", "disagree", "i disagree"}
_AGREE = {"strongly": 1.0, "completely": 1.0, "totally": 1.0, "fully": 1.0, "": 0.5}
_SOMEWHAT = ("somewhat", "slightly", "rather", "mildly", "tend to")
_NEITHER = ("neither", "neither agree nor disagree", "neither disagree nor agree", "neither agree or disagree")
_NEITHER += ("neutral", "undecided", "neither nor")


def plain(text: str) -> str:
    """Letters and digits only, in lower case, one blank between words: what is compared."""
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


@dataclass
class Ratings:
    """Reads the cells of one table; `others`, cell -> rating ("" for no answer), comes before everything else."""

    instrument: Instrument
    others: dict[str, str]
    in_words: bool = False
    _used: dict[str, str] = field(default_factory=dict)  # usual agreement words met, and where

    def __post_init__(self):
        anchors, low, high = self.instrument.anchors, self.instrument.low, self.instrument.high
        self._words = {}
        bottom, top = plain(anchors[low]), plain(anchors[high])
        if "disagree" in bottom.split() and "agree" in top.split() and "disagree" not in top.split():
            self._words = _agreement(low, high)
        self._words |= {plain(str(words)): point for point, words in anchors.items()}
        for cell, point in self.others.items():
            if point and (not point.isdecimal() or int(point) not in anchors):
                raise InputError(f"--words {cell}={point}: expected a number from {low} to {high}, or nothing")
        exact = {cell.casefold(): point for cell, point in self.others.items()}
        self._others = {plain(cell): point for cell, point in exact.items() if not cell.startswith("-")} | exact

    def read(self, cell: str, place: str) -> int | None:
        """The rating of a cell, None where it is no answer. Raises InputError, which names the place."""
        low, high = self.instrument.low, self.instrument.high
        words = plain(cell)
        for known in (cell.casefold(), words):
            if known in self._others and not (known == words and cell.startswith("-")):
                return int(self._others[known]) if self._others[known] else None
        if words in NO_ANSWER or cell in NO_NUMBER:
            return None
        if whole := re.fullmatch(r"(\d{1,3})(?:[.,]0+)?", cell, re.ASCII):
            point, words = int(whole[1]), ""
        else:
            point, words = _number_beside(words) if not cell.startswith("-") else (None, words)
            if words and (point is None or words in self._words):
                point = self._named(words, point, place)
        if point not in self.instrument.anchors or re.fullmatch(r"-?[\d.,]+", words):
            raise InputError(
                f"{place}: expected a whole number from {low} to {high} or its words, found {cell[:40]!r}; "
                "another scale: --instrument FILE; no answer, or another code: --words 'CELL=', 'CELL=3'"
            )
        self.in_words |= bool(words)
        return point

    def _named(self, words: str, number: int | None, place: str) -> int | None:
        point = self._words.get(words)
        if number is not None and point != number:
            raise InputError(
                f"{place}: {words!r} stands beside {number}, in the instrument it is {point}; "
                "is the scale the other way round? --instrument FILE, or --words 'CELL=RATING'"
            )
        kind = words.split()[0] if words.startswith(_SOMEWHAT) else words if words in ("agree", "disagree") else ""
        if kind and len(self.instrument.anchors) == 5:
            self._used.setdefault("plain" if kind == words else "somewhat", place)
            if len(self._used) == 2:
                raise InputError(
                    f"{place}: {words!r} beside {'plain' if kind != words else 'weaker'} agreement "
                    f"({next(iter(self._used.values()))}): more than 5 points; give their --instrument FILE"
                )
        return point


def _agreement(low: int, high: int) -> dict[str, int]:
    """The usual words of agreement on so many points."""
    points, middle = high - low + 1, (low + high) / 2
    strengths = {f"{word} ".lstrip(): share for word, share in _AGREE.items()}
    if points == 7:
        strengths |= {"": 2 / 3} | {f"{word} ": 1 / 3 for word in _SOMEWHAT}
    elif points == 5:
        strengths |= {f"{word} ": 0.5 for word in _SOMEWHAT}
    else:
        strengths = {word: share for word, share in strengths.items() if share == 1}
    reach = (high - low) / 2
    words = {f"{word}agree": round(middle + share * reach) for word, share in strengths.items()}
    words |= {f"{word}disagree": round(middle - share * reach) for word, share in strengths.items()}
    return words | (dict.fromkeys(_NEITHER, int(middle)) if points % 2 else {})


def _number_beside(words: str) -> tuple[int | None, str]:
    """(5, "strongly agree") of "5 strongly agree" or the reverse; (3, "") of LimeSurvey's A3; (None, words) else."""
    if code := re.fullmatch(r"ao?0*([1-9]\d?)", words):
        return int(code[1]), ""
    if (beside := re.fullmatch(r"(\d{1,2}) ([^\d]+)", words)) and beside[2].strip():
        return int(beside[1]), beside[2]
    if (beside := re.fullmatch(r"([^\d]+) (\d{1,2})", words)) and beside[1].strip():
        return int(beside[2]), beside[1]
    return None, words


def left_out(head: str, cell: str, qualtrics: bool) -> str:
    """Why the row of this cell is left out, or ""; qualtrics: its codes are known."""
    cell = plain(cell)
    if head in ("status", "distributionchannel", "distribution channel") and (
        "preview" in cell or cell == "survey test" or (qualtrics and head == "status" and cell in ("1", "2"))
    ):
        return "previews"
    if (head in ("finished", "completed") and cell in _NO) or (
        head.endswith(" complete") and cell in ("0", "incomplete")  # REDCap
    ):
        return "unfinished"
    if head == "status" and cell in ("returned", "timed out", "rejected"):  # Prolific
        return "unfinished"
    return "without consent" if "consent" in head.split() and cell in _NO else ""


def seconds(cell: str, place: str) -> str:
    """A number of seconds as Python writes it, "" where there is none. Raises InputError, which names the place."""
    words = re.sub(r"\s*(s|sec|secs|seconds)\.?$", "", cell.strip().casefold())
    if plain(words) in NO_ANSWER:
        return ""
    number = words.replace(",", ".") if words.count(",") == 1 and "." not in words else words
    if not re.fullmatch(r"\d+(\.\d+)?(e[+-]?\d+)?", number, re.ASCII):
        raise InputError(f"{place}: expected a number of at least 0, or nothing, found {cell[:40]!r}")
    return number
