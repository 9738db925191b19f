"""The integrity and leak tables: what they count, that they can fail, and that the committed ones can be rebuilt."""

import csv
from dataclasses import replace

import pandas as pd
import pytest

from lib.analysis import integrity, splits
from lib.datasets import DATASETS, cotemp
from lib.errors import InputError
from lib.traces import arms as traces
from lib.traces import verbose_traces
from tests.made_up import EMPLOYERS, FOOTBALL

CHEAP = ("incorrect", "summary")  # an arm by rule and a verbose one, where all arms would take a minute


# --- integrity ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_arm_of_generated_problems_keeps_its_promise(dataset):
    table = integrity.check(DATASETS[dataset].generate(44, seed=5)).set_index("arm")
    assert list(table.index) == list(integrity.ALL_ARMS)
    assert (table["built"] == 44).all() and (table["kept"] == 100).all() and (table["answer"] == 100).all()
    assert table.loc["vanilla", ["class", "ir"]].isna().all()
    for arm, promise in traces.PROMISES.items():
        for step, promised in zip(("class", "ir"), promise, strict=True):
            assert promised is None or table.loc[arm, step] == 100 * promised


def test_what_is_rejected_is_counted_by_its_reason():
    invented = replace(EMPLOYERS, gold_facts=("Ada Moss works for Oak in 1993.",), id="invented")
    verbose = {EMPLOYERS.id: verbose_traces.Verbose("Hm.", "teacher")}
    table = integrity.check([EMPLOYERS, invented], verbose, ("correct", "r1", "summary")).set_index("arm")
    counts = ["problems", "built", "no_trace", "broken"]
    assert list(table.loc["correct", counts]) == [2, 1, 0, 1]
    assert table.loc["correct", "kept"] == 50
    assert list(table.loc["r1", counts]) == [2, 1, 1, 0]
    assert list(table.loc["summary", counts]) == [2, 0, 2, 0]
    assert table.loc["summary", ["answer", "kept"]].isna().all()


@pytest.mark.parametrize(
    ("arm", "kept"), [("correct", True), ("incorrect", False), ("incorrect-class", False), ("r1", True)]
)
def test_a_promise_is_of_both_steps(arm, kept):
    (correct,) = traces.build([EMPLOYERS], "correct").examples
    assert (traces.broken_promise(traces.judge(correct), arm) == "") is kept


def test_a_wrong_answer_keeps_no_promise():
    (correct,) = traces.build([EMPLOYERS], "correct").examples
    assert "the right answer" in traces.broken_promise(replace(traces.judge(correct), answer=False), "correct")


def test_the_committed_table_holds_every_arm_of_every_part():
    table = integrity.load("integrity")
    parts = table[["origin", "dataset", "part"]].drop_duplicates()
    expected = {("generated", name, "all") for name in DATASETS} | {("released", "babi", "train")}
    assert set(parts.itertuples(index=False, name=None)) == expected | {("released", "cotemp", p) for p in splits.PARTS}
    assert len(table) == len(parts) * len(integrity.ALL_ARMS)
    assert (table["built"] + table["no_trace"] + table["broken"] == table["problems"]).all()


def _committed(origin: str, arms: tuple[str, ...]) -> pd.DataFrame:
    table = integrity.load("integrity").query("origin == @origin and arm in @arms")
    return table.drop(columns="origin").reset_index(drop=True)


def test_the_committed_rows_of_generated_problems_are_rebuilt():
    pd.testing.assert_frame_equal(integrity.build(integrity.generated(), CHEAP), _committed("generated", CHEAP))


@pytest.mark.release
def test_the_committed_rows_of_released_problems_are_rebuilt(local):
    parts = integrity.released()
    pd.testing.assert_frame_equal(integrity.build(parts, CHEAP[:1]), _committed("released", CHEAP[:1]))
    verbose = integrity.build({part: parts[part] for part in parts if part[0] == "cotemp"}, CHEAP[1:])
    expected = _committed("released", CHEAP[1:]).query("dataset == 'cotemp'").reset_index(drop=True)
    pd.testing.assert_frame_equal(verbose, expected)


def test_the_command_takes_no_argument():
    with pytest.raises(InputError, match="unexpected argument 'x'"):
        integrity.main(["x"])


def test_the_command_writes_both_tables(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(integrity, "DATA", tmp_path)
    monkeypatch.setattr(integrity, "generated", lambda: {("babi", "all"): [FOOTBALL, replace(FOOTBALL, id="again")]})
    monkeypatch.setattr(integrity, "released", lambda: {("cotemp", "during"): [EMPLOYERS, *cotemp.generate(3, 0)]})
    monkeypatch.setattr(splits, "build", lambda: splits.shared([EMPLOYERS], [EMPLOYERS]))
    integrity.main([])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["integrity.csv", "leaks.csv"]
    assert list(integrity.load("integrity")["origin"].unique()) == ["generated", "released"]
    assert "22 rows -> data/integrity.csv" in capsys.readouterr().out


# --- leaks --------------------------------------------------------------------------------------------------


def test_shared_counts_kinds_and_classes():
    twin = replace(EMPLOYERS, id="twin", category="mix")
    others = cotemp.generate(4, seed=1)
    table = splits.shared([EMPLOYERS, *others[:2]], [twin, EMPLOYERS, others[3]]).set_index("kind")
    assert list(table["shared"]) == [1, 2, 2, 2]
    assert set(table["train"]) == set(table["test"]) == {3}
    assert list(table["classes"]) == ["during 1", *["during 1, mix 1"] * 3]


def test_only_questions_with_an_anchor_are_compared_by_it():
    table = splits.shared([EMPLOYERS], [FOOTBALL])
    assert list(table["kind"]) == ["same problem", "same question", "same facts"]
    assert (table["shared"] == 0).all() and (table["classes"] == "").all()


SFT = {
    "question": f"Answer the question based on the context:\n{list(EMPLOYERS.facts)}\n"
    f"Question: {EMPLOYERS.question} Only return the answer.\n",
    "facts": str(list(EMPLOYERS.facts)),
    "answer": str(list(EMPLOYERS.answers)),
    "triple_element": "S1_R1_O2",
}


def _write(path, **changes):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, SFT)
        writer.writeheader()
        writer.writerow(SFT | changes)
    return path


def test_a_row_for_fine_tuning_is_the_problem_of_its_prompt(tmp_path):
    assert splits.read_sft(_write(tmp_path / "during_train.csv"), "during") == [EMPLOYERS]


@pytest.mark.parametrize("change", [{"question": EMPLOYERS.question}, {"facts": "nowhere"}, {"answer": "[]"}])
def test_rows_for_fine_tuning_that_cannot_be_read(tmp_path, change):
    with pytest.raises(InputError, match="line 2: expected a prompt with a question, and lists of facts and answers"):
        splits.read_sft(_write(tmp_path / "during_train.csv", **change), "during")


@pytest.mark.release
def test_the_committed_leaks_are_rebuilt(local):
    pd.testing.assert_frame_equal(splits.build(), integrity.load("leaks"))


@pytest.mark.release
def test_the_files_for_fine_tuning_hold_the_benchmarks_own_problems(local):
    """Every row joins, but for the one whose fact ends before it starts, which the benchmark's loader rejects."""
    for part, strangers in (("equal", 1), ("overlap", 0), ("mix", 0)):
        known = {problem.id for problem in splits.cotemp_problems(part)}
        rows = [problem.id for split in ("train", "test") for problem in splits._sft(part, split)]
        assert (len(set(rows)), len(set(rows) - known)) == (len(known) + strangers, strangers)
