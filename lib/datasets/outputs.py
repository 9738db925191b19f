"""Output: what a model said for a problem. JSON lines with the released field names, ours or the authors'."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.files import typed, whole


@dataclass(frozen=True, slots=True)
class Output:
    """A problem and the text that a model wrote for it, prompt excluded."""

    problem: Problem
    text: str


def read_outputs(path: Path, dataset: str, category: str | None = None) -> list[Output]:
    """All outputs of a JSON-lines file.

    `category` is the class of lines that do not name their own (as `category`, or bAbI's `query_type`); by default
    the name of the file's folder ("during", and also "during_default"). Raises InputError with file and line for
    anything unusable.
    """
    if dataset not in DATASETS:
        raise InputError(f"unknown dataset {dataset!r}: expected one of {', '.join(DATASETS)}")
    module = DATASETS[dataset]
    fallback = category or path.resolve().parent.name.partition("_")[0]
    outputs = []
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        row = _parse_line(line, where)
        try:
            typed(row, {"prediction": str, **module.FIELDS})
            problem = module.problem_of(row, str(row.get("category", fallback)))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if problem.category not in module.CATEGORIES:
            raise InputError(
                f"{where}: unknown class {problem.category!r} for dataset {dataset!r}: expected one of "
                f"{', '.join(module.CATEGORIES)} (give it with --category)"
            )
        if not all(answer.strip() for answer in problem.answers or ("",)):
            raise InputError(f"{where}: expected a gold answer, found none; an output without one cannot be scored")
        outputs.append(Output(problem, row["prediction"]))
    if not outputs:
        raise InputError(f"{path}: the file is empty; expected one JSON object a line")
    return outputs


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected a JSON-lines file of model outputs") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; expected a JSON-lines file of model outputs") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not UTF-8 text (byte {error.start}); expected a JSON-lines file of model outputs"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from None


def _parse_line(line: str, where: str) -> dict:
    try:
        row = json.loads(line)
    except RecursionError:
        raise InputError(f"{where}: not a JSON object (nested too deeply); expected one object a line") from None
    except ValueError as error:
        reason = getattr(error, "msg", error)
        raise InputError(f"{where}: not a JSON object ({reason}); expected one object a line") from None
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected a JSON object, found {type(row).__name__}")
    return row


def write_outputs(outputs: Iterable[Output], path: Path, **columns: Sequence) -> Path:
    """Write outputs as JSON lines with the released field names; `read_outputs` and the verifier read them back.

    columns: further fields, one value an output (e.g. tokens=[...]). Written whole or not at all.
    """
    with whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for number, output in enumerate(outputs):
            row = {"prediction": output.text, **DATASETS[output.problem.dataset].row_of(output.problem)}
            row |= {"category": output.problem.category, **{name: column[number] for name, column in columns.items()}}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path
