"""The cells of a table of any kind: text with commas, semicolons, tabs or bars in the usual encodings, or Excel."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lib.errors import InputError
from lib.files import unpacked
from lib.human_study.merge import PLACE

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What openpyxl raises on a workbook that is none, or torn
TORN = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, SyntaxError, OSError)
Rows = list[tuple[int, list[str]]]  # the line that a row begins on, from 1, and its cells


@dataclass(frozen=True)
class Sheet:
    """One table: its name in a workbook ("" of a text), how it is written, its rows without blank ones.

    places: line -> "FILE, line N", where rows come from several files
    """

    name: str
    form: str
    rows: Rows
    places: dict[int, str] = field(default_factory=dict)


def sheets(path: Path) -> list[Sheet]:
    """The tables of a file that hold anything. Raises InputError with one line where it is no table."""
    content = unpacked(path)
    if content.startswith(b"PK\x03\x04"):
        found = _workbook(path, content)
    elif "EncryptedPackage".encode("utf-16-le") in content:
        raise InputError(f"{path}: protected by a password; save it without one, or as CSV")
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(f"{path}: an Excel file of the old kind (.xls); save it as .xlsx or as CSV")
    else:
        text, encoding = _text(path, content)
        rows, delimiter = _separated(path, text)
        found = [Sheet("", f"{DELIMITERS[delimiter]}, {encoding}", rows)]
    found = [Sheet(one.name, one.form, _without_blanks(one.rows)) for one in found]
    found = [one for one in found if one.rows]
    if not found:
        raise InputError(f"{path}: no rating in it; expected a header and rows of ratings")
    return found


def of_frame(frame: pd.DataFrame) -> Sheet:
    """A table at hand, its lines counted as a file's, or known by its index (lib.human_study.merge)."""
    rows = [list(frame.columns), *frame.astype(object).where(frame.notna(), "").to_numpy().tolist()]
    rows = _without_blanks([(n, [_cell(value) for value in row]) for n, row in enumerate(rows, 1)])
    return Sheet("", "merged", rows, dict(enumerate(frame.index, 2)) if frame.index.name == PLACE else {})


def _without_blanks(rows: Rows) -> Rows:
    return [(line, [cell.strip() for cell in cells]) for line, cells in rows if any(map(str.strip, cells))]


def _text(path: Path, content: bytes) -> tuple[str, str]:
    """The file's text and its encoding. Latin-1 is read as Windows' own 1252, which holds it."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\x00" in content[:200]:  # the other half of each plain letter is 0
        encodings = ["utf-16-be" if content[:1] == b"\x00" else "utf-16-le"]
    else:
        encodings = ["utf-8", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text, {"cp1252": "Latin-1", "latin-1": "Latin-1"}.get(encoding, encoding[:6].upper())
    raise InputError(f"{path}: not a table (its bytes are no text); expected CSV, tabs or .xlsx")


def _separated(path: Path, text: str) -> tuple[Rows, str]:
    """Rows under the delimiter that cuts most rows into the same number of cells, the more cells the better."""
    head, _, rest = text.partition("\n")
    if told := re.fullmatch(r'"?sep=(.)"?\r?', head):  # what Excel writes above
        text, first = rest, 2
    else:
        first = 1
    read, problem = {}, ""
    for delimiter in [told[1]] if told and told[1] in DELIMITERS else DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            begins, rows = first, []
            for cells in reader:
                rows.append((begins, cells))
                begins = reader.line_num + first
            read[delimiter] = rows
        except csv.Error as error:
            problem = problem or f"{path}, line {begins}: not CSV ({error}); a quote in a text is written twice"
    widths = {mark: Counter(len(cells) for _, cells in rows if any(cells)) for mark, rows in read.items()}
    cut = {mark: max(((width - 1) * n for width, n in found.items()), default=0) for mark, found in widths.items()}
    if problem and not any(cut.values()):
        raise InputError(problem)
    best = max(read, key=lambda mark: cut[mark])  # the first of equals
    return read[best], best


def _workbook(path: Path, content: bytes) -> list[Sheet]:
    import openpyxl  # here: nothing else needs it

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        for sheet in book.worksheets:
            _fill_down(sheet)
        return [
            Sheet(sheet.title, "Excel", [(n, [_cell(value) for value in row]) for n, row in enumerate(rows, 1)])
            for sheet in book.worksheets
            for rows in [sheet.iter_rows(values_only=True)]
        ]
    except TORN as error:
        why = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as an Excel file ({why}); save it as CSV") from None


def _fill_down(sheet) -> None:
    """Merged cells below each other: what the uppermost says holds for all of them."""
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
        for line in range(merged.min_row + 1, merged.max_row + 1):
            sheet.cell(line, merged.min_col).value = sheet.cell(merged.min_row, merged.min_col).value


def _cell(value: object) -> str:
    """As typed: Excel keeps 5 as 5.0."""
    return "" if value is None else str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
