"""The answer in one minute has no orphan, and README and notebooks show the very table that the numbers give."""

import json
import re

import pytest
import yaml

from lib import figures
from lib.errors import InputError
from lib.files import ROOT
from lib.published import reported

ENTRIES = yaml.safe_load(reported.CLAIMS.read_text(encoding="utf-8"))


def test_every_claim_names_a_section_that_exists():
    for claim in reported.load_claims():
        notebook, _, section = claim["where"].partition("#")
        source = (ROOT / "notebooks" / f"{notebook}.py").read_text(encoding="utf-8")
        assert re.search(rf"^# ## {re.escape(section)} ", source, re.MULTILINE), claim["where"]


def test_the_readme_and_the_notebooks_show_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- answer -->\n(.*?)\n<!-- /answer -->", readme, re.DOTALL)[1]
    assert block == reported.claims_table(reported.load_claims(), "notebooks/"), "run: python -m lib.published answer"
    for name in ("00_start_here", "07_claims"):
        cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        shown = [
            "".join(out["data"].get("text/markdown", ""))
            for c in cells
            for out in c.get("outputs", [])
            if "data" in out
        ]
        assert reported.claims_table(reported.load_claims(), "") in shown, f"{name}: run make paper"


def test_words_are_few_and_hold_no_number_by_hand_and_use_every_source():
    for entry in ENTRIES:
        assert len(entry["claim"].split()) <= 12 and len(entry["verdict"].split()) <= 3, entry["id"]
        assert entry["verdict"][0] in "●◐○"
        words = re.sub(r"\{[^}]*\}", "", entry["number"])
        words = re.sub(r"Llama-3\.[12]-[18]B|Qwen3-1\.7B|Qwen3-8B|R1|1B to 2B|8B", "", words)
        assert not re.search(r"\d", words), (entry["id"], words)
        assert all("{" + name in entry["number"] for name in entry["sources"]), entry["id"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": "says {nothing}"}, "claim C0: expected a source that holds 'nothing'"),
        ({"sources": {"x": "paper.csv: heads"}, "number": "{x}"}, "expected one row"),
        ({"sources": {"x": "04_trace_vs_answer: heads"}, "number": "{x}"}, "expected a source that holds 'heads'"),
    ],
)
def test_a_claim_with_an_orphan_is_refused(tmp_path, monkeypatch, change, message):
    entry = {"id": "C0", "claim": "x", "verdict": "● y", "number": "z", "sources": {}, "where": "a#1"} | change
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump([entry]))
    monkeypatch.setattr(reported, "CLAIMS", path)
    with pytest.raises(InputError, match=re.escape(message)):
        reported.load_claims()


def test_every_figure_of_a_notebook_is_on_disk_and_every_figure_on_disk_is_drawn():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("0*.py"))
    drawn = set(re.findall(r'figures\.save\([^#]*?"(\d\d_\w+)"', code, re.DOTALL))
    on_disk = {path.stem for path in figures.FOLDER.glob("*.png")}
    assert drawn <= on_disk and all(f'"{name}"' in code for name in on_disk)
    assert len(on_disk) <= 18


def test_every_number_of_the_paper_is_used_by_a_notebook_the_library_or_a_test():
    """paper.csv holds no number that nothing looks at."""
    readers = [*(ROOT / "notebooks").glob("*.py"), *(ROOT / "lib").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in readers) + reported.CLAIMS.read_text(encoding="utf-8")
    waiting = {"part 1, training", "part 1, datasets", "part 2, human study"}
    for row in reported.read("paper.csv").itertuples():
        assert row.claim in text or row.where in waiting, row.claim
