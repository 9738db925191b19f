"""The report on a human study holds the analysis' numbers, says what it cannot compute, and repeats itself."""

import pandas as pd
import pytest

from lib import human_study
from lib.errors import run_cli
from lib.stats import groups, ratings
from lib.stats.ratings import ATTENTION
from tests.stats.made_up import SIMULATED


def check_nothing_is_nan_without_a_note(table: pd.DataFrame):
    counts = table[table["part"] != "people"]
    assert (table.loc[table["value"].isna(), "note"] != "").all(), table[table["value"].isna() & (table["note"] == "")]
    tests = counts[counts["what"].str.contains("Kruskal|Welch|Mann|Games")]
    assert (tests.loc[tests["p"].isna(), "note"] != "").all()
    intervals = counts[counts["what"].str.contains("alpha|delta|Hedges|^mean")]
    assert (intervals.loc[intervals["low"].isna() | intervals["high"].isna(), "note"] != "").all()


def edited(keep=lambda frame: frame["rating"] > 0, **columns) -> ratings.Responses:
    frame = SIMULATED.frame[keep(SIMULATED.frame)].assign(**columns)
    return ratings.from_frame(frame)


def test_one_group_only_is_said_and_the_rest_computed():
    table = human_study.report(edited(lambda frame: frame["condition"] == "r1")).table
    check_nothing_is_nan_without_a_note(table)
    tests = table[table["part"] == "all conditions"]
    assert set(tests["note"]) == {"one group only: nothing to compare it with"}
    assert not (table["part"] == "pairs").any()
    assert table.loc[table["what"] == "Cronbach's alpha", "value"].notna().all()


def test_all_equal_ratings_are_said():
    table = human_study.report(edited(rating=3)).table
    check_nothing_is_nan_without_a_note(table)
    notes = table.set_index(["scale", "what"])["note"]
    assert "no ranks to compare" in notes["load", "Kruskal-Wallis"]
    assert "a group without variance" in notes["load", "Welch ANOVA"]
    assert "no variance to share" in notes["interpretability", "Cronbach's alpha"].iloc[0]
    assert "no standard deviation to divide by" in notes["interpretability", "Hedges' g"].iloc[0]


def test_one_person_a_group():
    table = human_study.report(
        edited(lambda frame: frame["participant"].isin(["simulated-001", "simulated-099"]))
    ).table
    check_nothing_is_nan_without_a_note(table)
    assert "needs two people or more" in table.loc[table["what"] == "Hedges' g", "note"].iloc[0]


@pytest.fixture(scope="module")
def found():
    return human_study.report(SIMULATED)


def test_the_report_holds_the_numbers_of_the_analysis(found):
    check_nothing_is_nan_without_a_note(found.table)
    assert "simulated" in found.title and set(found.table["evidence"]) == {"simulated"}
    scores = groups.group_scores(ratings.scores(SIMULATED), "load", SIMULATED.conditions)
    table = found.table[found.table["scale"] == "load"].set_index(["what", "who"])
    assert table.loc[("mean", "r1"), "value"] == pytest.approx(scores["r1"].mean())
    assert table.loc[("Kruskal-Wallis (3 df)", "all"), "p"] == groups.kruskal(scores).p
    pair = groups.pairs(scores).iloc[2]
    for what, name in (("Cliff's delta", "delta"), ("Hedges' g", "g")):
        numbers = [pair[name], pair[f"{name}_low"], pair[f"{name}_high"]]
        assert table.loc[(what, "r1 - correct"), ["value", "low", "high"]].tolist() == numbers
    assert table.loc[("Mann-Whitney U (p: Holm)", "r1 - correct"), "p"] == pair["p_holm"]


def test_the_command_line_prints_every_row_the_same_each_time(found, tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    SIMULATED.frame.to_csv(path, index=False)
    human_study.main([str(path)])
    text = capsys.readouterr().out
    assert text == found.text() + "\n"
    assert text.startswith("Human study, 100 participants (evidence: simulated)\n")
    lines = text.splitlines()
    for row in found.table.itertuples():
        assert any(line.split("  ")[1:2] == [row.what] and row.who in line for line in lines), row
    assert max(map(len, lines)) < 120 and "nan" not in text


@pytest.fixture
def refused(capsys):
    """The one line that the command ends with, given these arguments."""

    def run(*argv) -> str:
        with pytest.raises(SystemExit) as stop:
            run_cli(human_study.main, [str(word) for word in argv])
        out, error = capsys.readouterr()
        assert (stop.value.code, out, error.count("\n")) == (2, "", 1), error
        return error

    return run


def test_bad_files_and_bad_arguments_end_in_one_line(refused, tmp_path):
    path = tmp_path / "ratings.csv"
    SIMULATED.frame.assign(rating=6).to_csv(path, index=False)
    assert f"{path}, line 2, column rating" in refused(path)
    assert "cannot be read" in refused(tmp_path / "nowhere.csv")
    assert "cannot be read (Is a directory)" in refused(tmp_path)
    assert "required: RESPONSES.csv" in refused()
    assert "--min-seconds -1.0: expected a number of at least 0" in refused(path, "--min-seconds", "-1")
    assert "expected a number of at least 0" in refused(path, "--min-seconds", "nan")
    assert "none.yml: cannot be read" in refused(path, "--instrument", tmp_path / "none.yml")


def test_a_study_without_attention_items_is_complete():
    table = human_study.report(ratings.exclude(edited(lambda frame: frame["item"] != ATTENTION))).table
    row = table[table["what"] == "attention items rated"].iloc[0]
    assert row["value"] == 0 and row["note"] == "so nobody could fail one"


def test_nobody_left_is_said(refused, tmp_path):
    path = tmp_path / "ratings.csv"
    SIMULATED.frame.assign(rating=5).to_csv(path, index=False)
    assert "nobody is left: all 100 participants were excluded" in refused(path)
