# SPDX-License-Identifier: Apache-2.0
"""Files that grow all the time, and lines that can be told apart wherever they turn up.

A line is ``<source-1:123>`` and some more text. It is found again also where a process that was
killed left half a line before it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Feeder", "find_lines"]

_LINE = re.compile(rb"<([a-z0-9-]+):(\d+)>")
_FILL = "the quick brown fox jumps over the lazy dog"
_BEAT_S = 0.1


def find_lines(data: bytes) -> Iterator[tuple[str, int]]:
    """All lines in a file's or a record's bytes, in order: source and number (from 1)."""
    for match in _LINE.finditer(data):
        yield match[1].decode(), int(match[2])


class Feeder:
    """Appends to one file per source, so many lines a second to each, on a thread of its own."""

    def __init__(self, folder: Path, sources: list[str], rate: int) -> None:
        self.files = {source: folder / f"{source}.txt" for source in sources}
        self._per_beat = max(1, round(rate * _BEAT_S))
        self._written = dict.fromkeys(sources, 0)
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        for file in self.files.values():
            file.touch()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> dict[str, int]:
        """End; returns how many lines each file has."""
        self._is_stopping.set()
        self._thread.join()
        return dict(self._written)

    def written(self) -> dict[str, int]:
        """How many lines each file has at least."""
        return dict(self._written)

    def _feed(self) -> None:
        next_at = time.monotonic()
        while not self._is_stopping.wait(max(0.0, next_at - time.monotonic())):
            next_at += _BEAT_S
            for source, file in self.files.items():
                first = self._written[source] + 1
                numbers = range(first, first + self._per_beat)
                text = "".join(f"<{source}:{number}> {_FILL}\n" for number in numbers)
                with file.open("a") as out:
                    out.write(text)
                self._written[source] += self._per_beat
