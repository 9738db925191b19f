"""Commands on a human study: `python -m lib.human_study RESPONSES.csv`, `… plan`, `… survey`, each with --help."""

import math
import re
from pathlib import Path

from lib import human_study
from lib.errors import InputError, Parser, run_cli
from lib.files import write_text
from lib.human_study import read
from lib.stats import ratings


def main(argv: list[str]) -> None:
    """Read a file of responses, leave out who did not pay attention, print the report; or plan a study, or a survey."""
    if argv[:1] == ["plan"]:
        from lib.human_study import plan

        return plan.main(argv[1:])
    if argv[:1] == ["survey"]:
        from lib.human_study import survey

        return survey.main(argv[1:])
    given = _arguments().parse_args(argv)
    if not 0 <= given.min_seconds < math.inf:
        raise InputError(f"--min-seconds {given.min_seconds}: expected a number of at least 0")
    if not 0 < given.at_least <= 1:
        raise InputError(f"--at-least {given.at_least}: expected a share above 0, at most 1")
    found = _read(given)
    report = human_study.report(ratings.exclude(found.responses, given.min_seconds), given.margin)
    if given.as_file:
        write_text(given.as_file, found.responses.frame.to_csv(index=False, lineterminator="\n"))
    if given.sentences:
        from lib.human_study import output

        print("\n\n".join([found.line, *output.sentences(report), output.methods(report, given.min_seconds)]))
    else:
        print(f"{found.line}\n\n{report.text()}")
    if given.out or given.html:
        from lib.human_study import output  # here: drawing takes a while to load

        written = output.write(report, given.out, given.min_seconds, found.line) if given.out else []
        if given.html:
            write_text(given.html, output.page(report, given.min_seconds, found.line))
        print("\nwritten:", *written, *([given.html] if given.html else []))


def _arguments() -> Parser:
    parser = Parser(
        prog="python -m lib.human_study",
        description="Analyse the ratings of a human study.",
        epilog="Beside this: `plan` says how many people a study needs, `survey` makes a page that asks them.",
    )
    add = parser.add_argument
    add(
        "file",
        metavar="RESPONSES.csv",
        type=Path,
        help="ratings: CSV or Excel, long or wide; or a folder of a survey's",
    )
    add("--instrument", type=Path, help="items, points and conditions, as data/instrument.yml")
    add("--min-seconds", type=float, default=0.0, help="leave out whose median item took less (0)")
    add("--at-least", type=float, default=0.5, help="share of a scale's items that a score needs (0.5)")
    add("--margin", type=float, help="points below which a difference counts as none (an eighth of the scale)")
    add("--as", dest="as_file", metavar="TIDY.csv", type=Path, help="write the table as understood")
    add("--sentences", action="store_true", help="print results and methods as a paper words them")
    add("--out", metavar="DIR", type=Path, help="write tables (CSV, LaTeX, Markdown), figures (PNG, PDF) and texts")
    add("--html", metavar="FILE", type=Path, help="write the whole report as one HTML file")
    said = "Pairs are A=B, several with commas; where a name has a comma in it, give the switch once for each pair."
    more = parser.add_argument_group("what the reader asks for", said).add_argument
    several = {"action": "append", "default": [], "metavar": "A=B,…"}
    more("--columns", **several, help="condition=HEAD, participant=HEAD, …, or an item's id=HEAD")
    more("--conditions", **several, help="names in the file: A=r1,B=summary; C= leaves C out")
    more("--words", **several, help="cells that stand for a rating, or for none: meh=3,99=")
    more("--repeats", choices=["first", "last", "traces"], default="", help="which counts of an item rated twice")
    more("--design", choices=["between", "within"], default="", help="where a few people are in several conditions")
    more("--sheet", default="", help="of an Excel file")
    more("--keep-unfinished", action="store_true", help="keep rows that the survey tool calls unfinished")
    return parser


def _read(given) -> read.Reading:
    pairs = {name: _pairs(name, getattr(given, name)) for name in ("columns", "conditions", "words")}
    switches = read.Switches(
        **pairs,
        repeats=given.repeats,
        design=given.design,
        sheet=given.sheet,
        unfinished=given.keep_unfinished,
        least=given.at_least,
    )
    instrument = ratings.load(given.instrument) if given.instrument else None
    if given.file.is_dir():
        from lib.human_study.merge import merge

        return read.read(given.file, instrument, switches, frame=merge(given.file))
    return read.read(given.file, instrument, switches)


def _pairs(name: str, texts: list[str]) -> dict[str, str]:
    """A=B,C=D. Heads of columns may hold "," and "="; a text with a part without "=" is one pair, commas and all."""
    heads, pairs = name == "columns", []
    for text in texts:
        parts = re.split(r",\s*(?=\w+=)", text) if heads else text.split(",")
        parts = parts if all("=" in part for part in parts) else [text]
        pairs += [part.partition("=") if heads else part.rpartition("=") for part in parts]
        if not all(key and equals for key, equals, _ in pairs):
            raise InputError(f"--{name} {text}: expected A=B, or A=B,C=D")
    return {key.strip(): value.strip() for key, _, value in pairs}


if __name__ == "__main__":
    run_cli(main)
