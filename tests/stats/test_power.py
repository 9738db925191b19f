"""Power: the latent model against its shares, closed forms against R and statsmodels, the simulation against both."""

import math
import warnings

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from lib.errors import InputError
from lib.stats import power


def shares(location: float) -> np.ndarray:
    """Expected share of each rating, from the normal distribution itself."""
    return np.diff([0, *stats.norm.cdf(power.THRESHOLDS - location), 1])


@pytest.mark.parametrize("mean", [1.2, 3.0, 3.39, 4.59, 4.86])
def test_the_latent_model_has_the_means_it_is_asked_for(mean):
    at = power.location_of(mean)
    assert power.expected_mean(at) == pytest.approx(mean)
    assert shares(at) @ np.arange(1, 6) == pytest.approx(mean)
    drawn = power.ratings(np.random.default_rng(0), (20000, 2), at)
    assert drawn.mean() == pytest.approx(mean, abs=0.03)
    assert np.bincount(drawn.ravel(), minlength=6)[1:] / 40000 == pytest.approx(shares(at), abs=0.015)


def test_two_latent_answers_have_half_of_their_variance_in_common():
    drawn = power.ratings(np.random.default_rng(0), (50000, 2), -0.5)  # 4 or 5: a latent answer one deviation above
    both = (drawn >= 4).all(axis=1).mean()
    assert both == pytest.approx(stats.multivariate_normal.cdf([-1, -1], cov=[[1, 0.5], [0.5, 1]]), abs=0.005)


@pytest.mark.parametrize("mean", [1.0, 5.0])
def test_no_location_has_a_mean_at_an_end_of_the_scale(mean):
    with pytest.raises(InputError, match="expected one between 1 and 5"):
        power.location_of(mean)


def test_simulated_power_agrees_with_the_closed_form_where_scores_are_nearly_normal():
    rows = [power.simulated_pair(25, shift) for shift in (0.0, 0.3, 0.6)]
    closed = [TTestIndPower().power(row["d"], 25, 0.05) for row in rows]
    error = 3 * math.sqrt(0.25 / 2000)  # three standard errors of a share
    assert [row["welch"] for row in rows] == pytest.approx(closed, abs=error)
    assert abs(rows[0]["mann_whitney"] - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 2000)


def test_d_is_the_standardised_difference_of_the_scores(monkeypatch):
    monkeypatch.setattr(power, "ITEMS", 1)  # of single ratings it is known exactly
    row = power.simulated_pair(400, 1.0, draws=50)
    one, other = shares(0.5), shares(-0.5)
    points = np.arange(1, 6)
    variances = [share @ points**2 - (share @ points) ** 2 for share in (one, other)]
    assert row["points"] == pytest.approx((one - other) @ points)
    assert row["d"] == pytest.approx(row["points"] / math.sqrt(np.mean(variances)), rel=0.02)


def test_studies_in_which_nobody_differs_are_not_detected_and_warn_of_nothing(monkeypatch):
    monkeypatch.setattr(power, "ITEMS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = power.simulated_pair(2, 0.0, draws=200)  # four single ratings: often the same
    assert row["welch"] <= 0.1 and row["mann_whitney"] == 0
    with pytest.raises(InputError, match="shift 40: too large"):
        power.simulated_pair(3, 40.0, draws=50)
