# SPDX-License-Identifier: Apache-2.0
"""The file sink's task: each value as a line of text."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import barnabas
from barnabas import data
from barnabas.api import SinkRecord, SinkTask
from barnabas.connectors.file.config import FileStreamSinkConfig
from barnabas.errors import ConnectError

__all__ = ["FileStreamSinkTask"]


class FileStreamSinkTask(SinkTask):
    """Appends values in Java's text form, a line each.

    The lines of one ``put`` reach the file in one piece, so that tasks which share a file do not
    tear each other's lines; nothing is held back, so there is nothing to flush.

    Differs:
        Java overlooks errors in writing; here they fail the task, and the records come again.
    """

    def start(self, props: Mapping[str, str]) -> None:
        """Open the file, or make it; its directory must be there."""
        self._file = FileStreamSinkConfig(props).file
        if not self._file:
            self._descriptor: int | None = sys.stdout.fileno()
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self._file, flags, 0o666)
        except OSError as error:
            message = (
                f"Couldn't find or create file '{self._file}' for FileStreamSinkTask: "
                f"{error.strerror}"
            )
            raise ConnectError(message) from error

    def version(self) -> str:
        """Version of the Kafka Connect whose connector this stands for."""
        return barnabas.CONNECT_VERSION

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Write the values."""
        if not records:
            return
        values = [record.value for record in records]
        try:
            text = "\n".join(values)
        except TypeError:  # not all of them are text
            text = "\n".join(_text(record) for record in records)
        self._write(f"{text}\n".encode("utf-8", "replace"))

    def stop(self) -> None:
        """Close the file; standard output stays open."""
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None and self._file:
            os.close(descriptor)
        self._descriptor = None

    def _write(self, content: bytes) -> None:
        assert self._descriptor is not None
        left = memoryview(content)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            message = f"Cannot write to {self._file or 'standard output'}: {error.strerror}"
            raise ConnectError(message) from error


def _text(record: SinkRecord) -> str:
    value = record.value
    return value if isinstance(value, str) else data.java_string(record.value_schema, value)
