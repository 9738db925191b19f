"""A simulated long reasoner: verbose, doubting, backtracking traces that end right by construction.

It stands in for DeepSeek-R1's traces (paper, part 2), which cost money and cannot be had offline. It shares their
shape (goes through the facts one by one, says dates in words, doubts, takes things back, concludes) and nothing else:
whatever comes of it is labelled simulated. `summarize` and `explain` stand in for the second model that wrote
summaries and post-hoc explanations.
"""

import random
from collections.abc import Iterator

from lib import doubts
from lib.datasets import DATASETS, cotemp_reasoner
from lib.errors import InputError
from lib.problems import Problem


def reason(problem: Problem, seed: int) -> str:
    """The simulated verbose trace of a problem, several hundred words.

    Raises InputError where the rules find other than the labels say: it may not end wrong.
    """
    _check_right(problem)
    return " ".join(_parts(problem, random.Random(f"reasoner-{seed}-{problem.id}")))


def summarize(problem: Problem) -> str:
    """The simulated summary of the trace: what was found, in a few sentences, in the order of finding it."""
    _check_right(problem)
    return f"{_findings(problem, brief=True)} {_relation_sentence(problem)} So the answer is {_listed(problem)}."


def explain(problem: Problem) -> str:
    """The simulated post-hoc explanation: the answer first, then why, as told to a reader."""
    _check_right(problem)
    return (
        f"The answer is {_listed(problem)}. Here is why. {_findings(problem)} {_relation_sentence(problem)} "
        "Nothing else in the context answers the question."
    )


def _check_right(problem: Problem) -> None:
    """The reasoner may only end where the labels do; what the rules see otherwise is left to the label audit."""
    found = DATASETS[problem.dataset].decompose(problem)
    if (found.category, set(found.answers)) != (problem.category, set(problem.answers)):
        raise InputError(
            f"problem {problem.id}: the rules find {found.category}, {list(found.answers)}; not its labels"
        )


def _parts(problem: Problem, rng: random.Random) -> Iterator[str]:
    of_dates = problem.dataset == "cotemp"
    yield rng.choice(doubts.OPENINGS)
    yield f'The question is: "{problem.question}"'
    yield from cotemp_reasoner.look(problem, rng) if of_dates else _look(problem, rng)
    yield rng.choice(doubts.SECOND_LOOKS)
    yield from cotemp_reasoner.recap(problem) if of_dates else [_findings(problem)]
    yield _relation_sentence(problem)
    yield f"So the answer should be {_listed(problem)}."


# --- stories and passages -----------------------------------------------------------------------------------


def _look(problem: Problem, rng: random.Random) -> Iterator[str]:
    """What the reasoner says of every sentence, in order."""
    yield "Let me go through the text one by one."
    for fact in problem.facts:
        yield f"It says: {fact}"
        needed = fact in problem.gold_facts
        if doubts.false_start(rng):
            yield "At first sight that does not matter. Wait, actually," if needed else "That could matter. Wait, no,"
        yield "that is something I need for the answer." if needed else "that does not help with the question."
        yield from doubts.again(rng)


# --- what all of them say -----------------------------------------------------------------------------------


def _findings(problem: Problem, brief: bool = False) -> str:
    """The evidence in sentences; brief: what was found and when, without quoting the facts."""
    if problem.dataset == "cotemp":
        return cotemp_reasoner.findings(problem, brief)
    return " ".join(("What matters is this:", *problem.gold_facts)) if problem.gold_facts else "Nothing here helps."


def _relation_sentence(problem: Problem) -> str:
    if problem.dataset == "cotemp":
        return f"How they lie to each other: {problem.category}."
    return f"This is a question of the kind {problem.category}."


def _listed(problem: Problem) -> str:
    """The answer in a sentence: all names, or the first of alternative texts, without a full stop of its own."""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        return problem.answers[0].rstrip(".")
    return " and ".join(problem.answers) if problem.answers else "nothing"
