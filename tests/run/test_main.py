"""Profiles, plans, records and results: what is asked for, what it costs, what was found, and that nobody edited it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lib.datasets import read_outputs
from lib.errors import InputError, run_cli
from lib.run import __main__ as front
from lib.run import cells, plan, records, train_cell
from lib.run.cells import Budget, Cell
from lib.verify import summarize, verify_all

SMALL = Budget(
    n_train=40, n_test=8, categories=("single-supporting-fact",), steps=4, learning_rate=4e-3, max_new_tokens=60
)
CELL = Cell("babi", "tiny", "correct", 0, SMALL)
GRID = """
toy:
  about: for tests
  grids:
    - dataset: babi
      student: tiny
      arms: [prompted, correct]
      seeds: [0]
      budget:
        n_train: 40
        n_test: 8
        categories: [single-supporting-fact]
        steps: 4
        learning_rate: 0.004
        max_new_tokens: 60
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A root with one finished cell and its untrained student."""
    root = tmp_path_factory.mktemp("cells")
    train_cell.run(CELL.untrained(), root)
    train_cell.run(CELL, root)
    return root


@pytest.fixture
def house(tmp_path, monkeypatch, trained) -> Path:
    """build/, data/records and profiles.yml of a project of its own, nothing trained or recorded."""
    monkeypatch.setattr(front, "BUILD", tmp_path / "build")
    monkeypatch.setattr(cells, "ROOT", tmp_path / "build" / "cells")
    monkeypatch.setattr(records, "FOLDER", tmp_path / "records")
    monkeypatch.setattr(cells, "PROFILES", tmp_path / "profiles.yml")
    cells.PROFILES.write_text(GRID)
    return tmp_path


@pytest.fixture
def finished(house, trained) -> Path:
    """The house, its profile's cells trained."""
    shutil.copytree(trained, cells.ROOT)
    return house


def test_a_grid_is_every_arm_with_every_seed():
    smoke = cells.profile("smoke")
    assert len(smoke) == len({cell.id for cell in smoke}) == 14
    assert [(c.arm, c.seed) for c in smoke[:5]] == [
        ("prompted", 0), ("vanilla", 0), ("correct", 0), ("incorrect", 0), ("prompted", 1)
    ]  # fmt: skip
    assert smoke[0] == smoke[1].untrained()


def test_the_committed_profiles_hold_what_the_paper_compares():
    for name, seeds in (("laptop", 3), ("paper", 3)):
        found = [cell for cell in cells.profile(name) if cell.dataset == cells.profile(name)[0].dataset]
        for arm in ("vanilla", "correct", "incorrect"):
            assert len({cell.seed for cell in found if cell.arm == arm}) >= seeds
        assert {"r1", "summary", "posthoc", "swapped"} <= {cell.arm for cell in found}
        by_student = {(c.student, c.budget) for c in found if c.arm != "prompted"}
        assert len(by_student) == len({c.student for c in found})  # so that arms differ in the arm alone


def test_the_problems_of_every_profile_can_be_made():
    for name in cells.profile_names():
        for cell in {(c.dataset, c.budget): c for c in cells.profile(name) if c.arm != "prompted"}.values():
            train, test = train_cell.material(cell)
            assert abs(len(test) - cell.budget.n_test) <= 0.05 * cell.budget.n_test + 1
            assert len(train) >= 0.95 * cell.budget.n_train


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "cannot be read"),
        ("[]", "expected profiles by name, found list"),
        ("toy: {}", "expected a list of grids, found None"),
        (
            GRID.replace("arms: [prompted, correct]", "arms: correct"),
            "grid 1: expected dataset, student, budget, lists of arms and seeds; found {",
        ),
        (GRID.replace("correct]", "right]"), "grid 1: unknown arm 'right'"),
        (GRID.replace("seeds: [0]", "seeds: [one]"), "grid 1: not a cell: seed is 'one', expected int"),
        (GRID.replace("dataset: babi", "dataset: trivia"), "unknown dataset 'trivia'"),
        (GRID.replace("student: tiny", "pupil: tiny"), "unexpected keyword argument 'pupil'"),
        (GRID.replace("steps: 4", "stepps: 4"), "unexpected keyword argument 'stepps'"),
    ],
)
def test_profiles_that_are_none(house, text, message):
    cells.PROFILES.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)) as found:
        cells.profile("toy")
    assert "\n" not in str(found.value)


def test_unknown_profile_and_no_file(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="unknown profile 'lap': expected one of smoke, live, laptop, "):
        cells.profile("lap")
    monkeypatch.setattr(cells, "PROFILES", tmp_path / "none.yml")
    with pytest.raises(InputError, match="cannot be read"):
        cells.profile("toy")


def test_a_plan_has_a_row_per_cell_and_grows_with_the_work():
    bigger = replace(CELL, budget=replace(SMALL, steps=4000))
    table = plan.plan([CELL.untrained(), CELL, bigger, replace(CELL, student="Llama-3.2-1B")])
    assert list(table["cell"]) == [CELL.untrained().id, CELL.id, bigger.id, replace(CELL, student="Llama-3.2-1B").id]
    assert table["minutes"][0] <= table["minutes"][1] < table["minutes"][2]
    assert table["download_gb"].tolist() == [0, 0, 0, 2.5]
    assert table["memory_gb"][3] > 5  # the weights alone, in float32
    assert "4 cells to run" in plan.summary(table)


def test_tokens_are_near_what_the_tokenizer_makes_of_the_texts(trained):
    """Tiny's tokens are words: within a half of what four characters per token say."""
    prompt, completion, answer, longest = plan._tokens(CELL)
    said = json.loads((trained / CELL.id / "metrics.json").read_text())["train"]
    assert said["tokens"] / (4 * 8) == pytest.approx(prompt + completion, rel=0.5)
    assert answer == min(completion, 60)
    assert longest > prompt + completion
    assert plan._tokens(CELL.untrained())[3] == 0


def test_a_record_is_kept_found_and_read(house, trained):
    wanted = cells.profile("toy")
    assert [records.find(cell) for cell in wanted] == [None, None]
    shutil.copytree(trained, cells.ROOT)
    assert records.find(CELL) == cells.ROOT / CELL.id
    assert records.keep(wanted) == 2
    shutil.rmtree(cells.ROOT)
    assert records.find(CELL) == records.FOLDER / CELL.id
    assert {path.name for path in records.find(CELL).iterdir()} == {*records.FILES, records.SUMS}
    assert records.differences(trained / CELL.id, records.find(CELL)) == []
    assert records.missing(wanted) == []


@pytest.mark.parametrize("name", records.FILES)
def test_a_record_edited_by_hand_is_refused(finished, name):
    records.keep([CELL])
    shutil.rmtree(cells.ROOT)
    path = records.FOLDER / CELL.id / name
    path.write_text(path.read_text() + " ")
    with pytest.raises(InputError, match=f"{name} is not the one that was recorded"):
        records.find(CELL)
    path.unlink()
    with pytest.raises(InputError, match="not whole"):
        records.find(CELL)


def test_differences_see_numbers_and_not_times(trained, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(trained / CELL.id, other)
    found = json.loads((other / "metrics.json").read_text())
    found["train"]["seconds"] += 100
    (other / "metrics.json").write_text(json.dumps(found))
    assert records.differences(trained / CELL.id, other) == []
    found["train"]["loss"] += 1e-9
    (other / "metrics.json").write_text(json.dumps(found))
    assert records.differences(trained / CELL.id, other) == ["metrics.json"]


def test_records_that_no_profile_asks_for_are_pruned(finished):
    records.keep(cells.profile("toy"))
    (records.FOLDER / "an-old-one").mkdir()
    assert records.prune(cells.profile("toy")) == 1
    assert {path.name for path in records.FOLDER.iterdir()} == {CELL.id, CELL.untrained().id}


@pytest.mark.parametrize("profile", ["laptop", "live"])
def test_every_cell_of_a_recorded_profile_has_its_record(profile):
    """A change of code that can change a number must come with records made by it (make paper, make records)."""
    for cell in cells.profile(profile):
        folder = records.recorded(cell)
        assert folder, cell.id
        config = json.loads((folder / "config.json").read_text())
        assert cells.cell_of({name: config[name] for name in ("dataset", "student", "arm", "seed", "budget")}) == cell
        said = verify_all(read_outputs(folder / "outputs.json", cell.dataset))
        assert json.loads(json.dumps(summarize(said))).items() <= records.metrics(folder)["test"].items()


@pytest.mark.slow
def test_a_committed_record_is_what_its_command_gives(tmp_path):
    """One toy, repeated: its losses within rounding, as another machine rounds otherwise; its config the same."""
    recorded = [cell for cell in cells.profile("smoke") if (records.FOLDER / cell.id).is_dir()]
    assert [cell.arm for cell in recorded] == ["correct"]
    train_cell.run(recorded[0], tmp_path)
    pair = records.FOLDER / recorded[0].id, tmp_path / recorded[0].id
    assert "config.json" not in records.differences(*pair)
    losses = [[json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text().splitlines()] for folder in pair]
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)


def test_what_is_finished_is_not_run_and_the_state_is_written_once(finished, capsys):
    front.main(["cells", "toy"])
    state = finished / "build" / "results" / "toy.txt"
    written = state.stat().st_mtime_ns
    front.main(["cells", "toy"])
    assert state.stat().st_mtime_ns == written
    assert [line.split()[0] for line in state.read_text().splitlines()] == [CELL.untrained().id, CELL.id]
    front.main(["plan", "toy"])
    assert capsys.readouterr().out == "toy: nothing to run, all 2 cells are finished or recorded\n"


@pytest.mark.slow
def test_check_repeats_records_and_finds_what_their_command_does_not_give(finished, capsys):
    records.keep(cells.profile("toy"))
    front.main(["check", "toy"])
    assert [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()] == ["the same", "the same"]
    path = cells.ROOT / CELL.id / "metrics.json"
    path.write_text(path.read_text().replace('"loss": ', '"loss": 1'))
    records.keep(cells.profile("toy"))  # recorded with sums that fit
    with pytest.raises(SystemExit, match="1 records are not what their command gives"):
        front.main(["check", "toy"])
    assert f"{CELL.id}: differs in metrics.json" in capsys.readouterr().out


def test_bad_command_lines(house, capsys):
    for arguments, message in (
        (["cells", "lap"], "unknown profile 'lap'"),
        (["check", "toy"], "no committed records of the code as it is"),
        (["plan"], "required"),
        (["cells", "toy", "--executor", "cloud"], "invalid choice: 'cloud'"),
    ):
        with pytest.raises(SystemExit) as stop:
            run_cli(front.main, arguments)
        error = capsys.readouterr().err
        assert (stop.value.code, error.count("\n")) == (2, 1)
        assert message in error
