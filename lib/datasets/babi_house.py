"""A simulated house: people walk about and handle things, and every sentence tells of one such event.

The house keeps what is the case and which sentences tell it, while it happens. Names, places and things are our own.
"""

from random import Random

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
