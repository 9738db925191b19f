"""A cell: one student, one arm, one seed, trained and evaluated once; the unit of every experiment.

A cell's id is a hash of everything that can change a number: its fields, the versions of the libraries, and a mark that
stands for the code that runs it (CODE). It names the cell's folder:

    config.json    the cell, the versions, the command that repeats it
    log.jsonl      training, step by step          (lib/train/checkpoints.py)
    outputs.json   what the student said, in the released form
    metrics.json   its scores; written last: with it, the cell is finished and never run again
"""

import dataclasses
import hashlib
import json
import typing
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import yaml

from lib import files
from lib.errors import InputError
from lib.study import ARMS, CONTROLS, DATASET_LABELS

ROOT = files.BUILD / "cells"
UNTRAINED = "prompted"  # the arm of a student that is asked as it is
# One mark per dataset stands for all code that can change a number of its cells. Moving or rewording code leaves
# it alone. tests/golden.py says when what the code does has changed: give the dataset a new mark then.
CODE = {"babi": "9ea6aa33ff44ceaa", "cotemp": "89adff7fe884e368", "marco": "f82c451a919ecca8"}
SOURCES = GENERATED, RELEASED = "generated", "released"
_LIBRARIES = ("torch", "transformers", "peft", "tokenizers")


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a cell is: data, training steps, and what generation may cost.

    n_train, n_test  problems, drawn with data_seed, the same for every arm, student and seed; 0: all (of released ones)
    categories       classes to draw from; empty: all
    facts            facts per problem, generated CoTempQA alone; 0: as many as the benchmark has
    source           where problems come from: generated, or released with the authors' split (lib/run/material.py)
    traces           R1's: simulated, or released (the authors' files, lib/published/part2.py); other arms need none
    epochs           passes over the examples, instead of steps, if not 0
    tokens           training ends when so many tokens have been read, if not 0
    intervene        whether the trained student is made to answer after forced traces, too (lib/traces/forced.py)
    """

    n_train: int = 400
    n_test: int = 40
    categories: tuple[str, ...] = ()
    facts: int = 0
    data_seed: int = 0
    steps: int = 60
    batch_size: int = 8
    accumulation: int = 1
    learning_rate: float = 1e-3
    dropout: float = 0.05
    max_new_tokens: int = 200
    source: str = GENERATED
    epochs: int = 0
    tokens: int = 0
    max_length: int = 1024
    intervene: bool = False
    traces: str = "simulated"


# Fields that came after the first records: they are told, and count in an id, only where they are not the default.
_LATER = ("source", "epochs", "tokens", "max_length", "intervene", "traces")


@dataclass(frozen=True, slots=True)
class Cell:
    """(dataset, student, arm, seed, budget)."""

    dataset: str
    student: str
    arm: str
    seed: int = 0
    budget: Budget = field(default_factory=Budget)

    @property
    def id(self) -> str:
        """Readable, and different for whatever may give other numbers."""
        content = [self.fields(), versions(), CODE[self.dataset]]
        key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]
        return f"{self.dataset}-{Path(self.student).name}-{self.arm}-{self.seed}-{key}"

    def fields(self) -> dict:
        """As JSON has it: what `cell_of` makes the cell of."""
        fields, default = dataclasses.asdict(self), Budget()
        same = [name for name in _LATER if fields["budget"][name] == getattr(default, name)]
        fields["budget"] = {name: value for name, value in fields["budget"].items() if name not in same}
        return fields

    def untrained(self) -> "Cell":
        """The cell of the same student and test problems without any training: the same for all arms.

        The seed stays: tiny's weights are drawn with it.
        """
        default, seed = Budget(), self.seed if self.student == "tiny" else 0
        of_training = ("batch_size", "accumulation", "learning_rate", "dropout", "epochs", "tokens", "max_length")
        none = {name: getattr(default, name) for name in (*of_training, "intervene", "traces")}
        budget = dataclasses.replace(self.budget, steps=0, **none)
        return dataclasses.replace(self, arm=UNTRAINED, seed=seed, budget=budget)


def versions() -> dict[str, str]:
    """The versions of the libraries that can change a number; which build of a version (CPU, CUDA) is left out."""
    return {name: version(name).split("+")[0] for name in _LIBRARIES}


def gpu_mark(dataset: str) -> dict[str, str]:
    """What a GPU adds to a config, so that its record is found under any id: its name, the dataset's mark."""
    import torch  # here: make paper asks every time what is missing, and need not wait for it

    return {"card": torch.cuda.get_device_name(), "code": CODE[dataset]} if torch.cuda.is_available() else {}


def short(cell: Cell) -> str:
    """A cell's id without its key."""
    return cell.id.rpartition("-")[0]


def command(cell: Cell) -> str:
    """The command line that repeats a cell."""
    return f"python -m lib.run cells --one '{json.dumps(cell.fields())}'"


def cell_of(row: object) -> Cell:
    """A cell from the fields of its config, checked. Raises InputError for a field that is none, or of another kind."""
    try:
        cell = _build(Cell, {**row, "budget": _build(Budget, row.get("budget", {}))})
    except (TypeError, AttributeError, ValueError) as error:
        raise InputError(f"not a cell: {error}; expected dataset, student, arm, seed and budget") from None
    known = {"dataset": tuple(DATASET_LABELS), "arm": (UNTRAINED, *ARMS, *CONTROLS)}
    found = {what: (getattr(cell, what), names) for what, names in known.items()}
    found |= {"source": (cell.budget.source, SOURCES), "traces": (cell.budget.traces, ("simulated", RELEASED))}
    for what, (name, names) in found.items():
        if name not in names:
            raise InputError(f"unknown {what} {name!r}: expected one of {', '.join(names)}")
    return cell


def _build(kind: type, row: dict) -> object:
    """A dataclass from a row whose values must be of the fields' types; a list will do for a tuple."""
    built = kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
    for name, hint in typing.get_type_hints(kind).items():
        wanted, value = typing.get_origin(hint) or hint, getattr(built, name)
        if type(value) not in ((float, int) if wanted is float else (wanted,)):
            raise ValueError(f"{name} is {value!r}, expected {wanted.__name__}")
    return built


# Profiles: named lists of cells, from profiles.yml. Each combination of a grid's arms and seeds is a cell; `prompted`,
# the untrained student, is one cell per grid.
PROFILES = files.ROOT / "profiles.yml"


def profile(name: str) -> list[Cell]:
    """The cells of a profile, in the file's order, seed by seed; each once. InputError names a bad grid's place."""
    profiles = _profiles()
    if name not in profiles:
        raise InputError(f"unknown profile {name!r}: expected one of {', '.join(profiles)} ({PROFILES.name})")
    grids = profiles[name].get("grids") if isinstance(profiles[name], dict) else None
    if not isinstance(grids, list):
        raise InputError(f"{PROFILES.name}, {name}: expected a list of grids, found {grids!r}")
    cells = [cell for n, grid in enumerate(grids, 1) for cell in _cells(grid, f"{PROFILES.name}, {name}, grid {n}")]
    return list(dict.fromkeys(cells))


def problems(wanted: list[Cell]) -> dict[str, str]:
    """The name of each dataset of these cells, and whose problems they are."""
    whose = {GENERATED: "generated", RELEASED: "the authors’"}
    return {c.dataset: f"{DATASET_LABELS[c.dataset]} ({whose[c.budget.source]})" for c in wanted}


def profile_names() -> list[str]:
    return list(_profiles())


def _profiles() -> dict:
    try:
        content = yaml.safe_load(PROFILES.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{PROFILES.name}: cannot be read ({' '.join(str(error).split())[:120]})") from None
    if not isinstance(content, dict):
        raise InputError(f"{PROFILES.name}: expected profiles by name, found {type(content).__name__}")
    return content


def _cells(grid: object, place: str) -> list[Cell]:
    if not isinstance(grid, dict) or not all(isinstance(grid.get(name), list) for name in ("arms", "seeds")):
        raise InputError(f"{place}: expected dataset, student, budget, lists of arms and seeds; found {grid!r}")
    shared = {name: value for name, value in grid.items() if name not in ("arms", "seeds")}
    try:
        cells = [cell_of({**shared, "arm": arm, "seed": seed}) for seed in grid["seeds"] for arm in grid["arms"]]
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    return [cell.untrained() if cell.arm == UNTRAINED else cell for cell in cells]
