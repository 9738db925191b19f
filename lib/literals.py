"""Python list literals of strings, read by pattern, as released files and model outputs hold them; never evaluated."""

import re

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
