"""Generated problems that the tests of the datasets share."""

import pytest

from lib.datasets import DATASETS
from lib.datasets.problem import Problem

SEED = 7
NUMBERS = {"cotemp": 2000, "babi": 1100, "marco": 1000}  # each kind a hundred times or more


@pytest.fixture(scope="session")
def generated() -> dict[str, list[Problem]]:
    """Dataset -> problems of every class in turn."""
    return {name: module.generate(NUMBERS[name], SEED) for name, module in DATASETS.items()}
