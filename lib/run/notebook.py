"""Run the notebooks, strictly: `python -m lib.run.notebook run NAME… [-p NAME VALUE]` and `… check`.

jupytext converts and papermill executes; here is what they let pass and we do not, above all notebooks that end early.
Parameters are checked by lib/run/parameters.py; what a run leaves behind is described in lib/run/pairs.py.
"""

import hashlib
import json
import logging
import os
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lib import progress
from lib.errors import InputError, Parser, run_cli
from lib.run import pairs
from lib.run.parameters import choose_parameters, read_defaults

NOTEBOOKS = pairs.ROOT / "notebooks"
BUILD = pairs.ROOT / "build"

# What every kernel sees, whatever the user's shell says.
KERNEL_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",
    # Python's own filters: warnings are shown, and stay warnings; but for the one about bars that nobody sees here
    "PYTHONWARNINGS": "ignore:IProgress not found",
    "PYTHONPATH": str(pairs.ROOT),
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": os.devnull,  # nobody's personal style
    "TQDM_DISABLE": "1",  # a bar that is not watched is noise, and its timing differs from run to run
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # this interpreter's kernel, not one of the same name in the home folder
}
# papermill's options, and those of nbclient that it hands through.
EXECUTION = {
    "kernel_name": pairs.KERNELSPEC["name"],
    "cwd": pairs.ROOT,
    "progress_bar": False,
    "record_timing": False,
    "coalesce_streams": True,  # how many pieces a stream comes in differs from run to run
    "iopub_timeout": 60,
    "extra_arguments": ["--log-level=CRITICAL"],
}


class NotebookFailed(Exception):
    """A notebook did not run to its end. The message names notebook, cell and error."""


def find_source(name: str) -> Path:
    """The .py of a notebook given by name or path; raises InputError with the names there are."""
    path = Path(name).with_suffix(".py")
    if path.name == str(path) and not path.is_file():
        path = NOTEBOOKS / path
    if not path.is_file():
        known = ", ".join(source.stem for source in sorted(NOTEBOOKS.glob("*.py"))) or "none yet"
        raise InputError(f"{name}: no such notebook; expected a path or one of: {known}")
    return path.resolve()


def execute(notebook: Any, name: str, parameters: dict[str, Any], figures: Path | None = None) -> Any:
    """Run a notebook from the repository's root; returns it with its outputs, or raises NotebookFailed.

    figures  where its figures and numbers go, if not to figures/
    """
    papermill, nbclient = pairs.tool("papermill"), pairs.tool("nbclient")
    begun = []

    def refuse_quit(execute_reply: dict, **_: Any) -> None:
        if any(item["source"] == "ask_exit" for item in execute_reply["content"].get("payload", [])):
            raise NotebookFailed(f"{_place(name, begun)}: ended early (quit or exit was called)")

    hooks = {"on_cell_execute": lambda cell, cell_index: begun.append(cell), "on_cell_executed": refuse_quit}
    try:
        with _quiet_kernel(figures):
            done = papermill.execute_notebook(notebook, None, parameters, **EXECUTION, **hooks)
    except papermill.PapermillExecutionError as error:
        story = " ".join(f"{error.ename}: {error.evalue}".split())[:300]
        raise NotebookFailed(f"{_place(name, begun)}: {story} (traceback: {_log(name, error)})") from None
    except nbclient.exceptions.DeadKernelError:
        advice = "most often for want of memory: close other programs, or give its parameters smaller values"
        raise NotebookFailed(f"{_place(name, begun)}: the kernel died, {advice}") from None
    if not pairs.has_run(done):  # papermill takes sys.exit(0) for success
        raise NotebookFailed(f"{_place(name, begun)}: ended early, and the rest did not run (sys.exit?)")
    return done


def _place(name: str, begun: list) -> str:
    """Notebook and code cell, counted as JupyterLab does: without the cell that papermill adds."""
    return f"{name}, code cell {sum(not pairs.has_tag(cell, 'injected-parameters') for cell in begun)}"


def _log(name: str, error: Exception) -> str:
    log = BUILD / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{error}".strip() + "\n", encoding="utf-8")
    return os.path.relpath(log)


@contextmanager
def _quiet_kernel(figures: Path | None) -> Iterator[None]:
    """The kernel's environment, and silence from the machinery around it: cells' own warnings are in their outputs."""
    kept = dict(os.environ)
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    BUILD.mkdir(parents=True, exist_ok=True)
    lines = BUILD / f"progress-{os.getpid()}.txt"
    os.environ.update(KERNEL_ENVIRONMENT, IPYTHONDIR=str(BUILD / "ipython"), **{progress.FILE: str(lines)})
    if figures is not None:
        os.environ["TRACE_FIGURES"] = str(figures)
    try:
        with warnings.catch_warnings(), progress.relayed(lines):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def run(sources: list[Path], given: dict[str, Any] | None = None, output_dir: Path | None = None) -> list[Path]:
    """Run notebooks one after the other and write them, executed and scrubbed; returns where.

    With default parameters that is the pair beside the source, otherwise build/runs/X.<hash of the parameters>.ipynb;
    `output_dir`, where given, replaces either folder. All input is looked at before the first notebook starts.
    Raises InputError for bad input and NotebookFailed at the first notebook that does not run to its end.
    """
    prepared = []
    for source in sources:
        notebook = pairs.read_source(source)
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
    start, name = time.time(), source.stem
    print(f"{name} …", flush=True)
    elsewhere = None if target == source.with_suffix(".ipynb") else target.parent / "figures"
    done = pairs.scrub(execute(notebook, name, changed, elsewhere))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    pairs.tool("nbformat").write(done, part)
    part.replace(target)
    if target == source.with_suffix(".ipynb"):
        stamp = BUILD / "stamps" / name
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
        os.utime(stamp, (start, start))  # what was edited while it ran is newer than the stamp
    print(f"{name} … {time.time() - start:.1f} s", flush=True)


def main(argv: list[str]) -> None:
    """Command line; exits with 1 where a notebook fails or a pair is out of step, with 2 for bad input."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.do(arguments)
    except NotebookFailed as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


def _parser() -> Parser:
    parser = Parser(prog="python -m lib.run.notebook", description="Run the notebooks, and check their pairs.")
    commands = parser.add_subparsers(required=True, metavar="run|check")
    runner = commands.add_parser("run", help="run notebooks and write them with their outputs")
    runner.add_argument("names", nargs="+", metavar="NOTEBOOK", help="a name as in notebooks/, or a path")
    runner.add_argument(
        *("-p", "--parameter"), nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help="a parameter other than its default; the run is then written to build/runs/",
    )  # fmt: skip
    runner.add_argument("--output-dir", type=Path, metavar="DIR", help="write here, and leave the committed pair alone")
    runner.set_defaults(do=_do_run)
    checker = commands.add_parser("check", help="tell which .ipynb are out of step with their .py")
    checker.set_defaults(do=_do_check)
    return parser


def _do_run(arguments: Namespace) -> None:
    yaml = pairs.tool("yaml")
    given = {}
    for name, text in arguments.parameter:
        try:
            given[name] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise InputError(f"parameter {name!r}: not a YAML value: {text}") from None
    run([find_source(name) for name in arguments.names], given, arguments.output_dir)


def _do_check(arguments: Namespace) -> None:
    sources = sorted({path.with_suffix(".py") for path in NOTEBOOKS.glob("*") if path.suffix in (".py", ".ipynb")})
    if not sources:
        raise InputError(f"{NOTEBOOKS.name}/: no notebooks here; expected pairs of X.py and X.ipynb")
    findings = [(source.stem, finding) for source in sources for finding in pairs.check(source)]
    for name, finding in findings:
        print(f"{NOTEBOOKS.name}/{name}: {finding}", file=sys.stderr)
    if findings:
        names = " ".join(dict.fromkeys(name for name, _ in findings))
        sys.exit(f"out of step: edit the .py only, then python -m lib.run.notebook run {names}")
    print(f"{len(sources)} of {len(sources)} notebooks in step with their sources")


if __name__ == "__main__":
    run_cli(main)
