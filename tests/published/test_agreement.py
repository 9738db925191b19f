"""Rules against labels: what counts as agreement, and what the committed tables must hold."""

import pandas as pd
import pytest

from lib.datasets import babi, marco
from lib.datasets.cotemp import audit
from lib.datasets.problem import Problem
from lib.files import DATA
from lib.published import agreement

BIG = ["The jar fits inside the crate.", "The crate fits inside the barn.", "The barn is bigger than the jar."]


def test_the_rules_agree_with_the_released_labels():
    table = pd.read_csv(DATA / "babi_agreement.csv")
    assert set(table["category"]) == set(babi.CATEGORIES)
    assert (table[["class", "answers"]] >= 99).all(axis=None)
    sizes = table["category"] == "size-reasoning"
    assert (table.loc[~sizes, "gold_facts"] >= 99).all()
    assert (table["other_gold_facts"] == table["equally_short"]).all()


def problem_with(gold_facts: list[str], answer: str = "yes") -> Problem:
    facts = (*BIG, "The jar fits inside the box.", "The box fits inside the barn.", "The coin fits inside the box.")
    return Problem("", "babi", "Does the jar fit in the barn?", facts, (answer,), "size-reasoning", tuple(gold_facts))


@pytest.mark.parametrize(
    "gold_facts, agree, explained",
    [
        (BIG[:2], True, False),
        (["The jar fits inside the box.", "The box fits inside the barn."], False, True),
        (["The jar fits inside the box.", "The coin fits inside the box."], False, False),
        (BIG[2:], False, False),
        ([BIG[0], "The box fits inside the barn."], False, False),
    ],
)
def test_only_another_chain_as_short_explains_a_disagreement(gold_facts, agree, explained):
    assert agreement.compare_babi(problem_with(gold_facts)) == (True, True, agree, explained)


def test_an_answer_that_differs_is_counted():
    assert agreement.compare_babi(problem_with(BIG[:2], answer="no")) == (True, False, True, False)


def test_guesses_are_counted_by_group_and_class(monkeypatch, tmp_path):
    questions = "who sings,person,x\nwhy,description,x\nwhen is it,person,x\nwhere is it,location,y\n"
    (tmp_path / "marco_questions.csv").write_text(f"question,class,written\n{questions}")
    monkeypatch.setattr(agreement, "DATA", tmp_path)
    table = agreement.marco_agreement().set_index(["written", "class"])
    assert list(table.loc[("x", "person")]) == [2, 50.0, 0, 1, 0, 0, 1]
    assert list(table.loc[("x", "all")]) == [3, 66.7, 1, 1, 0, 0, 1]
    assert list(table.loc[("y", "all")]) == [1, 100.0, 0, 0, 0, 1, 0]
    assert table.loc[("y", "person"), "n"] == 0


def test_the_committed_table_of_guesses_is_what_the_rules_give():
    table = agreement.marco_agreement()
    assert table.to_csv(index=False, lineterminator="\n") == (DATA / "marco_class_guess.csv").read_text()
    assert table.loc[table["class"] == "all", "n"].sum() == len(pd.read_csv(DATA / "marco_questions.csv"))


def test_our_own_questions():
    questions = pd.read_csv(DATA / "marco_questions.csv")
    assert set(questions["class"]) == set(marco.CATEGORIES)
    assert questions["question"].is_unique
    assert list(questions["written"].unique()) == ["before the rules", "after the rules"]


def test_the_committed_audit_leaves_nothing_unexplained():
    table = pd.read_csv(DATA / "label_audit.csv")
    assert len(table) > 0
    assert set(table["reason"]) <= set(audit.REASONS) - {audit.OURS}
