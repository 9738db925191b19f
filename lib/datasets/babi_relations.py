"""bAbI's relations between things: directions, positions and sizes. Rules in `lib.datasets.babi_solve`."""

from lib.datasets.babi_grammar import Found, Question, Story
from lib.errors import InputError

_OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}
_STEPS = {"above": (0, 1), "below": (0, -1), "to the right of": (1, 0), "to the left of": (-1, 0)}


def compass(story: Story, question: Question) -> Found:
    """What is HOW of the WHAT? "What is the X north of?" asks for what is south of X."""
    anchor = question.what or question.who
    how = question.how if question.what else _OPPOSITE[question.how]
    found = {event.index: event.who for event in story if (event.what, event.how) == (anchor, how)}
    found |= {event.index: event.what for event in story if (event.who, event.how) == (anchor, _OPPOSITE[how])}
    if not found:
        raise InputError(f"question: the story does not tell what is {how} of {anchor!r}")
    return found, [found[index] for index in sorted(found)]


def position(story: Story, question: Question) -> Found:
    """Is WHO HOW of WHAT? Every sentence is one step on a grid: what is left of a thing is as high as it is."""
    steps = [(event.what, event.who, _STEPS[event.how], event.index) for event in story]
    steps += [(end, start, (-right, -up), index) for start, end, (right, up), index in steps]
    places = {question.what: (0, 0, ())}  # thing -> right, up, chain of sentences from WHAT
    border = [question.what]
    while border and question.who not in places:  # breadth first: the shortest chain comes first
        reached = border.pop(0)
        x, y, chain = places[reached]
        for start, end, (right, up), index in steps:
            if start == reached and end not in places:
                places[end] = (x + right, y + up, (*chain, index))
                border.append(end)
    if question.who not in places or question.who == question.what:
        raise InputError(f"question: the story does not tell where {question.who!r} is from {question.what!r}")
    x, y, chain = places[question.who]
    right, up = _STEPS[question.how]
    return chain, ["yes" if x * right + y * up > 0 else "no"]


def size(story: Story, question: Question) -> Found:
    """Is WHO smaller than WHAT? (Does WHO fit in WHAT, is WHAT bigger than WHO.)"""
    smaller = _chain(story, question.who, question.what)
    bigger = _chain(story, question.what, question.who)
    if smaller and bigger:
        raise InputError(f"the story contradicts itself: {question.who!r} is both smaller and bigger")
    if not (smaller or bigger):
        raise InputError(f"question: the story does not compare {question.who!r} with {question.what!r}")
    return smaller or bigger, ["yes" if smaller else "no"]


def _chain(story: Story, small: str, big: str) -> tuple[int, ...]:
    """Numbers of the sentences, last first, that lead from small to big; empty where none do.

    The released supporting facts are always an inference, also where the story states its result directly; so a
    chain of two or more is preferred. Of the shortest ones, the one complete first in the story is taken.
    """
    direct = tuple(event.index for event in story if (event.who, event.what) == (small, big))[:1]
    ends = {small: ()}  # thing -> the best chain of so many sentences that leads from small to it
    for length in range(1, len({event.who for event in story}) + 1):
        longer: dict[str, tuple[int, ...]] = {}
        for event in story:
            if event.who in ends:
                chain = tuple(sorted((*ends[event.who], event.index), reverse=True))
                longer[event.what] = min(chain, longer.get(event.what, chain))
        if length > 1 and big in longer:
            return longer[big]
        ends = longer
    return direct
