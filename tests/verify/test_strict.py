"""The protocol "strict": what is right, what is wrong and why, and the released traces, gold and incorrect."""

import ast
import csv
import dataclasses
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.published import release as released_files
from lib.verify import released, strict, summarize, verify
from tests.made_up import (
    CARRYING,
    EMPLOYERS,
    FOOTBALL,
    PAINTING,
    UNANSWERED,
    babi_problem,
    completion,
    cotemp_problem,
    other_class,
    trace,
)

# --- answers ------------------------------------------------------------------------------------------------

PARTIES = cotemp_problem(
    facts=[
        "Ada Moss is a member of the Liberal Party of Canada from 1990 to 1999.",
        "Ada Moss is a member of the Workers' Union in 1992.",
        "Ada Moss is a member of the Liberal Party in 1993.",
        "Ada Moss is a member of the Société d'Études from 1980 to 1985.",
    ],
    question="While Ada Moss was a member of the Liberal Party of Canada, which party did Ada Moss belong to?",
    gold=["Workers' Union"],
)
BIRCH = cotemp_problem(list(EMPLOYERS.facts), EMPLOYERS.question, ["Birch College"])
ONEIL = cotemp_problem(
    ["Jo O'Neil works for Birch College in 1990."], "Which employer did Jo O'Neil have?", ["Birch College"]
)
ODD_BLANKS = cotemp_problem(["Ada Moss works for Elm\xa0Laboratory in 1990."], "Which employer?", ["Elm\xa0Laboratory"])
COACH = cotemp_problem(
    ["Ada Moss holds the position of assistant coach in 1990."], "Which position?", ["assistant coach"]
)

BOTH = "['Birch College', 'Cedar Society']"
EXTRA = "answer: gives 3 answers, 1 not gold: "
RIGHT = ""

ANSWERS = [
    # what, problem, text, reason ("" where right)
    ("the list", EMPLOYERS, f"<answer>{BOTH}</answer>", RIGHT),
    ("in another order", EMPLOYERS, "<answer>['Cedar Society', 'Birch College']</answer>", RIGHT),
    ("one twice", EMPLOYERS, "<answer>['Cedar Society', 'Birch College', 'Cedar Society']</answer>", RIGHT),
    ("other quotes and case", EMPLOYERS, '<answer>["birch college","CEDAR SOCIETY",]</answer>', RIGHT),
    ("curly quotes", EMPLOYERS, "<answer>[‘Birch College’, “Cedar Society”]</answer>", RIGHT),
    ("no tags", EMPLOYERS, BOTH, RIGHT),
    ("after the think part", EMPLOYERS, f"<think>Otto Finn</think>\n{BOTH}", RIGHT),
    ("after a mark", EMPLOYERS, f"<think>Otto Finn</think> Well. Answer: {BOTH}", RIGHT),
    ("after the role", EMPLOYERS, f"assistant\n\n{BOTH}", RIGHT),
    ("right after an open think part", EMPLOYERS, f"<think>{BOTH}", RIGHT),
    ("prose", EMPLOYERS, "Ada Moss worked for Birch College and the Cedar Society.", RIGHT),
    ("a list in prose", EMPLOYERS, f"The answer is: {BOTH}.", RIGHT),
    (
        "two answer tags that make up the set",
        EMPLOYERS,
        "<answer>Birch College</answer><answer>Cedar Society</answer>",
        "",
    ),
    ("two lists that make up the set", EMPLOYERS, "['Birch College'] and ['Cedar Society']", RIGHT),
    ("the same again until tokens run out", BIRCH, "It is Birch College.\nIt is Birch College.\nIt is Birch Co", RIGHT),
    ("in a box", BIRCH, r"The answer is \boxed{Birch College}", RIGHT),
    ("the question's own name besides", BIRCH, "While at Alder Institute, she worked for Birch College.", RIGHT),
    ("contractions", BIRCH, "I'm sure it's Birch College, that's all", RIGHT),
    ("an apostrophe that breaks the list", PARTIES, "['Workers' Union']", RIGHT),
    ("a curly apostrophe", PARTIES, "['Workers’ Union']", RIGHT),
    ("escapes", ODD_BLANKS, r"<answer>['Elm\xa0Laboratory']</answer>", RIGHT),
    ("the word assistant is a word", COACH, "assistant coach", RIGHT),
    ("bAbI", FOOTBALL, "<answer>Garden</answer>", RIGHT),
    ("bAbI, in a sentence", FOOTBALL, "The football is in the garden.", RIGHT),
    ("bAbI, a list", CARRYING, "<answer>apple,football</answer>", RIGHT),
    ("bAbI, a list in another order, in words", CARRYING, "Mary is carrying the football and the apple", RIGHT),
    ("MARCO, the first gold", PAINTING, "<answer>About two weeks.</answer>", RIGHT),
    ("MARCO, another gold is as good", PAINTING, "<answer>oil paint dries in about two weeks</answer>", RIGHT),
    ("MARCO, a gold in a list", PAINTING, "<answer>['about two weeks']</answer>", RIGHT),
    ("MARCO, no answer", UNANSWERED, "<answer>No answer present</answer>", RIGHT),
    # one missing
    ("one of two", EMPLOYERS, "['Birch College']", "answer: gives 1 answer, 1 missing: 'cedar society'"),
    ("bAbI, one of two", CARRYING, "apple", "answer: gives 1 answer, 1 missing: 'football'"),
    # one too many
    ("another employer", EMPLOYERS, f"{BOTH[:-1]}, 'Elm Laboratory']", EXTRA + "'elm laboratory'"),
    ("a person", EMPLOYERS, f"{BOTH[:-1]}, 'Otto Finn']", EXTRA + "'otto finn'"),
    ("an unknown", EMPLOYERS, f"{BOTH[:-1]}, 'Fir Museum']", EXTRA + "'fir museum'"),
    ("the question's own in a list", EMPLOYERS, f"{BOTH[:-1]}, 'Alder Institute']", EXTRA + "'alder institute'"),
    (
        "another employer in prose",
        EMPLOYERS,
        "Birch College, Cedar Society, Elm Laboratory",
        EXTRA + "'elm laboratory'",
    ),
    ("an unknown in prose", EMPLOYERS, "Birch College, Cedar Society and Fir", EXTRA + "'fir'"),
    ("... first", EMPLOYERS, "Fir, Birch College and Cedar Society", EXTRA + "'fir'"),
    ("... in lower case", EMPLOYERS, "fir, birch college and cedar society", EXTRA + "'fir'"),
    ("... with an apostrophe", BIRCH, "birch college, zebra's den", "3 answers, 2 not gold: 'den', \"zebra's\""),
    ("... with an apostrophe after a prose word", ONEIL, "birch college, o'hara", '2 answers, 1 not gold: "o\'hara"'),
    ("... on a line of its own", EMPLOYERS, "Birch College\nCedar Society\nFir", EXTRA + "'fir'"),
    ("... with a letter beyond Z", EMPLOYERS, "Birch College and Cedar Society and Århus", EXTRA + "'århus'"),
    ("... in brackets", EMPLOYERS, "Birch College, Cedar Society (Fir)", EXTRA + "'fir'"),
    ("half another's name", EMPLOYERS, "Birch College, Cedar Society, Elm", EXTRA + "'elm'"),
    (
        "the question's own, named twice",
        BIRCH,
        "Alder Institute, Birch College and Alder Institute",
        "answer: gives 2 answers, 1 not gold: 'alder institute'",
    ),
    (
        "a name inside the question's own",
        PARTIES,
        "Workers' Union, Liberal Party",
        "answer: gives 2 answers, 1 not gold: 'liberal party'",
    ),
    ("bAbI, another place", FOOTBALL, "garden or office", "answer: gives 2 answers, 1 not gold: 'office'"),
    ("bAbI, a word from elsewhere", FOOTBALL, "garden shed", "answer: gives 2 answers, 1 not gold: 'shed'"),
    # something else
    (
        "another",
        BIRCH,
        "['Elm Laboratory']",
        "answer: gives 1 answer, 1 not gold: 'elm laboratory', 1 missing: 'birch college'",
    ),
    ("half the name", BIRCH, "['Birch']", "answer: gives 1 answer, 1 not gold: 'birch', 1 missing: 'birch college'"),
    (
        "a longer name",
        BIRCH,
        "Birch Colleges",
        "gives 2 answers, 2 not gold: 'birch', 'colleges', 1 missing: 'birch college'",
    ),
    (
        "two names that run into one",
        cotemp_problem(["Ada Moss works for Elm Fir in 1990."], "Which?", ["Elm Fir"]),
        "['Elm', Fir]",
        "answer: gives 2 answers, 2 not gold: 'elm', 'fir', 1 missing: 'elm fir'",
    ),
    ("bAbI, half the word", FOOTBALL, "gard", "answer: gives 1 answer, 1 not gold: 'gard', 1 missing: 'garden'"),
    (
        "MARCO, more than a gold",
        PAINTING,
        "<answer>about two weeks or so</answer>",
        "answer: gives 1 answer, 1 not gold: 'about two weeks or so', 2 missing: 'about two weeks', "
        "'oil paint dries in about two weeks'",
    ),
    # nothing that can be read
    ("nothing", BIRCH, "", "answer: names nothing of the context"),
    ("prose about nothing", BIRCH, "it is not clear", "answer: names nothing of the context"),
    ("an empty list", BIRCH, "<answer>[]</answer>", "answer: names nothing of the context"),
    ("MARCO, nothing", PAINTING, "<answer>...</answer>", "answer: not clear, the list goes on"),
    ("an open list", EMPLOYERS, "['Birch College', 'Cedar Society'", "answer: the list is never closed"),
    ("an open list after a whole one", EMPLOYERS, f"{BOTH}\n['Elm", "answer: the list is never closed"),
    ("an open answer tag", BIRCH, "<answer>Birch College", "answer: the answer is cut off"),
    ("an open second tag", BIRCH, "<answer>Birch College</answer><answer>Elm", "answer: the answer is cut off"),
    ("an open think part", BIRCH, "<think>It is Birch College", "answer: the think part is never closed"),
]


@pytest.mark.parametrize(
    ("problem", "text", "reason"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS]
)
def test_strict_answers(problem, text, reason):
    check = strict.check_answer(problem, text)
    assert check.right == (reason == RIGHT)
    assert check.reason.endswith(reason) if reason else check.reason == ""
    assert (check.precision == check.recall == 1) == check.right


@pytest.mark.parametrize(
    ("text", "precision", "recall", "f1"),
    [
        (BOTH, 1, 1, 1),
        ("['Birch College']", 1, 1 / 2, 2 / 3),
        (f"{BOTH[:-1]}, 'Elm Laboratory']", 2 / 3, 1, 4 / 5),
        ("['Birch College', 'Elm Laboratory']", 1 / 2, 1 / 2, 1 / 2),
        ("['Elm Laboratory']", 0, 0, 0),
        ("['Birch College", 0, 0, 0),
    ],
)
def test_precision_recall_and_f1_are_over_sets(text, precision, recall, f1):
    scores = summarize([verify(EMPLOYERS, text)])["scores"]
    assert (scores["p"], scores["r"], scores["f1"]) == tuple(round(100 * x, 1) for x in (precision, recall, f1))


# --- the class step -----------------------------------------------------------------------------------------

CLASSES = [
    # what, problem, first sentence of the trace, reason
    ("declared", EMPLOYERS, "The relation is: during.", RIGHT),
    ("in other case and quotes", EMPLOYERS, "THE RELATION IS “DURING”.", RIGHT),
    ("no colon", EMPLOYERS, "The relation is during.", RIGHT),
    ("without a verb", EMPLOYERS, "Relation: during.", RIGHT),
    ("an idiom besides", EMPLOYERS, "The relation is: during. He was there during the same time period.", RIGHT),
    ("a second one later", EMPLOYERS, "The relation is: during. Equal.", "names 'during', 'equal', gold is 'during'"),
    ("not another", EMPLOYERS, "The relation is: during, not equal.", RIGHT),
    ("another", EMPLOYERS, "The relation is: equal.", "class step: names 'equal', gold is 'during'"),
    ("two", EMPLOYERS, "The relation is: during or equal.", "class step: names 'during', 'equal', gold is 'during'"),
    (
        "two in two sentences",
        EMPLOYERS,
        "The relation is: during. No, it is: mix.",
        "class step: names 'during', 'mix', gold is 'during'",
    ),
    ("denied", EMPLOYERS, "The relation is not during.", "names no class, gold is 'during', not clear, it is denied"),
    ("none", EMPLOYERS, "Let me see.", "class step: names no class, gold is 'during'"),
    ("a word in a sentence", EMPLOYERS, "Ada worked during the war.", "class step: names no class, gold is 'during'"),
    ("unknown", EMPLOYERS, "The relation is: before.", "class step: names no class, gold is 'during'"),
    (
        "half a class",
        FOOTBALL,
        "It is: supporting-facts.",
        "class step: names no class, gold is 'two-supporting-facts'",
    ),
    ("a longer class", FOOTBALL, "It is: two-supporting-facts-too.", "names no class, gold is 'two-supporting-facts'"),
    ("bAbI", FOOTBALL, "The category is: two-supporting-facts.", RIGHT),
    ("bAbI, another", FOOTBALL, "The category is: counting.", "names 'counting', gold is 'two-supporting-facts'"),
    ("MARCO", PAINTING, "The category is: numeric.", RIGHT),
    ("MARCO, another", PAINTING, "The category is: entity.", "class step: names 'entity', gold is 'numeric'"),
]


@pytest.mark.parametrize(("problem", "sentence", "reason"), [c[1:] for c in CLASSES], ids=[c[0] for c in CLASSES])
def test_strict_class_step(problem, sentence, reason):
    check = strict.check_steps(problem, f"<think>{sentence}\n{list(problem.gold_facts)}</think>")
    assert check.class_step == (reason == RIGHT)
    assert check.ir_step and check.parsed
    assert [text.endswith(reason) for text in check.reasons] == [True] * (reason != RIGHT)


# --- the IR step --------------------------------------------------------------------------------------------

F = EMPLOYERS.facts
GOLD = list(EMPLOYERS.gold_facts)
CITING = "I need to use the following facts to answer the question: "
INVENTED = "Ada Moss works for Fir Museum in 1994."
INSIDE = cotemp_problem(
    ["Ann Ash works for Elm in 1990.", "Bo Ash works for Elm in 1990."], "Who?", ["Ann Ash"], "S2_R1_O1"
)
WITH_BLANKS = cotemp_problem(ODD_BLANKS.facts, "Which?", ["Elm\xa0Laboratory"])

FACTS = [
    # what, problem, cited, reason
    ("the list", EMPLOYERS, f"{CITING}{GOLD}", RIGHT),
    ("in another order", EMPLOYERS, f"{CITING}{GOLD[::-1]}", RIGHT),
    ("one twice", EMPLOYERS, f"{CITING}{GOLD + GOLD[:1]}", RIGHT),
    ("other case, quotes and lines", EMPLOYERS, f"{CITING}\n“{GOLD[0].upper()}”,\n“{GOLD[1].lower()}”", RIGHT),
    ("in prose", EMPLOYERS, f"Let me see. {GOLD[1]} And then, {GOLD[0]} So it is.", RIGHT),
    ("a comment after the list", EMPLOYERS, f"{CITING}{GOLD} The answer is ['Birch College'].", RIGHT),
    ("escapes", WITH_BLANKS, f"{CITING}{list(WITH_BLANKS.gold_facts)}", RIGHT),
    ("bAbI, in lower case", FOOTBALL, str(FOOTBALL.gold_facts).lower(), RIGHT),
    ("MARCO", PAINTING, f"[{PAINTING.gold_facts[0]!r}]", RIGHT),
    ("MARCO, none needed", UNANSWERED, "I need no text.", RIGHT),
    ("one missing", EMPLOYERS, f"{CITING}{GOLD[:1]}", f"IR step: cites 1 fact, 1 missing: {GOLD[1]!r}"),
    ("none", EMPLOYERS, "", f"IR step: cites 0 facts, 2 missing: {GOLD[1]!r}, {GOLD[0]!r}"),
    ("one too many", EMPLOYERS, f"{CITING}{[*GOLD, F[4]]}", f"IR step: cites 3 facts, 1 not needed: {F[4]!r}"),
    (
        "another",
        EMPLOYERS,
        f"{CITING}{[GOLD[0], F[4]]}",
        f"IR step: cites 2 facts, 1 not needed: {F[4]!r}, 1 missing: {GOLD[1]!r}",
    ),
    ("MARCO, one though none is needed", UNANSWERED, str(UNANSWERED.facts), f"1 not needed: {UNANSWERED.facts[0]!r}"),
    ("an invented one", EMPLOYERS, f"{CITING}{[*GOLD, INVENTED]}", "cites 3 facts, 1 not in the context: {!r}"),
    ("... first", EMPLOYERS, f"{CITING}{[INVENTED, *GOLD]}", "cites 3 facts, 1 not in the context: {!r}"),
    ("... after the list", EMPLOYERS, f"{CITING}{GOLD}, '{INVENTED}'", "cites 3 facts, 1 not in the context: {!r}"),
    (
        "... in a list around it",
        EMPLOYERS,
        f"{CITING}[{GOLD}, '{INVENTED}']",
        "cites 3 facts, 1 not in the context: {!r}",
    ),
    (
        "... without a list",
        EMPLOYERS,
        f"{CITING}{' '.join(GOLD)} {INVENTED}",
        "cites 3 facts, 1 not in the context: {!r}",
    ),
    (
        "... behind a mark of our own",
        EMPLOYERS,
        f"{CITING}\ue000{INVENTED} {' '.join(GOLD)}",
        "1 not in the context: {!r}",
    ),
    (
        "an altered one",
        EMPLOYERS,
        f"{CITING}{[GOLD[0], GOLD[1].replace('1993', '1994')]}",
        "IR step: cites 2 facts, 1 not in the context: 'ada moss worked for cedar society in 1994', "
        f"1 missing: {GOLD[1]!r}",
    ),
    (
        "one inside an altered one",
        INSIDE,
        "Joann Ash works for Elm in 1990.",
        "1 not in the context: 'joann ash works for elm in 1990', 1 missing: 'Ann Ash works for Elm in 1990.'",
    ),
]


@pytest.mark.parametrize(("problem", "cited", "reason"), [case[1:] for case in FACTS], ids=[case[0] for case in FACTS])
def test_strict_ir_step(problem, cited, reason):
    check = strict.check_steps(problem, f"<think>The class is: {problem.category}.\n{cited}</think>")
    reason = reason.format(INVENTED.lower().rstrip("."))
    assert check.ir_step == (reason == RIGHT)
    assert check.class_step and check.parsed
    assert [text.endswith(reason) for text in check.reasons] == [True] * (reason != RIGHT)


UNPARSED = "trace: there is no think part"
THINK_PARTS = [
    # what, text, (parsed, class step, IR step)
    ("no tags", trace(EMPLOYERS), (False, False, False)),
    ("empty", "<think> </think><answer>x</answer>", (False, False, False)),
    ("never closed", f"<think>{trace(EMPLOYERS)}", (False, False, False)),
    ("cut off inside its end", f"<think>{trace(EMPLOYERS)}</thin", (False, False, False)),
    ("ended by the answer", f"<think>{trace(EMPLOYERS)} <answer>x</answer>", (True, True, True)),
    ("never opened", f"{trace(EMPLOYERS)}</think>", (True, True, True)),
    ("tags in capitals", f"<THINK>{trace(EMPLOYERS)}</THINK> <ANSWER>x</ANSWER>", (True, True, True)),
    ("one in the other", f"<think><think>{trace(EMPLOYERS)}</think></think>", (True, True, True)),
    ("two with the same", f"<think>{trace(EMPLOYERS)}</think>" * 2, (True, True, True)),
    (
        "two with two classes",
        f"<think>{trace(EMPLOYERS)}</think><think>{trace(EMPLOYERS, 'mix')}</think>",
        (True, False, True),
    ),
    ("after the answer", f"<answer>x</answer><think>{trace(EMPLOYERS)}</think>", (False, False, False)),
]


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in THINK_PARTS], ids=[case[0] for case in THINK_PARTS]
)
def test_what_counts_as_the_think_part(text, expected):
    check = strict.check_steps(EMPLOYERS, text)
    assert tuple(check[:3]) == expected
    assert (check.reasons == (UNPARSED,)) == (not check.parsed)


@pytest.mark.parametrize("problem", [EMPLOYERS, FOOTBALL, CARRYING, PAINTING, UNANSWERED], ids=lambda p: p.question)
def test_gold_is_right_and_another_class_is_not(problem):
    assert verify(problem, completion(problem)).reasons == ()
    verdict = verify(problem, completion(problem, trace(problem, other_class(problem))))
    assert (verdict.answer, verdict.class_step, verdict.ir_step, verdict.trace) == (True, False, True, False)


def test_another_protocol_is_told():
    with pytest.raises(InputError, match="answers='lax', steps='strict': expected each to be one of strict, released"):
        verify(EMPLOYERS, "", answers="lax")


def test_a_problem_without_gold_facts_is_refused():
    problem = dataclasses.replace(EMPLOYERS, answers=("birch college",), gold_facts=())
    with pytest.raises(InputError, match=r"expected gold facts, found none; no fact holds \('birch college',\)"):
        verify(problem, "")


def test_the_two_protocols_differ_where_they_should():
    """The smallest disagreements: extra answers of the unseen side, and any fact of the context as an IR step."""
    text = completion(EMPLOYERS, trace(EMPLOYERS, cited=[F[4]]), "['Birch College', 'Cedar Society', 'Elm Laboratory']")
    gold = released.GoldFile([(str(list(EMPLOYERS.answers)), "during", F)])
    assert [verify(EMPLOYERS, text, answers=a).answer for a in ("strict", "released")] == [False, True]
    steps = [verify(EMPLOYERS, text, steps=s, gold=gold).ir_step for s in ("strict", "released")]
    assert steps == [False, True]


# --- the released gold and incorrect traces -----------------------------------------------------------------


class Pair(NamedTuple):
    """One test problem with its gold and its incorrect completion."""

    problem: Problem
    correct: str
    incorrect: str


FILES = {  # class -> (commit, folder, file, problems)
    "equal": ("fa84bdc5c65b440bf3893f081612392508ae4a9c", "cotempqa", "equal_test.csv", 87),
    "during": ("fa84bdc5c65b440bf3893f081612392508ae4a9c", "cotempqa", "during_test.csv", 619),
    "overlap": ("fa84bdc5c65b440bf3893f081612392508ae4a9c", "cotempqa", "overlap_test.csv", 131),
    "mix": ("fa84bdc5c65b440bf3893f081612392508ae4a9c", "cotempqa", "mix_test.csv", 113),
    "babi": ("68cdd384817ff65ab7e0aea0d6c6f093a08d3fe8", "babiqa", "test.csv", 376),
}


def _rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _problem(row: dict, name: str) -> Problem:
    if name == "babi":
        facts, gold_facts = ast.literal_eval(row["passages"]), ast.literal_eval(row["answer_passage"])
        return babi_problem(facts, row["question"], row["answer"], gold_facts, row["query_type"])
    question = re.search(r"\nQuestion: (.*) Only return the answer\.", row["question"])[1]
    gold = ast.literal_eval(row["answer"])
    return cotemp_problem(ast.literal_eval(row["facts"]), question, gold, row["triple_element"], category=name)


def _completion(row: dict) -> str:
    return ast.literal_eval(row["messages"])[-1]["content"]


@pytest.fixture(params=FILES)
def pairs(request, release, monkeypatch) -> list[Pair]:
    monkeypatch.setenv(released_files.VARIABLE, str(release))
    commit, folder, file, size = FILES[request.param]
    tables = [
        _rows(released_files.fetch(f"{commit}/data/{folder}/sft_dataset_reasoning_{arm}_chat_template/{file}"))
        for arm in ("with_facts", "facts_perturbed")
    ]
    assert [len(table) for table in tables] == [size, size]
    problems = [[_problem(row, request.param) for row in table] for table in tables]
    assert problems[0] == problems[1]  # row by row, the two arms are about the same problems
    return [Pair(p, _completion(c), _completion(i)) for p, c, i in zip(problems[0], *tables, strict=True)]


@pytest.mark.release
def test_every_released_gold_trace_is_right_in_every_step(pairs):
    assert [verdict.reasons for p in pairs if (verdict := verify(p.problem, p.correct)).reasons] == []


def _class_and_citations(text: str) -> tuple[str, frozenset[str]]:
    """The class and the facts (in lower case) of a released trace, read by its layout and not by the verifier."""
    sentence, cited = re.search(r"is: (\S+)\.\n.*?: (.*)</think>", text, re.DOTALL).groups()
    facts = ast.literal_eval(cited) if cited.startswith("[") else [cited]
    return sentence, frozenset(fact.lower() for fact in facts)


@pytest.mark.release
def test_every_released_incorrect_trace_is_wrong_where_it_was_altered(pairs):
    for problem, correct, incorrect in pairs:
        (gold_class, gold_facts), (new_class, new_facts) = map(_class_and_citations, (correct, incorrect))
        # Every released incorrect trace alters both steps; were one to keep a step, it would have to be right there.
        verdict = verify(problem, incorrect)
        assert (verdict.class_step, verdict.ir_step) == (new_class == gold_class, new_facts == gold_facts)
        assert (new_class == gold_class, new_facts == gold_facts) == (False, False)
        assert verdict.parsed and verdict.answer, verdict.reasons


@pytest.mark.release
def test_incorrect_traces_cite_nothing_where_every_fact_is_gold(request, pairs):
    """The facts of an incorrect trace are drawn from those that are not gold; where none is, it cites an empty list."""
    empty = [pair.problem.id for pair in pairs if not _class_and_citations(pair.incorrect)[1]]
    assert empty == [pair.problem.id for pair in pairs if set(pair.problem.gold_facts) == set(pair.problem.facts)]
    assert len(empty) == {"overlap": 1, "babi": 16}.get(request.node.callspec.params["pairs"], 0)
