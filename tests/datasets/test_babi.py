"""bAbI: new problems and the rules against independent simulations; the released labels; bad files."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from lib.datasets import babi, read_outputs
from lib.datasets.babi import generator
from lib.datasets.babi.generator import Told
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.published import release
from tests.made_up import FOOTBALL


@pytest.fixture
def made(generated) -> list[Problem]:
    return generated["babi"]


def asked(facts: list[str], question: str) -> Problem:
    return Problem("", "babi", question, tuple(facts), (), "", ())


def found(facts: list[str], question: str) -> tuple[str, list[str], list[int]]:
    """Class, answers and numbers of the supporting sentences (of a story without repeated sentences)."""
    result = babi.decompose(asked(facts, question))
    return result.category, list(result.answers), [facts.index(fact) for fact in result.gold_facts]


def test_every_answer_can_be_scored_and_yes_is_as_frequent_as_no(made):
    """The strict answer check knows every answer word also without being told the gold answer."""
    for problem in made:
        if problem.category != "basic-deduction":  # its stories may name the answer in the plural only
            assert set(problem.answers) <= babi.entities(replace(problem, answers=()))[0], problem
    for category in ("positional-reasoning", "size-reasoning"):
        answers = [problem.answers[0] for problem in made if problem.category == category]
        assert 0.4 < answers.count("yes") / len(answers) < 0.6


def test_no_problem_comes_twice_and_too_many_are_told(monkeypatch):
    def world(rng: Random) -> Told:
        return Told([f"Ines went to the {rng.choice(('inn', 'bay', 'tower'))}."], "Where is Ines?", ["?"], {0})

    monkeypatch.setitem(generator.WORLDS, "conjunction", world)
    assert len({problem.id for problem in babi.generate(3, 0, "conjunction")}) == 3
    with pytest.raises(InputError, match="expected fewer problems than 4; about 3 different ones"):
        babi.generate(4, 0, "conjunction")


def test_supporting_facts_suffice_and_each_is_needed(made):
    """Alone they give the same answer; without any one of them, something else comes out, or nothing."""
    for problem in made:
        if problem.category == "counting" and any(" to " in fact for fact in problem.gold_facts):
            continue  # where somebody was given a thing, the giver's taking it is no supporting fact
        alone = babi.decompose(replace(problem, facts=problem.gold_facts))
        assert (alone.answers, alone.gold_facts) == (problem.answers, problem.gold_facts)
        for number in range(len(problem.facts)):
            if problem.facts[number] in problem.gold_facts and problem.facts.count(problem.facts[number]) == 1:
                rest = problem.facts[:number] + problem.facts[number + 1 :]
                assert _or_none(replace(problem, facts=rest)) != babi.decompose(problem)


def _or_none(problem: Problem):
    try:
        return babi.decompose(problem)
    except InputError:
        return None


def test_sizes_against_every_order_of_size():
    """The answer is yes (no) exactly if it is in every order of the things that the story allows."""
    rng, things, outcomes = Random(5), "coin cup jar crate barn".split(), set()
    for _ in range(150):
        order = rng.sample(things, 5)
        pairs = [sorted(rng.sample(range(5), 2)) for _ in range(rng.randint(2, 6))]
        told = [(order[small], order[big]) for small, big in pairs]
        small, big = rng.sample(things, 2)
        facts = [rng.choice((f"The {a} fits inside the {b}.", f"The {b} is bigger than the {a}.")) for a, b in told]
        allowed = possible(things, told, (small, big))
        result = _or_none(asked(facts, f"Does the {small} fit in the {big}?"))
        expected = {True: ("yes",), False: ("no",)}[allowed.pop()] if len(allowed) == 1 else None
        assert (result and result.answers) == expected
        if result:
            assert len(possible(things, [told[facts.index(fact)] for fact in result.gold_facts], (small, big))) == 1
        outcomes.add(result and (result.answers, len(result.gold_facts)))
    assert {None, (("yes",), 2), (("no",), 2), (("yes",), 3), (("no",), 1)} <= outcomes


def possible(things: list[str], told: list[tuple[str, str]], asked: tuple[str, str]) -> set[bool]:
    """Whether the first thing asked about is the smaller one, in every order of sizes that fits what is told."""
    orders = ({thing: place for place, thing in enumerate(order)} for order in permutations(things))
    return {at[asked[0]] < at[asked[1]] for at in orders if all(at[small] < at[big] for small, big in told)}


def test_positions_against_coordinates():
    rng = Random(6)
    sides = {"above": (0, 1), "below": (0, -1), "to the right of": (1, 0), "to the left of": (-1, 0)}
    for _ in range(200):
        at, facts = {"red cube": (0, 0)}, []
        for shape in ("blue cube", "star", "red ring", "cone"):
            other, side = rng.choice(list(at)), rng.choice(list(sides))
            at[shape] = (at[other][0] + sides[side][0], at[other][1] + sides[side][1])
            facts.append(f"The {shape} is {side} the {other}.")
        rng.shuffle(facts)
        first, second = rng.sample(list(at), 2)
        x, y = at[first][0] - at[second][0], at[first][1] - at[second][1]
        truth = {"above": y > 0, "below": y < 0, "to the right of": x > 0, "to the left of": x < 0}
        for side, yes in truth.items():
            assert found(facts, f"Is the {first} {side} the {second}?")[1] == ["yes" if yes else "no"]


BIG = ["The jar fits inside the crate.", "The crate fits inside the barn.", "The barn is bigger than the jar."]
VISITS = ["Ines went to the inn yesterday.", "This evening Ines went to the bay.", "Ines went to the spa this morning."]
HELD = ["Ines took the rope there.", "Ines went to the cellar.", "Hugo went to the attic."]


@pytest.mark.parametrize(
    "facts, question, expected",
    [
        (HELD, "Where is the rope?", ("two-supporting-facts", ["cellar"], [0, 1])),
        ([*HELD, "Ines and Hugo moved to the tower."], "Where is Hugo?", ("conjunction", ["tower"], [3])),
        (HELD, "What is Hugo carrying?", ("lists-sets", ["nothing"], [])),
        ([*HELD, "Ines gave the rope to Hugo."], "Where is the rope?", ("two-supporting-facts", ["attic"], [2, 3])),
        (BIG, "Is the barn bigger than the jar?", ("size-reasoning", ["yes"], [0, 1])),
        (["The tower is north of the inn."], "What is south of the tower?", ("two-arg-relations", ["inn"], [0])),
        (VISITS, "Where was Ines before the bay?", ("time-reasoning", ["spa"], [1, 2])),
    ],
)
def test_cases_by_hand(facts, question, expected):
    assert found(facts, question) == expected


def test_of_several_shortest_chains_the_one_complete_first_is_taken():
    first, last = "The jar fits inside the box.", "The box fits inside the barn."
    for facts in ([BIG[0], first, last, BIG[1]], [first, *BIG[:2], last]):
        assert found(facts, "Does the jar fit in the barn?")[2] == [1, 2]


@pytest.mark.parametrize(
    "facts, question, message",
    [
        ([], "Where is Ines?", "the story is empty"),
        (["Ines danced."], "Where is Ines?", "fact 1: cannot read 'Ines danced.'"),
        (["Ines went to the\ncellar."], "Where is Ines?", "fact 1: cannot read"),
        (HELD, "Why?", "question: cannot read 'Why?'"),
        (HELD, "Where is Otto?", "does not tell where 'Otto' is"),
        (HELD[:1], "Where is the rope?", "does not tell where 'Ines' is"),
        (HELD, "How many objects is Otto carrying?", "'Otto' is not in the story"),
        (["Ines dropped the rope."], "What is Ines carrying?", "fact 1: the story contradicts itself about who holds"),
        (["Ines is gray."], "Where is Ines?", "does not belong to single-supporting-fact"),
        (["Ines went to the inn this morning."], "Where was Ines before the inn?", "does not tell where 'Ines' was"),
        (["Ines is a fox."], "What color is Ines?", "does not tell what color 'Ines' has"),
        (["The inn is east of the bay."], "What is north of the bay?", "does not tell what is north of 'bay'"),
        (["The cup is above the jar."], "Is the cup above the box?", "does not tell where 'cup' is from 'box'"),
        (BIG, "Does the jar fit in the cup?", "does not compare 'jar' with 'cup'"),
        ([*BIG, "The barn fits inside the jar."], "Does the jar fit in the barn?", "contradicts itself"),
    ],
)
def test_what_cannot_be_solved_is_told_in_one_line(facts, question, message):
    with pytest.raises(InputError) as error:
        babi.decompose(asked(facts, question))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


ROW = {
    "passages": str(list(FOOTBALL.facts)),
    "query": "",
    "question": FOOTBALL.question,
    "query_type": FOOTBALL.category,
    "reasoning": "",
    "answer_passage": str(list(FOOTBALL.gold_facts)),
    "answer": "garden",
}
OTHER = ROW | {"question": "Where is the apple?", "answer": "kitchen,garden"}


def table(path: Path, *rows: dict) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_row_is_the_problem_of_the_released_output(tmp_path):
    loaded = babi.load(table(tmp_path / "train.csv", ROW, OTHER))
    assert loaded.problems[0] == FOOTBALL
    assert loaded.problems[1].answers == ("kitchen", "garden")
    assert loaded.rejected == []
    danced = ROW | {"passages": str(["Mary danced.", *FOOTBALL.facts])}
    [problem] = babi.load(table(tmp_path / "train.csv", danced)).problems  # kept: decompose tells
    with pytest.raises(InputError, match=r"fact 1: cannot read 'Mary danced\.'"):
        babi.decompose(problem)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"passages": "[]"}, "field 'passage': expected text, found none"),
        ({"passages": "Mary went"}, "field 'passage': expected a list of strings as text, found 'Mary went'"),
        ({"answer": "milk,"}, "field 'answer': expected text"),
        ({"answer_passage": "['Mary slept.']"}, "field 'answer_passage': 'Mary slept.' is not a sentence of the story"),
        ({"query_type": "cooking"}, "unknown class 'cooking': expected one of single-supporting-fact"),
        ({}, "the same question and facts as"),
    ],
)
def test_a_bad_row_is_left_out_with_its_line(tmp_path, change, message):
    path = table(tmp_path / "train.csv", ROW, ROW | change, OTHER)
    loaded = babi.load(path)
    assert [problem.question for problem in loaded.problems] == [FOOTBALL.question, OTHER["question"]]
    [line] = loaded.rejected
    assert line.startswith(f"{path}, line 3: ")
    assert message in line


@pytest.mark.release
def test_released_rows_are_the_problems_of_the_released_outputs(local):
    loaded = babi.load(release.fetch(release.names("data/babiqa/test_dataset")[0]))
    outputs = read_outputs(release.fetch(release.names("results/Babiqa/evaluation_outputs/Qwen")[0]), "babi")
    assert {problem.id: problem for problem in loaded.problems} == {o.problem.id: o.problem for o in outputs}
    assert (len(loaded.problems), len(loaded.rejected)) == (375, 1)


@pytest.mark.release
def test_no_sentence_of_the_release_is_made_again(local, made):
    released = [*release.babi_problems("train"), *release.babi_problems("test")]
    sentences = {sentence for problem in released for sentence in (*problem.facts, problem.question)}
    assert not sentences & {sentence for problem in made for sentence in (*problem.facts, problem.question)}
