# SPDX-License-Identifier: Apache-2.0
"""Keeps the memory of the forkserver apart from what its forks get anew.

A fork shares all pages of memory until it writes to one, which is then copied. Importing leaves
holes in the heap, where text of source files and the like has been, and :func:`malloc` would put
what a runner needs into these, here a little and there a little: for each hole a page is copied. If
the holes are filled before, everything goes to new pages, one beside the other. That saves a
megabyte for each runner that opens a Kafka client.

Another such thing is the cache in which Python finds methods. It counts references to their names:
whoever puts another name into it writes to where the old one lies.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

__all__ = ["fill_holes", "forget_names"]

_SIZES: Final = (*(1 << power for power in range(16, 8, -1)), *range(248, 0, -16))
"""Bytes; the large ones first, else small ones would eat large holes slowly."""
_MOST: Final = 1_000_000
"""How often to ask for memory at most; a heap of tens of megabytes has some ten thousand holes."""


class _Usage(ctypes.Structure):
    """What glibc tells of its main heap: ``struct mallinfo2``."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


def fill_holes() -> int:
    """Have nothing of this process's heap given out again; for a process that lives to be forked.

    Does nothing where the C library is not glibc 2.33 or newer.

    Returns:
        Bytes taken.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return 0
    libc.mallinfo2.restype = _Usage
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    end_of_holes = libc.sbrk(0) - libc.mallinfo2().keepcost
    return sum(_fill(libc, size, end_of_holes) for size in _SIZES)


def forget_names() -> None:
    """Empty the cache of methods; since Python 3.12 names have no count that changes."""
    if sys.version_info < (3, 12):
        sys._clear_type_cache()  # noqa: SLF001 - documented in spite of its name


def _fill(libc: ctypes.CDLL, size: int, end: int) -> int:
    """Take all blocks of a size below an address."""
    for count in range(_MOST):
        block = libc.malloc(size)
        if block is None or block >= end:
            libc.free(block)
            return count * size
    return _MOST * size
