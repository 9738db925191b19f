"""A solver for each of the eleven bAbI task types: supporting facts and answer from story and question alone.

What counts as support is what the released data calls so (Weston et al., 2015; paper, part 1):

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

from lib.datasets.babi.grammar import NUMBERS, OPPOSITE, SIDES, TIMES, Event, Question, read_question, read_story
from lib.datasets.problem import Decomposition, Problem
from lib.errors import InputError

Story = tuple[Event, ...]
Found = tuple[Iterable[int], Iterable[str]]  # of a solver: numbers of the supporting sentences, answers

_MOVES = frozenset(("move", "joint"))
_HANDLING = frozenset(("get", "drop", "give"))


def decompose(problem: Problem) -> Decomposition:
    """Class, supporting facts and answers, from facts and question alone (paper, part 1).

    Each task type asks in words of its own, so that the question's form tells the class, but for "Where is NAME?": that
    is "conjunction" where two people of the story move together, else "single-supporting-fact". Raises InputError for
    sentences of another form or type, an empty story, and a question that the story does not answer.
    """
    story, question = read_story(problem.facts), read_question(problem.question)
    category = question.kind
    if category == "person":
        category = "conjunction" if any(event.kind == "joint" for event in story) else "single-supporting-fact"
    solver, kinds = _SOLVERS[category]
    for event, fact in zip(story, problem.facts, strict=True):
        if event.kind not in kinds:
            raise InputError(f"fact {event.index + 1}: {fact[:60]!r} does not belong to {category}")
    support, answers = solver(story, question)
    gold_facts = tuple(problem.facts[index] for index in sorted(set(support)))
    return Decomposition(category, gold_facts, tuple(dict.fromkeys(answers)))


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
    handled = [event for event in story if event.kind in _HANDLING]
    for event in handled:
        before = holder.pop(event.what, "")
        if before != ("" if event.kind == "get" else event.who):
            raise InputError(f"fact {event.index + 1}: the story contradicts itself about who holds {event.what!r}")
        if event.kind != "drop":
            holder[event.what] = event.people[-1]  # a thing that changes hands goes to the end
    support = [event.index for event in handled if question.who in event.people]
    return support, [thing for thing, who in holder.items() if who == question.who]


def _count(story: Story, question: Question) -> Found:
    support, things = _carried(story, question)
    return support, [NUMBERS[len(things)] if len(things) < len(NUMBERS) else str(len(things))]


def _list(story: Story, question: Question) -> Found:
    support, things = _carried(story, question)
    return support, things or ["nothing"]


def _before(story: Story, question: Question) -> Found:
    visits = sorted((e for e in story if e.who == question.who), key=lambda event: TIMES.index(event.how))
    for earlier, later in zip(visits[-2::-1], visits[:0:-1], strict=True):
        if later.what == question.what and earlier.how != later.how:
            return [earlier.index, later.index], [earlier.what]
    raise InputError(f"question: the story does not tell where {question.who!r} was before the {question.what!r}")


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


def _compass(story: Story, question: Question) -> Found:
    """What is HOW the WHAT? "What is the X north of?" asks for what is south of X."""
    anchor = question.what or question.who
    how = question.how if question.what else OPPOSITE[question.how]
    found = {event.index: event.who for event in story if (event.what, event.how) == (anchor, how)}
    found |= {event.index: event.what for event in story if (event.who, event.how) == (anchor, OPPOSITE[how])}
    if not found:
        raise InputError(f"question: the story does not tell what is {how} {anchor!r}")
    return found, [found[index] for index in sorted(found)]


def _position(story: Story, question: Question) -> Found:
    """Is WHO HOW the WHAT? Every sentence is one step on a grid: what is left of a thing is as high as it is."""
    steps = [(event.what, event.who, SIDES[event.how], event.index) for event in story]
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
    right, up = SIDES[question.how]
    return chain, ["yes" if x * right + y * up > 0 else "no"]


def _size(story: Story, question: Question) -> Found:
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

    As in the released data, two or more are preferred to a direct statement; of the shortest, the one complete first.
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


# Task type -> its solver, and the kinds of sentence that its stories are made of.
_SOLVERS: dict[str, tuple[Callable[[Story, Question], Found], frozenset[str]]] = {
    "single-supporting-fact": (_person_place, _MOVES | _HANDLING),
    "two-supporting-facts": (_thing_place, _MOVES | _HANDLING),
    "two-arg-relations": (_compass, frozenset({"compass"})),
    "counting": (_count, _MOVES | _HANDLING),
    "lists-sets": (_list, _MOVES | _HANDLING),
    "conjunction": (_person_place, _MOVES | _HANDLING),
    "time-reasoning": (_before, frozenset({"timed"})),
    "basic-deduction": (_fear, frozenset({"is", "fear"})),
    "basic-induction": (_color, frozenset({"is", "color"})),
    "positional-reasoning": (_position, frozenset({"position"})),
    "size-reasoning": (_size, frozenset({"size"})),
}
