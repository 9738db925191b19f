"""Notebooks: X.py, which people edit, run strictly into X.ipynb beside it, which readers see.

jupytext converts and papermill executes; refused here is what they let pass: unknown parameters, a missing tag, above
all notebooks that end early. The .ipynb is committed, scrubbed of all that differs between runs and machines: the same
run gives the same bytes, and a diff shows results only.
"""

import ast
import copy
import hashlib
import importlib
import json
import logging
import os
import re
import sys
import sysconfig
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from lib import progress
from lib.errors import InputError
from lib.files import BUILD, ROOT, write_text

NOTEBOOKS = ROOT / "notebooks"
ABSOLUTE_PATH = re.compile(r"(?<![\w.~:/<>*}-])/(?:[\w.-]+/)+[\w.-]+")
_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What every kernel sees, whatever the user's shell says.
_KERNEL_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",
    # Python's own filters: warnings are shown, and stay warnings; but for the one about bars that nobody sees here
    "PYTHONWARNINGS": "ignore:IProgress not found",
    "PYTHONPATH": str(ROOT),
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": os.devnull,  # nobody's personal style
    "TQDM_DISABLE": "1",  # a bar that is not watched is noise, and its timing differs from run to run
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # this interpreter's kernel, not one of the same name in the home folder
}


class NotebookFailed(Exception):
    """A notebook did not run to its end, or is out of step. The message is one line."""


def _tool(name: str) -> ModuleType:
    """Import a notebook tool, late: they take seconds."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(f"{sys.executable} has no {name}; leave PYTHON= out, or install requirements.txt") from None


def run_named(names: Sequence[str], given: Sequence[tuple[str, str]], output_dir: Path | None) -> None:
    """Run notebooks given by name or path, with parameters given as (name, YAML value)."""
    values = {}
    for name, text in given:
        try:
            values[name] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise InputError(f"parameter {name!r}: not a YAML value: {text}") from None
    if not names:
        raise InputError(f"no notebook named; expected some of: {_known()}")
    run([find_source(name) for name in names], values, output_dir)


def find_source(name: str) -> Path:
    """The .py of a notebook given by name or path; InputError names those there are."""
    for path in (Path(name).with_suffix(".py"), NOTEBOOKS / f"{name}.py"):
        if path.is_file():
            return path.resolve()
    raise InputError(f"{name}: no such notebook; expected a path or one of: {_known()}")


def _known() -> str:
    return ", ".join(source.stem for source in sorted(NOTEBOOKS.glob("*.py")))


def run(sources: Sequence[Path], given: dict[str, Any] | None = None, output_dir: Path | None = None) -> list[Path]:
    """Run notebooks one after the other and write them, executed and scrubbed; returns where.

    They go beside the source; with other parameters to build/runs/X.<their hash>.ipynb; with `output_dir` there.
    Raises InputError for bad input, before the first one starts, and NotebookFailed.
    """
    prepared = []
    for source in sources:
        notebook = read_source(source)
        defaults = read_defaults(notebook, source.stem)
        changed = choose_parameters(given or {}, defaults, source.stem)
        key = hashlib.sha256(json.dumps(defaults | changed, sort_keys=True, default=str).encode()).hexdigest()[:8]
        folder = output_dir or (BUILD / "runs" if changed else source.parent)
        target = folder / (f"{source.stem}.{key}.ipynb" if changed else f"{source.stem}.ipynb")
        prepared.append((source, notebook, changed, target))
    for item in prepared:
        _run_one(*item)
    return [target for *_, target in prepared]


def _run_one(source: Path, notebook: Any, changed: dict[str, Any], target: Path) -> None:
    start, name, committed = time.time(), source.stem, target == source.with_suffix(".ipynb")
    print(f"{name} …", flush=True)
    done = scrub(execute(notebook, name, changed, None if committed else target.parent / "figures"))
    write_text(target, _tool("nbformat").writes(done) + "\n")
    if committed:
        stamp = BUILD / "stamps" / name
        write_text(stamp, "")
        os.utime(stamp, (start, start))  # what was edited while it ran is newer than the stamp
    print(f"{name} … {time.time() - start:.1f} s", flush=True)


def execute(notebook: Any, name: str, parameters: dict[str, Any], figures: Path | None = None) -> Any:
    """Run a notebook; returns it with its outputs, or raises NotebookFailed. figures: instead of figures/."""
    papermill, nbclient = _tool("papermill"), _tool("nbclient")
    begun = []

    def place() -> str:
        """Notebook and code cell, counted as JupyterLab does: without the cell that papermill adds."""
        return f"{name}, code cell {sum(not _has_tag(cell, 'injected-parameters') for cell in begun)}"

    def refuse_quit(execute_reply: dict, **_: Any) -> None:
        if any(item["source"] == "ask_exit" for item in execute_reply["content"].get("payload", [])):
            raise NotebookFailed(f"{place()}: ended early (quit or exit was called)")

    try:
        with _quiet_kernel(figures):
            done = papermill.execute_notebook(
                notebook,
                None,
                parameters,
                kernel_name=_KERNELSPEC["name"],
                cwd=ROOT,
                progress_bar=False,
                record_timing=False,
                coalesce_streams=True,  # how many pieces a stream comes in differs from run to run
                iopub_timeout=60,
                extra_arguments=["--log-level=CRITICAL"],
                on_cell_execute=lambda cell, cell_index: begun.append(cell),
                on_cell_executed=refuse_quit,
            )
    except papermill.PapermillExecutionError as error:
        story = " ".join(f"{error.ename}: {error.evalue}".split())[:300]
        log = BUILD / "logs" / f"{name}.log"
        write_text(log, f"{error}".strip() + "\n")
        raise NotebookFailed(f"{place()}: {story} (traceback: {os.path.relpath(log)})") from None
    except nbclient.exceptions.DeadKernelError:
        advice = "close other programs, or give its parameters smaller values"
        raise NotebookFailed(f"{place()}: the kernel died, most often for want of memory: {advice}") from None
    if not has_run(done):  # papermill takes sys.exit(0) for success
        raise NotebookFailed(f"{place()}: ended early, and the rest did not run (sys.exit?)")
    return done


@contextmanager
def _quiet_kernel(figures: Path | None) -> Iterator[None]:
    """The kernel's environment, and silence from the machinery around it: cells' own warnings are in their outputs."""
    kept = dict(os.environ)
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    BUILD.mkdir(parents=True, exist_ok=True)
    lines = BUILD / f"progress-{os.getpid()}.txt"
    os.environ.update(_KERNEL_ENVIRONMENT, IPYTHONDIR=str(BUILD / "ipython"), **{progress.FILE: str(lines)})
    if figures is not None:
        os.environ["TRACE_FIGURES"] = str(figures)
    try:
        with warnings.catch_warnings(), progress.relayed(lines):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def read_defaults(notebook: Any, name: str) -> dict[str, Any]:
    """The parameters and their defaults, from the one cell tagged `parameters`; lines of NAME = literal, or InputError.

    (Papermill finds names by regular expression, and misses those whose text holds an equals sign.)
    """
    cells = [cell for cell in notebook.cells if _has_tag(cell, "parameters")]
    if len(cells) != 1 or cells[0].cell_type != "code":
        raise InputError(f'{name}: expected one code cell headed # %% tags=["parameters"], found {len(cells)}')
    try:
        return {line.targets[0].id: ast.literal_eval(line.value) for line in ast.parse(cells[0].source).body}
    except (SyntaxError, AttributeError, ValueError):
        raise InputError(f"{name}: the parameters cell may hold lines of NAME = literal and nothing else") from None


def choose_parameters(given: dict[str, Any], defaults: dict[str, Any], name: str) -> dict[str, Any]:
    """The given parameters that differ from their defaults; raises InputError for unknown names and wrong types."""
    for key in given:
        if key not in defaults:
            raise InputError(f"{name}: unknown parameter {key!r}; expected one of: {', '.join(defaults) or 'none'}")
    values = {key: _typed(value, defaults[key], f"{name}: parameter {key!r}") for key, value in given.items()}
    return {key: value for key, value in values.items() if value != defaults[key]}


def _typed(value: Any, default: Any, where: str) -> Any:
    if isinstance(default, float) and type(value) in (int, str):
        with suppress(ValueError):  # YAML takes 1e-5 for text
            value = float(value)
    if default is None or type(value) is type(default):
        return value
    advice = f"; to give it as text, quote it: '\"{value}\"'" if isinstance(default, str) else ""
    found = f"found {type(value).__name__} {value!r}{advice}"
    raise InputError(f"{where}: expected {type(default).__name__}, like its default {default!r}; {found}")


def read_source(path: Path) -> Any:
    """The notebook that a percent-format file describes; tags are its cells' only metadata."""
    return _fix_metadata(_tool("jupytext").read(path, fmt="py:percent"))


def _fix_metadata(notebook: Any) -> Any:
    node = type(notebook)
    notebook.metadata = node(kernelspec=node(_KERNELSPEC), language_info=node(name="python"))
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = node({"tags": tags} if tags else {})
    return notebook


def _has_tag(cell: Any, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def has_run(notebook: Any) -> bool:
    """Whether every code cell has run, once, in order, without an error."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    in_order = [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    return in_order and not any(output.output_type == "error" for cell in code for output in cell.outputs)


def scrub(notebook: Any) -> Any:
    """Make an executed notebook, in place, what any run on any machine would have made; returns it.

    Metadata is fixed, cell ids come from the content, paths of this machine and memory addresses go.
    """
    seen = Counter()
    for cell in _fix_metadata(notebook).cells:
        content = f"{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        cell.id = hashlib.sha256(f"{seen[content]}\n{content}".encode()).hexdigest()[:12]
        _scrub_outputs(cell.get("outputs", []))
    return notebook


def _scrub_outputs(outputs: list) -> None:
    for place, key in (text for output in outputs for text in _texts(output)):
        place[key] = _scrub_text(place[key])
    # a kernel sends stdout and stderr in either order: of two neighbours, stdout comes first
    for i in range(len(outputs) - 1):
        if outputs[i].get("name") == "stderr" and outputs[i + 1].get("name") == "stdout":
            outputs[i : i + 2] = [outputs[i + 1], outputs[i]]


def _texts(output: Any) -> list[tuple[dict, str]]:
    """Where an output's texts are, as (dictionary, key); in a picture's letters, chance can make a path."""
    data = output.get("data", {})
    texts = [kind for kind, value in data.items() if isinstance(value, str)]
    kinds = [kind for kind in texts if kind == "image/svg+xml" or not kind.startswith("image/")]
    return [(data, kind) for kind in kinds] + ([(output, "text")] if "text" in output else [])


def _scrub_text(text: str) -> str:
    text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "<cell>", text)  # where warnings say a cell is: process and folder
    text = re.sub(r"(?<= at )0x[0-9a-f]{6,}", "0x…", text)
    paths = {sysconfig.get_path(key): "site-packages" for key in ("purelib", "platlib")}
    paths |= {sysconfig.get_path("stdlib"): "python", str(ROOT): ".", str(Path.home()): "~"}
    for path in sorted(paths, key=len, reverse=True):
        if len(path) > 1:
            text = re.sub(re.escape(path) + r"(?![\w-])", paths[path], text)
    return text


def check_all() -> None:
    """Print which pairs are out of step; raises NotebookFailed where one is."""
    sources = sorted({path.with_suffix(".py") for path in NOTEBOOKS.glob("*") if path.suffix in (".py", ".ipynb")})
    found = {source.stem: findings for source in sources if (findings := check(source))}
    for name, findings in found.items():
        print(*(f"{NOTEBOOKS.name}/{name}: {finding}" for finding in findings), sep="\n", file=sys.stderr)
    if found:
        raise NotebookFailed(f"out of step: edit the .py only, then python -m lib.run notebook {' '.join(found)}")
    print(f"{len(sources)} of {len(sources)} notebooks in step with their sources")


def check(source: Path) -> list[str]:
    """What is out of step between X.py and X.ipynb, one clause each; empty where all is well."""
    pair = source.with_suffix(".ipynb")
    if not pair.exists() or not source.exists():
        return [f"there is no {pair.name if source.exists() else source.name} beside it"]
    nbformat = _tool("nbformat")
    try:
        notebook = nbformat.read(pair, as_version=4)
    except (ValueError, nbformat.ValidationError):
        return [f"{pair.name} is not a notebook"]
    differ = _cells(notebook) != _cells(read_source(source))
    texts = [text for cell in notebook.cells for output in cell.get("outputs", []) for text in _texts(output)]
    said = [cell.source for cell in notebook.cells] + [place[key] for place, key in texts]
    path = ABSOLUTE_PATH.search("\n".join(said))
    tagged = sum(_has_tag(cell, "parameters") for cell in notebook.cells)
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
