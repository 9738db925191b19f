"""Several processes at one cell, as `accelerate launch` starts them: which one this is, and their common end."""

import os
import threading
import time

# Set by `accelerate launch`: a process's number, and the launch's name.
RANK, LAUNCH = "RANK", "TORCHELASTIC_RUN_ID"


def first() -> bool:
    """Whether this process, the first or the only one, tells for all."""
    return os.environ.get(RANK, "0") == "0"


def end_with_launcher() -> None:
    """End this process when its launcher is gone, so that none goes on unseen after a `kill -9`."""
    if LAUNCH in os.environ:
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(0.5)
    os._exit(1)
