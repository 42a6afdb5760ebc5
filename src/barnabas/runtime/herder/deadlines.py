# SPDX-License-Identifier: Apache-2.0
"""How long whoever asked will wait for what the herder does.

A request has one deadline, shared by all who work for it: what waits for a rebalance, what forwards
the request, and the worker it is forwarded to. The REST API sets it around each operation of the
herder; who waits inside asks for :func:`remaining_s`. Code that nobody waits for has no deadline.
"""

from __future__ import annotations

import contextlib
import contextvars
import time
from collections.abc import Callable, Iterator

__all__ = ["due_in", "remaining_s"]

_deadline: contextvars.ContextVar[float | None] = contextvars.ContextVar("deadline", default=None)


@contextlib.contextmanager
def due_in(seconds: float, now: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Set the deadline of what is called, and of the tasks that are made, inside.

    A deadline that is set already and ends earlier stays.
    """
    outer, inner = _deadline.get(), now() + seconds
    token = _deadline.set(inner if outer is None else min(outer, inner))
    try:
        yield
    finally:
        _deadline.reset(token)


def remaining_s(default: float, now: Callable[[], float] = time.monotonic) -> float:
    """Seconds until the deadline, at least 0.

    Args:
        default: The answer where there is no deadline.
        now: The clock, in seconds.
    """
    deadline = _deadline.get()
    return default if deadline is None else max(0.0, deadline - now())
