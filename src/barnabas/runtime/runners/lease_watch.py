# SPDX-License-Identifier: Apache-2.0
"""Ends a runner before the lease of its worker does.

Three lines of defence, each nearer to the end of the lease, in shares of the session:

1. With 25% left the runner is asked to stop, as by the worker: time to send and commit what it has.
2. With 5% left it ends itself, whatever it does; its loop begins nothing any more either.
3. With 2% left the system kills it. A timer of the kernel does that, set anew whenever the lease
   was extended, so it also ends a runner that is stopped (SIGSTOP) or spins in C code with the GIL
   held, and a runner that is continued later finds itself dead.

A thread of its own watches, not the main thread, which may be busy. Elsewhere than on Linux the
third line is missing.
"""

from __future__ import annotations

import ctypes
import enum
import functools
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn

from barnabas.runtime.runners import last_words
from barnabas.runtime.runners.lease import LAPSED, VOID_SHARE, Lease

__all__ = ["LeaseWatch", "Phase", "plan_watch"]

_log = logging.getLogger(__name__)

_STOP_SHARE: Final = 0.25
_KILL_SHARE: Final = 0.02
_LOOK_SHARE: Final = 0.1
"""How often to look whether the lease was extended."""
_SHORTEST_S: Final = 0.001


class Phase(enum.Enum):
    """How far the end of the lease is."""

    HELD = enum.auto()
    ENDING = enum.auto()
    OVER = enum.auto()


def plan_watch(deadline_s: float, session_s: float, now: float) -> tuple[Phase, float]:
    """Say in which phase a lease is and how long to wait before looking again. Pure.

    Args:
        deadline_s: When the lease ends.
        session_s: Session timeout of the group.
        now: The present instant.
    """
    left = deadline_s - now
    stop, void = _STOP_SHARE * session_s, VOID_SHARE * session_s
    if left <= void:
        return Phase.OVER, 0.0
    phase, to_next = (Phase.ENDING, left - void) if left <= stop else (Phase.HELD, left - stop)
    return phase, max(_SHORTEST_S, min(to_next, _LOOK_SHARE * session_s))


class LeaseWatch:
    """Watches the lease in a runner.

    Args:
        lease: The worker's.
        last_words: Descriptor on which the worker learns until when this runner may live.
        leave: Ends the process.
    """

    def __init__(
        self, lease: Lease, last_words: int, leave: Callable[[int], NoReturn] = os._exit
    ) -> None:
        self._lease = lease
        self._last_words = last_words
        self._leave = leave
        self._on_ending: Callable[[], None] = lambda: None
        self._timer = _KillTimer() if lease.is_bound else None
        self._armed_for = -math.inf
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.has_asked = False
        """Whether the runner was asked to stop because its lease was about to end."""

    def start(self, on_ending: Callable[[], None]) -> None:
        """Begin to watch; a lease that is over ends the process here and now.

        Args:
            on_ending: Called once, on the thread of the watch, when the runner is to stop.
        """
        if not self._lease.is_bound:
            return
        self._on_ending = on_ending
        self._look()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
        self._thread.start()

    def ensure(self) -> None:
        """Return if the lease holds, else end the process at once. Any thread."""
        if self._lease.is_void:
            self._end()

    def close(self) -> None:
        """Watch no longer; for tests."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._look()):
            pass

    def _look(self) -> float:
        """Act on what is; returns the seconds until the next look."""
        deadline_s, session_s = self._lease.deadline_s, self._lease.session_s
        phase, wait_s = plan_watch(deadline_s, session_s, time.monotonic())
        if phase is Phase.OVER:
            self._end()
        if deadline_s != self._armed_for:
            self._armed_for = deadline_s
            self._arm(deadline_s - _KILL_SHARE * session_s)
        if phase is Phase.ENDING and not self.has_asked:
            self.has_asked = True
            _log.warning(
                "The worker's membership of its group was not confirmed for long; stopping before "
                "others take over"
            )
            self._on_ending()
        return wait_s

    def _arm(self, instant_s: float) -> None:
        last_words.note_end_of_lease(self._last_words, instant_s)
        if self._timer is not None:
            self._timer.set(instant_s)

    def _end(self) -> None:
        _log.error("The worker is no member of its group any more; ending at once")
        last_words.note_end_of_lease(self._last_words, self._lease.deadline_s)
        self._leave(LAPSED)


# -- the kernel's timer ----------------------------------------------------------------------------


class _Sigevent(ctypes.Structure):
    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("padding", ctypes.c_int * 12),
    )


class _Instant(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Instant), ("value", _Instant))


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


class _KillTimer:
    """Has the kernel kill this process at an instant of :func:`time.monotonic`."""

    _MONOTONIC: Final = 1
    _ABSOLUTE: Final = 1
    _SIGKILL: Final = 9

    def __init__(self) -> None:
        self._timer = ctypes.c_void_p()
        self._libc = None
        if sys.platform != "linux":
            return
        libc = _libc()
        event = _Sigevent(None, self._SIGKILL, 0)
        made = libc.timer_create(self._MONOTONIC, ctypes.byref(event), ctypes.byref(self._timer))
        if made == 0:
            self._libc = libc
        else:
            _log.warning("No timer for the lease: %s", os.strerror(ctypes.get_errno()))

    def set(self, instant_s: float) -> None:
        """Set the instant anew."""
        if self._libc is None:
            return
        seconds = int(instant_s)
        nanoseconds = int((instant_s - seconds) * 1e9)
        setting = _Setting(_Instant(0, 0), _Instant(seconds, nanoseconds))
        self._libc.timer_settime(self._timer, self._ABSOLUTE, ctypes.byref(setting), None)
