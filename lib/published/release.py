"""The authors' public files, by commit and path: downloaded once, checked by hash, never vendored.

Source: github.com/sbhambr1/Trace_Check_QA (MIT). `data/registry.txt` names every file with its sha256. Set
TRACE_RELEASE to a folder laid out <commit>/<path> to work from a local copy, without a network;
`python -m lib.published fetch` fetches everything, or checks that copy.
"""

import importlib
import os
import re
import warnings
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from lib.errors import InputError
from lib.files import DATA

URL = "https://raw.githubusercontent.com/sbhambr1/Trace_Check_QA/"
REGISTRY = DATA / "registry.txt"
VARIABLE = "TRACE_RELEASE"


@lru_cache(maxsize=1)
def registry() -> dict[str, str]:
    """File name (<commit>/<path>) -> sha256, of every released file that the project reads."""
    return dict(line.rsplit(" ", 1) for line in REGISTRY.read_text().splitlines())


def names(pattern: str) -> list[str]:
    """Names in the registry that a regular expression matches from the start, sorted."""
    return sorted(name for name in registry() if re.match(pattern, name))


def only(pattern: str) -> str:
    """The one name that a regular expression matches."""
    [name] = names(pattern)
    return name


def cache() -> Path:
    """Where downloads are kept: the user's cache folder, shared by all clones."""
    return Path(_pooch().os_cache("trace-companion"))


def _pooch() -> ModuleType:
    """pooch, imported late and quietly: it pulls in a progress bar that warns inside notebooks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("pooch")


def at_hand() -> bool:
    """Whether every file can be read without a network: a local copy is named, or all has been downloaded."""
    return bool(os.environ.get(VARIABLE)) or all((cache() / name).exists() for name in registry())


def fetch(name: str) -> Path:
    """Path of one released file, whole and unaltered.

    Read from the folder that TRACE_RELEASE names, else from the cache, else downloaded into it (to a temporary name,
    then renamed). Raises InputError naming file, what was expected, what was found and what to do.
    """
    if name not in registry():
        raise InputError(f"{name}: not a file of the release; expected one of the {len(registry())} in {REGISTRY.name}")
    local = os.environ.get(VARIABLE)
    path = Path(local, name) if local else cache() / name
    if path.is_file():
        _check(path, registry()[name], local)
    elif local:
        raise InputError(
            f"{path}: expected this file of the release, found none; copy it there, or unset {VARIABLE} to download it"
        )
    else:
        _download(name)
    return path


def _check(path: Path, expected: str, local: str | None) -> None:
    found = _pooch().file_hash(str(path))
    if found != expected:
        advice = f"copy it again, or unset {VARIABLE}" if local else "delete it and run again"
        raise InputError(
            f"{path}: truncated or altered: expected sha256 {expected[:12]}…, "
            f"found {found[:12]}… ({path.stat().st_size} bytes); {advice}"
        )


def _download(name: str) -> None:
    pooch = _pooch()
    pooch.get_logger().setLevel("ERROR")
    fetcher = pooch.create(path=cache(), base_url=URL, registry=registry(), retry_if_failed=2)
    try:
        fetcher.fetch(name, downloader=pooch.HTTPDownloader(timeout=60))
    except Exception as error:  # requests and urllib3 raise a dozen kinds; pooch deletes what does not match
        raise InputError(
            f"{name}: expected to download it from {URL} with sha256 {registry()[name][:12]}…, "
            f"found {_found(error)}; check the network, or set {VARIABLE} to a local copy"
        ) from None


def _found(error: Exception) -> str:
    """What a failed download ended with, in a few words."""
    if mismatch := re.search(r"but got (\w{12})", str(error)):
        return f"sha256 {mismatch[1]}…"
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"HTTP status {status}" if status else type(error).__name__
