"""Checks of chapter 00: what the verifier's three verdicts are, and what a judge reads."""

from itertools import product

from lib.datasets import cotemp
from lib.exercises import exercise
from lib.verify import verify
from teaching.checks.forms import keys, shown

PARTS = ("answer", "class_step", "ir_step")


@exercise("00.1")
def all_eight(answer: object) -> str | None:
    """A completion for each combination of right and wrong."""
    wanted = tuple("".join(marks) for marks in product("yn", repeat=3))
    if wrong := keys(answer, wanted):
        return wrong
    problem = cotemp.generate(1, seed=3, category="during")[0]
    for name in wanted:
        if not isinstance(answer[name], str):
            return f"{name}: expected a text; it is {shown(answer[name])}."
        verdict = verify(problem, answer[name])
        found = "".join("y" if getattr(verdict, part) else "n" for part in PARTS)
        if found != name:
            return f"{name}: this one is {found}. {'; '.join(verdict.reasons) or 'everything in it is right'}."
    return None
