"""What the code of a cell does, as digests: `python -m tests.golden` records them anew, from a clean tree.

A cell's name holds a frozen mark of the code (CODE in lib/run/cells.py) instead of a hash of its text, so that moving
or rewording code orphans no record. These digests are the other half of that bargain: they say when a number can
change, and then the mark has to change with them.
"""

import dataclasses
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from transformers import AutoTokenizer

from lib.datasets import DATASETS, Output, read_outputs
from lib.datasets.problem import Problem
from lib.errors import InputError, run_cli
from lib.files import ROOT, write_text
from lib.run import cells, material, records, train_cell
from lib.run.cells import Budget, Cell
from lib.traces import arms, verbose_traces
from lib.train import students
from lib.train.encoding import encode

FILE = Path(__file__).with_name("golden.json")
_PER_CLASS = 12
_FACTS = {"cotemp": 5}


def digests() -> dict[str, dict[str, str]]:
    """Per dataset: what is digested ("problems equal", "examples correct", "tokens correct") -> SHA-256, shortened."""
    return {dataset: dict(_of(dataset)) for dataset in DATASETS}


def _of(dataset: str) -> Iterator[tuple[str, str]]:
    module, every = DATASETS[dataset], []
    for category in module.CATEGORIES:
        problems = module.generate(_PER_CLASS, 0, category=category)
        every += problems[:3]
        yield f"problems {category}", digest([dataclasses.astuple(problem) for problem in problems])
    if dataset in _FACTS:
        few = module.generate(_PER_CLASS, 0, category=module.CATEGORIES[0], n_facts=_FACTS[dataset])
        yield f"problems of {_FACTS[dataset]} facts", digest([dataclasses.astuple(problem) for problem in few])
    verbose = verbose_traces.simulated(every, 0)
    tokenizer = AutoTokenizer.from_pretrained(students.smollm_folder())
    for arm in arms.PROMISES:
        examples = arms.build(every, arm, 0, verbose).examples
        yield f"examples {arm}", digest([(e.problem.id, e.prompt, e.completion, e.source) for e in examples])
        encoded = encode(tokenizer, examples, 4096)
        yield f"tokens {arm}", digest([[(e.problem_id, e.ids, e.start) for e in encoded.examples], encoded.too_long])
    yield "split", digest([[problem.id for problem in part] for part in _split(dataset)])


def _split(dataset: str) -> tuple[list[Problem], list[Problem]]:
    return material.material(Cell(dataset, "tiny", "correct", 0, Budget(n_train=40, n_test=20)))


def digest(content: object) -> str:
    """Sixteen hex digits of a value's JSON."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def advice(dataset: str, changed: list[str]) -> str:
    """One line: what another digest means, and what to do."""
    return (
        f"{dataset}: {', '.join(changed)} changed; if that is meant, give {dataset!r} a new mark in CODE "
        f"({Path(cells.__file__).name}), commit, then run `python -m tests.golden` and train its records anew"
    )


def refuse_changed_tree() -> None:
    """Raise InputError where the tree has changes: a record must belong to a commit."""
    changed = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    if changed:
        raise InputError(f"the tree has changes ({changed.splitlines()[0].strip()} …); commit or undo them first")


def rescore(record: Path) -> bool:
    """Bring a record up to date with the verifier, what its student said untouched; whether anything changed.

    Raises InputError for a record of released problems where they are not at hand.
    """
    cell, metrics = cell_of(record), records.metrics(record)
    before = records.read(record, records.FILES)
    rows = [json.loads(line) for line in before[records.OUTPUTS].decode().splitlines()]
    test = {problem.id: problem for problem in material.material(cell)[1]}
    outputs = [Output(test[row["problem"]], row["prediction"]) for row in rows if "problem" in row]
    outputs = outputs or read_outputs(record / records.OUTPUTS, cell.dataset)
    scores = train_cell.judge(cell, outputs, [row["tokens"] for row in rows], record / records.OUTPUTS)
    metrics["test"] = scores | {name: value for name, value in metrics["test"].items() if name not in scores}
    write_text(record / records.METRICS, json.dumps(metrics, indent=1) + "\n")
    if records.FORCED in before:
        said = [json.loads(line)["said"] for line in before[records.FORCED].decode().splitlines()]
        todo = train_cell.forced_traces(cell, list(test.values()))
        texts = [one.prefix + text for one, text in zip(todo, said, strict=True)]
        train_cell.judge_forced(todo, texts, record / records.FORCED)
    after = records.read(record, records.FILES)
    records.seal(record, after)
    return after != before


def cell_of(record: Path) -> Cell:
    """The cell that a record is of."""
    config = json.loads((record / records.CONFIG).read_text())
    return cells.cell_of({name: config[name] for name in ("dataset", "student", "arm", "seed", "budget")})


def main(argv: list[str]) -> None:
    """Record the digests, or with `--rescore` the metrics of the records anew; refuses a tree with changes."""
    if argv not in ([], ["--rescore"]):
        raise InputError(f"unexpected argument {argv[-1]!r}; python -m tests.golden takes none but --rescore")
    refuse_changed_tree()
    if argv:
        n = sum(rescore(record) for record in sorted(records.FOLDER.glob("*/")))
        print(f"{n} records scored anew -> {records.FOLDER.relative_to(ROOT)}", file=sys.stderr)
        return
    found = digests()
    FILE.write_text(json.dumps(found, indent=1) + "\n")
    print(f"recorded {sum(map(len, found.values()))} digests -> tests/{FILE.name}", file=sys.stderr)


if __name__ == "__main__":
    run_cli(main)
