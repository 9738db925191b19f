"""Commands on a human study: `python -m lib.human_study RESPONSES.csv`, `… plan`, `… survey`, each with --help."""

import math
from pathlib import Path

from lib import human_study
from lib.errors import InputError, Parser, run_cli
from lib.stats import ratings


def main(argv: list[str]) -> None:
    """Read a file of responses, leave out who did not pay attention, print the report."""
    parser = Parser(prog="python -m lib.human_study", description="Analyse the ratings of a human study.")
    columns = ", ".join(ratings.COLUMNS)
    parser.add_argument("file", metavar="RESPONSES.csv", type=Path, help=f"one row per rating, columns {columns}")
    parser.add_argument("--instrument", type=Path, help="items and conditions, as data/instrument.yml")
    parser.add_argument("--min-seconds", type=float, default=0.0, help="leave out whose median item took less (0)")
    given = parser.parse_args(argv)
    if not 0 <= given.min_seconds < math.inf:
        raise InputError(f"--min-seconds {given.min_seconds}: expected a number of at least 0")
    read = ratings.read_responses(given.file, ratings.load(given.instrument) if given.instrument else None)
    print(human_study.report(ratings.exclude(read, given.min_seconds)).text())


if __name__ == "__main__":
    run_cli(main)
