"""What the authors gave: fetch their files, and rebuild from them the tables that data/ holds.

python -m lib.published fetch        # part 1's files (89 MB) into the cache, or check the local copy
python -m lib.published part2        # part 2's files (trusted at first sight); which give their published score
python -m lib.published verdicts     # the verifier's verdicts on every released output; the published 2x2 tables
python -m lib.published answer       # the README's answer in one minute, from data/claims.yml and figures/*.json
"""

from tqdm import tqdm

from lib.errors import Parser, run_cli
from lib.files import DATA, ROOT, whole, write_text
from lib.published import part2, release, reported, verdicts

TABLES = {"verdicts.csv.gz": verdicts.build, "confusion.csv": reported.build_confusion}


def main(argv: list[str]) -> None:
    """Fetch the release, or rebuild tables from it; see --help."""
    parser = Parser(prog="python -m lib.published", description="Fetch the release; rebuild what is made of it.")
    commands = {"fetch": fetch, "part2": fetch_part2, "verdicts": rebuild, "answer": answer}
    says = "fetch every file, of part 1 or of part 2; rebuild the verdicts and 2x2 tables; or the README's answer"
    parser.add_argument("command", choices=tuple(commands), help=says)
    commands[parser.parse_args(argv).command]()


def fetch() -> None:
    """Fetch every file, or check the local copy; prints one line at the end."""
    with tqdm(release.registry(), desc="release", unit="file", leave=False) as bar:  # it leaves before an error is told
        files = [release.fetch(name) for name in bar]
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"{len(files)} files of the authors' release, {size:.0f} MB, all hashes as expected")


def fetch_part2() -> None:
    """Fetch part 2's files, then hold every file of outputs against its published score, a line each."""
    for line in part2.report(part2.fetch_all()):
        print(line)


def rebuild() -> None:
    """Build and write the tables of the verdicts."""
    for name, build in TABLES.items():
        table = build()
        # no time in it, and the name that was in it first: the same table is the same bytes, whenever it is written
        packed = {"method": "gzip", "mtime": 0, "filename": name.replace(".gz", ".tmp")} if ".gz" in name else None
        with whole(DATA / name) as temporary, temporary.open("wb") as file:
            table.to_csv(file, mode="wb", index=False, lineterminator="\n", compression=packed)
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
