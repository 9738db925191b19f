"""Links to lines of the source: files that a page names, and what a notebook calls, shown as pages of the site."""

import ast
import re
from functools import cache
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

from lib.files import ROOT, write_text

_NAMED = re.compile(r"(?<![\[`\w])`([\w./-]+\.(?:py|md|yml|txt|json|csv))`(?!\])")
_STYLE = (
    ":root{color-scheme:light dark}body{margin:0;font-size:14px}h1{font:600 1rem sans-serif;padding:.6rem 1rem}"
    "td.code{width:100%}.linenos a{color:inherit;text-decoration:none}:target{background:#fd03}"
    "pre{margin:0;padding:0 .6rem}"
)


class Sources:
    """Collects which files are linked to; `write` makes a page of each."""

    def __init__(self):
        self.files: set[str] = set()

    def to(self, file: str, line: int = 0) -> str:
        """The address of a file's page, from a page at the site's root."""
        self.files.add(file)
        return f"source/{file}.html" + (f"#L-{line}" if line else "")

    def link(self, markdown: str) -> str:
        """Markdown in which each file that is named as `lib/x.py`, and is in the repository, is a link to its page."""
        return _NAMED.sub(self._linked, markdown)

    def _linked(self, found: re.Match) -> str:
        path = (ROOT / found[1]).resolve()
        if (
            not path.is_relative_to(ROOT)
            or not path.is_file()
            or path.stat().st_size > 100_000
            or "build" in path.relative_to(ROOT).parts
        ):
            return found[0]
        return f'<a href="{self.to(found[1])}"><code>{found[1]}</code></a>'

    def write(self, folder: Path) -> None:
        """Write source/<file>.html for each file, with an anchor per line."""
        css = [HtmlFormatter(style=style).get_style_defs("pre") for style in ("friendly", "github-dark")]
        style = f"{_STYLE}{css[0]}@media(prefers-color-scheme:dark){{body{{background:#0d1117;color:#ddd}}{css[1]}}}"
        form = HtmlFormatter(linenos="table", lineanchors="L", anchorlinenos=True)
        for file in sorted(self.files):
            up = "../" * (file.count("/") + 1)
            try:
                lexer = get_lexer_for_filename(file)
            except ClassNotFound:
                lexer = TextLexer()
            code = highlight((ROOT / file).read_text(encoding="utf-8"), lexer, form)
            head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{file}</title>'
            head += f'<meta name="viewport" content="width=device-width"><style>{style}</style>'
            title = f'<h1><a href="{up}index.html">Site</a> · {file}</h1>'
            write_text(folder / "source" / f"{file}.html", f"{head}{title}{code}</html>\n")


def called(code: str) -> dict[str, tuple[str, int]]:
    """The functions of lib/ that a notebook's code calls: "figures.save" -> (file, line)."""
    tree, modules, found = ast.parse(code), {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lib":
            for name in node.names:
                if file := _file(f"{node.module}.{name.name}"):
                    modules[name.asname or name.name] = file
                else:
                    found[name.asname or name.name] = _place(_file(node.module), name.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found[f"{node.value.id}.{node.attr}"] = _place(modules[node.value.id], node.attr)
    return {name: place for name, place in sorted(found.items()) if place}


def _file(module: str) -> str | None:
    stem = module.replace(".", "/")
    return next((file for file in (f"{stem}.py", f"{stem}/__init__.py") if (ROOT / file).is_file()), None)


@cache
def _place(file: str, name: str) -> tuple[str, int] | None:
    """Where a module's function or class is written, followed through one that only hands it on."""
    for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return file, node.lineno
        if isinstance(node, ast.ImportFrom) and name in [one.asname or one.name for one in node.names]:
            home = _file(node.module or "")
            return _place(home, name) if home else None
    return None
