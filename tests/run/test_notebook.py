"""The runner refuses what papermill lets pass; pairs are in step; every notebook runs headless."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lib import figures
from lib.errors import InputError, run_cli
from lib.files import ROOT
from lib.run import __main__ as front
from lib.run import cells, records, train_cell
from lib.run import notebook as notebooks

SOURCES = sorted(notebooks.NOTEBOOKS.glob("*.py"))

PARAMETERS = '# %% tags=["parameters"]\nseed = 0\narm = "a=b"  # an equals sign\nrate = 0.1\nflag = False\n\n'

# Everything that differs from run to run or between machines, in one notebook.
RESTLESS = (
    "# %% [markdown]\n# # A title\n\n"
    + PARAMETERS
    + """# %%
import os, sys, warnings
import matplotlib.pyplot as plt
import lib.study
from tqdm import tqdm

for _ in tqdm(range(3)):
    print("to stderr", file=sys.stderr)
    print("to stdout", hash("a string"))
warnings.warn("a warning stays")

# %%
print(os.getcwd(), lib.study.__file__, os.path.expanduser("~/somewhere"), plt.__file__, os.__file__)
object()

# %%
figure, axes = plt.subplots(figsize=(2, 1))
axes.plot([seed, 1])

# %%
figure, axes = plt.subplots(figsize=(2, 1))
axes.plot([seed, 1])
"""
)


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runner's build folder, moved out of the repository."""
    monkeypatch.setattr(notebooks, "BUILD", tmp_path / "build")
    return tmp_path / "build"


@pytest.fixture(scope="module")
def restless(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """RESTLESS run once: its source, dated long ago, its pair, the build folder."""
    folder = tmp_path_factory.mktemp("restless")
    source = folder / "restless.py"
    source.write_text(RESTLESS)
    os.utime(source, (1_000_000_000, 1_000_000_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebooks, "BUILD", folder / "build")
        (pair,) = notebooks.run([source])
    return {"source": source, "pair": pair, "build": folder / "build"}


def write(folder: Path, text: str) -> Path:
    source = folder / "tiny.py"
    source.write_text(text)
    return source


def command(*arguments: str | Path) -> int:
    """The exit code of the command line; what `sys.exit(text)` would print counts as 1, and is printed."""
    try:
        run_cli(front.main, ["notebook", *map(str, arguments)])
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return 1 if isinstance(end.code, str) else end.code
    return 0


@pytest.mark.slow
def test_another_run_gives_the_same_bytes(restless):
    first = restless["pair"].read_bytes()
    assert notebooks.run([restless["source"]])[0].read_bytes() == first


def test_a_run_leaves_the_source_alone_and_its_pair_is_in_step_numbered_and_scrubbed(restless):
    source, text = restless["source"], restless["pair"].read_text()
    stamp = restless["build"] / "stamps" / "restless"
    assert (source.read_text(), source.stat().st_mtime) == (RESTLESS, 1_000_000_000)
    assert 1_000_000_000 < stamp.stat().st_mtime < restless["pair"].stat().st_mtime  # dated at the start
    assert notebooks.check(source) == []
    cells = json.loads(text)["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"] == [1, 2, 3, 4, 5]
    assert len({cell["id"] for cell in cells}) == len(cells), "equal cells need ids of their own"
    for trace in ("papermill", "injected", "iopub", str(ROOT), str(Path.home()), sys.prefix, "ipykernel_"):
        assert trace not in text, trace


def test_a_pair_holds_what_the_cells_said(restless):
    outputs = json_outputs(restless["pair"])
    streams = [(output["name"], output["text"]) for output in outputs if output["output_type"] == "stream"]
    assert [name for name, _ in streams] == ["stdout", "stderr", "stdout"]
    assert streams[0][1].startswith("to stdout")
    assert streams[1][1].startswith("to stderr\nto stderr\nto stderr\n<cell>:9: UserWarning: a warning stays\n")
    assert ". ./lib/study.py ~/somewhere site-packages/matplotlib/pyplot.py python/os.py" in streams[2][1]
    assert sum("image/png" in str(output) for output in outputs) == 2


def test_other_parameters_leave_the_pair_alone(tmp_path, build, capfd):
    source = write(tmp_path, PARAMETERS + "# %%\nprint(seed, arm, rate, flag)\n")
    given = ("-p", "seed", "7", "-p", "arm", '"3"', "-p", "rate", "1e-5", "-p", "flag", "true")
    assert command(source, *given) == 0
    (result,) = (build / "runs").iterdir()
    assert re.fullmatch(r"tiny\.[0-9a-f]{8}\.ipynb", result.name)
    assert json_outputs(result)[0]["text"] == "7 3 1e-05 True\n"
    assert not source.with_suffix(".ipynb").exists()
    assert not (build / "stamps").exists()
    out, err = capfd.readouterr()
    assert re.fullmatch(r"tiny …\ntiny … \d+\.\d s\n", out)
    assert err == "", "no chatter of kernel, papermill or jupytext"


def test_parameters_equal_to_the_defaults_are_none():
    defaults = {"seed": 0, "rate": 0.1, "any": None}
    assert notebooks.choose_parameters({"seed": 0, "rate": 0.1, "any": None}, defaults, "x") == {}
    assert notebooks.choose_parameters({"rate": 1}, defaults, "x") == {"rate": 1.0}


def json_outputs(path: Path) -> list[dict]:
    cells = nbformat.read(path, as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", [])]


BAD_INPUT = [
    (PARAMETERS, ["-p", "sed", "1"], "tiny: unknown parameter 'sed'; expected one of: seed, arm, rate, flag"),
    (PARAMETERS, ["-p", "seed", "true"], "'seed': expected int, like its default 0; found bool True"),
    (PARAMETERS, ["-p", "arm", "3"], "'arm': expected str, like its default 'a=b'; found int 3; to give it as text"),
    (PARAMETERS, ["-p", "rate", "fast"], "'rate': expected float, like its default 0.1; found str 'fast'"),
    (PARAMETERS, ["-p", "arm", "[x"], "parameter 'arm': not a YAML value: [x"),
    (PARAMETERS, ["-p", "arm"], "expected 2 arguments; see python -m lib.run notebook --help"),
    *((PARAMETERS * n, [], f'expected one code cell headed # %% tags=["parameters"], found {n}') for n in (0, 2)),
    *(
        (f'# %% tags=["parameters"]\n{line}\n', [], "may hold lines of NAME = literal and nothing else")
        for line in ("seed = 1 + one()", "import os", "a, b = 1, 2", "%matplotlib inline")
    ),
]


@pytest.mark.parametrize(("text", "arguments", "message"), BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys, text, arguments, message):
    source = write(tmp_path, text + "# %%\nprint(1)\n")
    assert command(source, *arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert (out, err.count("\n")) == ("", 1)
    assert not source.with_suffix(".ipynb").exists()


def test_all_input_is_looked_at_before_anything_runs(tmp_path, capsys):
    good = write(tmp_path, PARAMETERS + "# %%\nprint(1)\n")
    (tmp_path / "bad.py").write_text("# %%\nprint(1)\n")
    with pytest.raises(InputError, match="bad: expected one code cell"):
        notebooks.run([good, tmp_path / "bad.py"])
    assert command(good, "99_nowhere") == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: 99_nowhere: no such notebook; expected a path or one of: ")
    assert all(source.stem in err for source in SOURCES)


FAILURES = {
    "import sys; sys.exit(0)": "tiny, code cell 3: ended early, and the rest did not run (sys.exit?)",
    "quit()": "tiny, code cell 3: ended early (quit or exit was called)",
    'raise ValueError("two\\nlines")': "tiny, code cell 3: ValueError: two lines (traceback: ",
    "import os; os._exit(1)": "tiny, code cell 3: the kernel died, most often for want of memory",
}


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "message"), FAILURES.items())
def test_unfinished_notebook_is_exit_code_1(tmp_path, build, capfd, cell, message):
    source = write(tmp_path, PARAMETERS + f"# %%\nprint(seed)\n\n# %%\n{cell}\n\n# %%\nprint('end')\n")
    pair = source.with_suffix(".ipynb")
    pair.write_text("as it was")
    given = ["-p", "seed", "2"] if "traceback" in message else []  # the cell that papermill adds is not counted
    assert command(source, *given) == 1
    # ZeroMQ may add a line of its own ("Assertion failed: … signaler.cpp") where a kernel dies.
    err = [line for line in capfd.readouterr().err.splitlines() if "signaler.cpp" not in line]
    assert len(err) == 1 and message in err[0]
    assert pair.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "tiny.ipynb", "tiny.py"]
    assert not (build / "stamps").exists()
    if "traceback" in message:
        assert 'raise ValueError("two\\nlines")' in (build / "logs" / "tiny.log").read_text()


ERROR = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
OUT_OF_STEP = {
    "an edited cell": (lambda nb: nb.cells[2].update(source="print(2)"), ["the cells of .py and .ipynb differ"]),
    "a cell not run": (lambda nb: nb.cells[-1].update(execution_count=None), ["not every code cell has run"]),
    "cells in another order": (lambda nb: nb.cells[-1].update(execution_count=9), ["not every code cell has run"]),
    "an error": (lambda nb: nb.cells[-1].update(outputs=[ERROR]), ["not every code cell has run"]),
    "a path": (
        lambda nb: nb.cells[-2].outputs[-1].update(data={"text/plain": "in /home/someone/x.py"}),
        ["it holds an absolute path: /home/someone/x.py"],
    ),
    "papermill's metadata": (lambda nb: nb.metadata.update(papermill={}), ["it holds metadata"]),
    "timing": (lambda nb: nb.cells[0].metadata.update(execution={"x": "2026"}), ["it holds metadata"]),
    "random ids": (lambda nb: nb.cells[0].update(id="0123abcd"), ["it holds metadata"]),
    "no tag": (
        lambda nb: nb.cells[1].metadata.pop("tags"),
        ["the cells of .py and .ipynb differ", "0 cells are tagged 'parameters', expected 1"],
    ),
}


@pytest.mark.parametrize("case", OUT_OF_STEP)
def test_check_names_what_is_out_of_step(tmp_path, restless, case):
    source = write(tmp_path, RESTLESS)
    pair = source.with_suffix(".ipynb")
    pair.write_bytes(restless["pair"].read_bytes())
    how, expected = OUT_OF_STEP[case]
    notebook = nbformat.read(pair, as_version=4)
    how(notebook)
    nbformat.write(notebook, pair)
    findings = notebooks.check(source)
    assert len(findings) == len(expected)
    assert all(finding.startswith(start) for finding, start in zip(findings, expected, strict=True))


@pytest.mark.parametrize("text", ["https://x.org/home/a/b", "either/or", "<td></td></tr>", "~/a/b", "./a/b", "1/2/3"])
def test_what_is_no_absolute_path(text):
    assert notebooks.ABSOLUTE_PATH.search(text) is None


def test_check_command_names_pairs_and_remedy(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    write(tmp_path, PARAMETERS)
    (tmp_path / "orphan.ipynb").write_text("{}")
    (tmp_path / "broken.py").write_text(PARAMETERS)
    (tmp_path / "broken.ipynb").write_text("{")
    assert command("--check") == 1
    lines = capsys.readouterr().err.splitlines()
    folder = tmp_path.name
    assert lines[:3] == [
        f"{folder}/broken: broken.ipynb is not a notebook",
        f"{folder}/orphan: there is no orphan.py beside it",
        f"{folder}/tiny: there is no tiny.ipynb beside it",
    ]
    assert lines[3].endswith("python -m lib.run notebook broken orphan tiny")


def test_committed_pairs_are_in_step_and_show_no_warning(capsys):
    assert command("--check") == 0, capsys.readouterr().err
    noisy = [s.stem for s in SOURCES for o in json_outputs(s.with_suffix(".ipynb")) if o.get("name") == "stderr"]
    assert noisy == []


# What a notebook runs with here, where its own defaults would take minutes.
CI_SIZE = {
    "02_traces": {"n_problems": 60},
    "03_distillation": {"student": "tiny", "steps": 8, "n_train": 60, "n_test": 12, "max_new_tokens": 60},
}


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_notebook_runs_headless(source, tmp_path):
    committed = {path.name: path.read_bytes() for path in figures.FOLDER.glob("*.*")}
    (result,) = notebooks.run([source], CI_SIZE.get(source.stem), output_dir=tmp_path)
    assert {path.name: path.read_bytes() for path in figures.FOLDER.glob("*.*")} == committed
    assert notebooks.has_run(nbformat.read(result, as_version=4))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["04_trace_vs_answer", "05_r1_traces", "07_claims"])
def test_notebook_runs_where_no_student_is_trained(name, tmp_path):
    """The smoke profile's cells are not recorded; where someone trained them, they are shown."""
    (result,) = notebooks.run([notebooks.find_source(name)], {"profile": "smoke"}, output_dir=tmp_path)
    assert "rofile smoke" in "".join(str(output) for output in json_outputs(result))


@pytest.mark.slow
def test_what_a_live_run_gave_is_not_what_is_committed(tmp_path, monkeypatch):
    """Another processor's students say other words: figures and numbers come from records and data alone."""

    def run_elsewhere(cell, root=None):
        folder = cells.ROOT / cell.id
        shutil.copytree(records.FOLDER / cell.id, folder)
        (folder / "outputs.json").write_text("{}")
        (folder / "log.jsonl").write_text('{"step": 1, "loss": 9.0, "learning_rate": 1.0, "tokens": 7}\n')
        return records.metrics(folder)

    monkeypatch.setattr(cells, "ROOT", tmp_path / "cells")
    monkeypatch.setattr("lib.files.BUILD", tmp_path / "build")
    monkeypatch.setattr(train_cell, "run", run_elsewhere)
    monkeypatch.setenv(figures.ELSEWHERE, str(tmp_path))
    source = notebooks.find_source("03_distillation")
    text = source.read_text().replace("max_steps=3, batch_size=2", "max_steps=1, batch_size=1")  # losses by hand
    exec(compile(text, source.name, "exec"), {"__name__": source.stem})
    for file in ("03_curve.csv", "03_distillation.json"):
        assert (tmp_path / file).read_bytes() == (figures.FOLDER / file).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["nbconvert", "papermill"])
def test_a_notebook_runs_wherever_it_is_opened(tool, tmp_path):
    """In the environment that make sets up, which finds lib/ from any folder."""
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    bare["JUPYTER_PREFER_ENV_PATH"] = "1"
    found = subprocess.run([sys.executable, "-P", "-c", "import lib.files"], cwd="/", env=bare, capture_output=True)
    if found.returncode:
        pytest.skip("this environment is not the one that make sets up")
    pair, result = notebooks.NOTEBOOKS / "00_start_here.ipynb", tmp_path / "result.ipynb"
    if tool == "nbconvert":
        folder, arguments = pair.parent, ["--to", "notebook", "--execute", pair.name, "--output", result]
    else:
        folder, arguments = tmp_path, [pair, result]
    subprocess.run([sys.executable, "-P", "-m", tool, *arguments], cwd=folder, env=bare, check=True, timeout=120)
    assert notebooks.has_run(nbformat.read(result, as_version=4))
    said, wanted = ([output for output in json_outputs(path) if "text" in output] for path in (result, pair))
    assert said == wanted


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_foreign_environment_is_told_in_one_line(source, tmp_path):
    """No lib/, no pandas: the first cell that imports says what to do."""
    code = [cell.source for cell in notebooks.read_source(source).cells if cell.cell_type == "code"]
    first = next(text for text in code if "import " in text)
    told = subprocess.run([sys.executable, "-I", "-S", "-c", first], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 1
    assert "needs the project's environment; `make lab` opens it there" in told.stderr
    assert told.stderr.count("\n") == 1
