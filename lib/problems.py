"""Problem: one open-book question with everything that can be checked about it."""

import hashlib
from dataclasses import dataclass


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
