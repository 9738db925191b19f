"""What a reader of the committed notebooks meets: their form, their words, and no number that cannot be."""

import ast
import json
import re
from pathlib import Path

import pytest

from lib.files import ROOT
from tests import bench_training

NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.py"))
KEYS = re.compile(r"\b(cotemp|vanilla|posthoc|smollm2-135m|r1-cut|correct-padded|incorrect-(?:class|facts))\b")
ODD = re.compile(r"\bnan\b|\binf\b|\b1 of 1\b|\b0 of 0\b|[+-]nan|\bp(?: =|:)? ?[1-9]\d*\.\d", re.IGNORECASE)


def cells(path: Path) -> list[dict]:
    return json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]


def shown(path: Path, files: bool = True) -> str:
    """All text that a notebook's outputs show, without markup; cells tagged "file" show what a reader's file holds."""
    texts = []
    for cell in cells(path):
        if not files and "file" in cell["metadata"].get("tags", []):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append("".join(output.get("text", "")))
            texts.append(
                "".join(data.get("text/markdown", "")) + re.sub(r"<[^>]+>", " ", "".join(data.get("text/html", "")))
            )
    return "\n".join(texts)


def prose(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "markdown")


def code(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_shows_no_key_and_no_number_that_cannot_be(path):
    text = shown(path, files=False)
    assert not ODD.search(text), ODD.search(text)
    assert not KEYS.search(re.sub(r"\S+\.(?:csv|json|jsonl|py)\b|build/\S+", "", text)), KEYS.search(text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_its_head_its_foot_and_answers_its_predictions(path):
    words = prose(path)
    for part in ("You will be able to", "minutes", "In short.", "Your turn"):
        assert part in words, part
    asked = sum("my_guess =" in cell for cell in code(path))
    assert asked and shown(path).count("your guess") >= asked


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_conclusions_are_markdown_held_by_guards(path):
    guards = [c for c in cells(path) if "guard" in c["metadata"].get("tags", [])]
    assert guards and all("assert" in "".join(c["source"]) for c in guards)
    written, made = len(prose(path).split()), 0
    for cell in cells(path):
        for output in cell.get("outputs", []):
            made += len("".join(output.get("data", {}).get("text/markdown", "")).split())
    assert made < 0.1 * written + 200  # the answer's table, in two notebooks
    for cell in code(path):
        for node in ast.walk(ast.parse(cell)):
            if isinstance(node, ast.JoinedStr):
                assert node.end_lineno - node.lineno < 2, ast.unparse(node)[:80]


def test_the_analysis_is_in_the_notebooks():
    imports = "\n".join(cell for path in NOTEBOOKS for cell in code(path))
    for library in ("import seaborn", "import pingouin", "import matplotlib", "import pandas"):
        assert library in imports, library


@pytest.mark.parametrize("name", ["training", "training-zen4"])
def test_the_readmes_tables_of_speed_are_their_data(name):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.search(f"<!-- bench-{name} -->\n(.*?)\n<!-- /bench-{name} -->", readme, re.DOTALL)[1]
    data = json.loads((ROOT / "data" / f"bench_{name.replace('-', '_')}.json").read_text(encoding="utf-8"))
    assert table == bench_training.as_markdown(data)


@pytest.mark.parametrize("page", ["README.md", "DIFFERENCES.md", "lib/README.md"])
def test_every_file_that_a_page_names_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    base = r"(?:lib|tests|data|notebooks|figures)/[\w./-]*\w"
    missing = {name for name in re.findall(rf"(?<![\w/.]){base}", text) if not (ROOT / name).exists()}
    assert not missing


def test_what_the_map_of_lib_names_is_there():
    rows = re.findall(
        r"^\| [^|]+ \| `([\w/]+\.py)`(?:, `([\w.]+)`)? \|$", (ROOT / "lib/README.md").read_text(), re.MULTILINE
    )
    assert len(rows) >= 11
    for file, name in rows:
        assert name.rpartition(".")[2] in (ROOT / "lib" / file).read_text(encoding="utf-8"), (file, name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_computation_stands_in_a_cell_of_at_most_25_lines(path):
    exempt = ("plt.subplots", "needs the project's environment")  # what draws, and what imports
    for cell in cells(path):
        source, guard = "".join(cell["source"]), "guard" in cell["metadata"].get("tags", [])
        lines = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
        if cell["cell_type"] == "code" and not guard and not any(words in source for words in exempt):
            assert len(lines) <= 25, lines[0]
