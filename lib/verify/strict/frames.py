"""The frames in which a clause gives an answer, and what may stand beside one; frames.txt lists them all."""

import re
from functools import lru_cache
from pathlib import Path

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.verify.strict.wording import words

# STRONG  declares an answer ("the answer is X"); WEAK  gives one ("X", "it is X"); TOLD  tells it ("S worked for X")
# ASIDE  harms no answer; OTHER  all that is not listed
STRONG, WEAK, TOLD, ASIDE, OTHER = "strong", "weak", "told", "aside", "other"
LONGEST = 600  # characters of a sentence

_LISTED = re.findall(r"^# ([\w ]+).*\n((?:.+\n)+)", Path(__file__).with_name("frames.txt").read_text("utf-8"), re.M)
SECTIONS = {name: re.sub(r"(?<!\\)\((?!\?)", "(?:", lines.strip().replace("\n", "|")) for name, lines in _LISTED}


def listed(name: str, **more: str) -> str:
    """The pattern of a section of frames.txt; more: what else its names in angle brackets stand for."""
    return re.sub(
        r"(?<!\(\?)<([a-z ]+)>", lambda other: more.get(other[1]) or listed(other[1], **more), f"(?:{SECTIONS[name]})"
    )


def listed_words(name: str) -> frozenset[str]:
    """The words of a section of frames.txt that is a list of words."""
    return frozenset(SECTIONS[name].replace("|", " ").split())


_ONE = r"(?:the |an? )?G"
_MORE = r"(?:, ?| ?; ?| ?& ?| \+ |,? and(?: also)? |,? as well as | plus )"
_THINGS = rf"(?:{_ONE}(?:{_MORE}{_ONE})*|both {_ONE}(?:{_MORE}{_ONE})+)"
_ITEMS = {  # how an answer is written where it is not a list of names
    "where": rf"(?:in |at |inside )?{_ONE}",
    "before": rf"(?:in |at |inside )?{_ONE}",
    "count": rf"{_ONE}(?: (?:objects?|things?|items?))?",
    **dict.fromkeys(("it of", "closed", "text"), _ONE),
}
_ASKS = {  # bAbI's questions
    "where": r"where is\b.*",
    "before": r"where was .* before .*",
    "carrying": r"what is .* carrying\W*",
    "count": r"how many .*",
    "color": r"what colou?r .*",
    "fear": r"what is .* afraid of\W*",
    "it of": r"what is .* of\W*",
    "of it": r"what is \w+ of .*",
}


_NOW = ("where", "carrying", "count", "color", "fear")  # what was is no answer


def topic_of(problem: Problem) -> str:
    """The kind of a problem's question: what statements assert an answer to it."""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        return "text"
    if problem.dataset == "cotemp":
        return "subject" if problem.pattern == "S2_R1_O1" else "object"
    if {"yes", "no"} >= set(problem.answers):
        return "closed"
    return next((name for name, asks in _ASKS.items() if re.fullmatch(asks, problem.question.lower())), "text")


@lru_cache(maxsize=32)
def _frames(topic: str) -> dict[str, re.Pattern]:
    items, past = _ITEMS.get(topic, _THINGS), {"past": "is"} if topic in _NOW else {}
    told = f"(?:{items}|{listed(topic, items=items)})" if topic in SECTIONS else items
    leads, weak = listed("leads"), listed("weak", items=items, **past)
    strong = listed("strong", items=items, told=told, **past)
    so = f"(?:so|therefore|thus|hence),? {leads}(?:{told}|{weak})"
    forms = {STRONG: f"(?:{leads}{strong}|{so})", WEAK: leads + weak, TOLD: leads + told}
    return {kind: re.compile(f"{form}{listed('tail')}*+[ .,!:]*") for kind, form in forms.items()}


FRAGMENT = re.compile(listed("fragment"))
_HARMLESS = re.compile(rf"(?:{listed('leads')})?{listed('harmless')}?[ .,:!\-|'\[\](){{}}*]*|{listed('denies')}")
_TELLS = re.compile(listed("tells"))


@lru_cache(maxsize=1 << 14)
def kind_of(shape: str, topic: str) -> str:
    """What a sentence of this shape does: STRONG, WEAK, TOLD, ASIDE or OTHER."""
    if "G" in shape:
        return next((kind for kind, frame in _frames(topic).items() if frame.fullmatch(shape)), OTHER)
    harmless = _HARMLESS.fullmatch(shape) or (topic in ("object", "subject") and _TELLS.fullmatch(shape))
    return ASIDE if harmless else OTHER


_EMPTY = frozenset("is are was does do did can will would the a an that so indeed because since yes no".split())
_PRONOUN = frozenset("it she he they".split())
_ALIKE = {"fits": "fit", "inside": "in", "into": "in", "within": "in"}
_NOT = frozenset("not cannot never".split())


def _content(text: str) -> list[str]:
    return [_ALIKE.get(word, word) for word in words(text) if word not in _EMPTY]


def agrees(question: str, text: str, said: str) -> str:
    """WEAK or ASIDE where a sentence says yes or no, or tells the question's own statement accordingly; "" if not."""
    told = words(text)
    denials = sum(word in _NOT or word.endswith("n't") for word in told)
    content = _content(" ".join(word for word in told if word not in _NOT and not word.endswith("n't")))
    asked = _content(question)
    if content[:1] and content[0] in _PRONOUN:
        rest = content[1:]
        content = (
            asked
            if rest in ([], *(asked[at : at + n] for at in range(1, len(asked)) for n in (1, len(asked))))
            else content
        )
    opens = told[:1] in (["yes"], ["no"])
    if content != asked or (denials != (said == "no") and content) or (opens and told[0] != said):
        return ""
    return WEAK if opens else ASIDE
