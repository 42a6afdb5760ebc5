# SPDX-License-Identifier: Apache-2.0
"""Puts the code that runners run into pages of its own, in the forkserver.

Whoever runs a function writes to its code: Python counts references there, and remembers what it
has learnt about each instruction. The code of a task's start and loop is some hundred kilobytes,
but lies among ten times as much that is imported and never run, so that a runner gets a copy of
nearly all of it. Copies of the code that is run, made one after another, lie side by side; a runner
then writes to a few pages instead of hundreds. That saves half a megabyte for each.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import types
from collections.abc import Iterator

__all__ = ["gather", "watched"]


@contextlib.contextmanager
def watched() -> Iterator[dict[int, types.CodeType]]:
    """Note all code that is run meanwhile, by this thread and by threads begun meanwhile.

    Yields:
        The code by its :func:`id`; complete when the context is left.
    """
    seen: dict[int, types.CodeType] = {}

    def note(frame: types.FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen[id(frame.f_code)] = frame.f_code

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def gather(seen: dict[int, types.CodeType]) -> int:
    """Give all functions whose code is among these a copy of it, one beside the other.

    The functions stay the same objects and do the same. Call it when memory has no holes, see
    :func:`barnabas.runtime.runners.heap.fill_holes`, and not while the collector's objects are
    frozen: it would find none.

    Returns:
        How many functions there were.
    """
    copies: dict[int, types.CodeType] = {}
    moved = 0
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType):
            before = each.__code__
            after = _copied(before, seen, copies)
            if after is not before:
                each.__code__ = after
                moved += 1
    return moved


def _copied(
    code: types.CodeType, seen: dict[int, types.CodeType], copies: dict[int, types.CodeType]
) -> types.CodeType:
    """Copy code if it, or code inside it such as a generator expression, was seen."""
    known = copies.get(id(code))
    if known is not None:
        return known
    inner = tuple(
        _copied(each, seen, copies) if isinstance(each, types.CodeType) else each
        for each in code.co_consts
    )
    is_changed = any(old is not new for old, new in zip(code.co_consts, inner, strict=True))
    copy = code.replace(co_consts=inner) if is_changed or id(code) in seen else code
    copies[id(code)] = copies[id(copy)] = copy
    return copy
