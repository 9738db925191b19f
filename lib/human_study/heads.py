"""Heads of columns: who, which condition, which item, by the names in use, by an item's id or by its text."""

import re
from collections import defaultdict

from lib.errors import InputError
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
_PERSON = ("prolific id", "participant id", "participant number", "participant code", "subject id")  # in a sentence
_CONDITION_OF = re.compile(r"(?:condition|cond|group|arm|treatment|trace type|trace) ?(\d+)")  # of one block of items
_BESIDE = re.compile(r"(?:g\d+)?q\d*|sq\d+|g\d+|item|rating|trace|problem|text|block|check|[tp]?\d+")
_TIMES = {"seconds", "secs", "sec", "time", "submit", "page"}

Found = tuple[str, str, str, bool]  # item, condition or "", what else tells it from others, whether it is its seconds


def find_item(head: str, instrument: Instrument, conditions: dict[str, str], beside: set[str]) -> Found | None:
    """The item that a head, or the cell of a long table, speaks of; None where it speaks of none.

    conditions: name as compared -> condition. A text may stand anywhere, below a stem or beside a number; an id is a
    plain word, so next to it there may be only what survey tools put there, or words of `beside`.
    """
    text = plain(head)
    for item in sorted(instrument.items, key=lambda item: -len(item.text)):
        if len(plain(item.text)) > 7 and plain(item.text) in text:
            rest = text.replace(plain(item.text), " ").split()
            named = [name for key, name in conditions.items() if len(key) > 1 and _in(key, " ".join(rest))]
            few = rest if len(rest) < 3 else []
            short = [conditions[word] for word in few if word in conditions and not word.isdigit()]
            return item.id, (named or short or [""])[0], " ".join(re.findall(r"\d+", " ".join(rest))), False
    for item in instrument.items:
        if not _in(plain(item.id), text):
            continue
        rest, condition = _without(plain(item.id), text), ""
        for key in sorted(conditions, key=len, reverse=True):
            if key and not condition and _in(key, rest):
                rest, condition = _without(key, rest), conditions[key]
        others = rest.split()
        if all(_BESIDE.fullmatch(word) or word in _TIMES or word in beside for word in others):
            numbers = " ".join(word for word in others if re.search(r"\d", word))
            return item.id, condition, numbers, bool(_TIMES & set(others))
    return None


def condition_names(instrument: Instrument, told: dict[str, str]) -> dict[str, str]:
    """Name as compared -> condition, by label, by name and as told, which wins ("" leaves one out)."""
    if wrong := [name for name in told.values() if name and name not in instrument.conditions]:
        expected = ", ".join(instrument.conditions)
        raise InputError(f"--conditions …={wrong[0]}: expected one of {expected}, or nothing to leave it out")
    names = {plain(str(label)): name for name, label in instrument.conditions.items()}
    return names | {plain(name): name for name in instrument.conditions} | {plain(k): name for k, name in told.items()}


Asked = dict[int, tuple[str, str, str]]  # column -> item, condition, what else tells it from others


def told_apart(asked: Asked, once: list[str], count: bool) -> tuple[Asked, tuple[int, int] | None]:
    """Columns of the same item are several traces: told apart by what their heads add, the same for all items.

    Attention items, `once`, may stand there but once. count: number them where heads do not say. Returns the columns
    with the traces' names, and two columns that cannot be told apart, None where all can.
    """
    same = defaultdict(list)
    for i, (item, group, _) in asked.items():
        same[item, group].append(i)
    alone = [columns[0] for (item, _), columns in same.items() if item in once and len(columns) == 1]
    many = [columns for columns in same.values() if columns[0] not in alone]
    if max(map(len, many), default=1) == 1:
        return {i: (item, group, "") for i, (item, group, _) in asked.items()}, None
    told = {tuple(sorted(asked[i][2] for i in columns)) for columns in many}
    if len(told) == 1 and len(set(*told)) == len(*told):
        return {i: (*one[:2], min(*told)) if i in alone else one for i, one in asked.items()}, None
    if not count or len(set(map(len, many))) > 1:
        return asked, tuple(next(columns for columns in many if len(columns) > 1)[:2])
    order = {i: str(n) for columns in same.values() for n, i in enumerate(columns, 1)}
    return {i: (item, group, order[i]) for i, (item, group, _) in asked.items()}, None


def asks_who(head: str) -> bool:
    """Whether a sentence asks for a name, as "What is your Prolific ID?" does."""
    return any(phrase in plain(head) for phrase in _PERSON)


def numbered_conditions(heads: list[str]) -> dict[str, int]:
    """Number of a block of items -> the column that holds its condition."""
    found = {i: _CONDITION_OF.fullmatch(plain(head)) for i, head in enumerate(heads)}
    return {match[1]: i for i, match in found.items() if match}


def common_words(heads: list[str], ids: list[str]) -> set[str]:
    """Words that stand beside the ids of most items, such as a prefix of all of them."""
    found = defaultdict(set)
    for words in {plain(head) for head in heads}:
        for name in map(plain, ids):
            if _in(name, words) and len(words.split()) <= 4:
                for word in _without(name, words).split():
                    found[word].add(name)
    return {word for word, names in found.items() if len(names) > len(ids) / 2}


def _in(words: str, text: str) -> bool:
    return f" {words} " in f" {text} "


def _without(words: str, text: str) -> str:
    return f" {text} ".replace(f" {words} ", "  ", 1).strip()
