"""Problem: one open-book question with everything that can be checked about it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lib.errors import InputError


@dataclass(frozen=True, slots=True)
class Problem:
    """One question of the study (paper, part 1).

    id          stable across arms, students and files: a hash of question and facts
    dataset     "cotemp", "babi" or "marco"
    question    the question alone, without the prompt around it
    facts       the context: sentences (CoTempQA, bAbI) or passages (MARCO), in the order given
    answers     the gold answer as a set of strings
    category    gold value of the classification step
    gold_facts  gold value of the information-retrieval step: the facts that the answer needs
    pattern     CoTempQA's triple pattern ("S1_R1_O2", …), empty elsewhere
    """

    id: str
    dataset: str
    question: str
    facts: tuple[str, ...]
    answers: tuple[str, ...]
    category: str
    gold_facts: tuple[str, ...]
    pattern: str = ""

    def __hash__(self) -> int:
        """The id's hash: problems are keys of many caches, and the id already stands for question and facts."""
        return hash(self.id)


def problem_id(question: str, facts: tuple[str, ...]) -> str:
    """Twelve hex digits that name a problem wherever it appears.

    The question alone would not do: bAbI asks "What color is Bernhard?" about many stories.
    """
    return hashlib.sha256("\n".join((question, *facts)).encode(errors="surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """What a dataset's rules find from facts and question alone (paper, part 1), without reading a label.

    category    the classification step
    gold_facts  the information-retrieval step: the facts that the answer needs, in the context's order
    answers     what follows from them, as a set of strings in a fixed order
    """

    category: str
    gold_facts: tuple[str, ...]
    answers: tuple[str, ...]


def expect_one_of(what: str, value: str, known: Iterable[str]) -> None:
    """Raise InputError where `value`, said to be a `what`, is not one of the known."""
    if value not in known:
        raise InputError(f"unknown {what} {value!r}: expected one of {', '.join(known)}")


# Many problems


@dataclass(slots=True)
class Loaded:
    """The problems of a file, in its order, and a message ("FILE, line N: …") for every row that is not among them."""

    problems: list[Problem] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def report(self, limit: int = 5) -> str:
        """How many were kept and left out, and the first messages."""
        lines = [f"{len(self.problems)} problems kept, {len(self.rejected)} rows left out"]
        more = len(self.rejected) - limit
        return "\n".join(lines + self.rejected[:limit] + ([f"… and {more} more"] if more > 0 else []))


def gather(rows: Iterable[tuple[str, dict | InputError]], build: Callable[[dict], Problem]) -> Loaded:
    """Build a problem from every row; what raises InputError, or was seen before, is rejected with its place.

    rows: (place, fields, or the error that kept the row from being read). Raises InputError where not one row is
    usable.
    """
    loaded, first_place = Loaded(), {}
    for place, row in rows:
        try:
            if isinstance(row, InputError):
                raise row
            problem = build(row)
            if (first := first_place.setdefault(problem.id, place)) != place:
                raise InputError(f"the same question and facts as {first}; left out")
        except InputError as error:
            loaded.rejected.append(f"{place}: {error}")
        else:
            loaded.problems.append(problem)
    if not loaded.problems:
        raise InputError(f"no usable problem; {loaded.rejected[0] if loaded.rejected else 'there is no row at all'}")
    return loaded
