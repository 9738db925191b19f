"""The three datasets, one package each and all of one shape: `DATASETS[name]` is the module.

CATEGORIES       the values of the class step
ANSWER_TYPE      how an answer is written: "list", "word" or "text"
CLASS_SENTENCE   the study's sentence for the class step, with {} for the class
CITING_SENTENCE  the study's sentence for the IR step, with {} for a list of facts
FIELDS           an output's fields for a problem, and the type of each
RECORD           a record's fields, as the dataset's makers have them

generate(n, seed, category)   new problems whose gold values are known
load(path)                    problems of a file as its makers give it
decompose(problem)            class, gold facts and answers by rule
entities(problem)             (what an answer may name, what else the context names)
problem_of(row, category)     the Problem of an output's fields; they are parsed, never run
of_record(record, category)   the Problem of a record
row_of(problem)               the fields of a Problem: what `problem_of` reads
render(problem)               the prompt
render_answer(answers)        the answer part of a completion
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from lib.datasets import babi, cotemp, marco
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.files import json_rows, typed, whole

DATASETS: dict[str, ModuleType] = {"cotemp": cotemp, "babi": babi, "marco": marco}


@dataclass(frozen=True, slots=True)
class Output:
    """A problem and the text that a model wrote for it, prompt excluded; on disk JSON lines with the released names."""

    problem: Problem
    text: str


def read_outputs(path: Path, dataset: str, category: str | None = None) -> list[Output]:
    """All outputs of a JSON-lines file; InputError with file and line for anything unusable.

    `category` is the class of lines that do not name their own (as `category`, or bAbI's `query_type`); by default
    the name of the file's folder ("during", and also "during_default").
    """
    fallback = category or path.resolve().parent.name.partition("_")[0]
    outputs = []
    for place, row in json_rows(path):
        try:
            typed(row, {"prediction": str})
            outputs.append(Output(problem_of(row, dataset, fallback), row["prediction"]))
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
    if not outputs:
        raise InputError(f"{path}: the file is empty; expected one JSON object per line")
    return outputs


def problem_of(row: dict, dataset: str, category: str) -> Problem:
    """The Problem of an output's fields, checked; `category` is the class of a row that does not name its own."""
    module = DATASETS[dataset]
    typed(row, {**module.FIELDS, **({"category": str} if "category" in row else {})})
    problem = module.problem_of(row, row.get("category", category))
    if problem.category not in module.CATEGORIES:
        known = ", ".join(module.CATEGORIES)
        raise InputError(f"unknown class {problem.category!r}: expected one of {known} (give it with --category)")
    if not all(answer.strip() for answer in problem.answers or ("",)):
        raise InputError("expected a gold answer, found none; an output without one cannot be scored")
    return problem


def write_outputs(outputs: Iterable[Output], path: Path, whole_problem: bool = True, **columns: Sequence) -> None:
    """Write outputs as `read_outputs` reads them; columns: further fields, one value per output (tokens=[...]).

    whole_problem=False: of the problem its id alone, as `problem`, because its text is somebody else's.
    """
    with whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for number, output in enumerate(outputs):
            problem = output.problem
            told = DATASETS[problem.dataset].row_of(problem) if whole_problem else {"problem": problem.id}
            row = {"prediction": output.text, **told}
            row |= {"category": problem.category, **{name: column[number] for name, column in columns.items()}}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
