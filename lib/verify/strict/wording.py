"""What a sentence does with what it names: says it, denies it, doubts it, or takes back what was said before.

Names are marked first, each by one private character (`Marks`), so that words inside a name are not read as words.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

# The sections of frames.txt: "# name? question: remark", then a pattern a line.
_TEXT = Path(__file__).with_name("frames.txt").read_text(encoding="utf-8")
_LISTED = re.findall(r"^# ([a-z ]+)(?:\? (.*)|:.*)?\n((?:.+\n)+)", _TEXT, re.MULTILINE)
SECTIONS = {name: re.sub(r"(?<!\\)\((?!\?)", "(?:", lines.strip("\n").replace("\n", "|")) for name, _, lines in _LISTED}
ASKED = {name: question for name, question, _ in _LISTED if question}


def listed(name: str, /, **more: str) -> str:
    """The pattern of a section of frames.txt; more: what else its names in angle brackets stand for."""
    return re.sub(
        r"(?<!\(\?)<([a-z ]+)>", lambda other: more.get(other[1]) or listed(other[1], **more), f"(?:{SECTIONS[name]})"
    )


def listed_words(name: str) -> frozenset[str]:
    """The words of a section of frames.txt that is a list of words."""
    return frozenset(SECTIONS[name].replace("|", " ").split())


MARK = re.compile("[\ue000-\uf8ff]")
_FIRST, _MOST = 0xE000, 0x1880  # of 0x1900 that there are: the rest are the last ones

SAID, DENIED, DOUBTED, RESTATED = "said", "denied", "doubted", "restated"

_DENIAL = re.compile(rf"\b{listed('denial')}\b|n't\b")
_DOUBT = re.compile(rf"\b{listed('doubt')}\b")
_TAKEN_BACK = re.compile(rf"\b{listed('taken back')}\b")
_BARE_DENIAL = re.compile(rf"\W*{listed('bare denial')}\W*")
_OF_BEFORE = re.compile(r"\W*(?:which|that|this|it|though|although)\b|\W*(?:[\w']+\W+){0,2}[\w']+\W*\Z")
_INSTEAD = re.compile(rf"\b{listed('instead')}\b")
_NOTHING_ELSE = re.compile(rf"\b{listed('nothing else')}\b")
_ALL_BUT = re.compile(r"\b(anything|nothing|nobody|none|no ?one|all|everything|everyone|never|anyone) but\b")
_RESTATING = re.compile(listed("restating"))
_SENTENCE_END = re.compile(r"((?<![.!?;])[.!?;]++(?=[\s'\")\]}*]|$)|\n+)")
_CLAUSE_END = re.compile(r"(,|\bbut\b|\(|\)|\bbecause\b|\bhowever\b|\byet\b|->|→| - )")
_OPEN_LINE = re.compile(r":\s*\n\s*")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Mention(NamedTuple):
    """One name in its place, and what its clause does with it."""

    mark: str
    stance: str


class Sentence(NamedTuple):
    """A sentence of a marked text, in lower case; takes_back: it withdraws what came before it ("Wait, no.")."""

    text: str
    mentions: tuple[Mention, ...]
    takes_back: bool


class Marks:
    """Names as private characters: `names` has the name of each mark, longest first; `cut` marks whole words only.

    last: the marks are the last ones there are, so that they can stand beside another's in one text.
    """

    def __init__(self, names: Iterable[str], last: bool = False):
        ordered = sorted({name for name in names if name}, key=lambda name: (-len(name), name))[:_MOST]
        self.names = {chr(_FIRST + _MOST * last + number): name for number, name in enumerate(ordered)}

    def cut(self, text: str) -> str:
        """The text with a mark for every name in it."""
        for mark, name in self.names.items():
            if name in text:
                text = replace_words(text, name, mark)
        return text


def replace_words(text: str, name: str, mark: str) -> str:
    """The text with a mark for every occurrence of a name that is no part of a longer word."""
    pieces, start, at = [], 0, text.find(name)
    while at >= 0:
        end = at + len(name)
        if inside_word(text, at, end):
            end = at + 1
        else:
            pieces += [text[start:at], mark]
            start = end
        at = text.find(name, end)
    return "".join(pieces) + text[start:]


def inside_word(text: str, start: int, end: int) -> bool:
    """Whether the characters around a stretch of text go on with its first or last word."""
    before, after = text[start - 1 : start + 1], text[end - 1 : end + 1]
    return (start > 0 and before.isalnum()) or (len(after) > 1 and after.isalnum())


def words(text: str) -> list[str]:
    """The words of a text; "o'hara" is one."""
    return _WORD.findall(text)


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a marked text in lower case, with the stance of every mention."""
    text = _OPEN_LINE.sub(": ", _ALL_BUT.sub("except", _NOTHING_ELSE.sub(" ", text)))
    parts = _SENTENCE_END.split(text)
    for sentence, end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if sentence.strip() or "?" in end:
            yield _sentence(sentence, "?" in end)


@lru_cache(maxsize=1 << 14)
def _sentence(text: str, asks: bool) -> Sentence:
    mentions, stance, denied = [], SAID, 0
    parts = ["", *_CLAUSE_END.split(text)]
    for joint, clause in zip(parts[::2], parts[1::2], strict=True):
        said, *instead = _INSTEAD.split(clause, maxsplit=1)
        marked = bool(MARK.search(clause))
        if not marked and _OF_BEFORE.match(clause) and _DENIAL.search(clause):
            denied = len(mentions)  # "X, which is wrong"
        # a bare name goes on with what was said before the comma: "not X, Y"
        if not (marked and joint in (",", "(") and stance in (DENIED, DOUBTED) and not words(MARK.sub("", clause))):
            stance = _stance(said, asks)
        mentions += [Mention(mark, stance) for mark in MARK.findall(said)]
        mentions += [Mention(mark, DENIED) for part in instead for mark in MARK.findall(part)]
    mentions = [mention._replace(stance=DENIED) for mention in mentions[:denied]] + mentions[denied:]
    takes_back = bool(_TAKEN_BACK.search(text) or _BARE_DENIAL.fullmatch(text))
    return Sentence(text + "?" * asks, tuple(dict.fromkeys(mentions)), takes_back)  # what is said twice is read once


def _stance(clause: str, asks: bool) -> str:
    if _DENIAL.search(clause):
        return DENIED
    if asks or _DOUBT.search(clause):
        return DOUBTED
    return RESTATED if _RESTATING.match(clause) else SAID
