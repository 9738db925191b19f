"""How fast the verifier is: `make bench` prints a table, writes data/bench.json and the table of docs/performance.md.

Everything is measured in one run, several times; medians are shown, and comparisons are ratios within the run. With
the authors' release at hand (TRACE_RELEASE, or downloaded) it is the input; else made-up outputs of the same shape.
"""

import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lib.datasets import cotemp, read_outputs
from lib.errors import InputError, run_cli
from lib.files import DATA, ROOT
from lib.published import release
from lib.verify import summarize, verify_all
from lib.verify.completion import render_completion
from lib.verify.released import GoldFile

PAGE, README = ROOT / "docs" / "performance.md", ROOT / "README.md"
MARKS = "<!-- bench-verifier -->", "<!-- /bench-verifier -->"
SUMMARY = "<!-- speed -->", "<!-- /speed -->"
REPEATS = 5


class File(NamedTuple):
    """A file of outputs with its gold file."""

    path: Path
    dataset: str
    category: str | None
    gold: Path


def released_files() -> list[File]:
    """The released outputs of the arms that write traces."""
    traced = [run for run in release.runs() if run.has_trace]
    return [
        File(release.fetch(run.name), run.dataset, run.category or None, release.fetch(run.gold_name)) for run in traced
    ]


def made_up_files(folder: Path, n: int = 600, seed: int = 0) -> list[File]:
    """One CoTempQA-shaped file: ten dated facts a problem, right and wrong traces in turn."""
    rng, path, gold = random.Random(seed), folder / "during" / "made-up.json", folder / "gold.csv"
    path.parent.mkdir()
    lines, rows = [], ["reasoning,answer,facts"]
    for i in range(n):
        facts = [f"Ada Moss holds the position of office {i} {j} from {1900 + j} to {1901 + j}." for j in range(10)]
        answer, cited = f"office {i} 3", rng.choice(facts)
        row = {"question": f"Which office of {i}?", "facts": facts, "gold": [answer], "triple_element": "S1_R1_O2"}
        trace = f"{cotemp.CLASS_SENTENCE.format('during')}\n{cotemp.CITING_SENTENCE.format([cited])}"
        said = render_completion(trace, cotemp.render_answer((answer,)))
        lines.append(json.dumps(row | {"prediction": said}))
        rows.append(f'is: during.,"[\'{answer}\']","{facts}"')
    path.write_text("\n".join(lines) + "\n")
    gold.write_text("\n".join(rows) + "\n")
    return [File(path, "cotemp", None, gold)]


def seconds(work: Callable[[], int], repeats: int = REPEATS) -> float:
    """Median seconds per output of `work`, which returns how many outputs it judged."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        n = work()
        times.append((time.perf_counter() - start) / n)
    return statistics.median(times)


def rescore(files: list[File], answers: str, steps: str) -> int:
    """Read and judge files as the command line does; each gold file is read once for all files that need it."""
    n, golds = 0, {}
    for file in files:
        if steps == "released" and file.gold not in golds:
            golds[file.gold] = GoldFile.read(file.gold, file.dataset)
        gold = golds.get(file.gold)
        outputs = read_outputs(file.path, file.dataset, file.category)
        n += summarize(verify_all(outputs, answers=answers, steps=steps, gold=gold))["n"]
    return n


def naive_rescore(files: list[File]) -> int:
    """The plain version on the same files."""
    from tests import naive

    return sum(len(naive.rescore(file.path, file.gold, file.dataset)) for file in files)


def import_seconds() -> float:
    """Median seconds of a fresh Python that imports the verifier and ends."""
    command = [sys.executable, "-c", "import lib.verify"]

    def work() -> int:
        subprocess.run(command, cwd=ROOT, check=True)
        return 1

    return seconds(work)


def measure(files: list[File], source: str) -> dict:
    """All figures of one run."""
    ours = seconds(lambda: rescore(files, "released", "released"))
    naive = seconds(lambda: naive_rescore(files), repeats=1)  # more than a minute: once is enough
    strict = seconds(lambda: rescore(files, "strict", "strict"))
    return {
        "input": source,
        "files": len(files),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "outputs_per_second": {"released": round(1 / ours), "strict": round(1 / strict)},
        "naive_outputs_per_second": round(1 / naive, 1),
        "times_as_fast": round(naive / ours),
        "import_seconds": round(import_seconds(), 2),
    }


def as_markdown(result: dict) -> str:
    """The page's table."""
    speed = result["outputs_per_second"]
    rows = [
        ("outputs per second, released protocol, from file to scores", f"{speed['released']:,}"),
        ("outputs per second, strict protocol, from file to scores", f"{speed['strict']:,}"),
        ("the same released procedure, row by row in pandas", f"{result['naive_outputs_per_second']:,}"),
        ("times as fast (in one run)", f"**{result['times_as_fast']:,}**"),
        ("seconds to start the verifier", f"{result['import_seconds']}"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"| {result['input']}; {result['machine']} | |\n|---|---:|\n{table}"


def summary() -> str:
    """The README's short table, from data/: the last measurement of each kind."""
    verifier, training = (json.loads((DATA / f"{name}.json").read_text()) for name in ("bench", "bench_training"))
    speed, traces, generated = verifier["outputs_per_second"], training["training"]["correct"], training["generation"]
    trained, said = traces["examples_per_second"], generated["problems_per_second"]
    trl = f"**{trained / traces['trl_at_its_best']:.1f}**: TRL at its best" if training["trl"] else ""
    single = f"**{said / generated['authors_way']:.0f}**: one prompt at a time, no cache"
    naive = f"**{verifier['times_as_fast']}**: row by row in pandas"
    ours, students = verifier["machine"], training["machine"]
    rows = [
        ("outputs verified, released (strict) protocol", f"{speed['released']:,} ({speed['strict']:,})", naive, ours),
        ("examples of correct traces trained on, SmolLM2-135M", f"{trained:.2f}", trl, students),
        ("problems answered, SmolLM2-135M", f"{said:.2f}", single, students),
    ]
    lines = [f"| {what} | {rate} | {against} | {machine.partition(',')[0]} |" for what, rate, against, machine in rows]
    head = ["| [more](docs/performance.md) | per second | times as fast as | on |", "|---|---:|---|---|"]
    return "\n".join(head + lines)


def write(result: dict, file: str, marks: tuple[str, str], table: str) -> None:
    """data/<file>, the table of docs/performance.md between its marks, and with them the README's."""
    _replace(DATA / file, json.dumps(result, indent=1) + "\n")
    _between(PAGE, marks, table)
    _between(README, SUMMARY, summary())


def _between(path: Path, marks: tuple[str, str], table: str) -> None:
    start, end = map(re.escape, marks)
    text, n = re.subn(f"{start}.*?{end}", lambda _: "\n".join((marks[0], table, marks[1])),
                      path.read_text(encoding="utf-8"), flags=re.DOTALL)  # fmt: skip
    if n != 1:
        raise InputError(f"{path.name}: expected one {marks[0]} … {marks[1]}, found {n}; put the marks back")
    _replace(path, text)


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name("." + path.name)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def main(argv: list[str]) -> None:
    """Measure, print, write. `--dry-run` writes nothing."""
    if argv not in ([], ["--dry-run"]):
        raise InputError(f"unexpected argument {argv[0]!r}; python -m tests.bench takes --dry-run or nothing")
    with tempfile.TemporaryDirectory() as folder:
        if release.at_hand():
            result = measure(released_files(), "the released trace files of CoTempQA and bAbI")
        else:
            result = measure(made_up_files(Path(folder)), "made-up outputs (no release at hand)")
    print(as_markdown(result))
    if not argv:
        write(result, "bench.json", MARKS, as_markdown(result))


if __name__ == "__main__":
    run_cli(main)
