"""How much can groups of 25 tell? Power by simulation of ordinal ratings, beside closed forms for normal scores.

The model, also of lib/stats/simulated.py: a person's answer to an item is `location + sqrt(r) * person + sqrt(1 - r) *
item noise`, both standard normal, and the rating is the number of thresholds below it, plus one. r is the share of
variance that the items have in common, i.e. the correlation of two latent answers. (McKelvey and Zavoina, 1975, for the
model; Liddell and Kruschke, 2018, for what happens when such ratings are analysed as if metric.)

An effect is a shift of the latent answers, in standard deviations. Averages of few-point items show a different
standardised difference than the latent shift, so every row gives both, and the closed forms (pingouin) are evaluated at
the one that shows. All tests are two-sided.
"""

import math
import warnings

import numpy as np
import pandas as pd
import pingouin
from scipy import optimize, stats

from lib.errors import InputError
from lib.stats.ratings import SIMULATED

LOW, HIGH = 1, 5
THRESHOLDS = np.array([-1.5, -0.5, 0.5, 1.5])  # a location of 0 is the middle of the scale
COMMON = 0.5  # r above
ITEMS = 6  # ratings in a person's score
ALPHA = 0.05
EVIDENCE = f"{SIMULATED}; closed form for comparison"


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


def closed_power(d: float, n: int) -> float:
    """Power of the t test for a true standardised difference d and n people a group (pingouin)."""
    return float(pingouin.power_ttest(d=abs(d), n=n, alpha=ALPHA))


def smallest_effect(n: int, power: float = 0.8) -> float:
    """The standardised difference that n people a group detect with this power (t test, pingouin)."""
    return float(pingouin.power_ttest(n=n, power=power, alpha=ALPHA))


def people_needed(d: float, power: float = 0.8) -> int:
    """People a group, rounded up, that detect a standardised difference d with this power (t test, pingouin)."""
    n = float(pingouin.power_ttest(d=abs(d), power=power, alpha=ALPHA)) if d else math.nan
    if math.isnan(n):
        raise InputError(f"effect {d:g}: expected a difference that two to a billion people a group can detect")
    return max(2, math.ceil(n))


def simulated_pair(n: int, shift: float, draws: int = 2000, seed: int = 0, items: int = ITEMS) -> dict:
    """Simulated power of Welch's t test and of Mann-Whitney for two groups of n, `shift` latent deviations apart.

    Keys: shift, points (difference of expected means), d (standardised difference of the scores), welch, mann_whitney
    (shares of `draws` studies with p below ALPHA; a study in which nobody differs counts as not detected), evidence.
    """
    if n < 2 or items < 1:
        raise InputError(f"expected two people a group or more and an item, found {n} and {items}")
    rng = np.random.default_rng(seed)
    # sums, not means: the tests do not mind, and whole numbers have no rounding errors to pass for a spread
    x, y = (ratings(rng, (draws, n, items), at).sum(axis=2, dtype=float) for at in (shift / 2, -shift / 2))
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
        "d": points * items / spread,
        "welch": float((welch < ALPHA).mean()),
        "mann_whitney": float((ranks < ALPHA).mean()),
        "evidence": SIMULATED,
    }


def power_table(n: int, shifts: tuple[float, ...], draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """One row a latent shift: what `simulated_pair` gives, closed_form (at the row's d), n, evidence."""
    table = pd.DataFrame([simulated_pair(n, shift, draws, seed) for shift in shifts])
    return table.assign(closed_form=[closed_power(d, n) for d in table["d"]], n=n, evidence=EVIDENCE)


def simulated_people(shift: float, power: float = 0.8, draws: int = 2000, seed: int = 0) -> int:
    """Fewest people a group for which Mann-Whitney detects the latent shift with this power, by simulation.

    Halving between 3 and 1,000; random error of the share (0.01 for 2,000 draws) makes it exact to a few people only.
    Raises InputError where 1,000 do not suffice.
    """

    def detected(n: int) -> bool:
        return simulated_pair(n, shift, draws, seed)["mann_whitney"] >= power

    low, high = 2, 4
    while not detected(high):
        low, high = high, 2 * high
        if high > 1000:
            raise InputError(f"shift {shift:g}: more than 1,000 people a group would be needed")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if detected(middle) else (middle, high)
    return high
