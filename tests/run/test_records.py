"""The table of our own students' verdicts: every finished cell, strictly, each output once."""

import json

import pytest

from lib.datasets import Output, write_outputs
from lib.run import cells, records
from lib.stats import seeds
from tests.made_up import CARRYING, FOOTBALL, completion, other_class, trace


@pytest.fixture(autouse=True)
def nothing_recorded(tmp_path, monkeypatch):
    """The committed records are other tests' matter."""
    monkeypatch.setattr(cells, "ROOT", tmp_path)
    monkeypatch.setattr(records, "FOLDER", tmp_path / "records")


def finish(root, cell, outputs):
    folder = root / cell.id
    folder.mkdir()
    write_outputs(outputs, folder / "outputs.json")
    (folder / "metrics.json").write_text(json.dumps({"cell": cell.id}))


def test_verdicts_read_every_finished_cell_strictly(tmp_path):
    texts = {
        "correct": (completion(FOOTBALL), completion(CARRYING, answer="milk"), completion(FOOTBALL, think="")),
        "vanilla": ("<answer>garden</answer>", "<answer>apple,football</answer>", "<answer>office</answer>"),
    }
    for cell in cells.profile("smoke"):
        if cell.seed == 0 and cell.arm in texts:
            problems = (FOOTBALL, CARRYING, FOOTBALL)
            finish(tmp_path, cell, [Output(p, t) for p, t in zip(problems, texts[cell.arm], strict=True)])
    found = records.verdicts("smoke")
    by = {arm: part[list(records.FLAGS)].to_numpy(int).tolist() for arm, part in found.groupby("arm")}
    assert by["correct"] == [[1, 1, 1, 1, 1], [0, 1, 1, 1, 1], [1, found["parsed"].iloc[-1], 0, 0, 0]]
    assert [row[0] for row in by["vanilla"]] == [1, 1, 0]
    first, _, again = found.loc[found["arm"] == "correct", "problem"]
    assert again == f"{first}-2", "a story that comes twice is two problems"
    (row,) = seeds.differences(found, [("correct", "vanilla")]).to_dict("records")
    assert row["difference"] == pytest.approx(0)  # + - : right, wrong, right against right, right, wrong


def test_a_wrong_class_is_a_wrong_trace(tmp_path):
    text = completion(FOOTBALL, think=trace(FOOTBALL, category=other_class(FOOTBALL)))
    (cell, *_) = [c for c in cells.profile("smoke") if c.arm == "incorrect-class"]
    finish(tmp_path, cell, [Output(FOOTBALL, text)])
    (row,) = records.verdicts("smoke").to_dict("records")
    assert (row["answer"], row["class"], row["ir"], row["trace"]) == (True, False, True, False)


def test_nothing_trained_is_an_empty_table():
    found = records.verdicts("smoke")
    assert found.empty and list(found.columns) == records.COLUMNS
