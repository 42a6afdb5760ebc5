# SPDX-License-Identifier: Apache-2.0
r"""Cutting a stream of bytes into lines, with the position after each.

A line ends with ``\n``, ``\r\n`` or ``\r``. A ``\r`` that is the last byte so far is held back,
because a ``\n`` may follow; so is a last line without an end. Pure: bytes in, lines out.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence, Sized

__all__ = ["LineCutter"]


class LineCutter:
    """Cuts blocks of bytes into lines.

    Args:
        position: Bytes of the stream that lie before the first block.

    Differs:
        Java counts UTF-16 characters while it skips bytes when it goes on, so it reads again some
        text that is not ASCII after a restart; here a position is a number of bytes.
    """

    def __init__(self, position: int = 0) -> None:
        self._position = position
        self._held: list[bytes] = []

    def cut(self, block: bytes) -> tuple[list[str], list[int]]:
        """Add a block that is not empty; return the lines it completes.

        Bytes that are not UTF-8 become U+FFFD.

        Returns:
            The lines without their ends, and for each the position in bytes behind its end.
        """
        end = _end_of_last_line(block)
        if end == 0 and not self._held_ends_with_return:
            self._held.append(block)
            return [], []
        data = b"".join((*self._held, block[:end]))
        self._held = [block[end:]] if end < len(block) else []
        return self._split(data)

    @property
    def _held_ends_with_return(self) -> bool:
        return bool(self._held) and self._held[-1].endswith(b"\r")

    def _split(self, data: bytes) -> tuple[list[str], list[int]]:
        if b"\r" in data:
            whole = data.splitlines(keepends=True)
            lines = [line.rstrip(b"\r\n").decode("utf-8", "replace") for line in whole]
            return lines, self._advance(whole, 0)
        if data.isascii():
            lines = data.decode("ascii").split("\n")
            lines.pop()
            return lines, self._advance(lines, 1)
        parts = data.split(b"\n")
        parts.pop()
        return [part.decode("utf-8", "replace") for part in parts], self._advance(parts, 1)

    def _advance(self, lines: Sequence[Sized], end_bytes: int) -> list[int]:
        """Positions behind lines, each of which has an end of so many bytes that are cut off."""
        ends = itertools.count(self._position + end_bytes, end_bytes)
        positions = list(map(operator.add, itertools.accumulate(map(len, lines)), ends))
        self._position = positions[-1]
        return positions


def _end_of_last_line(block: bytes) -> int:
    """Where the last complete line ends; 0 when the block completes none."""
    newline = block.rfind(b"\n")
    return max(newline, block.rfind(b"\r", newline + 1, len(block) - 1)) + 1
