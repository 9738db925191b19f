"""Scores, simulated ratings and small tables that the tests of statistics share; no rating here is anybody's."""

from itertools import combinations_with_replacement, product

import numpy as np

from lib.stats import simulated

MEANS = {"interpretability": {"r1": 3.39, "correct": 4.86}, "load": {"r1": 4.59}}  # the published ones
SIMULATED = simulated.simulate(MEANS, seed=3)

_RNG = np.random.default_rng(5)
GROUPS = {
    "r1": _RNG.integers(6, 31, 25) / 6,
    "summary": _RNG.integers(12, 31, 24) / 6,
    "posthoc": _RNG.integers(10, 31, 26) / 6,
    "correct": _RNG.integers(20, 31, 25) / 6,
}


def every_table(n: int, items: int, low: int, high: int) -> dict[int, list[tuple[int, ...]]]:
    """Sum -> every different set of n people's totals, from every table of ratings of one person."""
    people = sorted({sum(row) for row in product(range(low, high + 1), repeat=items)})
    found = {}
    for table in combinations_with_replacement(people, n):
        found.setdefault(sum(table), []).append(table)
    return found
