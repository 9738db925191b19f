"""Effect sizes of two independent groups of ordinal scores, with seeded bootstrap intervals.

Cliff's delta, P(first > second) - P(first < second), also called the rank-biserial correlation (Cliff, 1993,
Psychological Bulletin 114(3), 494-509), asks only for an order. Hedges' g, the difference of means in pooled standard
deviations with Hedges' small-sample correction (1981), takes the points of the scale as equally far apart. Intervals
are percentiles over resamples within each group. NaN only with a note.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lib.stats import Estimate


def hedges_correction(n: int, m: int) -> float:
    """Hedges' factor 1 - 3 / (4 (n + m) - 9), the approximation that pingouin uses, too."""
    return 1 - 3 / (4 * (n + m) - 9)


def cliffs_delta(
    first: Sequence[float], second: Sequence[float], resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Cliff's delta of two groups of scores, with its interval."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if note := _too_few(first, second):
        return Estimate(math.nan, math.nan, math.nan, note)
    (x, p), (y, q) = _shares(first, resamples, seed), _shares(second, resamples, seed + 1)
    one = len(x) == len(y) == 1
    signs = np.sign(np.subtract.outer(x, y))
    draws = ((p @ signs) * q).sum(axis=1)
    value = float(np.sign(np.subtract.outer(first, second)).mean())
    found = _interval(value, draws, level)
    return replace(found, note="within each group all scores are equal: resampling changes nothing") if one else found


def hedges_g(
    first: Sequence[float], second: Sequence[float], resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Hedges' g of two groups of scores, with its interval; none where nobody differs from anybody in a group."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if note := _too_few(first, second) or _no_spread(first, second):
        return Estimate(math.nan, math.nan, math.nan, note)
    (x, p), (y, q) = _shares(first, resamples, seed), _shares(second, resamples, seed + 1)
    n, m = len(first), len(second)
    means = p @ x, q @ y
    squares = n * (p @ x**2 - means[0] ** 2) + m * (q @ y**2 - means[1] ** 2)
    draws = _standardised(means[0] - means[1], squares, n, m)
    observed = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    value = _standardised(np.array([first.mean() - second.mean()]), np.array([observed]), n, m)
    return _interval(float(value[0]), draws, level)


def _standardised(difference: np.ndarray, squares: np.ndarray, n: int, m: int) -> np.ndarray:
    """g from differences of means and sums of squared deviations; NaN where nothing varies."""
    spread = np.sqrt(np.maximum(squares, 0) / (n + m - 2))
    known = spread > 1e-9  # below lie only rounding errors: scores are fractions with small denominators
    return np.divide(difference, spread, out=np.full(len(spread), np.nan), where=known) * hedges_correction(n, m)


def _shares(values: np.ndarray, resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values, shape (v,), and their shares in each resample, shape (resamples, v)."""
    distinct, counts = np.unique(values, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(values), counts / len(values), size=resamples)
    return distinct, draws / len(values)


def _interval(value: float, draws: np.ndarray, level: float) -> Estimate:
    known = draws[np.isfinite(draws)]
    lost = len(draws) - len(known)
    note = f"{lost} of {len(draws)} resamples have no spread and are left out" if lost else ""
    if not len(known):
        return Estimate(value, math.nan, math.nan, "no interval: no resample has any spread")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), note)


def _too_few(first: np.ndarray, second: np.ndarray) -> str:
    fewest = min(len(first), len(second))
    return "" if fewest >= 2 else f"a group of {fewest}: an effect with its interval needs two people or more in each"


def _no_spread(first: np.ndarray, second: np.ndarray) -> str:
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return "no spread: within each group all scores are equal, so there is no standard deviation to divide by"
    return ""
