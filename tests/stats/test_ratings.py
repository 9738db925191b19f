"""The questionnaire, and files of ratings: what is kept of good ones, one line for whatever is wrong with bad ones."""

import math

import pandas as pd
import pytest
import yaml

from lib.errors import InputError
from lib.stats import ratings
from lib.study import ARM_LABELS, ARMS

QUESTIONS = ratings.load()
HEADER = "participant,condition,item,rating,seconds"
ANSWERS = {item.id: item.expected or 4 for item in QUESTIONS.items}


def lines_of(person: str, condition: str = "r1", seconds: str = "5", **changed: int) -> list[str]:
    """One participant's rows: 4 everywhere but in the attention item, unless `changed`."""
    answers = ANSWERS | changed
    return [f"{person},{condition},{item},{rating},{seconds}" for item, rating in answers.items()]


def written(tmp_path, *lines: str):
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def test_the_instrument_says_whose_words_it_holds_and_covers_what_the_paper_names():
    content = yaml.safe_load(ratings.FILE.read_text())
    assert content["wording"] == "ours" and "our own wording" in content["note"]
    assert (QUESTIONS.low, QUESTIONS.high, len(QUESTIONS.anchors)) == (1, 5, 5)
    assert set(QUESTIONS.conditions) == {"r1", "summary", "posthoc", "correct"} <= set(ARMS)
    for arm in ("r1", "summary", "posthoc"):
        assert QUESTIONS.conditions[arm] == ARM_LABELS[arm]
    facets = {scale: {item.facet for item in QUESTIONS.scale(scale)} for scale in ratings.SCALES}
    assert facets["interpretability"] == {"predictability", "comprehensibility", "faithfulness"}
    assert facets["load"] == {"mental demand", "effort", "frustration"}
    for scale in ratings.SCALES:
        assert {item.reverse for item in QUESTIONS.scale(scale)} == {True, False}


BAD_INSTRUMENTS = [
    ("no file", None, "cannot be read"),
    ("another file", "- id: C1", "not an instrument"),
    ("gap in the anchors", {"anchors": "{1: a, 3: b}"}, "anchors: expected consecutive"),
    ("an item twice", {"scale": "interpretability", "second": "a"}, "item 'a' stands there twice"),
    ("an unknown scale", {"scale": "usefulness"}, "found 'usefulness'"),
    ("an attention item without its answer", {"scale": "attention"}, "attention items, and only they, expect"),
    ("a scale without items", {"scale": "load"}, "no item of scale 'interpretability'"),
    ("an unknown field", {"more": ", colour: red"}, "not an instrument"),
]


@pytest.mark.parametrize(
    ("content", "words"), [case[1:] for case in BAD_INSTRUMENTS], ids=[c[0] for c in BAD_INSTRUMENTS]
)
def test_bad_instruments(tmp_path, content, words):
    path = tmp_path / "items.yml"
    if isinstance(content, dict):
        fields = {"anchors": "{1: a, 2: b}", "scale": "interpretability", "second": "b", "more": ""} | content
        content = "wording: ours\nnote: x\nconditions: {r1: R1}\nanchors: {anchors}\nitems:\n"
        content += (
            "  - {id: a, scale: {scale}, facet: f, text: t{more}}\n  - {id: {second}, scale: load, facet: f, text: t}\n"
        )
        for name, value in fields.items():
            content = content.replace("{" + name + "}", value)
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=words) as error:
        ratings.load(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_good_file_is_kept_as_it_is(tmp_path):
    read = ratings.read_responses(written(tmp_path, *lines_of("a", follow=5), *lines_of("b", "correct", "")))
    assert read.conditions == ["r1", "correct"]
    assert read.evidence == "ratings of ratings.csv"
    assert len(read.frame) == 2 * len(QUESTIONS.items)
    assert read.frame.loc[read.frame["item"] == "follow", "rating"].tolist() == [5, 4]
    assert read.frame.loc[read.frame["participant"] == "b", "seconds"].isna().all()  # not recorded


def test_spreadsheets_blanks_and_byte_order_marks_do_no_harm(tmp_path):
    path = written(tmp_path, *(line.replace(",4,", ", 4.0 ,") for line in lines_of("a")))
    plain = ratings.read_responses(written(tmp_path, *lines_of("a"))).frame
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    pd.testing.assert_frame_equal(ratings.read_responses(path).frame, plain)


def test_reverse_items_are_turned_round_and_attention_items_left_out(tmp_path):
    read = ratings.read_responses(written(tmp_path, *lines_of("a", follow=5, lost=2)))
    scored = ratings.scored(read).set_index("item")
    assert "attention" not in scored.index
    assert (scored.loc["follow", "score"], scored.loc["lost", "score"], scored.loc["surprise", "score"]) == (5, 4, 2)
    means = ratings.scores(read).set_index("scale")["score"]
    # predict 4, surprise 2, follow 5, lost 4, grounds 4, beside 2; demand, effort, frustration 4, ease 2
    assert means["interpretability"] == pytest.approx(21 / 6)
    assert means["load"] == pytest.approx(14 / 4)


GOOD = [*lines_of("a"), *lines_of("b", "summary")]


BAD_FILES = [
    # what, the file's text after the header (or all of it, as bytes), words that the message must have
    ("rating 6", [*GOOD[:4], "a,r1,grounds,6,5"], ["line 6, column rating", "from 1 to 5", "'6'"]),
    ("rating 3.5", [*GOOD[:4], "a,r1,grounds,3.5,5"], ["line 6, column rating", "whole number", "'3.5'"]),
    ("no rating", [*GOOD[:4], "a,r1,grounds,,5"], ["line 6, column rating", "found ''"]),
    ("a rating without end", ["a,r1,follow," + "1" * 5000 + ",5"], ["line 2, column rating", "found '111"]),
    ("a missing item", [*lines_of("a")[1:], *lines_of("b")], ["line 2, column item", "'a' has no rating of 'predict'"]),
    ("attention only for some", [*lines_of("a"), *lines_of("b")[:-1]], ["line 13", "'b' has no rating of 'attention'"]),
    ("an item rated twice", [*GOOD, "b,summary,follow,2,5"],
     ["line 24, column item", "'b' has rated 'follow' before (line 15)"]),
    ("a participant in two conditions", [*lines_of("a")[:-1], "a,summary,attention,2,5"],
     ["line 12, column condition", "'a' is in 'r1' (line 2) and here in 'summary'"]),
    ("an unknown condition", ["a,R1,follow,2,5"], ["line 2, column condition", "r1, summary, posthoc", "'R1'"]),
    ("an unknown item", ["a,r1,clarity,2,5"], ["line 2, column item", "predict, surprise", "'clarity'"]),
    ("nobody", [",r1,follow,2,5"], ["line 2, column participant"]),
    ("negative seconds", ["a,r1,follow,2,-1"], ["line 2, column seconds", "at least 0", "'-1'"]),
    ("no number of seconds", ["a,r1,follow,2,nan"], ["line 2, column seconds", "'nan'"]),
    ("a cell too many", ["a,r1,follow,2,5,6"], ["line 2", "expected 5 columns", HEADER]),
    ("semicolons", (HEADER + "\na,r1,follow,2,5").replace(",", ";").encode(), ["line 1", "'participant' is missing"]),
    ("a missing column", b"participant,condition,item,rating\na,r1,follow,2", ["line 1", "'seconds' is missing"]),
    ("empty", b"", ["no rating in it", HEADER]),
    ("Latin-1", (HEADER + "\nJos\u00e9,r1,follow,2,5").encode("latin-1"), ["line 2", "not UTF-8 text"]),
    ("a spreadsheet", b"PK\x03\x04\x14\x00\x06\x00\x08\x00\n\xff\xfe", ["not UTF-8 text"]),
    ("an open quote", [*lines_of("a"), 'b,r1,"follow,2,5'], ["not a CSV file"]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES])
def test_bad_files(tmp_path, content, words):
    path = tmp_path / "ratings.csv"
    path.write_bytes(content if isinstance(content, bytes) else "\n".join([HEADER, *content]).encode())
    with pytest.raises(InputError) as error:
        ratings.read_responses(path)
    message = str(error.value)
    assert "\n" not in message and all(word in message for word in [str(path), *words]), message


def test_a_data_frame_is_checked_the_same_way(tmp_path):
    frame = ratings.read_responses(written(tmp_path, *GOOD)).frame
    pd.testing.assert_frame_equal(ratings.from_frame(frame).frame, frame)
    wrong = frame.assign(rating=frame["rating"].astype(float))
    wrong.loc[3, "rating"] = math.nan
    with pytest.raises(InputError, match=r"the table, row 4, column rating: expected a whole number.*found ''"):
        ratings.from_frame(wrong)
    with pytest.raises(InputError, match="column 'item' is missing"):
        ratings.from_frame(frame.drop(columns="item"))


def test_a_table_that_need_not_be_complete_may_lack_ratings_and_repeat_people(tmp_path):
    frame = ratings.read_responses(written(tmp_path, *GOOD)).frame
    loose = pd.concat([frame[1:], frame.assign(condition="correct")])
    found = ratings.from_frame(loose, complete=False)
    assert found.within and len(found.frame) == len(loose) and found.occasion == ["participant", "condition"]
    with pytest.raises(InputError, match="has rated 'surprise' before"):
        ratings.from_frame(pd.concat([loose, frame[1:2]]), complete=False)
    twice = pd.concat([frame.assign(problem="p1"), frame.assign(problem="p2", rating=3)])
    found = ratings.from_frame(twice, complete=False)
    assert found.occasion == ["participant", "condition", "problem"] and not found.within
    traces = ratings.trace_scores(found)
    assert len(traces) == 8 and set(traces.loc[traces["problem"] == "p2", "score"]) == {3}
    means = ratings.scores(found).set_index(["participant", "scale"])["score"]
    assert means["a", "load"] == (traces.query("participant == 'a' and scale == 'load'")["score"]).mean()


def test_exclusions_are_counted_by_reason_and_once(tmp_path):
    people = [*lines_of("a"), *lines_of("b", attention=5), *lines_of("c", seconds="0.5"), *lines_of("e", seconds="")]
    people += [*lines_of("d", "correct", seconds="0.5", attention=1), *lines_of("f", "correct")]
    kept = ratings.exclude(ratings.read_responses(written(tmp_path, *people)), min_seconds=2)
    assert sorted(set(kept.frame["participant"])) == ["a", "e", "f"]  # nothing is known against e
    table = ratings.exclusion_table(kept).set_index("condition")
    assert table.loc["r1"].to_dict() == {"asked": 4, "attention item failed": 1, "below 2 s per item": 1, "kept": 2}
    assert table.loc["correct"].tolist() == [2, 1, 0, 1]
    assert table.loc["summary", "asked"] == 0
