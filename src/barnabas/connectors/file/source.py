# SPDX-License-Identifier: Apache-2.0
"""The file source's task: read blocks, cut lines, remember positions."""

from __future__ import annotations

import logging
import os
import select
import sys
import time
from collections.abc import Mapping

import barnabas
from barnabas import data
from barnabas.api import SourceRecord, SourceTask
from barnabas.connectors.file.config import FileStreamSourceConfig
from barnabas.connectors.file.lines import LineCutter
from barnabas.errors import ConnectError

__all__ = ["FILENAME", "POSITION", "FileStreamSourceTask"]

FILENAME = "filename"
"""Name in a source partition: the file as it is written in the settings."""
POSITION = "position"
"""Name in a source offset: bytes of the file up to the end of the line."""

_BLOCK_BYTES = 1 << 18
_MISSING_WAIT_S = 1.0
_LONGEST_WAIT_S = 1.0
_SHORTEST_WAIT_S = 0.05

_logger = logging.getLogger(__name__)


class FileStreamSourceTask(SourceTask):
    """Makes a record of each complete line.

    A file that is not there yet is waited for. Once open it is read to its end and followed; that
    it was shortened, moved or replaced goes unnoticed, as in Java: reading goes on in the file that
    was opened.
    """

    def start(self, props: Mapping[str, str]) -> None:
        """Read the settings; the file is opened by the first poll."""
        settings = FileStreamSourceConfig(props)
        self._file = settings.file
        self._topic = settings.topic
        self._batch_size = max(1, settings.batch_size)
        self._partition = {FILENAME: self._file}
        self._descriptor: int | None = None
        self._cutter = LineCutter()
        self._lines: list[str] = []
        self._positions: list[int] = []
        self._next = 0
        self._idle_wait_s = _SHORTEST_WAIT_S
        self._is_missing = False

    def version(self) -> str:
        """Version of the Kafka Connect whose connector this stands for."""
        return barnabas.CONNECT_VERSION

    def poll(self) -> list[SourceRecord] | None:
        """Return up to ``batch.size`` lines; None after a wait when there are none."""
        if self._next >= len(self._lines) and not self._read_lines():
            return None
        first, self._next = self._next, self._next + self._batch_size
        lines = self._lines[first : self._next]
        partition, topic, schema = self._partition, self._topic, data.STRING
        now_ms = time.time_ns() // 1_000_000
        return [
            SourceRecord(
                source_partition=partition,
                source_offset={POSITION: position},
                topic=topic,
                value=line,
                value_schema=schema,
                timestamp=now_ms,
            )
            for line, position in zip(lines, self._offsets(first), strict=False)
        ]

    def stop(self) -> None:
        """Close the file; standard input stays open."""
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None and self._file:
            os.close(descriptor)
        self._descriptor = None

    def _offsets(self, first: int) -> list[int] | list[None]:
        if self._file:
            return self._positions[first : self._next]
        return [None] * (self._next - first)

    def _read_lines(self) -> bool:
        """Read the next block; False when it completed no line, after a wait at the end."""
        if self._descriptor is None:
            self._descriptor = self._open()
            if self._descriptor is None:
                return False
        block = self._read_block(self._descriptor)
        if not block:
            self.context.wait(self._idle_wait_s)
            self._idle_wait_s = min(2 * self._idle_wait_s, _LONGEST_WAIT_S)
            return False
        self._idle_wait_s = _SHORTEST_WAIT_S
        self._lines, self._positions = self._cutter.cut(block)
        self._next = 0
        return bool(self._lines)

    def _read_block(self, descriptor: int) -> bytes:
        try:
            # Reading a terminal or pipe would block, and the task could not be stopped.
            is_ready = self._file or select.select([descriptor], [], [], _SHORTEST_WAIT_S)[0]
            return os.read(descriptor, _BLOCK_BYTES) if is_ready else b""
        except OSError as error:
            message = f"Cannot read {self._file or 'standard input'}: {error.strerror}"
            raise ConnectError(message) from error

    def _open(self) -> int | None:
        if not self._file:
            return sys.stdin.fileno()
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            self._wait_for_file()
            return None
        except OSError as error:
            message = f"Cannot open file {self._file}: {error.strerror}"
            raise ConnectError(message) from error
        position = self._stored_position()
        os.lseek(descriptor, position, os.SEEK_SET)
        self._cutter = LineCutter(position)
        return descriptor

    def _wait_for_file(self) -> None:
        if not self._is_missing:
            _logger.warning(
                "Couldn't find file %s for FileStreamSourceTask, waiting for it to be created",
                self._file,
            )
        self._is_missing = True
        self.context.wait(_MISSING_WAIT_S)

    def _stored_position(self) -> int:
        offset = self.context.offset_storage_reader.offset(self._partition)
        position = offset.get(POSITION) if offset else None
        if position is None:
            return 0
        if isinstance(position, bool) or not isinstance(position, int):
            message = (
                f"Offset position is the incorrect type: the stored offset of {self._file} holds "
                f"{position!r}, not a whole number; reset or alter the connector's offsets"
            )
            raise ConnectError(message)
        return position
