"""The ledger has no orphan: claims, notebooks, figures, numbers and tests all point at things that exist."""

import json
import re

import pytest
import yaml

from lib import figures
from lib.analysis import claims
from lib.errors import InputError
from lib.files import ROOT
from lib.published import reported
from lib.study import LEVELS
from tests import bench_training

ENTRIES = yaml.safe_load(claims.FILE.read_text())


def test_every_claim_is_examined_in_a_notebook_that_exists_and_draws_its_figures():
    for claim in claims.load():
        assert claim.examined
        sources = [(ROOT / "notebooks" / f"{name}.py").read_text() for name in claim.examined]
        for name in claim.figures:
            assert any(f'"{name}"' in source for source in sources), (claim.id, name)
            assert (figures.FOLDER / f"{name}.png").exists()


def test_every_figure_of_a_notebook_is_on_disk_and_every_figure_on_disk_is_drawn():
    drawn = set()
    for source in (ROOT / "notebooks").glob("*.py"):
        drawn |= set(re.findall(r'figures\.save\([^#]*?"((?:\d\d|cell)_\w+)"', source.read_text(), re.DOTALL))
    on_disk = {path.stem for path in figures.FOLDER.glob("*.png")}
    assert drawn == on_disk


def test_every_number_of_the_paper_is_used_by_the_ledger_a_table_or_a_test():
    """paper.csv holds no number that nothing looks at."""
    readers = [*(ROOT / "notebooks").glob("*.py"), *(ROOT / "lib").rglob("*.py"), *(ROOT / "tests").glob("*.py")]
    text = "\n".join(path.read_text() for path in readers) + claims.FILE.read_text()
    # numbers about data and training that parts not yet here will read
    waiting = {"part 1, training", "part 1, datasets", "part 2, human study"}
    for row in reported.read("paper.csv").itertuples():
        assert row.claim in text or row.where in waiting, row.claim


def test_words_hold_no_number_by_hand():
    for entry in ENTRIES:
        for key in (*LEVELS, "reading", "claim"):
            words = re.sub(r"\{[^}]*\}", "", entry.get(key) or "")
            words = re.sub(r"(Llama-3\.[12]-[18]B|Qwen3-1\.7B|Qwen3-8B|R1|8B|C\d|part \d|7\.\d|five-point)", "", words)
            assert not re.search(r"\d", words), (entry["id"], key, words)


def test_reported_rows_name_where_the_paper_says_so():
    for claim in claims.load():
        assert claim.levels["reported"] and "abstract" in claim.where and claim.reading


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reading": "says {nothing}"}, "placeholder 'nothing' has no source"),
        ({"numbers": {"x": "paper.csv: participants"}}, "numbers x are used nowhere"),
        ({"numbers": {"x": "paper.csv: heads"}, "reading": "{x}"}, "expected one row"),
        ({"numbers": {"x": "04_trace_vs_answer: heads"}, "reading": "{x}"}, "has no number 'heads'"),
        ({"numbers": {"x": "published_scores.csv: GPT-5/r1"}, "reading": "{x}"}, "no part-2 scores"),
    ],
)
def test_a_claim_with_an_orphan_is_refused(tmp_path, change, message):
    entry = {"id": "C0", "claim": "x", "where": "abstract", "examined": ["07_claims"], "reported": "y"} | change
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump([entry]))
    with pytest.raises(InputError, match=re.escape(message)):
        claims.load(path)


@pytest.mark.parametrize("name", ["training", "training-zen4"])
def test_the_readmes_tables_of_speed_are_their_data(name):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.search(f"<!-- bench-{name} -->\n(.*?)\n<!-- /bench-{name} -->", readme, re.DOTALL)[1]
    data = json.loads((ROOT / "data" / f"bench_{name.replace('-', '_')}.json").read_text(encoding="utf-8"))
    assert table == bench_training.as_markdown(data)
