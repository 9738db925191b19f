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


def test_closed_forms_as_r_prints_them_and_against_statsmodels():
    # R> power.t.test(n = 20, delta = 1, sd = 1)          power = 0.8689528
    # R> power.t.test(power = .90, delta = 1)             n = 22.02110
    assert power.closed_power(1.0, 20) == pytest.approx(0.8689528, abs=1e-6)
    assert power.people_needed(1.0, 0.9) == 23
    assert power.people_needed(0.5) == 64  # Cohen (1988), table 2.4.1
    theirs = TTestIndPower()
    assert power.smallest_effect(25) == pytest.approx(theirs.solve_power(nobs1=25, power=0.8, alpha=0.05), abs=1e-5)
    assert power.closed_power(-0.4, 25) == pytest.approx(theirs.power(0.4, 25, 0.05), abs=1e-6)
    with pytest.raises(InputError, match="effect 0: expected a difference"):
        power.people_needed(0.0)


def test_simulated_power_agrees_with_the_closed_form_where_scores_are_nearly_normal():
    table = power.power_table(25, (0.0, 0.3, 0.6), draws=2000)
    error = 3 * math.sqrt(0.25 / 2000)  # three standard errors of a share
    assert (table["welch"] - table["closed_form"]).abs().max() < error
    assert abs(table["mann_whitney"].iloc[0] - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 2000)
    assert (table["welch"].diff().dropna() > 0).all()


def test_d_is_the_standardised_difference_of_the_scores():
    row = power.simulated_pair(400, 1.0, draws=50, items=1)
    one, other = shares(0.5), shares(-0.5)
    points = np.arange(1, 6)
    variances = [share @ points**2 - (share @ points) ** 2 for share in (one, other)]
    assert row["points"] == pytest.approx((one - other) @ points)
    assert row["d"] == pytest.approx(row["points"] / math.sqrt(np.mean(variances)), rel=0.02)


def test_people_needed_by_simulation_reach_the_power():
    people = power.simulated_people(0.8, draws=1000)
    found = [power.simulated_pair(n, 0.8, 1000)["mann_whitney"] for n in (people, people - 1)]
    assert found[0] >= 0.8 > found[1]
    assert abs(people - power.people_needed(power.simulated_pair(people, 0.8, 1000)["d"])) <= 3
    with pytest.raises(InputError, match="more than 1,000 people"):
        power.simulated_people(0.0, draws=5, power=1.0)
    with pytest.raises(InputError, match="two people a group or more"):
        power.simulated_pair(1, 0.5)


def test_studies_in_which_nobody_differs_are_not_detected_and_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = power.simulated_pair(2, 0.0, draws=200, items=1)  # four single ratings: often the same
    assert row["welch"] <= 0.1 and row["mann_whitney"] == 0
    with pytest.raises(InputError, match="shift 40: too large"):
        power.simulated_pair(3, 40.0, draws=50)
