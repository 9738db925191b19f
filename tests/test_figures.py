"""Figures say what their CSV says, look the same in every notebook, and are the same bytes every time."""

import hashlib

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.display import HTML

from lib import figures, tables
from lib.analysis import plots
from lib.study import ARM_LABELS, ARMS


@pytest.fixture(autouse=True)
def style(monkeypatch, tmp_path):
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    figures.use_style()
    yield
    plt.close("all")


ACCURACY = pd.DataFrame(
    [
        ("cotemp", "Qwen3-1.7B", "vanilla", "reported", 60.0, np.nan, np.nan),
        ("cotemp", "Qwen3-1.7B", "vanilla", "re-scored, released answers", 57.0, 54.0, 61.0),
        ("cotemp", "Qwen3-1.7B", "incorrect", "re-scored, strict answers", 43.0, 40.0, 46.0),
        ("babi", "Qwen3-1.7B", "correct", "re-scored, strict answers", 96.0, 94.0, 98.0),
    ],
    columns=["dataset", "student", "arm", "source", "value", "low", "high"],
)


def test_accuracy_draws_every_number_once_where_its_arm_is():
    figure = plots.accuracy(ACCURACY)
    first = figure.axes[0]
    labels = [label.get_text() for label in first.get_yticklabels()]
    assert labels == [ARM_LABELS["vanilla"], ARM_LABELS["incorrect"]]  # the project's order, not the frame's
    points = sorted(
        (line.get_xdata()[0], round(line.get_ydata()[0])) for line in first.lines if len(line.get_xdata()) == 1
    )
    assert points == [(43.0, 1), (57.0, 0), (60.0, 0)]
    bars = sorted(tuple(line.get_xdata()) for line in first.lines if len(line.get_xdata()) == 2)
    assert bars == [(40.0, 46.0), (54.0, 61.0)]  # nothing drawn for what has no interval
    hollow = [line for line in first.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata()[0] for line in hollow] == [60.0]  # what is only reported is hollow


def test_two_by_two_writes_shares_and_counts():
    frame = pd.DataFrame([("a", "class", 6, 2, 1, 1), ("a", "ir", 0, 5, 5, 0)], columns=["run", "step", *"wxyz"])
    frame.columns = ["run", "step", "right_right", "right_wrong", "wrong_right", "wrong_wrong"]
    figure = plots.two_by_two(frame)
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "60.0 %\n(6)",
        "20.0 %\n(2)",
        "10.0 %\n(1)",
        "10.0 %\n(1)",
    ]
    assert [text.get_text() for text in figure.axes[1].texts][1] == "50.0 %\n(5)"


def sensitivity_frame():
    rows = []
    for run in ("one", "two"):
        for protocol, base in (("released", 20.0), ("strict", 30.0)):
            row = {"run": run, "protocol": protocol}
            for k, name in enumerate(("joint", "answer_if_right", "answer_if_wrong")):
                row |= {name: base + k, f"{name}_low": base + k - 2, f"{name}_high": base + k + 3}
            rows.append(row | {"phi": base / 100, "phi_low": base / 100 - 0.1, "phi_high": base / 100 + 0.1})
    return pd.DataFrame(rows)


def test_sensitivity_bars_have_the_frames_heights():
    figure = plots.sensitivity(sensitivity_frame())
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [20.0, 30.0, 21.0, 31.0, 22.0, 32.0]
    assert list(figure.axes[2].lines[0].get_ydata()) == [0.2, 0.3]
    assert figure.axes[2].get_ylabel() and figure.axes[0].get_ylabel()


def test_by_class_marks_what_is_too_few_instead_of_dropping_it():
    frame = pd.DataFrame(
        [
            ("A", "equal", "class", 10.0, 5.0, 15.0),
            ("A", "mix", "class", np.nan, np.nan, np.nan),
            ("B", "equal", "class", 1.0, 0.0, 2.0),
        ],
        columns=["student", "category", "step", "value", "low", "high"],
    )
    axis = plots.by_class(frame).axes[0]
    assert [text.get_text().strip() for text in axis.texts] == ["too few"]


def test_drift_colours_what_disagrees():
    frame = pd.DataFrame(
        [("x", 50.0, 51.0, 45.0, 55.0, True), ("y", 70.0, 51.0, 45.0, 55.0, False)],
        columns=["label", "reported", "value", "low", "high", "agrees"],
    )
    axis = plots.drift(frame).axes[0]
    colors = {line.get_color() for line in axis.lines if round(line.get_ydata()[0]) == 1}
    assert colors == {figures.ARM_COLORS["incorrect"]}
    marks = {line.get_xdata()[0]: line.get_marker() for line in axis.lines if len(line.get_xdata()) == 1}
    assert marks == {50.0: "D", 70.0: "X", 51.0: "o"}  # told apart without colour, too
    heights = {line.get_ydata()[0] for line in axis.lines if len(line.get_xdata()) == 1}
    assert len(heights) == 4  # no mark hides another


def test_saving_twice_gives_the_same_bytes_and_the_csv_is_what_is_drawn(tmp_path):
    digests = []
    for _ in range(2):
        figures.save(plots.accuracy(ACCURACY), "acc", "A title", ACCURACY, "reported, re-scored", "test")
        digests.append(
            [hashlib.sha256((tmp_path / f"acc{end}").read_bytes()).hexdigest() for end in (".png", ".pdf", ".csv")]
        )
        plt.close("all")
    assert digests[0] == digests[1]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "acc.csv"), ACCURACY, check_dtype=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "acc.csv",
        "acc.pdf",
        "acc.png",
    ]  # nothing temporary left


def test_the_footer_names_notebook_level_and_data():
    figure = plots.accuracy(ACCURACY)
    figures.save(figure, "acc", "A title", ACCURACY, "re-scored", "04_x")
    footer = figure.texts[-1].get_text()
    assert all(part in footer for part in ("04_x", "re-scored", "figures/acc.csv", "sha256"))


def test_save_refuses_unknown_levels_and_empty_numbers():
    figure = plt.figure()
    with pytest.raises(ValueError, match="level 'guessed'"):
        figures.save(figure, "x", "A title", ACCURACY, "guessed", "test")
    with pytest.raises(ValueError, match="no numbers"):
        figures.save(figure, "x", "A title", ACCURACY.iloc[:0], "re-scored", "test")


def test_every_arm_has_its_own_colour_marker_and_hatch():
    arms = ("prompted", *ARMS)
    for style_of in (figures.ARM_COLORS, figures.ARM_MARKERS):
        assert len({style_of[arm] for arm in arms}) == len(arms)
    assert figures.arm_order(["incorrect", "prompted", "vanilla"]) == ["prompted", "vanilla", "incorrect"]


def test_arm_colours_differ_in_lightness_or_marker_in_black_and_white():
    def lightness(color):
        red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    # the three arms that every figure of part 1 compares
    shades = [lightness(figures.ARM_COLORS[arm]) for arm in ("vanilla", "correct", "incorrect")]
    assert min(abs(a - b) for i, a in enumerate(shades) for b in shades[:i]) > 20


def test_numbers_round_trip_and_a_missing_file_says_what_to_run(tmp_path):
    figures.save_numbers("nb", {"b": 1.5, "a": 2})
    assert figures.load_numbers("nb") == {"a": 2, "b": 1.5}
    with pytest.raises(FileNotFoundError, match="run notebook other first"):
        figures.load_numbers("other")


def test_tables_escape_round_and_show_missing_values():
    frame = pd.DataFrame({"<x>": ["a&b", None], "value": [1.25, np.nan]})
    text = tables.show(frame, "A caption", "re-scored").data
    assert "&lt;x&gt;" in text and "a&amp;b" in text and ">1.2<" in text and text.count("–") == 2
    assert "evidence: re-scored" in text
    with pytest.raises(ValueError, match="level"):
        tables.show(frame, "x", "rescored")


def test_a_number_without_an_interval_stands_alone():
    assert tables.with_interval(82.14, 79.0, 85.31) == "82.1 (79.0 to 85.3)"
    assert tables.with_interval(0.5, float("nan"), float("nan"), "+.2f") == "+0.50"
    assert tables.with_interval(*[float("nan")] * 3) == "–"


def test_tables_take_html_cells_as_they_are_and_know_simulated_levels():
    frame = pd.DataFrame({"x": [HTML("<b>bold</b>"), "<b>"]})
    text = tables.show(frame, "A caption", "re-scored, simulated verbose traces").data
    assert "<b>bold</b>" in text and "&lt;b&gt;" in text and "evidence: re-scored, simulated verbose traces" in text


@pytest.mark.parametrize("lines", [1, 3])
def test_a_title_stands_above_a_legend_of_several_lines(lines, tmp_path):
    figure, axis = plt.subplots(figsize=(4, 2))
    for number in range(lines):
        axis.plot([0, 1], [0, number], label=f"line {number}")
    figure.legend(loc="lower center", ncols=1, bbox_to_anchor=(0.5, 1.0))
    figures.save(figure, "x", "A title", pd.DataFrame({"value": [1.0]}), "reported", "00_start_here", tmp_path)
    title = next(text for text in figure.texts if text.get_text() == "A title")
    assert title.get_window_extent().y0 >= figure.legends[0].get_window_extent().y1
