"""What a sentence does with what it names: says it, denies it, doubts it, or takes back what was said before.

Names are marked first, each by one private character (`Marks`), so that words inside a name are not read as words.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

MARK = re.compile("[\ue000-\uf8ff]")
_FIRST, _MOST = 0xE000, 0x1900

SAID, DENIED, DOUBTED, RESTATED = "said", "denied", "doubted", "restated"

_DENIAL = re.compile(
    r"\b(?:not|never|no|nor|neither|none|nobody|cannot|cant|wont|isnt|wasnt|without|except|wrong(?:ly)?|incorrect(?:ly)?|"
    r"false|untrue|unlikely|impossible|exclud\w+|reject\w*|refus\w+|den(?:y|ies|ied)|ignor\w+|disregard\w*|discard\w*|"
    r"irrelevant|unrelated|unnecessary|invalid|useless|mistak\w+|far from|rul(?:e|es|ed|ing) (?:it )?out|fails?|lacks?|"
    r"drop(?:s|ped)?(?= (?:the )?facts?)|hardly|barely|scarcely|contradict\w*|disproved?|refuted?|withdr\w+|retract\w*|"
    r"avoid\w*|skip\w*|omit\w*)\b|n't\b"
)
_DOUBT = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|might|may(?! ?,? ?\d)|could|unsure|uncertain|unclear|"
    r"unknown|guess\w*|doubt\w*|either|whether|if|suppos\w+|likely|seems?|appears?|speculat\w+|hypothe\w+|pretend\w*|imagin\w+)\b"
)
_TAKEN_BACK = re.compile(
    r"\b(?:correction|corrected|wait|actually|scratch that|sorry|on (?:second thoughts?|reflection)|i mean(?:t)?|oops|"
    r"hold on|instead(?! of)|in fact|changed? my mind)\b"
)
_OF_ANSWERS = re.compile(r"\b(?:answers?|correct|right|wrong|true|false|sure|know|mistake|label|relation|category)\b")
_BARE_DENIAL = re.compile(
    r"\W*(?:(?:well|oh|but|and|hmm|ah|that|this|it|which)(?:'s| is| was|,)? )*"
    r"(?:no|nope|none|not \w+|wrong|incorrect|false|isn't \w+)\W*"
)
_OF_BEFORE = re.compile(r"\W*(?:which|that|this|it|though|although)\b|\W*(?:[\w']+\W+){0,2}[\w']+\W*\Z")
_INSTEAD = re.compile(
    r"\b(?:rather than|instead of|other than|unlike|except(?: for)?|excluding|as opposed to|apart from|in place of|"
    r"different from|not to be confused with)\b"
)
_NOTHING_ELSE = re.compile(
    r"\b(?:no other \w+|no one else|nobody else|nothing else|none else|no others|no doubt|"
    r"without (?:a |any )?doubt|(?:none|no) other than|if not all)\b"
)
_ALL_BUT = re.compile(r"\b(anything|nothing|nobody|none|no ?one|all|everything|everyone|never|anyone) but\b")
_RESTATING = re.compile(
    r"\s*(?:and |so |then )?(?:while|when|whilst|during|as|at the time|before|after|until)\b(?! well\b)"
)
_SENTENCE_END = re.compile(r"((?<![.!?;])[.!?;]++(?=[\s'\")\]}*]|$)|\n+)")
_CLAUSE_END = re.compile(r"(,|\bbut\b|\(|\)|\bbecause\b|\bhowever\b|\byet\b|->|→| - )")
_BETWEEN = re.compile(
    r"[,;:/&|+\[\](){}\"<>*_`]|\b(?:and|or|plus|as well as)\b|"
    r"\balso\b(?! (?:\w+ed|works|holds|plays|attends|was|is|had|held|has)\b)|(?:^|\s)[-•]\s|^\s*\d+[.)]\s"
)  # what stands between two items
_OPEN_LINE = re.compile(r":\s*\n\s*")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Mention(NamedTuple):
    """One name in its place: what its clause does with it, and the stretch between "and", quotes and the like."""

    mark: str
    stance: str
    segment: str


class Sentence(NamedTuple):
    """A sentence of a marked text, in lower case.

    takes_back  it withdraws what came before it ("Wait, no.")
    denies      it names nothing, and denies that something is the answer, right or known
    """

    text: str
    mentions: tuple[Mention, ...]
    takes_back: bool
    denies: bool


class Marks:
    """Names as private characters: `names` has the name of each mark, longest first; `cut` marks whole words only."""

    def __init__(self, names: Iterable[str]):
        ordered = sorted({name for name in names if name}, key=lambda name: (-len(name), name))[:_MOST]
        self.names = {chr(_FIRST + number): name for number, name in enumerate(ordered)}

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


def denies(text: str) -> bool:
    """Whether a text in lower case has a word of denial or exception."""
    return bool(_DENIAL.search(text))


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
        mentions += _mentions(said, stance)
        mentions += [mention for part in instead for mention in _mentions(part, DENIED)]
    mentions = [mention._replace(stance=DENIED) for mention in mentions[:denied]] + mentions[denied:]
    takes_back = bool(_TAKEN_BACK.search(text) or _BARE_DENIAL.fullmatch(text))
    refuses = not mentions and denies(text) and bool(_OF_ANSWERS.search(text))
    text += "?" * asks
    return Sentence(text, tuple(dict.fromkeys(mentions)), takes_back, refuses)  # what is said twice is read once


def _mentions(text: str, stance: str) -> list[Mention]:
    return [Mention(mark, stance, segment) for segment in _BETWEEN.split(text) for mark in MARK.findall(segment)]


def _stance(clause: str, asks: bool) -> str:
    if _DENIAL.search(clause):
        return DENIED
    if asks or _DOUBT.search(clause):
        return DOUBTED
    return RESTATED if _RESTATING.match(clause) else SAID
