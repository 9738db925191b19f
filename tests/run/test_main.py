"""Profiles, plans, records and results: what is asked for, what it costs, what was found, and that nobody edited it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lib.errors import InputError, run_cli
from lib.run import __main__ as front
from lib.run import cells, material, plan, records, train_cell
from tests.run.conftest import CELL, SMALL

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
        steps: 6
        learning_rate: 0.004
        max_new_tokens: 70
        intervene: true
"""


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


@pytest.mark.parametrize("name", ["generated", "gpu", "paper"])
def test_a_committed_profile_holds_what_the_paper_compares(name):
    wanted = cells.profile(name)
    found = [cell for cell in wanted if cell.dataset == "cotemp"]
    for arm in ("vanilla", "correct", "incorrect"):
        assert len({cell.seed for cell in found if cell.arm == arm}) >= 3
    assert {"r1", "summary", "posthoc", "swapped"} <= {cell.arm for cell in found}
    for arms in (("vanilla", "correct", "incorrect"), ("r1", "summary", "posthoc", "swapped")):
        by_student = {(c.student, c.budget) for c in found if c.arm in arms}
        assert len(by_student) == len({c.student for c in found})  # so that arms differ in the arm alone


@pytest.mark.slow
def test_the_problems_of_every_profile_can_be_made():
    every = [c for name in cells.profile_names() for c in cells.profile(name) if c.arm != "prompted"]
    every = [c for c in every if c.budget.source == "generated"]  # for the others see test_material.py
    for cell in {(c.dataset, replace(c.budget, steps=0, learning_rate=0)): c for c in every}.values():
        train, test = material.material(cell)
        assert abs(len(test) - cell.budget.n_test) <= 0.05 * cell.budget.n_test + 1
        assert len(train) >= 0.95 * cell.budget.n_train


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("a: [", "cannot be read"),
        ("[]", "expected profiles by name, found list"),
        ("toy: {}", "expected a list of grids, found None"),
        (GRID.replace("toy", "lap"), "unknown profile 'toy': expected one of lap"),
        (GRID.replace("[prompted, correct]", "correct"), "grid 1: expected dataset, student, budget, lists of arms"),
        (GRID.replace("correct]", "right]"), "grid 1: unknown arm 'right'"),
        (GRID.replace("seeds: [0]", "seeds: [one]"), "grid 1: not a cell: seed is 'one', expected int"),
        (GRID.replace("dataset: babi", "dataset: trivia"), "unknown dataset 'trivia'"),
        (GRID.replace("steps: 6", "stepps: 6"), "unexpected keyword argument 'stepps'"),
    ],
)
def test_profiles_that_are_none(house, text, message):
    cells.PROFILES.unlink() if text is None else cells.PROFILES.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)) as found:
        cells.profile("toy")
    assert "\n" not in str(found.value)


def test_a_plan_has_a_row_per_cell_and_grows_with_the_work(trained):
    """Tiny's tokens are words: within a half of what four characters per token say."""
    wanted = [CELL.untrained(), CELL, replace(CELL, budget=replace(SMALL, steps=4000))]
    wanted.append(replace(CELL, student="Llama-3.2-1B"))
    table = plan.plan(wanted)
    assert list(table["cell"]) == [cell.id for cell in wanted]
    assert table["minutes"][0] <= table["minutes"][1] < table["minutes"][2]
    assert table["download_gb"].tolist() == [0, 0, 0, 2.5]
    assert table["memory_gb"][3] > 5  # the weights alone, in float32
    assert "4 cells to run" in plan.summary(table)
    prompt, completion, answer, longest = plan._tokens(CELL)
    said = json.loads((trained / CELL.id / "metrics.json").read_text())["train"]
    assert said["tokens"] / (6 * 8) == pytest.approx(prompt + completion, rel=0.5)
    assert answer == min(completion, 70)
    assert longest > prompt + completion
    assert plan._tokens(CELL.untrained())[3] == 0


def test_what_a_cpu_cannot_do_is_planned_for_cards(house, capsys):
    """Students of a billion weights get no hours on a CPU: which cards they fit, and how long those take."""
    large = replace(CELL, student="Qwen3-8B", budget=replace(SMALL, steps=4000))
    assert plan.need_gpu([CELL, large]) == ["Qwen3-8B"]
    table = plan.on_cards([CELL, large]).set_index("card")
    assert table["hours"].is_monotonic_increasing  # the fastest first
    assert table.loc["H100", "cells that fit"] == table.loc["A100 40 GB", "cells that fit"] == "2 of 2"
    assert (
        plan.on_cards([replace(large, budget=replace(large.budget, batch_size=256))])["cells that fit"].iloc[-1]
        == "0 of 1"
    )
    cells.PROFILES.write_text(GRID.replace("student: tiny", "student: Qwen3-8B"))
    front.main(["plan", "toy"])
    out = capsys.readouterr().out
    assert "toy: needs a GPU, which is not here: Qwen3-8B have too many weights for a CPU" in out and "H100" in out


def test_a_plan_of_released_problems_counts_epochs_and_tokens(local):
    budget = replace(SMALL, source="released", n_train=0, n_test=0, categories=(), steps=0, epochs=2, batch_size=8)
    works = [
        plan._work(replace(CELL, budget=replace(budget, **more))) for more in ({}, {"epochs": 4}, {"tokens": 1000})
    ]
    assert works[1].trained == 2 * works[0].trained > 2 * 3686 * 100
    assert works[2].trained == 1000
    assert works[0].generated > 375


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
    (records.FOLDER / "an-old-one").mkdir()
    assert records.prune(wanted) == 1
    assert {path.name for path in records.FOLDER.iterdir()} == {CELL.id, CELL.untrained().id}


@pytest.mark.parametrize("profile", ["committed", "generated", "live"])
def test_every_cell_of_a_recorded_profile_has_its_record(profile):
    """A change of code that can change a number comes with records made by it; test_golden.py looks into each."""
    assert [cell.id for cell in cells.profile(profile) if not records.recorded(cell)] == []


def test_a_record_of_a_gpu_is_found_whatever_versions_its_image_had(finished):
    """Another id, the same fields and mark; without the card, or of other code or fields, it is another cell's."""
    folder = records.FOLDER / CELL.id
    records.keep([CELL])
    shutil.rmtree(cells.ROOT)
    there = folder.rename(folder.with_name(f"{cells.short(CELL)}-0123456789"))
    assert records.find(CELL) is None and records.missing([CELL]) == [CELL]
    config = json.loads((there / "config.json").read_text())
    card = {"card": "H100", "code": cells.CODE[CELL.dataset]}
    for more in ({"code": "another"}, {"seed": 5}, {"budget": {}}):
        (there / "config.json").write_text(json.dumps(config | card | more))
        assert records.find(CELL) is None
    (there / "config.json").write_text(json.dumps(config | card))
    records.seal(there, records.read(there, records.FILES))
    assert records.find(CELL) == there and records.prune([CELL]) == 0
    assert records.repeatable([CELL]) == []  # neither `check` nor `cells --fresh` compares with it


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
