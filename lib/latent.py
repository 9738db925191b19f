"""Ordinal ratings from a latent normal variable cut by thresholds: the model behind simulated responses and power.

A person's answer to an item is `location + spread * (sqrt(r) * person + sqrt(1 - r) * item noise)`, both standard
normal, and the rating is the number of thresholds below it, plus one. r is the share of variance that the items have in
common, i.e. the correlation of two latent answers. (McKelvey and Zavoina, 1975, for the model; Liddell and Kruschke,
2018, for what happens when such ratings are analysed as if metric.)
"""

import numpy as np
from scipy import optimize, stats

from lib.errors import InputError

LOW = 1
THRESHOLDS = (-1.5, -0.5, 0.5, 1.5)  # five points; a location of 0 is the middle of the scale


def shares(location: float, spread: float = 1.0, thresholds=THRESHOLDS) -> np.ndarray:
    """Expected share of each rating, shape (points,), summing to 1."""
    below = stats.norm.cdf((np.asarray(thresholds) - location) / spread)
    return np.diff(np.concatenate([[0.0], below, [1.0]]))


def expected_mean(location: float, spread: float = 1.0, thresholds=THRESHOLDS) -> float:
    """Expected rating at this location; it grows with the location."""
    # LOW + sum over thresholds of P(above the threshold)
    return LOW + float(stats.norm.sf((np.asarray(thresholds) - location) / spread).sum())


def location_of(mean: float, spread: float = 1.0, thresholds=THRESHOLDS) -> float:
    """The location whose expected rating is `mean`. Raises InputError for a mean at or beyond the scale's ends."""
    high = LOW + len(thresholds)
    if not LOW < mean < high:
        raise InputError(f"mean {mean:g}: expected one between {LOW} and {high}, the ends left out")
    reach = 10 * spread + max(abs(threshold) for threshold in thresholds)
    try:
        return float(optimize.brentq(lambda at: expected_mean(at, spread, thresholds) - mean, -reach, reach))
    except ValueError:
        raise InputError(f"mean {mean:g}: too near the end of the scale for a spread of {spread:g}") from None


def ratings(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    location: float,
    spread: float = 1.0,
    common: float = 0.5,
    thresholds=THRESHOLDS,
) -> np.ndarray:
    """Random ratings, int8 of `shape`: (..., people, items). `common` is r above, in [0, 1]."""
    if not 0 <= common <= 1 or spread <= 0:
        raise InputError(f"expected a common share from 0 to 1 and a spread above 0, found {common:g} and {spread:g}")
    person = rng.standard_normal((*shape[:-1], 1))
    noise = rng.standard_normal(shape)
    latent = location + spread * (np.sqrt(common) * person + np.sqrt(1 - common) * noise)
    # comparing with each threshold is several times as fast as searchsorted for four of them
    return sum((latent > threshold).astype(np.int8) for threshold in thresholds) + np.int8(LOW)
