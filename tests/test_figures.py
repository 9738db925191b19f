"""Figures say what their CSV says, look the same in every notebook, and are the same bytes every time."""

import hashlib

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.display import HTML

from lib import figures, tables
from lib.study import ARMS


@pytest.fixture(autouse=True)
def style(monkeypatch, tmp_path):
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    figures.use_style()
    yield
    plt.close("all")


FRAME = pd.DataFrame({"arm": ["correct", "incorrect"], "value": [96.0, 43.0]})


def test_saving_twice_gives_the_same_bytes_and_the_files_say_what_is_drawn(tmp_path):
    saved = []
    for _ in range(2):
        figure, axis = plt.subplots()
        axis.barh(FRAME["arm"], FRAME["value"])
        figures.save(figure, "acc", "A title", FRAME, "reported, re-scored", "04_x")
        saved.append({path.name: path.read_bytes() for path in tmp_path.iterdir()})
    assert saved[0] == saved[1] and saved[0].keys() == {"acc.csv", "acc.pdf", "acc.png"}  # nothing temporary left
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "acc.csv"), FRAME, check_dtype=False)
    footer = figure.texts[-1].get_text()
    assert all(part in footer for part in ("04_x", "reported, re-scored", "figures/acc.csv"))
    digest = hashlib.sha256(saved[0]["acc.csv"]).hexdigest()
    assert all(digest.encode() in saved[0][f"acc{end}"] for end in (".png", ".pdf"))


def test_save_refuses_unknown_levels_and_empty_numbers():
    figure = plt.figure()
    with pytest.raises(ValueError, match="level 'guessed'"):
        figures.save(figure, "x", "A title", FRAME, "guessed", "test")
    with pytest.raises(ValueError, match="no numbers"):
        figures.save(figure, "x", "A title", FRAME.iloc[:0], "re-scored", "test")


def test_every_arm_has_its_own_colour_and_marker():
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
    frame = pd.DataFrame({"<x>": ["a&b", None], "value": [1.25, np.nan], "html": [HTML("<b>bold</b>"), "<b>"]})
    text = tables.show(frame, "A caption", "re-scored, simulated verbose traces").data
    assert "&lt;x&gt;" in text and "a&amp;b" in text and ">1.2<" in text and text.count("–") == 2
    assert "<b>bold</b>" in text and "&lt;b&gt;" in text and "evidence: re-scored, simulated verbose traces" in text
    with pytest.raises(ValueError, match="level"):
        tables.show(frame, "x", "rescored")


def test_a_number_without_an_interval_stands_alone():
    assert tables.with_interval(82.14, 79.0, 85.31) == "82.1 (79.0 to 85.3)"
    assert tables.with_interval(0.5, float("nan"), float("nan"), "+.2f") == "+0.50"
    assert tables.with_interval(*[float("nan")] * 3) == "–"


@pytest.mark.parametrize("lines", [1, 3])
def test_a_title_stands_above_a_legend_of_several_lines(lines, tmp_path):
    figure, axis = plt.subplots(figsize=(4, 2))
    for number in range(lines):
        axis.plot([0, 1], [0, number], label=f"line {number}")
    figure.legend(loc="lower center", ncols=1, bbox_to_anchor=(0.5, 1.0))
    figures.save(figure, "x", "A title", pd.DataFrame({"value": [1.0]}), "reported", "00_start_here", tmp_path)
    title = next(text for text in figure.texts if text.get_text() == "A title")
    assert title.get_window_extent().y0 >= figure.legends[0].get_window_extent().y1
