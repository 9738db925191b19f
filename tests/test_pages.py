"""What a reader of the committed notebooks meets: their form, their words, and no number that cannot be."""

import ast
import json
import os
import re
from pathlib import Path

import pytest
import yaml

from lib.files import ROOT
from tests import bench, bench_executors, bench_training

PAGES = [
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "DIFFERENCES.md", "lib/README.md"),
    *("docs/performance.md", "docs/run.md", "docs/troubleshooting.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")),
]
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


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def between(page: str, mark: str) -> str:
    return re.search(f"<!-- {mark} -->\n(.*?)\n<!-- /{mark} -->", text_of(page), re.DOTALL)[1]


@pytest.mark.parametrize(
    ("mark", "data", "module"),
    [
        ("verifier", "bench", bench),
        ("training", "bench_training", bench_training),
        ("training-zen4", "bench_training_zen4", bench_training),
        ("executors", "bench_executors", bench_executors),
    ],
)
def test_tables_of_speed_are_their_data(mark, data, module):
    table = module.as_markdown(json.loads(text_of(f"data/{data}.json")))
    assert between("docs/performance.md", f"bench-{mark}") == table


def test_the_readme_is_short_and_its_table_of_speed_is_its_data():
    assert between("README.md", "speed") == bench.summary()
    assert len(text_of("README.md").splitlines()) <= 120


def test_a_measurement_writes_its_data_its_page_and_the_readme(tmp_path, monkeypatch):
    pages = {"PAGE": "docs/performance.md", "README": "README.md"}
    for name, page in pages.items():
        monkeypatch.setattr(bench, name, tmp_path / name)
        (tmp_path / name).write_text(text_of(page), encoding="utf-8")
    monkeypatch.setattr(bench, "DATA", tmp_path)
    for path in (ROOT / "data").glob("bench*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    result = json.loads(text_of("data/bench.json")) | {"times_as_fast": 987}
    bench.write(result, "bench.json", bench.MARKS, bench.as_markdown(result))
    assert json.loads((tmp_path / "bench.json").read_text()) == result
    for name, page in pages.items():
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        [changed] = [new for new, old in zip(lines, text_of(page).splitlines(), strict=True) if new != old]
        assert "**987**" in changed


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_a_page_names_is_there(page):
    """Files and folders ("*" for some of them), links, targets of make, modules that are run."""
    text = text_of(page)
    base = r"(?:lib|tests|data|notebooks|figures|docs|examples)/[\w./*-]*[\w*]"
    named = set(re.findall(rf"(?<![\w/.]){base}", text))
    named |= {os.path.normpath(Path(page).parent / link) for link in re.findall(r"\]\(([\w./-]+)\)", text)}
    assert not {name for name in named if not any(ROOT.glob(name))}
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^|&& |run: )make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for module in re.findall(r"python -m ((?:lib|tests|examples)(?:\.\w+)*)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_the_errors_that_the_page_explains_are_told_in_these_words():
    """Each is, from end to end, one message of the code; the page has "…" or an example for what differs."""
    page = text_of("docs/troubleshooting.md")
    told = [found[2].strip() for found in re.finditer(r"^\*\*(`+)(.+)\1\*\*$", page, re.MULTILINE)]
    messages = [re.escape(line) for line in re.findall(r'error: (.+?)" >&2', text_of("Makefile"))]
    for path in (ROOT / "lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            fixed = [isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts]
            if sum(len(part.value) for part, is_fixed in zip(parts, fixed, strict=True) if is_fixed) > 20:
                pairs = zip(parts, fixed, strict=True)
                messages.append("".join(re.escape(part.value) if is_fixed else ".+" for part, is_fixed in pairs))
    assert len(told) >= 20 and len(set(told)) == len(told)
    assert not [line for line in told if not any(re.fullmatch(message, line) for message in messages)]


def test_issue_forms_have_what_github_asks_of_them():
    forms = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) == 3
    for form in (yaml.safe_load(path.read_text(encoding="utf-8")) for path in forms):
        assert form["name"] and form["description"]
        assert len({part["id"] for part in form["body"]}) == len(form["body"])
        assert all(part["type"] in ("input", "textarea") and part["attributes"]["label"] for part in form["body"])


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
