"""The sentences and questions of the eleven bAbI task types, read into events by pattern, and their fixed words.

Vocabulary is open: only the sentence forms are fixed (Weston et al., 2015, and the released data). A sentence of
another form is an InputError: nothing is skipped silently.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lib.errors import InputError


@dataclass(frozen=True, slots=True)
class Event:
    """What one sentence says: WHO goes to, takes, is, … WHAT; _SENTENCES shows which fields a kind fills, and how.

    how    the time, or the direction: WHO is HOW (north of, above, …) the WHAT
    other  who goes along, or is handed the thing
    """

    kind: str
    index: int
    who: str
    what: str
    how: str = ""
    other: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Who moves, or takes part in handing something over."""
        return (self.who, self.other) if self.other else (self.who,)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. kind is a task type, except "person", which two types share (where is someone?)."""

    kind: str
    who: str = ""
    what: str = ""
    how: str = ""


GO = ("moved", "went", "went back", "travelled", "journeyed")
TAKE = ("took", "got", "grabbed", "picked up")
LET_GO = ("dropped", "discarded", "left", "put down")
GIVE = ("gave", "handed", "passed")
TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
NUMBERS = "none one two three four five six seven eight nine ten eleven twelve".split()
# Each is one step on a grid: to the right, up.
COMPASS = {"north of": (0, 1), "south of": (0, -1), "east of": (1, 0), "west of": (-1, 0)}
SIDES = {"above": (0, 1), "below": (0, -1), "to the right of": (1, 0), "to the left of": (-1, 0)}
OPPOSITE = {
    a: b for ways in (COMPASS, SIDES) for a, step in ways.items() for b in ways if ways[b] == (-step[0], -step[1])
}


def _one_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(words)})"


_WHO = r"(?P<who>(?!(?:The|This|That|He|She|It|They|We|You|I|Then)\b)[A-Z][\w'-]*)"
_OTHER = _WHO.replace("who", "other")
_WHAT, _THING = r"(?P<what>[^.?\n]+?)", r"(?P<who>[^.?\n]+?)"
_GO = f"{_one_of(GO)} to the"
_TIME = r"(?P<how>[Yy]esterday|[Tt]his (?:morning|afternoon|evening))"
_COMPASS, _POSITION = f"(?P<how>{_one_of(COMPASS)})", f"(?P<how>{_one_of(SIDES)})"

# Tried in this order: "… to the park yesterday." is no place called "park yesterday".
_SENTENCES = (
    ("timed", rf"{_TIME} {_WHO} {_GO} {_WHAT}\."),
    ("timed", rf"{_WHO} {_GO} {_WHAT} {_TIME}\."),
    ("joint", rf"{_WHO} and {_OTHER} {_GO} {_WHAT}\."),
    ("move", rf"{_WHO} {_GO} {_WHAT}\."),
    ("get", rf"{_WHO} {_one_of(TAKE)} the {_WHAT}(?: there)?\."),
    ("drop", rf"{_WHO} {_one_of(LET_GO)} the {_WHAT}(?: there)?\."),
    ("give", rf"{_WHO} {_one_of(GIVE)} the {_WHAT} to {_OTHER}\."),
    ("is", rf"{_WHO} is an? (?P<what>\w+)\."),
    ("color", rf"{_WHO} is (?P<what>\w+)\."),
    ("fear", rf"{_WHO} are afraid of (?P<what>\w+)\."),
    ("compass", rf"The {_THING} is {_COMPASS} the {_WHAT}\."),
    ("position", rf"The {_THING} is {_POSITION} the {_WHAT}\."),
    ("size", rf"The {_THING} fits inside the {_WHAT}\."),
    ("size", rf"The {_WHAT} is bigger than the {_THING}\."),
)
_QUESTIONS = (
    ("two-supporting-facts", rf"Where is the {_WHAT}\?"),
    ("person", rf"Where is {_WHO}\?"),
    ("counting", rf"How many objects is {_WHO} carrying\?"),
    ("lists-sets", rf"What is {_WHO} carrying\?"),
    ("time-reasoning", rf"Where was {_WHO} before the {_WHAT}\?"),
    ("basic-deduction", r"What is (?P<who>[\w'-]+) afraid of\?"),  # the released questions have names in lower case
    ("basic-induction", rf"What color is {_WHO}\?"),
    ("two-arg-relations", rf"What is {_COMPASS} the {_WHAT}\?"),
    ("two-arg-relations", rf"What is the {_THING} {_COMPASS}\?"),
    ("positional-reasoning", rf"Is the {_THING} {_POSITION} the {_WHAT}\?"),
    ("size-reasoning", rf"Does the {_THING} fit in the {_WHAT}\?"),
    ("size-reasoning", rf"Is the {_WHAT} bigger than the {_THING}\?"),
)


def read_story(facts: tuple[str, ...]) -> tuple[Event, ...]:
    """One event per sentence, in order; InputError names the first sentence that cannot be read."""
    if not facts:
        raise InputError("the story is empty; expected at least one sentence")
    return tuple(_read_sentence(fact, index) for index, fact in enumerate(facts))


def _read_sentence(fact: str, index: int) -> Event:
    for kind, pattern in _SENTENCES:
        if match := re.fullmatch(pattern, fact):
            fields = match.groupdict()
            if kind == "fear":
                fields = {name: singular(word) for name, word in fields.items()}
            return Event(kind, index, **(fields | {"how": fields.get("how", "").lower()}))
    raise InputError(f"fact {index + 1}: cannot read {fact[:60]!r}; expected a sentence of the eleven bAbI types")


def read_question(question: str) -> Question:
    """The question's form and what it names; InputError where no task type asks so."""
    for kind, pattern in _QUESTIONS:
        if match := re.fullmatch(pattern, question.strip()):
            return Question(kind, **match.groupdict())
    raise InputError(f"question: cannot read {question[:60]!r}; expected a question of the eleven bAbI types")


_SINGULAR = {"mice": "mouse", "geese": "goose", "oxen": "ox", "sheep": "sheep", "deer": "deer", "fish": "fish"}
# Every -ves that is a kind of animal: wolves, calves.
_ENDINGS = (("ves", "f"), ("ies", "y"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("s", ""))


def singular(plural: str) -> str:
    """The kind that "Wolves" or "mice" names, in lower case; irregular ones are listed."""
    word = plural.lower()
    if word in _SINGULAR:
        return _SINGULAR[word]
    return next((word.removesuffix(old) + new for old, new in _ENDINGS if word.endswith(old)), word)
