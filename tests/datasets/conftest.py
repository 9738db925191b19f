"""Generated problems that the tests of the datasets share."""

import pytest

from lib.datasets import DATASETS
from lib.datasets.problem import Problem

SEED = 7
NUMBERS = {"cotemp": 10_000, "babi": 3000, "marco": 3000}


@pytest.fixture(scope="session")
def generated() -> dict[str, list[Problem]]:
    """Dataset -> problems of every class in turn."""
    return {name: module.generate(NUMBERS[name], SEED) for name, module in DATASETS.items()}
