"""The released problems at hand: three classes of CoTempQA whole, "during" as test problems alone, and bAbI.

The files that CoTempQA's students were tuned on hold the same problems, split into training and test.
"""

import re
from pathlib import Path

from lib.datasets import babi, cotemp
from lib.datasets.outputs import read_outputs
from lib.datasets.problem import Problem, gather
from lib.errors import InputError
from lib.files import csv_rows, read_list, typed
from lib.published import release, verdicts

PARTS = ("equal", "overlap", "mix")  # the classes of CoTempQA whose problems and training files are at hand
_PROMPT = re.compile(r".*\nQuestion: (.+?) Only return the answer\.\s*", re.DOTALL)


def all_cotemp() -> list[Problem]:
    """Every released problem of CoTempQA; those of "during" stand in the students' outputs."""
    whole = [problem for part in sorted(PARTS) for problem in cotemp_problems(part)]
    wanted = ("cotemp", "during", "vanilla")
    run = next(run for run in verdicts.runs() if (run.dataset, run.category, run.arm) == wanted)
    outputs = read_outputs(release.fetch(run.name), run.dataset, run.category)
    return whole + list({output.problem.id: output.problem for output in outputs}.values())


def cotemp_problems(part: str) -> list[Problem]:
    """The released problems of one class of CoTempQA, one of PARTS."""
    return cotemp.load(release.fetch(release.only(rf"\w+/data/cotempqa/{part}\.json$"))).problems


def babi_problems(split: str) -> list[Problem]:
    """The distinct released problems of bAbI's "train" or "test" file."""
    return babi.load(release.fetch(release.only(rf"\w+/data/babiqa/{split}_dataset_for_prompting\.csv$"))).problems


def tuning_problems(part: str, split: str) -> list[Problem]:
    """The distinct problems of the "train" or "test" file with which students were tuned on one of PARTS."""
    return read_tuning(release.fetch(verdicts.tuning_file("cotemp", f"{part}_{split}")), part)


def read_tuning(path: Path, category: str) -> list[Problem]:
    """The problems of a released CoTempQA file for fine-tuning, whose `question` is the whole prompt."""

    def build(row: dict) -> Problem:
        typed(row, dict.fromkeys(("question", "facts", "answer", "triple_element"), str))
        prompt, facts, answers = _PROMPT.fullmatch(row["question"]), read_list(row["facts"]), read_list(row["answer"])
        if not (prompt and facts and answers):
            raise InputError("expected a prompt with a question, and lists of facts and answers")
        row = {"question": prompt[1], "facts": facts, "gold": answers, "triple_element": row["triple_element"]}
        return cotemp.problem_of(row, category)

    return gather(csv_rows(path), build).problems
