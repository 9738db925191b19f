"""New bAbI problems from simulated worlds: our own vocabulary in the sentence forms of the release.

Question, answers and supporting facts are read off the world, never off the story's text. Stories are about as long
as the released ones.
"""

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from random import Random
from typing import NamedTuple

from lib.datasets.babi.grammar import COMPASS, GIVE, GO, LET_GO, NUMBERS, OPPOSITE, SIDES, TAKE, TIMES
from lib.datasets.problem import Problem, distinct, expect_class, invented, problem_id

_WORDS = invented("babi")
PEOPLE, PLACES, THINGS, COLORS, SHAPES, BOXES, KINDS, _PLURALS = _WORDS.values()
PLURALS = dict(zip(KINDS, _PLURALS, strict=True))

_LENGTHS = (2, 2, 3, 4, 4, 6, 8, 10, 14, 20)  # of stories about the house, in sentences
_TRIES = 1000  # a type's worlds are used up, near enough, when so many in a row are known


def generate(n: int, seed: int, category: str | None = None) -> list[Problem]:
    """n new problems, no two the same: of one task type, or of all eleven in turn.

    The same seed gives the same problems, a smaller n the first of them. Raises InputError for an unknown type, and for
    an n beyond what there is (some 100,000 per type).
    """
    expect_class(category, CATEGORIES)

    def draw(number: int) -> Iterator[Problem]:
        kind = category or CATEGORIES[number % len(CATEGORIES)]
        rng = Random(f"babi {kind} {seed} {number}")  # from text: the same in every process
        return (_problem(kind, rng) for _ in range(_TRIES))

    return distinct(n, draw)


def _problem(category: str, rng: Random) -> Problem:
    told = WORLDS[category](rng)
    facts = tuple(told.facts)
    gold = tuple(facts[number] for number in sorted(told.support))
    return Problem(problem_id(told.question, facts), "babi", told.question, facts, tuple(told.answers), category, gold)


class Told(NamedTuple):
    """A story and its question, with the answers and the numbers of the supporting sentences."""

    facts: list[str]
    question: str
    answers: list[str]
    support: set[int]


class House:
    """Four people, six places and three things: people walk about and handle things, and every sentence tells of it.

    What is the case, and which sentences (by number) tell it, is kept while it happens. First places are not told.
    """

    def __init__(self, rng: Random):
        self.rng, self.facts = rng, []
        self.people, self.places, self.things = rng.sample(PEOPLE, 4), rng.sample(PLACES, 6), rng.sample(THINGS, 3)
        self.place: dict[str, str] = {name: rng.choice(self.places) for name in self.people + self.things}
        self.holder: dict[str, str] = {}  # thing -> who holds it, in the order of taking
        self.arrival: dict[str, int] = {}  # person -> what tells of their last move
        self.handling: dict[str, list[int]] = {person: [] for person in self.people}  # what tells of their things
        self.told: dict[str, int] = {}  # thing -> what tells what last happened to it
        self.brought: dict[str, int | None] = {}  # thing let go of -> what tells how its holder had come there

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
        self._tell(f"{person} {self.rng.choice(TAKE)} the {thing} there.", thing, person)

    def let_go(self, person: str, thing: str) -> None:
        """The thing stays, and so does what tells where it is, wherever the person goes then."""
        del self.holder[thing]
        self.brought[thing] = self.arrival.get(person)
        there = self.rng.choice(("", "", "", " there"))
        self._tell(f"{person} {self.rng.choice(LET_GO)} the {thing}{there}.", thing, person)

    def give(self, person: str, thing: str, other: str) -> None:
        """To somebody at the same place."""
        del self.holder[thing]
        self.holder[thing] = other
        self._tell(f"{person} {self.rng.choice(GIVE)} the {thing} to {other}.", thing, person, other)

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


def _moves(rng: Random, together: int) -> Told:
    house = House(rng)
    for _ in range(2):
        house.move(*rng.sample(house.people, together))
    person = rng.choice(list(house.arrival))
    return Told(house.facts, f"Where is {person}?", [house.place[person]], {house.arrival[person]})


def _thing(rng: Random) -> Told:
    house, length = House(rng), rng.choice(_LENGTHS)
    while len(house.facts) < length or not any(map(house.whereabouts, house.things)):
        house.step(giving=False)
    thing = rng.choice([thing for thing in house.things if house.whereabouts(thing)])
    return Told(house.facts, f"Where is the {thing}?", [house.place[thing]], house.whereabouts(thing))


def _count(rng: Random) -> Told:
    house, person = _handled(rng, giving=True)
    number = NUMBERS[len(house.carried(person))]
    return Told(house.facts, f"How many objects is {person} carrying?", [number], set(house.handling[person]))


def _list(rng: Random) -> Told:
    house, person = _handled(rng, giving=False)
    carried = house.carried(person) or ["nothing"]
    return Told(house.facts, f"What is {person} carrying?", carried, set(house.handling[person]))


def _handled(rng: Random, giving: bool) -> tuple[House, str]:
    """A house where somebody has handled something, and one who has."""
    house, length = House(rng), rng.choice(_LENGTHS)
    while len(house.facts) < length or not any(house.handling.values()):
        house.step(giving)
    return house, rng.choice([person for person in house.people if house.handling[person]])


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
    when = TIMES[time]
    return rng.choice((f"{when[0].upper()}{when[1:]} {went}.", f"{went} {when}."))


def _fears(rng: Random) -> Told:
    """Four kinds, each afraid of another one, and four animals of these kinds."""
    kinds, people = rng.sample(KINDS, 4), rng.sample(PEOPLE, 4)
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
    kinds, people = rng.sample(KINDS, 4), rng.sample(PEOPLE, 5)
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


def _map(rng: Random) -> Told:
    """A place between two neighbours, which are told in either direction; the question is about the one between."""
    middle, *neighbours = rng.sample(PLACES, 3)
    ways = rng.sample(list(COMPASS), 2)
    facts = [_beside(rng, place, way, middle) for place, way in zip(neighbours, ways, strict=True)]
    number = rng.randrange(2)
    way = ways[number]
    question = rng.choice((f"What is {way} the {middle}?", f"What is the {middle} {OPPOSITE[way]}?"))
    return Told(facts, question, [neighbours[number]], {number})


def _picture(rng: Random) -> Told:
    """Two shapes, each next to a third on a grid; how do the two stand to each other?"""
    shapes = [f"{color} {rng.choice(SHAPES)}" for color in rng.sample(COLORS, 3)]
    if rng.random() < 0.4:
        shapes[rng.randrange(3)] = "spiral"  # one shape may go without a color
    middle, *outer = shapes
    sides = rng.sample(list(SIDES), 2)
    facts = [_beside(rng, shape, side, middle) for shape, side in zip(outer, sides, strict=True)]
    (x, y), (other_x, other_y) = (SIDES[side] for side in sides)
    along = {side: (x - other_x) * right + (y - other_y) * up for side, (right, up) in SIDES.items()}
    side = rng.choice([side for side in SIDES if along[side]])
    answer = "yes" if along[side] > 0 else "no"
    return Told(facts, f"Is the {outer[0]} {side} the {outer[1]}?", [answer], {0, 1})


def _beside(rng: Random, one: str, way: str, other: str) -> str:
    return rng.choice((f"The {one} is {way} the {other}.", f"The {other} is {OPPOSITE[way]} the {one}."))


def _sizes(rng: Random) -> Told:
    """Six things from small to big and five comparisons, two of which are the only way between the two asked about."""
    order = rng.sample(BOXES, 6)
    small, middle, big = sorted(rng.sample(range(6), 3))
    chain = [(small, middle), (middle, big)]
    others = [pair for pair in combinations(range(6), 2) if pair not in (*chain, (small, big))]
    rng.shuffle(others)
    # none that leads from the small one or to the big one: there would be a second way between them
    pairs = chain + [pair for pair in reversed(others) if pair[0] != small and pair[1] != big][:3]
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


# One story with its question, by task type; the order is the one in which the released step check looks for the types.
WORLDS = {
    "single-supporting-fact": partial(_moves, together=1),
    "two-supporting-facts": _thing,
    "two-arg-relations": _map,
    "counting": _count,
    "lists-sets": _list,
    "conjunction": partial(_moves, together=2),
    "time-reasoning": _before,
    "basic-deduction": _fears,
    "basic-induction": _colors,
    "positional-reasoning": _picture,
    "size-reasoning": _sizes,
}
CATEGORIES = tuple(WORLDS)
