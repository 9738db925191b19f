"""What test sets share with training sets, counted."""

from dataclasses import replace

from lib.datasets import cotemp
from lib.published import integrity
from tests.made_up import EMPLOYERS, FOOTBALL


def test_shared_counts_kinds_and_classes():
    twin = replace(EMPLOYERS, id="twin", category="mix")
    others = cotemp.generate(4, seed=1)
    table = integrity.shared([EMPLOYERS, *others[:2]], [twin, EMPLOYERS, others[3]]).set_index("kind")
    assert list(table["shared"]) == [1, 2, 2, 2]
    assert set(table["train"]) == set(table["test"]) == {3}
    assert list(table["classes"]) == ["during 1", *["during 1, mix 1"] * 3]


def test_only_questions_with_an_anchor_are_compared_by_it():
    table = integrity.shared([EMPLOYERS], [FOOTBALL])
    assert list(table["kind"]) == ["same problem", "same question", "same facts"]
    assert (table["shared"] == 0).all() and (table["classes"] == "").all()
