"""What the authors gave: fetch their files, and rebuild from them the tables that data/ holds.

python -m lib.published fetch        # every file (67 MB) into the cache, or check the local copy
python -m lib.published verdicts     # the verifier's verdicts on every released output; the published 2x2 tables
python -m lib.published agreement    # the rules against the labels; sizes; leaks; whether arms keep their promises
python -m lib.published answer       # the README's answer in one minute, from data/claims.yml and figures/*.json
"""

from collections.abc import Callable
from functools import partial

import pandas as pd
from tqdm import tqdm

from lib.errors import Parser, run_cli
from lib.files import DATA, ROOT, whole, write_text
from lib.published import agreement, integrity, release, reported, verdicts

TABLES: dict[str, dict[str, Callable[[], pd.DataFrame]]] = {
    "verdicts": {"verdicts.csv.gz": verdicts.build, "confusion.csv": reported.build_confusion},
    "agreement": {
        "cotemp_agreement.csv": agreement.cotemp_agreement,
        "label_audit.csv": agreement.label_audit,
        "babi_agreement.csv": agreement.babi_agreement,
        "marco_class_guess.csv": agreement.marco_agreement,
        "dataset_sizes.csv": agreement.dataset_sizes,
        "leaks.csv": integrity.build_leaks,
        "integrity.csv": integrity.build,
    },
}


def main(argv: list[str]) -> None:
    """Fetch the release, or rebuild tables from it; see --help."""
    parser = Parser(prog="python -m lib.published", description="Fetch the release; rebuild what is made of it.")
    says = "fetch every file; rebuild the verdicts, or the rules' agreement with labels; or the README's answer"
    parser.add_argument("command", choices=("fetch", *TABLES, "answer"), help=says)
    command = parser.parse_args(argv).command
    {"fetch": fetch, "answer": answer}.get(command, partial(rebuild, command))()


def fetch() -> None:
    """Fetch every file, or check the local copy; prints one line at the end."""
    with tqdm(release.registry(), desc="release", unit="file", leave=False) as bar:  # it leaves before an error is told
        files = [release.fetch(name) for name in bar]
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"{len(files)} files of the authors' release, {size:.0f} MB, all hashes as expected")


def rebuild(command: str) -> None:
    """Build, write and print the tables of one command."""
    for name, build in TABLES[command].items():
        table = build()
        # no time in it, and the name that was in it first: the same table is the same bytes, whenever it is written
        packed = {"method": "gzip", "mtime": 0, "filename": name.replace(".gz", ".tmp")} if ".gz" in name else None
        with whole(DATA / name) as temporary, temporary.open("wb") as file:
            table.to_csv(file, mode="wb", index=False, lineterminator="\n", compression=packed)
        if len(table) <= 60:  # longer ones are only written
            print(table.to_string(index=False, na_rep="-"))
        print(f"{len(table)} rows -> data/{name}")


def answer() -> None:
    """Write the answer in one minute between its marks in README.md."""
    readme = ROOT / "README.md"
    before, mark, rest = readme.read_text(encoding="utf-8").partition("<!-- answer -->\n")
    table = reported.claims_table(reported.load_claims(), "notebooks/")
    write_text(readme, f"{before}{mark}{table}\n{rest[rest.index('<!-- /answer -->') :]}")
    print("README.md: the answer in one minute")


if __name__ == "__main__":
    run_cli(main)
