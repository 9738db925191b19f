"""The rooms of lib/: imports run downward only, in no circle, and it stays thin."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from lib.files import ROOT

LIB = ROOT / "lib"
# A room may import from the floors before its own, and from itself; on the ground floor rooms may use each other.
FLOORS = (
    {"errors", "exercises", "files", "progress", "study"},
    {"figures", "tables", "datasets"},
    {"stats", "verify"},
    {"traces"},
    {"published", "human_study"},
    {"train"},
    {"run"},
)
LONGEST = 450  # lines of a file
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(LIB.rglob("*.py"))}
MODULES = {name.removesuffix(".__init__"): path for name, path in MODULES.items()}


def room(module: str) -> str:
    """The first name below lib."""
    return module.split(".")[1]


def imported(path: Path) -> Iterator[str]:
    """The modules of lib/ that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lib":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "lib"])
def test_imports_run_downward(module):
    floor = next(n for n, rooms in enumerate(FLOORS) if room(module) in rooms)
    below = set().union(*FLOORS[: max(floor, 1)])
    upward = {name for name in imported(MODULES[module]) if room(name) not in below | {room(module)}}
    assert not upward, f"{module} imports {', '.join(sorted(upward))}, which is not below it"


def test_no_circle():
    TopologicalSorter({name: set(imported(path)) - {name} for name, path in MODULES.items()}).prepare()


def test_lib_is_thin_and_no_file_is_long():
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert max(lines.values()) <= LONGEST
    caps = {  # rooms that are large for a reason, and all others
        ("verify", "published"): 2980,  # language has many ways to say no, outputs many forms, the authors many files
        ("human_study",): 2000,  # a tool of its own: reads what survey tools write, analyses, plans, makes a survey
    }
    rest = sum(lines.values())
    for rooms, cap in caps.items():
        size = sum(n for module, n in lines.items() if module != "lib" and room(module) in rooms)
        assert size <= cap, rooms
        rest -= size
    assert rest <= 7700 and len(lines) <= 85
    assert len([path for path in LIB.iterdir() if path.name != "__pycache__"]) <= 17


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        (["lib.stats.right_wrong", "lib.stats.seeds", "lib.verify.__main__"], "torch transformers pingouin"),
        (
            ["lib.verify", "lib.traces.arms", "lib.train.loop", "lib.run.__main__"],
            "pingouin papermill jupytext pooch matplotlib",
        ),
    ],
    ids=["no model library", "front doors"],
)
def test_what_a_room_needs_not_is_not_loaded(modules, heavy):
    code = f"import sys, {', '.join(modules)}; print(*set({heavy.split()}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
