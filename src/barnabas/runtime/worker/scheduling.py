# SPDX-License-Identifier: Apache-2.0
"""Has the kernel run the thread of the event loop soon after it wakes, on a busy machine.

While runners and other workers start, there are more processes that want to run than processors,
and each that runs keeps its processor for a *slice* of some milliseconds. The event loop needs much
less at a time. Linux lets a thread ask for short slices, from 6.12 on: it gets no more time than
the others, but gets it earlier. Nobody needs a privilege to ask, and older kernels take no notice.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
import sys
from typing import Final

__all__ = ["SLICE_NS", "ask_for_short_slices", "slice_ns"]

SLICE_NS: Final = 200_000
"""Length of a slice to ask for, in nanoseconds; the kernel's own are about 3 ms."""

_CALLS: Final = {"x86_64": (314, 315), "aarch64": (274, 275), "riscv64": (274, 275)}
"""Numbers of ``sched_setattr`` and ``sched_getattr``, which C libraries have not had for long."""
_ATTRIBUTES: Final = struct.Struct("=IIQiIQQQ")
"""``struct sched_attr``: size, policy, flags, nice, priority, runtime, deadline, period."""
_RESET_ON_FORK: Final = 1
"""Threads and processes that this one starts get slices of the usual length."""


def ask_for_short_slices() -> bool:
    """Ask for short slices for the thread that calls this, and for no other.

    Called once on the thread of the worker's event loop. A thread under another policy than the
    usual one, such as a real-time policy, is left as it is.

    Returns:
        Whether the kernel took the wish; it may still know no such thing.

    Source: Linux, ``sched_setattr(2)``; "Complete EEVDF" (Linux 6.12).
    """
    calls = _CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    wish = _ATTRIBUTES.pack(
        _ATTRIBUTES.size, os.SCHED_OTHER, _RESET_ON_FORK, nice, 0, SLICE_NS, 0, 0
    )
    result: int = ctypes.CDLL(None).syscall(calls[0], 0, wish, 0)
    return result == 0


def slice_ns() -> int | None:
    """Length of the slices of the thread that calls this, in nanoseconds; None if not known."""
    with contextlib.suppress(KeyError):
        answer = ctypes.create_string_buffer(_ATTRIBUTES.size)
        number = _CALLS[platform.machine()][1]
        if ctypes.CDLL(None).syscall(number, 0, answer, _ATTRIBUTES.size, 0) == 0:
            return int(_ATTRIBUTES.unpack(answer.raw)[5]) or None
    return None
