"""The site: its sources, and what Sphinx makes of them, without a network."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from docs import build, chapters
from docs.sources import Sources, called
from lib.errors import InputError
from lib.files import ROOT
from lib.published import reported
from tests.human_study.test_survey import chromium  # noqa: F401 (a fixture)

BOOKS = [chapters.Chapter.read(path) for path in build.NOTEBOOKS]
PYTHON = next((p for p in (ROOT / "build/site-venv/bin/python",) if p.exists()), Path(sys.executable))
LARGEST = 3_000_000  # bytes of a page


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The sources with a repository's address."""
    folder = tmp_path_factory.mktemp("site") / "src"
    build.build(folder, "owner/name")
    return folder


@pytest.fixture(scope="module")
def site(sources):
    """The built site; the time that it took is in `seconds`."""
    own = not PYTHON.is_relative_to(ROOT / "build")
    if own and not all(importlib.util.find_spec(name) for name in ("myst_nb", "sphinx_book_theme", "latex2mathml")):
        pytest.skip("Sphinx, an extra, is not installed: make site, or pip install -r site.txt")
    out, began = sources.parent / "html", time.monotonic()
    options = ["-q", "-W", "--keep-going", "-d", str(sources.parent / "doctrees")]
    environment = {**os.environ, "SITE_REPOSITORY": "owner/name"}
    subprocess.run([PYTHON, "-m", "sphinx", *options, sources, out], check=True, env=environment)
    (out.parent / "seconds").write_text(str(time.monotonic() - began))
    return out


def page_of(sources: Path, book: chapters.Chapter) -> list[dict]:
    return json.loads((sources / f"{book.name}.ipynb").read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_chapter_keeps_its_words_and_outputs_and_gains_a_margin(sources, book):
    cells = page_of(sources, book)
    old = [cell for cell in book.notebook["cells"] if cell["cell_type"] == "code"]
    new = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in new] == [cell["outputs"] for cell in old]
    assert ["".join(cell["source"]) for cell in new] == ["".join(cell["source"]) for cell in old]
    margin = cells[0]["source"].partition(":::{margin}")[2].partition("\n:::\n")[0]
    assert book.evidence in margin and book.evidence in " ".join(book.words.split())
    assert "colab.research.google.com" in margin
    assert ("mybinder.org/v2/gh/owner/name" in margin) != book.trains  # Binder's environment has no torch
    folded = [c for c in new if "hide-input" in c["metadata"].get("tags", [])]
    assert any("from lib import" in c["source"] for c in folded) and len(folded) < len(new)
    assert not any("my_guess =" in c["source"] for c in folded)
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_each_figure_has_its_numbers_beside_it(sources):
    shown = "".join(cell["source"] for book in BOOKS for cell in page_of(sources, book))
    linked = set(re.findall(r"<figures/(\w+)\.csv>", shown))
    drawn = {path.stem for path in (sources / "figures").glob("*.csv")}
    assert linked == drawn & set(re.findall(r'"(\d\d_\w+)"', shown)) and len(linked) > 10


def test_every_claim_has_a_card_and_the_answer_is_the_readmes(sources):
    cards, front = ((sources / name).read_text(encoding="utf-8") for name in ("claims.md", "index.md"))
    for claim in reported.load_claims():
        for part in (claim["claim"], claim["verdict"], claim["number"]):
            assert part in cards and part in front, claim["id"]


def test_the_glossary_has_the_chapters_words():
    terms = build.glossary(BOOKS)
    for term in ("Classification step", "phi", "TOST", "LoRA", "Cronbach's alpha"):
        assert re.search(rf"^{term}\n  \S", terms, re.MULTILINE), term


def test_calls_lead_to_the_lines_of_their_definitions():
    imports = "from lib import figures\nfrom lib.verify import verify\nfrom lib.datasets import babi\n"
    found = called(f"{imports}figures.save(verify)\nbabi.generate")
    for name, (file, line) in found.items():
        text = (ROOT / file).read_text(encoding="utf-8").splitlines()[line - 1]
        assert re.match(rf"(?:def|class) {name.rpartition('.')[2]}\b", text), name
    assert found.keys() == {"figures.save", "verify", "babi.generate"}


def test_only_files_of_the_repository_become_links():
    linked = Sources().link("`lib/files.py`, `build/live.txt`, `no/such.py`, `../x.py`, `/etc/hosts.txt`")
    assert linked.count("<a ") == 1 and 'href="source/lib/files.py.html"' in linked


def test_a_mark_that_stands_for_nothing_is_told_in_one_line():
    with pytest.raises(InputError, match="expected a mark that is one of answer; found 'anser'"):
        build.fill("<!-- anser -->", {"answer": "x"})


def test_without_a_repository_no_host_is_named(tmp_path):
    build.build(tmp_path)
    assert "mybinder" not in "".join(p.read_text(encoding="utf-8") for p in tmp_path.glob("*.*") if p.is_file())


# ---- what Sphinx makes of it


class Page(HTMLParser):
    """What a page refers to: `loads` at once, `links` when followed, and its own anchors."""

    def __init__(self, text: str):
        super().__init__()
        self.loads, self.links, self.anchors = [], [], {""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.anchors |= {told[name] for name in ("id", "name") if told.get(name)}
        self.links += [told["href"]] if tag == "a" and told.get("href") else []
        self.loads += [told[name] for name in ("src", "href", "data", "poster") if tag != "a" and told.get(name)]


@cache
def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_it_is_built_in_a_minute_and_no_page_is_large(site):
    assert float((site.parent / "seconds").read_text()) < 60
    sizes = {path.name: path.stat().st_size for path in site.rglob("*.html")}
    assert len(sizes) > 20 and max(sizes.values()) < LARGEST


def test_nothing_is_loaded_from_another_host(site):
    for path in site.rglob("*.html"):
        assert not [one for one in read(path).loads if re.match(r"(?:\w+:)?//", one)], path.name
    for path in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8")), path.name


def test_links_are_whole(site):
    broken = []
    for path in site.rglob("*.html"):
        for link in read(path).links:
            file, _, anchor = unquote(link).partition("#")
            if re.match(r"\w+:", link) or "explorer" in path.parts:
                continue
            target = (path.parent / file).resolve() if file else path
            if not target.is_file() or (target.suffix == ".html" and anchor and anchor not in read(target).anchors):
                broken.append((path.name, link))
    assert not broken


def test_a_table_that_an_output_writes_in_markdown_is_a_table(site):
    for name in ("00_start_here", "07_claims"):
        assert "| C1 |" not in (site / f"{name}.html").read_text(encoding="utf-8")


def test_formulas_are_drawn_by_the_browser_and_no_words_are_lost(site):
    assert "<math" in (site / "03_distillation.html").read_text(encoding="utf-8")
    for book in BOOKS:
        text = re.sub(r"<[^>]+>", "", (site / f"{book.name}.html").read_text(encoding="utf-8"))
        words = set(re.findall(r"[a-z]{4,}", text.lower()))
        plain = re.sub(r"<[^>]+>|\$\$.*?\$\$|\]\([^)]*\)", " ", book.words, flags=re.DOTALL)
        assert not {word for word in re.findall(r"[a-z]{4,}", plain.lower()) if word not in words}, book.name


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_open_without_a_complaint(site, chromium, width):  # noqa: F811
    context, told = chromium.new_context(viewport={"width": width, "height": 800}), []
    page = context.new_page()
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: told.append(request.url) if request.url.startswith("http") else None)
    for path in [*sorted(site.glob("*.html")), site / "explorer/index.html"]:
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
    page.goto((site / "search.html").as_uri() + "?q=verifier")
    page.wait_for_selector("#search-results li a")
    page.goto((site / "index.html").as_uri())
    page.locator(".theme-switch-button:visible").first.click()
    context.close()
    assert told == []
