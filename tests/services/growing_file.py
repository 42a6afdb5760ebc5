# SPDX-License-Identifier: Apache-2.0
"""A file that lines are appended to while things happen to whoever reads it."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["GrowingFile"]


class GrowingFile:
    """Numbered lines appended by a thread until the context ends; no line is there twice.

    Args:
        path: The file, made when missing.
        every_s: How long to wait after each write of ``at_once`` lines.
        at_once: How many lines to write at once.
    """

    def __init__(self, path: Path, *, every_s: float = 0.02, at_once: int = 5) -> None:
        self.path = path
        self.written: list[str] = []
        self._every_s = every_s
        self._at_once = at_once
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._grow, name=f"grow {path.name}", daemon=True)
        path.touch()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> list[str]:
        """Write no more; returns all lines."""
        self._is_over.set()
        self._thread.join(10)
        return self.written

    def _grow(self) -> None:
        with self.path.open("a") as file:
            while not self._is_over.wait(self._every_s):
                first = len(self.written)
                lines = [f"line {number}" for number in range(first, first + self._at_once)]
                file.write("".join(f"{line}\n" for line in lines))
                file.flush()
                self.written.extend(lines)
