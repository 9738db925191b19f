"""The training loop: losses by hand, equal whatever the batches, resumed to the same numbers, told in one line."""

import dataclasses
import errno
import json
import math
import multiprocessing
import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from unittest.mock import Mock

import pytest
import torch

from lib.errors import InputError
from lib.run import plan as plan_of_cells
from lib.study import ARMS, CONTROLS
from lib.train import checkpoints, loop, memory, students
from lib.train.encoding import encode
from lib.train.loop import Recipe, completion_loss, evaluate, fit
from tests import record_trajectory
from tests.training_run import RECIPE, data, run, tiny

PLAIN = replace(RECIPE, max_steps=3, dropout=0.0, warmup=0.0)


# How often a run is killed; each kill costs the start of a process.
KILLS = int(os.environ.get("TRACE_KILLS", 3))
SHORT = replace(RECIPE, max_steps=12, save_every=2)

# --- the loss -----------------------------------------------------------------------------------------------


def test_the_loss_by_hand_on_fixed_logits():
    """A model whose next-token logits depend on the token alone: every term of the loss can be looked up."""

    class Model(torch.nn.Module):
        def get_decoder(self):
            return lambda input_ids, use_cache: SimpleNamespace(last_hidden_state=torch.eye(3)[input_ids])

        def get_output_embeddings(self):
            return lambda hidden: hidden @ torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 3.0]])

    ids = torch.tensor([[0, 1, 0, 2]])
    supervised = torch.tensor([[False, False, True, True]])
    # after 1 the logits are (1, 0, 0): token 0 costs log(e + 2) - 1; after 0 they are (0, 2, 0): token 2 log(e^2 + 2)
    expected = math.log(math.e + 2) - 1 + math.log(math.e**2 + 2)
    assert completion_loss(Model(), ids, supervised).item() == pytest.approx(expected, rel=1e-6)


def test_the_loss_is_transformers_own_on_the_same_tokens():
    student = tiny()
    student.model.eval()
    encoded = encode(student.tokenizer, data()[0], 1024).examples[:6]
    ids, supervised = loop._tensors(encoded, student)
    theirs = student.model(ids, labels=torch.where(supervised, ids, -100)).loss
    ours = completion_loss(student.model, ids, supervised) / supervised[:, 1:].sum()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)


def test_with_padding_is_as_without():
    student = tiny()
    student.model.eval()
    encoded = sorted(encode(student.tokenizer, data()[0], 1024).examples, key=lambda e: len(e.ids))
    uneven = [encoded[0], encoded[-1], encoded[len(encoded) // 2]]
    assert len({len(example.ids) for example in uneven}) > 1
    together, *alone = (
        completion_loss(student.model, *loop._tensors(batch, student)).item()
        for batch in (uneven, *([example] for example in uneven))
    )
    alone = sum(alone)
    assert together == pytest.approx(alone, rel=1e-5)
    assert evaluate(student, uneven, 2) == pytest.approx(alone / sum(len(e.supervised) for e in uneven), rel=1e-5)


# --- what training changes ----------------------------------------------------------------------------------


def test_every_adapter_tensor_moves_and_no_base_tensor_does(tmp_path):
    student = tiny(adapter=True)
    students.add_adapter(student, PLAIN.rank, PLAIN.alpha, 0.0, 0)
    before = {name: tensor.detach().clone() for name, tensor in student.model.named_parameters()}
    fit(student, data()[0], PLAIN, tmp_path)
    moved = {name for name, tensor in student.model.named_parameters() if not torch.equal(tensor, before[name])}
    assert moved == set(students.trained_tensors(student)) == {name for name in before if "lora_" in name}


SAME = {
    "batches of four are one at a time, times four": [
        replace(PLAIN, bucketed=False, batch_size=size, accumulation=4 // size) for size in (4, 1)
    ],
    "one batch an epoch is the same, bucketed or not": [
        replace(PLAIN, batch_size=60, accumulation=1, bucketed=bucketed) for bucketed in (True, False)
    ],
}


@pytest.mark.parametrize("recipes", SAME.values(), ids=SAME)
def test_the_same_batches_give_the_same_updates(recipes, tmp_path):
    runs = [fit(tiny(), data()[0], recipe, tmp_path / str(n)).steps for n, recipe in enumerate(recipes)]
    # losses and gradient norms: what weights that differ could not repeat
    one, other = ([line[key] for line in steps for key in ("loss", "grad_norm")] for steps in runs)
    assert len(one) == 2 * PLAIN.max_steps and one == pytest.approx(other, rel=2e-4)


def test_training_lowers_the_loss_on_what_was_held_out_and_says_what_it_did(tmp_path):
    student = tiny()
    held_out = encode(student.tokenizer, data()[1], 1024).examples
    before = evaluate(student, held_out, 4)
    too_long = replace(data()[0][0], completion="long " * 1024)
    result = fit(student, [*data()[0], too_long], RECIPE, tmp_path)
    assert result.too_long == [too_long.problem.id]
    assert evaluate(student, held_out, 4) < before / 2
    rates = [line["learning_rate"] for line in result.steps]
    assert len(rates) == 30
    assert rates[3] == max(rates) == pytest.approx(3e-3)  # 10 % of 30 steps of warm-up
    assert rates[-1] < 1e-4


@pytest.mark.parametrize("tokens", [300, 3000])
def test_a_run_may_end_by_the_tokens_read(tmp_path, tokens):
    """However many epochs that takes; so arms whose texts differ in length can read equally much."""
    result = fit(tiny(), data()[0], replace(PLAIN, max_steps=0, max_tokens=tokens), tmp_path)
    read = [line["tokens"] for line in result.steps]
    assert sum(read[:-1]) < tokens <= sum(read)


# --- a GPU's micro-batches, here on the CPU -----------------------------------------------------------------


def test_micro_batches_for_a_gpu_and_layers_computed_twice_give_the_same_update(tmp_path, monkeypatch):
    plain = fit(tiny(adapter=True), data()[0], replace(PLAIN, max_steps=4), tmp_path / "plain")
    plan, sizes = loop._plan, []

    def for_gpu(examples, recipe, free):
        updates = loop._for_gpu(student, plan(examples, recipe), free)
        sizes.append(max(len(update) for update in updates))
        return updates

    for free, small in ((80.0, False), (0.002, True)):
        student = tiny(adapter=True)
        monkeypatch.setattr(loop, "_plan", lambda examples, recipe, free=free: for_gpu(examples, recipe, free))
        other = fit(student, data()[0], replace(PLAIN, max_steps=4), tmp_path / str(free))
        assert (sizes[-1] > 1) == student.model.is_activation_checkpointing == small
        for one, two in zip(plain.steps, other.steps, strict=True):
            assert one["loss"] == pytest.approx(two["loss"], rel=1e-5)
            assert one["grad_norm"] == pytest.approx(two["grad_norm"], rel=1e-4)


def test_groups_hold_as_much_as_they_may():
    groups = memory.packed([10, 300, 20, 30, 90, 5], 100)
    assert groups == [[1], [4], [3, 2, 0], [5]]
    assert sorted(place for group in groups for place in group) == list(range(6))


def test_an_8b_student_fits_40_gb_and_one_of_2b_fits_16():
    eight, two = plan_of_cells.SHAPES["Qwen3-8B"], plan_of_cells.SHAPES["Qwen3-1.7B"]
    for shape, card in ((eight, 40), (two, 16)):
        beside = memory.update_gb(shape, 4 * 1024, 4 * 300, 2, recompute=True)
        assert memory.weights_gb(shape, 0.6) + beside < 0.9 * card
        assert memory.update_gb(shape, 4 * 1024, 4 * 300, 2, recompute=False) > beside


# --- recipes ------------------------------------------------------------------------------------------------


def test_arms_differ_in_nothing_but_their_data_unless_the_released_recipe_is_asked_for():
    assert Recipe() == Recipe(2e-4, 3, 0, 4, 4, 0.10, 1.0, 0.0, 1024, 16, 32, 0.05)  # the paper's values (part 1)
    assert Recipe().whole_text is False
    oddities = {arm: loop.released(arm) for arm in (*ARMS, *CONTROLS)}
    assert {arm for arm, recipe in oddities.items() if recipe.warmup == 0.03} == {"vanilla"}
    assert len(set(oddities.values())) == 2
    assert all(recipe.whole_text and not recipe.bucketed for recipe in oddities.values())
    assert loop.released("correct", max_steps=5).max_steps == 5


# --- the same again -----------------------------------------------------------------------------------------


def numbers(folder: Path) -> list[dict]:
    """The log without its times."""
    lines = [json.loads(line) for line in (folder / checkpoints.LOG).read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def weights(folder: Path) -> bytes:
    return next((folder / checkpoints.STUDENT).glob("*.safetensors")).read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(str(folder))
    return folder


def test_a_finished_run_is_not_run_again_and_holds_no_pickle(undisturbed):
    before = (undisturbed / checkpoints.LOG).read_bytes()
    assert len(run(str(undisturbed)).steps) == 30
    assert (undisturbed / checkpoints.LOG).read_bytes() == before
    suffixes = {path.suffix for path in undisturbed.rglob("*") if path.is_file()}
    assert suffixes <= {".json", ".jsonl", ".safetensors", ".jinja", ".md"}


@pytest.mark.slow
def test_stopped_between_two_checkpoints_it_ends_with_the_same_bytes(undisturbed, tmp_path, monkeypatch):
    losses = Mock(side_effect=[*[mock.DEFAULT] * 27, KeyboardInterrupt], wraps=completion_loss)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "completion_loss", losses)
        run(str(tmp_path))
    assert 0 < len(numbers(tmp_path)) < 30
    run(str(tmp_path))
    assert numbers(tmp_path) == numbers(undisturbed)
    assert weights(tmp_path) == weights(undisturbed)


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_numbers(tmp_path):
    """kill -9, again and again; each time the run goes on from its last checkpoint."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lib.train.loop", "tests.training_run", "peft"])
    whole, folder, rng = tmp_path / "whole", tmp_path / "killed", random.Random(7)

    def start(folder: Path, seconds: float | None = None) -> multiprocessing.Process:
        process = context.Process(target=run, args=(str(folder), True, SHORT))
        process.start()
        process.join(seconds)
        return process

    start(whole)  # the first one waits for the server
    began = time.monotonic()
    assert start(tmp_path / "timed").exitcode == 0
    longest = time.monotonic() - began
    for n in range(KILLS):
        process = start(folder, rng.uniform(0.1, 0.5) * longest)
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        elif (folder / checkpoints.STUDENT).exists():  # it came to its end between two kills: once more from the start
            assert weights(folder) == weights(whole)
            folder = tmp_path / f"killed-{n}"
    assert start(folder).exitcode == 0
    assert numbers(folder) == numbers(whole)
    assert weights(folder) == weights(whole)


def test_the_reference_trajectory_is_repeated(undisturbed):
    """30 steps of tiny, recorded by `python -m tests.record_trajectory` from a clean tree."""
    reference = json.loads(record_trajectory.FILE.read_text())
    assert dataclasses.asdict(RECIPE) == reference["recipe"]
    found = [line["loss"] for line in numbers(undisturbed)]
    differences = [abs(a - b) for a, b in zip(found, reference["losses"], strict=True)]
    assert max(differences) < reference["tolerance"], f"recorded with {reference['versions']}"
    # a drift to one side shows in the mean long before it shows in a single step
    assert abs(sum(a - b for a, b in zip(found, reference["losses"], strict=True))) / 30 < reference["tolerance"] / 3


# --- what goes wrong ----------------------------------------------------------------------------------------


def told(*arguments, call=run, **named) -> str:
    with pytest.raises(InputError) as error:
        call(*map(str, arguments), **named)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_damaged_checkpoint_and_that_of_another_run(undisturbed, tmp_path):
    for name in (checkpoints.CHECKPOINT, checkpoints.LOG):
        (tmp_path / name).write_bytes((undisturbed / name).read_bytes())
    path = tmp_path / checkpoints.CHECKPOINT
    path.write_bytes(path.read_bytes()[:5000])
    message = told(tmp_path)
    assert f"{path}: not a checkpoint of ours" in message
    assert "delete it to start again" in message
    message = told(undisturbed, recipe=replace(RECIPE, learning_rate=1e-3))
    assert "holds another run: expected fingerprint" in message
    assert "use another folder or delete this one" in message


def test_a_loss_that_is_no_number_names_the_problems(tmp_path):
    student = tiny()
    with torch.no_grad():
        student.model.get_input_embeddings().weight.fill_(float("nan"))
    message = told(call=lambda: fit(student, data()[0], PLAIN, tmp_path))
    assert message.startswith("update 1: the loss is nan on problems ")
    assert any(example.problem.id in message for example in data()[0])
    assert "lower the learning rate" in message


def test_what_cannot_be_written(tmp_path, monkeypatch):
    advice = "check free space, path and rights, then run again: it goes on"
    (tmp_path / "file").write_text("")
    assert f"cannot be written (Not a directory); {advice}" in told(tmp_path / "file" / "run")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(checkpoints, "save_file", Mock(side_effect=full))
    message = told(tmp_path / "run", recipe=replace(RECIPE, save_every=1))
    assert f"cannot be written (No space left on device); {advice}" in message


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:116] DefaultCPUAllocator: can't allocate memory: you tried …"),
        MemoryError(),
    ],
)
def test_too_little_memory(tmp_path, monkeypatch, error):
    monkeypatch.setattr(loop, "completion_loss", Mock(side_effect=error))
    assert told(tmp_path).startswith("not enough memory for batches of 4 with up to 1024 tokens; lower batch_size")


def test_another_error_is_not_dressed_up(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "completion_loss", Mock(side_effect=RuntimeError("shapes do not match")))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        run(str(tmp_path))
