"""Problem: one open-book question with everything that can be checked about it."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lib.errors import InputError
from lib.files import DATA


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
    """Twelve hex digits that name a problem wherever it appears; bAbI asks the same question about many stories."""
    return hashlib.sha256("\n".join((question, *facts)).encode(errors="surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """What a dataset's rules find from facts and question alone (paper, part 1): a Problem's fields of the same names.

    gold_facts are in the context's order, answers in a fixed one.
    """

    category: str
    gold_facts: tuple[str, ...]
    answers: tuple[str, ...]


def expect_class(category: str | None, known: Sequence[str]) -> None:
    """Raise InputError for a class that is none of the known; None stands for all of them."""
    if category not in (None, *known):
        raise InputError(f"unknown class {category!r}: expected one of {', '.join(known)}")


def expect_text(**fields: Sequence[str]) -> None:
    """Raise InputError for a field of a file that has no text, or an empty one."""
    for name, texts in fields.items():
        if not texts or not all(text.strip() for text in texts):
            raise InputError(f"field {name!r}: expected text, found none")


@dataclass(slots=True)
class Loaded:
    """The problems of a file, in its order, and a message ("FILE, line N: …") for every row that is not among them."""

    problems: list[Problem] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def report(self) -> str:
        """How many were kept and left out, and the first messages."""
        more = len(self.rejected) - 5
        lines = [f"{len(self.problems)} problems kept, {len(self.rejected)} rows left out", *self.rejected[:5]]
        return "\n".join([*lines, f"… and {more} more"] if more > 0 else lines)


def gather(rows: Iterable[tuple[str, dict | InputError]], build: Callable[[dict], Problem]) -> Loaded:
    """Build a problem from every row; what raises InputError, or was seen before, is rejected with its place.

    rows: (place, fields, or why they cannot be read). Raises InputError where not one row is usable.
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


def distinct(n: int, draw: Callable[[int], Iterable[Problem]]) -> list[Problem]:
    """n problems, no two the same: of those drawn for each number the first that is new; InputError where none is."""
    problems: dict[str, Problem] = {}
    for number in range(n):
        problem = next((new for new in draw(number) if new.id not in problems), None)
        if problem is None:
            raise InputError(f"n: expected fewer problems than {n}; about {number} different ones can be had")
        problems[problem.id] = problem
    return list(problems.values())


def numbered(ids: Iterable[str]) -> Iterator[str]:
    """The ids, those that come again numbered ("-2"): a few problems stand in a file twice."""
    seen: Counter[str] = Counter()
    for one in ids:
        seen[one] += 1
        yield f"{one}-{seen[one]}" if seen[one] > 1 else one


def invented(what: str) -> dict:
    """The names and words that generated problems of a dataset, or simulated traces ("reasoner"), are made of."""
    return json.loads((DATA / "invented.json").read_text(encoding="utf-8"))[what]
