"""What Sphinx reads: `python -m docs.build FOLDER` writes it from docs/, the committed notebooks, README and data/.

Nothing is run and nothing is fetched. SITE_REPOSITORY=owner/name (of GitHub) adds links to Binder and Colab.
"""

import contextlib
import io
import os
import re
import shutil
import sys
from pathlib import Path

import yaml

from docs import chapters
from docs.explorer import data
from docs.sources import Sources
from lib.errors import InputError
from lib.files import ROOT, write_text
from lib.human_study import survey
from lib.published import reported

HERE = Path(__file__).parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
EXERCISE = re.compile(  # its head, and the line below it
    r"^# ### (?P<number>\d\d\.\d) · (?P<title>.+)\n"
    r"# \*(?P<minutes>\d+) minutes · (?P<level>\w+) · after section (?P<section>[\d.]+)(?P<build> · build)?\*$",
    re.MULTILINE,
)


def build(folder: Path, repository: str = "") -> None:
    """Write all sources of the site to a folder, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    sources = Sources()
    books = [chapters.Chapter.read(path) for path in NOTEBOOKS]
    for book in books:
        write_text(folder / f"{book.name}.ipynb", book.page(sources, repository))
    parts = {
        "answer": _links_to_sections(answer(), books),
        "cards": _links_to_sections(cards(reported.load_claims()), books),
        "chapters": "\n".join(book.name for book in books),
        "goals": goals(books),
        "terms": glossary(books),
        "differences": sources.link(_text("DIFFERENCES.md").partition("\n")[2]),
        "bibtex": bibtex(yaml.safe_load(_text("CITATION.cff"))),
        "hosted": hosted(books, repository),
        "teaching": teaching(books),
        "exercises": exercises(books),
    }
    for page in HERE.glob("*.md"):
        write_text(folder / page.name, sources.link(fill(page.read_text(encoding="utf-8"), parts)))
    shutil.copy(HERE / "conf.py", folder)
    (folder / "_static").mkdir()
    shutil.copy(HERE / "site.css", folder / "_static")
    shutil.copytree(ROOT / "figures", folder / "figures", ignore=shutil.ignore_patterns("*.json"))
    write_text(folder / "extra/explorer/index.html", data.page())
    with contextlib.redirect_stdout(io.StringIO()):  # what it tells its user
        survey.main(["--problems", "2", "--out", str(folder / "extra/survey/index.html")])
    sources.write(folder / "extra")


def fill(page: str, parts: dict[str, str]) -> str:
    """The page with its `<!-- name -->` marks replaced. InputError for a mark that stands for nothing."""
    try:
        return re.sub(r"<!-- (\w+) -->", lambda mark: parts[mark[1]], page)
    except KeyError as error:
        raise InputError(f"docs: expected a mark that is one of {', '.join(parts)}; found {error}") from None


def answer() -> str:
    """The table of the answer in one minute, as README has it."""
    found = re.search(r"<!-- answer -->\n(.*?)\n<!-- /answer -->", _text("README.md"), re.DOTALL)
    if not found:
        raise InputError("README.md: expected a table between <!-- answer --> and <!-- /answer -->, found none")
    return found[1]


def cards(claims: list[dict]) -> str:
    """One card per claim of the abstract: what it says, our verdict, the number, where it is computed."""
    return "\n\n".join(
        f"::::{{container}} card\n**{claim['id']}. {claim['claim']}**\n\n{claim['verdict']}\n\n"
        f"{claim['number']}\n\n[Section {section}](notebooks/{notebook}.ipynb)\n::::"
        for claim in claims
        for notebook, _, section in [claim["where"].partition("#")]
    )


def _links_to_sections(text: str, books: list[chapters.Chapter]) -> str:
    """Links to a notebook whose words end in "4.4" made links to that section of the chapter."""
    anchors = {book.name: book.anchors() for book in books}

    def link(found: re.Match) -> str:
        words, name = found.groups()
        anchor = anchors[name].get(words.split()[-1])
        return f"[{words}]({name}.ipynb{f'#{anchor}' if anchor else ''})"

    return re.sub(r"\[([^\]]+)\]\(notebooks/(\w+)\.ipynb\)", link, text)


def goals(books: list[chapters.Chapter]) -> str:
    """A table of the chapters: minutes, what readers will be able to do, and how often they predict first."""
    rows = [f"| [{book.title}]({book.name}.ipynb) | {book.minutes} | {book.goal} |" for book in books]
    return "\n".join(["| chapter | minutes | after it, you can |", "|---|---|---|", *rows])


def teaching(books: list[chapters.Chapter]) -> str:
    """The plans of teaching/README.md, its links to files of the repository made links to pages."""
    plans = _text("teaching/README.md").partition("\n")[2]
    return _links_to_sections(plans.replace("](../docs/", "](").replace("](../", "]("), books)


def exercises(books: list[chapters.Chapter]) -> str:
    """A table of the exercises, chapter by chapter, from their files; sections are links."""
    rows = ["| exercise | | after section | minutes | |", "|---|---|---|---:|---|"]
    for path in sorted((ROOT / "teaching/exercises").glob("0*.py")):
        book = next(book for book in books if book.name.startswith(path.stem))
        for one in EXERCISE.finditer(path.read_text(encoding="utf-8")):
            kind = f"{one['level']}, something is built" if one["build"] else one["level"]
            anchor = book.anchors().get(one["section"], "")
            where = f"[{one['section']}]({book.name}.ipynb{anchor and '#' + anchor})"
            rows.append(f"| {one['number']} | {one['title']} | {where} | {one['minutes']} | {kind} |")
    return "\n".join(rows)


def glossary(books: list[chapters.Chapter]) -> str:
    """The words that chapters define, each as the first chapter does that defines it."""
    terms: dict[str, str] = {}
    for book in books:
        for term, meaning in book.terms():
            terms.setdefault(term, f"{meaning} ([{book.title.partition(':')[0]}]({book.name}.ipynb))")
    return "\n\n".join(f"{term}\n  {meaning}" for term, meaning in terms.items())


def bibtex(citation: dict) -> str:
    """The paper and this companion as BibTeX, from CITATION.cff."""
    paper = citation["preferred-citation"]
    names = [f"{one['family-names']}, {one['given-names']}" for one in paper["authors"]]
    fields = {"author": " and ".join(names), "title": f"{{{paper['title']}}}", "booktitle": paper["collection-title"]}
    fields |= {"year": paper["year"], "url": paper["url"]}
    ours = {"author": f"{{{citation['authors'][0]['name']}}}", "title": f"{{{citation['title']}}}"}
    ours |= {"note": f"Version {citation['version']}"}
    entries = [("inproceedings", "interpretable-traces", fields), ("software", "trace-companion", ours)]
    told = [
        f"@{kind}{{{key},\n" + ",\n".join(f"  {name} = {{{value}}}" for name, value in values.items()) + "\n}"
        for kind, key, values in entries
    ]
    return "\n\n".join(told)


def hosted(books: list[chapters.Chapter], repository: str) -> str:
    """Where the notebooks run without anything installed; nothing where the repository's address is not known."""
    if not repository:
        return ""
    rows = [f"| {book.title} | {' · '.join(book.run_links(repository))} |" for book in books]
    setup = (
        f"!git clone -q https://github.com/{repository} companion\n%cd companion\n!pip install -q -r requirements.txt"
    )
    words = (
        "## On somebody else's computer\n\n**Binder** sets up an environment without torch, which takes minutes the "
        "first time (`.binder/requirements.txt`), for the chapters that need none. **Colab** opens the notebook alone; "
        "run this in a first cell:\n\n"
    )
    table = "\n".join(["| chapter | open it on |", "|---|---|", *rows])
    return f"{words}```text\n{setup}\n%cd notebooks\n```\n\n{table}"


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]), os.environ.get("SITE_REPOSITORY", ""))
    except InputError as error:
        raise SystemExit(f"error: {error}") from None
