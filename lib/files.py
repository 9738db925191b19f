"""Files that are whole or not there: written under a temporary name, then renamed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the verifier imports this and must not wait for pandas
    import pandas as pd


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """`with whole(path) as temporary:` write to `temporary`; it becomes `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    yield temporary
    temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    """The text as UTF-8, its line ends as they are."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_table(table: "pd.DataFrame", path: Path) -> None:
    """The table as CSV, without its index."""
    with whole(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
