"""The integrity table: what it counts, that it can fail, and that the committed one can be rebuilt."""

from dataclasses import replace

import pandas as pd
import pytest

from lib.analysis import integrity
from lib.datasets import DATASETS, cotemp
from lib.errors import InputError
from lib.published.problems import PARTS
from lib.traces import arms as traces
from lib.traces import verbose_traces
from tests.made_up import EMPLOYERS, FOOTBALL

CHEAP = ("incorrect", "summary")  # an arm by rule and a verbose one, where all arms would take a minute


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
    assert set(parts.itertuples(index=False, name=None)) == expected | {("released", "cotemp", p) for p in PARTS}
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


def test_the_command_writes_the_table(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(integrity, "DATA", tmp_path)
    monkeypatch.setattr(integrity, "generated", lambda: {("babi", "all"): [FOOTBALL, replace(FOOTBALL, id="again")]})
    monkeypatch.setattr(integrity, "released", lambda: {("cotemp", "during"): [EMPLOYERS, *cotemp.generate(3, 0)]})
    integrity.main([])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["integrity.csv"]
    assert list(integrity.load("integrity")["origin"].unique()) == ["generated", "released"]
    assert "22 rows -> data/integrity.csv" in capsys.readouterr().out
