"""The report on a human study holds the analysis' numbers, says what it cannot compute, and repeats itself."""

import pandas as pd
import pytest

from lib import human_study
from lib.errors import run_cli
from lib.human_study.__main__ import main
from lib.stats import groups, ratings
from lib.stats.ratings import ATTENTION
from tests.stats.made_up import SIMULATED


def check_nothing_is_nan_without_a_note(table: pd.DataFrame):
    counts = table[table["part"] != "people"]
    assert (table.loc[table["value"].isna(), "note"] != "").all(), table[table["value"].isna() & (table["note"] == "")]
    tests = counts[counts["what"].str.contains("Kruskal|Welch|Mann|Games|Wilcoxon|Friedman|Wald|TOST")]
    assert (tests.loc[tests["p"].isna(), "note"] != "").all()
    intervals = counts[counts["what"].str.contains("alpha|omega|delta|Hedges|odds|^difference|^mean")]
    assert (intervals.loc[intervals["low"].isna() | intervals["high"].isna(), "note"] != "").all()


# One group only, all ratings equal, one person a group, no attention item: rows that are kept, columns that are changed
ODD = {
    "one group": (SIMULATED.frame["condition"] == "r1", {}),
    "all equal": (SIMULATED.frame["rating"] > 0, {"rating": 3}),
    "one person": (SIMULATED.frame["participant"].isin(["simulated-001", "simulated-099"]), {}),
    "no attention": (SIMULATED.frame["item"] != ATTENTION, {}),
}
NOTES = {  # what is said, and of which row
    "one group": {"Cronbach's alpha": "", "Kruskal": "one group only: nothing to compare it with"},
    "all equal": {
        "Kruskal": "no ranks to compare",
        "Welch": "a group without variance",
        "Cronbach's alpha": "no variance to share",
        "Hedges' g": "no standard deviation to divide by",
    },
    "one person": {"Hedges' g": "needs two people or more"},
    "no attention": {"attention items rated": "so nobody could fail one"},
}


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_computed_is_said_and_the_rest_is_computed(case):
    keep, columns = ODD[case]
    study = ratings.from_frame(SIMULATED.frame[keep].assign(**columns))
    table = human_study.report(ratings.exclude(study) if case == "no attention" else study).table
    check_nothing_is_nan_without_a_note(table)
    for what, note in NOTES[case].items():
        rows = table[table["what"].str.startswith(what)]
        assert len(rows) and rows["note"].str.contains(note, regex=False).all(), what


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
    main([str(path)])
    text = capsys.readouterr().out
    line, report = text.split("\n\n", 1)
    assert line.startswith("ratings.csv: one row per rating (commas, UTF-8); 100 people, each in one condition")
    assert report == found.text() + "\n"
    assert report.startswith("Human study, 100 participants (evidence: simulated)\n")
    lines = text.splitlines()
    for row in found.table.itertuples():
        assert any(line.split("  ")[1:2] == [row.what] and row.who in line for line in lines), row
    assert max(map(len, lines[1:])) < 120 and "nan" not in text


@pytest.fixture
def refused(capsys):
    """The one line that the command ends with, given these arguments."""

    def run(*argv) -> str:
        with pytest.raises(SystemExit) as stop:
            run_cli(main, [str(word) for word in argv])
        out, error = capsys.readouterr()
        assert (stop.value.code, out, error.count("\n")) == (2, "", 1), error
        return error

    return run


def test_bad_files_and_bad_arguments_end_in_one_line(refused, tmp_path):
    path = tmp_path / "ratings.csv"
    SIMULATED.frame.assign(rating=6).to_csv(path, index=False)
    assert f"{path}, line 2, column rating" in refused(path)
    assert "cannot be read" in refused(tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    assert "no CSV file with columns participant,condition" in refused(tmp_path / "empty")
    assert "required: RESPONSES.csv" in refused()
    assert "--min-seconds -1.0: expected a number of at least 0" in refused(path, "--min-seconds", "-1")
    assert "expected a number of at least 0" in refused(path, "--min-seconds", "nan")
    assert "none.yml: cannot be read" in refused(path, "--instrument", tmp_path / "none.yml")
    SIMULATED.frame.assign(rating=5).to_csv(path, index=False)
    assert "nobody is left: all 100 participants were excluded" in refused(path)
