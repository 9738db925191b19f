"""The problems of a cell: generated, or the authors' own; what a record of those holds."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lib.datasets import DATASETS
from lib.errors import InputError
from lib.published import release as released_files
from lib.run import cells, material, records, train_cell
from lib.run.cells import Budget, Cell
from lib.verify import verify
from tests.run.conftest import CELL, SMALL

BABI = Cell("babi", "tiny", "correct", 0, Budget(source="released", n_train=0, n_test=0, steps=0, epochs=1))
COTEMP = replace(BABI, dataset="cotemp")


def test_released_babi_is_theirs(local):
    train, test = material.material(BABI)
    assert (len(train), len(test)) == (3686, 375)
    some, few = material.material(replace(BABI, budget=replace(BABI.budget, n_train=100, n_test=30)))
    more, _ = material.material(replace(BABI, budget=replace(BABI.budget, n_train=200)))
    assert set(some) <= set(more) <= set(train)
    assert set(few) <= set(test)
    assert 20 < material.guessing(BABI) < 50


def test_released_cotempqa_is_split_as_theirs_in_each_class(local):
    train, test = material.material(COTEMP)
    for part in released_files.PARTS:
        for theirs, split in ((train, "train"), (test, "test")):
            assert [p for p in theirs if p.category == part and p in set(released_files.tuning_problems(part, split))]
    assert len({p.id for p in train} | {p.id for p in test}) == len(train) + len(test) == 1651 + 1
    equal, _ = material.material(replace(COTEMP, budget=replace(COTEMP.budget, categories=("equal",))))
    assert {p.category for p in equal} == {"equal"}


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            replace(COTEMP, budget=replace(COTEMP.budget, categories=("during",))),
            "no training problems of class 'during'",
        ),
        (replace(COTEMP, budget=replace(COTEMP.budget, facts=5)), "facts is 5: expected 0"),
        (replace(BABI, dataset="marco"), "MS MARCO cannot be fetched: expected TRACE_MARCO to name a file"),
        (replace(BABI, budget=replace(BABI.budget, n_test=400)), "expected at most 375 problems"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(cell, message, local, monkeypatch):
    monkeypatch.delenv(material.MARCO, raising=False)
    with pytest.raises(InputError, match=message) as found:
        material.material(cell)
    assert "\n" not in str(found.value)


def test_without_the_release_it_says_where_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACE_RELEASE", str(tmp_path))
    with pytest.raises(InputError, match=r"expected sha256 .*, found no file; copy it again, or unset TRACE_RELEASE"):
        material.material(BABI)


def test_marco_comes_from_a_file_that_the_user_has(tmp_path, monkeypatch):
    rows = [
        {
            "query": p.question,
            "query_type": p.category,
            "answers": list(p.answers),
            "passages": [{"passage_text": f} for f in p.facts],
        }
        for p in DATASETS["marco"].generate(60, seed=3)
    ]
    (tmp_path / "train.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setenv(material.MARCO, str(tmp_path / "train.json"))
    train, test = material.material(replace(BABI, dataset="marco", budget=replace(BABI.budget, n_train=40, n_test=10)))
    assert (len(train), len(test)) == (40, 10)
    assert not set(train) & set(test)


def test_r1s_own_traces_where_they_are_at_hand(tmp_path, monkeypatch):
    problems = DATASETS["cotemp"].generate(6, seed=1)
    cell = replace(COTEMP, arm="r1", budget=replace(COTEMP.budget, traces="released"))
    monkeypatch.setattr(material.part2, "at_hand", lambda kind: [])
    with pytest.raises(InputError, match=r"R1's own traces are not at hand: run `make release PART=2`"):
        material.verbose(cell, problems)
    rows = [{"question": p.question, "facts": list(p.facts), "r1_trace": f"Hmm. {p.answers[0]}."} for p in problems[:4]]
    (tmp_path / "traces").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with_summary = [row | {"r1_trace_summary": "In short."} for row in rows[:3]]
    (tmp_path / "summaries").write_text("".join(json.dumps(row) + "\n" for row in with_summary))
    files = [SimpleNamespace(place=tmp_path / name) for name in ("traces", "summaries")]
    monkeypatch.setattr(material.part2, "at_hand", lambda kind: files)
    found = material.verbose(cell, problems)
    assert {one.source for one in found.values()} == {"released"}
    assert [bool(found[p.id].summary) for p in problems[:4]] == [True, True, True, False]
    assert len(train_cell.examples(cell, problems)) == 4  # what R1 solved, alone
    assert material.verbose(replace(cell, arm="correct"), problems) is None


def test_a_record_of_released_problems_holds_no_text_of_theirs_and_tells_the_verdicts(local, tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "ROOT", tmp_path)
    monkeypatch.setattr(records, "FOLDER", tmp_path / "none")
    budget = Budget(source="released", n_train=24, n_test=12, steps=2, max_new_tokens=12, intervene=True)
    cell = replace(BABI, budget=budget)
    metrics = train_cell.run(cell, tmp_path)
    folder, test = tmp_path / cell.id, {p.id: p for p in material.material(cell)[1]}
    rows = [json.loads(line) for line in (folder / records.OUTPUTS).read_text().splitlines()]
    assert [row["problem"] for row in rows] == list(test)
    assert set(rows[0]) == {"prediction", "problem", "category", *records.FLAGS, "tokens"}
    assert metrics["test"]["guessing"] == round(material.guessing(cell), 1)
    for row in rows:
        verdict = verify(test[row["problem"]], row["prediction"])
        assert [row[flag] for flag in records.FLAGS] == [getattr(verdict, name) for name in records.FLAGS.values()]
    everything = "".join(path.read_text() for path in folder.iterdir() if path.suffix == ".json")
    assert not [p for p in test.values() if p.question in everything]

    monkeypatch.setattr(cells, "profile", lambda name: [cell])
    monkeypatch.setenv("TRACE_RELEASE", str(tmp_path))  # it is not needed any more
    table = records.verdicts("any")
    assert table[list(records.FLAGS)].to_numpy().tolist() == [[row[flag] for flag in records.FLAGS] for row in rows]
    forced = records.interventions(records.finished("any"))
    assert set(forced["condition"]) >= {"own", "gold", "altered", "class", "other", "none"}
    assert (forced["condition"] == "own").sum() == 12
    assert set(forced["problem"]) == set(test)


def test_new_fields_of_a_budget_leave_the_ids_of_older_cells():
    assert Cell("babi", "smollm2-135m", "vanilla", 0, cells.profile("live")[0].budget).id
    assert [cell.id for cell in cells.profile("live") if not records.recorded(cell)] == []
    changed = [
        replace(CELL, budget=replace(SMALL, **one)) for one in ({"source": "released"}, {"tokens": 9}, {"epochs": 1})
    ]
    assert len({cell.id for cell in (CELL, *changed)}) == 4
