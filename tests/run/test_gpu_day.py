"""The GPU's script without one: what travels comes whole or is told, and every part runs and survives the others."""

import json
import signal
import subprocess
import sys
import tarfile
import time
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from examples import gpu_day
from lib.errors import InputError
from lib.files import DATA, ROOT
from lib.published import release
from lib.run import plan
from lib.train import students

WEIGHTS = bytes(range(256)) * 10


@pytest.fixture
def packed(tmp_path, monkeypatch) -> Path:
    """A folder with the pieces of a made-up file; its tokenizer comes out differently in the two places."""

    def convert(gguf: Path, folder: Path) -> None:
        gpu_day._write(folder / "model.safetensors", gguf.read_bytes())
        gpu_day._write(folder / "tokenizer.json", folder.parent.parent.name.encode())

    weights = tmp_path / "weights.gguf"
    weights.write_bytes(WEIGHTS)
    monkeypatch.setattr(gpu_day, "PIECE", 1000)
    monkeypatch.setattr(students, "_gguf_file", lambda: weights)
    monkeypatch.setattr(students, "_convert", convert)
    monkeypatch.setattr(release, "at_hand", lambda: False)
    monkeypatch.setenv("TRACE_CACHE", str(tmp_path / "here"))
    gpu_day.main(["pack", str(tmp_path / "packed")])
    monkeypatch.setenv("TRACE_CACHE", str(tmp_path / "there"))
    return tmp_path / "packed"


def test_what_is_packed_is_joined_again(packed, capsys):
    assert sorted(path.name for path in packed.glob("weights*")) == [f"weights.gguf.{n}" for n in (1, 2, 3)]
    gpu_day.main(["join", str(packed)])
    student = packed.parent / "there" / "trace-companion" / students.SMOLLM
    assert (student / "model.safetensors").read_bytes() == WEIGHTS
    assert (student / "tokenizer.json").read_bytes() == b"here"
    assert "4 pieces are as they were" in capsys.readouterr().out


def test_weights_that_come_out_differently_are_told(packed, monkeypatch, capsys):
    monkeypatch.setattr(students, "_convert", lambda _, folder: gpu_day._write(folder / "model.safetensors", b"other"))
    gpu_day.main(["join", str(packed)])
    assert "OTHER WEIGHTS" in capsys.readouterr().out


def test_the_packages_work_where_they_are_alone(packed):
    code = "import gguf, pooch, requests; print(gguf.__file__, pooch.__file__, requests.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(packed / "packages")}, capture_output=True, text=True
    )
    assert found.stdout.count(str(packed)) == 3, found.stderr


@pytest.mark.parametrize(("change", "told"), [("missing", "no file"), ("altered", "found sha256"), ("sums", "pack")])
def test_a_piece_that_is_missing_or_altered_is_told_in_one_line(packed, change, told):
    second = packed / "weights.gguf.2"
    if change == "missing":
        second.unlink()
    elif change == "altered":
        second.write_bytes(second.read_bytes()[:-1] + b"?")
    else:
        (packed / "sums.json").unlink()
    with pytest.raises(InputError, match=told) as caught:
        gpu_day.main(["join", str(packed)])
    assert ("sums.json" if change == "sums" else second.name) in str(caught.value) and "\n" not in str(caught.value)
    assert not (packed.parent / "there").exists()


def closure(names: list[str]) -> set[str]:
    found, todo = set(), [*names]
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found:
            try:
                needs = [Requirement(need) for need in requires(name) or []]
            except PackageNotFoundError:  # for another machine
                continue
            found.add(name)
            todo += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found


def test_the_packages_are_those_that_nothing_else_brings():
    there = closure(["torch", "transformers", "peft", "accelerate", "pandas", "matplotlib", "seaborn"])
    needed = closure(["gguf", "pooch", "requests", "filelock", "PyYAML", "tqdm", "safetensors"])
    assert set(gpu_day.PACKAGES) == needed - there


def test_what_fails_is_told_in_its_place_and_the_rest_goes_on(tmp_path, monkeypatch):
    def bad():
        raise RuntimeError("no\nluck")

    def half(job, found):
        yield "bad", bad
        yield "good", lambda: {"number": 1.0}
        raise ValueError("broken")

    monkeypatch.setattr(gpu_day, "PARTS", {"half": half, "other": lambda job, found: [("fine", lambda: {"n": 2})]})
    gpu_day.run(gpu_day.Job(True, tmp_path, tmp_path, time.monotonic() + 60), ["half", "other"])
    found = json.loads((tmp_path / "half.json").read_text())
    assert found["bad"]["error"] == "RuntimeError: no luck"
    assert found["good"]["number"] == 1
    assert found["the rest"] == {"error": "ValueError: broken"}
    assert json.loads((tmp_path / "other.json").read_text())["fine"]["n"] == 2
    assert "no luck" in (tmp_path / "report.txt").read_text()


def test_nothing_begins_when_time_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_day, "PARTS", {"one": lambda job, found: [("late", lambda: pytest.fail("it ran"))]})
    gpu_day.run(gpu_day.Job(True, tmp_path, tmp_path, time.monotonic()), ["one"])
    assert "left out" in json.loads((tmp_path / "one.json").read_text())["late"]


def test_the_cells_are_in_the_order_of_their_weight(tmp_path):
    every = gpu_day.wanted(gpu_day.Job(False, tmp_path, tmp_path, 0))
    assert [(cell.dataset, cell.arm, cell.seed) for cell in every[:4]] == [
        ("babi", "prompted", 0),
        *(("babi", arm, 121) for arm in ("vanilla", "correct", "incorrect")),
    ]
    assert {cell.arm for cell in every[:23]} == {"prompted", "vanilla", "correct", "incorrect", "r1"}
    assert [cell.budget.n_train for cell in every[23:26]] == [165, 330, 660]
    assert len(every) == len(set(every)) == 44


def test_the_page_tells_what_was_measured():
    """docs/performance.md, and the utilisation that plans count with, are data/gpu_day.json's."""
    day, page = json.loads((DATA / "gpu_day.json").read_text()), (ROOT / "docs/performance.md").read_text()
    for name in gpu_day.SHAPES:
        trained, written, theirs = (day["speed"][f"{name}, {what}"] for what in ("training", "generation", "Trainer"))
        row = (
            f"{trained['examples per second']:.0f} | {trained['tokens per second']:,.0f}",
            f"{trained['share of the best product']:.1%}".replace("%", " %"),
            f"{theirs['ours, times']:.2f} | {trained['peak GB']:.1f} | {written['tokens, per second']:,.0f}",
            f"{written['tokens, generate, per second']:,.0f}",
        )
        assert f"| {name} | {' | '.join(row)} |" in page
    measured = [day["speed"][f"{name}, utilisation"]["UTILISATION"] for name in ("Qwen3-1.7B", "Llama-3.2-1B")]
    for what, share in plan.UTILISATION.items():
        assert min(one[what] for one in measured) == pytest.approx(share, rel=0.02)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarm on this system")
def test_when_time_is_over_cells_end_and_what_has_finished_is_kept(tmp_path, monkeypatch):
    def run(cells, root, workers):
        for cell in cells[:1]:
            gpu_day._write(root / cell.id / "metrics.json", b'{"n": 1}')
        time.sleep(30)

    monkeypatch.setattr("lib.run.local.run", run)
    job = gpu_day.Job(True, tmp_path, tmp_path, time.monotonic() + 1)
    first, second = gpu_day.wanted(job)
    assert gpu_day.at_once([first, second], tmp_path, job) == {first.id: {"n": 1}, "not run": [second.id]}
    with tarfile.open(tmp_path / "cells.tar.gz") as archive:
        assert archive.getnames() == [f"cells/{first.id}/metrics.json"]


def test_without_the_release_no_cell_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "at_hand", lambda: False)
    [(name, why)] = gpu_day.cells(gpu_day.Job(False, tmp_path, tmp_path, time.monotonic() + 60), {})
    assert name == "left out" and "TRACE_RELEASE" in why()["why"]


def script(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "examples.gpu_day", *arguments], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.slow
@pytest.mark.skipif(gpu_day.CUDA, reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_one_line(tmp_path):
    ended = script("run", "--out", str(tmp_path / "out"))
    assert ended.returncode == 2 and ended.stderr.startswith("error: run needs a GPU") and ended.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_quick_look_goes_through_every_part(tmp_path):
    ended = script("run", "--smoke", "--out", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    told = {part: json.loads((tmp_path / f"{part}.json").read_text()) for part in ("card", *gpu_day.PARTS)}
    assert [what for part in gpu_day.PARTS for what, one in told[part].items() if "error" in one] == []
    checks = told["smoke"]
    assert checks["tiny, twice"]["same logs"] and checks["tiny, killed"]["same logs"]
    assert checks["tiny, killed"]["weights apart"] == 0 and checks["tiny, batched"]["float32"] == 1
    assert checks["tiny, recomputed"]["losses apart"] < 1e-4
    for name in gpu_day.SHAPES:
        assert set(told["speed"][f"{name}, utilisation"]["UTILISATION"]) == {"training", "generation"}
        assert told["speed"][f"{name}, Trainer"]["ours, times"] > 0
    assert told["cells"]["cells"]["not run"] == []
    with tarfile.open(tmp_path / "cells.tar.gz") as archive:
        names = archive.getnames()
    assert sum(name.endswith("metrics.json") for name in names) == 2 and sum("forced" in name for name in names) == 1
    assert (tmp_path / "report.txt").read_text().startswith("card:")
