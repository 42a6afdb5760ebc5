# SPDX-License-Identifier: Apache-2.0
"""Until when a worker is surely a member of its group: a page of memory its runners share.

A worker that is paused, or cut off from Kafka, loses its membership without hearing of it, and its
tasks are given to others. So it holds a *lease*: the instant until which nobody else can have got
its work. The worker extends it whenever the group's coordinator has acknowledged a sign of life;
its runners read it, and the system ends those that outlive it
(:mod:`~barnabas.runtime.runners.lease_watch`). It lies in shared memory rather than in messages, so
that extending it costs the same for one runner as for hundreds, and needs no event loop.

Times are those of :func:`time.monotonic`, one clock for all processes of a machine.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import os
import time
from typing import Final

__all__ = ["LAPSED", "VOID_SHARE", "Lease"]

VOID_SHARE: Final = 0.05
"""Share of the session before its end from which on nothing is produced or committed."""

LAPSED: Final = 75
"""Exit status of a runner that ended because its lease did."""

_PAGE_BYTES: Final = mmap.PAGESIZE


class Lease:
    """A lease, over its page. Extended by one process, read by all its children. Any thread.

    Args:
        page: The shared page.
        descriptor: Of the page, to be handed to children; -1 in a child.
    """

    def __init__(self, page: mmap.mmap, descriptor: int = -1) -> None:
        self.descriptor = descriptor
        # Whole doubles are stored at once, so no reader sees half of one.
        self._deadline_s = ctypes.c_double.from_buffer(page, 0)
        self._session_s = ctypes.c_double.from_buffer(page, 8)

    @classmethod
    def make(cls, session_s: float | None) -> Lease:
        """Make a lease that has ended until it is extended; one without end for None.

        Args:
            session_s: Session timeout of the group in seconds.
        """
        descriptor = os.memfd_create("lease")
        os.ftruncate(descriptor, _PAGE_BYTES)
        lease = cls(mmap.mmap(descriptor, _PAGE_BYTES), descriptor)
        lease._deadline_s.value = math.inf if session_s is None else -math.inf
        lease._session_s.value = session_s or 0.0
        return lease

    @classmethod
    def inherited(cls, descriptor: int) -> Lease:
        """Take the lease of the parent process over; closes the descriptor."""
        try:
            return cls(mmap.mmap(descriptor, _PAGE_BYTES))
        finally:
            os.close(descriptor)

    @property
    def is_bound(self) -> bool:
        """Whether it can end: the worker is a member of a group."""
        return self._session_s.value > 0.0

    @property
    def session_s(self) -> float:
        """The group's session timeout in seconds; 0 without a group."""
        return self._session_s.value

    @property
    def deadline_s(self) -> float:
        """When it ends."""
        return self._deadline_s.value

    def extend(self, deadline_s: float) -> None:
        """Let it end at another time. Any thread."""
        self._deadline_s.value = deadline_s

    def until(self, share: float) -> float:
        """When this share of the session is left before its end."""
        return self.deadline_s - share * self.session_s

    @property
    def is_void(self) -> bool:
        """Whether it has ended, or ends so soon that nothing may be begun any more."""
        return time.monotonic() >= self.until(VOID_SHARE)
