"""A notebook's pair: X.py, which people edit, and X.ipynb beside it, which readers see.

The .ipynb is generated, executed and committed. It is scrubbed of all that differs from run to run or from machine to
machine, so that the same run gives the same bytes and a diff shows results only.
"""

import copy
import hashlib
import importlib
import re
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

from lib.errors import InputError
from lib.files import ROOT

ROOT = ROOT
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
ABSOLUTE_PATH = re.compile(r"(?<![\w.~:/<>*-])/(?:[\w.-]+/)+[\w.-]+")


def tool(name: str) -> ModuleType:
    """Import a notebook tool, late: they take seconds, and --help should not. Raises InputError where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(
            f"{sys.executable} has no {name}; leave PYTHON= out, or install requirements.txt into that environment"
        ) from None


def read_source(path: Path) -> Any:
    """The notebook that a percent-format file describes; tags are its cells' only metadata.

    Reading leaves the file's time alone, unlike the jupytext command line: make would rebuild for ever.
    """
    return _fix_metadata(tool("jupytext").read(path, fmt="py:percent"))


def _fix_metadata(notebook: Any) -> Any:
    node = type(notebook)
    notebook.metadata = node(kernelspec=node(KERNELSPEC), language_info=node(name="python"))
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = node({"tags": tags} if tags else {})
    return notebook


def has_tag(cell: Any, tag: str) -> bool:
    """Whether a cell is tagged so."""
    return tag in cell.metadata.get("tags", [])


def has_run(notebook: Any) -> bool:
    """Whether every code cell has run, once, in order, without an error."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    in_order = [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    return in_order and not any(output.output_type == "error" for cell in code for output in cell.outputs)


def scrub(notebook: Any) -> Any:
    """Make an executed notebook, in place, what any run on any machine would have made; returns it.

    Metadata is fixed, cell ids come from the content, paths of this machine become relative or lose their head, and
    memory addresses lose their digits. Sources are left as they are.
    """
    seen = Counter()
    for cell in _fix_metadata(notebook).cells:
        content = f"{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        cell.id = hashlib.sha256(f"{seen[content]}\n{content}".encode()).hexdigest()[:12]
        _scrub_outputs(cell.get("outputs", []))
    return notebook


def _scrub_outputs(outputs: list) -> None:
    for output in outputs:
        if "text" in output:
            output.text = _scrub_text(output.text)
        for kind in _text_kinds(output):
            output.data[kind] = _scrub_text(output.data[kind])
    # a kernel sends stdout and stderr in either order: of two neighbours, stdout comes first
    for i in range(len(outputs) - 1):
        if outputs[i].get("name") == "stderr" and outputs[i + 1].get("name") == "stdout":
            outputs[i : i + 2] = [outputs[i + 1], outputs[i]]


def _text_kinds(output: Any) -> list[str]:
    """The mime types that hold text; in a picture's letters, chance can make a path."""
    kinds = (kind for kind, value in output.get("data", {}).items() if isinstance(value, str))
    return [kind for kind in kinds if kind == "image/svg+xml" or not kind.startswith("image/")]


def _scrub_text(text: str) -> str:
    text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "<cell>", text)  # where warnings say a cell is: process and folder
    text = re.sub(r"(?<= at )0x[0-9a-f]{6,}", "0x…", text)
    paths = {sysconfig.get_path(key): "site-packages" for key in ("purelib", "platlib")}
    paths |= {sysconfig.get_path("stdlib"): "python", str(ROOT): ".", str(Path.home()): "~"}
    for path in sorted(paths, key=len, reverse=True):
        if len(path) > 1:
            text = re.sub(re.escape(path) + r"(?![\w-])", paths[path], text)
    return text


def check(source: Path) -> list[str]:
    """What is out of step between X.py and X.ipynb, one clause each; empty where all is well."""
    pair = source.with_suffix(".ipynb")
    if not pair.exists() or not source.exists():
        return [f"there is no {pair.name if source.exists() else source.name} beside it"]
    nbformat = tool("nbformat")
    try:
        notebook = nbformat.read(pair, as_version=4)
    except (ValueError, nbformat.ValidationError):
        return [f"{pair.name} is not a notebook"]
    differ = _cells(notebook) != _cells(read_source(source))
    path = ABSOLUTE_PATH.search(_all_text(notebook))
    tagged = sum(has_tag(cell, "parameters") for cell in notebook.cells)
    findings = {
        "the cells of .py and .ipynb differ": differ,
        "not every code cell has run, once, in order, without an error": not has_run(notebook),
        f"{tagged} cells are tagged 'parameters', expected 1": tagged != 1,
        f"it holds an absolute path: {path and path[0]}": path,
        "it holds metadata of one run, tool or machine": not differ and scrub(copy.deepcopy(notebook)) != notebook,
    }
    return [finding for finding, found in findings.items() if found]


def _cells(notebook: Any) -> list[tuple]:
    return [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]


def _all_text(notebook: Any) -> str:
    texts = []
    for cell in notebook.cells:
        texts.append(cell.source)
        for output in cell.get("outputs", []):
            texts += [output.get("text", ""), *(output.data[kind] for kind in _text_kinds(output))]
    return "\n".join(texts)
