"""CoTempQA by rule: generated problems come back whole, released ones agree or are explained, bad data is told."""

import json
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from lib.datasets import cotemp
from lib.datasets.cotemp import audit
from lib.datasets.cotemp.audit import AGAINST, AMBIGUOUS, DUPLICATE, MISSING, OURS
from lib.datasets.cotemp.grammar import PATTERNS, RELATIONS, Question, parse_fact, parse_question, render_question
from lib.datasets.problem import Problem
from lib.errors import InputError
from tests.made_up import EMPLOYERS, cotemp_problem


@pytest.fixture
def made(generated) -> list[Problem]:
    return generated["cotemp"]


def test_generated_problems_are_of_every_kind(made):
    kinds = Counter((problem.category, problem.pattern) for problem in made)
    assert set(kinds) == set(product(cotemp.CATEGORIES, PATTERNS)) and set(kinds.values()) == {100}
    assert all(pattern(parse_question(problem.question)) == problem.pattern for problem in made)
    assert {parse_fact(fact).relation for problem in made[:500] for fact in problem.facts} == set(RELATIONS)
    assert {len(problem.facts) for problem in made} == {10}


def pattern(question: Question) -> str:
    """Which of subject, relation and object the answer shares with the anchor."""
    if not question.asked_subject:
        return "S2_R1_O1"
    who = "S1" if question.asked_subject == question.subject else "S2"
    return f"{who}_{'R1' if question.asked == question.relation else 'R2'}_O2"


def test_fewer_facts():
    for problem in cotemp.generate(50, seed=3, category="mix", n_facts=5):
        assert (len(problem.facts), cotemp.decompose(problem).category) == (5, "mix")
    with pytest.raises(InputError, match="at least 5 facts per problem, found 4"):
        cotemp.generate(1, seed=1, n_facts=4)


def test_questions_are_read_as_they_are_written(made):
    questions = [parse_question(problem.question) for problem in made]
    by_kind = {(question.asked, question.asked_subject == ""): question for question in questions}
    assert set(by_kind) == set(product(RELATIONS, (True, False)))
    assert all(parse_question(render_question(one, "concurrently")) == one for one in by_kind.values())


def test_the_worked_example():
    found = cotemp.decompose(EMPLOYERS)
    assert found == cotemp.Decomposition("during", EMPLOYERS.gold_facts, ("Birch College", "Cedar Society"))
    lies = {candidate.name: candidate.relation for candidate in cotemp.solve(EMPLOYERS)}
    assert lies == {"Birch College": "during", "Cedar Society": "during", "Elm Laboratory": "apart"}
    assert audit.examine(EMPLOYERS) is None  # the label audit has nothing to say
    prompt = cotemp.render(EMPLOYERS)  # the released ones: test_outputs.py, where the release is at hand
    assert prompt.startswith("Answer the question based on the context:\n['Ada Moss works for Alder")
    assert prompt.endswith("during the same time period? Only return the answer.\n")


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ("Ada Moss likes Elm in 1990.", "expected a dated fact of a known relation"),
        ("Ada Moss works for Elm.", "expected a dated fact of a known relation"),
        ("Ada Moss works for Elm in Undecember, 1990.", "expected a date such as"),
        ("Ada Moss works for Elm in February 30, 1990.", "impossible date 'February 30, 1990' in fact 'Ada"),
        ("Ada Moss works for Elm from 1995 to 1990.", "ends before it starts: from 1995 to 1990 in fact 'Ada"),
    ],
)
def test_facts_that_cannot_be_read(fact, message):
    with pytest.raises(InputError, match=message):
        parse_fact(fact)


def test_names_may_hold_what_looks_like_a_date_or_a_relation():
    fact = parse_fact("Ann of the War in 1990 works for Bank from Oslo in Rome from May 3, 1990 to 1995.")
    assert (fact.subject, fact.object) == ("Ann of the War in 1990", "Bank from Oslo in Rome")
    assert parse_fact("Al owned by Bo is owned by Cy in 1990.").relation == "owned"


@pytest.mark.parametrize(
    "question",
    [
        "",
        "While Ada Moss was working for Elm, where was she?",
        "While Ada Moss was working for Elm, who also worked for Oak at the same time?",  # another object
        "While Ada Moss was working for Elm, which employer did Ada Moss work for at some time?!",
    ],
)
def test_questions_that_cannot_be_read(question):
    with pytest.raises(InputError, match="expected a question"):
        parse_question(question)


def test_contexts_that_do_not_answer():
    for facts in ((), EMPLOYERS.facts[1:]):
        with pytest.raises(InputError, match="no fact says that 'Ada Moss' … 'Alder Institute'"):
            cotemp.decompose(replace(EMPLOYERS, id=f"{len(facts)} facts", facts=facts))
    with pytest.raises(InputError, match="no fact of the asked relation was true at the same time"):
        cotemp.decompose(replace(EMPLOYERS, id="c", facts=EMPLOYERS.facts[:1]))


GOOD = {
    "index": 0,
    "triple_element": "S1_R1_O2",
    "question": EMPLOYERS.question,
    "facts": list(EMPLOYERS.facts),
    "answer": ["Birch College", "Cedar Society"],
}
BAD = [
    ({key: GOOD[key] for key in GOOD if key != "facts"}, "line 2: field 'facts' is missing"),
    (GOOD | {"facts": "Ada …"}, "line 2: field 'facts': expected a list of strings"),
    (GOOD | {"facts": ["Ada Moss works for Elm in May 32, 1990."]}, "line 2: impossible date 'May 32, 1990'"),
    (GOOD | {"answer": [" "]}, "line 2: field 'answer': expected text, found none"),
    (GOOD | {"answer": ["Birch college"]}, "line 2: no fact holds the gold answer 'Birch college'"),
    (GOOD | {"triple_element": "S9"}, "line 2: field 'triple_element': expected one of"),
    (GOOD, "line 2: the same question and facts as"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_rows_are_named_and_the_rest_is_kept(tmp_path, bad, message):
    path = tmp_path / "during.json"
    other = GOOD | {"facts": GOOD["facts"][::-1]}
    path.write_text("\n".join(map(json.dumps, (GOOD, bad, other))))
    loaded = cotemp.load(path)
    assert [problem.facts for problem in loaded.problems] == [EMPLOYERS.facts, EMPLOYERS.facts[::-1]]
    assert loaded.problems[0] == EMPLOYERS
    (rejected,) = loaded.rejected
    assert message in rejected
    assert rejected.startswith(str(path))
    assert loaded.report().startswith("2 problems kept, 1 rows left out\n")


def test_files_that_cannot_be_used(tmp_path):
    path = tmp_path / "during.json"
    for text, words in ((None, "cannot be read"), ("\n\n", "no usable problem; there is no row at all")):
        if text:
            path.write_text(text)
        with pytest.raises(InputError, match=words):
            cotemp.load(path)
    with pytest.raises(InputError, match=r"unknown class 'problems': expected one of equal"):
        cotemp.load(tmp_path / "problems.json")


def asked(gold: list[str], *jobs: tuple[str, str], category: str = "during"):
    facts = [f"Ada Moss works for {name} {dates}." for name, dates in (("Elm", "from 1990 to 1999"), *jobs)]
    question = "While Ada Moss was working for Elm, which employer did Ada Moss work for simultaneously?"
    return cotemp_problem(facts, question, gold, category=category)


JOBS = "Bo works for Elm from 1990 to 1999.|Cy works for Oak from 1992 to 1994.|Bo works for Oak from 1980 to 1985."
ASKED = "While Bo was working for Elm, which employer did Cy work for simultaneously?"
EARLIER = cotemp_problem(JOBS.split("|"), ASKED, ["Oak"], "S2_R1_O2", "overlap")


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        (MISSING, asked(["Oak"], ("Oak", "in May 3, 1995"), ("Fir", "from 1991 to 1992"))),
        # the anchor twice; an answer twice
        (DUPLICATE, asked(["Oak"], ("Elm", "from 1970 to 1975"), ("Oak", "in 1972"), ("Fir", "in 1995"))),
        (DUPLICATE, asked(["Oak"], ("Oak", "in 1995"), ("Oak", "from 1985 to 1993"))),
        # an answer of another relation; another fact of the same name
        (AGAINST, asked(["Oak", "Elm"], ("Oak", "in 1995"))),
        (AGAINST, EARLIER),
        (AMBIGUOUS, asked(["Fir", "Oak"], ("Fir", "in 1995"), ("Oak", "in 1999"))),
        (OURS, asked(["Fir", "Oak"], ("Fir", "in 1995"), ("Oak", "in 2005"))),
        (OURS, asked(["Fir"], ("Fir", "in 1995"), category="equal")),
    ],
)
def test_every_reason(reason, problem):
    assert audit.examine(problem).reason == reason
