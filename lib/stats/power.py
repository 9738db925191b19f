"""How much can a group tell? Power by simulation of ordinal ratings.

The model, also of lib/stats/simulated.py: a person's answer to an item is `location + sqrt(r) * person + sqrt(1 - r) *
item noise`, both standard normal, and the rating is the number of thresholds below it, plus one. r is the share of
variance that the items have in common, i.e. the correlation of two latent answers. (McKelvey and Zavoina, 1975, for the
model; Liddell and Kruschke, 2018, for what happens when such ratings are analysed as if metric.)

An effect is a shift of the latent answers, in standard deviations. Averages of few-point items show a different
standardised difference than the latent shift, so both are given. All tests are two-sided.
"""

import math
import warnings

import numpy as np
from scipy import optimize, stats

from lib.errors import InputError

LOW, HIGH = 1, 5
THRESHOLDS = np.array([-1.5, -0.5, 0.5, 1.5])  # a location of 0 is the middle of the scale
COMMON = 0.5  # r above
ITEMS = 6  # ratings in a person's score
ALPHA = 0.05


def expected_mean(location: float) -> float:
    """Expected rating at this location; it grows with the location."""
    return LOW + float(stats.norm.sf(THRESHOLDS - location).sum())  # LOW + sum over thresholds of P(above it)


def location_of(mean: float) -> float:
    """The location whose expected rating is `mean`. Raises InputError for a mean at or beyond the scale's ends."""
    if not LOW < mean < HIGH:
        raise InputError(f"mean {mean:g}: expected one between {LOW} and {HIGH}, the ends left out")
    return float(optimize.brentq(lambda at: expected_mean(at) - mean, -11.5, 11.5))


def ratings(rng: np.random.Generator, shape: tuple[int, ...], location: float) -> np.ndarray:
    """Random ratings, int8 of `shape`: (..., people, items)."""
    person = rng.standard_normal((*shape[:-1], 1))
    noise = rng.standard_normal(shape)
    latent = location + (np.sqrt(COMMON) * person + np.sqrt(1 - COMMON) * noise)
    # comparing with each threshold is several times as fast as searchsorted for four of them
    return sum((latent > threshold).astype(np.int8) for threshold in THRESHOLDS) + np.int8(LOW)


def simulated_pair(n: int, shift: float, draws: int = 2000, seed: int = 0) -> dict:
    """Simulated power of Welch's t test and of Mann-Whitney for two groups of n, `shift` latent deviations apart.

    Keys: shift, points (difference of expected means), d (standardised difference of the scores), welch, mann_whitney
    (shares of `draws` studies with p below ALPHA; a study in which nobody differs counts as not detected).
    """
    if n < 2:
        raise InputError(f"expected two people per group or more, found {n}")
    rng = np.random.default_rng(seed)
    # sums, not means: the tests do not mind, and whole numbers have no rounding errors to pass for a spread
    x, y = (ratings(rng, (draws, n, ITEMS), at).sum(axis=2, dtype=float) for at in (shift / 2, -shift / 2))
    spread = math.sqrt((x.var() + y.var()) / 2)
    if spread == 0:
        raise InputError(f"shift {shift:g}: too large, everybody in a group gives the same ratings")
    with np.errstate(all="ignore"), warnings.catch_warnings():  # a study in which nobody differs has no p
        warnings.simplefilter("ignore", RuntimeWarning)
        welch = stats.ttest_ind(x, y, axis=1, equal_var=False).pvalue
        ranks = stats.mannwhitneyu(x, y, axis=1, method="asymptotic").pvalue
    points = expected_mean(shift / 2) - expected_mean(-shift / 2)
    return {
        "shift": shift,
        "points": points,
        "d": points * ITEMS / spread,
        "welch": float((welch < ALPHA).mean()),
        "mann_whitney": float((ranks < ALPHA).mean()),
    }
