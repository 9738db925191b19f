"""What notebook 2 works on: generated and simulated by default, files where they are named."""

import json

import pytest

from lib.analysis import material
from lib.datasets import DATASETS, cotemp
from lib.errors import InputError
from lib.traces import verbose_traces


@pytest.fixture
def files(tmp_path):
    """Problems as the benchmark has them, and R1 outputs for all but the first."""
    problems = cotemp.generate(4, seed=2, category="equal")
    records = [
        {"question": p.question, "facts": list(p.facts), "answer": list(p.answers), "triple_element": p.pattern}
        for p in problems
    ]
    (tmp_path / "equal.json").write_text("\n".join(map(json.dumps, records)))
    outputs = [record | {"r1_trace": f"Hm, {i}."} for i, record in enumerate(records) if i]
    (tmp_path / "r1.json").write_text("\n".join(map(json.dumps, outputs)))
    return problems, str(tmp_path / "equal.json"), str(tmp_path / "r1.json")


@pytest.mark.parametrize("dataset", DATASETS)
def test_generated_and_simulated_by_default(dataset):
    given = material.gather(dataset, 12, seed=3)
    assert given.problems == DATASETS[dataset].generate(12, 3)
    assert given.verbose == verbose_traces.simulated(given.problems, 3)
    assert (given.problems_are, given.verbose_are) == ("generated", "simulated")
    assert given.level == "simulated (generated problems)"


def test_released_problems_with_simulated_traces(files):
    problems, path, _ = files
    given = material.gather("cotemp", 3, 0, path)
    assert given.problems == problems[:3]
    assert (given.problems_are, given.verbose_are) == ("released", "simulated")
    assert given.level == "re-scored, simulated verbose traces"


def test_r1_outputs_choose_the_problems(files):
    problems, path, r1 = files
    given = material.gather("cotemp", 2, 0, path, r1)
    assert given.problems == problems[1:3]
    assert [given.verbose[problem.id].trace for problem in given.problems] == ["Hm, 1.", "Hm, 2."]
    assert (given.verbose_are, given.level) == ("released", "re-scored")


def test_what_cannot_be_gathered(files, tmp_path):
    _, path, r1 = files
    with pytest.raises(InputError, match="unknown dataset 'squad': expected one of cotemp"):
        material.gather("squad", 2, 0)
    with pytest.raises(InputError, match="r1_file is set: expected problems_file, too"):
        material.gather("cotemp", 2, 0, "", r1)
    line = json.loads((tmp_path / "r1.json").read_text().splitlines()[0])
    (tmp_path / "other.json").write_text(json.dumps(line | {"question": "Another?"}))
    with pytest.raises(InputError, match="found none of the same problem"):
        material.gather("cotemp", 2, 0, path, str(tmp_path / "other.json"))
