"""What a check returns, for the answer and for the steps; the same for both protocols."""

import string
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

_DROP_PUNCTUATION = str.maketrans("", "", string.punctuation)


class AnswerCheck(NamedTuple):
    """A final answer held against the gold set. precision and recall are shares in [0, 1]."""

    right: bool
    precision: float
    recall: float
    reason: str = ""  # why not, in one clause; empty where right

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class StepCheck(NamedTuple):
    """The trace held against the gold decomposition. `parsed` says whether there was a trace to judge."""

    parsed: bool
    class_step: bool
    ir_step: bool
    reasons: tuple[str, ...] = ()


def normalize(text: str) -> str:
    """Lower case, no ASCII punctuation, single blanks: the study's normalisation of answers."""
    return _normalized(text) if len(text) < 200 else _normalized.__wrapped__(text)


@lru_cache(maxsize=65536)  # of names: whole outputs would fill the memory
def _normalized(text: str) -> str:
    return " ".join(text.lower().translate(_DROP_PUNCTUATION).split())


def compare(given: Sequence[str], gold: Sequence[str]) -> tuple[bool, float, float]:
    """(equal, precision, recall) of two collections of normalised answers, counted as multisets."""
    if sorted(given) == sorted(gold):
        return True, 1.0, 1.0
    shared = sum((Counter(given) & Counter(gold)).values())
    return False, shared / len(given) if given else 0.0, shared / len(gold) if gold else 0.0


def quote(items: Iterable[str], limit: int = 3, width: int = 100) -> str:
    """Items for a reason: sorted, quoted, the long ones cut, the many counted."""
    items = sorted(items)
    shown = ", ".join(repr(item if len(item) <= width else item[: width - 1] + "…") for item in items[:limit])
    return shown + (f" and {len(items) - limit} more" if len(items) > limit else "")
