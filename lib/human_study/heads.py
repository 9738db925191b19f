"""Heads of columns: who, which condition, which item, by the names in use, by an item's id or by its text."""

import re

from lib.human_study.words import plain
from lib.stats.ratings import PROBLEM, Instrument

# Heads as compared (words.plain); the first of a list is our own name, which wins over the others.
NAMES = {
    "participant": [
        *("participant", "participant id", "participantid", "prolific pid", "prolific id", "prolificid", "subject"),
        *("subject id", "person", "person id", "respondent", "respondent id", "worker id", "workerid", "rater", "pid"),
    ],
    "condition": [
        *("condition", "group", "arm", "treatment", "cond", "experimental condition", "trace type", "type of trace"),
        *("kind of trace", "version"),
    ],
    "item": ["item", "item id", "question", "question id", "statement", "question text", "question key"],
    "rating": ["rating", "response", "answer", "value", "score"],
    "seconds": ["seconds", "secs", "sec", "time", "time s", "seconds per item", "response time", "response time s"],
    PROBLEM: ["problem", "problem id", "trace id", "trace", "trace number", "stimulus", "stimulus id", "passage"],
}
# Of tools, in this order, where nothing else names people
ROW_IDS = ["token", "response id", "responseid", "record id", "id", "case", "username", "email address", "email"]
PERSON = ("prolific id", "participant id", "participant number", "participant code", "subject id")  # in a sentence
CONDITION_OF = re.compile(r"(?:condition|cond|group|arm|treatment|trace type|trace) ?(\d+)")  # of one block of items
_BESIDE = re.compile(r"(?:g\d+)?q\d*|sq\d+|g\d+|item|rating|trace|problem|text|block|check|[tp]?\d+")
_TIMES = {"seconds", "secs", "sec", "time", "submit", "page"}

Found = tuple[str, str, str, bool]  # item, condition or "", what else tells it from others, whether it is its seconds


def find_item(head: str, instrument: Instrument, conditions: dict[str, str]) -> Found | None:
    """The item that a head, or the cell of a long table, speaks of; None where it speaks of none.

    conditions: name as compared -> condition. A text may stand anywhere, below a stem or beside a number; an id is a
    plain word, so beside it there may be only what survey tools put there.
    """
    text = plain(head)
    for item in sorted(instrument.items, key=lambda item: -len(item.text)):
        if len(plain(item.text)) > 7 and plain(item.text) in text:
            rest = text.replace(plain(item.text), " ").split()
            named = [name for key, name in conditions.items() if len(key) > 1 and _in(key, " ".join(rest))]
            short = (
                [conditions[word] for word in rest if word in conditions and not word.isdigit()]
                if len(rest) < 3
                else []
            )
            return item.id, (named or short or [""])[0], " ".join(re.findall(r"\d+", " ".join(rest))), False
    for item in instrument.items:
        if not _in(plain(item.id), text):
            continue
        rest, condition = _without(plain(item.id), text), ""
        for key in sorted(conditions, key=len, reverse=True):
            if key and not condition and _in(key, rest):
                rest, condition = _without(key, rest), conditions[key]
        others = rest.split()
        if all(_BESIDE.fullmatch(word) or word in _TIMES for word in others):
            numbers = " ".join(word for word in others if re.search(r"\d", word))
            return item.id, condition, numbers, bool(_TIMES & set(others))
    return None


def _in(words: str, text: str) -> bool:
    return f" {words} " in f" {text} "


def _without(words: str, text: str) -> str:
    return f" {text} ".replace(f" {words} ", "  ", 1).strip()
