"""Simulated ratings: they aim at the published means, and say everywhere that they are simulated."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.errors import InputError
from lib.stats import ratings, simulated
from tests.stats.made_up import MEANS, SIMULATED


def test_simulated_ratings_say_so_everywhere_and_keep_saying_it(tmp_path):
    assert SIMULATED.evidence == "simulated"
    path = tmp_path / "saved.csv"
    SIMULATED.frame.to_csv(path, index=False)
    read = ratings.read_responses(path)
    pd.testing.assert_frame_equal(read.frame, SIMULATED.frame)
    assert read.evidence == "simulated"
    assert set(simulated.design(MEANS)["evidence"]) == {"simulated"}


def test_simulated_means_are_the_published_ones_or_stated_assumptions():
    design = simulated.design(MEANS).set_index(["scale", "condition"])
    reported = design[design["source"] == "reported"]["mean"].to_dict()
    assert reported == {("interpretability", "r1"): 3.39, ("interpretability", "correct"): 4.86, ("load", "r1"): 4.59}
    big = ratings.scores(simulated.simulate(MEANS, n=150, seed=1)).groupby(["scale", "condition"])["score"].mean()
    assert big.to_dict() == pytest.approx(design["mean"].to_dict(), abs=0.12)
    changed = simulated.design(MEANS | {"load": {"r1": 4.59, "correct": 3.0}}).set_index(["scale", "condition"])
    assert changed.loc[("load", "correct"), ["mean", "source"]].tolist() == [3.0, "reported"]  # never an assumption
    with pytest.raises(InputError, match="simulated load, r1: no mean is published, and none assumed"):
        simulated.design({"interpretability": MEANS["interpretability"]})


def test_the_same_seed_simulates_the_same_and_careless_people_fail_the_attention_item():
    pd.testing.assert_frame_equal(simulated.simulate(MEANS, seed=3).frame, SIMULATED.frame)
    assert not simulated.simulate(MEANS, seed=4).frame.equals(SIMULATED.frame)
    careless = simulated.simulate(MEANS, n=50, seed=1, careless=0.5)
    out = len(ratings.exclude(careless).excluded)
    assert 0.3 * 200 <= out <= 0.5 * 200  # four of five who rate at random miss the one right answer
    assert len(ratings.exclude(SIMULATED).excluded) == 0


def shares(location: float) -> np.ndarray:
    """Expected share of each rating, from the normal distribution itself."""
    return np.diff([0, *stats.norm.cdf(simulated.THRESHOLDS - location), 1])


@pytest.mark.parametrize("mean", [1.2, 3.0, 3.39, 4.59, 4.86])
def test_the_latent_model_has_the_means_it_is_asked_for(mean):
    at = simulated.location_of(mean)
    assert simulated.expected_mean(at) == pytest.approx(mean)
    assert shares(at) @ np.arange(1, 6) == pytest.approx(mean)
    drawn = simulated.draw(np.random.default_rng(0), (20000, 2), at)
    assert drawn.mean() == pytest.approx(mean, abs=0.03)
    assert np.bincount(drawn.ravel(), minlength=6)[1:] / 40000 == pytest.approx(shares(at), abs=0.015)


def test_two_latent_answers_have_half_of_their_variance_in_common():
    drawn = simulated.draw(np.random.default_rng(0), (50000, 2), -0.5)  # 4 or 5: a latent answer one deviation above
    both = (drawn >= 4).all(axis=1).mean()
    assert both == pytest.approx(stats.multivariate_normal.cdf([-1, -1], cov=[[1, 0.5], [0.5, 1]]), abs=0.005)


@pytest.mark.parametrize("mean", [1.0, 5.0])
def test_no_location_has_a_mean_at_an_end_of_the_scale(mean):
    with pytest.raises(InputError, match="expected one between 1 and 5"):
        simulated.location_of(mean)
