"""Copies of the notebooks for a course, in build/: `python -m teaching.copies student`, or `instructor`.

student      without outputs; the chapter's exercises as the last section; nothing that gives a solution away
instructor   with outputs and exercises, and each solution, not run, below its exercise

The same sources give the same bytes. The copies run where they lie: lib/ is installed (or named by `make lab`), and
finds the repository; lib.exercises finds teaching/ there.
"""

import re
from pathlib import Path

import nbformat

from lib.errors import InputError, run_cli
from lib.files import BUILD, ROOT, write_text
from lib.run import notebook

KINDS = ("student", "instructor")
NOTEBOOKS = ROOT / "notebooks"
_STAMP = ".written"  # how old an untouched copy may be
_EXERCISE = re.compile(r"### (\d\d\.\d) · ")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_FOLDED = re.compile(r"\n*<details>.*?</details>", re.DOTALL)

Cells = list[nbformat.NotebookNode]


def build(kind: str, folder: Path) -> list[Path]:
    """Write the copies of one kind to a folder. InputError where one that is there was changed since."""
    if kind not in KINDS:
        raise InputError(f"{kind!r}: expected one of {', '.join(KINDS)}")
    _clear(folder)
    written = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        cells = without_solutions(book.cells) if kind == "student" else book.cells
        book.cells = [*cells, *exercises(path.stem[:2], kind == "instructor")]
        for cell in book.cells:
            if cell.cell_type == "markdown":  # two folders down, not one
                cell.source = cell.source.replace("](../", "](../../")
            elif kind == "student":
                cell.outputs, cell.execution_count = [], None
        written.append(folder / path.name)
        write_text(written[-1], nbformat.writes(notebook.scrub(book)) + "\n")
    write_text(folder / _STAMP, "")
    return written


def _clear(folder: Path) -> None:
    """Remove the copies that were written before; not the work of somebody who has saved one since."""
    stamp, copies = folder / _STAMP, sorted(folder.glob("*.ipynb"))
    for path in copies:
        if not stamp.exists() or path.stat().st_mtime > stamp.stat().st_mtime:
            raise InputError(f"{path}: expected the copy that was made, found one that was saved since; move it away")
    for path in copies:
        path.unlink()


def without_solutions(cells: Cells) -> Cells:
    """A notebook's cells; of "Your turn" without what is folded, and without guards, which hold solutions, too."""
    kept, inside = [], False
    for cell in cells:
        if heads := _SECTION.findall(cell.source) if cell.cell_type == "markdown" else []:
            inside = heads[-1].endswith("Your turn")
        if inside and cell.cell_type == "markdown":
            cell.source = _FOLDED.sub("", cell.source).strip()
        if cell.source and not (inside and "guard" in cell.metadata.get("tags", [])):
            kept.append(cell)
    return kept


def exercises(chapter: str, solved: bool = False) -> Cells:
    """The cells of a chapter's exercises, as a section; solved: each followed by its solution."""
    if not (ROOT / f"teaching/exercises/{chapter}.py").exists():
        return []
    tasks = _by_number("exercises", chapter)
    solutions = _by_number("solutions", chapter) if solved else {}
    for part in solutions.values():
        part[0].source = part[0].source.replace("### ", "#### Solution of ", 1)
        for cell in part:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "solution"]
    tasks[""][0].source = re.sub(r"^# .+", "## Exercises", tasks[""][0].source)
    solutions[""] = solutions.get("", [])[1:]  # what they import; their title is that of the exercises
    return [cell for number, part in tasks.items() for cell in (*part, *solutions.get(number, []))]


def _by_number(kind: str, chapter: str) -> dict[str, Cells]:
    """The cells of each exercise, or solution, by its number; under "" those before the first."""
    found = {"": []}
    for cell in notebook.read_source(ROOT / f"teaching/{kind}/{chapter}.py").cells:
        head = _EXERCISE.match(cell.source)
        found.setdefault(head[1] if head else list(found)[-1], []).append(cell)
    return found


def main(argv: list[str]) -> None:
    """KIND, as above."""
    if len(argv) != 1:
        raise InputError(f"expected one of {', '.join(KINDS)}, found {len(argv)} arguments")
    written = build(argv[0], BUILD / argv[0])
    print(f"{len(written)} notebooks in build/{argv[0]}: make lab opens them there")


if __name__ == "__main__":
    run_cli(main)
