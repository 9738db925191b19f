"""Usefulness against readability: released scores, places on the scales, and every order that they allow."""

import json
import math
from itertools import permutations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import figures
from lib.analysis import claims, decoupling, decoupling_plots
from lib.errors import InputError
from lib.stats import ratings
from lib.study import STUDENTS, check_level

USEFUL = decoupling.usefulness()
PLACES = decoupling.positions(ratings.load())
POINTS = decoupling.points(USEFUL, PLACES)


def test_usefulness_is_the_ledgers():
    assert len(USEFUL) == 4 * 5 and (USEFUL["level"] == "reported").all()
    for row in USEFUL.itertuples():
        assert row.accuracy == pytest.approx(claims.published_mean(row.student, row.arm))


def test_only_published_means_are_points():
    known = PLACES[PLACES["low"] == PLACES["high"]]
    assert list(zip(known["scale"], known["arm"], known["low"], strict=True)) == [
        ("interpretability", "r1", 3.39),
        ("interpretability", "correct", 4.86),
        ("load", "r1", 4.59),
    ]
    between = PLACES[PLACES["arm"] == "summary"].set_index("scale")
    assert between.loc["interpretability", ["low", "high"]].tolist() == [3.39, 4.86]
    assert between.loc["load", ["low", "high"]].tolist() == [1, 4.59]


def allowed_by_sampling(part: pd.DataFrame, draws: int = 4000) -> set[tuple[str, ...]]:
    rng = np.random.default_rng(0)
    at = rng.uniform(part["low"].to_numpy(), part["high"].to_numpy(), size=(draws, len(part)))
    return {tuple(part["arm"].to_numpy()[order]) for order in at.argsort(axis=1)}


@pytest.mark.parametrize("scale", ["interpretability", "load"])
def test_orders_are_those_that_random_positions_show(scale):
    part = PLACES[PLACES["scale"] == scale]
    orders = decoupling.orders(part)
    assert len(orders) == {"interpretability": 2, "load": 6}[scale]
    assert set(orders) == allowed_by_sampling(part)


def test_orders_of_overlapping_ranges():
    part = pd.DataFrame({"arm": list("abcd"), "low": [1.0, 2, 1, 3], "high": [1.5, 3, 4, 3]})
    assert set(decoupling.orders(part)) == allowed_by_sampling(part)
    same = pd.DataFrame({"arm": list("ab"), "low": [2.0, 2], "high": [2.0, 2]})
    assert decoupling.orders(same) == []  # ties are left out


def test_rank_correlations_against_their_definition():
    table = decoupling.rank_correlations(POINTS)
    assert len(table) == 8
    for row in table.itertuples():
        part = POINTS[(POINTS["student"] == row.student) & (POINTS["scale"] == row.scale)]
        ranks = dict(zip(part["arm"], part["accuracy"].rank(), strict=True))
        found = []
        for order in decoupling.orders(part):
            squares = sum((ranks[arm] - i) ** 2 for i, arm in enumerate(order, 1))
            found.append(1 - 6 * squares / (4 * (16 - 1)))
        assert (row.low, row.high) == (pytest.approx(min(found)), pytest.approx(max(found)))


def test_the_smallest_p_is_that_of_a_permutation_test():
    x = np.arange(4)
    rhos = [abs(stats.spearmanr(x, list(order)).statistic) for order in permutations(range(4))]
    assert decoupling.rank_correlations(POINTS)["p_floor"].iloc[0] == pytest.approx(np.mean(np.isclose(rhos, 1)))


def test_the_rated_pair_and_the_order_of_use():
    pair = decoupling.rated_pair(USEFUL).set_index("student")
    assert list(pair.index) == list(STUDENTS)
    for student, row in pair.iterrows():
        part = USEFUL[USEFUL["student"] == student].set_index("arm")["accuracy"]
        assert row["difference"] == pytest.approx(part["r1"] - part["correct"])
        assert part[row["best"]] == part.max()
        order = decoupling.order_of_use(USEFUL)[student]
        assert part[order].is_monotonic_decreasing and set(order) == set(decoupling.TRACES)


# --- our own students ---


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    monkeypatch.setattr(decoupling, "DATA", tmp_path)
    monkeypatch.setattr("lib.published.reported.DATA", tmp_path)
    return tmp_path


def test_no_students_of_ours_is_an_empty_level(folders):
    found = decoupling.retrained()
    assert found.empty and list(found.columns) == decoupling.COLUMNS


def test_our_students_are_read_from_numbers_and_from_tables(folders):
    keys = {
        "accuracy/cotemp/Qwen3-1.7B/r1/re-trained/value": 61.5,
        "accuracy/cotemp/Qwen3-1.7B/r1/re-trained/low": 58.0,
        "accuracy/cotemp/Qwen3-1.7B/r1/reported/value": 65.0,
        "accuracy/babi/Qwen3-1.7B/r1/re-trained/value": 90.0,
        "accuracy/cotemp/Qwen3-1.7B/swapped/re-trained/value": 5.0,
    }
    (folders / "03_students.json").write_text(json.dumps(keys))
    (folders / "retrained.csv").write_text("student,arm,accuracy\ntiny,correct,30\ntiny,incorrect,20\n")
    rows = decoupling.retrained().to_records(index=False).tolist()
    assert rows == [("Qwen3-1.7B", "r1", 61.5, "re-trained"), ("tiny", "correct", 30.0, "re-trained")]


def test_a_table_of_ours_without_its_columns_is_refused(folders):
    (folders / "retrained.csv").write_text("student,arm\ntiny,correct\n")
    with pytest.raises(InputError, match=r"retrained\.csv: column 'accuracy' is missing"):
        decoupling.retrained()


# --- the figure ---


def test_the_figure_draws_points_where_published_and_ranges_where_not():
    figures.use_style()
    own = pd.DataFrame([("Qwen3-1.7B", "r1", 50.0, "re-trained")], columns=decoupling.COLUMNS)
    both = pd.concat([USEFUL, own])
    figure = decoupling_plots.usefulness(decoupling.points(both, PLACES), both[both["arm"] == "vanilla"])
    assert len(figure.axes) == 8
    axis = figure.axes[1]
    assert axis.get_title() == "Qwen3-1.7B"
    marks = {(line.get_xdata()[0], line.get_ydata()[0]): line for line in axis.lines if len(line.get_xdata()) == 1}
    r1 = claims.published_mean("Qwen3-1.7B", "r1")
    assert marks[3.39, r1].get_markerfacecolor() == "white"  # reported: hollow
    assert marks[3.39, 50.0].get_markerfacecolor() != "white"
    bars = [tuple(line.get_xdata()) for line in axis.lines if len(line.get_xdata()) == 2]
    assert bars.count((3.39, 4.86)) == 2
    low, high = axis.get_ylim()
    assert all(low < y < high for _, y in marks)
    plt.close("all")


# --- levels of evidence ---


@pytest.mark.parametrize(
    "level", ["reported", "reported, re-trained", "simulated", "reported, simulated (x)", "ratings of a,b.csv"]
)
def test_levels_that_are_some(level):
    check_level(level)


@pytest.mark.parametrize("level", ["", "guessed", "reported, guessed", "rescored", "not simulated"])
def test_levels_that_are_none(level):
    with pytest.raises(ValueError, match="level"):
        check_level(level)


def test_two_points_always_correlate_fully():
    """What notebook 8 says of two published means."""
    assert abs(stats.pearsonr([3.39, 4.86], USEFUL["accuracy"][:2]).statistic) == pytest.approx(1)
    assert math.isclose(2 / math.factorial(4), 1 / 12)
