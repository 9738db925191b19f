"""Checks of chapter 00: what the verifier's three verdicts are, and what a judge reads."""

from itertools import product

from lib.datasets import cotemp
from lib.exercises import exercise
from lib.verify import verify
from teaching.checks.forms import function, keys, number, shown

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


@exercise("00.2")
def by_hand(answer: object) -> str | None:
    """Class, facts and answers of three problems."""
    problems = sorted(cotemp.generate(40, seed=11), key=lambda problem: len("".join(problem.facts)))[:3]
    if not isinstance(answer, list | tuple) or len(answer) != len(problems):
        return f"Expected a list of {len(problems)} lines, one for each problem; it is {shown(answer)}."
    for i, (problem, line) in enumerate(zip(problems, answer, strict=True)):
        where = f"Problem {i + 1}"
        if not isinstance(line, list | tuple) or len(line) != 3 or not all(map(_listed, line[1:])):
            return f"{where}: expected (class, [numbers of facts], [answers]); it is {shown(line)}."
        category, places, names = line
        if category not in cotemp.CATEGORIES:
            return f"{where}: expected a class, one of {', '.join(cotemp.CATEGORIES)}; it is {shown(category)}."
        wanted = {problem.facts.index(fact) + 1 for fact in problem.gold_facts}
        read = {number(place) for place in places}
        if extra := read - wanted:
            return (
                f"{where}: {shown(min(extra, key=str))} is no fact that the answer needs. Whom is it about, and when?"
            )
        if read != wanted:
            return f"{where}: the facts are right, but {len(wanted - read)} more."
        if {str(name).strip().lower() for name in names} != {name.lower() for name in problem.answers}:
            return f"{where}: the facts are right, the answers not yet: they are names from these facts."
        if category != problem.category:
            return f"{where}: facts and answers are right. Not {category}: compare both ends with the question's fact."
    return None


def _listed(value: object) -> bool:
    return isinstance(value, list | tuple | set)


@exercise("00.3")
def text_without_thought(answer: object) -> str | None:
    """A text that the released protocol calls right without knowing the answer, and the strict one wrong."""
    if wrong := function(answer):
        return wrong
    for problem in cotemp.generate(60, seed=7):
        text = answer(problem.question, problem.facts)
        if not isinstance(text, str):
            return f"Expected a text; for {problem.question!r} it is {shown(text)}."
        released = verify(problem, text, answers="released")
        if not released.answer:
            return f"Released: wrong on {problem.question!r} It {released.reasons[0].removeprefix('answer: ')}."
        if verify(problem, text).answer:
            return f"Released and strict: both right on {problem.question!r} This text gives the answer after all."
    return None
