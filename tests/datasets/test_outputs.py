"""Outputs are written as they are read."""

import pytest

from lib.datasets import DATASETS
from lib.datasets.outputs import Output, read_outputs, write_outputs


@pytest.mark.parametrize("name", DATASETS)
def test_outputs_are_written_as_they_are_read(name, tmp_path):
    outputs = [Output(problem, f"text \u2028 é {n}\n") for n, problem in enumerate(DATASETS[name].generate(25, seed=1))]
    path, again = tmp_path / "any" / "outputs.json", tmp_path / "again.json"
    write_outputs(outputs, path, tokens=list(range(25)))
    write_outputs(outputs, again, tokens=list(range(25)))
    assert read_outputs(path, name) == outputs
    assert path.read_bytes() == again.read_bytes()
    assert '"tokens": 24' in path.read_text().splitlines()[-1]
