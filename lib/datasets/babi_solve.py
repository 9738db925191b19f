"""A solver for each of the eleven bAbI task types: supporting facts and answer from story and question alone.

Each solver takes the story's events and the question and returns the numbers of the supporting sentences and the
answers. What counts as support is what the released data calls so (Weston et al., 2015; paper, part 1):

person, one or two in a sentence  the last move of who is asked about
thing                             what last happened to it, and the move that brought its holder there
counting, lists                   everything that who is asked about took, let go of, gave or was given
time                              the latest visit with one before it, and that one
deduction                         what it is, and what such animals fear
induction                         what it is, and kind and color of the last such animal whose color is told
relations                         every sentence that says it
positions                         the shortest chain of sentences between the two things
sizes                             the shortest chain of two sentences or more, of several the one complete first
"""

from collections.abc import Callable, Iterable

from lib.datasets import babi_relations
from lib.datasets.babi_grammar import Event, Found, Question, Story, read_question, read_story
from lib.errors import InputError
from lib.problems import Decomposition

_TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
_NUMBERS = "none one two three four five six seven eight nine ten eleven twelve".split()
_MOVES = frozenset(("move", "joint"))
_HANDLING = frozenset(("get", "drop", "give"))


def solve(facts: tuple[str, ...], text: str) -> Decomposition:
    """Class, supporting facts and answers; InputError for what cannot be read or does not follow from the story."""
    story, question = read_story(facts), read_question(text)
    category = _category(story, question)
    solver, kinds = _SOLVERS[category]
    for event in story:
        if event.kind not in kinds:
            raise InputError(f"fact {event.index + 1}: {facts[event.index][:60]!r} does not belong to {category}")
    support, answers = solver(story, question)
    gold_facts = tuple(facts[index] for index in sorted(set(support)))
    return Decomposition(category, gold_facts, tuple(dict.fromkeys(answers)))


def _category(story: Story, question: Question) -> str:
    if question.kind != "person":
        return question.kind
    return "conjunction" if any(event.kind == "joint" for event in story) else "single-supporting-fact"


# --- people and things on the move --------------------------------------------------------------------------


def _person_place(story: Story, question: Question) -> Found:
    move = _last_move(story, question.who)
    return [move.index], [move.what]


def _last_move(story: Iterable[Event], who: str) -> Event:
    moves = [event for event in story if event.kind in _MOVES and who in event.people]
    if not moves:
        raise InputError(f"question: the story does not tell where {who!r} is")
    return moves[-1]


def _thing_place(story: Story, question: Question) -> Found:
    handled = [event for event in story if event.kind in _HANDLING and event.what == question.what]
    if not handled:
        raise InputError(f"question: {question.what!r} is not in the story")
    last = handled[-1]
    # What was let go of stays; what is held goes wherever its holder goes.
    seen = story[: last.index] if last.kind == "drop" else story
    move = _last_move(seen, last.people[-1])
    return [last.index, move.index], [move.what]


def _carried(story: Story, question: Question) -> tuple[list[int], list[str]]:
    """Sentences about what someone handles, and what they hold in the end, in the order of taking."""
    if not any(question.who in event.people for event in story):
        raise InputError(f"question: {question.who!r} is not in the story")
    holder: dict[str, str] = {}
    for event in story:
        if event.kind in _HANDLING:
            _handle(holder, event)
    support = [event.index for event in story if event.kind in _HANDLING and question.who in event.people]
    return support, [thing for thing, who in holder.items() if who == question.who]


def _handle(holder: dict[str, str], event: Event) -> None:
    """Update who holds what; a thing that changes hands goes to the end."""
    before = holder.pop(event.what, "")
    if before != ("" if event.kind == "get" else event.who):
        held = f"held by {before!r}" if before else "held by nobody"
        raise InputError(f"fact {event.index + 1}: the story contradicts itself: {event.what!r} is {held} before it")
    if event.kind != "drop":
        holder[event.what] = event.people[-1]


def _count(story: Story, question: Question) -> Found:
    support, things = _carried(story, question)
    return support, [_NUMBERS[len(things)] if len(things) < len(_NUMBERS) else str(len(things))]


def _list(story: Story, question: Question) -> Found:
    support, things = _carried(story, question)
    return support, things or ["nothing"]


def _before(story: Story, question: Question) -> Found:
    visits = sorted((e for e in story if e.who == question.who), key=lambda event: _TIMES.index(event.how))
    for earlier, later in zip(visits[-2::-1], visits[:0:-1], strict=True):
        if later.what == question.what and earlier.how != later.how:
            return [earlier.index, later.index], [earlier.what]
    raise InputError(f"question: the story does not tell where {question.who!r} was before the {question.what!r}")


# --- kinds and properties -----------------------------------------------------------------------------------


def _fear(story: Story, question: Question) -> Found:
    name = question.who.lower()
    kinds = [event for event in story if event.kind == "is" and event.who.lower() == name]
    fears = [event for event in story if event.kind == "fear" and event.who in {kind.what for kind in kinds}]
    if not fears:
        raise InputError(f"question: the story does not tell what {question.who!r} is afraid of")
    return [event.index for event in kinds + fears], [event.what for event in fears]


def _color(story: Story, question: Question) -> Found:
    kinds = {event.who: event for event in story if event.kind == "is"}
    colors = {event.who: event for event in story if event.kind == "color"}
    if question.who in colors:  # told, not induced
        return [colors[question.who].index], [colors[question.who].what]
    kind = kinds[question.who].what if question.who in kinds else None
    same = [event for event in kinds.values() if event.what == kind and event.who in colors]
    if not same:
        raise InputError(f"question: the story does not tell what color {question.who!r} has")
    last = max(same, key=lambda event: event.index)
    color = colors[last.who]
    return [kinds[question.who].index, last.index, color.index], [color.what]


# Task type -> its solver, and the kinds of sentence that its stories are made of.
_SOLVERS: dict[str, tuple[Callable[[Story, Question], Found], frozenset[str]]] = {
    "single-supporting-fact": (_person_place, _MOVES | _HANDLING),
    "two-supporting-facts": (_thing_place, _MOVES | _HANDLING),
    "two-arg-relations": (babi_relations.compass, frozenset({"compass"})),
    "counting": (_count, _MOVES | _HANDLING),
    "lists-sets": (_list, _MOVES | _HANDLING),
    "conjunction": (_person_place, _MOVES | _HANDLING),
    "time-reasoning": (_before, frozenset({"timed"})),
    "basic-deduction": (_fear, frozenset({"is", "fear"})),
    "basic-induction": (_color, frozenset({"is", "color"})),
    "positional-reasoning": (babi_relations.position, frozenset({"position"})),
    "size-reasoning": (babi_relations.size, frozenset({"size"})),
}
