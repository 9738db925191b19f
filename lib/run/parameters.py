"""A notebook's parameters: what its one tagged cell declares, and what a run may put in their place.

papermill only warns of a name it does not know, and takes any type; a notebook without the tag quietly overwrites what
it was given. Here all three are errors.
"""

import ast
from typing import Any

from lib.errors import InputError
from lib.run.pairs import has_tag


def read_defaults(notebook: Any, name: str) -> dict[str, Any]:
    """The parameters and their defaults, from the one cell tagged `parameters`.

    Raises InputError for no such cell or several, and for anything in it but lines of NAME = literal. Papermill finds
    names by regular expression, and misses those whose text holds an equals sign.
    """
    cells = [cell for cell in notebook.cells if has_tag(cell, "parameters")]
    if len(cells) != 1 or cells[0].cell_type != "code":
        raise InputError(f'{name}: expected one code cell headed # %% tags=["parameters"], found {len(cells)}')
    try:
        return dict(_literal(line) for line in ast.parse(cells[0].source).body)
    except (SyntaxError, AttributeError, ValueError):
        raise InputError(f"{name}: the parameters cell may hold lines of NAME = literal and nothing else") from None


def _literal(line: ast.stmt) -> tuple[str, Any]:
    (target,) = line.targets if isinstance(line, ast.Assign) else (line.target,)
    return target.id, ast.literal_eval(line.value)


def choose_parameters(given: dict[str, Any], defaults: dict[str, Any], name: str) -> dict[str, Any]:
    """The given parameters that differ from their defaults; raises InputError for unknown names and wrong types."""
    for key in given:
        if key not in defaults:
            raise InputError(f"{name}: unknown parameter {key!r}; expected one of: {', '.join(defaults) or 'none'}")
    values = {key: _typed(value, defaults[key], f"{name}: parameter {key!r}") for key, value in given.items()}
    return {key: value for key, value in values.items() if value != defaults[key]}


def _typed(value: Any, default: Any, where: str) -> Any:
    if default is None or type(value) is type(default):
        return value
    if isinstance(default, float) and type(value) in (int, str):
        try:
            return float(value)  # YAML takes 1e-5 for text
        except ValueError:
            pass
    advice = f"; to give it as text, quote it: '\"{value}\"'" if isinstance(default, str) else ""
    raise InputError(
        f"{where}: expected {type(default).__name__}, like its default {default!r}; "
        f"found {type(value).__name__} {value!r}{advice}"
    )
