"""Slides of one lecture, from cells of the committed notebooks: `python -m teaching.slides FOLDER`. Nothing is run.

A cell's tags say what it gives: "slide" begins a slide, "slide-more" adds to it, "slide-code" shows the first
definition of its code, too; other code is hidden. A slide's head is that of its section. Markdown too long for a slide
gives its first paragraph and the list after it. reveal.js is copied from a package that carries it (site.txt).
"""

import ast
import html
import importlib.util
import json
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from lib.errors import InputError
from lib.files import ROOT, write_text

NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"), key=lambda path: (path.stem[:2] == "07", path.stem))
TAGS = ("slide", "slide-more", "slide-code")
LONGEST = 560  # characters of Markdown that a slide holds
_FIGURE = re.compile(r'figures\.save\(.*?"(\d\d_\w+)"', re.DOTALL)
_LEVEL = re.compile(r'figures\.save\(.*?"((?:reported|re-scored|re-trained|simulated)[^"]*)"', re.DOTALL)
_HEAD = re.compile(r"^#{1,3} (.+)$", re.MULTILINE)
_LEAD = re.compile(r"\*\*([^*]+)\.\*\* ")  # "**In short.** …" is a head, too
_STYLE = HtmlFormatter(style="friendly", nowrap=True)


@dataclass
class Slide:
    """One slide: where it comes from, its head, and its parts as HTML."""

    notebook: str
    head: str
    parts: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    level: str = ""  # of evidence, of a figure: in the picture it is small

    def page(self) -> str:
        body = "\n".join(self.parts)
        level = f" · evidence: {html.escape(self.level)}" if self.level else ""
        foot = f"<footer>notebooks/{self.notebook}.ipynb{level}</footer>"
        return f"<section>\n<h2>{html.escape(self.head)}</h2>\n{body}\n{foot}\n</section>"


def read(path: Path) -> list[Slide]:
    """The slides of a notebook. InputError for a tag that adds to no slide."""
    slides, head = [], ""
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        heads = _HEAD.findall(source) if cell["cell_type"] == "markdown" else []
        tags = cell["metadata"].get("tags", [])
        if "slide" in tags:
            own = _HEAD.match(source) or _LEAD.match(source)
            slides.append(Slide(path.stem, own[1] if own and cell["cell_type"] == "markdown" else head))
        if set(TAGS) & set(tags):
            if not slides:
                raise InputError(f'{path.stem}, cell {number}: expected a cell tagged "slide" before it, found none')
            _add(slides[-1], cell, source, tags)
        head = heads[-1] if heads else head
    return slides


def _add(slide: Slide, cell: dict, source: str, tags: list[str]) -> None:
    if cell["cell_type"] == "markdown":
        slide.parts.append(f"<div>{markdown(brief(source))}</div>")
        return
    if "slide-code" in tags:
        slide.parts.append(f'<pre class="code">{highlight(first_definition(source), PythonLexer(), _STYLE)}</pre>')
    if figure := _FIGURE.search(source):
        slide.figures.append(figure[1])
        slide.level = found[1] if (found := _LEVEL.search(source)) else ""
        slide.parts.append(f'<img src="figures/{figure[1]}.png" alt="{html.escape(slide.head)}">')
    else:
        slide.parts += [shown for output in cell["outputs"] if (shown := _output(output))]


def _output(output: dict) -> str:
    """An output as HTML; a table or a text, as a notebook shows it."""
    data = {kind: "".join(value) for kind, value in output.get("data", {}).items()}
    if "text/html" in data:
        return _sized(data["text/html"])
    if "text/markdown" in data:
        return _sized(markdown(data["text/markdown"]))
    return f"<pre>{html.escape(''.join(output.get('text', '')).strip())}</pre>"


def _sized(table: str) -> str:
    """A table in letters as large as its text leaves room for."""
    words = len(re.sub(r"<[^>]+>", " ", table).split())
    return f'<div class="{"small" if words > 140 else "middle" if words > 60 else "large"}">{table}</div>'


def brief(source: str) -> str:
    """Markdown without its head, up to the next one; if that is too long, its first paragraph and a list after it."""
    source = source[lead.end() :] if (lead := _LEAD.match(source)) else source
    text = next(part.strip() for part in _HEAD.split(source)[::2] if part.strip())
    if len(text) <= LONGEST:
        return text
    first, _, rest = text.partition("\n\n")
    after = rest.partition("\n\n")[0]
    return f"{first}\n\n{after}" if re.match(r"(?:- |1\. )", after) else first


def markdown(text: str) -> str:
    """As HTML; links to other notebooks are words, as no slide leads there."""
    plain = re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", text)
    return MarkdownIt("commonmark").enable("table").render(plain)


def first_definition(code: str) -> str:
    """The first function or class of a cell's code; all of it where there is none."""
    found = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return ast.get_source_segment(code, found[0]) if found else code


def title() -> str:
    """The first slide: the README's title and what it says of the paper."""
    head, paragraph = (ROOT / "README.md").read_text(encoding="utf-8").split("\n\n")[:2]
    return f'<section class="title">\n<h1>{html.escape(head.removeprefix("# "))}</h1>\n{markdown(paragraph)}</section>'


def package() -> Path:
    """The folder of the reveal.js that site.txt's package carries. InputError where it is not installed."""
    spec = importlib.util.find_spec("sphinx_revealjs")
    if spec is None:
        raise InputError("no reveal.js here; expected what site.txt lists: pip install -r site.txt")
    return Path(spec.origin).parent / "_static" / "revealjs"


def build(folder: Path, reveal: Path) -> list[Slide]:
    """Write index.html and what it loads to a folder, anew; returns the slides after the title."""
    slides = [slide for path in NOTEBOOKS for slide in read(path)]
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "figures").mkdir(parents=True)
    for name in [name for slide in slides for name in slide.figures]:
        shutil.copy(ROOT / "figures" / f"{name}.png", folder / "figures")
    for name in ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "LICENSE"):
        target = folder / "reveal" / Path(name).name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(reveal / name, target)
    shutil.copy(ROOT / "teaching" / "slides.css", folder)
    sections = "\n".join([title(), *(slide.page() for slide in slides)])
    write_text(folder / "index.html", _PAGE.format(sections=sections, style=_STYLE.get_style_defs(".code")))
    return slides


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Traces, right or readable? A lecture</title>
<link rel="stylesheet" href="reveal/reset.css">
<link rel="stylesheet" href="reveal/reveal.css">
<link rel="stylesheet" href="slides.css">
<style>{style}</style>
<div class="reveal"><div class="slides">
{sections}
</div></div>
<script src="reveal/reveal.js"></script>
<script>
const look = {{width: 1280, height: 720, margin: 0, center: false, transition: "none"}}
Reveal.initialize({{...look, hash: true, slideNumber: true}})
</script>
</html>
"""

if __name__ == "__main__":
    try:
        made = build(Path(sys.argv[1]), package())
    except InputError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{len(made) + 1} slides: open {sys.argv[1]}/index.html")
