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
    """RESTLESS run twice: its source, its pair, the bytes of both runs, the source's state before."""
    folder = tmp_path_factory.mktemp("restless")
    source = folder / "restless.py"
    source.write_text(RESTLESS)
    os.utime(source, (1_000_000_000, 1_000_000_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebooks, "BUILD", folder / "build")
        runs = [notebooks.run([source])[0].read_bytes() for _ in range(2)]
    return {"source": source, "pair": source.with_suffix(".ipynb"), "runs": runs, "build": folder / "build"}


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


def test_two_runs_give_the_same_bytes_and_leave_the_source_alone(restless):
    assert restless["runs"][0] == restless["runs"][1]
    assert restless["source"].read_text() == RESTLESS
    assert restless["source"].stat().st_mtime == 1_000_000_000


def test_pair_is_scrubbed(restless):
    text = restless["runs"][0].decode()
    for trace in ("papermill", "injected", "iopub", str(ROOT), str(Path.home()), sys.prefix, "ipykernel_"):
        assert trace not in text, trace
    lines = "".join(output["text"] for output in json_outputs(restless["pair"]) if output.get("name") == "stdout")
    assert ". ./lib/study.py ~/somewhere site-packages/matplotlib/pyplot.py python/os.py" in lines


def test_pair_holds_what_the_cells_said(restless):
    streams = [output for output in json_outputs(restless["pair"]) if output["output_type"] == "stream"]
    assert [stream["name"] for stream in streams] == ["stdout", "stderr", "stdout"]
    assert streams[0]["text"].startswith("to stdout")
    assert streams[1]["text"].startswith("to stderr\nto stderr\nto stderr\n<cell>:9: UserWarning: a warning stays\n")
    pictures = [output["data"]["image/png"] for output in json_outputs(restless["pair"]) if "image/png" in str(output)]
    assert len(pictures) == 2


def test_pair_is_in_step_and_numbered_and_its_stamp_dated_at_the_start(restless):
    assert notebooks.check(restless["source"]) == []
    cells = json.loads(restless["pair"].read_text())["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"] == [1, 2, 3, 4, 5]
    assert len({cell["id"] for cell in cells}) == len(cells), "equal cells need ids of their own"
    stamp = restless["build"] / "stamps" / "restless"
    assert 1_000_000_000 < stamp.stat().st_mtime < restless["pair"].stat().st_mtime


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


def tagged(line: str) -> str:
    return f'# %% tags=["parameters"]\n{line}\n'


ONE_CELL = 'tiny: expected one code cell headed # %% tags=["parameters"], found '
LITERALS = "may hold lines of NAME = literal and nothing else"
BAD_INPUT = [
    (PARAMETERS, ["-p", "sed", "1"], "tiny: unknown parameter 'sed'; expected one of: seed, arm, rate, flag"),
    (PARAMETERS, ["-p", "seed", "1.5"], "'seed': expected int, like its default 0; found float 1.5"),
    (PARAMETERS, ["-p", "seed", "true"], "'seed': expected int, like its default 0; found bool True"),
    (PARAMETERS, ["-p", "arm", "3"], "'arm': expected str, like its default 'a=b'; found int 3; to give it as text"),
    (PARAMETERS, ["-p", "rate", "fast"], "'rate': expected float, like its default 0.1; found str 'fast'"),
    (PARAMETERS, ["-p", "flag", "1"], "'flag': expected bool, like its default False; found int 1"),
    (PARAMETERS, ["-p", "arm", "[x"], "parameter 'arm': not a YAML value: [x"),
    (PARAMETERS, ["-p", "arm"], "expected 2 arguments; see python -m lib.run notebook --help"),
    ("# %%\nseed = 0\n", [], f"{ONE_CELL}0"),
    (PARAMETERS * 2, [], f"{ONE_CELL}2"),
    *((tagged(line), [], LITERALS) for line in ("seed = 1 + one()", "import os", "a, b = 1, 2", "%matplotlib inline")),
]


@pytest.mark.parametrize(("text", "arguments", "message"), BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys, text, arguments, message):
    source = write(tmp_path, text + "# %%\nprint(1)\n")
    assert command(source, *arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert (out, err.count("\n")) == ("", 1)
    assert not source.with_suffix(".ipynb").exists()


def test_unknown_notebook_names_the_known(capsys):
    assert command("99_nowhere") == 2
    err = capsys.readouterr().err
    assert err.startswith("error: 99_nowhere: no such notebook; expected a path or one of: ")
    assert all(source.stem in err for source in SOURCES)


def test_all_input_is_looked_at_before_anything_runs(tmp_path, capsys):
    good = write(tmp_path, PARAMETERS + "# %%\nprint(1)\n")
    bad = tmp_path / "bad.py"
    bad.write_text("# %%\nprint(1)\n")
    with pytest.raises(InputError, match="bad: expected one code cell"):
        notebooks.run([good, bad])
    assert capsys.readouterr().out == ""


def test_the_front_door_waits_for_nothing_large():
    late = {"papermill", "jupytext", "nbformat", "IPython", "torch", "pandas"}
    code = f"import sys, lib.run.__main__; print({late} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


FAILURES = {
    "import sys; sys.exit(0)": "tiny, code cell 3: ended early, and the rest did not run (sys.exit?)",
    "quit()": "tiny, code cell 3: ended early (quit or exit was called)",
    'raise ValueError("two\\nlines")': "tiny, code cell 3: ValueError: two lines (traceback: ",
    "import os; os._exit(1)": "tiny, code cell 3: the kernel died, most often for want of memory",
}


@pytest.mark.parametrize(("cell", "message"), FAILURES.items())
def test_unfinished_notebook_is_exit_code_1(tmp_path, build, capfd, cell, message):
    source = write(tmp_path, PARAMETERS + f"# %%\nprint(seed)\n\n# %%\n{cell}\n\n# %%\nprint('end')\n")
    pair = source.with_suffix(".ipynb")
    pair.write_text("as it was")
    assert command(source) == 1
    err = capfd.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert pair.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "tiny.ipynb", "tiny.py"]
    assert not (build / "stamps").exists()
    if "traceback" in message:
        assert 'raise ValueError("two\\nlines")' in (build / "logs" / "tiny.log").read_text()
        assert command(source, "-p", "seed", "2") == 1
        assert message in capfd.readouterr().err, "the cell that papermill adds is not counted"


def says(text: str):
    return lambda notebook: notebook.cells[-2].outputs[-1].update(data={"text/plain": text})


OUT_OF_STEP = {
    "an edited cell": (lambda nb: nb.cells[2].update(source="print(2)"), ["the cells of .py and .ipynb differ"]),
    "a cell not run": (lambda nb: nb.cells[-1].update(execution_count=None), ["not every code cell has run"]),
    "cells in another order": (lambda nb: nb.cells[-1].update(execution_count=9), ["not every code cell has run"]),
    "an error": (
        lambda nb: nb.cells[-1].update(outputs=[nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]),
        ["not every code cell has run"],
    ),
    "a path": (says("in /home/someone/project/x.py"), ["it holds an absolute path: /home/someone/project/x.py"]),
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
    pair.write_bytes(restless["runs"][0])
    assert notebooks.check(source) == []
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


def test_committed_pairs_are_in_step(capsys):
    assert command("--check") == 0, capsys.readouterr().err


def test_committed_notebooks_show_no_warning():
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
    text = source.read_text().replace(
        "max_steps=3, batch_size=2", "max_steps=1, batch_size=1"
    )  # losses by hand: enough
    exec(compile(text, source.name, "exec"), {"__name__": source.stem})
    for file in ("03_curve.csv", "03_distillation.json"):
        assert (tmp_path / file).read_bytes() == (figures.FOLDER / file).read_bytes()


def knows_the_project() -> bool:
    """Whether this environment, as the one that make sets up, finds lib/ from any folder."""
    found = subprocess.run([sys.executable, "-P", "-c", "import lib.files"], cwd="/", env=bare(), capture_output=True)
    return found.returncode == 0


def bare() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "JUPYTER_PREFER_ENV_PATH": "1"
    }


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["nbconvert", "papermill"])
def test_a_notebook_runs_wherever_it_is_opened(tool, tmp_path):
    if not knows_the_project():
        pytest.skip("this environment is not the one that make sets up")
    pair, result = notebooks.NOTEBOOKS / "00_start_here.ipynb", tmp_path / "result.ipynb"
    if tool == "nbconvert":
        folder, arguments = pair.parent, ["--to", "notebook", "--execute", pair.name, "--output", result]
    else:
        folder, arguments = tmp_path, [pair, result]
    subprocess.run([sys.executable, "-P", "-m", tool, *arguments], cwd=folder, env=bare(), check=True, timeout=120)
    assert notebooks.has_run(nbformat.read(result, as_version=4))
    assert [output for output in json_outputs(result) if "text" in output] == [
        output for output in json_outputs(pair) if "text" in output
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_foreign_environment_is_told_in_one_line(source, tmp_path):
    """No lib/, no pandas: the first cell that imports says what to do."""
    code = [cell.source for cell in notebooks.read_source(source).cells if cell.cell_type == "code"]
    first = next(text for text in code if "import " in text)
    told = subprocess.run([sys.executable, "-I", "-S", "-c", first], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 1
    assert "needs the project's environment; `make lab` opens it there" in told.stderr
    assert told.stderr.count("\n") == 1
