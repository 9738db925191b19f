"""Simulated ratings: they aim at the published means, and say everywhere that they are simulated."""

import pandas as pd
import pytest

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
