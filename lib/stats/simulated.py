"""Simulated responses to try the analysis on. Nothing here is a rating that anybody gave.

An ordinal latent model (lib/stats/power.py) whose expected means are the published ones where there are any, and assumptions
where there are none. Participants' names begin with "simulated", which lib/stats/ratings.py reads as evidence "simulated",
also after a detour through a file.
"""

import numpy as np
import pandas as pd

from lib.errors import InputError
from lib.published import reported
from lib.stats import power, ratings
from lib.stats import ratings as instruments
from lib.stats.ratings import ATTENTION, SCALES, SIMULATED, Instrument, Responses

# scale -> condition -> claim in data/paper.csv
_CLAIMS = {"interpretability": "interpretability", "load": "cognitive load"}
# Our assumptions. For interpretability the paper says that these two lie between R1 and rule-based traces; that load
# falls as interpretability rises is a guess.
ASSUMED = {
    "interpretability": {"summary": 3.9, "posthoc": 4.2},
    "load": {"summary": 3.8, "posthoc": 3.5, "correct": 2.5},
}


def published_means() -> dict[str, dict[str, float]]:
    """scale -> condition -> mean, all that the paper reports of the human study (data/paper.csv)."""
    table = reported.read("paper.csv")
    found = {}
    for scale, claim in _CLAIMS.items():
        part = table[table["claim"] == claim]
        found[scale] = dict(zip(part["arm"], part["value"].astype(float), strict=True))
    return found


def design(assumed: dict[str, dict[str, float]] = ASSUMED, instrument: Instrument | None = None) -> pd.DataFrame:
    """The means that the simulation aims at: scale, condition, mean, source (reported or assumed), evidence.

    assumed  scale -> condition -> mean for what is not published; a published mean is never replaced.
    Raises InputError where neither gives a mean.
    """
    rows, published = [], published_means()
    for scale in SCALES:
        for condition in (instrument or instruments.load()).conditions:
            if condition in published[scale]:
                rows.append((scale, condition, published[scale][condition], "reported"))
            elif condition in assumed.get(scale, {}):
                rows.append((scale, condition, assumed[scale][condition], "assumed"))
            else:
                raise InputError(f"simulated {scale}, {condition}: no mean is published; give one under assumed")
    return pd.DataFrame(rows, columns=["scale", "condition", "mean", "source"]).assign(evidence=SIMULATED)


def simulate(
    n: int = 25,
    seed: int = 0,
    assumed: dict[str, dict[str, float]] = ASSUMED,
    spread: float = 1.0,
    common: float = 0.5,
    careless: float = 0.0,
    seconds: float = 8.0,
    instrument: Instrument | None = None,
) -> Responses:
    """Simulated ratings of `n` people in every condition, checked like real ones. The same seed gives the same table.

    assumed   means that the paper does not give (see ASSUMED)
    spread    standard deviation of the latent answers, in steps of the scale
    common    share of that variance that the items of a scale have in common; the scales are independent given the
              condition, an assumption as well
    careless  share of people who rate at random, attention item included
    seconds   median time an item takes

    Every item of a scale has the same expected mean, the published or assumed one (careless people aside).
    """
    instrument = instrument or instruments.load()
    means = design(assumed, instrument).set_index(["scale", "condition"])["mean"]
    rng = np.random.default_rng(seed)
    frames = []
    for condition in instrument.conditions:
        columns = {}
        for scale in SCALES:
            items = instrument.scale(scale)
            at = power.location_of(means[scale, condition], spread)
            scores = power.ratings(rng, (n, len(items)), at, spread, common)
            for item, column in zip(items, scores.T, strict=True):
                columns[item.id] = instrument.low + instrument.high - column if item.reverse else column
        columns |= {item.id: np.full(n, item.expected) for item in instrument.scale(ATTENTION)}
        wide = pd.DataFrame(columns)[[item.id for item in instrument.items]]
        frames.append(_careless(rng, wide, careless, instrument).assign(condition=condition))
    wide = pd.concat(frames, ignore_index=True)
    wide["participant"] = [f"{SIMULATED}-{i:03d}" for i in range(1, len(wide) + 1)]
    long = wide.melt(["participant", "condition"], var_name="item", value_name="rating")
    long = long.sort_values("participant", kind="stable", ignore_index=True)
    long["seconds"] = np.round(seconds * np.exp(0.5 * rng.standard_normal(len(long))), 1)
    return ratings.from_frame(long, instrument, SIMULATED)


def _careless(rng: np.random.Generator, wide: pd.DataFrame, share: float, instrument: Instrument) -> pd.DataFrame:
    chosen = rng.random(len(wide)) < share
    noise = rng.integers(instrument.low, instrument.high + 1, size=wide.shape)
    return wide.mask(np.broadcast_to(chosen[:, None], wide.shape), noise)
