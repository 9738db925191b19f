"""The reference trajectory: the losses of 30 steps of tiny. `python -m tests.record_trajectory` records it anew.

A change of these numbers is a change of what training does: record only when that is meant, from a clean tree.
"""

import dataclasses
import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from lib.errors import InputError, run_cli
from tests.training_run import RECIPE, run

FILE = Path(__file__).with_name("trajectory.json")
TOLERANCE = 2e-4  # nats a token; other processors add up in another order


def losses() -> list[float]:
    """The training losses of the run, one a step."""
    with tempfile.TemporaryDirectory() as folder:
        return [line["loss"] for line in run(folder).steps]


def main(argv: list[str]) -> None:
    """Record the trajectory, with recipe and versions; refuses a tree with changes."""
    if argv:
        raise InputError(f"unexpected argument {argv[0]!r}; python -m tests.record_trajectory takes none")
    changed = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    if changed:
        raise InputError(f"the tree has changes ({changed.splitlines()[0].strip()} …); commit or undo them first")
    record = {
        "recipe": dataclasses.asdict(RECIPE),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "accelerate")},
        "python": platform.python_version(),
        "tolerance": TOLERANCE,
        "losses": losses(),
    }
    FILE.write_text(json.dumps(record, indent=1) + "\n")
    print(f"recorded {len(record['losses'])} steps -> tests/{FILE.name}", file=sys.stderr)


if __name__ == "__main__":
    run_cli(main)
