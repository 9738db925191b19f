"""The explorer's data, and its page: one file with styles, scripts and data in it, so that it opens from a folder too.

{"arms", "students": labels, "leads": how the study's traces begin, "classes",
 "sets": [{"key", "label", "dataset", "problems": {id: {category, question, facts, gold (places), answers}},
           "runs": [{"student", "arm", "seed", "level", "answers" and "steps" (their judges), "ids", "flags", "texts",
                     "reasons" (by judge)}]}]}

flags: a bit per verdict, in the order of FLAGS. Of the authors' problems there are ids and classes, of their outputs no
text.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from lib.datasets import DATASETS, Output, read_outputs
from lib.datasets.problem import Problem, numbered
from lib.files import json_rows
from lib.published import verdicts
from lib.run import records
from lib.run.cells import RELEASED, Cell, cell_of
from lib.study import ARM_LABELS, DATASET_LABELS, STUDENT_LABELS
from lib.traces.arms import NEEDS_VERBOSE
from lib.verify import PROTOCOLS, verify
from lib.verify.released import GoldFile

HERE = Path(__file__).parent
SCRIPTS = ("data.js", "kappa.js", "release.js", "view.js", "app.js")
FLAGS = [f"{what}_{judge}" for judge in PROTOCOLS for what in ("answer", "parsed", "class", "ir")]


def page() -> str:
    """The whole page. Modules cannot be imported from a folder, so they are put one after another."""
    code = [(HERE / name).read_text(encoding="utf-8") for name in SCRIPTS]
    lines = [
        line.removeprefix("export ") for text in code for line in text.splitlines() if not line.startswith("import ")
    ]
    packed = gzip.compress(json.dumps(build(), ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
    parts = {
        "style": (HERE / "style.css").read_text(encoding="utf-8"),
        "data": base64.b64encode(packed).decode(),
        "script": "\n".join(lines),
    }
    parts["policy"] = base64.b64encode(hashlib.sha256(f"\n{parts['script']}\n".encode()).digest()).decode()
    text = (HERE / "page.html").read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part)
    return text


def build() -> dict:
    """Everything that the explorer shows."""
    sets: dict[str, dict] = {}
    for key, problems, run in (*_theirs(), *_ours()):
        one = sets.setdefault(key["key"], {**key, "problems": {}, "runs": []})
        one["problems"] |= problems
        one["runs"].append(run)
    leads = {name: module.CLASS_SENTENCE.partition("{")[0] for name, module in DATASETS.items()}
    classes = {name: list(module.CATEGORIES) for name, module in DATASETS.items()}
    labels = {"arms": ARM_LABELS, "students": STUDENT_LABELS, "leads": leads, "classes": classes}
    return labels | {"sets": sorted(sets.values(), key=_first_to_show)}


def _first_to_show(one: dict) -> tuple:
    """What can be read whole comes first, and most outputs of it."""
    return any("texts" not in run for run in one["runs"]), -sum(len(run["ids"]) for run in one["runs"])


def _released(dataset: str) -> dict:
    return {"key": dataset, "label": f"{DATASET_LABELS[dataset]}, the authors' test problems", "dataset": dataset}


def _theirs() -> Iterator[tuple[dict, dict, dict]]:
    """The authors' students: what data/verdicts.csv.gz holds."""
    table = verdicts.load()
    table["flags"] = sum(table[name].fillna(False).astype(int) * 2**bit for bit, name in enumerate(FLAGS))
    order = {name: place for place, name in enumerate(ARM_LABELS)}
    for (dataset, student, arm), rows in table.sort_values(
        "arm", key=lambda arms: arms.map(order), kind="stable"
    ).groupby(["dataset", "student", "arm"], sort=False):
        problems = {row.problem: {"category": row.category} for row in rows.itertuples()}
        steps = list(PROTOCOLS) if rows["parsed_strict"].notna().any() else []
        run = {
            "student": student,
            "arm": arm,
            "seed": "the released run",
            "level": "re-scored",
            "answers": list(PROTOCOLS),
            "steps": steps,
        }
        yield _released(dataset), problems, run | {"ids": rows["problem"].to_list(), "flags": rows["flags"].to_list()}


def _ours() -> Iterator[tuple[dict, dict, dict]]:
    """Our own students: the committed records."""
    cells = []
    for folder in records.FOLDER.glob("[!.]*/"):
        fields = json.loads((folder / records.CONFIG).read_text(encoding="utf-8"))
        cells.append(
            (cell_of({name: fields[name] for name in ("dataset", "student", "arm", "seed", "budget")}), folder)
        )
    place = list(ARM_LABELS).index
    for cell, folder in sorted(cells, key=lambda c: (-c[0].budget.n_test, c[0].student, place(c[0].arm), c[0].seed)):
        epochs = f", {cell.budget.epochs} epochs" if cell.budget.epochs > 1 else ""
        run = {"student": cell.student, "arm": cell.arm, "seed": f"{cell.seed}{epochs}"}
        read = _of_released if cell.budget.source == RELEASED else _of_generated
        yield read(cell, folder / records.OUTPUTS, run)


def _of_released(cell: Cell, path: Path, run: dict) -> tuple[dict, dict, dict]:
    rows = [row for _, row in json_rows(path)]
    problems = {row["problem"]: {"category": row["category"]} for row in rows}
    told = ("answer", "parsed", "class", "ir")
    flags = [_bits({f"{name}_strict": row[name] for name in told}) for row in rows]
    run |= {"level": "re-trained", "answers": ["strict"], "steps": ["strict"] if any(r["parsed"] for r in rows) else []}
    run |= {"ids": [row["problem"] for row in rows], "flags": flags, "texts": [row["prediction"] for row in rows]}
    return _released(cell.dataset), problems, run


def _of_generated(cell: Cell, path: Path, run: dict) -> tuple[dict, dict, dict]:
    outputs = read_outputs(path, cell.dataset)
    ids = list(numbered(output.problem.id for output in outputs))
    judged = [{judge: judge_of(output) for judge, judge_of in _JUDGES.items()} for output in outputs]
    budget, name = cell.budget, DATASET_LABELS[cell.dataset]
    what = ", ".join(budget.categories) if len(budget.categories) == 1 else f"{len(budget.categories) or 'all'} classes"
    key = {"key": f"{cell.dataset}-{budget.n_test}-{'-'.join(c[0] for c in budget.categories)}-{budget.facts}"}
    key |= {"label": f"{name}, simulated problems ({budget.n_test}, {what})", "dataset": cell.dataset}
    simulated = f"simulated problems{' and traces' if cell.arm in NEEDS_VERBOSE else ''}"
    parsed = any(verdict["strict"].parsed for verdict in judged)
    run |= {"level": f"re-trained; {simulated}", "answers": list(PROTOCOLS), "steps": list(PROTOCOLS) if parsed else []}
    run |= {"ids": ids, "flags": [_bits(_told(verdict)) for verdict in judged]}
    run |= {"texts": [output.text for output in outputs]}
    run |= {"reasons": [[list(verdict[judge].reasons) for judge in PROTOCOLS] for verdict in judged]}
    return key, {i: _problem(output.problem) for i, output in zip(ids, outputs, strict=True)}, run


def _judge_as_released(output: Output):
    """As notebook 4 does: the gold row is the output's own, so that only the rule differs."""
    problem = output.problem
    gold = GoldFile([(str(list(problem.answers)), problem.category, problem.facts)])
    return verify(problem, output.text, "released", "released", gold)


_JUDGES = {"strict": lambda output: verify(output.problem, output.text), "released": _judge_as_released}


def _told(verdict: dict) -> dict[str, bool]:
    return {
        f"{what}_{judge}": getattr(verdict[judge], records.FLAGS[what])
        for judge in PROTOCOLS
        for what in ("answer", "parsed", "class", "ir")
    }


def _bits(told: dict[str, bool]) -> int:
    return sum(told.get(name, False) * 2**bit for bit, name in enumerate(FLAGS))


def _problem(problem: Problem) -> dict:
    gold = [place for place, fact in enumerate(problem.facts) if fact in problem.gold_facts]
    told = {"category": problem.category, "question": problem.question, "facts": problem.facts}
    return told | {"gold": gold, "answers": problem.answers}
