"""The survey's page, filled in by people (in a real Chromium, where there is one), gives files that can be analysed."""

import base64
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections import Counter
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer

import pandas as pd
import pytest

from lib import human_study
from lib.errors import InputError, run_cli
from lib.human_study import output, survey
from lib.human_study.merge import merge
from lib.human_study.read import read
from lib.stats import ratings
from lib.stats.ratings import ATTENTION
from tests.conftest import ROOT

INSTRUMENT = ratings.load()
ITEMS = [item.id for item in INSTRUMENT.items]
SCORED = [item.id for item in INSTRUMENT.items if item.scale != ATTENTION]
CHROMIUM = os.environ.get("TRACE_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SWITCHES = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SWITCHES += " --disable-component-update --disable-sync"


# ---- without a browser


def written(tmp_path, *argv):
    """The page that the command writes."""
    path = tmp_path / "survey.html"
    survey.main(["--out", str(path), *map(str, argv)])
    return path


def embedded(html: str):
    """What the page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="survey">(.*?)</script>', html, re.DOTALL)[1])


class Elements(HTMLParser):
    """Names, attributes and contents of all elements, as a browser tells them apart."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        tag, attrs = self.found[-1] if self.found else ("", {})
        if tag in ("style", "script") and not attrs:
            self.text.setdefault(tag, data)  # in one go, up to the end tag


def test_the_page_is_small_whole_and_the_same_each_time(tmp_path, capsys):
    path = written(tmp_path)
    html = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 300_000
    assert html == written(tmp_path).read_text(encoding="utf-8") != written(tmp_path, "--seed", 1).read_text("utf-8")
    assert "simulated" in capsys.readouterr().out
    content = embedded(html)
    assert len(content["problems"]) == 6 and [item["id"] for item in content["items"]] == ITEMS
    assert content["columns"] == [*ratings.COLUMNS, "problem", "traces"]
    assert [item["id"] for item in content["items"] if item["once"]] == ["attention"]
    for problem in content["problems"]:
        assert set(problem["traces"]) == set(INSTRUMENT.conditions)
        assert len(set(problem["traces"].values())) == 4 and all(problem["traces"].values())
        for trace in problem["traces"].values():
            assert all(answer in trace for answer in problem["answer"].split("; "))


def test_nothing_is_loaded_and_only_the_pages_own_script_may_run(tmp_path):
    html = written(tmp_path).read_text(encoding="utf-8")
    elements = Elements(html)
    assert not [tag for tag, attrs in elements.found if {"src", "href", "style"} & set(attrs)]
    assert "http" not in html.replace("http-equiv", "").replace("https://$", "") and "@import" not in html
    assert "innerHTML" not in html and "eval(" not in html
    policy = next(attrs["content"] for tag, attrs in elements.found if attrs.get("http-equiv"))
    for tag, text in elements.text.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy and "unsafe" not in policy


def test_problems_are_of_every_class_and_pattern_in_turn():
    problems, verbose = survey.simulated(40, seed=3)
    kinds = Counter((problem.category, problem.pattern) for problem in problems)
    assert len(kinds) == 20 and set(kinds.values()) == {2}
    assert len({problem.category for problem in problems[:4]}) == 4
    assert set(verbose) == {problem.id for problem in problems}


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_conditions_are_balanced_wherever_a_class_ends(n):
    conditions = list(INSTRUMENT.conditions)[:n]
    for seed in range(5):
        drawn = survey.sequence(conditions, seed)
        assert len(drawn) == 25 * n and drawn == survey.sequence(conditions, seed)
        for end in range(1, len(drawn) + 1):
            counts = [drawn[:end].count(name) for name in conditions]
            assert max(counts) - min(counts) <= 1
    assert n == 1 or survey.sequence(conditions, 0) != survey.sequence(conditions, 1)


HOSTILE = (
    "</script><script>document.title='taken'</script><!-- <b onclick=x>&amp; \u2028 \ud800 {{data}} {{policy}} \" '"
)


def hostile_page(post="") -> str:
    """A page all of whose texts try to break out."""
    problem = {"id": "aa", "question": HOSTILE, "facts": [HOSTILE], "answer": HOSTILE}
    traces = {"traces": dict.fromkeys(survey.KINDS, HOSTILE)}
    return survey.page([problem | traces], INSTRUMENT, 0, [HOSTILE], post, real=False)


def test_hostile_texts_stay_texts():
    html = hostile_page()
    assert [tag for tag, _ in Elements(html).found].count("script") == 2
    content = embedded(html)
    assert content["consent"] == [HOSTILE] and content["problems"][0]["traces"]["r1"] == HOSTILE
    assert html.encode() and "taken'</" not in html


def colours() -> list[dict[str, str]]:
    """The page's colours by name: light, dark."""
    text = survey.PAGE.read_text(encoding="utf-8")
    return [
        dict(re.findall(r"--([\w-]+): #(\w+);", block)) for block in re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    ]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme):
    found = colours()[scheme]
    pairs = {("ink", "paper"): 7, ("ink", "ground"): 7, ("ink", "mark"): 7, ("soft", "ground"): 4.5}
    pairs |= {("on-act", "act"): 4.5, ("act", "paper"): 4.5, ("warn", "on-warn"): 4.5, ("edge", "paper"): 3}
    for (front, back), least in pairs.items():
        low, high = sorted(luminance(found[name]) for name in (front, back))
        assert (high + 0.05) / (low + 0.05) >= least, (front, back)


def r1_rows(**without) -> list[dict]:
    """Lines as in the authors' files of R1's replies, for problems of our own."""
    problems, _ = survey.simulated(8, seed=5)
    rows = []
    for number, problem in enumerate(problems):
        one = {"question": problem.question, "facts": list(problem.facts), "gold": list(problem.answers)}
        one |= {"triple_element": problem.pattern, "r1_trace": f"<think>Hmm {number}.</think>"}
        one |= {"r1_trace_summary": f"In short {number}.", "r1_exp_ans": f"Because {number}."}
        rows.append({name: value for name, value in one.items() if name not in without})
    return rows


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_real_traces_take_the_place_of_simulated_ones(tmp_path, capsys):
    first = write_rows(tmp_path / "a.json", r1_rows(r1_exp_ans=None))
    second = write_rows(tmp_path / "b.json", r1_rows(r1_trace_summary=None))
    content = embedded(written(tmp_path, "--problems", 3, "--r1", first, second).read_text(encoding="utf-8"))
    assert "authors' own" in capsys.readouterr().out and content["real"]
    for problem in content["problems"]:
        number = problem["traces"]["r1"].removeprefix("Hmm ").rstrip(".")
        assert problem["traces"]["summary"] == f"In short {number}."
        assert problem["traces"]["posthoc"] == f"Because {number}."
        assert all(answer in problem["traces"]["correct"] for answer in problem["answer"].split("; "))


def test_problems_whose_label_is_wrong_are_not_shown(tmp_path):
    rows = r1_rows()
    rows[0]["gold"] = [next(fact.split(" in ")[0].split(" from ")[0] for fact in rows[0]["facts"])]
    del rows[1]["gold"]
    problems, verbose = survey.released([write_rows(tmp_path / "a.json", rows)], seed=0)
    assert len(problems) == 6 and len(verbose) == 8


@pytest.fixture
def refused(capsys, tmp_path):
    """The one line that the command ends with, given these arguments."""

    def run(*argv) -> str:
        with pytest.raises(SystemExit) as stop:
            run_cli(survey.main, ["--out", str(tmp_path / "none.html"), *map(str, argv)])
        out, error = capsys.readouterr()
        assert (stop.value.code, out, error.count("\n")) == (2, "", 1), error
        assert not (tmp_path / "none.html").exists()
        return error

    return run


def test_bad_arguments_end_in_one_line(refused, tmp_path):
    assert "--problems 0: expected at least 1" in refused("--problems", 0)
    assert "KB: expected at most 300; fewer --problems" in refused("--problems", 80)
    for url in ("http://example.org/x", "ftp://example.org", "https://", "https://a b", "https://a;script-src *", "x"):
        assert "--post: expected an address that begins with https://" in refused("--post", url)
    assert "cannot be read as UTF-8 text" in refused("--consent", tmp_path / "none.txt")
    (tmp_path / "empty.txt").write_text(" \n\n ")
    assert "expected a consent text, found none" in refused("--consent", tmp_path / "empty.txt")
    lines = ratings.FILE.read_text(encoding="utf-8")
    (tmp_path / "own.yml").write_text(lines.replace("  r1: R1 traces", "  mine: my traces"), encoding="utf-8")
    assert "condition 'mine' of the instrument: expected some of correct" in refused(
        "--instrument", tmp_path / "own.yml"
    )
    path = write_rows(tmp_path / "a.json", r1_rows(r1_exp_ans=None))
    assert "expected at most 0, which have a trace of each kind" in refused("--r1", path)
    assert "has no text for this arm" in refused("--r1", path)


def test_a_consent_text_of_ones_own(tmp_path, capsys):
    assert "only a template" in (written(tmp_path), capsys.readouterr().out)[1]
    (tmp_path / "mine.txt").write_text("One\nline.\n\n\nAnother.\n", encoding="utf-8-sig")
    html = written(tmp_path, "--consent", tmp_path / "mine.txt").read_text(encoding="utf-8")
    assert embedded(html)["consent"] == ["One line.", "Another."]
    assert "template" not in capsys.readouterr().out


# ---- the files of a class


def ratings_of(person: str, condition="r1", rating=3, problems=("aa", "bb"), traces="simulated") -> str:
    """A file as the page writes it."""
    rows = [f"{person},{condition},{item},{rating},4.2,{problem},{traces}\n" for problem in problems for item in SCORED]
    return ",".join(survey.COLUMNS) + "\n" + "".join(rows)


@pytest.fixture
def folder(tmp_path):
    """Three people's files."""
    for number in range(3):
        (tmp_path / f"ratings-p{number}.csv").write_text(ratings_of(f"p{number}"), encoding="utf-8")
    return tmp_path


def test_the_files_of_a_class_become_one_table(folder, capsys):
    merged = merge(folder)
    assert list(merged) == list(survey.COLUMNS) and len(merged) == 3 * 2 * len(SCORED)
    assert list(merged["participant"].unique()) == ["p0", "p1", "p2"]
    one = ratings.from_frame(merged[merged["problem"] == "aa"])
    assert ratings.scores(one)["score"].eq(3).all() and len(one.frame) == 3 * len(SCORED)
    assert capsys.readouterr().err == ""


def test_what_is_no_file_of_the_survey_and_what_is_there_twice_is_named_and_left_out(folder, capsys):
    before = merge(folder)
    (folder / "ratings-p0 (1).csv").write_text(ratings_of("p0"), encoding="utf-8")
    (folder / "resaved.csv").write_bytes(b"\xef\xbb\xbf" + ratings_of("p1").replace("\n", "\r\n").encode())
    (folder / "roster.csv").write_text("name,seat\nA,1\n", encoding="utf-8")
    (folder / "empty.csv").write_text(",".join(survey.COLUMNS) + "\n", encoding="utf-8")
    (folder / "torn.csv").write_text(ratings_of("p7")[:-12], encoding="utf-8")
    (folder / "photo.jpg").write_bytes(bytes(range(256)))
    (folder / "more").mkdir()
    (folder / ".DS_Store").write_bytes(b"\0")
    after = merge(folder)
    assert sorted(map(tuple, after.values)) == sorted(map(tuple, before.values))
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 7
    for name, why in {
        "ratings-p0.csv": "the same ratings as in ratings-p0 (1).csv",
        "resaved.csv": "the same ratings as in ratings-p1.csv",
        "roster.csv": "column 'participant' is missing",
        "empty.csv": "no rating in it",
        "torn.csv": "expected 7 columns, found another number",
        "photo.jpg": "",
        "more": "Is a directory",
    }.items():
        assert [line for line in told if name in line and why in line and line.startswith("left out, ")], name


def test_what_was_simulated_is_said_of_the_merged_ratings(folder):
    def evidence() -> str:
        return read(folder, frame=merge(folder)).responses.evidence

    assert evidence().endswith(", simulated traces")
    (folder / "other.csv").write_text(ratings_of("p8", traces="released"), encoding="utf-8")
    assert evidence().endswith(", released and simulated traces")
    merged = read(folder, frame=merge(folder)).responses.frame
    assert merged.groupby("traces")["participant"].unique().map(list).to_dict() == {
        "released": ["p8"],
        "simulated": ["p0", "p1", "p2"],
    }
    said = output.sentences(human_study.report(read(folder, frame=merge(folder)).responses))[0]
    assert said.startswith("Some of the traces rated are simulated. 4 people took part")
    (folder / "other.csv").unlink()
    said = output.sentences(human_study.report(read(folder, frame=merge(folder)).responses))[0]
    assert said.startswith("The traces rated are simulated. 3 people took part")
    for path in folder.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace(",simulated", ",released"), encoding="utf-8")
    assert evidence() == f"ratings of {folder.name}, released traces"


SLIPS = {  # what is changed in line 3 of one file, and what is said of it
    "a rating": (",1,4.2", "column rating: expected a whole number from 1 to 5 or its words, found '9'", ",9,4.2"),
    "a condition": ("r1,", "column condition: expected one of r1, summary, posthoc, correct, found 'r2'", "r2,"),
    "seconds": ("4.2", "column seconds: expected a number of at least 0, or nothing, found '-4'", "-4"),
    "an item": (SCORED[1], "column item: expected one of ", SCORED[1] + "x"),
    "nobody": ("p1,", "column participant: expected a name, found ''", ","),
    "the same twice": (SCORED[1], "has rated 'predict' before (line 2)", SCORED[0]),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named_by_its_own_file_and_line(slip, folder):
    old, said, new = SLIPS[slip]
    path = folder / "ratings-p1.csv"
    lines = ratings_of("p1", rating=1).splitlines()
    assert lines[2].count(old) == 1
    lines[2] = lines[2].replace(old, new)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read(folder, frame=merge(folder))
    assert str(error.value).startswith(f"{path}, line 3, column ") and said in str(error.value)


def test_a_participant_with_two_sets_of_ratings_stops_it(folder):
    (folder / "again.csv").write_text(ratings_of("p1", rating=4), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"keep one file per participant, found 'p1' in again\.csv and ratings-p1\.csv"
    ):
        merge(folder)


def test_folders_that_hold_nothing(tmp_path):
    with pytest.raises(InputError, match="no CSV file with columns participant,condition,item,rating,seconds in it"):
        merge(tmp_path)
    with pytest.raises(InputError, match="expected a folder"):
        merge(tmp_path / "none")


def test_files_without_problems_are_merged_with_those_that_have_them(folder):
    rows = pd.read_csv(io.StringIO(ratings_of("p9", problems=["aa"])))
    rows.drop(columns="problem").to_csv(folder / "tool.csv", index=False)
    assert merge(folder).set_index("participant").loc["p9", "problem"].eq("").all()


# ---- in a browser


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium, driven by playwright."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright, an extra, is not installed: pip install -r browser.txt")
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install one, or name it with TRACE_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """visit(path, query) opens a page as a new person, who may do no network; complaints of the page end the test."""
    complaints, contexts = [], []

    def open_page(path, query="", **options):
        context = chromium.new_context(accept_downloads=True, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(f"{path.as_uri()}{query}")
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A page with two problems."""
    return written(tmp_path_factory.mktemp("survey"), "--problems", 2)


def onward(page):
    page.locator("nav button.main").click()


def begin(page):
    page.locator("#agree").check()
    onward(page)


def tick(page, item: str, rating: int):
    page.locator(f"input[name={item}][value='{rating}']").check()


def shown_items(page) -> list[str]:
    return page.locator("fieldset").evaluate_all("sets => sets.map(set => set.querySelector('input').name)")


def fill(page, choose):
    """Rate the text shown: choose(item) -> rating."""
    for item in shown_items(page):
        tick(page, item, choose(item))
    onward(page)


def downloaded(page) -> tuple[str, str]:
    """(name, text) of the file."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my answers").click()
    return download.value.suggested_filename, download.value.path().read_text(encoding="utf-8")


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


def fill_in(page, number: int, folder) -> list[tuple[str, int]]:
    """One person's way through the page, to a file in the folder: what was clicked, item and rating."""
    clicked = []

    def choose(item: str) -> int:
        own = 1 + (number * number + len(clicked) + 2 * ITEMS.index(item)) % 5
        clicked.append((item, 2 if item == ATTENTION else own))
        return clicked[-1][1]

    begin(page)
    fill(page, choose)
    if number % 4 == 1:
        page.reload()
    fill(page, choose)
    name, text = downloaded(page)
    (folder / name).write_text(text, encoding="utf-8")
    assert [url for url in page.requests if not url.startswith("blob:")] == [page.url] * (1 + (number % 4 == 1))
    assert f"Saved as {name}" in page.locator("[role=status]").inner_text()
    return clicked


def clicked_scores(clicked: list[tuple[str, int]]) -> dict[str, float]:
    """Scale -> mean of what one person clicked, items that count against the scale turned round."""
    items = {item.id: item for item in INSTRUMENT.items}
    turned = [(items[item].scale, 6 - rating if items[item].reverse else rating) for item, rating in clicked]
    return {name: statistics.mean(rating for scale, rating in turned if scale == name) for name in ratings.SCALES}


def reported(text: str, what: str) -> dict[tuple[str, str], float]:
    """(scale, condition) -> a number of the report's scores, as the command prints them."""
    found = {}
    for head, *lines in map(str.splitlines, text.split("\n\n")):
        for name, who, number, *_ in (re.split(" {2,}", line.strip()) for line in lines if head.startswith("scores, ")):
            if name == what:
                found[head.removeprefix("scores, "), who] = float(number)
    return found


@pytest.mark.slow
def test_what_twelve_people_click_is_what_the_report_says(visit, small, tmp_path):
    """On phones and on desks, some after a reload: the page, their files, the command's report."""
    (folder := tmp_path / "class").mkdir()
    drawn, groups = embedded(small.read_text(encoding="utf-8"))["sequence"], {}
    for number in range(12):
        page = visit(small, f"?n={number}", **(PHONE if number % 3 == 2 else {}))
        for scale, score in clicked_scores(fill_in(page, number, folder)).items():
            groups.setdefault((scale, drawn[number]), []).append(score)
    command = [sys.executable, "-m", "lib.human_study", str(folder), "--as", str(tmp_path / "tidy.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    sizes = ", ".join(f"{condition} 3" for condition in INSTRUMENT.conditions)
    assert f"class: one row per rating (merged); 12 people, each in one condition, 2 problems ({sizes})" in done.stdout
    assert f"; {12 * (2 * len(SCORED) + 1)} ratings of 11 items, none missing; seconds per item" in done.stdout
    assert "Human study, 12 participants (evidence: ratings of class, simulated traces)" in done.stdout
    numbers = {"mean": statistics.mean, "median": statistics.median, "standard deviation": statistics.stdev}
    for what, number in numbers.items():
        expected = {where: number(scores) for where, scores in groups.items()}
        assert reported(done.stdout, what) == pytest.approx(expected, abs=0.0050001), what  # printed with two decimals
    assert len({round(statistics.mean(scores), 2) for scores in groups.values()}) > 4  # a mix-up of groups would show
    assert set(table((tmp_path / "tidy.csv").read_text(encoding="utf-8"))["traces"]) == {"simulated"}
    assert read(tmp_path / "tidy.csv").responses.evidence == "ratings of tidy.csv, simulated traces"


def test_a_reload_in_the_middle_loses_nothing(visit, small):
    page = visit(small, "?n=1")
    begin(page)
    fill(page, lambda item: 4)
    seen = [page.locator("h1").inner_text(), page.locator(".trace").inner_text(), shown_items(page)]
    assert seen[0] == "Text 2 of 2"
    for item in seen[2][:3]:
        tick(page, item, 5)
    page.reload()
    assert seen == [page.locator("h1").inner_text(), page.locator(".trace").inner_text(), shown_items(page)]
    assert page.locator("input:checked").evaluate_all("all => all.map(one => one.value)") == ["5", "5", "5"]
    page.get_by_role("button", name="Back").click()
    assert (
        page.locator("input:checked").evaluate_all("all => all.map(one => one.value)")
        == ["4"] * page.locator("fieldset").count()
    )
    tick(page, "follow", 1)
    onward(page)
    fill(page, lambda item: 5)
    page.reload()
    assert page.locator("h1").inner_text() == "Thank you"
    rows = table(downloaded(page)[1])
    assert rows["problem"].nunique() == 2 and len(rows) == 2 * len(SCORED) + 1
    first = rows["problem"] == rows["problem"][0]
    assert set(rows.loc[first & (rows["item"] != "follow"), "rating"]) == {"4"}
    assert rows.loc[first & (rows["item"] == "follow"), "rating"].tolist() == ["1"]
    assert set(rows.loc[~first, "rating"]) == {"5"}


def test_another_link_is_another_person_and_answers_can_be_deleted(visit, small):
    page = visit(small, "?n=1&id=anna-1")
    kept = "Object.keys(localStorage).length"
    assert page.evaluate(kept) == 0  # nothing is kept before consent
    onward(page)
    assert "please tick the box" in page.locator("[role=alert]").inner_text()
    begin(page)
    tick(page, "follow", 3)
    page.goto(f"{small.as_uri()}?n=2&id=<b>")
    assert page.locator("h1").inner_text() == "Before you begin"
    begin(page)
    assert page.evaluate(kept) == 2
    people = page.evaluate("Object.values(localStorage).map(JSON.parse).map(one => one.participant)")
    assert sorted(people)[0] == "anna-1" and re.fullmatch("p-[0-9a-f]{16}", sorted(people)[1])
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Stop and delete my answers").click()
    assert page.locator("h1").inner_text() == "Before you begin" and page.evaluate(kept) == 1


def test_what_is_passed_over_is_an_empty_rating_and_only_after_a_word(visit, small):
    page = visit(small)
    begin(page)
    for _ in range(2):
        for item in SCORED[1:]:
            tick(page, item, 2)
        onward(page)
        assert page.locator("fieldset.missing").first.locator("input").first.get_attribute("name") == SCORED[0]
        assert "without a rating" in page.locator("[role=alert]").inner_text()
        assert page.evaluate("document.activeElement.name") == SCORED[0]
        onward(page)
    rows = table(downloaded(page)[1])
    left = rows["item"].isin([SCORED[0], ATTENTION])
    assert set(rows.loc[left, "rating"]) == set(rows.loc[left, "seconds"]) == {""}
    assert set(rows.loc[~left, "rating"]) == {"2"} and left.sum() == 3


def test_seconds_are_counted_from_rating_to_rating_while_the_page_is_seen(visit, small):
    page = visit(small)
    page.clock.install()
    page.reload()
    begin(page)
    page.clock.run_for(12_000)
    tick(page, "predict", 4)
    page.clock.run_for(3_500)
    tick(page, "surprise", 2)
    hide = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.clock.run_for(1_000)
    page.evaluate(hide, True)
    page.clock.run_for(60_000)
    page.evaluate(hide, False)
    page.clock.run_for(2_000)
    tick(page, "follow", 5)
    page.clock.run_for(4_000)
    tick(page, "predict", 3)  # changed: more time spent on it
    found = page.evaluate("Object.values(Object.values(localStorage).map(JSON.parse)[0].answers)[0]")
    expected = {"predict": (3, 16), "surprise": (2, 3.5), "follow": (5, 3)}
    assert {item: (one["rating"], pytest.approx(one["seconds"], abs=0.7)) for item, one in found.items()} == expected


def test_the_keyboard_alone_is_enough(visit, small):
    page = visit(small, "?n=3")
    press = page.keyboard.press

    def tab_to(what: str):
        for _ in range(60):
            press("Tab")
            if page.evaluate(f"document.activeElement.matches({what!r})"):
                return
        raise AssertionError(f"the Tab key does not lead to {what}")

    tab_to("#agree")
    press("Space")
    tab_to("button.main")
    press("Enter")
    for number in (1, 2):
        assert page.evaluate("document.activeElement.textContent") == f"Text {number} of 2"  # heard first
        for _ in shown_items(page):
            tab_to("input[type=radio]")
            press("ArrowDown")  # from the first point of the scale to the second
            outline = page.evaluate("getComputedStyle(document.activeElement.closest('label')).outlineStyle")
            assert outline == "solid"
        tab_to("button.main")
        press("Enter")
    tab_to("button.main")
    with page.expect_download() as download:
        press("Enter")
    assert set(table(download.value.path().read_text())["rating"]) == {"2"}


def test_everything_has_a_name_that_a_screen_reader_says(visit, small):
    page = visit(small)
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.get_by_role("checkbox", name="I have read this and want to take part.").count() == 1
    begin(page)
    assert page.title() == "Text 1 of 2 – Survey"
    assert page.get_by_role("heading", level=1).inner_text() == "Text 1 of 2"
    assert page.get_by_role("progressbar", name="0 of 2 texts done").count() == 1
    for item in INSTRUMENT.items:
        if item.id in shown_items(page):
            group = page.get_by_role("group", name=item.text, exact=True)
            for anchor in INSTRUMENT.anchors.values():
                assert group.get_by_role("radio", name=anchor, exact=True).count() == 1


@pytest.mark.parametrize(("width", "people"), [(360, 1), (320, 4)])
def test_a_narrow_screen(visit, small, width, people):
    for n in range(people):  # of some four conditions
        page = visit(small, f"?n={n}", viewport={"width": width, "height": 640}, has_touch=True, is_mobile=True)
        for step in ("consent", "text", "end"):
            sizes = page.locator("body *").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
            assert page.evaluate("document.documentElement.scrollWidth") == width >= max(sizes), step
            low = page.locator("button, .scale label").evaluate_all("all => all.map(one => one.offsetHeight)")
            assert min(low) >= 36  # points of a thumb
            if step == "consent":
                begin(page)
            if step == "text":
                points = (
                    page.locator("fieldset").first.locator("label").evaluate_all("all => all.map(x => x.offsetLeft)")
                )
                assert len(points) == 5 and len(set(points)) == 1  # below each other
                for _ in range(2):
                    fill(page, lambda item: 3)


def test_hostile_texts_are_shown_as_texts(visit, tmp_path):
    path = tmp_path / "hostile.html"
    path.write_text(hostile_page(), encoding="utf-8")
    page = visit(path)
    plain = HOSTILE.replace("\ud800", "\ufffd")
    assert page.locator(".card p").first.evaluate("one => one.textContent.toWellFormed()") == plain
    begin(page)
    for where in (".trace", "details li"):
        assert page.locator(where).evaluate("one => one.textContent.toWellFormed()") == plain
    assert page.title() == "Text 1 of 1 – Survey" and page.locator("b").count() == 0


@pytest.fixture
def receiver():
    """A server that keeps what is sent to it; `.status` is what it answers with."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            server.received.append((self.path, self.headers["Content-Type"], self.headers["Cookie"], body))
            self.send_response(server.status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_answers_are_sent_where_the_page_says_and_nothing_else_is(visit, receiver, tmp_path):
    url = f"http://127.0.0.1:{receiver.server_port}/collect?class=7"
    page = visit(written(tmp_path, "--problems", 1, "--post", url))
    begin(page)
    fill(page, lambda item: 4)
    assert receiver.received == []  # not before the button is pressed
    send, status = page.get_by_role("button", name="Send my answers"), page.locator("[role=status]")
    receiver.status = 500
    send.click()
    page.get_by_text("We do not know whether they arrived").wait_for()
    receiver.status = 200
    send.click()
    page.get_by_text("Sent. Thank you!").wait_for()
    assert send.is_disabled()
    assert [sent[:3] for sent in receiver.received] == [("/collect?class=7", "text/plain;charset=utf-8", None)] * 2
    assert receiver.received[1][3] == downloaded(page)[1]
    assert {url_ for url_ in page.requests if not url_.startswith("blob:")} == {page.url, url}
    page.reload()
    assert send.is_disabled() and "Sent" in status.inner_text()
    visit.complaints.clear()  # the browser's own word on status 500


def test_the_policy_lets_nothing_out(visit, receiver, small):
    page = visit(small)
    url = f"http://127.0.0.1:{receiver.server_port}/"
    assert page.evaluate("url => fetch(url, {method: 'POST', body: 'x'}).catch(() => 'refused')", url) == "refused"
    page.evaluate("url => { const image = new Image(); image.src = url; document.body.append(image); }", url)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = 1'}))")
    page.wait_for_timeout(200)
    assert receiver.received == [] and page.title() == "Before you begin – Survey"
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)
    visit.complaints.clear()


def test_the_end_says_what_was_simulated(visit, small, tmp_path):
    page = visit(small, "?n=0")
    begin(page)
    assert "simulated" not in page.locator("body > main").inner_text().lower()
    for _ in range(2):
        fill(page, lambda item: 3)
    text = page.locator("main").inner_text()
    assert "What you have read: simulated traces" in text and text.count("(this is what you read)") == 1
    assert text.count("simulated") == 5
    real = visit(written(tmp_path, "--problems", 1, "--r1", write_rows(tmp_path / "a.json", r1_rows())))
    begin(real)
    fill(real, lambda item: 3)
    text = real.locator("main").inner_text()
    assert "simulated" not in text and "a trace of DeepSeek-R1, as the authors of the study released it" in text
