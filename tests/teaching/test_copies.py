"""Copies of the notebooks for a class: what students get, what instructors get, and that both run where they lie."""

import os
import re

import nbclient
import nbformat
import pytest

from lib.errors import InputError
from lib.files import ROOT
from teaching import copies
from tests.teaching.test_exercises import NUMBERS, cells

NAMES = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """kind -> name -> notebook."""
    folder = tmp_path_factory.mktemp("copies")
    return {
        kind: {path.name: nbformat.read(path, as_version=4) for path in copies.build(kind, folder / kind)}
        for kind in copies.KINDS
    }


def notebook(name):
    return nbformat.read(ROOT / "notebooks" / name, as_version=4)


def sources(book):
    return [cell.source for cell in book.cells]


def test_every_notebook_is_there_and_valid(made):
    for kind in copies.KINDS:
        assert sorted(made[kind]) == NAMES
        for book in made[kind].values():
            nbformat.validate(book)


def test_a_student_gets_no_outputs_and_an_instructor_those_of_the_notebook(made):
    for name in NAMES:
        student = [cell for cell in made["student"][name].cells if cell.cell_type == "code"]
        assert all(cell.outputs == [] and cell.execution_count is None for cell in student)
        original, copy = notebook(name).cells, made["instructor"][name].cells
        code = [cell for cell in original if cell.cell_type == "code"]
        assert [cell for cell in copy if cell.cell_type == "code"][: len(code)] == code


@pytest.mark.parametrize("number", NUMBERS)
def test_exercises_are_the_last_section_and_each_solution_is_below_its_own(made, number):
    name = next(name for name in NAMES if name.startswith(number[:2]))
    task, solution = (cells(kind, number[:2])[1][number] for kind in ("exercises", "solutions"))
    student, instructor = sources(made["student"][name]), sources(made["instructor"][name])
    at = student.index(task[0].source)
    assert student[at : at + len(task)] == [cell.source for cell in task]
    assert [head[1] for text in student if (head := re.match(r"## (.+)", text))][-1] == "Exercises"
    at = instructor.index(task[-1].source) + 1
    head, *code = instructor[at : at + len(solution)]
    assert head == solution[0].source.replace("### ", "#### Solution of ")
    assert code == [cell.source for cell in solution[1:]]
    assert all(cell.source not in student for cell in solution[1:])


def test_nothing_in_a_student_s_copy_gives_your_turn_away(made):
    for name in NAMES:
        copy = made["student"][name].cells
        starts = [n for n, cell in enumerate(copy) if re.search(r"^## .*Your turn$", cell.source, re.MULTILINE)]
        for cell in copy[starts[0] :] if starts else []:
            if re.match(r"## Exercises", cell.source):
                break
            assert "<details>" not in cell.source and "guard" not in cell.metadata.get("tags", []), name


def test_what_is_folded_goes_and_the_rest_of_your_turn_stays():
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    folded = "<details><summary>Solution</summary>\n\nIt is 42.\n\n</details>"
    guard = {"metadata": {"tags": ["guard"]}}
    book = [
        *(markdown(f"## 1. One\n\n{folded}"), code("assert 1", **guard)),
        *(markdown(f"## 2. Your turn\n\nDo it.\n\n{folded}\n\nNext."), code("mine = 0"), markdown(folded)),
        *(code("assert 42", **guard), markdown("## 3. More"), code("assert 3", **guard)),
    ]
    told = [cell.source for cell in copies.without_solutions(book)]
    yours = ["## 2. Your turn\n\nDo it.\n\nNext.", "mine = 0"]
    assert told == [f"## 1. One\n\n{folded}", "assert 1", *yours, "## 3. More", "assert 3"]


def test_links_lead_from_where_the_copies_lie(tmp_path, monkeypatch):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("[a](../teaching/README.md), [b](01.ipynb)")])
    (tmp_path / "notebooks").mkdir()
    nbformat.write(book, tmp_path / "notebooks/zz.ipynb")
    monkeypatch.setattr(copies, "NOTEBOOKS", tmp_path / "notebooks")
    (path,) = copies.build("student", tmp_path / "build/student")
    assert nbformat.read(path, as_version=4).cells[0].source == "[a](../../teaching/README.md), [b](01.ipynb)"


@pytest.mark.parametrize("kind", copies.KINDS)
def test_the_same_sources_give_the_same_bytes(kind, tmp_path):
    first = {path.name: path.read_bytes() for path in copies.build(kind, tmp_path)}
    assert {path.name: path.read_bytes() for path in copies.build(kind, tmp_path)} == first


def test_a_copy_that_somebody_has_saved_is_not_written_over(tmp_path):
    path = copies.build("student", tmp_path)[0]
    path.write_text(path.read_text(encoding="utf-8").replace("my_guess", "guess"), encoding="utf-8")
    os.utime(path, (path.stat().st_mtime + 10,) * 2)
    before = path.read_bytes()
    with pytest.raises(InputError, match="found one that was saved since; move it away"):
        copies.build("student", tmp_path)
    assert path.read_bytes() == before


def test_bad_arguments_are_told_in_one_line(tmp_path):
    with pytest.raises(InputError, match="'pupil': expected one of student, instructor"):
        copies.build("pupil", tmp_path)
    with pytest.raises(InputError, match="expected one of student, instructor, found 0 arguments"):
        copies.main([])


@pytest.mark.slow
@pytest.mark.parametrize("kind", copies.KINDS)
def test_a_copy_runs_where_it_lies(kind, tmp_path, monkeypatch):
    (tmp_path / "path").mkdir()
    (tmp_path / "path/lib").symlink_to(ROOT / "lib")  # as if installed: the repository's root is on no path
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    path = next(path for path in copies.build(kind, tmp_path / "copies") if path.name.startswith("00"))
    book = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(book, resources={"metadata": {"path": str(path.parent)}}, kernel_name="python3").execute()
    told = [output.text for cell in book.cells for output in cell.get("outputs", []) if output.get("name") == "stdout"]
    for number in [number for number in NUMBERS if number.startswith("00")]:
        said = re.findall(rf"^{number}: (\w+)", "\n".join(told), re.MULTILINE)
        assert said == {"student": ["not"], "instructor": ["not", "right"]}[kind]
