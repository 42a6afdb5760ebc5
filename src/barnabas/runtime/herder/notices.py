# SPDX-License-Identifier: Apache-2.0
"""What a user should know about a request that was carried out.

Java's bodies have no place for it, so it travels beside the answer: the REST API collects it around
each operation of the herder and puts it into a header. It is logged, too.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

__all__ = ["collect", "is_collecting", "tell"]

_told: contextvars.ContextVar[dict[str, None] | None] = contextvars.ContextVar("told", default=None)


@contextlib.contextmanager
def collect() -> Iterator[dict[str, None]]:
    """Collect what is told inside, and in tasks that are made inside; each sentence once."""
    sentences: dict[str, None] = {}
    token = _told.set(sentences)
    try:
        yield sentences
    finally:
        _told.reset(token)


def is_collecting() -> bool:
    """Whether somebody waits for what is told: a user, not the start of the worker."""
    return _told.get() is not None


def tell(sentence: str) -> None:
    """Tell whoever asked for the operation that is under way."""
    sentences = _told.get()
    if sentences is not None:
        sentences[sentence] = None
