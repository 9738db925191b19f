"""The lecture's slides: what their tags say, what a slide holds, and how they look in a browser."""

import json
import re
import sys

import pytest

from lib.errors import InputError
from lib.files import ROOT
from teaching import slides
from tests.human_study.test_survey import chromium  # noqa: F401 (a fixture)

FILES = ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "LICENSE")


@pytest.fixture(scope="module")
def reveal(tmp_path_factory):
    """A stand-in for reveal.js, with the files that are taken from it."""
    folder = tmp_path_factory.mktemp("reveal")
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"/* {name} */")
    return folder


@pytest.fixture(scope="module")
def lecture(reveal, tmp_path_factory):
    """The folder of the slides, and the slides."""
    folder = tmp_path_factory.mktemp("slides") / "out"
    return folder, slides.build(folder, reveal)


def notebook(tmp_path, *cells):
    """A notebook of (type, source, tags)."""
    made = [
        {"cell_type": kind, "source": [text], "metadata": {"tags": tags}, "outputs": []} for kind, text, tags in cells
    ]
    path = tmp_path / "00_made_up.ipynb"
    path.write_text(json.dumps({"cells": [{**cell, "outputs": []} for cell in made]}))
    return path


def words(slide):
    """How many words of prose a slide holds, beside its tables, code and outputs."""
    prose = re.findall(r"<div>(.*?)</div>", "".join(slide.parts), re.DOTALL)
    return len(re.sub(r"<[^>]+>", " ", " ".join(prose)).split())


def test_a_lecture_has_about_twenty_slides_of_every_subject_in_order(lecture):
    _, made = lecture
    assert 18 <= len(made) + 1 <= 24
    order = [slide.notebook[:2] for slide in made]
    assert order == sorted(order, key=lambda name: (name == "07", name))
    assert set(order) >= {"00", "03", "04", "05", "06", "07", "08"}


def test_a_slide_has_a_head_something_under_it_and_few_words(lecture):
    _, made = lecture
    for slide in made:
        assert slide.head and any(part.strip() for part in slide.parts), slide.head
        assert words(slide) <= 120, (slide.head, words(slide))


def test_a_figure_names_its_level_of_evidence(lecture):
    _, made = lecture
    drawn = [slide for slide in made if slide.figures]
    assert len(drawn) >= 6
    named = [slide for slide in drawn if slide.level]
    assert {slide.figures[0] for slide in drawn if slide not in named} <= {"02_lengths"}  # its title says "simulated"
    for slide in named:
        data = json.loads((ROOT / f"notebooks/{slide.notebook}.ipynb").read_text(encoding="utf-8"))
        assert f'"{slide.level}"' in "".join("".join(cell["source"]) for cell in data["cells"]), slide.head


def test_tags_of_slides_are_known_ones():
    for path in slides.NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            tags = {tag for tag in cell["metadata"].get("tags", []) if tag.startswith("slide")}
            assert tags <= set(slides.TAGS), (path.stem, tags)
            assert "guard" not in cell["metadata"].get("tags", []) or not tags, path.stem


def test_nothing_is_loaded_that_is_not_there(lecture):
    folder, _ = lecture
    page = (folder / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page)
    assert "reveal/reveal.js" in loaded and all((folder / name).is_file() for name in loaded)
    assert "url(" not in (folder / "slides.css").read_text(encoding="utf-8")
    assert not re.search(r'href="[^"]*\.ipynb', page)


def test_the_same_notebooks_give_the_same_bytes(lecture, reveal, tmp_path):
    slides.build(tmp_path / "again", reveal)
    assert (tmp_path / "again/index.html").read_bytes() == (lecture[0] / "index.html").read_bytes()


def test_code_is_hidden_but_for_one_definition(tmp_path):
    code = "import os\n\n\ndef asked(x):\n    return x\n\n\nprint(asked(1))"
    path = notebook(tmp_path, ("markdown", "## 1. Head\n\nwords", []), ("code", code, ["slide", "slide-code"]))
    (slide,) = slides.read(path)
    shown = re.sub(r"<[^>]+>", "", "".join(slide.parts))
    assert slide.head == "1. Head" and "def asked(x):" in shown and "import os" not in shown and "print" not in shown
    (hidden,) = slides.read(notebook(tmp_path, ("code", code, ["slide"])))
    assert hidden.parts == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("## A\n\nShort.\n\nMore.\n\n## B\n\nNot this.", "Short.\n\nMore."),
        (f"## A\n\nFirst.\n\n- one\n- two\n\n{'x' * slides.LONGEST}", "First.\n\n- one\n- two"),
        (f"## A\n\nFirst.\n\n{'x' * slides.LONGEST}", "First."),
        ("**In short.** All is well.", "All is well."),
    ],
)
def test_markdown_is_cut_to_what_a_slide_holds(source, expected):
    assert slides.brief(source) == expected


def test_links_to_notebooks_are_words_and_others_stay():
    shown = slides.markdown("[4.4](04_trace_vs_answer.ipynb) and [arXiv](https://arxiv.org/abs/2505.13792)")
    assert "4.4 and" in shown and shown.count("<a ") == 1


def test_a_cell_that_adds_to_no_slide_is_told_in_one_line(tmp_path):
    path = notebook(tmp_path, ("markdown", "## A", ["slide-more"]))
    with pytest.raises(InputError, match='00_made_up, cell 0: expected a cell tagged "slide" before it, found none'):
        slides.read(path)


def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sphinx_revealjs", None)
    monkeypatch.setattr(slides.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install -r site\.txt"):
        slides.package()


@pytest.mark.slow
def test_no_slide_overflows_and_nothing_is_asked_of_a_network(tmp_path, chromium):  # noqa: F811
    found = sorted((ROOT / "build/site-venv").glob("lib/python*/site-packages/sphinx_revealjs/_static/revealjs"))
    if not found:
        pytest.skip("reveal.js, of an extra, is not installed: make slides")
    made, told = slides.build(tmp_path / "out", found[0]), []
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: told.append(request.url) if request.url.startswith("http") else None)
    page.goto((tmp_path / "out/index.html").as_uri())
    page.wait_for_function("Reveal.isReady()")
    assert page.evaluate("Reveal.getTotalSlides()") == len(made) + 1
    low = """[...Reveal.getCurrentSlide().children].filter(e => e.tagName != "FOOTER")
             .map(e => [e.offsetTop + e.offsetHeight, e.scrollWidth - e.clientWidth])"""
    for number in range(len(made) + 1):
        page.evaluate(f"Reveal.slide({number})")
        for bottom, over in page.evaluate(low):
            assert bottom <= 690 and over <= 0, (number, bottom, over)
    page.goto((tmp_path / "out/index.html").as_uri() + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == len(made) + 1  # none runs over to a second page
    context.close()
    assert told == []
