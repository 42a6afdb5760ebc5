# SPDX-License-Identifier: Apache-2.0
"""A small file in memory where a runner's stacks are written when it crashes or hangs.

The worker makes it and keeps one descriptor, the runner gets another. :mod:`faulthandler` writes
into it from a signal handler in C, so it works with a broken interpreter and without the GIL.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import struct
from typing import Final

__all__ = ["STACK_SIGNAL", "LastWords", "note_end_of_lease", "write_last_words_to"]

STACK_SIGNAL: Final = signal.SIGRTMIN + 7
"""Makes a runner write its stacks; a number plugins are unlikely to use."""

_LEASE_AT: Final = 1 << 20
"""Where the end of the lease is noted; stacks of hundreds of questions fit before it."""
_INSTANT: Final = struct.Struct("d")


def write_last_words_to(descriptor: int) -> None:
    """Have crashes and stack dumps of this process written there. Called in the runner."""
    faulthandler.enable(file=descriptor, all_threads=True)
    faulthandler.register(STACK_SIGNAL, file=descriptor, all_threads=True, chain=False)


def note_end_of_lease(descriptor: int, ends_at: float) -> None:
    """Note when the system will kill this process unless its lease is extended."""
    os.pwrite(descriptor, _INSTANT.pack(ends_at), _LEASE_AT)


class LastWords:
    """The worker's end."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("last-words")

    def read(self) -> str:
        """Return what has been written so far; nothing after :meth:`close`."""
        if self.descriptor < 0:
            return ""
        written = os.pread(self.descriptor, _LEASE_AT, 0)
        return written.rstrip(b"\0").decode(errors="replace")  # a lease makes the file longer

    def end_of_lease(self) -> float | None:
        """When the system kills the runner, by :func:`time.monotonic`; None: it has no lease."""
        noted = os.pread(self.descriptor, _INSTANT.size, _LEASE_AT)
        return float(_INSTANT.unpack(noted)[0]) if noted else None

    async def ask(self, pid: int, *, patience_s: float = 0.5) -> str:
        """Have a living runner write its stacks; empty when it does not in time.

        Empty, too, when the runner ends by itself meanwhile and :meth:`close` is called.

        Never call it before the runner has said :class:`~barnabas.runtime.runners.messages.Hello`:
        the signal would kill it.
        """
        before = len(self.read())
        try:
            os.kill(pid, STACK_SIGNAL)
        except ProcessLookupError:
            return ""
        size, waited = before, 0.0
        while waited < patience_s:
            await asyncio.sleep(0.02)
            waited += 0.02
            now = len(self.read())
            if now == size and now > before:
                break
            size = now
        return self.read()[before:]

    def close(self) -> None:
        """Free the memory."""
        os.close(self.descriptor)
        self.descriptor = -1
