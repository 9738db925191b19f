"""A hash of the code that can change a number: the same after an edit of comments and docstrings, else another."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATASETS = ("babi", "cotemp", "marco")
# These tell, write, refuse, or name cells and arms; no number depends on them.
_NAMES = ("errors", "files", "memory", "processes", "progress", "study", "fingerprint", "cells")
NUMBERLESS = {f"lib.{name}" for name in _NAMES}


@cache
def of(module: str, dataset: str) -> str:
    """The hash of a module and all that it imports from lib/, but for what belongs to other datasets."""
    digest = hashlib.sha256()
    for name in sorted(closure(module, dataset)):
        digest.update(f"{name}\n{_meaning(name)}\n".encode())
    return digest.hexdigest()[:16]


def closure(module: str, dataset: str) -> set[str]:
    """The names of a module and of all that it imports from lib/, directly or not."""
    others = tuple(f"lib.datasets.{name}" for name in DATASETS if name != dataset)
    found, todo = set(), [module]
    while todo:
        name = todo.pop()
        if name not in found and name not in NUMBERLESS and not name.startswith(others):
            found.add(name)
            todo += _imports(name)
    return found


def _path(module: str) -> Path | None:
    """The file of a module of lib/; None where there is no such module."""
    path = ROOT.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_path(module).read_text(encoding="utf-8"))


def _imports(module: str) -> Iterator[str]:
    """The modules of lib/ that a module imports, wherever in it."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.startswith("lib.") and _path(name))


def _meaning(module: str) -> str:
    """A module's syntax tree as text, without docstrings and places."""
    tree = _tree(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
