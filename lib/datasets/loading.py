"""Reading problems from files: what is unusable is named with file and line; the rest is kept and counted."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lib.errors import InputError
from lib.problems import Problem


@dataclass(slots=True)
class Loaded:
    """The problems of a file, in its order, and a message ("FILE, line N: …") for every row that is not among them."""

    problems: list[Problem] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def report(self, limit: int = 5) -> str:
        """How many were kept and left out, and the first messages."""
        lines = [f"{len(self.problems)} problems kept, {len(self.rejected)} rows left out"]
        more = len(self.rejected) - limit
        return "\n".join(lines + self.rejected[:limit] + ([f"… and {more} more"] if more > 0 else []))


def gather(rows: Iterable[tuple[str, dict | InputError]], build: Callable[[dict], Problem]) -> Loaded:
    """Build a problem from every row; what raises InputError, or was seen before, is rejected with its place.

    rows: (place, fields, or the error that kept the row from being read). Raises InputError where not one row is
    usable.
    """
    loaded, first_place = Loaded(), {}
    for place, row in rows:
        try:
            if isinstance(row, InputError):
                raise row
            problem = build(row)
            if (first := first_place.setdefault(problem.id, place)) != place:
                raise InputError(f"the same question and facts as {first}; left out")
        except InputError as error:
            loaded.rejected.append(f"{place}: {error}")
        else:
            loaded.problems.append(problem)
    if not loaded.problems:
        raise InputError(f"no usable problem; {loaded.rejected[0] if loaded.rejected else 'there is no row at all'}")
    return loaded


def json_rows(path: Path) -> Iterator[tuple[str, dict | InputError]]:
    """Rows of a JSON-lines file, or of a file that is one JSON array or one object of columns."""
    content = _content(path)
    if content.lstrip()[:1] == b"[":
        yield from _array_rows(content, path)
        return
    if columns := _columns(content):
        yield from _column_rows(columns, path)
        return
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield f"{path}, line {number}", _object(line)


def csv_rows(path: Path) -> Iterator[tuple[str, dict | InputError]]:
    """Rows of a CSV file with a header; a row's place is the line that it begins on."""
    content = _content(path)
    text = content.decode("utf-8", errors="replace")
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        begins = 2
        for row in reader:
            place, begins = f"{path}, line {begins}", reader.line_num + 1
            if None in row or None in row.values():
                yield place, InputError(f"expected {len(reader.fieldnames)} columns, found another number")
            elif any("\ufffd" in value for value in row.values()):
                yield place, InputError("not UTF-8 text")
            else:
                yield place, row
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file ({error})") from None


def typed(row: dict, fields: dict[str, type]) -> None:
    """Check that a row has these fields, each a string or a list of strings; InputError with the field's name."""
    for name, kind in fields.items():
        if name not in row:
            raise InputError(f"field {name!r} is missing; is this a file of another dataset?")
        value = row[name]
        if type(value) is not kind or (kind is list and set(map(type, value)) - {str}):
            expected = "a list of strings" if kind is list else "a string"
            raise InputError(f"field {name!r}: expected {expected}, found {json.dumps(value)[:40]}")


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from None
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path}: a truncated or damaged gzip file ({error}); fetch it again") from None
    return content.removeprefix(b"\xef\xbb\xbf")


def _array_rows(content: bytes, path: Path) -> Iterator[tuple[str, dict | InputError]]:
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a JSON array ({error})") from None
    for number, row in enumerate(rows, start=1):
        place = f"{path}, entry {number}"
        yield place, row if isinstance(row, dict) else InputError(f"expected an object, found {type(row).__name__}")


def _columns(content: bytes) -> dict[str, dict] | None:
    """The columns of an object of objects ({"query": {"0": …}, …}), as pandas writes it; None for anything else."""
    try:
        table = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return table if isinstance(table, dict) and all(isinstance(column, dict) for column in table.values()) else None


def _column_rows(columns: dict[str, dict], path: Path) -> Iterator[tuple[str, dict]]:
    for key in dict.fromkeys(key for column in columns.values() for key in column):
        yield f"{path}, record {key}", {name: column[key] for name, column in columns.items() if key in column}


def _object(line: bytes) -> dict | InputError:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return InputError(f"not UTF-8 text (byte {error.start} of the line)")
    except (ValueError, RecursionError) as error:
        return InputError(f"not a JSON object ({getattr(error, 'msg', 'too deep or too long')})")
    return row if isinstance(row, dict) else InputError(f"expected a JSON object, found {type(row).__name__}")
