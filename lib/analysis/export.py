"""Examples as files that other trainers read: JSON lines, and a folder that `datasets` and TRL load.

`datasets.load_dataset("json", data_files=...)` reads one file, `datasets.load_dataset(folder)` the folder. The rows
are TRL's prompt-completion form, so its loss is on the completion by default.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lib.files import whole, write_text
from lib.traces.arms import Example


def write_json_lines(examples: Iterable[Example], path: Path) -> Path:
    """One object a line: prompt, completion, problem, arm, source. Written whole or not at all."""
    with whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for example in examples:
            file.write(json.dumps(_row(example), ensure_ascii=False) + "\n")
    return path


def write_folder(splits: Mapping[str, Sequence[Example]], folder: Path, title: str) -> Path:
    """A dataset folder: one JSON-lines file a split and a README.md whose header names them."""
    header = ["---", "configs:", "- config_name: default", "  data_files:"]
    for name, examples in splits.items():
        write_json_lines(examples, folder / f"{name}.jsonl")
        header += [f"  - split: {name}", f"    path: {name}.jsonl"]
    counts = ", ".join(f"{len(examples)} {name}" for name, examples in splits.items())
    lines = [*header, "---", f"# {title}", "", f"{counts} examples: prompt, completion.", ""]
    write_text(folder / "README.md", "\n".join(lines))
    return folder


def _row(example: Example) -> dict[str, str]:
    return {
        "prompt": example.prompt,
        "completion": example.completion,
        "problem": example.problem.id,
        "arm": example.arm,
        "source": example.source,
    }
