"""Files as survey tools and people write them say what the tidy table says, or end in one line; nothing is guessed."""

import codecs
import csv
import io
import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lib.errors import InputError
from lib.human_study.read import Switches, read
from lib.stats import ratings
from tests.conftest import ROOT
from tests.stats.made_up import SIMULATED

INSTRUMENT = ratings.load()
ITEMS = {item.id: item.text for item in INSTRUMENT.items}
WORDS = {1: "Strongly disagree", 2: "Disagree", 3: "Neither agree nor disagree", 4: "Agree", 5: "Strongly agree"}
# Two made-up people per condition; the names of SIMULATED, so that every form shows as simulated.
NAMES = [f"simulated-{n:03d}" for n in (1, 2, 26, 27, 51, 52, 76, 77)]
TIDY = SIMULATED.frame[SIMULATED.frame["participant"].isin(NAMES)].reset_index(drop=True)
WIDE = TIDY.pivot(index=["participant", "condition"], columns="item", values="rating")[list(ITEMS)].reset_index()
COUNTS = "r1 2, summary 2, posthoc 2, correct 2"


def written(path: Path, rows: list[list], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def long_rows(frame: pd.DataFrame = TIDY) -> list[list]:
    return [list(frame.columns), *frame.astype(object).to_numpy().tolist()]


def wide_rows(heads: dict[str, str] | None = None, rating=lambda point: point) -> list[list]:
    """One row per person; heads: column -> other head; rating: how a rating is written."""
    heads = heads or {}
    cells = [[p, c, *map(rating, points)] for p, c, *points in WIDE.astype(object).to_numpy().tolist()]
    return [[heads.get(name, name) for name in WIDE.columns], *cells]


def same(found: ratings.Responses, seconds: bool = False) -> None:
    """The ratings of TIDY, everybody's, whatever the order."""
    columns = ["participant", "condition", "item", "rating", *(["seconds"] if seconds else [])]
    order = ["participant", "condition", "item"]
    left, right = (f[columns].sort_values(order, ignore_index=True) for f in (found.frame, TIDY))
    pd.testing.assert_frame_equal(left, right)
    assert found.evidence == "simulated"


def columns_before(rows: list[list], heads: list[str], cells: list[str]) -> list[list]:
    return [[*heads, *rows[0]], *([*cells, *row] for row in rows[1:])]


TEXTS = {"participant": "What is your Prolific ID?", "condition": "Which text did you read?", **ITEMS}
STEM = "How far do you agree? - "


def google():
    rows = columns_before(wide_rows(TEXTS, WORDS.get), ["Timestamp"], ["3/1/2026 10:00:00"])
    return rows, "ratings in words of 11 items, none missing"


def google_grid():
    return wide_rows({item: f"How far do you agree? [{text.rstrip('.')}]" for item, text in ITEMS.items()}), ""


def qualtrics():
    ids = {item: f"Q5_{n}" for n, item in enumerate(ITEMS, 1)}
    meta = ["StartDate", "Status", "Progress", "Finished", "ResponseId", "DistributionChannel"]
    heads = ["Start Date", "Response Type", "Progress", "Finished", "Response ID", "Distribution Channel"]
    cells = ["2026-03-01", "IP Address", "100", "True", "R_1", "anonymous"]
    rows = columns_before(wide_rows(ids | {"participant": "PROLIFIC_PID"}), meta, cells)
    texts = [*heads, "PROLIFIC_PID", "condition", *(STEM + text for text in ITEMS.values())]
    marks = [f'{{"ImportId":"QID{n}"}}' for n in range(len(texts))]
    preview, half, spam = (list(rows[1]) for _ in range(3))
    preview[1], half[3], half[6], spam[1] = "Survey Preview", "False", "half", "Survey Preview"
    return [rows[0], texts, marks, preview, half, spam, *rows[1:]], "left out: 2 previews, 1 unfinished"


def limesurvey():
    heads = {item: f"G01Q02[{item}]" for item in ITEMS} | {"participant": "token", "condition": "group"}
    rows = columns_before(wide_rows(heads, "A{}".format), ["id", "submitdate", "lastpage"], ["1", "2026-03-01", "3"])
    half = [*rows[1]]
    half[1:3], half[3] = ["", "1"], "half"
    return [*rows, half], "left out: 1 unfinished"


def redcap():
    heads = {item: f"hs_{item}" for item in ITEMS} | {"participant": "record_id", "condition": "arm"}
    rows = wide_rows(heads)
    rows = [[*rows[0], "ratings_complete"], *([*row, "2"] for row in rows[1:])]
    return [*rows, ["half", "r1", *[""] * 11, "0"]], "left out: 1 unfinished"


def person_per_trace():
    return wide_rows({"participant": "Subject", "condition": "Trace"}), COUNTS


def labels():
    rows = long_rows(TIDY.assign(condition=TIDY["condition"].map(INSTRUMENT.conditions).str.upper()))
    return rows, COUNTS


def items_by_text():
    return long_rows(TIDY.assign(item=TIDY["item"].map(ITEMS)).rename(columns={"item": "Question"})), ""


def numbers_with_words():
    return long_rows(TIDY.assign(rating=[f"{point} - {WORDS[point].lower()}" for point in TIDY["rating"]])), "in words"


def words_with_numbers():
    return wide_rows(rating=lambda point: f"{WORDS[point]} ({point})"), "in words"


def decimals():
    return long_rows(TIDY.assign(rating=TIDY["rating"].astype(float))), ""


def without_names():
    return [row[1:] for row in wide_rows()], "people numbered by line"


def title_above():
    return [["Human study, spring"], [], *wide_rows()], ""


def other_items():
    return [*long_rows(), ["simulated-001", "r1", "age", "34", ""]], "1 rows of other items left out ('age')"


def no_consent():
    rows = columns_before(wide_rows(), ["Consent"], ["Yes"])
    return [*rows, ["No", "refuses", "r1", *[""] * 11]], "left out: 1 without consent"


def seconds_per_item():
    heads, *rows = wide_rows()
    return [
        heads + [f"{item} (seconds)" for item in ITEMS],
        *(row + ["2.5"] * 11 for row in rows),
    ], "; seconds per item"


def two_rows_of_heads():
    """SoSci Survey: names of variables, then their labels."""
    heads, *rows = wide_rows({item: f"TR01_{n:02d}" for n, item in enumerate(ITEMS, 1)} | {"participant": "CASE"})
    return [heads, ["Interview number", "Group", *ITEMS.values()], *rows], "people by 'CASE'"


def group_blocks():
    """A block of columns per condition, as branching surveys export them: blank where another one was shown."""
    heads = [f"{condition}_{item}" for condition in INSTRUMENT.conditions for item in ITEMS]
    rows = []
    for person, condition, *points in wide_rows()[1:]:
        rows.append([person, *(p if c == condition else "" for c in INSTRUMENT.conditions for p in points)])
    return [["participant", *heads], *rows], f"each in one condition ({COUNTS}); 88 ratings of 11 items, none missing"


FORMS = [
    *(google, google_grid, qualtrics, limesurvey, redcap, person_per_trace, labels, items_by_text, numbers_with_words),
    *(words_with_numbers, decimals, title_above, other_items, no_consent, seconds_per_item, two_rows_of_heads),
    group_blocks,
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_gives_the_ratings_of_the_tidy_table(form, tmp_path):
    rows, said = form()
    found = read(written(tmp_path / "ratings.csv", rows))
    same(found.responses)
    assert said in found.line and found.line.startswith("ratings.csv: ") and "\n" not in found.line
    assert "8 people" in found.line


@pytest.mark.parametrize(
    ("delimiter", "encoding", "said"),
    [
        (";", "utf-8", "semicolons, UTF-8"),
        ("\t", "utf-16", "tabs, UTF-16"),
        ("\t", "utf-16-le", "tabs, UTF-16"),
        (",", "utf-8-sig", "commas, UTF-8"),
        ("|", "latin-1", "bars, Latin-1"),
    ],
)
def test_every_writing_gives_the_ratings_of_the_tidy_table(delimiter, encoding, said, tmp_path):
    frame = TIDY.rename(columns=str.upper)
    if delimiter == ";":
        frame["SECONDS"] = frame["SECONDS"].astype(str).str.replace(".", ",")
    rows = long_rows(frame.assign(Grüße="schön"))
    rows = [["sep=;"], *rows] if delimiter == ";" else rows
    found = read(written(tmp_path / "ratings.csv", rows, delimiter, encoding))
    same(found.responses, seconds=True)
    assert said in found.line and "seconds per item" in found.line


def test_excel_files_are_read_and_a_second_sheet_of_notes_does_no_harm(tmp_path):
    book, path = openpyxl.Workbook(), tmp_path / "ratings.xlsx"
    for row in wide_rows(rating=float):
        book.active.append(row)
    notes = book.create_sheet("notes")
    for row in (["item", "text"], *ITEMS.items()):
        notes.append(list(row))
    book.save(path)
    found = read(path)
    same(found.responses)
    assert "(Excel, people by 'participant')" in found.line
    second = book.create_sheet("again")
    for row in wide_rows():
        second.append(row)
    book.save(path)
    with pytest.raises(InputError, match="expected one sheet of ratings, found 2; name it: --sheet NAME"):
        read(path)
    same(read(path, switches=Switches(sheet="again")).responses)


@pytest.mark.parametrize("rows", [wide_rows(), long_rows(TIDY.drop(columns="seconds"))], ids=["wide", "long"])
def test_merged_cells_hold_for_all_their_rows_and_are_asked_for_where_they_are_lost(rows, tmp_path):
    rows = [rows[0], *sorted(rows[1:], key=lambda row: row[1])]
    book, path = openpyxl.Workbook(), tmp_path / "r.xlsx"
    for row in rows:
        book.active.append(row)
    firsts = [line for line, row in enumerate(rows[1:], 2) if row[1] != rows[line - 2][1]]
    for first, after in zip(firsts, [*firsts[1:], len(rows) + 1], strict=True):
        book.active.merge_cells(start_row=first, end_row=after - 1, start_column=2, end_column=2)
    book.save(path)
    same(read(path).responses)
    lost = [row if line in (1, *firsts) else [row[0], "", *row[2:]] for line, row in enumerate(rows, 1)]
    with pytest.raises(InputError, match=r"line \d+: expected a condition in every row, found none .* Fill it in"):
        read(written(tmp_path / "r.csv", lost))


@pytest.mark.parametrize("rows", [wide_rows(), long_rows()], ids=["wide", "long"])
def test_heads_that_come_again_below_are_no_ratings(rows, tmp_path):
    same(read(written(tmp_path / "r.csv", [*rows[:4], rows[0], *rows[4:]])).responses)
    with pytest.raises(InputError, match="no rating in it; expected rows of ratings below these heads"):
        read(written(tmp_path / "r.csv", [rows[0], rows[0]]))


def test_a_row_of_totals_is_left_out_and_counted_or_named(tmp_path):
    total = ["Mean", "", *(WIDE[item].mean() for item in ITEMS)]
    found = read(written(tmp_path / "r.csv", [*wide_rows(), total]))
    same(found.responses)
    assert "left out: 1 people without a condition" in found.line
    with pytest.raises(InputError, match="line 90, column item: expected one of"):
        read(written(tmp_path / "r.csv", [*long_rows(), ["Mean", "", "", 3.2, 4.1]]))


def test_comments_with_commas_and_quotes(tmp_path):
    said = ['well, "a, b, c", d\nand; so, on', *["no, nothing, really, thank you, bye, " * n for n in range(7)]]
    rows = wide_rows()
    rows = [[*rows[0], "comments"], *([*row, words] for row, words in zip(rows[1:], said, strict=True))]
    for delimiter in ",;\t":
        same(read(written(tmp_path / "r.csv", rows, delimiter)).responses)
    text = "\n".join(",".join(map(str, row)) for row in [rows[0], *([*row[:-1], "a, b"] for row in rows[1:])])
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="line 2: expected 14 columns, found more; put quotes around texts"):
        read(tmp_path / "r.csv")
    (tmp_path / "r.csv").write_text(text.replace("a, b", '"a" b'), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: not CSV .* a quote in a text is written twice"):
        read(tmp_path / "r.csv")


def test_decimal_marks_may_be_mixed(tmp_path):
    rows = long_rows(TIDY.assign(seconds=TIDY["seconds"].astype(str)))
    rows = [rows[0], *([*row[:-1], row[-1].replace(".", ",")] if n % 2 else row for n, row in enumerate(rows[1:]))]
    same(read(written(tmp_path / "r.csv", rows)).responses, seconds=True)


BOOKS = {  # the value of one cell, how the column is shown, and what is said of it
    "percent": (
        "80%",
        "General",
        "line 3, column predict: expected a whole number from 1 to 5 or its words, found '80%'",
    ),
    "a share": (0.8, "0%", "line 3, column predict: expected a whole number from 1 to 5 or its words, found '0.8'"),
    "a serial": (46117, "General", "found '46117'"),
    "a date": (46117, "yyyy-mm-dd", "found '2026-04-05 00:00:00'"),
}


@pytest.mark.parametrize("case", BOOKS)
def test_cells_that_excel_has_turned_into_something_else_are_named(case, tmp_path):
    value, shown, said = BOOKS[case]
    book, path = openpyxl.Workbook(), tmp_path / "r.xlsx"
    data = book.create_sheet("data")  # below an empty one
    for row in wide_rows():
        data.append(row)
    book.save(path)
    same(read(path).responses)
    data["C3"], data["C3"].number_format = value, shown
    book.save(path)
    with pytest.raises(InputError) as error:
        read(path)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_protected_and_torn_workbooks_end_in_one_line(tmp_path):
    path = tmp_path / "r.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500))
    with pytest.raises(InputError, match="protected by a password; save it without one, or as CSV"):
        read(path)
    book = openpyxl.Workbook()
    for row in wide_rows():
        book.active.append(row)
    book.save(path)
    whole = path.read_bytes()
    for at in range(100, len(whole) - 1, len(whole) // 40):  # a byte of it turned over
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        try:
            same(read(path).responses)
        except InputError as error:
            assert str(path) in str(error) and "\n" not in str(error)


def test_people_without_names_are_numbered_by_line(tmp_path):
    rows, said = without_names()
    found = read(written(tmp_path / "ratings.csv", rows))
    assert said in found.line and found.responses.frame["participant"].unique().tolist()[:2] == ["line 2", "line 3"]
    assert found.responses.evidence == "ratings of ratings.csv"


def test_other_scales_come_from_the_instrument(tmp_path):
    seven = (ratings.FILE.read_text(encoding="utf-8").replace("  5: strongly agree", "  7: strongly agree")
             .replace("  4: agree", "  4: neutral\n  5: somewhat agree\n  6: agree")
             .replace("  3: neither", "  3: somewhat disagree"))  # fmt: skip
    file = tmp_path / "seven.yml"
    file.write_text(seven, encoding="utf-8")
    path = written(tmp_path / "ratings.csv", wide_rows(rating=lambda point: point + 2 if point > 2 else point))
    with pytest.raises(InputError, match=r"line 2, column \w+: expected a whole number from 1 to 5.*--instrument FILE"):
        read(path)
    found = read(path, ratings.load(file)).responses
    assert found.instrument.high == 7 and found.frame["rating"].max() == 7
    words = {1: "strongly disagree", 2: "disagree", 3: "Neutral", 4: "Slightly agree", 5: "Completely agree"}
    found = read(written(path, wide_rows(rating=words.get)), ratings.load(file)).responses
    points = {1: 1, 2: 2, 3: 4, 4: 5, 5: 7}
    assert found.frame.groupby("item")["rating"].sum().to_dict() == {i: WIDE[i].map(points).sum() for i in ITEMS}


def test_no_answer_is_missing_and_counted_and_nothing_stops(tmp_path):
    rows = wide_rows()
    rows[1][2], rows[2][3], rows[3][4], rows[4][5], rows[5][6] = "", "NA", "Prefer not to say", "-99", "n/a"
    rows[6][2:6] = [""] * 4  # two of six interpretability items are left of this person
    rows[7][2:] = [""] * 11  # nothing at all
    rows[8][-1] = "NA"  # the attention item
    found = read(written(tmp_path / "ratings.csv", rows))
    assert "67 ratings of 11 items, 10 missing" in found.line
    assert "left out: 1 people without a rating" in found.line
    given = found.responses
    table = ratings.exclusion_table(given).set_index("condition")
    assert table.loc["correct"].to_dict() == {"asked": 2, "no rating": 1, "kept": 1}
    scores = ratings.scores(given).set_index(["participant", "scale"])["score"]
    turned = {item.id: 6 - WIDE[item.id] if item.reverse else WIDE[item.id] for item in INSTRUMENT.items}
    rest = [item.id for item in INSTRUMENT.scale("interpretability")[1:]]
    assert scores["simulated-001", "interpretability"] == pytest.approx(sum(turned[i][0] for i in rest) / 5)
    assert ("simulated-052", "interpretability") not in scores.index  # under half
    assert ("simulated-052", "load") in scores.index
    strict = ratings.scores(read(tmp_path / "ratings.csv", switches=Switches(least=1.0)).responses)
    assert strict.query("scale == 'interpretability'")["participant"].tolist() == ["simulated-077"]


def test_conditions_under_other_names(tmp_path):
    letters = dict(zip(INSTRUMENT.conditions, "ABCD", strict=True))
    path = written(tmp_path / "ratings.csv", long_rows(TIDY.assign(condition=TIDY["condition"].map(letters))))
    with pytest.raises(InputError, match=r"line 2, column condition: expected one of r1.*'A'.*--conditions 'A="):
        read(path)
    told = {letter: name for name, letter in letters.items()}
    same(read(path, switches=Switches(conditions=told)).responses)
    found = read(path, switches=Switches(conditions=told | {"D": ""}))
    assert found.responses.conditions == ["r1", "summary", "posthoc"]
    assert "left out: 2 people of other conditions" in found.line
    with pytest.raises(InputError, match="--conditions …=R9: expected one of r1"):
        read(path, switches=Switches(conditions={"A": "R9"}))


WITHIN = pd.concat(
    [TIDY[TIDY["participant"] == n].assign(participant=f"simulated-{i % 2}") for i, n in enumerate(NAMES)],
    ignore_index=True,
)


@pytest.mark.parametrize("head", ["{c}_{i}", "{i}.{c}", "{label} [{text}]", "{i} ({label})"])
def test_wide_tables_of_people_who_saw_every_condition(head, tmp_path):
    cells, heads = {}, ["participant"]
    for c, label in INSTRUMENT.conditions.items():
        heads += [head.format(c=c, i=i, label=label, text=text) for i, text in ITEMS.items()]
    for row in WITHIN.itertuples():
        cells.setdefault(row.participant, []).append(row.rating)
    found = read(written(tmp_path / "r.csv", [heads, *([name, *points] for name, points in cells.items())]))
    order = ["participant", "condition", "item"]
    left, right = (f.sort_values(order, ignore_index=True)["rating"] for f in (found.responses.frame, WITHIN))
    pd.testing.assert_series_equal(left, right)
    assert found.responses.within and f"2 people, each in several conditions ({COUNTS})" in found.line
    assert "88 ratings of 11 items, none missing" in found.line


def test_blocks_that_each_say_their_condition_and_attention_asked_once(tmp_path):
    people = {}
    for row in WITHIN.itertuples():
        people.setdefault(row.participant, {}).setdefault(row.condition, {})[row.item] = row.rating
    order = ["summary", "correct", "r1", "posthoc"]
    items = [item for item in ITEMS if item != "attention"]
    heads = ["participant", *(h for n in range(1, 5) for h in (f"condition_{n}", *(f"{i}_{n}" for i in items)))]
    rows = [
        [name, *(cell for c in order for cell in (c, *(seen[c][i] for i in items)))] for name, seen in people.items()
    ]
    found = read(written(tmp_path / "r.csv", [heads, *rows])).responses.frame
    told = WITHIN[WITHIN["item"] != "attention"]
    key = ["participant", "condition", "item"]
    left, right = (f.sort_values(key, ignore_index=True)[[*key, "rating"]] for f in (found, told))
    pd.testing.assert_frame_equal(left, right)
    heads = ["participant", *(f"{c}_{i}" for c in order for i in items), "attention"]
    rows = [[name, *(seen[c][i] for c in order for i in items), 5] for name, seen in people.items()]
    found = read(written(tmp_path / "r.csv", [heads, *rows]))
    assert (found.responses.frame["item"] == "attention").sum() == 2 and "none missing" in found.line
    assert len(ratings.exclude(found.responses).frame) == 0


def test_numbered_questions_are_not_numbered_conditions(tmp_path):
    codes = dict(zip(INSTRUMENT.conditions, "1234", strict=True))
    for form in ("{n}. {text}", "Q{n} {item}", "{n} {item}"):
        rows = wide_rows({i: form.format(n=n, text=t, item=i) for n, (i, t) in enumerate(ITEMS.items(), 1)})
        rows = [rows[0], *([name, codes[c], *points] for name, c, *points in rows[1:])]
        told = Switches(conditions={code: name for name, code in codes.items()})
        same(read(written(tmp_path / "r.csv", rows), switches=told).responses)


def test_several_traces_per_person_long_and_wide(tmp_path):
    twice = pd.concat([TIDY.assign(problem="p1"), TIDY.assign(problem="p2", rating=6 - TIDY["rating"])])
    found = read(written(tmp_path / "long.csv", long_rows(twice)))
    assert found.responses.occasion == ["participant", "condition", "problem"]
    assert "each in one condition" in found.line and "2 problems" in found.line and "176 ratings" in found.line
    means = ratings.scores(found.responses)["score"]
    assert len(means) == 16 and (means - 3).abs().max() < 1e-9  # each rating and its opposite
    rows = wide_rows()
    heads = [*rows[0][:2], *(f"t{n}_{item}" for n in (1, 2) for item in ITEMS)]
    both = [heads, *([*row, *(6 - point for point in row[2:])] for row in rows[1:])]
    wide = read(written(tmp_path / "wide.csv", both)).responses
    pd.testing.assert_frame_equal(ratings.scores(wide), ratings.scores(found.responses))
    short = [row[:-1] for row in both]  # attention asked once
    assert len(ratings.trace_scores(read(written(tmp_path / "short.csv", short)).responses)) == 32
    blocks = [[*rows[0], *ITEMS], *both[1:]]
    path = written(tmp_path / "blocks.csv", blocks)
    with pytest.raises(InputError, match=r"columns 3 and 14 both hold item 'predict'.*--repeats traces"):
        read(path)
    found = read(path, switches=Switches(repeats="traces")).responses
    pd.testing.assert_frame_equal(ratings.scores(found), ratings.scores(wide))
    two = [rows[0], *rows[1:], *([*row[:2], "", *(6 - point for point in row[3:])] for row in rows[1:])]
    two[1] = [*two[1][:3], "", *two[1][4:]]  # a blank in the first row of a person takes nothing from the second
    found = read(written(path, two), switches=Switches(repeats="traces"))
    assert "9 missing" in found.line and len(ratings.trace_scores(found.responses)) == 32


def test_the_same_rating_twice_asks(tmp_path):
    again = [*TIDY.iloc[0].drop("rating").to_dict().items()]
    row = dict(again) | {"rating": 1 if TIDY["rating"][0] > 1 else 2}
    path = written(tmp_path / "r.csv", [*long_rows(), [row[name] for name in TIDY.columns]])
    with pytest.raises(InputError, match=r"line 90, column rating: participant 'simulated-001' has rated"):
        read(path)
    same(read(path, switches=Switches(repeats="first")).responses)
    assert read(path, switches=Switches(repeats="last")).responses.frame["rating"].iloc[0] == row["rating"]


def test_a_few_people_in_several_conditions_ask(tmp_path):
    slip = TIDY[TIDY["participant"] == NAMES[0]].assign(condition="correct")
    path = written(tmp_path / "r.csv", long_rows(pd.concat([TIDY, slip])))
    with pytest.raises(InputError, match=r"1 of 8 people are in several conditions, such as 'simulated-001'"):
        read(path)
    assert read(path, switches=Switches(design="within")).responses.within
    between = read(path, switches=Switches(design="between"))
    assert not between.responses.within and "1 people in several conditions" in between.line


def two_conditions():
    rows = long_rows()
    return [[*rows[0], "group"], *([*row, "r1"] for row in rows[1:])]


ASKED = {  # what is wrong or can be read in two ways, and what the one line must say
    "two columns of conditions": (two_conditions, ["'condition' and 'group' could both be the condition", "--columns"]),
    "no conditions": (lambda: [[row[0], *row[2:]] for row in wide_rows()], ["no column of conditions", "--columns"]),
    "no items": (lambda: [["participant", "condition", "age"], ["a", "r1", 30]], ["one column per item", "--columns"]),
    "two names": (lambda: columns_before(wide_rows({"participant": "subject"}), ["person"], ["x"]),
                  ["'person' and 'subject' could both be the participant"]),
    "unknown words": (lambda: wide_rows(rating=lambda point: "meh"), ["column predict", "found 'meh'", "--words"]),
    "out of range": (lambda: wide_rows(rating=lambda point: point - 1), ["expected a whole number from 1 to 5"]),
    "a fraction": (lambda: wide_rows(rating=lambda point: 3.5), ["expected a whole number", "found '3.5'"]),
    "the other way round": (lambda: wide_rows(rating=lambda point: f"{point} - {WORDS[6 - point]}"),
                            ["stands beside", "the other way round"]),
    "seven words on five points": (
        lambda: wide_rows(rating=lambda point: {4: "somewhat agree", 5: "agree"}.get(point, "3")), ["more than 5"]
    ),
    "a slip in an item": (lambda: [*long_rows(), ["x", "r1", "predcit", 3, ""]], ["line 90", "found 'predcit'"]),
    "negative seconds": (lambda: [*long_rows(), ["x", "r1", "ease", 3, "-1"]], ["line 90, column seconds", "'-1'"]),
    "a cell too many": (lambda: [*long_rows(), ["x", "r1", "ease", 3, "", "more"]], ["line 90: expected 5 columns"]),
    "heads alone": (lambda: long_rows()[:1], ["no rating"]),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_what_is_wrong_or_ambiguous_ends_in_one_line(case, tmp_path):
    form, said = ASKED[case]
    path = written(tmp_path / "r.csv", form())
    with pytest.raises(InputError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message and all(words in message for words in said), message


NO_TABLES = [b"", b"\n \n", b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"]


@pytest.mark.parametrize("content", [*NO_TABLES, b'a,b\n"open,1\n', codecs.BOM_UTF16_LE + b"a"])
def test_what_is_no_table_ends_in_one_line(content, tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_switch_answers_what_was_asked(tmp_path):
    path = written(tmp_path / "r.csv", two_conditions())
    same(read(path, switches=Switches(columns={"condition": "condition"})).responses)
    path = written(path, wide_rows({"predict": "Frage 1"}))
    same(read(path, switches=Switches(columns={"predict": "Frage 1"})).responses)
    with pytest.raises(InputError, match="--columns predict=Frage 2: 0 columns have this head"):
        read(path, switches=Switches(columns={"predict": "Frage 2"}))
    with pytest.raises(InputError, match="--columns colour=Frage 1: expected one of participant, condition"):
        read(path, switches=Switches(columns={"colour": "Frage 1"}))
    path = written(path, wide_rows(rating=lambda point: "meh" if point == 3 else point - 1))
    told = {"meh": "3", **{str(n - 1): str(n) for n in (1, 2, 4, 5)}}
    same(read(path, switches=Switches(words=told)).responses)


CASES = Path(os.environ.get("TRACE_CASES") or ROOT.parent / "shared" / "cases") / "human"


@pytest.mark.skipif(not (CASES / "00_base.csv").exists(), reason="no folder of files as survey tools write them")
def test_files_as_survey_tools_write_them():
    base = ratings.scores(read(CASES / "00_base.csv").responses).groupby(["scale", "condition"])["score"].mean()
    for path in sorted(CASES.glob("*.csv")):
        found = read(path)
        means = ratings.scores(found.responses).groupby(["scale", "condition"])["score"].mean()
        if path.name == "06_missing_row.csv":
            assert "1 missing" in found.line
            means, base_here = means.drop(("interpretability", "r1")), base.drop(("interpretability", "r1"))
        else:
            base_here = base
        assert means.to_dict() == base_here.to_dict(), path.name
