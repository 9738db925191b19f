"""What an edit of the code does to the ids of cells."""

import shutil
from pathlib import Path

import pytest

from lib import fingerprint

STORIES = "babi"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of lib/ to edit; fingerprint.of reads it. The fixture's caches are empty."""
    shutil.copytree(fingerprint.ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    forget()
    yield tmp_path / "lib"
    forget()


def forget() -> None:
    fingerprint.of.cache_clear()
    fingerprint._tree.cache_clear()


def after(path: Path, old: str, new: str) -> dict[str, str]:
    """The fingerprints of every dataset's runs after an edit."""
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))
    forget()
    return {name: fingerprint.of("lib.runs", name) for name in fingerprint.DATASETS}


@pytest.fixture
def before(copy: Path) -> dict[str, str]:
    return {name: fingerprint.of("lib.runs", name) for name in fingerprint.DATASETS}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("training.py", "# 3. Clip, step, next learning rate.", "# 3. Otherwise put."),
        ("training.py", '"""Fine-tune a student in place.', '"""Otherwise put.'),
        ("encoding.py", '"""Examples as tokens', '"""Otherwise put'),
        ("generation.py", "import copy\n", "\n\nimport copy  # spread out\n"),
        ("progress.py", "min left", "minutes left"),
        ("errors.py", "--help", "--aid"),
        ("figures.py", "#0072B2", "#000000"),
    ],
)
def test_comments_docstrings_layout_and_telling_change_no_cell(copy, before, file, old, new):
    assert after(copy / file, old, new) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "touched"),
    [
        ("training.py", "optimizer.zero_grad()", "optimizer.zero_grad(False)", {"babi", "cotemp", "marco"}),
        ("strict.py", "import re", "import re\n\nSPARE = 1", {"babi", "cotemp", "marco"}),
        ("lora.py", "geometric_(p)", "geometric_(p / 2)", {"babi", "cotemp", "marco"}),
        ("datasets/babi_worlds.py", "_fears,", '_fears,  # edited\n    "spare": _fears,', {"babi"}),
        ("datasets/cotemp_worlds.py", "_TRIES = ", "_TRIES = 1 + ", {"cotemp"}),
        ("datasets/marco_worlds.py", "import random", "import random\n\nSPARE = 1", {"marco"}),
        ("datasets/cotemp_reasoner.py", "Now I go through", "Now I look through", {"cotemp"}),
    ],
)
def test_code_changes_the_cells_that_it_touches(copy, before, file, old, new, touched):
    found = after(copy / file, old, new)
    assert {name for name in before if found[name] != before[name]} == touched


def test_what_runs_a_cell_is_all_in_the_closure():
    names = fingerprint.closure("lib.runs", STORIES)
    wanted = {
        "training",
        "generation",
        "students",
        "lora",
        "encoding",
        "traces",
        "reasoner",
        "leaks",
        "verify",
        "strict",
    }
    assert {f"lib.{name}" for name in wanted} <= names
    assert not names & fingerprint.NUMBERLESS
    assert not [name for name in names if "marco" in name or name.startswith("lib.datasets.cotemp")]
    assert "lib.plots" not in names
