"""SPRITE: sample sets of integer ratings that have a published mean and, where there is one, a published SD.

Heathers, Anaya, van der Zee and Brown (2018), Recovering data from summary statistics: Sample Parameter Reconstruction
via Iterative TEchniques (SPRITE), PeerJ Preprints 6:e26968v1. A set begins with the right sum; one rating goes up by a
step while another goes down, which keeps the sum, until the spread is right, too. The sets show what is possible, not
how probable it is: nothing says that real ratings were drawn this way.
"""

import math

import numpy as np

from lib.errors import InputError
from lib.means import Group

STEPS = 20_000
_HEAT = 2.0  # a move that leads away by d is taken with probability exp(-d / _HEAT), so that no set is stuck


def sprite(group: Group, sd: float | None = None, count: int = 1000, seed: int = 0, sd_decimals: int = 2) -> np.ndarray:
    """Sample `count` sets of composites with the group's mean: shape (count, n), in random order within a set.

    sd  the published standard deviation (n - 1) of the composites, at `sd_decimals` decimals. Without one, every set
        gets a sum of squares drawn evenly between the smallest and the largest possible, so all spreads occur.

    The same seed gives the same sets. Raises InputError for an SD outside the possible bounds, and where no set was
    found.
    """
    rng = np.random.default_rng(seed)
    sums = rng.choice(np.array(group.totals), size=count)
    low, high = _square_bounds(group, sums)
    if sd is None:
        # near the largest spread few sums of squares occur, so the window is as wide as the largest single move
        reach = 2 * group.items * (group.high - group.low)
        target = rng.uniform(low, high)
        window = np.column_stack([target - reach / 2, target + reach / 2])
    else:
        window = _sd_window(group, sums, sd, sd_decimals)
    where = (window.mean(axis=1) - low) / np.maximum(high - low, 1)
    sets = _walk(rng, _start(rng, group, sums, where), group, window)
    if sets is None:
        raise InputError(
            f"no set of {group.n} people with mean {group.mean} and SD {sd} was found in {STEPS} moves; check the "
            "SD and the number of items"
        )
    return rng.permuted(sets, axis=1) / group.items


def _square_bounds(group: Group, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest sum of squares about 0 for each set's sum, shape (count,) each."""
    scale = group.items**2 * (group.n - 1)
    bounds = {
        total: [float(variance * scale) + total**2 / group.n for variance in group.variances(total)]
        for total in group.totals
    }
    low, high = np.array([bounds[total] for total in sums.tolist()]).reshape(-1, 2).T
    return low, high


def _sd_window(group: Group, sums: np.ndarray, sd: float, decimals: int) -> np.ndarray:
    """Sums of squares that print as this SD, shape (count, 2)."""
    low, high = group.sd_bounds()
    half = 0.5 * 10.0**-decimals * (1 + 1e-9)
    if not math.isfinite(sd) or sd + half < low or sd - half > high:
        raise InputError(
            f"SD {sd}: expected one from {low:.3f} to {high:.3f}, which the mean {group.mean} leaves possible"
        )
    squares = np.array([max(sd - half, 0.0), sd + half]) ** 2 * group.items**2 * (group.n - 1)
    return squares[None, :] + (sums**2 / group.n)[:, None]


def _start(rng: np.random.Generator, group: Group, sums: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Person totals with the right sums: as equal as can be, or at the ends of the scale; shape (count, n).

    where: the spread aimed at, 0 for the smallest and 1 for the largest. Climbing is far slower than coming down: many
    who sit at the top of the scale cannot move up.
    """
    low, high = group.items * group.low, group.items * group.high
    people = np.arange(group.n)
    equal = sums[:, None] // group.n + (people < (sums % group.n)[:, None])
    spread = low + np.clip((sums - group.n * low)[:, None] - people * (high - low), 0, high - low)
    return np.where((where < rng.uniform(0.02, 0.3, size=len(sums)))[:, None], equal, spread)


def _walk(rng: np.random.Generator, sets: np.ndarray, group: Group, window: np.ndarray) -> np.ndarray | None:
    """Move until every set's sum of squares is in its window; None where some set does not get there."""
    low, high = group.items * group.low, group.items * group.high
    rows = np.arange(len(sets))
    squares = (sets**2).sum(axis=1).astype(float)
    for step in range(STEPS):
        away = np.maximum(window[rows, 0] - squares[rows], 0) + np.maximum(squares[rows] - window[rows, 1], 0)
        if step >= 4 * group.n:  # until then sets in their window move on inside it, for variety of shape
            rows, away = rows[away > 0], away[away > 0]
        if not len(rows):
            return sets
        up, down = rng.integers(group.n, size=(2, len(rows)))
        a, b = sets[rows, up], sets[rows, down]
        after = squares[rows] + 2 * (a - b) + 2
        farther = np.maximum(window[rows, 0] - after, 0) + np.maximum(after - window[rows, 1], 0) - away
        heat = np.exp(-np.maximum(farther, 0) / _HEAT)
        taken = (up != down) & (a < high) & (b > low) & (rng.random(len(rows)) < heat)
        moved = rows[taken]
        sets[moved, up[taken]] += 1
        sets[moved, down[taken]] -= 1
        squares[moved] = after[taken]
    return None
