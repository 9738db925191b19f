"""Were both arms taught the same problems? Gaps by class and the comparison that shares its problems, by hand."""

import json

import pandas as pd
import pytest

from lib import figures
from lib.analysis import claims, decoupling, pairing, part2, seeds
from lib.published import reported
from lib.study import STUDENTS

SCORES = part2.scores()
SIZES = {category: possible[0] for category, possible in part2.sizes(SCORES).items()}
GAPS = pairing.gaps(SCORES, SIZES)


def made_up(r1: list[float], correct: list[float]) -> pd.DataFrame:
    rows = [
        ("Qwen3-8B", arm, "", category, acc)
        for arm, accs in (("r1", r1), ("correct", correct))
        for category, acc in zip(part2.CLASSES, accs, strict=True)
    ]
    return pd.DataFrame(rows, columns=["student", "arm", "seed", "category", "acc"])


def test_rows_read_are_the_tables():
    read, table = pairing.rows_read(), reported.read("part2_training.csv")
    own = table[table["arm"] == "correct"]
    assert list(read.index) == list(part2.CLASSES)
    assert read["rows_read"].sum() == own["rows_read"].sum() > read["another_problem"].sum() > 0
    assert pairing.rows_read("vanilla").loc["equal"].tolist() == [0, 0]  # no row of that class was read


def test_training_rows_are_four_times_the_test_problems():
    assert pairing.training_rows({"equal": 10, "mix": 5}) == 60


def test_gaps_by_hand():
    found = pairing.gaps(made_up([50, 50, 50, 90], [60, 60, 60, 10]), dict.fromkeys(part2.CLASSES, 100))
    value = found.set_index("of")["value"]
    assert value[list(part2.CLASSES)].tolist() == [-10, -10, -10, 80]
    assert value["all"] == pytest.approx(12.5)
    assert value["all but mix"] == pytest.approx(-10) and value["all but equal"] == pytest.approx(20)
    assert found.set_index("of")["classes"].to_dict()["all but mix"] == 3
    assert pairing.turning(found) == {"Qwen3-8B": ["mix"]}
    even = pairing.gaps(made_up([50] * 4, [40] * 4), dict.fromkeys(part2.CLASSES, 100))
    assert pairing.turning(even) == {"Qwen3-8B": []}


def test_the_gap_over_all_classes_is_the_rated_pairs():
    pair = decoupling.rated_pair(decoupling.usefulness()).set_index("student")["difference"]
    value = GAPS[GAPS["of"] == "all"].set_index("student")["value"]
    assert list(value.index) == list(STUDENTS)
    assert value.tolist() == pytest.approx(pair[value.index].tolist())


def test_the_table_shows_what_was_read_beside_the_gap():
    table = pairing.gap_table(GAPS, pairing.rows_read(), SIZES, ["mix", "all"])
    assert list(table.columns[-4:]) == list(STUDENTS)
    mix, every = table.to_dict("records")
    read = pairing.rows_read().loc["mix"]
    assert mix["rows read that teach another problem"] == f"{read['another_problem']} of {read['rows_read']}"
    assert mix["test problems"] == SIZES["mix"] and pd.isna(every["test problems"])


ALIKE = pd.DataFrame(
    [("A", "summary", 4, 9.0, 5.0, 13.0), ("A", "posthoc", 4, 6.0, 5.0, 7.0), ("B", "summary", 4, -9.0, -13.0, -1.0),
     ("B", "posthoc", 4, 9.0, -1.0, 19.0), ("B", "correct", 4, 30.0, 29.0, 31.0)],
    columns=part2.COLUMNS,
)  # fmt: skip
RULER = pd.DataFrame({"student": ["A", "B"], "two_runs": [7.0, 8.0], "lender": ["A", "B"]})


def test_clear_is_beyond_the_interval_and_beyond_the_ruler():
    found = pairing.alike(ALIKE, RULER)
    assert found["clear"].tolist() == [1, 0, -1, 0]  # clear; within the ruler; clear, downwards; within chance
    assert "correct" not in set(found["arm"])  # whose problems are others
    text = pairing.alike_in_words(found)
    assert text.startswith("In 4 such comparisons, one run each, R1's traces teach more in 1 and less in 1,")
    assert text.count("\n- ") == 2 and "- B, against R1 summaries: -9.0 (-13.0 to -1.0) points" in text


def test_what_the_ledger_says_in_words_holds_in_the_scores():
    """C6 says that the 8B students' gap hangs on the class mix, and who learns clearly more from R1's traces."""
    assert {s: c for s, c in pairing.turning(GAPS).items() if c} == {"Llama-3.1-8B": ["mix"], "Qwen3-8B": ["mix"]}
    ruler = seeds.yardstick(seeds.runs(part2.scores(1)))
    alike = pairing.alike(part2.differences(SCORES, "r1", SIZES), ruler)
    assert set(alike.loc[alike["clear"] > 0, "student"]) == {"Llama-3.2-1B", "Qwen3-1.7B"}
    large = alike[alike["student"].isin(["Llama-3.1-8B", "Qwen3-8B"])]
    assert (large["value"] < 0).all() and (large["value"].abs() < large["two_runs"]).all()
    numbers = json.loads((figures.FOLDER / "08_decoupling.json").read_text())
    assert numbers["alike/r1 better"] == (alike["clear"] > 0).sum() and numbers["alike/r1 worse"] == 0


def test_the_ledger_tells_of_the_confound_wherever_it_leans_on_the_pair():
    ledger = {claim.id: claim for claim in claims.load()}
    read = pairing.rows_read().sum()
    told = ledger["C6"].reading
    assert f"{read['rows_read']} training rows" in told and f"{read['another_problem']} teach another problem" in told
    assert all("C6" in ledger[name].reading for name in ("C3", "C4", "C7"))
