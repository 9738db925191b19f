"""The protocol "released": the authors' published numbers exactly, every oddity of their scoring by a case of ours."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from lib.datasets import read_outputs
from lib.published import release as released_files
from lib.verify import released, summarize, verify_all
from tests.made_up import CARRYING, EMPLOYERS, FOOTBALL, PAINTING, babi_problem, cotemp_problem

RUNS = list(released_files.runs())
TRACED_BABI = [run for run in RUNS if run.dataset == "babi" and run.has_trace]


def _id(run: released_files.Run) -> str:
    return "-".join(filter(None, (run.dataset, run.category, run.student, run.arm)))


# --- the published numbers ----------------------------------------------------------------------------------


def test_the_registry_names_every_released_output_once():
    assert Counter((run.dataset, run.arm == "prompted") for run in RUNS) == {
        ("cotemp", False): 47,  # Qwen3-8B has no outputs of correct traces for class "during"
        ("cotemp", True): 8,
        ("babi", False): 6,
        ("babi", True): 2,
    }
    assert len({_id(run) for run in RUNS}) == len(RUNS)


@pytest.mark.release
@pytest.mark.parametrize("run", RUNS, ids=_id)
def test_published_scores_come_out_to_the_last_decimal(run, local):
    outputs = read_outputs(released_files.fetch(run.name), run.dataset)
    scores = summarize(verify_all(outputs, answers="released"))["scores"]
    published = released_files.fetch(run.name.replace("evaluation_outputs", "evaluation_results"))
    assert scores == json.loads(published.read_text())


@pytest.mark.release
@pytest.mark.parametrize("run", TRACED_BABI, ids=_id)
def test_published_babi_confusion_matrices_come_out_exactly(run, local):
    outputs = read_outputs(released_files.fetch(run.name), "babi")
    gold = released.GoldFile.read(released_files.fetch(run.gold_name), "babi")
    summary = summarize(verify_all(outputs, answers="released", steps="released", gold=gold))
    name = run.name.replace("evaluation_outputs", "confusion_matrix").replace(".json", "_confusion_matrix.json")
    published = json.loads(released_files.fetch(name).read_text())
    tables = [list(published[f"matrix{i}"].values()) for i in (1, 2, 3)]
    assert list(summary["tables"].values()) == tables
    class_table, ir_table, _ = tables
    assert published["accuracies"] == {
        "unevaluated": summary["unparsed"],
        "category_accuracy": class_table[0] + class_table[2],
        "fact_accuracy": ir_table[0] + ir_table[2],
        "answer_accuracy": ir_table[0] + ir_table[1],
    }


# --- the final answer, by hand ------------------------------------------------------------------------------

# The scorer looks for subjects, but for S2_R1_O1 for objects: the side that cannot be the answer, each time.
OBJECTS = EMPLOYERS
SUBJECTS = cotemp_problem(
    facts=[
        "Ada Moss is a member of the Alder Party from 1990 to 1999.",
        "Otto Finn is a member of the Alder Party from 1992 to 1995.",
        "Otto Finn is a member of the Birch Party in 2001.",
    ],
    question="While Ada Moss was a member of the Alder Party, who else was a member of the Alder Party at that time?",
    gold=["Otto Finn"],
    pattern="S2_R1_O1",
)
CURATOR = cotemp_problem(
    facts=[
        "Ada Moss holds the position of clerk in 1901.",
        "Ada Moss holds the position of assistant curator in 1901.",
    ],
    question="While Ada Moss was clerk, which position did Ada Moss hold?",
    gold=["assistant curator"],
)
# "Pine Club" stands in the question only inside a longer name.
CLUBS = cotemp_problem(
    facts=["Pine Club is owned by Oak Group in 1990.", "Pine Club of Rome is owned by Oak Group in 1990."],
    question="While Pine Club of Rome was owned by Oak Group, who was also owned by Oak Group?",
    gold=["Pine Club"],
)

ANSWERS = [
    # what, problem, text, (right, precision, recall)
    ("the golds, and nothing else", OBJECTS, "['Birch College', 'Cedar Society']", (True, 1, 1)),
    ("order and case do not matter", OBJECTS, "cedar society, BIRCH COLLEGE", (True, 1, 1)),
    ("one of two", OBJECTS, "['Birch College']", (False, 1, 1 / 2)),
    ("a wrong object goes unseen", OBJECTS, "['Birch College', 'Cedar Society', 'Elm Laboratory']", (True, 1, 1)),
    ("a wrong subject is seen", OBJECTS, "['Birch College', 'Cedar Society', 'Otto Finn']", (False, 2 / 3, 1)),
    ("the question's own subject is dropped", OBJECTS, "Ada Moss: Birch College, Cedar Society", (True, 1, 1)),
    ("S2_R1_O1: a wrong subject goes unseen", SUBJECTS, "['Otto Finn', 'Ada Moss']", (True, 1, 1)),
    ("S2_R1_O1: a wrong object is seen", SUBJECTS, "['Otto Finn', 'Birch Party']", (False, 1 / 2, 1)),
    ("S2_R1_O1: the question's own object is dropped", SUBJECTS, "Otto Finn of the Alder Party", (True, 1, 1)),
    ("nothing found: the whole text is one answer", OBJECTS, "the Elm Laboratory", (False, 0, 0)),
    ("nothing at all", OBJECTS, "", (False, 0, 0)),
    ("the word assistant is deleted, wherever", CURATOR, "assistant curator", (False, 0, 0)),
    ("a name inside a longer one of the question is dropped", CLUBS, "Pine Club", (False, 0, 0)),
    ("... but only once", CLUBS, "Pine Club of Rome, Pine Club", (True, 1, 1)),
    # where the answer is read from, in this order: tags, before the prompt's echo, after " answer ", after "answer:"
    ("inside the first answer tags", OBJECTS, "Otto Finn <answer>Birch College, Cedar Society</answer>", (True, 1, 1)),
    ("later answer tags do not count", OBJECTS, "<answer>Birch College</answer><answer>Cedar Society</answer>", None),
    ("an open answer tag", OBJECTS, "<think>Otto Finn</think> <answer>Birch College, Cedar Society", (True, 1, 1)),
    (
        "before the prompt's first words",
        OBJECTS,
        "Birch College, Cedar Society. Answer the question based on the context: Otto Finn",
        (True, 1, 1),
    ),
    ("after ' answer '", OBJECTS, "Otto Finn? My answer is Birch College, Cedar Society", (True, 1, 1)),
    ("... up to the next ' answer '", OBJECTS, "My answer is Birch College answer Cedar Society", (False, 1, 1 / 2)),
    ("after 'answer:'", OBJECTS, "Otto Finn? Answer: Birch College, Cedar Society", (True, 1, 1)),
    ("tags before ' answer '", OBJECTS, "my answer is Otto Finn <answer>Birch College</answer>", (False, 1, 1 / 2)),
    ("' answer ' before 'answer:'", OBJECTS, "my answer is Birch College Answer: Otto Finn", (False, 1 / 2, 1 / 2)),
    # bAbI: the text must contain the gold, and then be equal to it
    ("bAbI, equal", FOOTBALL, "Garden.", (True, 1, 1)),
    ("bAbI, contained but not equal", FOOTBALL, "the garden", (False, 0, 0)),
    ("bAbI, another word", FOOTBALL, "<answer>office</answer>", (False, 0, 0)),
    ("bAbI, a list as printed", CARRYING, "<answer>apple,football</answer>", (True, 1, 1)),
    ("bAbI, a list in another order", CARRYING, "<answer>football,apple</answer>", (False, 0, 0)),
    ("bAbI, a list with blanks", CARRYING, "<answer>apple, football</answer>", (False, 0, 0)),
    ("MARCO, both golds are one string", PAINTING, "<answer>about two weeks</answer>", (False, 0, 0)),
]


@pytest.mark.parametrize(("problem", "text", "expected"), [case[1:] for case in ANSWERS], ids=[c[0] for c in ANSWERS])
def test_released_answers(problem, text, expected):
    check = released.check_answer(problem, text)
    assert tuple(check[:3]) == pytest.approx(expected or (False, 1, 1 / 2))
    assert bool(check.reason) != check.right


# How the released patterns read a fact: (fact, subject and object looked for, lower-cased).
READINGS = [
    ("Ada Moss holds the position of clerk from 1901 to 1907.", ("ada moss", "clerk")),
    ("Ada Moss held the position of clerk in 1901.", ("ada moss", "clerk")),  # the past is rewritten
    ("Ada Moss was a member of the Alder Party in 1990.", ("ada moss", "alder party")),
    ("Ada Moss is the chair of Birch in 1990.", ("ada moss", "birch")),
    ("Ada Moss was the head of Cedar from 1990 to 1991.", ("ada moss", "cedar")),
    ("Pine Club is owned by Oak Group in 1990.", ("pine club", "oak group")),
    ("Ada Moss worked for Elm in 1990.", ("ada moss", "elm")),
    ("Ada Moss played for Elm FC in 1990.", ("ada moss", "elm fc")),
    ("Ada Moss attended Dogwood School in Rome in 1990.", ("ada moss", "dogwood school")),  # cut at the first " in "
    ("Ada Moss attends Dogwood School in 1990.", None),  # only "attended" is known
    # the words fire anywhere: "network" looks like work, finds no "works for", and goes on to the next relation
    ("Network Ten plays for Elm FC in 1990.", ("network ten", "elm fc")),
    # "position" is tried before "head"
    ("Ada Moss holds the position of the head of Elm in 1990.", ("ada moss", "the head of elm")),
    # the past is rewritten everywhere, names included
    ("The Man Who Was King was owned by Oak in 1990.", ("the man who was king", "oak")),
    ("She was Queen is owned by Oak in 1990.", ("she is queen", "oak")),
    ("Nothing of the kind.", None),
]


@pytest.mark.parametrize(("fact", "expected"), READINGS, ids=[fact for fact, _ in READINGS])
def test_released_reading_of_facts(fact, expected):
    assert released._subject_object(fact) == expected


# --- the steps, by hand -------------------------------------------------------------------------------------

OTHER_CONTEXT = ("Zoe Zander works for Birch College of Art from 1960 to 1965.", "Zoe Zander works for Fir in 1962.")
# The first row's answer contains the gold "Birch College" as a substring: its class and context are taken for gold.
JOINED_BY_SUBSTRING = [
    ("['Birch College of Art']", "mix", OTHER_CONTEXT),
    ("['Birch College', 'Cedar Society']", "during", EMPLOYERS.facts),
]
OWN_ROW = [("['Birch College', 'Cedar Society']", "during", EMPLOYERS.facts)]
BABI_ROW = [("garden", "two-supporting-facts", FOOTBALL.facts)]
COTEMP_SENTENCE = "The temporal relation between the event in question and the event in context is: "
GOLD_FACT, WRONG_FACT = EMPLOYERS.gold_facts[0], EMPLOYERS.facts[4]

STEPS = [
    # what, problem, gold rows, text, (parsed, class step, IR step)
    ("gold", EMPLOYERS, OWN_ROW, f"<think>{COTEMP_SENTENCE}during.\n{GOLD_FACT}</think>", (True, True, True)),
    ("any fact will do", EMPLOYERS, OWN_ROW, f"<think>{COTEMP_SENTENCE}during.\n{WRONG_FACT}</think>", (True,) * 3),
    (
        "the gold row is another question's: its class is wanted",
        EMPLOYERS,
        JOINED_BY_SUBSTRING,
        f"<think>{COTEMP_SENTENCE}during.\n{GOLD_FACT}</think>",
        (True, False, False),
    ),
    (
        "... and any of its facts",
        EMPLOYERS,
        JOINED_BY_SUBSTRING,
        f"<think>{COTEMP_SENTENCE}mix.\n{OTHER_CONTEXT[1]}</think>",
        (True, True, True),
    ),
    ("CoTempQA: first sentence only", EMPLOYERS, OWN_ROW, f"<think>Well. {COTEMP_SENTENCE}during.</think>", None),
    ("CoTempQA: the class in lower case", EMPLOYERS, OWN_ROW, f"<think>{COTEMP_SENTENCE}During.</think>", None),
    ("the class anywhere in the sentence", EMPLOYERS, OWN_ROW, "<think>not during, but equal.</think>", (1, 1, 0)),
    ("a fact in lower case is none", EMPLOYERS, OWN_ROW, f"<think>{GOLD_FACT.lower()}</think>", None),
    ("bAbI: second sentence", FOOTBALL, BABI_ROW, "<think>A. Is: Two-Supporting-Facts. B.</think>", (1, 1, 0)),
    ("bAbI: not the first", FOOTBALL, BABI_ROW, "<think>Is: two-supporting-facts. B.</think>", None),
    ("bAbI: the only one, if there is but one", FOOTBALL, BABI_ROW, "<think>two-supporting-facts</think>", (1, 1, 0)),
    ("bAbI: any passage of the row", FOOTBALL, BABI_ROW, f"<think>A. B. {FOOTBALL.facts[4]}</think>", (1, 0, 1)),
    ("what follows the first </think> does not count", FOOTBALL, BABI_ROW, f"<think>A.</think>{FOOTBALL.facts}", None),
    ("an open think part counts", FOOTBALL, BABI_ROW, f"<think>A. B. {FOOTBALL.facts[0]}", (1, 0, 1)),
    ("the word think is enough", FOOTBALL, BABI_ROW, f"I think. So. {FOOTBALL.facts[0]}", (1, 0, 1)),
    ("no think part", FOOTBALL, BABI_ROW, f"two-supporting-facts. {FOOTBALL.facts[0]}", (0, 0, 0)),
    ("an empty one before its end", FOOTBALL, BABI_ROW, f"</think>{FOOTBALL.facts[0]}", (0, 0, 0)),
    ("no row with this answer", FOOTBALL, OWN_ROW, f"<think>A. B. {FOOTBALL.facts[0]}</think>", (0, 0, 0)),
]


@pytest.mark.parametrize(
    ("problem", "rows", "text", "expected"), [case[1:] for case in STEPS], ids=[c[0] for c in STEPS]
)
def test_released_steps(problem, rows, text, expected):
    check = released.check_steps(problem, text, released.GoldFile(rows))
    assert tuple(check[:3]) == (expected or (True, False, False))
    assert len(check.reasons) == (2 - check.class_step - check.ir_step if check.parsed else 1)


def test_an_output_is_joined_with_the_first_row_that_contains_its_first_gold_answer():
    rows = [("['Elm']", "equal", ("a",)), ("Old Birch Colleges", "mix", ("b",)), ("Cedar Society", "overlap", ("c",))]
    assert released.GoldFile(rows).row_for(EMPLOYERS) == ("mix", ("b",))  # the second gold answer plays no part
    assert released.GoldFile(rows[2:]).row_for(EMPLOYERS) is None


def test_babi_joins_with_the_whole_gold_string():
    rows = [("apple", "counting", ("a",)), ("football,apple,football", "conjunction", ("b",))]
    assert released.GoldFile(rows).row_for(CARRYING) == ("conjunction", ("b",))


def test_no_gold_answer_joins_with_no_row():
    empty = babi_problem(["A."], "Q?", "", ["A."], "counting")
    assert released.GoldFile(BABI_ROW).row_for(empty) is None
    assert released.check_steps(empty, "<think>A.</think>", released.GoldFile(BABI_ROW)).parsed is False


def test_where_no_row_fits_the_row_of_the_output_before_stays_gold():
    gold = released.GoldFile(BABI_ROW)
    assert gold.row_for(CARRYING) is None  # nothing came before
    row = gold.row_for(FOOTBALL)
    assert row == ("two-supporting-facts", FOOTBALL.facts)
    assert gold.row_for(CARRYING) == row


def test_ties_in_length_are_settled_in_reverse_order_of_names():
    problem = cotemp_problem(["Bo works for X in 1.", "Al works for X in 1."], "Q?", ["X"])
    problem = replace(problem, answers=("Cy",))
    assert released._candidates(problem) == ("cy", "bo", "al")
