"""The course's exercises: every starter gets a hint, every solution is right, and no check raises."""

import contextlib
import io
import os
import re
import subprocess
import sys
from functools import cache

import pytest

from lib import exercises
from lib.errors import InputError
from lib.files import ROOT
from lib.run.notebook import read_source

TEACHING = ROOT / "teaching"
HEAD = re.compile(r"### (\d\d\.\d) · (.+)")
KIND = re.compile(r"\*\d+ minutes · (easy|medium|hard) · after section \d(\.\d+)?( · build)?\*")
FOLDED = re.compile(r"<details><summary>(Hint \d)</summary>\n\n.+?\n\n</details>", re.DOTALL)
JUNK = [None, 3, -0.5, float("nan"), "text", "", b"x", True, [], {}, (), set(), [None, {}], {"a": ...}, object(), [[]]]


@cache
def cells(kind, chapter):
    """The cells before the first exercise, and for each exercise its head's cell and the cells below."""
    top, found = [], {}
    for cell in read_source(TEACHING / kind / f"{chapter}.py").cells:
        if head := HEAD.match(cell.source):
            found[head[1]] = [cell]
        else:
            (list(found.values())[-1] if found else top).append(cell)
    return top, found


CHAPTERS = sorted(path.stem for path in (TEACHING / "exercises").glob("*.py"))
NUMBERS = [number for chapter in CHAPTERS for number in cells("exercises", chapter)[1]]


@cache
def ran(kind, chapter):
    """number -> (what check returned, what was printed) of a whole file, run from its top; an error ends it."""
    told, printed, check = {}, io.StringIO(), exercises.check

    def noted(number, answer):
        begun = len(printed.getvalue())
        told[number] = (check(number, answer), printed.getvalue()[begun:])
        return told[number][0]

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(exercises, "check", noted)
        path = TEACHING / kind / f"{chapter}.py"
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), {"__name__": "course"})
    return told


@pytest.mark.parametrize("number", NUMBERS)
def test_the_starter_gets_a_hint(number):
    right, printed = ran("exercises", number[:2])[number]
    assert right is False and re.fullmatch(rf"{number}: not yet\. \S.*\n", printed), printed


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_is_right(number):
    assert ran("solutions", number[:2])[number] == (True, f"{number}: right.\n")


@pytest.mark.parametrize("number", NUMBERS)
def test_no_check_raises_whatever_the_answer_is(number):
    judge = exercises.find(number)
    for junk in JUNK:
        hint = judge(junk)
        assert isinstance(hint, str) and hint, (junk, hint)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("returned", [None, ..., 0, "text", [], {"a": 1}], ids=repr)
def test_a_function_that_returns_junk_gets_a_hint(number, returned, capsys):
    assert exercises.check(number, lambda *given, **named: returned) is False
    assert re.fullmatch(rf"{number}: not yet\. \S.*\n", capsys.readouterr().out)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_exercise_has_the_form_of_all(number):
    head, starter = cells("exercises", number[:2])[1][number]
    title, kind, rest = head.source.split("\n", 2)
    assert KIND.fullmatch(kind), kind
    hints = FOLDED.findall(rest)
    assert hints == [f"Hint {i + 1}" for i in range(len(hints))] and 1 <= len(hints) <= 3
    assert rest.count("<details>") == len(hints)
    assert starter.metadata.get("tags") == ["starter"] and starter.source.endswith(
        f'check("{number}", {last(starter)})'
    )
    solution = cells("solutions", number[:2])[1][number]
    assert solution[0].source.split("\n")[0] == title
    assert solution[-1].source.endswith(f'check("{number}", {last(starter)})')
    assert len(solution) == 2 and starter.source not in solution[1].source


def last(cell):
    """The name that a cell gives to `check` in its last line."""
    return re.search(r", (\w+)\)$", cell.source)[1]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_solutions_and_checks_are_of_the_same_numbers(chapter):
    numbers = [number for number in NUMBERS if number[:2] == chapter]
    assert numbers == [f"{chapter}.{i + 1}" for i in range(len(numbers))] and numbers
    assert list(cells("solutions", chapter)[1]) == numbers
    assert sorted(number for number in exercises.CHECKS if number[:2] == chapter) in (numbers, [])
    assert exercises.find(numbers[0]) and [n for n in exercises.CHECKS if n[:2] == chapter] == numbers


# --- check itself -------------------------------------------------------------------------------------------


@pytest.fixture
def made_up(monkeypatch):
    """An exercise whose answer is a function: twice the number; None for none."""

    def judge(answer):
        if not callable(answer):
            return "Expected a function."
        return None if [answer(1), answer(None)] == [2, None] else f"1: not {answer(1)}."

    monkeypatch.setattr(exercises, "CHECKS", {})
    exercises.exercise("99.1")(judge)


def test_what_check_says(made_up, capsys):
    assert exercises.check("99.1", lambda x: x and 2 * x)
    assert not exercises.check("99.1", lambda x: 7)
    assert not exercises.check("99.1", 2)
    said = "99.1: right.\n99.1: not yet. 1: not 7.\n99.1: not yet. Expected a function.\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("answer", [..., lambda x: ..., lambda x: None])
def test_dots_and_nothing_are_told(made_up, capsys, answer):
    assert not exercises.check("99.1", answer)
    assert "put your answer in place of the dots" in capsys.readouterr().out


def test_an_exception_of_the_answer_is_one_line(made_up, capsys):
    def answer(x):
        raise ValueError("two\nlines")

    assert not exercises.check("99.1", answer)
    assert capsys.readouterr().out == "99.1: not yet. Your answer ends with ValueError: two lines\n"


@pytest.mark.parametrize("number", ["98.1", "00.9", "", "../x", 4, None])
def test_an_unknown_number_is_told_in_one_line(number):
    with pytest.raises(InputError, match="there is none; expected the number at its head") as error:
        exercises.check(number, 1)
    assert "\n" not in str(error.value)


def test_check_finds_the_checks_from_any_folder_and_loads_no_torch(tmp_path):
    (tmp_path / "lib").symlink_to(ROOT / "lib")  # as if installed: teaching/ is not
    code = "import sys; from lib.exercises import check; check('00.1', ...); print('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert re.fullmatch(r"00\.1: not yet\. .+\nFalse\n", done.stdout), done.stderr
