"""The authors' files: downloaded once, from a copy where one is named, and never used truncated or altered."""

import hashlib
import re

import pytest

from lib.errors import InputError
from lib.published import release

NAME, CONTENT = "abc/data/equal.json", b'{"some": "bytes"}\n'
LARGE, MUCH = "abc/data/large.json", CONTENT * 30_000  # 540 kB; what is kept of it comes in pieces of 64 KiB


@pytest.fixture
def registered(cache, monkeypatch):
    """A registry of one file, or of a large one."""
    known = {NAME: hashlib.sha256(CONTENT).hexdigest(), LARGE: hashlib.sha256(MUCH).hexdigest()}
    monkeypatch.setattr(release, "registry", lambda: known)
    return cache


def test_a_released_file_is_downloaded_once(registered, served):
    served.put(NAME, CONTENT)
    release.registry().pop(LARGE)
    assert not release.at_hand()
    assert release.fetch(NAME).read_bytes() == release.fetch(NAME).read_bytes() == CONTENT
    assert served.asked == [(NAME, None)]
    assert release.at_hand()


def test_an_interrupted_download_goes_on_where_it_stopped(registered, served):
    served.put(LARGE, MUCH)
    served.breaks = 2  # of 540,000 bytes half come, and half of the rest
    assert release.fetch(LARGE).read_bytes() == MUCH
    assert served.asked == [(LARGE, None), (LARGE, "bytes=262144-"), (LARGE, "bytes=393216-")]


def test_a_download_goes_on_in_a_later_run(registered, served):
    served.put(LARGE, MUCH)
    served.breaks = 3
    with pytest.raises(InputError, match=r"found ChunkedEncodingError: .*; check the network"):
        release.fetch(LARGE)
    served.asked.clear()
    assert release.fetch(LARGE).read_bytes() == MUCH
    assert served.asked == [(LARGE, "bytes=458752-")]
    assert [path.name for path in registered.rglob("*") if path.is_file()] == ["large.json"]


def test_a_server_without_ranges_is_asked_again(registered, served):
    served.put(NAME, CONTENT)
    served.ranges, served.breaks = False, 1
    assert release.fetch(NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("kept", [CONTENT, CONTENT + b"more", b"another beginning"])
def test_what_was_kept_of_another_file_is_given_up(registered, served, kept):
    served.put(NAME, CONTENT)
    part = registered / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(kept)
    assert release.fetch(NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-3], CONTENT.replace(b"some", b"same"), b""])
def test_a_truncated_or_altered_download_is_told_and_not_kept(registered, served, content):
    served.put(NAME, content)
    told = rf"{NAME}: expected .*, found ValueError: .* does not match the known hash; check"
    with pytest.raises(release.Refused, match=told):
        release.fetch(NAME)
    assert not [path for path in registered.rglob("*") if path.is_file()]


def test_a_file_that_the_server_lacks(registered, served):
    told = "found FileNotFoundError: 404 Not Found; check the network, or set TRACE_RELEASE"
    with pytest.raises(release.Refused, match=re.escape(told)):
        release.fetch(NAME)


def test_no_server(registered, monkeypatch):
    monkeypatch.setattr(release, "URL", "http://127.0.0.1:9/")  # the discard port: nobody listens
    with pytest.raises(InputError, match=r"found ConnectionError: .*; check the network") as told:
        release.fetch(NAME)
    assert not isinstance(told.value, release.Refused)


def test_a_local_copy_is_checked_and_never_completed_from_the_network(registered, monkeypatch):
    path = registered / "copy" / NAME
    monkeypatch.setenv(release.VARIABLE, str(registered / "copy"))
    with pytest.raises(InputError, match=r"found no file; copy it again, or unset TRACE_RELEASE"):
        release.fetch(NAME)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert release.fetch(NAME) == path
    path.write_bytes(CONTENT[:5])
    with pytest.raises(InputError, match=r"expected sha256 \w{12}…, found sha256 \w{12}…; copy it again"):
        release.fetch(NAME)


def test_a_file_damaged_in_the_cache_is_fetched_again(registered, served):
    served.put(NAME, CONTENT)
    release.fetch(NAME).write_bytes(b"")
    assert release.fetch(NAME).read_bytes() == CONTENT


@pytest.mark.release
def test_the_registry_is_the_release_s_own_list_of_hashes(local):
    lines = [line for file in ("SHA256SUMS", "SHA256SUMS-8B") for line in (local / file).read_text().splitlines()]
    sums = {name.removeprefix("./"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    assert release.registry() == sums


@pytest.mark.release
def test_the_files_for_fine_tuning_hold_the_benchmarks_own_problems(local):
    """Every row joins, but for the one whose fact ends before it starts, which the benchmark's loader rejects."""
    for part, strangers in (("equal", 1), ("overlap", 0), ("mix", 0)):
        known = {problem.id for problem in release.cotemp_problems(part)}
        rows = {problem.id for split in ("train", "test") for problem in release.tuning_problems(part, split)}
        assert (len(rows), len(rows - known)) == (len(known) + strangers, strangers)
