"""Reading and writing files: where they are; written whole or not at all; rows with their places; lists as text."""

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib.errors import InputError

ROOT = Path(__file__).resolve().parent.parent  # of the repository
DATA, BUILD = ROOT / "data", ROOT / "build"
STDIN = Path("-")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """`with whole(path) as temporary:` write to `temporary`; it becomes `path` when the block ends without an error.

    InputError for a device (/dev/null), which would be replaced by a file.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError(f"{path}: expected a file, found a device")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    yield temporary
    temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    """The text as UTF-8, its line ends as they are."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def rows(path: Path) -> Iterator[tuple[str, dict | InputError]]:
    """Rows of a file of any kind that is read here: parquet and CSV by the file's name, else JSON.

    Each comes with its place ("FILE, line N"); what is unusable comes as an InputError in its stead.
    """
    name = path.name.removesuffix(".gz")
    return (_parquet_rows if name.endswith(".parquet") else csv_rows if name.endswith(".csv") else json_rows)(path)


def json_rows(path: Path) -> Iterator[tuple[str, dict | InputError]]:
    """Rows of a JSON-lines file, a JSON array, or one object of columns ({"query": {"0": …}, …}) as MARCO's.

    Gzipped or not; STDIN is standard input.
    """
    content, name = unpacked(path), "standard input" if path == STDIN else path
    table = _table(content)
    if isinstance(table, dict):
        for key in dict.fromkeys(key for column in table.values() for key in column):
            yield f"{name}, record {key}", {column: cells[key] for column, cells in table.items() if key in cells}
    elif table is not None:
        for number, item in enumerate(table, start=1):
            for row in item if item and isinstance(item, list) else [item]:  # some give a list per prompt
                yield f"{name}, record {number}", row if isinstance(row, dict) else _no_object(shown(row))
    else:
        for number, line in enumerate(content.split(b"\n"), start=1):
            if line.strip():
                yield f"{name}, line {number}", _parsed(line)


def csv_rows(path: Path) -> Iterator[tuple[str, dict | InputError]]:
    """Rows of a CSV file with a header; a row's place is the line that it begins on."""
    text = unpacked(path).decode("utf-8", errors="replace")
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


def _parquet_rows(path: Path) -> Iterator[tuple[str, dict]]:
    try:
        from pyarrow import ArrowException, parquet  # here: nothing else needs it
    except ImportError:
        raise InputError(f"{path}: parquet is read with pyarrow; pip install pyarrow, or give JSON lines") from None
    try:
        table = parquet.ParquetFile(io.BytesIO(unpacked(path))).read().to_pylist()
    except (OSError, ValueError, OverflowError, ArrowException) as error:
        raise InputError(f"{path}: cannot be read as parquet ({error})") from None
    yield from ((f"{path}, row {number}", row) for number, row in enumerate(table, start=1))


def typed(row: dict | InputError, fields: dict[str, type]) -> None:
    """Check that a row has these fields, each a string or a list of strings; InputError for one, or the row's own."""
    if isinstance(row, InputError):
        raise row
    for name, kind in fields.items():
        if name not in row:
            raise InputError(f"field {name!r} is missing; is this a file of another dataset?")
        value = row[name]
        if type(value) is not kind or (kind is list and set(map(type, value)) - {str}):
            expected = "a list of strings" if kind is list else "a string"
            raise InputError(f"field {name!r}: expected {expected}, found {shown(value)}")


def shown(value: object) -> str:
    """The beginning of any value, for a message."""
    try:
        return json.dumps(value, default=repr)[:40]
    except (RecursionError, TypeError, ValueError):
        return f"a {type(value).__name__} that is not JSON"


def unpacked(path: Path) -> bytes:
    """The file's bytes, unpacked, without a byte order mark."""
    if path == STDIN and sys.stdin is None:
        raise InputError("standard input is closed; expected a file there")
    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error  # without a file's name, or what is wrong with gzip
        raise InputError(f"{path}: cannot be read ({reason}); check path and rights, or fetch it again") from None
    return content.removeprefix(b"\xef\xbb\xbf")


def _table(content: bytes) -> dict[str, dict] | list | None:
    """The columns of an object of objects, or the items of an array; None where a file is neither, as a whole."""
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        return None
    columns = isinstance(table, dict) and table and all(isinstance(column, dict) for column in table.values())
    return table if columns or isinstance(table, list) else None


def _parsed(line: bytes) -> dict | InputError:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        row = None
    return row if isinstance(row, dict) else _no_object(repr(line[:40].decode("utf-8", errors="replace")))


def _no_object(found: str) -> InputError:
    return InputError(f"not a JSON object in UTF-8: {found}; expected one per line")


# Python list literals of strings, read by pattern, as released files and model outputs hold them; never evaluated

_QUOTED = r"'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\""  # runs without escapes are read in one go
_LIST = re.compile(rf"\[\s*(?:(?:{_QUOTED})\s*,\s*)*(?:{_QUOTED})\s*(?:,\s*)?\]", re.DOTALL)
_ITEM = re.compile(_QUOTED, re.DOTALL)
_ESCAPE = re.compile(r"\\(?:[xX]([0-9a-fA-F]{2})|[uU]([0-9a-fA-F]{4})|([nrt])|(.))", re.DOTALL)


def read_list(text: str) -> list[str] | None:
    """The strings of a list literal, None where the text is none."""
    text = text.strip()
    if text.startswith("['") and text.endswith("']") and '"' not in text and "\\" not in text:
        items = text[2:-2].split("', '")
        if text.count("'") == 2 * len(items):  # the plain form, as Python prints it: most lists, in a tenth of the time
            return items
    if _LIST.fullmatch(text):
        return [unescape(item[1:-1]) for item in _ITEM.findall(text)]
    return [] if re.fullmatch(r"\[\s*\]", text) else None


def unescape(text: str) -> str:
    """The text with the escapes of string literals read (lists cite a no-break space as \\xa0), line ends as blanks."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else escape[4] or " "
