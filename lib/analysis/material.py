"""What the traces are made of: problems and verbose traces, generated and simulated unless files are named."""

from dataclasses import dataclass
from pathlib import Path

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.traces import verbose_traces
from lib.traces.verbose_traces import Verbose


@dataclass(frozen=True, slots=True)
class Material:
    """Problems and verbose traces (problem id -> trace), and how a reader must be told of them.

    problems_are  "generated" or "released"
    verbose_are   "simulated" or "released"
    level         the level of evidence that figures and tables of both together state
    """

    problems: list[Problem]
    verbose: dict[str, Verbose]
    problems_are: str
    verbose_are: str
    level: str


def gather(dataset: str, n_problems: int, seed: int, problems_file: str = "", r1_file: str = "") -> Material:
    """The first `n_problems` problems and their verbose traces.

    problems_file  a file of the benchmark (CoTempQA equal.json, bAbI CSV, MS MARCO); "": generated
    r1_file        the authors' R1 outputs, JSON lines: then only problems with such a trace are taken, as in the
                   paper; it needs problems_file. "": simulated
    Raises InputError for an unknown dataset, unusable files, and R1 outputs that belong to none of the problems.
    """
    if dataset not in DATASETS:
        raise InputError(f"unknown dataset {dataset!r}: expected one of {', '.join(DATASETS)}")
    if r1_file and not problems_file:
        raise InputError("r1_file is set: expected problems_file, too, with the problems that R1 was asked; found none")
    module = DATASETS[dataset]
    if not problems_file:
        problems = module.generate(n_problems, seed)
        return Material(
            problems, verbose_traces.simulated(problems, seed), "generated", "simulated", _level(False, False)
        )
    problems = module.load(Path(problems_file)).problems
    if not r1_file:
        problems = problems[:n_problems]
        return Material(
            problems, verbose_traces.simulated(problems, seed), "released", "simulated", _level(True, False)
        )
    verbose = verbose_traces.released(Path(r1_file))
    answered = [problem for problem in problems if problem.id in verbose]
    if not answered:
        raise InputError(f"{r1_file}: expected traces of problems in {problems_file}, found none of the same problem")
    return Material(answered[:n_problems], verbose, "released", "released", _level(True, True))


def _level(problems_are_real: bool, traces_are_real: bool) -> str:
    if traces_are_real:
        return "re-scored"  # the authors' problems and traces, our verdicts
    return "re-scored, simulated verbose traces" if problems_are_real else "simulated (generated problems)"
