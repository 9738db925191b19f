"""A committed notebook as a chapter of the site: the same words and outputs, the code folded where it only prepares."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from docs.sources import Sources, called
from lib.files import ROOT

PREPARES = ("needs the project's environment", "figures.save(", "plt.subplots(")  # imports, or draws
_EVIDENCE = re.compile(r"(?:\*\*Evidence\.\*\*|Evidence:)\s+(.+?)(?=\n\n|\Z)", re.DOTALL)
_FIGURE = re.compile(r'"(\d\d_\w+)"')
_TERMS = (  # an item of a list, a word in a paragraph
    re.compile(r"^- \*([^*]+)\*: (.+?)(?=\n- |\n\n|\Z)", re.DOTALL | re.MULTILINE),
    re.compile(r"(?<![*\w-])\*([A-Z][^*]*|phi)\*:\s((?:[^.]|\.\d|\.(?=\)))+\.)"),
)
_STEP = re.compile(r"^- \*\*([^*]+ step)\.\*\* (.+?)(?=\n- |\n\n|\Z)", re.DOTALL | re.MULTILINE)
_LEVELS = re.compile(r"re(?:ported|-scored|-trained)|simulated", re.IGNORECASE)


@dataclass(frozen=True)
class Chapter:
    """One notebook: its file's name and its cells."""

    name: str
    notebook: dict

    @classmethod
    def read(cls, path: Path) -> "Chapter":
        return cls(path.stem, json.loads(path.read_text(encoding="utf-8")))

    @property
    def words(self) -> str:
        """All Markdown of the notebook."""
        return "\n\n".join(_source(cell) for cell in self.notebook["cells"] if cell["cell_type"] == "markdown")

    @property
    def code(self) -> str:
        return "\n\n".join(_source(cell) for cell in self.notebook["cells"] if cell["cell_type"] == "code")

    @property
    def title(self) -> str:
        return self.words.partition("\n")[0].removeprefix("# ")

    @property
    def minutes(self) -> str:
        """How long the notebook says that it takes."""
        return re.search(r"\*\*(\w+) minutes", self.words)[1].lower()

    @property
    def goal(self) -> str:
        """What the notebook says that readers will be able to do."""
        found = re.search(r"\*\*You will be able to\*\*(.+?)(?=\*\*|\Z)", self.words, re.DOTALL)[1]
        return re.sub(r"\s*\n\s*(?:- )?", " ", found).strip().rstrip(".")

    @property
    def trains(self) -> bool:
        """Whether it loads torch, to train students: Binder's environment has none."""
        return bool(re.search(r"^import torch$", self.code, re.MULTILINE))

    @property
    def evidence(self) -> str:
        """The level of evidence, in the notebook's own words."""
        return " ".join(_EVIDENCE.search(self.words)[1].split())

    @property
    def levels(self) -> list[str]:
        """The levels that the captions of its tables name, each once."""
        outputs = [o for cell in self.notebook["cells"] for o in cell.get("outputs", [])]
        html = "".join("".join(o.get("data", {}).get("text/html", "")) for o in outputs)
        found = re.findall(r"<i>\(evidence: (.+?)\)</i></caption>", html)
        return list(dict.fromkeys(level.strip() for levels in found for level in re.split(r", (?![^(]*\))", levels)))

    def anchors(self) -> dict[str, str]:
        """Number of a section -> its anchor on the page, as MyST makes them."""
        heads = re.findall(r"^##+ (([\d.]+\d) .+)$", self.words, re.MULTILINE)
        return {number: re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head, number in heads}

    def terms(self) -> list[tuple[str, str]]:
        """(term, meaning) for the words that the notebook's head defines, and for the two steps."""
        head = self.words.partition("\n## ")[0]
        found = [pair for pattern in _TERMS for pair in pattern.findall(head)] + _STEP.findall(self.words)
        return [(term, " ".join(meaning.split())) for term, meaning in found if not _LEVELS.fullmatch(term)]

    def page(self, sources: Sources, repository: str) -> str:
        """The notebook for the site, as JSON."""
        cells = [new for cell in self.notebook["cells"] for new in self._cells(cell, sources)]
        head = cells[0]
        title, _, rest = head["source"].partition("\n")
        head["source"] = f"{title}\n\n{self._margin(repository)}\n{rest}"
        cells = [{"id": f"cell-{n}", **cell} for n, cell in enumerate([*cells, _markdown(self._calls(sources))])]
        return json.dumps({**self.notebook, "cells": cells}, ensure_ascii=False)

    def _cells(self, cell: dict, sources: Sources) -> list[dict]:
        source = _source(cell)
        if cell["cell_type"] == "markdown":
            return [cell | {"source": sources.link(source)}]
        tags = cell["metadata"].get("tags", [])
        if {"parameters", "guard"} & set(tags) or any(mark in source for mark in PREPARES):
            tags = [*tags, "hide-input"]
        cell = cell | {"source": source, "metadata": cell["metadata"] | {"tags": tags}}
        drawn = _FIGURE.findall(source) if "figures.save(" in source else ()
        return [cell, *(_markdown(_files(name)) for name in drawn if (ROOT / "figures" / f"{name}.csv").exists())]

    def _margin(self, repository: str) -> str:
        tables = f"\n\nIts tables: {', '.join(self.levels)}." if self.levels else ""
        run = " · ".join(["`make lab`", *(self.run_links(repository) if repository else ())])
        return f":::{{margin}}\n**Evidence.** {self.evidence}{tables}\n\n**Run it.** {run}, [how](run.md)\n:::\n"

    def run_links(self, repository: str) -> list[str]:
        """Links that open the notebook on Binder, where its environment can run it, and on Colab."""
        path = f"notebooks/{self.name}.ipynb"
        binder = f"[Binder](https://mybinder.org/v2/gh/{repository}/HEAD?labpath={path.replace('/', '%2F')})"
        colab = f"[Colab](https://colab.research.google.com/github/{repository}/blob/HEAD/{path})"
        return [colab] if self.trains else [binder, colab]

    def _calls(self, sources: Sources) -> str:
        links = (
            f'<li><a href="{sources.to(file, line)}"><code>{name}</code></a> {file}, line {line}</li>'
            for name, (file, line) in called(self.code).items()
        )
        whole = f'<li><a href="{sources.to(f"notebooks/{self.name}.py")}">the notebook\'s own source</a></li>'
        summary = "<summary>Source: what this chapter calls, line by line</summary>"
        return f'<details class="calls">{summary}<ul>{whole}{"".join(links)}</ul></details>'


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _markdown(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _files(name: str) -> str:
    kinds = {"CSV of what is drawn": "csv", "PNG": "png", "PDF": "pdf"}
    return ", ".join(f"{{download}}`{what} <figures/{name}.{kind}>`" for what, kind in kinds.items())
