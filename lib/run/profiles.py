"""Profiles: named lists of cells, from profiles.yml.

    cells = load("laptop")

Each combination of a grid's arms and seeds is a cell; `prompted`, the untrained student, is one cell a grid.
"""

from pathlib import Path

import yaml

from lib.errors import InputError
from lib.files import ROOT
from lib.run.cells import UNTRAINED, Cell, cell_of

FILE = ROOT / "profiles.yml"
_GRID = {"dataset", "student", "arms", "seeds", "budget"}


def load(name: str, path: Path = FILE) -> list[Cell]:
    """The cells of a profile, in the file's order, seed by seed; each once.

    Raises InputError for an unknown profile, and for a grid that is none, naming its place.
    """
    profiles = _read(path)
    if name not in profiles:
        raise InputError(f"unknown profile {name!r}: expected one of {', '.join(profiles)} ({path.name})")
    grids = profiles[name].get("grids") if isinstance(profiles[name], dict) else None
    if not isinstance(grids, list):
        raise InputError(f"{path.name}, {name}: expected a list of grids, found {grids!r}")
    cells = [cell for n, grid in enumerate(grids, 1) for cell in _cells(grid, f"{path.name}, {name}, grid {n}")]
    return list(dict.fromkeys(cells))


def names(path: Path = FILE) -> list[str]:
    """The profiles there are."""
    return list(_read(path))


def _read(path: Path) -> dict:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not YAML ({' '.join(str(error).split())[:120]})") from None
    if not isinstance(content, dict):
        raise InputError(f"{path.name}: expected profiles by name, found {type(content).__name__}")
    return content


def _cells(grid: object, place: str) -> list[Cell]:
    if not isinstance(grid, dict) or set(grid) != _GRID:
        raise InputError(f"{place}: expected {', '.join(sorted(_GRID))}; found {_names(grid)}")
    for name in ("arms", "seeds"):
        if not isinstance(grid[name], list):
            raise InputError(f"{place}: {name} is {grid[name]!r}, expected a list")
    try:
        fields = {"dataset": grid["dataset"], "student": grid["student"], "budget": grid["budget"]}
        cells = [cell_of({**fields, "arm": arm, "seed": seed}) for seed in grid["seeds"] for arm in grid["arms"]]
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    return [cell.untrained() if cell.arm == UNTRAINED else cell for cell in cells]


def _names(grid: object) -> str:
    return ", ".join(map(str, grid)) if isinstance(grid, dict) else repr(grid)
