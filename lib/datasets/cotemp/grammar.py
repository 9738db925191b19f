"""CoTempQA's sentences: dated facts and co-temporal questions, read and written by one table of wordings.

The wordings are the benchmark's templates (Su et al., 2024). A fact is "S holds the position of O from D to D." or
"… in D."; a question is "While S was holding the position of O, which employer did S2 work for at the same time?".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lib.datasets.cotemp.dates import Span, parse_date
from lib.errors import InputError

PATTERNS = ("S1_R1_O2", "S1_R2_O2", "S2_R1_O1", "S2_R1_O2", "S2_R2_O2")
EXPRESSIONS = (
    "at the same time|concurrently|simultaneously|during the same time span|during the same time period|"
    "during the identical time period|within the same time interval"
).split("|")


class Wording(NamedTuple):
    """How one relation is written: as a fact (present, past), in "While S …O" and in the two kinds of question."""

    present: str
    past: str
    anchor: str
    asks_object: str  # "which … did {} …": {} is the subject; the verb in brackets may be missing
    asks_subject: str  # "who also … {}": {} is the object


_WORDINGS = """
position: holds the position of; held the position of; was holding the position of;
          which position did {} hold; who also held the position of {}
member: is a member of the; was a member of the; was a member of;
        which political party did {} belong to; who was also a member of {}
work: works for; worked for; was working for;
      which employer did {} work for; who also worked for {}
attend: attended; attends; attended;
        which school did {} attend; who also attended {}
play: plays for; played for; was playing for;
      which team did {} play for; who was also playing for {}
owned: is owned by; was owned by; was owned by;
       who was the owner of {}; who was also owned by {}
chair: is the chair of; was the chair of; was the chair of;
       which organisation was {} the chair of; who was also the chair of {}
head: is the head of; was the head of; was the head of;
      which organisation was {} the head of; who was also the head of {}
"""
RELATIONS = {name: Wording(*re.split(r";\s+", words)) for name, words in re.findall(r"(\w+): (.+\n.+)", _WORDINGS)}

_BY_VERB = {verb: name for name, words in RELATIONS.items() for verb in (words.present, words.past)}
_BY_ANCHOR = {words.anchor: name for name, words in RELATIONS.items()}


def _any(phrases) -> str:
    return "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))


# The date is what the sentence ends with, so an object may itself hold " in " or " from ".
_FACT = re.compile(
    rf"(?P<subject>.+?) (?P<verb>{_any(_BY_VERB)}) (?P<object>.+)"
    r"(?: from (?P<start>.+?) to (?P<end>.+?)| in (?P<point>[^.]+?))\.?"
)
_QUESTION = re.compile(
    rf"While (?P<subject>.+?) (?P<verb>{_any(_BY_ANCHOR)}) (?P<object>.+), (?P<ask>wh(?:ich|o) .+?)"
    rf"(?: (?P<when>{_any(EXPRESSIONS)}))?\?"
)
# Two more, as the released questions word them.
_ASKS_OBJECT = [(words.asks_object, name) for name, words in RELATIONS.items()]
_ASKS_OBJECT += [("which position did {}", "position"), ("which school was {} attending", "attend")]
_ASKS_OBJECT = [(re.compile(words.format("(.+)")), name) for words, name in _ASKS_OBJECT]
_ASKS_SUBJECT = [(re.compile(words.asks_subject.format("(.+)")), name) for name, words in RELATIONS.items()]


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated fact, read."""

    subject: str
    relation: str
    object: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which other facts were true while the anchor (subject, relation, object) was.

    asked          the relation asked for
    asked_subject  whose object is wanted; empty where the subject is wanted ("who also …")
    """

    subject: str
    relation: str
    object: str
    asked: str
    asked_subject: str = ""

    def anchors(self, facts: Iterable[Fact]) -> list[Fact]:
        """The facts that say what the question takes on: one, but for entities that held it twice."""
        taken_on = (self.subject, self.relation, self.object)
        return [fact for fact in facts if (fact.subject, fact.relation, fact.object) == taken_on]


@lru_cache(maxsize=65536)
def subject_object(text: str) -> tuple[str, str] | None:
    """Subject and object of a dated fact, its date unread; None where the sentence is no such fact."""
    match = _FACT.fullmatch(text)
    return match and match.group("subject", "object")


@lru_cache(maxsize=65536)
def parse_fact(text: str) -> Fact:
    """Read a fact. Raises InputError: no such relation, impossible date, end before start."""
    match = _FACT.fullmatch(text)
    if not match:
        raise InputError(f"expected a dated fact of a known relation, found {text[:160]!r}")
    try:
        start = parse_date(match["point"] or match["start"])
        span = Span(start, parse_date(match["end"]) if match["end"] else start)
    except InputError as error:
        raise InputError(f"{error} in fact {text[:160]!r}") from None
    return Fact(match["subject"], _BY_VERB[match["verb"]], match["object"], span, text)


@lru_cache(maxsize=8192)
def parse_question(text: str) -> Question:
    """Read a question. Raises InputError where it has none of the five patterns."""
    match = _QUESTION.fullmatch(text)
    if match:
        anchor = (match["subject"], _BY_ANCHOR[match["verb"]], match["object"])
        for wording, relation in _ASKS_SUBJECT:
            if (asked := wording.fullmatch(match["ask"])) and (relation, asked[1]) == anchor[1:]:
                return Question(*anchor, relation)
        for wording, relation in _ASKS_OBJECT:
            if asked := wording.fullmatch(match["ask"]):
                return Question(*anchor, relation, asked[1])
    raise InputError(f"expected a question 'While S …, which …' or '…, who also …', found {text[:160]!r}")


def render_fact(subject: str, relation: str, object_: str, span: Span) -> str:
    """The sentence of a fact."""
    return f"{subject} {RELATIONS[relation].present} {object_} {span.when}."


def render_question(question: Question, expression: str) -> str:
    """The question's sentence; `expression` is one of EXPRESSIONS."""
    words, subject = RELATIONS[question.asked], question.asked_subject
    ask = words.asks_object.format(subject) if subject else words.asks_subject.format(question.object)
    anchor = f"{question.subject} {RELATIONS[question.relation].anchor} {question.object}"
    return f"While {anchor}, {ask} {expression}?"
