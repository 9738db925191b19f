"""Simulated responses to try the analysis on. Nothing here is a rating that anybody gave.

The published means where there are any, and assumptions where there are none. Participants' names begin with
"simulated", which lib/stats/ratings.py reads as evidence "simulated", also after a detour through a file.

An answer to an item is `location + sqrt(r) * person + sqrt(1 - r) * noise`, both standard normal; the rating counts the
thresholds below it, plus one; r is the variance that items share (McKelvey and Zavoina, 1975).
"""

import numpy as np
import pandas as pd
from scipy import optimize, stats

from lib.errors import InputError
from lib.stats import ratings
from lib.stats.ratings import ATTENTION, SCALES, SIMULATED, Instrument, Responses

Means = dict[str, dict[str, float]]  # scale -> condition -> mean

LOW, HIGH = 1, 5
THRESHOLDS = np.array([-1.5, -0.5, 0.5, 1.5])  # a location of 0 is the middle of the scale
COMMON = 0.5  # r above
# Our assumptions. For interpretability the paper says that these two lie between R1 and correct traces; that load
# falls as interpretability rises is a guess.
ASSUMED = {
    "interpretability": {"summary": 3.9, "posthoc": 4.2},
    "load": {"summary": 3.8, "posthoc": 3.5, "correct": 2.5},
}


def expected_mean(location: float) -> float:
    """Expected rating at this location; it grows with the location."""
    return LOW + float(stats.norm.sf(THRESHOLDS - location).sum())  # LOW + sum over thresholds of P(above it)


def location_of(mean: float) -> float:
    """The location whose expected rating is `mean`. Raises InputError for a mean at or beyond the scale's ends."""
    if not LOW < mean < HIGH:
        raise InputError(f"mean {mean:g}: expected one between {LOW} and {HIGH}, the ends left out")
    return float(optimize.brentq(lambda at: expected_mean(at) - mean, -11.5, 11.5))


def draw(rng: np.random.Generator, shape: tuple[int, ...], location: float) -> np.ndarray:
    """Random ratings, int8 of `shape`: (..., people, items)."""
    person = rng.standard_normal((*shape[:-1], 1))
    noise = rng.standard_normal(shape)
    latent = location + (np.sqrt(COMMON) * person + np.sqrt(1 - COMMON) * noise)
    # comparing with each threshold is several times as fast as searchsorted for four of them
    return sum((latent > threshold).astype(np.int8) for threshold in THRESHOLDS) + np.int8(LOW)


def design(published: Means) -> pd.DataFrame:
    """The means that the simulation aims at: scale, condition, mean, source (reported or assumed), evidence.

    A published mean is never replaced by an assumed one. Raises InputError where there is neither.
    """
    rows = []
    for scale in SCALES:
        for condition in ratings.load().conditions:
            mean, source = published.get(scale, {}).get(condition), "reported"
            if mean is None:
                mean, source = ASSUMED[scale].get(condition), "assumed"
            if mean is None:
                raise InputError(f"simulated {scale}, {condition}: no mean is published, and none assumed in ASSUMED")
            rows.append((scale, condition, mean, source))
    return pd.DataFrame(rows, columns=["scale", "condition", "mean", "source"]).assign(evidence=SIMULATED)


def simulate(published: Means, n: int = 25, seed: int = 0, careless: float = 0.0) -> Responses:
    """Simulated ratings of `n` people in every condition, checked like real ones. The same seed gives the same table.

    published  the means that are known (data/paper.csv); ASSUMED gives the others
    careless   share of people who rate at random, attention item included

    Every item of a scale has the same expected mean (careless people aside). The scales are independent given the
    condition, an assumption as well. An item takes 8 seconds at the median.
    """
    instrument = ratings.load()
    means = design(published).set_index(["scale", "condition"])["mean"]
    rng = np.random.default_rng(seed)
    frames = []
    for condition in instrument.conditions:
        columns = {}
        for scale in SCALES:
            items = instrument.scale(scale)
            scores = draw(rng, (n, len(items)), location_of(means[scale, condition]))
            for item, column in zip(items, scores.T, strict=True):
                columns[item.id] = instrument.low + instrument.high - column if item.reverse else column
        columns |= {item.id: np.full(n, item.expected) for item in instrument.scale(ATTENTION)}
        wide = pd.DataFrame(columns)[[item.id for item in instrument.items]]
        frames.append(_careless(rng, wide, careless, instrument).assign(condition=condition))
    wide = pd.concat(frames, ignore_index=True)
    wide["participant"] = [f"{SIMULATED}-{i:03d}" for i in range(1, len(wide) + 1)]
    long = wide.melt(["participant", "condition"], var_name="item", value_name="rating")
    long = long.sort_values("participant", kind="stable", ignore_index=True)
    long["seconds"] = np.round(8 * np.exp(0.5 * rng.standard_normal(len(long))), 1)
    return ratings.from_frame(long, SIMULATED)


def _careless(rng: np.random.Generator, wide: pd.DataFrame, share: float, instrument: Instrument) -> pd.DataFrame:
    chosen = rng.random(len(wide)) < share
    noise = rng.integers(instrument.low, instrument.high + 1, size=wide.shape)
    return wide.mask(np.broadcast_to(chosen[:, None], wide.shape), noise)
