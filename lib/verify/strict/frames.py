"""The frames in which a clause gives an answer, and what may stand beside one; frames.txt lists them all."""

import re
from functools import lru_cache

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.verify.strict.wording import ASKED, SECTIONS, listed, listed_words, words

# STRONG  declares an answer ("the answer is X"); WEAK  gives one ("X", "it is X"); TOLD  tells it ("S worked for X")
# ASIDE  harms no answer; HEAD  none that comes after it; THOUGHT  none declared after it; OTHER  all that is not listed
STRONG, WEAK, TOLD, ASIDE, HEAD, THOUGHT, OTHER = "strong", "weak", "told", "aside", "head", "thought", "other"
LONGEST = 600  # characters of a sentence

_NOW = ("where", "thing", "carrying", "count", "color", "fear")  # what was is no answer


def topic_of(problem: Problem) -> str:
    """The kind of a problem's question: what statements assert an answer to it; for CoTempQA with the relation."""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        return "text"
    if problem.dataset == "cotemp":
        asked = {"S2_R1_O1": "subject", "S2_R1_O2": "other"}.get(problem.pattern, "object")
        return f"{asked}:{_asked(problem, 'did ')}"
    if {"yes", "no"} >= set(problem.answers):
        return problem.answers[0].lower()
    return _asked(problem) or "text"


def _asked(problem: Problem, group: str = "") -> str:
    """The first section of frames.txt for questions like this one's, the group's name left out; "" where none is."""
    names = (name for name, asks in ASKED.items() if name.startswith(group))
    asked = problem.question.lower()
    return next((name.removeprefix(group) for name in names if re.fullmatch(ASKED[name], asked)), "")


@lru_cache(maxsize=64)
def _frames(topic: str) -> dict[str, re.Pattern]:
    asked, _, relation = topic.partition(":")
    did, opens = f"did {relation}", f"open {relation}"
    more = {"did": listed(did) if relation else _NEVER, "opens": listed(opens) if opens in SECTIONS else _NEVER}
    more |= {"who": _NEVER, "whom": "S"} if asked == "subject" else {"whom": _NEVER}
    items = f"{asked} item" if f"{asked} item" in SECTIONS else "items"
    more |= {"noun": noun_of(topic), "items": listed(items, **more)}
    past = ({"past": "is"} if asked in _NOW else {}) | ({"it": "(?:it|that|this)"} if asked == "thing" else {})
    told = f"(?:{more['items']}|{listed(asked, **more)})" if asked in SECTIONS else more["items"]
    forms = {STRONG: listed("strong", told=told, **more, **past), WEAK: listed("weak", **more, **past), TOLD: told}
    forms = {kind: f"{form}{listed('tail', **more)}{{0,3}}+[ .,!:]*" for kind, form in forms.items()}
    forms[ASIDE] = rf"{listed('harmless', **more)}?{_EDGE}|{listed('denies', **more)}"
    forms[HEAD] = listed("head", **more) + _EDGE
    return {kind: re.compile(form) for kind, form in forms.items()}


def noun_of(topic: str) -> str:
    """A pattern of the nouns for what a topic's questions ask for."""
    asked, _, relation = topic.partition(":")
    nouns = [f"noun of {name}" for name in ("subject" if asked == "subject" else relation, asked)]
    return next((listed(name) for name in nouns if name in SECTIONS), _NEVER)


_EDGE = r"[ .,:!\-|'\[\](){}*]*"
_NEVER = "(?!)"
_WHEN = re.compile(rf"(?<![a-z]){listed('when')}(?![a-z])")
FRAGMENT = re.compile(listed("fragment"))
SMALL_TALK = listed_words("small talk")


@lru_cache(maxsize=1 << 14)
def kind_of(shape: str, topic: str) -> str:
    """What a sentence of this shape does: STRONG, WEAK, TOLD, ASIDE, THOUGHT or OTHER."""
    shape = _WHEN.sub("T", shape)
    rest = _after_leads(shape)
    kinds = (STRONG, WEAK, TOLD) if "G" in shape else (ASIDE, HEAD)
    kind = next((kind for kind in kinds if _frames(topic)[kind].fullmatch(rest)), OTHER)
    if ASIDE in kinds and _frames(topic)[ASIDE].fullmatch(shape):
        return ASIDE
    if kind in (WEAK, TOLD) and _SO.match(shape):
        return STRONG
    return THOUGHT if kind == OTHER and _THOUGHT.fullmatch(rest) else kind


def _after_leads(shape: str) -> str:
    return shape[_LEADS.match(shape).end() :]


NO_NAME = listed_words("no name")
_WORD = rf"(?!(?:{'|'.join(sorted(NO_NAME))})(?![\w'-]))[^\s.,:;!?]+\.?"
_NONE = {"did": _NEVER, "noun": _NEVER, "name": f"{_WORD}(?: {_WORD}){{0,24}}"}
NAMES, CITES = "names", "cites"
_LEADS, _THOUGHT = re.compile(listed("leads", **_NONE)), re.compile(listed("thought", **_NONE))
_SO = re.compile("(?:so|therefore|thus|hence)\\b")
_TRACE = {
    NAMES: re.compile(f"{listed('class', **_NONE)}(?:{listed('why', **_NONE)})?[ .,:!]*"),
    CITES: re.compile(listed("cites", **_NONE)),
    ASIDE: re.compile(f"{listed('beside', **_NONE)}?[ .,:]*"),
}
LEAVES = re.compile(f"{listed('leaves', **_NONE)}[ .,!]*")
TURNS = re.compile(f"{listed('turns')}[ .,!]*")
TELLS_ANSWER = re.compile(listed("tells answer", **_NONE))


@lru_cache(maxsize=1 << 14)
def trace_kind(shape: str) -> str:
    """What a sentence of a trace does: NAMES a class, CITES facts, stands beside them (ASIDE); "" for any other."""
    if len(shape) > LONGEST:
        return ""
    shape = _WHEN.sub("T", shape)
    shape = shape if "G" in shape else shape.replace("N", "G")  # another class is named alike
    kinds = (NAMES,) if "G" in shape else (CITES,) if "F" in shape or "E" in shape else (ASIDE,)
    rest = _after_leads(shape)
    return next((kind for kind in kinds if _TRACE[kind].fullmatch(shape) or _TRACE[kind].fullmatch(rest)), "")


_EMPTY = frozenset("is are does do can the a an that so indeed because since".split())
_ALIKE = {"fits": "fit", "inside": "in", "into": "in", "within": "in"}
_DENIAL = re.compile(r"\b(?:is|are|does|do|can)(?: not|n't)\b|\bcan(?:not|'t)\b")
_NO_WORDS = re.compile(r"[^\w\s.,:;!'\"*()-]")
_SAYS_HOW = frozenset("fit above below left right to in bigger".split())


def agrees(question: str, text: str, said: str) -> str:
    """WEAK or ASIDE where a sentence says yes or no, or tells the question's own statement accordingly; "" if not."""
    bare = re.sub(r"^\W*(?:yes|no)\b", "", text)
    both = ([_ALIKE.get(word, word) for word in words(_DENIAL.sub("", one))] for one in (question, bare))
    asked, content = ([word for word in one if word not in _EMPTY] for one in both)
    if content[:1] and content[0] in ("it", "she", "he", "they"):  # "it does not (fit (in the chest))"
        at = next((at for at, word in enumerate(asked) if word in _SAYS_HOW), 0)
        content = asked if content[1:] in ([], asked[at:], ["fit"] * ("fit" in asked)) else content
    first = words(text)[0] if words(text) else ""
    denied = len(_DENIAL.findall(text)) == (said == "no")
    if content != asked or not denied or _NO_WORDS.search(text) or first in {"yes", "no"} - {said}:
        return ""
    return WEAK if first == said else ASIDE
