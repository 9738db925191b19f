"""Cells and runs: named by what decides their numbers, run once, repeated to the same numbers."""

import json
import shlex
import sys
from dataclasses import asdict, replace

import pytest

from lib import progress
from lib.datasets import read_outputs
from lib.datasets.split import KINDS, find_leaks
from lib.errors import run_cli
from lib.run import __main__ as front
from lib.run import cells, material, records, train_cell
from lib.verify import summarize, verify_all
from tests.run.conftest import CELL, SMALL


def numbers(metrics: dict) -> dict:
    """Metrics without their times."""
    if not isinstance(metrics, dict):
        return metrics
    return {key: numbers(value) for key, value in metrics.items() if key not in ("seconds", "tokens_per_second")}


def test_the_id_differs_for_whatever_may_give_other_numbers(monkeypatch):
    others = [
        replace(CELL, dataset="cotemp"),
        replace(CELL, student="smollm2-135m"),
        replace(CELL, arm="incorrect"),
        replace(CELL, seed=1),
        replace(CELL, budget=replace(SMALL, steps=7)),
        replace(CELL, budget=replace(SMALL, categories=())),
    ]
    assert len({cell.id for cell in (CELL, *others)}) == 7
    assert replace(CELL).id == CELL.id
    before = CELL.id
    monkeypatch.setattr(cells, "version", lambda name: "0.0")
    assert CELL.id != before


def test_a_finished_cell_holds_all_that_repeats_it_and_is_not_run_again(trained, monkeypatch):
    folder = trained / CELL.id
    metrics = records.metrics(folder)
    with monkeypatch.context() as patch:
        patch.setattr(train_cell, "prepare", None)  # it would fail
        assert train_cell.run(CELL, trained) == metrics
    assert {path.name for path in folder.iterdir()} == {*records.FILES, records.CHECKPOINT, "student"}
    config = json.loads((folder / "config.json").read_text())
    assert cells.cell_of({key: config[key] for key in ("dataset", "student", "arm", "seed", "budget")}) == CELL
    assert metrics["train"]["steps"] == 6
    again = summarize(verify_all(read_outputs(folder / "outputs.json", "babi")))
    assert {key: metrics["test"][key] for key in again} == json.loads(json.dumps(again))


def test_an_untrained_student_is_one_cell_for_all_arms(trained):
    untrained = CELL.untrained()
    assert untrained == replace(CELL, arm="incorrect", budget=replace(SMALL, learning_rate=1.0)).untrained()
    assert replace(CELL, student="smollm2-135m", seed=3).untrained().seed == 0
    found = records.metrics(trained / untrained.id)
    assert (found["train"], found["test"]["unparsed"]) == (None, 8)  # it writes no trace
    assert {path.name for path in (trained / untrained.id).iterdir()} == {"config.json", "outputs.json", "metrics.json"}


def test_compared_arms_differ_in_the_declared_factor_alone():
    """Same problems, prompts, order of batches, steps, student and vocabulary; only completions differ."""
    arms = ("vanilla", "correct", "incorrect", "summary")
    prepared = {arm: train_cell.prepare(replace(CELL, arm=arm)) for arm in arms}
    configs = [asdict(replace(CELL, arm=arm)) for arm in arms]
    assert {key for config in configs for key in config if config[key] != configs[0][key]} == {"arm"}
    student, supervision_, test = prepared["vanilla"]
    for other, examples, others_test in prepared.values():
        assert others_test == test
        assert other.tokenizer.get_vocab() == student.tokenizer.get_vocab()
        assert [(e.problem.id, e.prompt) for e in examples] == [(e.problem.id, e.prompt) for e in supervision_]
    assert len({tuple(e.completion for e in examples) for _, examples, _ in prepared.values()}) == len(arms)
    assert len({train_cell.recipe(replace(CELL, arm=arm)) for arm in arms}) == 1


@pytest.mark.parametrize("there", [(), (records.CHECKPOINT, "log.jsonl")], ids=["anew", "killed after training"])
def test_the_command_of_a_cell_gives_the_same_numbers_elsewhere(there, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cells, "ROOT", tmp_path)
    (tmp_path / CELL.id).mkdir()
    for name in there:
        (tmp_path / CELL.id / name).write_bytes((trained / CELL.id / name).read_bytes())
    front.main(shlex.split(cells.command(CELL).removeprefix("python -m lib.run ")))
    assert numbers(json.loads(capsys.readouterr().out)) == numbers(records.metrics(trained / CELL.id))


def test_all_arms_and_seeds_share_problems_and_test_problems_are_new():
    train, test = material.material(CELL)
    assert (len(train), len(test)) == (40, 8)
    assert material.material(replace(CELL, arm="incorrect", seed=5, student="smollm2-135m")) == (train, test)
    found = find_leaks(train, test)
    assert not [problem for kind in KINDS if kind != "same question" for problem in found[kind]]


GOOD = '{"dataset": "babi", "student": "tiny", "arm": "correct"}'


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("{", "the cell is not JSON"),
        ("[]", "not a cell: "),
        ('{"dataset": "babi"}', "not a cell: "),
        (GOOD.replace("}", ', "budget": 7}'), "not a cell: "),
        (GOOD.replace("}", ', "speed": 3}'), "unexpected keyword argument 'speed'"),
        (GOOD.replace("}", ', "budget": {"steps": true}}'), "steps is True, expected int"),
        (GOOD.replace("}", ', "budget": {"facts": 5}}'), "only cotemp's problems have"),
    ],
)
def test_cells_that_are_none(argument, message, capsys):
    with pytest.raises(SystemExit) as stop:
        run_cli(front.main, ["cells", "--one", argument])
    error = capsys.readouterr().err
    assert (stop.value.code, error.count("\n")) == (2, 1)
    assert message in error


@pytest.mark.parametrize(("every", "told"), [(0, [1, 2, 3]), (60, [])])
def test_progress_in_a_log_is_whole_lines_now_and_then(every, told, capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # other tests run notebooks
    with progress.Progress("training", 3, "steps", every=every) as bar:
        for _ in range(3):
            bar.advance(loss="0.5")
    assert capsys.readouterr().err.splitlines() == [f"training: {n}/3 steps, loss 0.5, 0 min left" for n in told]


def test_a_notebooks_progress_reaches_the_runners_log_and_no_cell(tmp_path, monkeypatch, capsys):
    path = tmp_path / "lines.txt"
    with progress.relayed(path):
        monkeypatch.setenv(progress.FILE, str(path))
        with progress.Progress("training", 2, "steps", every=0) as bar:
            bar.advance(2)
    assert capsys.readouterr().err == "  training: 2/2 steps, 0 min left\n"
    assert not path.exists()
