"""Memory that a loop frees is kept for its next turn.

glibc gives large freed blocks back to the system at once. A training loop asks for the same large tensors step after
step, and having the system clear their pages anew each time took an eighth of a step on two cores (make bench).
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
# Bytes: blocks up to here are kept. Larger ones, the logits of long completions, are few and of ever different sizes:
# kept as well, they would leave holes that nothing fits into, and a process would grow to twice what it needs.
_LARGEST = 2**25
_KEPT = 2**31 - 1  # bytes: as much as glibc's C int can say


def keep_freed() -> None:
    """Let this process keep what it frees, until it ends. Does nothing where the C library is not glibc."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
