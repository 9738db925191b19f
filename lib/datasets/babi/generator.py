"""New bAbI problems from simulated worlds: our own vocabulary in the sentence forms of the release.

Question, answers and supporting facts are read off the world, never off the story's text. Stories are about as long
as the released ones. `WORLDS[category](rng)` is one story with its question.
"""

from itertools import combinations
from random import Random
from typing import NamedTuple

# --- babi_house ---
# A simulated house: people walk about and handle things, and every sentence tells of one such event.
#
# The house keeps what is the case and which sentences tell it, while it happens. Names, places and things are our own.

PEOPLE = "Amara Bruno Chloe Dmitri Esther Farid Greta Hugo Ines Jonas Keiko Luca".split()
PLACES = "attic bakery cellar chapel greenhouse harbor library market museum stable tower workshop".split()
THINGS = "basket candle compass drum flute hammer kettle lantern mirror rope umbrella violin".split()
GO = ("moved", "went", "went back", "travelled", "journeyed")

_TAKE = ("took", "got", "grabbed", "picked up")
_LET_GO = ("dropped", "discarded", "left", "put down")
_GIVE = ("gave", "handed", "passed")


class House:
    """Four people, six places and three things. Where they are at first is not told.

    facts     the story so far
    place     where everybody and everything is
    holder    who holds a thing; things are in the order of taking
    arrival   person -> the sentence (its number) that tells of their last move
    handling  person -> the sentences that tell of their taking, letting go, giving and being given
    told      thing -> the sentence that tells what last happened to it
    brought   thing that was let go of -> the sentence that tells how its holder had come there
    """

    def __init__(self, rng: Random):
        self.rng, self.facts = rng, []
        self.people, self.places, self.things = rng.sample(PEOPLE, 4), rng.sample(PLACES, 6), rng.sample(THINGS, 3)
        self.place: dict[str, str] = {name: rng.choice(self.places) for name in self.people + self.things}
        self.holder: dict[str, str] = {}
        self.arrival: dict[str, int] = {}
        self.handling: dict[str, list[int]] = {person: [] for person in self.people}
        self.told: dict[str, int] = {}
        self.brought: dict[str, int | None] = {}

    def step(self, giving: bool) -> None:
        """One event: somebody handles a thing, where that is possible and chance wills, or goes somewhere."""
        choices = self._possible(giving)
        if choices and self.rng.random() < 0.45:
            action, *names = self.rng.choice(choices)
            action(*names)
        else:
            self.move(self.rng.choice(self.people))

    def _possible(self, giving: bool) -> list[tuple]:
        choices: list[tuple] = []
        for thing in self.things:
            near = [person for person in self.people if self.place[person] == self.place[thing]]
            if thing not in self.holder:
                choices += [(self.take, person, thing) for person in near]
            else:
                person = self.holder[thing]
                choices.append((self.let_go, person, thing))
                choices += [(self.give, person, thing, other) for other in near if giving and other != person]
        return choices

    def move(self, *people: str) -> None:
        """One person, or two together, to a place where neither is, with everything that they hold."""
        here = {self.place[person] for person in people}
        place = self.rng.choice([place for place in self.places if place not in here])
        for person in people:
            self.place[person], self.arrival[person] = place, len(self.facts)
        self.place |= {thing: place for thing, person in self.holder.items() if person in people}
        self.facts.append(f"{' and '.join(people)} {self.rng.choice(GO)} to the {place}.")

    def take(self, person: str, thing: str) -> None:
        """A thing that lies where the person is."""
        self.holder[thing] = person
        self._tell(f"{person} {self.rng.choice(_TAKE)} the {thing} there.", thing, person)

    def let_go(self, person: str, thing: str) -> None:
        """The thing stays, and so does what tells where it is, wherever the person goes then."""
        del self.holder[thing]
        self.brought[thing] = self.arrival.get(person)
        there = self.rng.choice(("", "", "", " there"))
        self._tell(f"{person} {self.rng.choice(_LET_GO)} the {thing}{there}.", thing, person)

    def give(self, person: str, thing: str, other: str) -> None:
        """To somebody at the same place."""
        del self.holder[thing]
        self.holder[thing] = other
        self._tell(f"{person} {self.rng.choice(_GIVE)} the {thing} to {other}.", thing, person, other)

    def _tell(self, sentence: str, thing: str, *people: str) -> None:
        self.told[thing] = len(self.facts)
        for person in people:
            self.handling[person].append(len(self.facts))
        self.facts.append(sentence)

    def carried(self, person: str) -> list[str]:
        """What a person holds, in the order of taking."""
        return [thing for thing, holder in self.holder.items() if holder == person]

    def whereabouts(self, thing: str) -> set[int] | None:
        """The two sentences that tell where a thing is; None where the story does not tell."""
        came = self.arrival.get(self.holder[thing]) if thing in self.holder else self.brought.get(thing)
        return None if came is None else {came, self.told[thing]}


COLORS = "amber black brown crimson orange purple silver teal".split()
SHAPES = "arrow circle cone cube cylinder hexagon ring star".split()
BOXES = ("bag of marbles", "barrel", "bucket", "coin", "crate", "drawer", "jar", "wagon")
PLURALS = {
    "calf": "calves",
    "crow": "crows",
    "deer": "deer",
    "fox": "foxes",
    "goose": "geese",
    "owl": "owls",
    "pony": "ponies",
    "toad": "toads",
}

_NUMBERS = ("none", "one", "two", "three")
_TIMES = ("yesterday", "this morning", "this afternoon")
_COMPASS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
_SIDES = {"above": (0, 1), "below": (0, -1), "to the right of": (1, 0), "to the left of": (-1, 0)}


class Told(NamedTuple):
    """A story and its question, with the answers and the numbers of the supporting sentences."""

    facts: list[str]
    question: str
    answers: list[str]
    support: set[int]


# --- people and things on the move --------------------------------------------------------------------------


def _single(rng: Random) -> Told:
    house = House(rng)
    for _ in range(2):
        house.move(rng.choice(house.people))
    return _where_is(house)


def _joint(rng: Random) -> Told:
    house = House(rng)
    for _ in range(2):
        house.move(*rng.sample(house.people, 2))
    return _where_is(house)


def _where_is(house: House) -> Told:
    person = house.rng.choice(list(house.arrival))
    return Told(house.facts, f"Where is {person}?", [house.place[person]], {house.arrival[person]})


def _thing(rng: Random) -> Told:
    house, length = House(rng), _length(rng)
    while len(house.facts) < length or not any(map(house.whereabouts, house.things)):
        house.step(giving=False)
    thing = rng.choice([thing for thing in house.things if house.whereabouts(thing)])
    return Told(house.facts, f"Where is the {thing}?", [house.place[thing]], house.whereabouts(thing))


def _count(rng: Random) -> Told:
    house, person = _handled(rng, giving=True)
    number = _NUMBERS[len(house.carried(person))]
    return Told(house.facts, f"How many objects is {person} carrying?", [number], set(house.handling[person]))


def _list(rng: Random) -> Told:
    house, person = _handled(rng, giving=False)
    carried = house.carried(person) or ["nothing"]
    return Told(house.facts, f"What is {person} carrying?", carried, set(house.handling[person]))


def _handled(rng: Random, giving: bool) -> tuple[House, str]:
    """A house where somebody has handled something, and one who has."""
    house, length = House(rng), _length(rng)
    while len(house.facts) < length or not any(house.handling.values()):
        house.step(giving)
    return house, rng.choice([person for person in house.people if house.handling[person]])


def _length(rng: Random) -> int:
    """Most stories are short, some are long."""
    return rng.choice((2, 2, 3, 4, 4, 6, 8, 10, 14, 20))


def _before(rng: Random) -> Told:
    """Each of some people is at other places yesterday and later that day; the sentences come in any order."""
    people, visits = rng.sample(PEOPLE, rng.randint(1, 4)), []
    for person in people:
        days = rng.randint(2 if person == people[0] else 1, 3)
        visits += [(person, time, place) for time, place in enumerate(rng.sample(PLACES, days))]
    rng.shuffle(visits)
    person, time, place = rng.choice([visit for visit in visits if visit[0] == people[0] and visit[1] > 0])
    [before] = [visit for visit in visits if visit[:2] == (person, time - 1)]
    support = {visits.index(before), visits.index((person, time, place))}
    facts = [_visit(rng, *visit) for visit in visits]
    return Told(facts, f"Where was {person} before the {place}?", [before[2]], support)


def _visit(rng: Random, person: str, time: int, place: str) -> str:
    went = f"{person} {rng.choice(GO)} to the {place}"
    when = _TIMES[time]
    return rng.choice((f"{when[0].upper()}{when[1:]} {went}.", f"{went} {when}."))


# --- kinds and properties -----------------------------------------------------------------------------------


def _fears(rng: Random) -> Told:
    """Four kinds, each afraid of another one, and four animals of these kinds."""
    kinds, people = rng.sample(list(PLURALS), 4), rng.sample(PEOPLE, 4)
    fears = {kind: rng.choice([other for other in kinds if other != kind]) for kind in kinds}
    kind_of = {person: rng.choice(kinds) for person in people}
    tellings = [*kinds, *people]
    rng.shuffle(tellings)
    person = rng.choice(people)
    kind = kind_of[person]
    facts = [
        f"{PLURALS[name].capitalize()} are afraid of {PLURALS[fears[name]]}." if name in fears else _is_a(name, kind_of)
        for name in tellings
    ]
    support = {tellings.index(person), tellings.index(kind)}
    return Told(facts, f"What is {person.lower()} afraid of?", [fears[kind]], support)


def _colors(rng: Random) -> Told:
    """Five animals of four kinds; in our worlds, unlike in some released stories, a kind has one color.

    Of several others of the same kind, the last one introduced is the evidence, as in the release.
    """
    kinds, people = rng.sample(list(PLURALS), 4), rng.sample(PEOPLE, 5)
    color_of = dict(zip(kinds, rng.choices(COLORS, k=4), strict=True))
    asked, other, *_ = people
    kind_of = {person: rng.choice(kinds) for person in people}
    kind_of[other] = kind_of[asked]
    tellings = [person for person in people for _ in range(1 if person == asked else 2)]
    rng.shuffle(tellings)
    introduced = {person: tellings.index(person) for person in people}
    facts = [
        _is_a(person, kind_of) if introduced[person] == number else f"{person} is {color_of[kind_of[person]]}."
        for number, person in enumerate(tellings)
    ]
    same = [person for person in people if person != asked and kind_of[person] == kind_of[asked]]
    evidence = max(same, key=introduced.get)
    support = {introduced[asked], *(number for number, person in enumerate(tellings) if person == evidence)}
    return Told(facts, f"What color is {asked}?", [color_of[kind_of[asked]]], support)


def _is_a(person: str, kind_of: dict[str, str]) -> str:
    kind = kind_of[person]
    return f"{person} is {'an' if kind[0] in 'aeiou' else 'a'} {kind}."


# --- relations ----------------------------------------------------------------------------------------------


def _map(rng: Random) -> Told:
    """A place between two neighbours, which are told in either direction; the question is about the one between."""
    middle, *neighbours = rng.sample(PLACES, 3)
    ways = rng.sample(list(_COMPASS), 2)
    facts = []
    for place, way in zip(neighbours, ways, strict=True):
        back = _opposite(_COMPASS, way)
        sentences = f"The {place} is {way} of the {middle}.", f"The {middle} is {back} of the {place}."
        facts.append(rng.choice(sentences))
    number = rng.randrange(2)
    way, back = ways[number], _opposite(_COMPASS, ways[number])
    question = rng.choice((f"What is {way} of the {middle}?", f"What is the {middle} {back} of?"))
    return Told(facts, question, [neighbours[number]], {number})


def _picture(rng: Random) -> Told:
    """Two shapes, each next to a third on a grid; how do the two stand to each other?"""
    shapes = [f"{color} {rng.choice(SHAPES)}" for color in rng.sample(COLORS, 3)]
    if rng.random() < 0.4:
        shapes[rng.randrange(3)] = "spiral"  # one shape may go without a color
    middle, *outer = shapes
    sides = rng.sample(list(_SIDES), 2)
    facts = []
    for shape, side in zip(outer, sides, strict=True):
        back = _opposite(_SIDES, side)
        facts.append(rng.choice((f"The {shape} is {side} the {middle}.", f"The {middle} is {back} the {shape}.")))
    (x, y), (other_x, other_y) = (_SIDES[side] for side in sides)
    away = (x - other_x, y - other_y)
    question = rng.choice([side for side, step in _SIDES.items() if _along(away, step)])
    answer = "yes" if _along(away, _SIDES[question]) > 0 else "no"
    return Told(facts, f"Is the {outer[0]} {question} the {outer[1]}?", [answer], {0, 1})


def _opposite(directions: dict[str, tuple[int, int]], way: str) -> str:
    x, y = directions[way]
    return next(other for other, step in directions.items() if step == (-x, -y))


def _along(away: tuple[int, int], step: tuple[int, int]) -> int:
    return away[0] * step[0] + away[1] * step[1]


def _sizes(rng: Random) -> Told:
    """Six things from small to big and five comparisons, two of which are the only way between the two asked about."""
    order = rng.sample(BOXES, 6)
    small, middle, big = sorted(rng.sample(range(6), 3))
    chain = [(small, middle), (middle, big)]
    others = [pair for pair in combinations(range(6), 2) if pair not in (*chain, (small, big))]
    rng.shuffle(others)
    pairs = list(chain)
    while len(pairs) < 5:
        pair = others.pop()
        # none that leads from the small one or to the big one: there would be a second way between them
        if pair[0] != small and pair[1] != big:
            pairs.append(pair)
    rng.shuffle(pairs)
    facts = [_compare(rng, order[low], order[high]) for low, high in pairs]
    first, second = rng.sample((order[small], order[big]), 2)
    fits = first == order[small]
    question, yes = rng.choice(
        ((f"Does the {first} fit in the {second}?", fits), (f"Is the {first} bigger than the {second}?", not fits))
    )
    return Told(facts, question, ["yes" if yes else "no"], {pairs.index(pair) for pair in chain})


def _compare(rng: Random, small: str, big: str) -> str:
    return rng.choice((f"The {small} fits inside the {big}.", f"The {big} is bigger than the {small}."))


WORLDS = {
    "single-supporting-fact": _single,
    "two-supporting-facts": _thing,
    "two-arg-relations": _map,
    "counting": _count,
    "lists-sets": _list,
    "conjunction": _joint,
    "time-reasoning": _before,
    "basic-deduction": _fears,
    "basic-induction": _colors,
    "positional-reasoning": _picture,
    "size-reasoning": _sizes,
}
