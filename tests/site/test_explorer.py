"""The explorer's data against data/verdicts.csv.gz and the records, and its page in a real browser."""

import json
import re
from collections import Counter
from itertools import product

import numpy as np
import pandas as pd
import pytest

from docs.explorer import data
from lib.datasets import read_outputs
from lib.published import release, verdicts
from lib.run import cells, records
from lib.verify import PROTOCOLS
from tests.human_study.test_survey import chromium, visit  # noqa: F401 (fixtures)

STEPS = {"trace": ("class", "ir"), "class": ("class",), "ir": ("ir",)}
CELLS = [f"{answer}-{step}" for answer in ("right", "wrong") for step in ("right", "wrong", "none")]


@pytest.fixture(scope="module")
def built():
    return data.build()


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "index.html"
    path.write_text(data.page(), encoding="utf-8")
    return path


def runs(built):
    return [(one, run) for one in built["sets"] for run in one["runs"]]


def counted(run, answers: str, steps: str, step: str) -> dict[str, int]:
    """Outputs by cell, read from the flags as the data's description has them."""
    counts = Counter()
    for flags in run["flags"]:
        told = {name: bool(flags >> bit & 1) for bit, name in enumerate(data.FLAGS)}
        right = all(told[f"{part}_{steps}"] for part in STEPS[step])
        second = ("right" if right else "wrong") if told[f"parsed_{steps}"] else "none"
        counts[f"{'right' if told[f'answer_{answers}'] else 'wrong'}-{second}"] += 1
    return {cell: counts[cell] for cell in CELLS}


def choices(run):
    return product(run["answers"], run["steps"] or ["strict"], STEPS)


def test_counts_are_those_of_the_committed_verdicts_for_every_choice(built):
    table, seen = verdicts.load(), 0
    for one, run in runs(built):
        if run["level"] != "re-scored":
            continue
        which = {"dataset": one["dataset"], "student": run["student"], "arm": run["arm"]}
        rows = table[(table[list(which)] == pd.Series(which)).all(axis=1)]
        assert sorted(run["ids"]) == sorted(rows["problem"])
        for answers, steps, step in choices(run):
            answer = rows[f"answer_{answers}"].map({True: "right", False: "wrong"})
            second = rows[f"{step}_{steps}"].map({True: "right", False: "wrong"})
            second = second.where(rows[f"parsed_{steps}"].fillna(False), "none")
            expected = (answer.astype(str) + "-" + second.astype(str)).value_counts()
            assert counted(run, answers, steps, step) == {cell: expected.get(cell, 0) for cell in CELLS}
        seen += len(rows)
    assert seen == len(table) > 0


def test_counts_are_those_of_the_records_for_every_choice(built, monkeypatch, tmp_path):
    """As the notebooks read them: records.verdicts, judged by the verifier as it is now."""
    monkeypatch.setattr(cells, "ROOT", tmp_path)  # what was trained here, but not committed, is not on the site
    keys = ["dataset", "student", "arm", "seed"]
    told = {}
    for profile in cells.profile_names():
        for key, rows in records.verdicts(profile).groupby(keys):
            told[(*key, len(rows))] = rows
    ours = [(one, run) for one, run in runs(built) if run["level"] != "re-scored"]
    seen = 0
    for one, run in ours:
        seed = int(run["seed"].partition(",")[0])
        rows = told.get((one["dataset"], run["student"], run["arm"], seed, len(run["ids"])))
        if rows is None:  # a record that no profile names
            continue
        assert run["ids"] == rows["problem"].to_list()
        for step in STEPS:
            seconds = np.where(rows["parsed"], np.where(rows[step], "right", "wrong"), "none")
            expected = Counter(f"{'right' if a else 'wrong'}-{s}" for a, s in zip(rows["answer"], seconds, strict=True))
            assert counted(run, "strict", "strict", step) == {cell: expected[cell] for cell in CELLS}
        seen += 1
    assert seen == len(told) >= 0.9 * len(ours)
    assert len(ours) == len(list(records.FOLDER.glob("[!.]*/")))


def test_every_choice_is_told_apart(built):
    keys = [(one["key"], run["student"], run["arm"], run["seed"]) for one, run in runs(built)]
    assert len(set(keys)) == len(keys)
    assert len({one["label"] for one in built["sets"]}) == len(built["sets"])


def test_none_of_the_authors_text_is_there(built):
    for one in built["sets"]:
        if one["key"] in ("cotemp", "babi"):
            assert all(problem.keys() == {"category"} for problem in one["problems"].values())
            assert not any("texts" in run for run in one["runs"] if run["level"] == "re-scored")


def test_what_is_ours_is_whole_and_says_that_it_is_simulated(built):
    generated = [one for one in built["sets"] if one["key"] not in ("cotemp", "babi")]
    assert generated
    for one in generated:
        assert "simulated" in one["label"]
        for problem in one["problems"].values():
            assert problem["gold"] and max(problem["gold"]) < len(problem["facts"]) and problem["answers"]
        for run in one["runs"]:
            assert len(run["texts"]) == len(run["reasons"]) == len(run["flags"]) == len(run["ids"])
            for flags, reasons in zip(run["flags"], run["reasons"], strict=True):
                assert all(reasons[n] or flags >> 4 * n & 15 == 15 for n in range(len(PROTOCOLS)))  # a reason per "no"


def test_the_page_is_one_small_file_and_the_same_twice(html):
    text = html.read_text(encoding="utf-8")
    assert len(text) < 3_000_000 and text == data.page()
    assert not re.search(r"https?://|<!-- \w+ -->|^import ", text, re.MULTILINE)


# ---- in a browser


@pytest.fixture
def page(visit, html):  # noqa: F811
    """The explorer, open; it may ask for nothing but itself."""
    one = visit(html, viewport={"width": 390, "height": 800})
    one.wait_for_selector("html[data-drawn]")
    yield one
    assert set(one.requests) <= {one.requests[0], "data:,"}


def at(page, **address):
    """Go to a view by its address, and wait until it is drawn."""
    drawn = page.get_attribute("html", "data-drawn")
    page.evaluate("a => { location.hash = new URLSearchParams(a) }", address)
    page.wait_for_function("n => document.documentElement.dataset.drawn !== n", arg=drawn)


def shown(page) -> dict[str, int]:
    told = page.locator("[data-cell]").evaluate_all(
        "all => all.map(one => [one.dataset.cell, Number(one.textContent)])"
    )
    return dict(told)


@pytest.mark.slow
def test_every_choice_shows_its_counts(page, built):
    for one, run in runs(built):
        for answers, steps, step in choices(run):
            where = {"set": one["key"], **{name: run[name] for name in ("student", "arm", "seed")}}
            at(page, **where, answers=answers, steps=steps, step=step)
            assert shown(page) == counted(run, answers, steps, step), where


def test_every_control(page):
    page.select_option("#set", "cotemp-80-e-5")
    page.select_option("#arm", "incorrect")
    page.select_option("#seed", "1")
    page.select_option("#answers", "released")
    page.select_option("#steps", "released")
    page.select_option("#step", "class")
    told = {"set": "cotemp-80-e-5", "arm": "incorrect", "seed": "1", "answers": "released", "steps": "released"}
    assert page.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))") == told | {"step": "class"}
    cell, n = next((cell, n) for cell, n in shown(page).items() if n)
    page.click(f"[data-cell={cell}]")
    assert page.locator("#list option").count() == n
    page.locator("#list").select_option(index=0)
    first = page.inner_text("#shown")
    page.click("#next")
    assert page.inner_text("#shown") != first
    page.click("#back")
    assert page.inner_text("#shown") == first
    for part in ("Question", "Class step", "IR step", "Answer", "Two judges on this output"):
        assert page.locator("#detail").get_by_text(part).first.is_visible(), part
    assert page.locator("li.gold").count() >= 1
    page.click("#clear")
    assert page.locator("#list option").count() == sum(shown(page).values())
    page.check("#differ")
    assert 0 < page.locator("#list option").count() < sum(shown(page).values())
    page.click("#copy")
    page.wait_for_function("() => document.getElementById('copied').textContent")
    page.go_back()
    assert not page.is_checked("#differ")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_link_opens_its_view_and_a_wrong_one_opens_the_first(visit, html, built):  # noqa: F811
    one, run = next((one, run) for one, run in runs(built) if run.get("reasons") and run["arm"] == "correct")
    page = visit(html, f"#set={one['key']}&arm=correct&seed={run['seed']}&problem={run['ids'][3]}")
    page.wait_for_selector("#shown")
    assert run["ids"][3] in page.inner_text("#shown") and page.input_value("#list") == run["ids"][3]
    page = visit(html, "#set=<b>&student=nobody&cell=x&problem=y&steps=__proto__")
    page.wait_for_selector("html[data-drawn]")
    assert page.input_value("#set") == built["sets"][0]["key"]


def test_the_keyboard_alone_is_enough(page):
    def tab_to(selector):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the Tab key does not reach {selector}")

    tab_to("[data-cell]:not(:disabled)")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-cell]:focus", "aria-pressed") == "true"
    tab_to("#list")
    page.keyboard.press("ArrowDown")
    first = page.inner_text("#shown")
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#shown") != first
    page.keyboard.press("Shift+Tab")
    page.evaluate("document.activeElement.blur()")
    tab_to("#judge")
    page.keyboard.press("Space")
    for what in ("answer", "class", "ir"):
        tab_to(f"input[name={what}]")
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "told"
    tab_to("#again")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "shown" and page.locator("#ballot").count() == 1


def test_you_judge_first_then_see_how_far_you_agree(page, built):
    one, run = next((one, run) for one, run in runs(built) if run.get("reasons") and run["arm"] == "correct")
    at(page, set=one["key"], arm="correct", seed=run["seed"], mode="judge")
    mine = []
    for turn in range(8):
        text = page.inner_text("#detail")
        assert (
            "✓" not in text and "✗" not in text and "gold" not in text.lower() and page.locator("li.gold").count() == 0
        )
        flags = run["flags"][run["ids"].index(page.inner_text("#shown").split()[1])]
        mine.append((turn % 2 == 0, bool(flags & 1)))
        page.check(f"#ballot input[name=answer][value={'right' if mine[-1][0] else 'wrong'}]")
        page.check("#ballot input[name=class][value=right]")
        page.check("#ballot input[name=ir][value=wrong]")
        page.click("#ballot button")
        row = page.locator("#tally tbody tr").first.locator("td").all_inner_texts()
        assert row[:2] == [str(turn + 1), f"{round(100 * sum(a == b for a, b in mine) / len(mine) + 1e-9)} %"]
        page.click("#again")
    agree, yes = sum(a == b for a, b in mine) / 8, [sum(pair[n] for pair in mine) / 8 for n in (0, 1)]
    chance = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    assert float(row[2]) == pytest.approx((agree - chance) / (1 - chance), abs=0.006)


def test_a_file_of_another_kind_is_told_in_one_line(page):
    hostile = "<img src=x onerror=alert(1)>.json"
    for name, content in (("x.json", "{"), ("y.json", '{"question": "Why?"}'), (hostile, "[1]"), ("z.json", "null")):
        page.set_input_files("#files", {"name": name, "mimeType": "text/plain", "buffer": content.encode()})
        page.wait_for_function("n => document.getElementById('loaded').textContent.trim().startsWith(n)", arg=name)
        assert "expected" in page.inner_text("#loaded")


@pytest.mark.release
@pytest.mark.parametrize(("key", "folder"), [("cotemp", "Cotempqa"), ("babi", "[Bb]abiqa")])
def test_texts_of_the_release_find_their_verdicts(page, local, key, folder):
    files = release.names(f"results/{folder}/evaluation_outputs/")
    for name in (files[0], files[-1]):
        path = release.fetch(name)
        page.set_input_files("#files", str(path))
        page.wait_for_function("n => document.getElementById('loaded').textContent.trim().startsWith(n)", arg=path.name)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert page.inner_text("#loaded") == f"{path.name}: {len(lines)} outputs"
        student, arm = release.student_and_arm(name)
        first = read_outputs(path, key)[0]
        at(page, set=key, student=student, arm=arm, problem=first.problem.id)
        assert first.problem.question in page.inner_text("#detail")
        told = page.locator("li.gold").evaluate_all("all => all.map(one => one.firstChild.textContent)")
        assert tuple(told) == first.problem.gold_facts
        assert "not at hand" not in page.inner_text("#detail")
