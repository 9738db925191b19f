"""The released problems, and the files for fine-tuning that hold them."""

import csv

import pytest

from lib.errors import InputError
from lib.published import problems
from tests.made_up import EMPLOYERS

SFT = {
    "question": f"Answer the question based on the context:\n{list(EMPLOYERS.facts)}\n"
    f"Question: {EMPLOYERS.question} Only return the answer.\n",
    "facts": str(list(EMPLOYERS.facts)),
    "answer": str(list(EMPLOYERS.answers)),
    "triple_element": "S1_R1_O2",
}


def _write(path, **changes):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, SFT)
        writer.writeheader()
        writer.writerow(SFT | changes)
    return path


def test_a_row_for_fine_tuning_is_the_problem_of_its_prompt(tmp_path):
    assert problems.read_tuning(_write(tmp_path / "during_train.csv"), "during") == [EMPLOYERS]


@pytest.mark.parametrize("change", [{"question": EMPLOYERS.question}, {"facts": "nowhere"}, {"answer": "[]"}])
def test_rows_for_fine_tuning_that_cannot_be_read(tmp_path, change):
    with pytest.raises(InputError, match="line 2: expected a prompt with a question, and lists of facts and answers"):
        problems.read_tuning(_write(tmp_path / "during_train.csv", **change), "during")


@pytest.mark.release
def test_the_files_for_fine_tuning_hold_the_benchmarks_own_problems(local):
    """Every row joins, but for the one whose fact ends before it starts, which the benchmark's loader rejects."""
    for part, strangers in (("equal", 1), ("overlap", 0), ("mix", 0)):
        known = {problem.id for problem in problems.cotemp_problems(part)}
        rows = [problem.id for split in ("train", "test") for problem in problems.tuning_problems(part, split)]
        assert (len(set(rows)), len(set(rows) - known)) == (len(known) + strangers, strangers)
