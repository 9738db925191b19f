"""What all tests share: where the authors' released files are, and figures that close themselves."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def release() -> Path:
    """Folder of the authors' released files, laid out <commit>/<path>; skips the test where there is none."""
    folder = Path(os.environ.get("TRACE_RELEASE") or ROOT.parent / "shared" / "release")
    if not (folder / "SHA256SUMS").exists():
        pytest.skip(f"no copy of the authors' release at {folder.name!r}; set TRACE_RELEASE to a folder with one")
    return folder
