"""The course's exercises: `check("04.2", answer)` says whether an answer is right, and where it is not, gives a hint.

The checks are functions of teaching/checks/chNN.py. They are loaded only when one of them is asked for.
"""

import functools
import importlib
import inspect
import sys
from collections.abc import Callable

from lib.errors import InputError
from lib.files import ROOT

Check = Callable[[object], str | None]  # the answer -> None where it is right, else a hint that does not give it away
CHECKS: dict[str, Check] = {}
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # teaching/ is not installed, and a notebook runs anywhere


def exercise(number: str) -> Callable[[Check], Check]:
    """Decorator: this function checks the exercise of this number, "04.2"."""
    return lambda function: CHECKS.update({number: function}) or function


def check(number: str, answer: object) -> bool:
    """Print and return whether the answer is right. InputError for a number that no exercise has."""
    judge, returned = find(number), []
    noted = lambda *given, **named: returned.append(answer(*given, **named)) or returned[-1]  # noqa: E731
    try:
        hint = judge(functools.wraps(answer)(noted) if inspect.isfunction(answer) else answer)
    except Exception as error:  # of the answer's own code
        hint = " ".join(f"Your answer ends with {type(error).__name__}: {error}".split())
    if answer is ... or (hint and returned and all(value is None or value is ... for value in returned)):
        hint = "Nothing comes back yet: put your answer in place of the dots (and return it, if it is a function)."
    print(f"{number}: not yet. {hint}" if hint else f"{number}: right.")
    return not hint


def find(number: str) -> Check:
    """The check of an exercise. InputError for a number that none has."""
    if (ROOT / f"teaching/checks/ch{str(number)[:2]}.py").is_file():
        importlib.import_module(f"teaching.checks.ch{number[:2]}")
    if number not in CHECKS:
        raise InputError(f"exercise {number!r}: there is none; expected the number at its head, such as '04.2'")
    return CHECKS[number]
