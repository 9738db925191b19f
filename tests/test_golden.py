"""What the code of a cell does is what it did when its mark was frozen; every record is still what its outputs say."""

import json
import shutil

import pytest

from lib.datasets import DATASETS
from lib.run import cells, records
from tests import golden

RECORDS = sorted(path for path in records.FOLDER.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def found() -> dict:
    return golden.digests()


@pytest.mark.parametrize("dataset", DATASETS)
def test_problems_examples_and_tokens_are_those_of_the_mark(found, dataset):
    wanted = json.loads(golden.FILE.read_text())[dataset]
    changed = [what for what in wanted if found[dataset].get(what) != wanted[what]]
    assert found[dataset].keys() == wanted.keys() and not changed, golden.advice(dataset, changed)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_is_named_by_its_cell_and_its_outputs_give_its_metrics(record, tmp_path, request):
    cell = golden.cell_of(record)
    assert records.recorded(cell) == record
    if cell.budget.source == cells.RELEASED:
        request.getfixturevalue("local")
    copy = shutil.copytree(record, tmp_path / record.name)
    assert not golden.rescore(copy), f"{record.name}: the verifier says otherwise: python -m tests.golden --rescore"
