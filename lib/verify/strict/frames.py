"""The frames in which a clause gives an answer, and what may stand beside one; frames.txt lists them all."""

import re
from collections.abc import Set
from functools import lru_cache

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.verify.strict.wording import ASKED, SECTIONS, denies, doubts, listed, listed_words, words

# STRONG  declares an answer ("the answer is X"); WEAK  gives one ("X", "it is X"); TOLD  tells it ("S worked for X")
# ASIDE  harms no answer; OTHER  all that is not listed
STRONG, WEAK, TOLD, ASIDE, OTHER = "strong", "weak", "told", "aside", "other"
LONGEST = 600  # characters of a sentence

_NOW = ("where", "thing", "carrying", "count", "color", "fear")  # what was is no answer


def topic_of(problem: Problem) -> str:
    """The kind of a problem's question: what statements assert an answer to it."""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        return "text"
    if problem.dataset == "cotemp":
        return "subject" if problem.pattern == "S2_R1_O1" else "object"
    if {"yes", "no"} >= set(problem.answers):
        return "closed"
    return next((name for name, asks in ASKED.items() if re.fullmatch(asks, problem.question.lower())), "text")


@lru_cache(maxsize=32)
def _frames(topic: str) -> dict[str, re.Pattern]:
    items = listed(f"{topic} item" if f"{topic} item" in SECTIONS else "items")
    past = ({"past": "is"} if topic in _NOW else {}) | ({"it": "(?:it|that|this)"} if topic == "thing" else {})
    told = f"(?:{items}|{listed(topic, items=items)})" if topic in SECTIONS else items
    leads, weak = listed("leads"), listed("weak", items=items, **past)
    strong = listed("strong", items=items, told=told, **past)
    so = f"(?:so|therefore|thus|hence),? {leads}(?:{told}|{weak})"
    forms = {STRONG: f"(?:{leads}{strong}|{so})", WEAK: leads + weak, TOLD: leads + told}
    return {kind: re.compile(f"{form}{listed('tail')}*+[ .,!:]*") for kind, form in forms.items()}


FRAGMENT = re.compile(listed("fragment"))
_HARMLESS = re.compile(rf"(?:{listed('leads')})?{listed('harmless')}?[ .,:!\-|'\[\](){{}}*]*|{listed('denies')}")
_TELLS = re.compile(listed("tells"))
_CLASS = re.compile(f"{listed('leads')}{listed('class')}(?:{listed('why')})?[ .,:!]*")
_COMMENT = re.compile(listed("comment"))
SMALL_TALK, THINKING = listed_words("small talk"), listed_words("thinking")
BEFORE_FACT, _MORE_CITING = listed_words("before a fact"), listed_words("citing")
DATING = BEFORE_FACT | listed_words("dating") | listed_words("month")  # what says nothing of anybody
_CITING = (BEFORE_FACT | _MORE_CITING) - {"other", "no", "but", "or"}
_KNOWN = (BEFORE_FACT | _MORE_CITING | SMALL_TALK | THINKING) - {"lies"}
SIGN = re.compile(r"[^\w\s\x00-\x7f\ue000-\uf8ff•→…]")


def names_class(shape: str) -> bool:
    """Whether a sentence says that the class is G."""
    return len(shape) < LONGEST and bool(_CLASS.fullmatch(shape))


def objection(text: str, named: Set[str] | None = None) -> str:
    """What a sentence of a trace may say against a fact or a class that it cites or stands beside; "" if nothing.

    named: the problem's words, for a sentence beside a citation. A word of denial objects, in a short sentence also any
    word that is not listed, or a mere doubt. In a citing sentence (None) all objects that is not listed.
    """
    text = text.strip(" .,:;?'\"-[]{}()*|<>/")
    said = {word for word in words(text) if word == "0" or (len(word) > 1 and not word[0].isdigit())}
    strange = {*SIGN.findall(text)}
    if named is None:
        strange |= said - _CITING
    elif denies(text) or (doubts(text) and not said & (named - _KNOWN)):
        strange.add(text)
    elif len(said) < 6:
        strange |= said - _KNOWN - named
    return " ".join(sorted(strange)) if strange and not _COMMENT.fullmatch(text) else ""


@lru_cache(maxsize=1 << 14)
def kind_of(shape: str, topic: str) -> str:
    """What a sentence of this shape does: STRONG, WEAK, TOLD, ASIDE or OTHER."""
    if "G" in shape:
        return next((kind for kind, frame in _frames(topic).items() if frame.fullmatch(shape)), OTHER)
    harmless = _HARMLESS.fullmatch(shape) or (topic in ("object", "subject") and _TELLS.fullmatch(shape))
    return ASIDE if harmless else OTHER


_EMPTY = frozenset("is are does do can the a an that so indeed because since".split())
_ALIKE = {"fits": "fit", "inside": "in", "into": "in", "within": "in"}
_DENIAL = re.compile(r"\b(?:not|cannot|never|\w+n't)\b")


def agrees(question: str, text: str, said: str) -> str:
    """WEAK or ASIDE where a sentence says yes or no, or tells the question's own statement accordingly; "" if not."""
    bare = re.sub(r"^\W*(?:yes|no)\b", "", text)
    both = ([_ALIKE.get(word, word) for word in words(_DENIAL.sub("", one))] for one in (question, bare))
    asked, content = ([word for word in one if word not in _EMPTY] for one in both)
    if content[:1] and content[0] in ("it", "she", "he", "they"):  # "it does not (fit (in the chest))"
        rests = [asked[at : at + n] for at in range(1, len(asked)) for n in (1, len(asked))]
        content = asked if content[1:] in ([], *rests) else content
    first = words(text)[0] if words(text) else ""
    if content != asked or len(_DENIAL.findall(text)) != (said == "no") or first in {"yes", "no"} - {said}:
        return ""
    return WEAK if first == said else ASIDE
