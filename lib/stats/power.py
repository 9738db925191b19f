"""How much can groups of 25 tell? Power by simulation of ordinal ratings, beside closed forms for normal scores.

The simulation draws each group from lib/stats/power.py and runs the tests of lib/stats/groups.py; its effect is a shift of the
latent answers, in standard deviations. Averages of few-point items show a different standardised difference than the
latent shift, so every row gives both, and the closed forms (pingouin) are evaluated at the one that shows.
"""

import math
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pingouin
from scipy import optimize, stats

from lib.errors import InputError
from lib.stats.ratings import SIMULATED

# --- latent ---
# Ordinal ratings from a latent normal variable cut by thresholds: the model behind simulated responses and power.
#
# A person's answer to an item is `location + spread * (sqrt(r) * person + sqrt(1 - r) * item noise)`, both standard
# normal, and the rating is the number of thresholds below it, plus one. r is the share of variance that the items have in
# common, i.e. the correlation of two latent answers. (McKelvey and Zavoina, 1975, for the model; Liddell and Kruschke,
# 2018, for what happens when such ratings are analysed as if metric.)

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


EVIDENCE = f"{SIMULATED}; closed form for comparison"


@dataclass(frozen=True, slots=True)
class Design:
    """n people a group, each rating `items` items; `common` and `centre` as in lib/stats/power.py; alpha two-sided."""

    n: int = 25
    items: int = 6
    common: float = 0.5
    centre: float = 0.0
    alpha: float = 0.05

    def __post_init__(self):
        if self.n < 2 or self.items < 1 or not 0 < self.alpha < 1:
            raise InputError(f"expected two people a group or more, an item and an alpha between 0 and 1, found {self}")


def closed_power(d: float, n: int, alpha: float = 0.05) -> float:
    """Power of the two-sided t test for a true standardised difference d and n people a group (pingouin)."""
    return float(pingouin.power_ttest(d=abs(d), n=n, alpha=alpha))


def smallest_effect(n: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The standardised difference that n people a group detect with this power (t test, pingouin)."""
    return float(pingouin.power_ttest(n=n, power=power, alpha=alpha))


def people_needed(d: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """People a group, rounded up, that detect a standardised difference d with this power (t test, pingouin)."""
    n = float(pingouin.power_ttest(d=abs(d), power=power, alpha=alpha)) if d else math.nan
    if math.isnan(n):
        raise InputError(f"effect {d:g}: expected a difference that two to a billion people a group can detect")
    return max(2, math.ceil(n))


def simulated_pair(design: Design, shift: float, draws: int = 2000, seed: int = 0) -> dict:
    """Simulated power of Welch's t test and of Mann-Whitney for two groups `shift` latent deviations apart.

    Keys: shift, points (difference of expected means), d (standardised difference of the scores), welch, mann_whitney
    (shares of `draws` studies with p below alpha; two groups without any spread count as not detected), evidence.
    """
    rng = np.random.default_rng(seed)
    shape = (draws, design.n, design.items)
    ends = design.centre + shift / 2, design.centre - shift / 2
    # sums, not means: the tests do not mind, and whole numbers have no rounding errors to pass for a spread
    x, y = (ratings(rng, shape, at, common=design.common).sum(axis=2, dtype=float) for at in ends)
    spread = math.sqrt((x.var() + y.var()) / 2)
    if spread == 0:
        raise InputError(f"every simulated rating is the same: centre {design.centre:g} is too far off the scale")
    with np.errstate(all="ignore"), warnings.catch_warnings():  # a study in which nobody differs has no p
        warnings.simplefilter("ignore", RuntimeWarning)
        welch = stats.ttest_ind(x, y, axis=1, equal_var=False).pvalue
        ranks = stats.mannwhitneyu(x, y, axis=1, method="asymptotic").pvalue
    points = expected_mean(ends[0]) - expected_mean(ends[1])
    return {
        "shift": shift,
        "points": points,
        "d": points * design.items / spread,
        "welch": float((welch < design.alpha).mean()),
        "mann_whitney": float((ranks < design.alpha).mean()),
        "evidence": SIMULATED,
    }


def power_table(
    design: Design | None = None, shifts=(0.0, 0.25, 0.5, 0.75, 1.0), draws: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """One row a latent shift: what `simulated_pair` gives, closed_form (at the row's d), n, evidence."""
    design = design or Design()
    rows = [simulated_pair(design, shift, draws, seed) for shift in shifts]
    table = pd.DataFrame(rows)
    table["closed_form"] = [closed_power(d, design.n, design.alpha) for d in table["d"]]
    return table.assign(n=design.n, evidence=EVIDENCE)


def simulated_smallest(
    design: Design, power: float = 0.8, test: str = "mann_whitney", draws: int = 2000, seed: int = 0
) -> dict:
    """`simulated_pair` at the smallest latent shift that `test` detects with this power (by halving, to 0.01).

    Raises InputError for a power that no shift up to 4 reaches.
    """
    low, high = 0.0, 4.0
    if simulated_pair(design, high, draws, seed)[test] < power:
        raise InputError(f"power {power:g}: not reached by {design.n} people a group at any effect")
    while high - low > 0.01:
        middle = (low + high) / 2
        reached = simulated_pair(design, middle, draws, seed)[test] >= power
        low, high = (low, middle) if reached else (middle, high)
    return simulated_pair(design, high, draws, seed)


def simulated_people(
    design: Design, shift: float, power: float = 0.8, test: str = "mann_whitney", draws: int = 2000, seed: int = 0
) -> int:
    """Fewest people a group for which `test` detects the latent shift with this power, by simulation.

    Halving between 3 and 1,000; random error of the share (0.01 for 2,000 draws) makes it exact to a few people only.
    Raises InputError where 1,000 do not suffice.
    """
    low, high = 2, 4
    while simulated_pair(replace(design, n=high), shift, draws, seed)[test] < power:
        low, high = high, 2 * high
        if high > 1000:
            raise InputError(f"shift {shift:g}: more than 1,000 people a group would be needed")
    while high - low > 1:
        middle = (low + high) // 2
        reached = simulated_pair(replace(design, n=middle), shift, draws, seed)[test] >= power
        low, high = (low, middle) if reached else (middle, high)
    return high
