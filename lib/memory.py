"""Memory that a loop frees is kept for its next turn.

glibc gives large freed blocks back to the system at once. A training loop asks for the same large tensors step after
step, and having the system clear their pages anew each time took an eighth of a step on two cores (make bench).
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGEST = 2**30  # bytes: blocks up to here are kept; glibc takes at most a C int


def keep_freed() -> None:
    """Let this process keep what it frees, until it ends. Does nothing where the C library is not glibc."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_M_TRIM_THRESHOLD, 2 * _LARGEST - 1)
