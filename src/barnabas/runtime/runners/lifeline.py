# SPDX-License-Identifier: Apache-2.0
"""Ties a child process to its worker, so that no child outlives it.

Linux can send a process a signal when its parent dies (``PR_SET_PDEATHSIG``). Runners ask for
SIGKILL: it needs no cooperation, so it also ends a runner that blocks all signals and spins in C
code with the GIL held. The signal follows the *parent*; the worker is the parent of all runners
because it adopts them (:func:`become_subreaper`), although the forkserver forked them.

Elsewhere than on Linux these functions do nothing and a runner notices the end of the worker by end
of file on its socket only.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import Final

from barnabas.errors import ConnectError

__all__ = [
    "be_deaf_to_polite_signals",
    "become_subreaper",
    "die_with_parent",
    "leave_terminal",
]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_IS_LINUX: Final = sys.platform == "linux"
_libc: Final = ctypes.CDLL(None, use_errno=True) if _IS_LINUX else None


def _prctl(option: int, value: int) -> None:
    if _libc is None:
        return
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        text = f"prctl({option}, {value}) failed: {os.strerror(code)}."
        raise ConnectError(text)


def become_subreaper() -> None:
    """Make this process the parent of its descendants whose own parents end.

    Called once in the worker process before the first runner is started.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int, *, deadline_s: float = 10.0) -> None:
    """Have this process killed when its parent ends; end at once if that has happened already.

    Called in a child right after its start. Waits until ``parent`` has adopted it.

    Args:
        parent: Process id of the worker.
        deadline_s: Longest wait for the adoption, in seconds.
    """
    if not _IS_LINUX:
        return
    first = os.getppid()
    until = time.monotonic() + deadline_s
    while (now := os.getppid()) != parent:
        if now == 1 or now != first or time.monotonic() > until:
            os._exit(1)  # adopted by somebody else: the worker is gone
        time.sleep(0.0005)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended just before the signal was asked for
        os._exit(1)


def leave_terminal() -> None:
    """Hear no Ctrl-C: the worker says when to stop."""
    os.setsid()


def be_deaf_to_polite_signals() -> None:
    """Ignore SIGINT, SIGTERM and SIGHUP: the worker says when to stop. Forks inherit it.

    A service manager signals all processes of a service at once; a runner that ended by itself then
    could not finish its work. The handlers do nothing rather than being ``SIG_IGN``, because that
    would be inherited by programs a plugin starts, which could then not be terminated.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _do_nothing)


def _do_nothing(number: int, frame: object) -> None:
    """Take a signal and carry on."""
