# SPDX-License-Identifier: Apache-2.0
"""What code prints becomes lines of the log, with their context and without secrets.

In processes that run code of plugins, :func:`capture` puts a stream of this module in the place of
``sys.stdout`` and of ``sys.stderr``. Each line that is written there, by whichever thread, is
logged: under the name ``stdout`` at INFO, under ``stderr`` at WARN. So ``print`` and printed
traces show whose they are, have their secrets hidden, and can be silenced by ``/admin/loggers``.

Bytes (``sys.stdout.buffer``), the descriptors 1 and 2 and processes that plugins start are left
alone: a sink may write its records to standard output.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from typing import Any, BinaryIO, Final, TextIO

from typing_extensions import override

from barnabas.telemetry.logs import redact

__all__ = ["PrintedLines", "capture", "finish"]

_LONGEST: Final = 1 << 16
"""Characters after which a line without an end is logged as it is."""


class PrintedLines(io.TextIOBase):
    """A stream that logs what is written to it, line by line. Any thread.

    Args:
        logger: Where lines go.
        level: At which level.
        original: The stream it stands for.
    """

    def __init__(self, logger: logging.Logger, level: int, original: TextIO) -> None:
        self._logger = logger
        self._level = level
        self._original = original
        self._begun: dict[int, str] = {}
        """Beginnings of lines by thread."""
        self._inside = threading.local()

    def __getattr__(self, name: str) -> Any:
        """Whatever else somebody may ask a standard stream for."""
        return getattr(self._original, name)

    @property
    def buffer(self) -> BinaryIO:
        """For bytes; nothing happens to them."""
        return self._original.buffer

    @property
    @override
    def encoding(self) -> str:  # type: ignore[override]  # an attribute there
        return self._original.encoding

    @property
    @override
    def errors(self) -> str | None:  # type: ignore[override]  # an attribute there
        return self._original.errors

    @override
    def fileno(self) -> int:
        return self._original.fileno()

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, text: str, /) -> int:
        """Log the lines that end in a text; its rest waits for more."""
        thread = threading.get_ident()
        begun = self._begun.pop(thread, "") + text
        if "\n" in begun:
            *lines, begun = begun.split("\n")
            for line in lines:
                self._tell(line)
        if len(begun) > _LONGEST:
            self._tell(begun)
        elif begun:
            self._begun[thread] = begun
        return len(text)

    @override
    def flush(self) -> None:
        """Flush bytes; the beginning of a line waits for its end."""
        self._original.flush()

    def finish(self) -> None:
        """Log lines that never ended."""
        while self._begun:
            self._tell(self._begun.popitem()[1])

    def _tell(self, line: str) -> None:
        if getattr(self._inside, "is_logging", False):
            # A log handler writes here, so that logging it would never end.
            self._original.write(f"{redact(line)}\n")
            return
        if not line.strip():
            return
        self._inside.is_logging = True
        try:
            self._logger.log(self._level, "%s", line.rstrip())
        finally:
            self._inside.is_logging = False


def capture() -> None:
    """Log what this process prints from now on; what logs are set up for already stays."""
    if not isinstance(sys.stdout, PrintedLines):
        sys.stdout = PrintedLines(logging.getLogger("stdout"), logging.INFO, sys.stdout)
    if not isinstance(sys.stderr, PrintedLines):
        sys.stderr = PrintedLines(logging.getLogger("stderr"), logging.WARNING, sys.stderr)


def finish() -> None:
    """Log lines that never ended; for the end of the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, PrintedLines):
            stream.finish()
