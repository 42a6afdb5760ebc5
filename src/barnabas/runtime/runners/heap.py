# SPDX-License-Identifier: Apache-2.0
"""Keeps the memory of the forkserver apart from what its forks get anew.

A fork shares all pages of memory until it writes to one, which is then copied. Importing leaves
holes in the heap, where text of source files and the like has been, and :func:`malloc` would put
what a runner needs into these, here a little and there a little: for each hole a page is copied. If
the holes are filled before, everything goes to new pages, one beside the other. That saves a
megabyte for each runner that opens a Kafka client. Python has a heap of its own for objects of up
to 512 bytes, with holes of its own, which cost another third of a megabyte.

Another such thing is the cache in which Python finds methods. It counts references to their names:
whoever puts another name into it writes to where the old one lies.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import sys
from typing import Final

__all__ = ["fill_holes", "forget_names"]

_SIZES: Final = (*(1 << power for power in range(16, 8, -1)), *range(248, 0, -16))
"""Bytes; the large ones first, else small ones would eat large holes slowly."""
_MOST: Final = 1_000_000
"""How often to ask for memory at most; a heap of tens of megabytes has some ten thousand holes."""

_POOL: Final = 1 << 14
"""Bytes of the pieces of memory Python divides among objects of one size, since 3.10."""
_ARENA_PAGES: Final = 1 << 8
"""Pages Python asks the system for at once."""
_MOST_OF_A_SIZE: Final = 16
"""Pieces to ask for at most for objects of one size."""
_MOST_POOLS: Final = 256
"""Pieces to ask for at most that are not divided yet; 64 are asked of the system at once."""

_JUMPS: Final = 8
"""From one piece to the next, and over what the growing list itself needed meanwhile."""
_EMPTY: Final = sys.getsizeof(b"")

_filling: list[list[object]] = []
"""What is in the holes, for ever."""


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
    """Have nothing of this process's heaps given out again; for a process that lives to be forked.

    Only for the C library glibc, from 2.33 on, and for Python's heap where it has one.

    Returns:
        Bytes taken.
    """
    return _fill_python() + _fill_glibc()


def _fill_python() -> int:
    """Take what is free between small objects."""
    kept = _filling
    known = len(kept)
    for size in range(512, 0, -16):
        for _ in range(_MOST_OF_A_SIZE):
            kept.append(objects := _objects(size, _POOL // size - 2))
            steps = [id(second) - id(first) for first, second in itertools.pairwise(objects)]
            if len(steps) - steps.count(size) <= _JUMPS:
                break  # they lie one behind the other, in a piece that was empty
    for _ in range(_MOST_POOLS):
        before = _pages()
        kept.append(_objects(512, _POOL // 512))
        if _pages() - before >= _ARENA_PAGES:
            break  # no empty piece was left
    return sum(sum(map(sys.getsizeof, objects)) for objects in kept[known:])


def _objects(size: int, count: int) -> list[object]:
    """Make objects of which each takes so many bytes, and nothing else of that size."""
    if size == 16:
        return [object() for _ in itertools.repeat(None, count)]
    if size == 32:
        return [float("1") for _ in itertools.repeat(None, count)]
    return [bytes(size - _EMPTY) for _ in itertools.repeat(None, count)]


def _pages() -> int:
    """Count the pages this process may use."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0])


@functools.cache
def _libc() -> ctypes.CDLL:
    """Open the C library, for ever: to close it would leave holes behind the filling."""
    return ctypes.CDLL(None)


def _fill_glibc() -> int:
    libc = _libc()
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
