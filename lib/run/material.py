"""The problems of a cell: generated here, or the authors' own with their split.

Whatever the source, all arms, students and seeds of a budget share their problems.
"""

import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lib.datasets import DATASETS, marco
from lib.datasets.problem import Problem
from lib.datasets.split import split
from lib.errors import InputError
from lib.published import part2, release
from lib.run.cells import RELEASED, Cell
from lib.traces import verbose_traces
from lib.traces.arms import NEEDS_VERBOSE
from lib.traces.verbose_traces import Verbose

MARCO = "TRACE_MARCO"  # names a file of MS MARCO, which nobody may hand on


def material(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    """(train, test) problems of a cell. Raises InputError where the released ones are not at hand."""
    return _released(cell) if cell.budget.source == RELEASED else _generated(cell)


def guessing(cell: Cell) -> float:
    """How many of the test problems are right, percent, for whoever does not read the question.

    One fact picked at random (expected). Of released problems, in each class the better of that and the commonest
    answer in training: some classes ask yes or no. (Generated ones keep the measure that their records came with.)
    """
    train, test = material(cell)
    expected = 0.0
    for category in {problem.category for problem in test}:
        asked = [problem for problem in test if problem.category == category]
        by_fact = sum((len(problem.gold_facts) == 1) / len(problem.facts) for problem in asked)
        answers = Counter(frozenset(problem.answers) for problem in train if problem.category == category)
        commonest = max(answers, key=lambda one: (answers[one], sorted(one)), default=None)
        by_answer = sum(frozenset(problem.answers) == commonest for problem in asked)
        expected += max(by_fact, by_answer) if cell.budget.source == RELEASED else by_fact
    return 100 * expected / len(test)


def verbose(cell: Cell, problems: Sequence[Problem]) -> dict[str, Verbose] | None:
    """The verbose traces that an arm is made of, simulated or the authors' own; None for an arm that needs none.

    Raises InputError where the authors' are asked for and not at hand. They have some for what R1 solved, alone.
    """
    if cell.arm not in NEEDS_VERBOSE:
        return None
    if cell.budget.traces != RELEASED:
        return verbose_traces.simulated(problems, cell.budget.data_seed)
    theirs: dict[str, Verbose] = {}
    for file in part2.at_hand("teacher"):
        for name, one in verbose_traces.released(file.place).items():
            known = theirs.get(name, one)
            texts = (known.summary or one.summary, known.explanation or one.explanation)
            theirs[name] = Verbose(known.trace, known.source, *texts)
    if not theirs:
        raise InputError(
            "R1's own traces are not at hand: run `make release PART=2`, or take the simulated ones (traces: simulated)"
        )
    return theirs


def _generated(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    """Problems that share nothing that lib/datasets/split.py knows."""
    budget, module = cell.budget, DATASETS[cell.dataset]
    n = budget.n_train + budget.n_test
    classes = budget.categories or module.CATEGORIES
    per_class = -(-n // len(classes))
    facts = {"n_facts": budget.facts} if budget.facts else {}
    if facts and cell.dataset != "cotemp":
        raise InputError(
            f"facts is {budget.facts}: expected 0 for {cell.dataset}; only cotemp's problems have a number"
        )
    problems = [p for name in classes for p in module.generate(per_class, budget.data_seed, category=name, **facts)]
    train, test = split(problems, budget.n_test / n, budget.data_seed)
    return train[: budget.n_train], test[: budget.n_test]


def _released(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    """The authors' problems, each once in each part; a few stand in both, as they left them."""
    if cell.budget.facts:
        raise InputError(f"facts is {cell.budget.facts}: expected 0; released problems have as many as they have")
    train, test = _marco(cell) if cell.dataset == "marco" else _theirs(cell)
    classes = cell.budget.categories or DATASETS[cell.dataset].CATEGORIES
    train, test = ([p for p in part if p.category in classes] for part in (train, test))
    seed = cell.budget.data_seed
    return _some(train, cell.budget.n_train, seed), _some(test, cell.budget.n_test, seed)


def _theirs(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    if cell.dataset == "babi":
        return release.babi_problems("train"), release.babi_problems("test")
    parts = cell.budget.categories or release.PARTS
    if missing := set(parts) - set(release.PARTS):
        known = ", ".join(release.PARTS)
        raise InputError(f"no training problems of class {min(missing)!r} are at hand: expected some of {known}")
    return tuple([p for part in parts for p in release.tuning_problems(part, split)] for split in ("train", "test"))


def _marco(cell: Cell) -> tuple[list[Problem], list[Problem]]:
    """A seeded split of a file that the user has; the authors' own choice of 6,000 questions is not public."""
    path = os.environ.get(MARCO)
    if not path:
        raise InputError(
            f"MS MARCO cannot be fetched: expected {MARCO} to name a file of its v2.1 training set, found none"
        )
    n = cell.budget.n_train + cell.budget.n_test
    problems = _some(marco.load(Path(path)).problems, n, cell.budget.data_seed)
    return split(problems, cell.budget.n_test / n, cell.budget.data_seed)


def _some(problems: Sequence[Problem], n: int, seed: int) -> list[Problem]:
    """n of the problems (0: all), drawn with a seed; of two sizes the smaller is part of the larger."""
    drawn = list(problems)
    random.Random(f"released-{seed}").shuffle(drawn)
    if n > len(drawn):
        raise InputError(f"expected at most {len(drawn)} problems, the released ones; the budget asks for {n}")
    return drawn[: n or len(drawn)]
