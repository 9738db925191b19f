"""MS MARCO: files in every form in which they come, both rules, the generator and the prompt."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from lib.datasets import marco
from lib.datasets.marco import rules
from lib.datasets.problem import Problem
from lib.errors import InputError
from tests.made_up import PAINTING, UNANSWERED


def record(**changes: object) -> dict:
    """A record as MS MARCO QnA v2.1 has it; None drops a field."""
    texts = ["A canvas is primed with gesso.", "Oil paint dries in about two weeks.", "The painter lived by the sea."]
    fields = {
        "query": "how long does oil paint take to dry",
        "query_id": 7,
        "query_type": "NUMERIC",
        "passages": [passage(text, text.startswith("Oil")) for text in texts],
        "answers": ["About two weeks"],
        "wellFormedAnswers": "[]",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def passage(text: object, selected: bool = False) -> dict:
    return {"is_selected": int(selected), "passage_text": text, "url": "http://paint.example/"}


RECORDS = [
    record(),
    record(query="who invented gesso", query_type="PERSON", answers=[marco.NO_ANSWER], wellFormedAnswers=["a", "b"]),
    record(query="où est né le peintre", query_type="LOCATION", answers=["by the sea", "The sea."]),
]


def as_lines(records: list[dict]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in records).encode()


def as_columns(records: list[dict]) -> bytes:
    """Column-wise, as the official files are."""
    names = dict.fromkeys(name for row in records for name in row)
    columns = {name: {str(i): row[name] for i, row in enumerate(records) if name in row} for name in names}
    return json.dumps(columns, indent=2).encode()


def with_column_passages(row: dict) -> dict:
    """The same record with its passages as an object of lists, as the Hugging Face hub offers it."""
    names = row["passages"][0]
    return row | {"passages": {name: [passage[name] for passage in row["passages"]] for name in names}}


FORMS = {
    "lines": as_lines(RECORDS),
    "lines, Windows": b"\xef\xbb\xbf" + as_lines(RECORDS).replace(b"\n", b"\r\n\r\n"),
    "columns": as_columns(RECORDS),
    "lines, passages as columns": as_lines([with_column_passages(row) for row in RECORDS]),
    "columns, passages as columns": as_columns([with_column_passages(row) for row in RECORDS]),
}


def put(folder: Path, content: bytes) -> Path:
    path = folder / "marco.json"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_every_form_of_the_file_gives_the_same_problems(tmp_path, content, compressed):
    loaded = marco.load(put(tmp_path, gzip.compress(content) if compressed else content))
    first, second, third = loaded.problems
    assert loaded.rejected == []
    assert (first.dataset, first.question, first.category) == ("marco", RECORDS[0]["query"], "numeric")
    assert first.facts == tuple(passage["passage_text"] for passage in RECORDS[0]["passages"])
    assert (first.answers, first.gold_facts) == (("About two weeks",), (first.facts[1],))
    assert (second.category, second.answers, second.gold_facts) == ("person", (marco.NO_ANSWER,), ())
    assert (third.question, third.answers) == ("où est né le peintre", ("by the sea", "The sea."))
    assert third.gold_facts == (third.facts[2],)
    assert len(marco.load(put(tmp_path, as_lines([with_column_passages(record())]))).problems) == 1  # no table


BAD = [
    ({"query": None}, "'query' is missing"),
    ({"passages": None}, "'passages': expected objects with a 'passage_text', found null"),
    ({"query": 5}, "'query': expected a string, found 5"),
    ({"answers": [2]}, "'answers': expected a list of strings, found [2]"),
    ({"passages": [passage(3)]}, "'passages': expected a list of strings, found [3]"),
    ({"passages": [passage("a"), passage(" ")]}, "'passages': expected text, found none"),
    ({"answers": []}, "'answers': expected text"),
    ({"query_type": "TEMPORAL"}, "unknown class 'temporal': expected one of description, numeric,"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_a_bad_record_is_told_and_the_rest_kept(tmp_path, change, words):
    rows = [RECORDS[1], record(**change), RECORDS[2]]
    contents = {as_lines(rows): "marco.json, line 2: ", as_columns(rows): "marco.json, record 1: "}
    for content, place in contents.items():
        loaded = marco.load(put(tmp_path, content))
        assert [problem.question for problem in loaded.problems] == [row["query"] for row in RECORDS[1:]]
        [message] = loaded.rejected
        assert message.startswith(f"{tmp_path}/{place}") and words in message and "\n" not in message


@pytest.mark.parametrize("line", [as_lines([record()])[:-9], as_lines(RECORDS[2:]).decode().encode("latin-1")])
def test_a_bad_line_is_told_and_the_rest_kept(tmp_path, line):
    loaded = marco.load(put(tmp_path, b"\n".join([as_lines(RECORDS[:1]), line, as_lines(RECORDS[1:])])))
    assert [problem.question for problem in loaded.problems] == [row["query"] for row in RECORDS]
    [message] = loaded.rejected
    assert "marco.json, line 2: not a JSON object in UTF-8" in message


COMPRESSED = gzip.compress(as_lines(RECORDS))
UNUSABLE = [
    ("no record at all", as_columns([record()]).replace(b'"0"', b'"x"')[:-30], "line 1: not a JSON object"),
    ("truncated gzip", COMPRESSED[:-20], "cannot be read (Compressed file ended"),
    ("the eval file", as_columns([record(answers=None)]), "record 0: field 'answers' is missing"),
]


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_a_file_without_one_usable_record(tmp_path, content, words):
    with pytest.raises(InputError) as error:
        marco.load(put(tmp_path, content))
    assert words in str(error.value) and "\n" not in str(error.value)


OVERLAPS = [
    # what, passages, answers, the gold passage's place (None: no gold passage)
    ("the most words", ["red", "red and green", "green"], ["red green"], 1),
    ("the earliest wins a tie", ["blue", "red x", "y red", "red"], ["red"], 1),
    ("a repeated word counts once", ["red red red", "red green"], ["red green green"], 1),
    ("letters' case does not count", ["a b", "RED Green"], ["rEd gReen"], 1),
    ("only the first answer counts", ["red", "green blue"], ["red", "green blue"], 0),
    ("a number is one word", ["3 of 5, 000", "3.5 of 1,000"], ["3.5 of 1,000"], 1),
    ("nothing shared", ["red", "green"], ["blue"], None),
    ("no answer present", ["No Answer Present.", "red"], [marco.NO_ANSWER], None),
    ("no answer at all", ["red"], [], None),
]


@pytest.mark.parametrize(
    ("facts", "answers", "place"), [case[1:] for case in OVERLAPS], ids=[case[0] for case in OVERLAPS]
)
def test_the_gold_passage_shares_most_words_with_the_answer(facts, answers, place):
    gold = () if place is None else (facts[place],)
    assert marco.gold_facts(tuple(facts), tuple(answers)) == gold


@pytest.mark.parametrize(
    ("question", "category"),
    [
        ("What is a lathe?", "description"),
        ("how  MANY teeth has a saw", "numeric"),
        ("Who sharpened the saw", "person"),
        ("", "description"),
        ("whole grain bread", "description"),  # begins like "who"
    ],
)
def test_the_class_follows_from_the_form(question, category):
    assert marco.guess_class(question) == category


@pytest.fixture
def made(generated) -> list[Problem]:
    return generated["marco"]


def test_the_gold_passage_wins_alone(made):
    answered = [problem for problem in made if problem.gold_facts]
    for problem in answered:
        shared = rules.overlaps(problem.facts, problem.answers[0])
        assert shared.count(max(shared)) == 1
        assert all(answer in problem.gold_facts[0] for answer in problem.answers)
    unanswered = [problem for problem in made if not problem.gold_facts]
    assert {problem.answers for problem in unanswered} == {(marco.NO_ANSWER,)}
    assert 0.1 * len(made) < len(unanswered) < 0.2 * len(made)


def test_contexts_are_of_distinct_passages_and_the_gold_one_stands_anywhere(made):
    assert {len(problem.facts) for problem in made} == {8, 9, 10}
    assert all(len(set(problem.facts)) == len(problem.facts) for problem in made)
    places = Counter(problem.facts.index(problem.gold_facts[0]) for problem in made if problem.gold_facts)
    assert min(places[place] for place in range(8)) > len(made) / 20


def test_render():
    assert marco.render(PAINTING) == (
        "Answer the question based on the context:\n"
        "A canvas is primed with gesso before painting.\n"
        "Oil paint dries in about two weeks, acrylic paint within one hour.\n"
        "The painter lived by the sea.\n"
        "Question: how long does oil paint take to dry\n"
        "Only return the answer.\n"
    )
    row = {"question": "who?", "passages": ["one\n two", "three"], "answers": ["x"], "query_type": "person"}
    assert marco.render(marco.problem_of(row, "")).split("\n")[1:3] == ["one two", "three"]


def test_an_unanswered_problem_decomposes_into_no_passage():
    found = marco.decompose(UNANSWERED)
    assert (found.category, found.gold_facts, found.answers) == ("person", (), (marco.NO_ANSWER,))
