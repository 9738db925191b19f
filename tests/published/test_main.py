"""The one command: it rebuilds every table byte for byte, and tells in one line what it cannot use."""

import gzip
import json

import pytest

from lib.errors import run_cli
from lib.files import DATA
from lib.published import __main__ as published
from lib.published import agreement, release


def test_tables_are_written_whole_and_printed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(published, "DATA", tmp_path)
    monkeypatch.setattr(published, "TABLES", {"agreement": {"marco_class_guess.csv": agreement.marco_agreement}})
    published.main(["agreement"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["written", "class", "n", "accuracy", *agreement.marco.CATEGORIES]
    assert (len(out), out[-1]) == (14, "12 rows -> data/marco_class_guess.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["marco_class_guess.csv"]  # no temporary file is left


@pytest.mark.slow
@pytest.mark.release
@pytest.mark.parametrize("command", published.TABLES)
def test_the_committed_tables_are_what_the_release_gives(command, local, monkeypatch, tmp_path):
    monkeypatch.setattr(published, "DATA", tmp_path)
    published.main([command])
    for name in published.TABLES[command]:
        ours, theirs = (tmp_path / name).read_bytes(), (DATA / name).read_bytes()
        if name.endswith(".gz"):
            assert ours[3:8] == theirs[3:8] == bytes(5)  # of its head: no name, no time
            ours, theirs = gzip.decompress(ours), gzip.decompress(theirs)  # another zlib may pack otherwise
        assert ours.splitlines() == theirs.splitlines(), name
        assert ours == theirs, name


@pytest.mark.release
def test_fetching_checks_every_file(local, capsys):
    published.main(["fetch"])
    assert (
        capsys.readouterr().out
        == f"{len(release.registry())} files of the authors' release, 67 MB, all hashes as expected\n"
    )


def test_a_copy_that_lacks_files(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(release.VARIABLE, str(tmp_path))
    for command in ("fetch", "verdicts", "agreement"):
        assert "expected this file of the release, found none; copy it there" in told(capsys, command)


def test_a_file_of_marco(tmp_path, capsys):
    passages = [{"is_selected": 1, "passage_text": "Oil paint dries in about two weeks.", "url": ""}]
    record = {"query_id": 1, "passages": passages, "answers": ["About two weeks."], "wellFormedAnswers": []}
    asked = [("how long does oil paint take to dry", "NUMERIC"), ("où est né le peintre", "LOCATION")]
    lines = [json.dumps(record | {"query": query, "query_type": kind}) for query, kind in asked]
    path = tmp_path / "marco.json"
    path.write_text("\n".join([*lines, json.dumps(record)]))
    published.main(["agreement", "--marco", str(path)])
    out = capsys.readouterr().out
    assert "2 problems kept, 1 rows left out" in out
    # the question in French is no location by these rules
    assert out.splitlines()[-1].split() == ["by", "MARCO", "all", "2", "50.0", "1", "1", "0", "0", "0"]
    assert list(tmp_path.iterdir()) == [path]


def told(capsys, *argv: str) -> str:
    """Run the command on bad input; the one line that it tells."""
    with pytest.raises(SystemExit) as stop:
        run_cli(published.main, list(argv))
    out, error = capsys.readouterr()
    error = error.rpartition("\r")[2]  # what a progress bar leaves
    assert (stop.value.code, out, error.count("\n")) == (2, "", 1)
    return error


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "required: command"),
        (["everything"], "invalid choice: 'everything'"),
        (["agreement", "x"], "unrecognized arguments: x"),
        (["verdicts", "--marco", "x.json"], "--marco: expected with agreement, found with verdicts"),
        (["agreement", "--marco", "nowhere.json"], "nowhere.json: cannot be read"),
    ],
)
def test_bad_arguments_are_told_in_one_line(argv, words, capsys):
    assert words in told(capsys, *argv)
