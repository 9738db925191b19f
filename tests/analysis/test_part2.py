"""Part 2 as reported, seeds as a ruler, budgets of our own students: each against small examples worked by hand."""

import json
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from scipy import stats

from lib import figures
from lib.analysis import budgets, decoupling, part2, part2_plots, seeds
from lib.analysis import part2_reading as reading
from lib.analysis.retrained import whom
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.published import reported
from lib.run import cells, profiles, results
from lib.run.cells import Budget, Cell
from lib.study import ARM_LABELS, STUDENTS
from lib.traces.arms import count_words

SCORES = part2.scores()
SIZES = {category: possible[0] for category, possible in part2.sizes(SCORES).items()}


def scored(student: str, arm: str, seed: str, *acc: float) -> list[tuple]:
    return [(student, arm, seed, c, a) for c, a in zip(part2.CLASSES, acc, strict=False)]


def frame(*rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame([r for some in rows for r in some], columns=["student", "arm", "seed", "category", "acc"])


# --- how many problems ---


@pytest.mark.parametrize(
    ("percents", "largest", "expected"),
    [
        ([50.0], 5, [2, 4]),
        ([33.3], 10, [3, 6, 9]),
        ([33.3, 50.0], 10, [6]),
        ([14.3, 100.0], 10, [7]),
        ([0.0], 3, [1, 2, 3]),
        ([33.4], 10, []),
    ],
)
def test_the_sizes_that_printed_percentages_allow(percents, largest, expected):
    assert part2.possible_sizes(percents, largest) == expected


def test_part_1_gives_the_sizes_that_the_paper_prints():
    found = part2.sizes(part2.scores(1))
    assert found == {c: [int(reported.number(f"test problems, class {c}", "cotemp"))] for c in part2.CLASSES}


def test_part_2_is_smaller_in_every_class():
    one, two = part2.sizes(part2.scores(1)), part2.sizes(SCORES)
    assert all(0 < max(two[c]) < one[c][0] for c in part2.CLASSES)


def test_scores_of_no_test_set_are_refused():
    with pytest.raises(InputError, match="class equal: no number of problems up to 87"):
        part2.sizes(frame(scored("Qwen3-8B", "r1", "", 0.1)))


# --- means, intervals, differences ---


def test_standard_error_by_hand():
    # two classes: (2 + 1) / (4 + 2) = 1/2 of 4, and (0 + 1) / (8 + 2) = 1/10 of 8
    variance = 0.25 / 4 + 0.09 / 8
    error = part2.standard_error({"equal": 50.0, "mix": 0.0}, {"equal": 4, "mix": 8})
    assert error == pytest.approx(100 * math.sqrt(variance) / 2)


def test_means_are_the_other_notebooks():
    found = part2.accuracies(SCORES, SIZES)
    value = {(row.student, row.arm): row.value for row in found.itertuples()}
    for row in decoupling.usefulness().itertuples():
        assert value[row.student, row.arm] == pytest.approx(row.accuracy)
    assert list(found["student"].unique()) == list(STUDENTS)
    assert ((found["low"] < found["value"]) & (found["value"] < found["high"])).all()
    assert (found["low"] >= 0).all() and (found["high"] <= 100).all()


def test_a_missing_class_is_named_and_left_out_of_both_sides():
    table = frame(scored("Qwen3-8B", "r1", "", 80, 60, 40, 20), scored("Qwen3-8B", "swapped", "", 10, 20, 30))
    n = dict.fromkeys(part2.CLASSES, 100)
    assert part2.incomplete(table) == [("Qwen3-8B", "swapped", "", "mix")]
    means = part2.accuracies(table, n).set_index("arm")
    assert means.loc["r1", ["classes", "value"]].tolist() == [4, 50]
    assert means.loc["swapped", ["classes", "value"]].tolist() == [3, 20]
    (row,) = part2.differences(table, "r1", n).itertuples()
    assert (row.arm, row.classes, row.value) == ("swapped", 3, 60 - 20)
    shared = (dict(zip(part2.CLASSES[:3], accs, strict=True)) for accs in ((80, 60, 40), (10, 20, 30)))
    error = 1.96 * math.hypot(*(part2.standard_error(one, n) for one in shared))
    assert (row.low, row.high) == (pytest.approx(40 - error), pytest.approx(40 + error))


def test_differences_of_a_student_without_the_first_arm_are_none():
    table = frame(scored("Qwen3-8B", "vanilla", "", 80, 60, 40, 20))
    assert part2.differences(table, "r1", dict.fromkeys(part2.CLASSES, 100)).empty


def test_best_is_the_highest():
    for student, arm in part2.best(part2.accuracies(SCORES, SIZES)).items():
        own = SCORES[SCORES["student"] == student].groupby("arm")["acc"].mean()
        assert own[arm] == own.max()


# --- seeds ---

# Llama, arm vanilla: 10, 12, 14 (sd 2); arm correct: 20, 22 (sd sqrt 2), and a run that lacks a class
MADE_UP = frame(
    *(scored("Llama-3.2-1B", "vanilla", str(s), *[v] * 4) for s, v in ((1, 10), (2, 12), (3, 14))),
    *(scored("Llama-3.2-1B", "correct", str(s), *[v] * 4) for s, v in ((1, 20), (2, 22))),
    scored("Llama-3.2-1B", "correct", "3", 90, 90, 90),
)
RUNS = seeds.runs(MADE_UP)


def test_spread_and_noise_by_hand():
    assert len(RUNS) == 6 and len(seeds.whole(RUNS)) == 5
    spread = seeds.spread(RUNS).set_index("arm")
    assert spread.loc["vanilla"].tolist()[1:] == [3, 12, 10, 14, 2]
    assert spread.loc["correct", ["runs", "mean", "lowest", "highest"]].tolist() == [2, 21, 20, 22]
    (row,) = seeds.noise(RUNS).itertuples()
    pooled = math.sqrt((2 * 4 + 1 * 2) / 3)
    assert (row.df, row.sd) == (3, pytest.approx(pooled))
    assert row.two_runs == pytest.approx(3.182446 * pooled * math.sqrt(2), rel=1e-6)  # t of 3 degrees of freedom


def test_effects_by_hand():
    (row,) = seeds.effects(RUNS).itertuples()
    assert (row.first, row.second, row.runs_first, row.runs_second, row.value) == ("correct", "vanilla", 2, 3, 9)
    error = 3.182446 * math.sqrt(10 / 3) * math.sqrt(1 / 2 + 1 / 3)
    assert (row.low, row.high) == (pytest.approx(9 - error, rel=1e-6), pytest.approx(9 + error, rel=1e-6))


def test_effects_are_students_t_test_where_both_arms_have_three_runs():
    table = MADE_UP[MADE_UP["seed"] != "3"]
    more = frame(*(scored("Llama-3.2-1B", a, "3", *[v] * 4) for a, v in (("vanilla", 14), ("correct", 27))))
    (row,) = seeds.effects(seeds.runs(pd.concat([table, more]))).itertuples()
    expected = stats.ttest_ind([20, 22, 27], [10, 12, 14]).confidence_interval()
    assert (row.low, row.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_one_more_run_by_hand():
    row = seeds.one_more(RUNS).set_index("arm").loc["vanilla"]
    error = 3.182446 * math.sqrt(10 / 3) * math.sqrt(1 + 1 / 3)
    assert (row["low"], row["high"]) == (pytest.approx(12 - error, rel=1e-6), pytest.approx(12 + error, rel=1e-6))


def test_one_run_of_each_arm_is_no_ruler():
    with pytest.raises(InputError, match=r"expected two whole runs of some arm of Llama-3\.2-1B"):
        seeds.noise(seeds.runs(MADE_UP[MADE_UP["seed"] == "1"]))


def test_who_has_no_seeds_borrows_the_largest_ruler():
    train_cell = seeds.runs(part2.scores(1))
    own = seeds.noise(train_cell).set_index("student")["two_runs"]
    table = seeds.yardstick(train_cell)
    assert list(table["student"]) == list(STUDENTS)
    for row in table.itertuples():
        assert row.two_runs == pytest.approx(own.get(row.student, own.max()))
        assert (row.student in own) == (row.student == row.lender)


def test_seeds_of_the_release():
    train_cell = seeds.runs(part2.scores(1))
    assert sorted(train_cell["seed"].unique()) == ["121", "122", "123"]
    table = reading.seed_table(train_cell, seeds.spread(train_cell), len(part2.CLASSES))
    assert len(table) == 2 * 3 and table[["121", "122", "123"]].isna().to_numpy().sum() == 1
    assert part2.incomplete(part2.scores(1)) == [("Qwen3-1.7B", "vanilla", "122", "equal")]


# --- sentences ---


def test_the_papers_mean_outside_is_named():
    paper = pd.DataFrame(
        [("Llama-3.2-1B", "vanilla", 12.0), ("Llama-3.2-1B", "correct", 99.0)], columns=["student", "arm", "value"]
    )
    (line,) = reading.outside(paper, seeds.one_more(RUNS))
    assert line.startswith(f"Llama-3.2-1B, {ARM_LABELS['correct']}: 99.0, expected 13.9 to 28.1")


def test_effects_in_words_counts():
    columns = ["student", "first", "second", "runs_first", "runs_second", "value", "low", "high", "paper"]
    rows = [
        ("Qwen3-1.7B", "incorrect", "correct", 3, 3, 5.0, 2.0, 8.0, 3.0),
        ("Llama-3.2-1B", "incorrect", "correct", 3, 3, -5.0, -8.0, -2.0, 1.0),
        ("Llama-3.2-1B", "correct", "vanilla", 3, 3, 1.0, -2.0, 4.0, 2.0),
    ]
    text = reading.effects_in_words(pd.DataFrame(rows, columns=columns))
    assert text.startswith("2 of 3 differences are larger")
    assert "for 1 (incorrect traces − correct traces, Llama-3.2-1B), and has the other sign for 1 (" in text
    assert "they do for Llama-3.2-1B, and they help for Qwen3-1.7B" in text


def test_on_the_ruler_counts():
    ruled = pd.DataFrame(
        [("Qwen3-8B", "summary", -1.0, 2.0), ("Qwen3-8B", "vanilla", 3.0, 2.0), ("Qwen3-1.7B", "posthoc", 4.0, 2.0)],
        columns=["student", "arm", "value", "two_runs"],
    )
    text = reading.on_the_ruler(ruled)
    assert text.startswith("1 of 3 differences")
    assert "R1 summaries for Qwen3-8B (-1.0)" in text and "Among them are 1 of the 2 comparisons" in text
    assert text.endswith("against everything else for Qwen3-1.7B.")


def test_winners_are_gathered_by_arm():
    assert reading.winners({"a": "r1", "b": "vanilla", "c": "r1"}) == "a, c: R1 traces; b: answer only"
    assert reading.listed([]) == "none"


def test_rows_read_by_hand_are_consistent():
    table = reported.read("part2_training.csv")
    assert (table["rows_read"] >= table[["another_problem", "distinct_examples", "reply_explains"]].max(axis=1)).all()
    assert (table["commit"].str.len() == 40).all() and set(table["class"]) == set(part2.CLASSES)
    own = table[table["arm"] == "vanilla"]
    assert (own["another_problem"] == 0).all() and (own["distinct_examples"] == own["rows_read"]).all()


# --- our own students ---

BUDGET = Budget(n_train=6, n_test=4, steps=10, batch_size=2, accumulation=3)


def trained(arm: str, seed: int, tokens: int | None) -> tuple[Cell, dict]:
    return Cell("babi", "tiny", arm, seed, BUDGET), {"train": None if tokens is None else {"tokens": tokens}}


def accuracy(*rows: tuple[str, int, float]) -> pd.DataFrame:
    table = [("babi", "tiny", arm, s, "answer", 4, 0, value, 9.0, "x") for arm, s, value in rows]
    return results.mean_over_seeds(pd.DataFrame(table, columns=results.COLUMNS))


def test_budgets_by_hand():
    texts = {"prompted": [], "vanilla": ["a b", "a b c d"], "r1": ["a b c d e f"]}
    made = [trained("prompted", 0, None), trained("vanilla", 0, 100), trained("vanilla", 1, 300), trained("r1", 0, 900)]
    right = accuracy(("prompted", 0, 10.0), ("vanilla", 0, 40.0), ("vanilla", 1, 60.0), ("r1", 0, 28.0))
    found = budgets.table(made, right, texts=lambda cell: texts[cell.arm]).set_index("arm")
    wanted = ["seeds", "value", "words", "supervised", "read", "written"]
    assert found.loc["prompted", wanted].tolist() == [1, 10, 0, 0, 0, 9]
    assert found.loc["vanilla", wanted].tolist() == [2, 50, 3, 3 * 10 * 2 * 3, 200, 9]
    assert found.loc["r1", wanted].tolist() == [1, 28, 6, 360, 900, 9]
    gains = budgets.gains(found.reset_index()).set_index("arm")
    assert gains.loc["vanilla", ["gain", "per_thousand"]].tolist() == [40, pytest.approx(1000 * 40 / 180)]
    assert gains.loc["r1", ["gain", "per_thousand"]].tolist() == [18, pytest.approx(50)]
    told = reading.own_in_words(gains.reset_index(), gaps())
    assert "answer only in bAbI (generated), tiny" in told


def test_without_an_untrained_student_there_is_no_gain():
    found = budgets.table([trained("vanilla", 0, 100)], accuracy(("vanilla", 0, 40.0)), texts=lambda cell: ["a"])
    assert budgets.gains(found)[["gain", "per_thousand"]].isna().all(axis=None)


def test_completions_are_those_that_the_cell_is_trained_on():
    from lib.run import train_cell

    cell = Cell("babi", "tiny", "r1", 0, replace(BUDGET, categories=("single-supporting-fact",)))
    supervision = train_cell.prepare(cell)[1]
    assert budgets.completions(cell) == [example.completion for example in supervision]
    assert len(supervision) == 6 and min(count_words(e.completion) for e in supervision) > 20
    assert budgets.completions(cell.untrained()) == []


def test_settings_are_one_row_a_budget_and_leave_out_who_is_not_trained():
    from lib.run import train_cell

    short = Cell("cotemp", "tiny", "vanilla", 0, Budget(n_train=6, n_test=4, facts=5, categories=("equal",), steps=7))
    every = replace(BUDGET, n_train=60, n_test=40)
    cells = [Cell("babi", "tiny", "vanilla", 0, every), Cell("babi", "tiny", "correct", 1, every)]
    cells += [short, short.untrained()]
    long_, other = budgets.settings(cells).to_dict("records")
    assert (long_["classes"], long_["facts a problem"], long_["examples a step"]) == ("all", "as in the benchmark", 6)
    assert (other["classes"], other["facts a problem"], other["steps"]) == ("equal", "5", 7)
    assert other["problems (training, test)"] == "6, 4"
    test = train_cell.material(short)[1]
    by_hand = 100 * sum(1 / 5 for problem in test if len(problem.gold_facts) == 1) / 4
    assert other["one fact at random is the gold fact, percent"] == pytest.approx(by_hand)


def test_one_fact_at_random_by_hand():
    two = Problem("a", "babi", "Where is Keiko?", ("Keiko left.", "Keiko came."), ("home",), "x", ("Keiko came.",))
    both_count = replace(two, gold_facts=two.facts)
    assert budgets.one_fact_at_random([two]) == 50
    assert budgets.one_fact_at_random([two, both_count]) == 25


def gaps(*rows: tuple[str, str, str, float], low: float = -3, high: float = 4) -> pd.DataFrame:
    """retrained.differences of (dataset, first, second, difference), ends so far from each."""
    columns = ["dataset", "student", "first", "second", "seeds", "n", "difference", "low", "high", "least", "most"]
    made = [(data, "tiny", one, two, 1, 80, gap, gap + low, gap + high, gap, gap) for data, one, two, gap in rows]
    return pd.DataFrame(made, columns=columns)


def test_students_of_several_datasets_are_told_apart():
    found = gaps(("babi", "r1", "vanilla", 5.0), ("babi", "swapped", "r1", -9.0), ("cotemp", "r1", "vanilla", 2.0))
    told = reading.own_in_words(pd.DataFrame(columns=[*budgets.COLUMNS, "gain", "per_thousand"]), found)
    same = "percentage points, on the same problems and seeds: answer only"
    assert f"minus the others**, {whom('babi', 'tiny')}, {same} +5.0 (+2.0 to +9.0). 1 of 1 intervals" in told
    assert f"minus the others**, {whom('cotemp', 'tiny')}, {same} +2.0 (-1.0 to +6.0). 0 of 1 intervals" in told


def test_the_pairs_that_are_compared():
    pairs = reading.pairs(["r1", "prompted", "vanilla", "correct-padded", "vanilla"])
    assert pairs[:3] == [("r1", "vanilla"), ("r1", "correct-padded"), ("swapped", "r1")]
    assert len(pairs) == len(set(pairs)) == 6  # and three sides more of the four cells


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "ROOT", tmp_path)
    monkeypatch.setattr("lib.run.records.FOLDER", tmp_path / "records")
    return tmp_path


def test_a_profile_without_a_finished_cell_is_an_empty_table_and_a_sentence(nothing):
    own = budgets.retrained("smoke")
    assert own.empty and list(own.columns) == budgets.COLUMNS
    assert reading.own_in_words(budgets.gains(own), gaps()) == "No trained arm to speak of yet."
    assert "no student has been trained on both" in reading.swap_in_words(gaps(), "smoke")


def test_finished_cells_of_a_profile_are_read(nothing):
    for cell, acc in zip([c for c in profiles.load("smoke") if c.arm in ("r1", "swapped")], (50.0, 25.0), strict=True):
        scores = {"acc": acc}
        test = {"n": 24, "scores": scores, "accuracy": {"class": 0.0, "ir": 0.0}, "tokens": 48}
        folder = nothing / cell.id
        folder.mkdir()
        (folder / "metrics.json").write_text(json.dumps({"train": {"tokens": 500}, "test": test}))
    own = budgets.retrained("smoke").set_index("arm")
    assert own["value"].to_dict() == {"r1": 50.0, "swapped": 25.0}
    assert own["read"].tolist() == [500, 500] and own["written"].tolist() == [2, 2] and (own["words"] > 20).all()
    text = reading.swap_in_words(gaps(("babi", "swapped", "r1", -25.0), ("babi", "r1", "vanilla", 1.0)), "smoke")
    swapped = f"{whom('babi', 'tiny')}: -25.0 (-28.0 to -21.0)"
    assert text == f"Swapped minus R1 traces (simulated), percentage points: {swapped}."


def test_controls_are_told_apart_missing_untrained_trained():
    own = pd.DataFrame(columns=budgets.COLUMNS)
    assert "has no cells of these two arms" in reading.controls_in_words(0, own, "laptop")
    assert "has 2 cells of these two arms, but none is trained" in reading.controls_in_words(2, own, "laptop")
    right = accuracy(("r1-cut", 0, 50.0))
    found = budgets.table([trained("r1-cut", 0, 1)], right, texts=lambda cell: ["a"])
    low, high = found.loc[0, ["low", "high"]]
    assert f"{whom('babi', 'tiny')}: 50.0 ({low:.1f} to {high:.1f})" in reading.controls_in_words(2, found, "laptop")


def test_a_student_that_never_ends_is_told_of():
    columns = [*budgets.COLUMNS]
    own = pd.DataFrame([("babi", "tiny", "r1-cut", 1, 5.0, 1.0, 9.0, 1.0, 1.0, 1.0, 99.0)], columns=columns)
    assert "writes on until it is stopped** (99 of 100 tokens" in reading.controls_in_words(1, own, "laptop", 100)
    assert "stopped" not in reading.controls_in_words(1, own, "laptop", 500)


def test_content_and_length_are_told_apart_by_the_four_sides():
    values = {"correct": 50.0, "correct-padded": 40.0, "r1-cut": 55.0, "r1": 65.0, "vanilla": 90.0}
    own = gaps(*(("babi", one, two, values[one] - values[two]) for one, two in reading.pairs(values) if one in values))
    found = reading.sides_table(own)
    assert [text.split()[0] for text in found["percentage points (95 %)"]] == ["+5.0", "+25.0", "-10.0", "+10.0"]
    assert "(+2.0 to +9.0)" in found["percentage points (95 %)"][0]
    assert list(reading.sides_table(own[(own["first"] != "r1") & (own["second"] != "r1")])["what differs"]) == [
        "content (R1's minus the rules')", "length (long minus short)"
    ]  # fmt: skip
    assert reading.sides_table(own[own["second"] == "vanilla"]).empty


# --- figures: what they say ---


def marks(axis) -> dict[float, float]:
    """y -> x of every single mark."""
    return {float(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in axis.lines if len(line.get_xdata()) == 1}


def test_reported_draws_every_score_hollow_and_stars_the_incomplete():
    figures.use_style()
    found = part2.accuracies(SCORES, SIZES)
    figure = part2_plots.reported(found, len(part2.CLASSES))
    arms = figures.arm_order(found["arm"])
    for axis, student in zip(figure.axes, STUDENTS, strict=True):
        own = found[found["student"] == student].set_index("arm")["value"]
        assert marks(axis) == {float(arms.index(arm)): pytest.approx(value) for arm, value in own.items()}
        assert {line.get_markerfacecolor() for line in axis.lines if len(line.get_xdata()) == 1} == {"white"}
        assert len(axis.texts) == (1 if student == "Qwen3-1.7B" else 0)
    plt.close("all")


def test_effects_stand_on_their_students_ruler():
    figures.use_style()
    yardstick = seeds.yardstick(seeds.runs(part2.scores(1)))
    figure = part2_plots.effects(part2.differences(SCORES, "r1", SIZES), yardstick, "r1")
    for axis, row in zip(figure.axes, yardstick.itertuples(), strict=True):
        band = axis.patches[0]
        assert (band.get_x(), band.get_width()) == (pytest.approx(-row.two_runs), pytest.approx(2 * row.two_runs))
        assert bool(band.get_hatch()) == ("8B" in row.student)
    plt.close("all")


def test_seeds_draw_each_run_and_the_paper():
    figures.use_style()
    train_cell = seeds.runs(part2.scores(1))
    figure = part2_plots.seeds(seeds.whole(train_cell), seeds.one_more(train_cell), reading.paper_means(train_cell))
    for axis, student in zip(figure.axes, ("Llama-3.2-1B", "Qwen3-1.7B"), strict=True):
        single = [line for line in axis.lines if len(line.get_xdata()) == 1]
        own = seeds.whole(train_cell)["student"] == student
        assert sum(line.get_marker() != "|" for line in single) == own.sum()
        assert sorted(float(line.get_xdata()[0]) for line in single if line.get_marker() == "|") == sorted(
            reported.number("answer accuracy", "cotemp", student, arm) for arm in ("vanilla", "correct", "incorrect")
        )
    plt.close("all")


def test_retrained_draws_lengths_of_trained_and_uncorrupted_arms_alone():
    figures.use_style()
    texts = {"prompted": [], "vanilla": ["a b"], "incorrect": ["a b c d"], "r1": ["a b c d e f"]}
    made = [trained(arm, 0, None if arm == "prompted" else 1) for arm in texts]
    right = accuracy(("prompted", 0, 10.0), ("vanilla", 0, 40.0), ("incorrect", 0, 50.0), ("r1", 0, 60.0))
    figure = part2_plots.retrained(budgets.table(made, right, texts=lambda cell: texts[cell.arm]))
    left, aside = figure.axes
    assert sorted(marks(left).values()) == [10, 40, 50, 60]
    assert marks(aside) == {40: 2, 60: 6}
    plt.close("all")
