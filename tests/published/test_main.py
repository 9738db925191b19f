"""The one command: it rebuilds every table byte for byte, and tells in one line what it cannot use."""

import gzip

import pytest

from lib.errors import run_cli
from lib.files import DATA
from lib.published import __main__ as published
from lib.published import release


@pytest.mark.slow
@pytest.mark.release
def test_the_committed_tables_are_what_the_release_gives(local, monkeypatch, tmp_path):
    monkeypatch.setattr(published, "DATA", tmp_path)
    published.main(["verdicts"])
    for name in published.TABLES:
        ours, theirs = (tmp_path / name).read_bytes(), (DATA / name).read_bytes()
        if name.endswith(".gz"):
            assert ours[4:8] == theirs[4:8] == bytes(4)  # of its head: no time
            ours, theirs = gzip.decompress(ours), gzip.decompress(theirs)  # another zlib may pack otherwise
        assert ours == theirs, name
    assert {path.name for path in tmp_path.iterdir()} == set(published.TABLES)  # no temporary file is left


@pytest.mark.release
def test_fetching_checks_every_file(local, capsys):
    published.main(["fetch"])
    assert (
        capsys.readouterr().out
        == f"{len(release.registry())} files of the authors' release, 89 MB, all hashes as expected\n"
    )


def test_a_copy_that_lacks_files(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(release.VARIABLE, str(tmp_path))
    for command in ("fetch", "verdicts"):
        assert "found no file; copy it again, or unset TRACE_RELEASE" in told(capsys, command)


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
        (["verdicts", "x"], "unrecognized arguments: x"),
    ],
)
def test_bad_arguments_are_told_in_one_line(argv, words, capsys):
    assert words in told(capsys, *argv)
