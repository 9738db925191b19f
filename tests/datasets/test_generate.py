"""What holds for the generated problems of every dataset; the rules find again what they were made of."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from lib.datasets import DATASETS, cotemp
from lib.errors import InputError
from lib.files import ROOT
from tests.datasets.conftest import SEED

EVERY = pytest.mark.parametrize("name", DATASETS)


@EVERY
def test_the_rules_find_what_a_problem_was_made_of(generated, name):
    for problem in generated[name]:
        found = DATASETS[name].decompose(problem)
        made = (problem.category, problem.gold_facts, set(problem.answers))
        assert (found.category, found.gold_facts, set(found.answers)) == made, problem
        assert name == "cotemp" or found.answers == problem.answers  # there in the order of the facts


@pytest.mark.parametrize("name", ["cotemp", "babi"])  # MARCO's rules take the answers as given
def test_labels_are_not_read(generated, name):
    for problem in generated[name][:110]:
        blind = replace(problem, id="", answers=("nobody",), category="?", gold_facts=("nothing",), pattern="")
        cotemp.solve.cache_clear()
        assert DATASETS[name].decompose(blind) == DATASETS[name].decompose(problem)


@EVERY
def test_problems_are_distinct_and_classes_are_as_frequent(generated, name):
    problems, module = generated[name], DATASETS[name]
    assert len({problem.id for problem in problems}) == len(problems)
    counts = Counter(problem.category for problem in problems)
    assert list(counts) == list(module.CATEGORIES)
    assert max(counts.values()) - min(counts.values()) <= 1
    for category in module.CATEGORIES:
        assert {problem.category for problem in module.generate(20, 3, category)} == {category}


@EVERY
def test_a_smaller_number_gives_the_first_ones_and_another_seed_gives_others(generated, name):
    module = DATASETS[name]
    assert module.generate(0, SEED) == []
    assert module.generate(40, SEED) == generated[name][:40]
    assert not {problem.id for problem in module.generate(40, SEED + 1)} & {problem.id for problem in generated[name]}


@EVERY
def test_an_unknown_class_is_told(name):
    with pytest.raises(InputError, match=rf"unknown class 'Cooking': expected one of {DATASETS[name].CATEGORIES[0]}, "):
        DATASETS[name].generate(1, 0, "Cooking")


@pytest.mark.parametrize("hash_seed", ["0", "7"])
def test_the_same_seed_gives_the_same_problems_in_every_process(generated, hash_seed):
    code = f"from lib.datasets import DATASETS; print([module.generate(60, {SEED}) for module in DATASETS.values()])"
    command, environment = [sys.executable, "-c", code], {"PYTHONHASHSEED": hash_seed}
    there = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert there == f"{[problems[:60] for problems in generated.values()]}\n"
