"""Outputs are written as they are read, and released ones were asked with our prompts."""

import json

import pytest

from lib.datasets import DATASETS, Output, read_outputs, write_outputs
from lib.published import release


@pytest.mark.parametrize("name", DATASETS)
def test_outputs_are_written_as_they_are_read(name, tmp_path):
    outputs = [Output(problem, f"text \u2028 é {n}\n") for n, problem in enumerate(DATASETS[name].generate(25, seed=1))]
    path, again = tmp_path / "any" / "outputs.json", tmp_path / "again.json"
    for file in (path, again):
        write_outputs(outputs, file, tokens=list(range(25)))
    assert read_outputs(path, name) == outputs
    assert path.read_bytes() == again.read_bytes()
    assert '"tokens": 24' in path.read_text().splitlines()[-1]


@pytest.mark.release
def test_prompts_are_word_for_word_the_released_ones(local):
    """Within chat templates; CoTempQA's untrained students were asked otherwise."""
    for run in release.runs():
        if run.arm not in ("vanilla", "prompted" if run.dataset == "babi" else ""):
            continue
        path = release.fetch(run.name)
        inputs = [json.loads(line)["input"] for line in path.read_text().splitlines()]
        for output, given in zip(read_outputs(path, run.dataset), inputs, strict=True):
            text = given["text"] if isinstance(given, dict) else given
            assert DATASETS[run.dataset].render(output.problem).strip() in text
