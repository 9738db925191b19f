"""Binder's environment: the project's pins without torch, and the chapters that it can run."""

import json
import subprocess
import sys

from docs.build import NOTEBOOKS
from docs.chapters import Chapter
from lib.files import ROOT

BOOKS = [Chapter.read(path) for path in NOTEBOOKS]
PINS = ROOT / ".binder/requirements.txt"
# Prints the notebooks whose top level imports something of the training half, in a process that refuses all of it.
IMPORTS = """
import ast, json, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "transformers", "peft", "accelerate", "gguf", "openai"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
for book, code in json.load(sys.stdin).items():
    nodes = [one for node in ast.parse(code).body for one in (node.body if isinstance(node, ast.Try) else [node])]
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    try:
        exec(compile(ast.Module(imports, []), book, "exec"), {})
    except ImportError:
        print(book)
"""


def pins(path):
    lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_pins_are_the_projects_and_none_trains():
    ours, all_ = pins(PINS), pins(ROOT / "requirements.txt")
    assert ours and ours.items() <= all_.items()
    assert not ours.keys() & {"torch", "transformers", "peft", "accelerate", "gguf"}
    head = (ROOT / "requirements.txt").read_text(encoding="utf-8").partition("# the training half")[0]
    analysis = {name for name in all_ if f"\n{name}==" in head}
    assert analysis - ours.keys() == {"papermill"}  # which runs notebooks unwatched; the rest of its half is all there


def test_it_builds_from_the_repository_itself():
    lines = PINS.read_text(encoding="utf-8").splitlines()
    assert "-e ." in lines and "-c ../constraints.txt" in lines
    python = (ROOT / ".binder/runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert python in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_the_chapters_with_a_link_to_binder_import_no_torch():
    codes = json.dumps({book.name: book.code for book in BOOKS})
    done = subprocess.run([sys.executable, "-c", IMPORTS], input=codes, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.split() == [book.name for book in BOOKS if book.trains]


def test_the_pins_name_the_chapters():
    head = PINS.read_text(encoding="utf-8").partition(")")[0].partition("(")[2]
    assert head.split(", ") == [book.name[:2] for book in BOOKS if not book.trains]
