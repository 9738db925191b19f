"""The verifier under attack: whatever is done to a text, never a false "right", never an exception.

Problems are made up by hypothesis, with names and facts that invite mistakes (one inside another, quotes, brackets, odd
blanks). A mutation that changes the meaning must be wrong; one that does not must stay right. The released protocol
is lax on purpose: of it we ask no more than its own rule, read off the text by other means.
"""

import json
import re
import string
import unicodedata

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lib.datasets import DATASETS, cotemp
from lib.datasets.cotemp.grammar import subject_object
from lib.datasets.problem import Problem
from lib.verify import Verdict, released, verify
from lib.verify.completion import normalize
from lib.verify.strict import steps
from tests.made_up import (
    CITING,
    EMPLOYERS,
    FOOTBALL,
    PAINTING,
    answer_text,
    babi_problem,
    completion,
    cotemp_problem,
    marco_problem,
    trace,
)

settings.register_profile(
    "steady", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

# --- made-up problems ---------------------------------------------------------------------------------------

PLAIN_NAMES = (
    "Alder Institute|Birch College|Birch College of Rome|Cedar|Elm|Elm Park|Fir (North)|O'Dell & Sons|Workers' Union|"
    'Elm, Ltd.|La "Luna"|Söderån 19 FC|Åbo Works|Zhōng 中文 Club|Head of the Elm|Oak [B]|Gräfin-Hall'
).split("|")
NAMES = [*PLAIN_NAMES, "Oak\xa0Hill", "C\\D Works"]  # the last two are written with escapes in a list
UNKNOWN = ("Quux Museum", "Ärger", "Zebra's Den", "O'Hara")
PEOPLE = ("Ada Moss", "Otto Finn", "Ann", "Joann", "Ñandú O'Neil")
PLACES = "kitchen garden office hallway bathroom bedroom park cinema".split()
DATES = ("from 1990 to 1995", "in 1993", "in May, 1991", "from June 1, 1990 to July 2, 1992")
VERBS = ("works for", "worked for", "holds the position of", "is a member of the", "attended")


@st.composite
def cotemp_problems(draw, names=NAMES):
    """Objects are asked for; the first fact is the question's own. Two facts at least are gold, one at least is not."""
    person = draw(st.sampled_from(PEOPLE))
    objects = draw(st.lists(st.sampled_from(names), min_size=4, max_size=7, unique=True))
    facts = [f"{person} {draw(st.sampled_from(VERBS))} {name} {draw(st.sampled_from(DATES))}." for name in objects]
    question = f"While {person} was with {objects[0]}, where else was {person} during the same time period?"
    gold = objects[1 : draw(st.integers(2, len(objects) - 2)) + 1]
    problem = cotemp_problem(facts, question, gold, category=draw(st.sampled_from(cotemp.CATEGORIES)))
    assume(set(problem.gold_facts) != set(facts))
    return problem


@st.composite
def babi_problems(draw):
    moves = st.tuples(st.sampled_from(("Mary", "John", "Daniel", "Ann", "Joann")), st.sampled_from(PLACES))
    pairs = draw(st.lists(moves, min_size=3, max_size=6, unique=True))
    facts = [f"{who} went to the {place}." for who, place in pairs]
    who, place = pairs[-1]
    category = draw(st.sampled_from(DATASETS["babi"].CATEGORIES))
    return babi_problem(facts, f"Where is {who}?", place, facts[-1 - draw(st.integers(0, 1)) :], category)


@st.composite
def marco_problems(draw):
    """Each passage has words of its own, so that exactly one overlaps the answer most."""
    words = draw(st.permutations([f"{a}{b}" for a in ("gesso", "umber", "oil") for b in ("", "ish", "'s", " (raw)")]))
    facts = [f"Passage {i} tells of {' and '.join(words[4 * i : 4 * i + 4])}." for i in range(3)]
    answers = [f"{words[0]} before {words[1]}", f"First {words[0]}, then {words[1]}."][: draw(st.integers(1, 2))]
    category = draw(st.sampled_from(DATASETS["marco"].CATEGORIES))
    problem = marco_problem(facts, "what comes first?", answers, category)
    assert problem.gold_facts == (facts[0],)
    return problem


problems = st.one_of(cotemp_problems(), babi_problems(), marco_problems())
plain_problems = st.one_of(cotemp_problems(PLAIN_NAMES), babi_problems(), marco_problems())


def wrong_facts(problem: Problem) -> list[str]:
    return [fact for fact in problem.facts if fact not in problem.gold_facts]


# --- the judges ---------------------------------------------------------------------------------------------


def judge(problem: Problem, text: str) -> tuple[Verdict, Verdict]:
    """Strict and released verdict, after checking what holds for every verdict on every text."""
    gold = released.GoldFile([("|".join(problem.answers), problem.category, problem.facts)])
    if problem.dataset == "babi":
        gold = released.GoldFile([(",".join(problem.answers), problem.category, problem.facts)])
    strictly, laxly = verify(problem, text), verify(problem, text, answers="released", steps="released", gold=gold)
    for verdict in (strictly, laxly):
        whys = [reason.partition(":")[0] for reason in verdict.reasons]
        steps = (
            [("class step", verdict.class_step), ("IR step", verdict.ir_step)] if verdict.parsed else [("trace", False)]
        )
        assert whys == [name for name, right in (("answer", verdict.answer), *steps) if not right]
        assert verdict.answer == (verdict.precision == verdict.recall == 1.0)
        assert 0 <= verdict.precision <= 1 and 0 <= verdict.recall <= 1
        assert verdict.parsed or not (verdict.class_step or verdict.ir_step)
        assert verdict.trace == (verdict.class_step and verdict.ir_step)
    _released_is_right_only_by_its_own_rule(problem, text, laxly)
    return strictly, laxly


def _released_is_right_only_by_its_own_rule(problem: Problem, text: str, verdict: Verdict) -> None:
    said = text.lower().replace("assistant", "").replace("think", "")
    if verdict.answer and problem.dataset == "cotemp":
        assert all(answer.lower() in said for answer in problem.answers) or [normalize(said)] == [
            *map(normalize, problem.answers)
        ]
    if verdict.answer and problem.dataset != "cotemp":
        assert ",".join(problem.answers).lower() in said
    assert not verdict.class_step or problem.category in text.lower()
    assert not verdict.ir_step or any(fact in text for fact in problem.facts)


def assert_right(problem: Problem, text: str) -> None:
    assert judge(problem, text)[0].reasons == ()


def assert_wrong(problem: Problem, text: str, *, answer=True, class_step=True, ir_step=True) -> None:
    """Strictly, what is False must be wrong and what is True must still be right."""
    verdict = judge(problem, text)[0]
    assert (verdict.answer, verdict.class_step, verdict.ir_step) == (answer, class_step, ir_step), verdict.reasons


@given(problems)
def test_gold_is_right(problem):
    assert_right(problem, completion(problem))


@given(problems, st.data())
def test_the_study_s_form_needs_no_reading_and_is_read_alike(problem, data):
    cited = data.draw(st.lists(st.sampled_from(problem.facts), unique=True))
    think = trace(problem, data.draw(st.sampled_from(DATASETS[problem.dataset].CATEGORIES)), cited)
    context = steps._context(problem)
    short = steps._in_the_study_s_form(context, think)
    assert short is not None and short == steps._read(context, think)


# --- mutations of the steps ---------------------------------------------------------------------------------


@given(problems, st.data())
def test_a_wrong_class_is_wrong(problem, data):
    others = [name for name in DATASETS[problem.dataset].CATEGORIES if name != problem.category]
    wrong = data.draw(st.sampled_from([*others, "", problem.category[1:], problem.category + "ly"]))
    assert_wrong(problem, completion(problem, trace(problem, wrong)), class_step=False)


@given(problems, st.data())
def test_a_second_class_is_wrong(problem, data):
    other = data.draw(
        st.sampled_from([name for name in DATASETS[problem.dataset].CATEGORIES if name != problem.category])
    )
    both = data.draw(st.permutations([problem.category, other]))
    text = data.draw(st.sampled_from(["{} and {}", "{}, {}", "{}. No, it is: {}", "{}/{}"])).format(*both)
    assert_wrong(problem, completion(problem, trace(problem, text)), class_step=False)


@given(problems, st.data())
def test_a_dropped_fact_is_wrong(problem, data):
    gold = list(problem.gold_facts)
    gold.remove(data.draw(st.sampled_from(gold)))
    assert_wrong(problem, completion(problem, trace(problem, cited=gold)), ir_step=False)


@given(problems, st.data())
def test_an_added_fact_is_wrong(problem, data):
    added = data.draw(st.sampled_from(wrong_facts(problem)))
    cited = data.draw(st.permutations([*problem.gold_facts, added]))
    assert_wrong(problem, completion(problem, trace(problem, cited=cited)), ir_step=False)


@given(problems, st.data())
def test_a_swapped_fact_is_wrong(problem, data):
    cited = list(problem.gold_facts)
    cited[data.draw(st.integers(0, len(cited) - 1))] = data.draw(st.sampled_from(wrong_facts(problem)))
    assert_wrong(problem, completion(problem, trace(problem, cited=cited)), ir_step=False)


INVENTED = (
    "Zoe Quux works for Quux Museum in 1999.",
    "Zoe went to the attic.",
    "it's said]",
    "the moon's cheese",
    "42",
)


@given(problems, st.sampled_from(INVENTED), st.data())
def test_an_invented_fact_is_wrong(problem, invented, data):
    cited = data.draw(st.permutations([*problem.gold_facts, invented]))
    think = trace(problem, cited=cited)
    layout = data.draw(st.sampled_from(["list", "plain", "nested", "after", "two lists"]))
    if layout != "list":
        gold = list(problem.gold_facts)
        cited = {
            "plain": " ".join(cited),
            "nested": f"[{gold}, {invented!r}]",
            "after": f"{gold}, {invented!r}",
            "two lists": f"{gold} and {[invented]}",
        }[layout]
        think = trace(problem).partition(CITING[problem.dataset])[0] + CITING[problem.dataset] + cited
    assert_wrong(problem, completion(problem, think), ir_step=False)


def _altered(draw, text: str) -> str:
    """The text with one letter or digit replaced, inserted or removed."""
    at = draw(st.sampled_from([i for i, char in enumerate(text) if char.isalnum()]))
    new = draw(st.sampled_from("xqz7é中"))
    return draw(
        st.sampled_from([text[:at] + new + text[at + 1 :], text[:at] + new + text[at:], text[:at] + text[at + 1 :]])
    )


@given(problems, st.data())
def test_an_altered_fact_is_wrong(problem, data):
    cited = list(problem.gold_facts)
    at = data.draw(st.integers(0, len(cited) - 1))
    cited[at] = _altered(data.draw, cited[at])
    assume(cited[at].lower() not in {fact.lower() for fact in problem.facts})
    assert_wrong(problem, completion(problem, trace(problem, cited=cited)), ir_step=False)


@given(problems, st.data())
def test_a_fact_inside_a_longer_word_is_not_cited(problem, data):
    """ "Joann went to the park." does not quote "Ann went to the park.", in whatever words it is cited."""
    gold = list(problem.gold_facts)
    at = data.draw(st.integers(0, len(gold) - 1))
    gold[at] = data.draw(st.sampled_from(["Jo", "x", "9", "É"])) + gold[at]
    assume(gold[at].lower() not in {fact.lower() for fact in problem.facts})
    think = f"The class is: {problem.category}. We know that {' And '.join(gold)}"
    assert_wrong(problem, completion(problem, think), ir_step=False)


# --- mutations of the answer --------------------------------------------------------------------------------

STYLES = {
    "repr": repr,
    "json": lambda items: json.dumps(items, ensure_ascii=False),
    "json, escaped": json.dumps,
    "single quotes, none escaped": lambda items: "[" + ", ".join(f"'{item}'" for item in items) + "]",
    "curly quotes": lambda items: "[" + ", ".join(f"‘{item}’" for item in items) + "]",
    "backticks": lambda items: "[" + ", ".join(f"`{item}`" for item in items) + "]",
    "no quotes": lambda items: "[" + ", ".join(items) + "]",
    "no last quote": lambda items: "[" + ", ".join(f"'{item}" for item in items) + "]",
    "commas": ", ".join,
    "lines": lambda items: "\n".join(f"- {item}" for item in items),
    "words": lambda items: "The answers are " + " and ".join(items) + ".",
}
EXACT = ("repr", "json", "json, escaped")  # these read as list literals: everything in them counts


@given(cotemp_problems(), st.sampled_from(sorted(STYLES)), st.booleans(), st.data())
def test_a_missing_answer_is_wrong_in_any_style(problem, style, tagged, data):
    kept = list(problem.answers)
    kept.remove(data.draw(st.sampled_from(kept)))
    text = STYLES[style](kept)
    assert_wrong(problem, completion(problem, answer=text), answer=False)
    assert not judge(problem, text)[0].answer


@given(cotemp_problems(), st.sampled_from(sorted(STYLES)), st.data())
def test_an_extra_answer_is_wrong_in_any_style(problem, style, data):
    own = subject_object(problem.facts[0])[1]
    others = [subject_object(fact)[1] for fact in wrong_facts(problem) if fact != problem.facts[0]]
    extra = data.draw(st.sampled_from([*others, *UNKNOWN, *([own] if style in EXACT else [])]))
    assume(extra not in problem.answers)
    given = data.draw(st.permutations([*problem.answers, extra]))
    text = STYLES[style](given)
    if style not in EXACT:  # the question's own entity may be named once, and so may a name inside it
        assume(extra not in problem.question)
    assert_wrong(problem, completion(problem, answer=text), answer=False)
    assert not judge(problem, text)[0].answer
    if style in ("commas", "lines"):
        assert not judge(problem, text.lower())[0].answer


@given(cotemp_problems(), st.data())
def test_an_altered_answer_is_wrong(problem, data):
    answers = list(problem.answers)
    at = data.draw(st.integers(0, len(answers) - 1))
    answers[at] = _altered(data.draw, answers[at])
    assume(normalize(answers[at]) not in map(normalize, problem.answers))
    assert_wrong(problem, completion(problem, answer=repr(answers)), answer=False)


@given(st.one_of(babi_problems(), marco_problems()), st.data())
def test_another_word_or_an_altered_one_is_wrong(problem, data):
    gold = answer_text(problem)
    wrong = data.draw(
        st.sampled_from(
            [_altered(data.draw, gold), f"{gold} attic", f"attic, {gold}", f"{gold} and kitchens", "", "attic"]
        )
    )
    assume(normalize(wrong) not in map(normalize, problem.answers))
    assert_wrong(problem, completion(problem, answer=wrong), answer=False)


@given(babi_problems(), st.data())
def test_another_place_besides_is_wrong(problem, data):
    other = data.draw(st.sampled_from([place for place in PLACES if place != problem.answers[0]]))
    both = data.draw(st.permutations([problem.answers[0], other]))
    text = data.draw(st.sampled_from(["{},{}", "{} and {}", "['{}', '{}']", "{}\n{}", "It is the {}. Or the {}."]))
    assert_wrong(problem, completion(problem, answer=text.format(*both)), answer=False)


@given(
    problems,
    st.sampled_from(["<answer>{}</answer><answer>{}</answer>", "<answer>{}<answer>{}</answer>", "<answer>{}\n{}"]),
)
def test_gold_and_another_answer_in_several_tags_are_wrong(problem, form):
    wrong = {"cotemp": "['Quux Museum']", "babi": "attic", "marco": "nobody knows"}[problem.dataset]
    for pair in ((answer_text(problem), wrong), (wrong, answer_text(problem))):
        text = f"<think>{trace(problem)}</think>" + form.format(*pair)
        assert_wrong(problem, text, answer=False)


# --- cut off ------------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(problems)
def test_a_text_cut_off_is_right_only_from_where_its_part_is_complete(problem):
    text = completion(problem)
    trace_ends = text.index("</think>") + len("</think>")
    # a list says itself where it ends; a word may go on until its tag begins to close
    answer_ends = text.rindex("]") + 1 if problem.dataset == "cotemp" else text.rindex("</") + 2
    for end in range(len(text) + 1):
        strictly, _ = judge(problem, text[:end])
        assert strictly.answer == (end >= answer_ends), text[:end]
        assert (strictly.class_step, strictly.ir_step) == ((end >= trace_ends),) * 2, text[:end]


@settings(max_examples=15)
@given(cotemp_problems(), st.sampled_from(sorted(set(STYLES) - {"commas", "lines", "words"})))
def test_a_bare_list_cut_off_is_never_right(problem, style):
    text = STYLES[style](list(problem.answers))
    assert not any(judge(problem, text[:end])[0].answer for end in range(len(text)))


# --- changes that keep the meaning --------------------------------------------------------------------------


@given(problems, st.data())
def test_order_and_repetition_do_not_matter(problem, data):
    cited = data.draw(st.permutations(problem.gold_facts * 2))
    answer = answer_text(problem)
    if problem.dataset == "cotemp":
        answer = repr(data.draw(st.permutations(problem.answers * 2)))
    assert_right(problem, completion(problem, trace(problem, cited=cited), answer))


@given(plain_problems, st.sampled_from([str.lower, str.upper, str.title, str.swapcase, str.capitalize]))
def test_case_does_not_matter(problem, change):
    assert_right(problem, change(completion(problem)))


LAYOUTS = [
    lambda text: "assistant\n\n" + text,
    lambda text: " \n\t " + text + " \n",
    lambda text: text.replace(" ", "  "),
    lambda text: text.replace(" ", "\n"),
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("</think> <answer>", "</think><answer>"),
    lambda text: text.replace("</think>", "\n</think>\n\n").replace("<think>", "<think>\n"),
    lambda text: text.replace("<answer>", "<answer>\n ").replace("</answer>", "\n</answer>\nThank you."),
    lambda text: text.replace("</think>", ""),
    lambda text: text.replace("<think>", "<think><think>"),
    lambda text: text.replace("</think>", "</think></think>"),
    lambda text: text.replace("<think>", ""),
    lambda text: text.replace("'", "’").replace('"', "”"),
]


@given(problems, st.sampled_from(LAYOUTS))
def test_layout_does_not_matter(problem, change):
    assert_right(problem, change(completion(problem)))


@given(cotemp_problems(), st.sampled_from([*EXACT, "curly quotes"]), st.sampled_from(EXACT))
def test_the_style_of_quotes_does_not_matter(problem, answer_style, facts_style):
    assume(answer_style != "curly quotes" or not any("\\" in name for name in problem.answers))
    cited = STYLES[facts_style](list(problem.gold_facts))
    think = trace(problem, cited=[]).removesuffix("[]") + cited
    assert_right(problem, completion(problem, think, STYLES[answer_style](list(problem.answers))))


@given(cotemp_problems(PLAIN_NAMES))
def test_accents_may_be_composed_or_not(problem):
    assert_right(problem, unicodedata.normalize("NFD", completion(problem)))


# --- anything at all ----------------------------------------------------------------------------------------

TAGS = (
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    "<THINK>",
    "<Answer>",
    "</think",
    "<answer",
    "<>",
    "answer:",
    "\n",
    "[",
)
ODD = (
    "\0",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\u0301",
    "\U0001f600",
    "\ud800",
    "İ",
    "ſ",
    "\x85",
    "\u2028",
    "¶",
    "|",
    "\\",
    "﹍",
)


@given(problems, st.data())
def test_tags_in_any_order_around_a_wrong_trace_and_answer_are_wrong(problem, data):
    wrong = data.draw(
        st.sampled_from([name for name in DATASETS[problem.dataset].CATEGORIES if name != problem.category])
    )
    pieces = [*TAGS, trace(problem, wrong, wrong_facts(problem)), "['Quux Museum', 'Elsewhere']", "Quux"]
    text = "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=12)))
    strictly, laxly = judge(problem, text)
    assert (strictly.answer, strictly.class_step, strictly.ir_step) == (False, False, False)
    assert (laxly.answer, laxly.class_step) == (False, False)


@given(problems, st.data())
def test_pieces_of_gold_in_any_order_are_right_only_where_all_is_said(problem, data):
    """Random edits of the gold completion: what is right strictly must still stand in it, each fact and each answer."""
    text = completion(problem)
    for _ in range(data.draw(st.integers(1, 4))):
        start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
        piece = data.draw(st.sampled_from(["", text[start:end], *TAGS, *ODD]))
        text = text[:start] + piece + data.draw(st.sampled_from([text[end:], text[start:]]))
    strictly, _ = judge(problem, text)
    letters = _letters(text)
    if strictly.answer:
        wanted = problem.answers if problem.dataset == "cotemp" else [min(problem.answers, key=len)]
        assert all(_letters(answer) in letters for answer in wanted)
    assert not strictly.class_step or problem.category in text.lower()
    assert not strictly.ir_step or all(_letters(fact) in letters for fact in problem.gold_facts)


def _letters(text: str) -> str:
    """Letters and digits only, no tags, escapes read: what survives any change of layout."""
    text = re.sub(r"</?(?:think|answer)>", "", text, flags=re.IGNORECASE)
    text = text.replace("\\xa0", " ").replace("\\n", " ").replace("\\\\", "")
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", text).lower()))


@given(
    problems,
    st.text(st.characters(), max_size=200),
    st.sampled_from(["{}", "<think>{}</think>", "<think>{}", "<answer>{}"]),
)
def test_noise_is_never_right(problem, noise, form):
    text = form.replace("{}", noise)
    assume(not any(_letters(answer) in _letters(text) for answer in problem.answers))
    assume(problem.category not in text)
    strictly, laxly = judge(problem, text)
    assert not any(
        (strictly.answer, strictly.class_step, strictly.ir_step, laxly.answer, laxly.class_step, laxly.ir_step)
    )


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t \n", "\0", "\xa0", "[]", "['']", "[[]]", "<think></think>", "<answer></answer>"]
)
@pytest.mark.parametrize("problem", [EMPLOYERS, FOOTBALL, PAINTING], ids=lambda problem: problem.dataset)
def test_nothing_is_never_right(problem, text):
    for verdict in judge(problem, text):
        assert not (verdict.answer or verdict.class_step or verdict.ir_step)


@given(problems, st.sampled_from(ODD), st.data())
def test_an_odd_character_anywhere_raises_nothing(problem, char, data):
    text = completion(problem)
    at = data.draw(st.integers(0, len(text)))
    judge(problem, text[:at] + char + text[at:])


# --- a megabyte ---------------------------------------------------------------------------------------------

UNITS = [
    *("[", "]", "[[]", "<think>", "</think>", "<answer>", "<answer>x</answer>", "<think><answer>", "</a"),
    *("<think></think>", "</think>x", ". . ", "\n-", " :(", "[ ] ", "': ['"),
    *("',", "'", '"', "\\", "'\\", "['a', ", " ", "\n", "x", "X ", "é", "\0", ". ", "¶"),
    *("is: ", "is: during. ", "equal ", "answer: ", " answer ", "not ", "Birch Colleg", "Birch College"),
    *(EMPLOYERS.facts[0], "to answer the question: ", "to answer the question: ["),
]
MEGABYTE = 1 << 20


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_a_megabyte_of_noise_is_read_to_its_end_and_is_not_right(unit):
    """No clock: what took quadratic time would not come back here."""
    noise, part = unit * (MEGABYTE // len(unit)), unit * (MEGABYTE // 4 // len(unit))
    for text in (noise, f"<think>{part}</think> <answer>{part}</answer>", f"['a'{part}x]"):
        for verdict in judge(EMPLOYERS, text):
            assert not (verdict.answer or verdict.trace)


BEGUN = (
    "```",
    "```a",
    "[",
    "[a",
    "(",
    "{",
    "\\boxed{",
    "**",
    "answer",
    "1",
    "'",
    ":",
    "<b",
    "assistant",
    "<think>",
    "</think>",
    "<answer>",
    " :",
    "['a' ",
    "<del>",
    "<!--",
    "- [ ] ",
    "~~",
    "the answer is ",
    "so, ",
    "Birch College, ",
    "while Ada Moss ",
    "",
)


@pytest.mark.slow
@pytest.mark.parametrize("begun", BEGUN)
def test_what_is_begun_and_never_closed_is_read_in_linear_time(begun):
    """A long run of one character and then another: a pattern that tries every place would not come back here."""
    for run in (" ", "\n", ".", "a", "?!", "- "):
        text = begun + run * (100_000 // len(run)) + "x"
        for problem in (EMPLOYERS, FOOTBALL, PAINTING):
            assert not judge(problem, text)[0].answer


@pytest.mark.slow
@pytest.mark.parametrize("problem", [EMPLOYERS, FOOTBALL, PAINTING], ids=lambda problem: problem.dataset)
def test_gold_before_and_after_a_megabyte_of_noise(problem):
    noise = (string.ascii_lowercase + " ") * (MEGABYTE // 27)
    assert_wrong(problem, completion(problem) + noise, answer=False)  # what follows the answer must be harmless
    assert_wrong(problem, noise + completion(problem), answer=False, class_step=False)  # who knows what it says
    assert_wrong(problem, completion(problem).replace("</answer>", noise + "</answer>"), answer=False)
