"""The reference trajectory: the losses of tiny's 30 updates. `python -m tests.record_trajectory` records it anew.

A change of these numbers is a change of what training does: record only when that is meant, from a clean tree.
"""

import dataclasses
import json
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from lib.errors import Parser, run_cli
from tests.golden import refuse_changed_tree
from tests.training_run import RECIPE, run

FILE = Path(__file__).with_name("trajectory.json")
TOLERANCE = 2e-4  # nats a token; other processors add up in another order


def losses() -> list[float]:
    """The training losses of the run, one per update."""
    with tempfile.TemporaryDirectory() as folder:
        return [line["loss"] for line in run(folder).steps]


def main(argv: list[str]) -> None:
    """Record the trajectory, with recipe and versions; refuses a tree with changes."""
    Parser(prog="python -m tests.record_trajectory").parse_args(argv)
    refuse_changed_tree()
    record = {
        "recipe": dataclasses.asdict(RECIPE),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft")},
        "python": platform.python_version(),
        "tolerance": TOLERANCE,
        "losses": losses(),
    }
    FILE.write_text(json.dumps(record, indent=1) + "\n")
    print(f"recorded {len(record['losses'])} updates -> tests/{FILE.name}", file=sys.stderr)


if __name__ == "__main__":
    run_cli(main)
