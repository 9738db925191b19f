"""The reported level: numbers that the paper or the authors' score files state, read from data/.

paper.csv              claim, dataset, student, arm, value, unit, where: every number of the paper that we know
published_scores.csv   score files of the authors' later commits: part 2's students, and part 1 with seeds 121 to 123
confusion.csv          the authors' published 2x2 tables (counts), rebuilt by `python -m lib.published verdicts`
"""

import json
import re

import pandas as pd
import yaml

from lib.errors import InputError
from lib.files import DATA
from lib.published import release

CELLS = ["right_right", "right_wrong", "wrong_right", "wrong_wrong"]  # answer, step


def read(name: str) -> pd.DataFrame:
    """One table of data/ by file name. Text columns are empty strings where they do not apply."""
    return pd.read_csv(DATA / name, keep_default_na=False)


def number(claim: str, dataset: str = "", student: str = "", arm: str = "") -> float:
    """The one number of paper.csv with these keys; InputError where there is none, or more than one."""
    table, keys = read("paper.csv"), {"claim": claim, "dataset": dataset, "student": student, "arm": arm}
    found = table.loc[(table[list(keys)] == pd.Series(keys)).all(axis=1), "value"]
    if len(found) != 1:
        raise InputError(f"paper.csv: expected one row with {keys}, found {len(found)}")
    return float(found.iloc[0])


def build_confusion() -> pd.DataFrame:
    """The authors' confusion matrices as counts: dataset, student, arm, step, unevaluated, CELLS.

    CoTempQA's were counted on the outputs of an earlier run, which were not released.
    """
    rows = []
    for name in release.names(r"results/\w+/confusion_matrix/"):
        dataset = name.split("/")[2].lower().removesuffix("qa")
        matrices = json.loads(release.fetch(name).read_text())
        unevaluated = matrices["accuracies"].get("unevaluated", 0)
        for matrix, step in (("matrix1", "class"), ("matrix2", "ir"), ("matrix3", "trace")):
            counts = map(int, (unevaluated, *matrices[matrix].values()))
            rows.append((dataset, *release.student_and_arm(name), step, *counts))
    table = pd.DataFrame(rows, columns=["dataset", "student", "arm", "step", "unevaluated", *CELLS])
    return table.sort_values(["dataset", "student", "arm", "step"], ignore_index=True)


# The answer in one minute, for README and notebooks 00 and 07: data/claims.yml holds the words; every number in them is
# a `{placeholder}` whose source the claim names:
#     paper.csv: <claim>/<dataset>/<student>/<arm>       a reported number
#     <notebook>: <key>                                  a number that a notebook wrote to figures/<notebook>.json
CLAIMS = DATA / "claims.yml"


def load_claims() -> list[dict]:
    """The claims in order: id, claim, verdict, number (filled in), where (notebook#section).

    Raises InputError for a number that has no source, or whose source does not hold it.
    """
    return [entry | {"number": _number(entry)} for entry in yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))]


def _number(entry: dict) -> str:
    try:
        words = entry["number"].format_map({name: _look_up(source) for name, source in entry["sources"].items()})
    except KeyError as error:
        raise InputError(f"claims.yml, claim {entry['id']}: expected a source that holds {error}, found none") from None
    return re.sub(r"(?<!\w)-(?=\d)", "−", words)  # a minus, not a hyphen


def _look_up(source: str) -> float:
    from lib import figures  # here: training reads problems through this room, and draws nothing

    file, _, key = source.partition(": ")
    return number(*key.split("/")) if file == "paper.csv" else figures.load_numbers(file)[key]


def claims_table(claims: list[dict], folder: str) -> str:
    """The answer as a Markdown table; `where` becomes a link to the notebook in `folder` ("notebooks/" or "")."""
    rows = [["", "the abstract says", "our verdict", "the number that decides", "where"], ["---"] * 5]
    for claim in claims:
        notebook, _, section = claim["where"].partition("#")
        link = f"[{section}]({folder}{notebook}.ipynb)"
        rows.append([claim["id"], claim["claim"], claim["verdict"], claim["number"], link])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
