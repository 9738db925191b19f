"""How often the class guessed from a question's form is the labelled one.

    python -m lib.analysis.marco_agreement [FILE]

FILE is an MS MARCO QnA file with answers. Without one, the questions are those of data/marco_questions.csv: our own,
not MARCO's, and the table is kept in data/marco_class_guess.csv. Their column `written` matters: those written before
the rules shaped them, so only those written after them tell how the rules fare on questions that they have not seen.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lib.datasets import marco
from lib.errors import InputError, Parser, run_cli
from lib.files import DATA, csv_rows, typed, write_table

DATA = DATA
COLUMNS = ["written", "class", "question"]


def agreement(questions: pd.DataFrame) -> pd.DataFrame:
    """One row for every group of questions and true class, and one "all" a group.

    questions: columns `written` (the group), `class`, `question`. Returns written, class, n, accuracy (percent), and
    for every class of CATEGORIES how many questions were guessed to be of it.
    """
    guesses = questions.assign(guess=questions["question"].map(marco.guess_class))
    rows = []
    for written, group in guesses.groupby("written", sort=False):
        for name in (*marco.CATEGORIES, "all"):
            part = group if name == "all" else group[group["class"] == name]
            counts = [int((part["guess"] == guess).sum()) for guess in marco.CATEGORIES]
            accuracy = round(100 * (part["guess"] == part["class"]).mean(), 1)
            rows.append((written, name, len(part), accuracy, *counts))
    return pd.DataFrame(rows, columns=["written", "class", "n", "accuracy", *marco.CATEGORIES])


def own_questions(path: Path = DATA / "marco_questions.csv") -> pd.DataFrame:
    """Our own labelled questions; InputError with file and line for the first unusable one."""
    rows = []
    for place, row in csv_rows(path):
        try:
            if isinstance(row, InputError):
                raise row
            typed(row, dict.fromkeys(COLUMNS, str))
            if row["class"] not in marco.CATEGORIES:
                raise InputError(f"expected a class, one of {', '.join(marco.CATEGORIES)}, found {row['class']!r}")
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
        rows.append(row)
    return _frame((row["written"], row["class"], row["question"]) for row in rows)


def _frame(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def main(argv: list[str]) -> None:
    """Print the table; see the module's docstring."""
    parser = Parser(prog="python -m lib.analysis.marco_agreement", description="Accuracy of the guessed class.")
    parser.add_argument("file", nargs="?", metavar="FILE", help="MS MARCO QnA file (default: our own questions)")
    file = parser.parse_args(argv).file
    if file is None:
        table = agreement(own_questions())
        write_table(table, DATA / "marco_class_guess.csv")
        print("our own questions, none of MARCO's")
    else:
        loaded = marco.load(Path(file))
        print(loaded.report())
        table = agreement(_frame(("by MARCO", problem.category, problem.question) for problem in loaded.problems))
    print("accuracy in percent, then how many were guessed to be of each class")
    print(table.to_string(index=False, na_rep="-"))


if __name__ == "__main__":
    run_cli(main)
