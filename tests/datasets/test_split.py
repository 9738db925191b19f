"""Leaks: what a test set shares with the training set is found; our own split shares nothing but questions."""

from dataclasses import replace

import pytest

from lib.datasets import DATASETS, cotemp, split
from lib.errors import InputError
from tests.made_up import EMPLOYERS


def test_leaks_are_found_by_kind():
    twin = replace(EMPLOYERS, id="twin", facts=EMPLOYERS.facts[::-1])
    same_anchor = replace(EMPLOYERS, id="anchor", facts=EMPLOYERS.facts[:3])
    unrelated = cotemp.generate(5, seed=9)
    found = split.find_leaks([EMPLOYERS, *unrelated[:4]], [EMPLOYERS, twin, same_anchor, unrelated[4]])
    ids = {kind: [problem.id for problem in problems] for kind, problems in found.items()}
    assert ids == {
        "same problem": [EMPLOYERS.id],
        "same question": [EMPLOYERS.id, "twin", "anchor"],
        "same facts": [EMPLOYERS.id, "twin"],
        "same entity and interval": [EMPLOYERS.id, "twin", "anchor"],
    }


@pytest.mark.parametrize("name", DATASETS)
def test_a_split_shares_nothing_but_questions(generated, name):
    problems = generated[name][:220]
    doubled = [*problems, *(replace(p, id=f"again-{p.id}", question=f"{p.question} ") for p in problems[:20])]
    train, test = split.split(doubled, test_share=0.2, seed=1)
    assert sorted(p.id for p in train + test) == sorted(p.id for p in doubled)
    found = split.find_leaks(train, test)
    assert {kind: len(found[kind]) for kind in split.KINDS if kind != "same question"} == {
        "same problem": 0,
        "same facts": 0,
        "same entity and interval": 0,
    }
    for category in {p.category for p in doubled}:
        members, tested = (sum(p.category == category for p in part) for part in (doubled, test))
        assert tested == round(0.2 * members)
    assert split.split(doubled, 0.2, 1) == (train, test)
    assert split.split(doubled, 0.2, 2) != (train, test)


def test_splits_that_cannot_be():
    for share in (0, 0.2, 1):
        with pytest.raises(InputError, match=f"1 problems do not give a test share of {share}"):
            split.split([EMPLOYERS], share, 0)
