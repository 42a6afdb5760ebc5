# SPDX-License-Identifier: Apache-2.0
"""Records on their way into the open files of one Kafka partition.

Formats are quick with many values at a time and slow with one. When a batch is spread over many
files, the few records of each wait here until there are enough of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from barnabas.api import SinkRecord
from barnabas.connectors._storage.formats.format import RecordWriter
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.record_batches import Batch, offset_of
from barnabas.connectors._storage.storage import StorageError
from barnabas.connectors._storage.writer_parts import WriterParts
from barnabas.errors import DataError

__all__ = ["RecordFiles"]

_ENOUGH: Final = 256
"""So many records of a file are written at once rather than kept; fewer when many are open."""
_MOST_WAITING: Final = 50_000
"""So many records may wait in all open files of the task together."""


class RecordFiles:
    """Opens, fills and ends files. Used by the task's main thread.

    Args:
        publication: Makes the files of the partition.
        parts: What all partitions of the task share.
        leave_out: Takes records that the format refuses, and why.
    """

    def __init__(
        self,
        publication: Publication,
        parts: WriterParts,
        leave_out: Callable[[Sequence[SinkRecord], Exception], None],
    ) -> None:
        self._publication = publication
        self._parts = parts
        self._leave_out = leave_out
        self._closing: dict[str, Future[None]] = {}

    def append(self, files: FileSet, batch: Batch) -> None:
        """Give records to the files of their encoded partitions; all belong to this set.

        Raises:
            StorageError: A file cannot be made or written to.
            ConnectError: A bad record was refused and shall fail the task.
        """
        files.range.last_record_ms = self._parts.now_ms()
        encoded = batch.encoded
        if encoded.count(encoded[0]) == len(encoded):
            self._append_to(files, encoded[0], batch)
            return
        places: dict[str, list[int]] = {}
        for at, each in enumerate(encoded):
            places.setdefault(each, []).append(at)
        for each, chosen in places.items():
            self._append_to(files, each, batch.pick(chosen))

    def end(self, files: FileSet, file: OutputFile) -> None:
        """Have a file closed by another thread; it takes no more records.

        What fails in that is told by its ``closed``.

        Raises:
            ConnectError: A bad record was refused and shall fail the task; the file is still open.
        """
        parts = self._parts
        try:
            self._write_waiting(file)
        except StorageError as error:
            file.failure = error
        parts.open_files.remove(file)
        del files.open[file.encoded]
        if not file.count and file.failure is None:
            file.writer.abort()
            return
        file.target = self._publication.target_of(file)
        files.finished.append(file)
        file.closed = self._close(file)

    def forget(self, files: FileSet) -> None:
        """Say that a set was committed or given up: no file waits for its files any more."""
        for file in files.finished:
            if self._closing.get(file.encoded) is file.closed:
                del self._closing[file.encoded]

    def _close(self, file: OutputFile) -> Future[None]:
        """Close a file; where readers see it then, after those of its directory before it."""
        submit, closed = self._parts.pool.submit, Future[None]()
        before = self._closing.get(file.encoded)
        if file.failure is not None:
            closed.set_exception(file.failure)
        elif before is not None and self._publication.ends_in_order:
            # Begun earlier by the same pool, so waiting for it comes to an end.
            closed = submit(_close_after, file.writer, before)
        else:
            closed = submit(file.writer.close)
        self._closing[file.encoded] = closed
        return closed

    def _append_to(self, files: FileSet, encoded: str, batch: Batch) -> None:
        file = files.open.get(encoded)
        if file is None:
            try:
                file = self._open(files, encoded, offset_of(batch.records[0]))
            except DataError as error:
                self._leave_out(batch.records, error)
                return
        file.waiting += batch.records
        file.waiting_values += batch.values
        self._parts.open_files.touch(file)
        enough = min(_ENOUGH, _MOST_WAITING // len(self._parts.open_files))
        if len(files.open) == 1 or len(file.waiting) >= enough:
            self._write_waiting(file)

    def _open(self, files: FileSet, encoded: str, first: int) -> OutputFile:
        parts = self._parts
        parts.open_files.make_room()
        path, output = self._publication.open_file(encoded, first)
        try:
            writer = parts.format.new_writer(output, files.schema, parts.format_settings)
        except BaseException:
            output.abort()
            raise
        file = OutputFile(encoded, path, writer, first, first)
        files.open[encoded] = file
        parts.open_files.add(file, lambda ended: self.end(files, ended))
        return file

    def _write_waiting(self, file: OutputFile) -> None:
        if file.failure is not None:
            raise file.failure
        records, values = file.waiting, file.waiting_values
        if not records:
            return
        file.waiting, file.waiting_values = [], []
        try:
            file.writer.write(values)
        except DataError as error:
            self._write_singly(file, records, values, error)
            return
        _count(file, records)

    def _write_singly(
        self,
        file: OutputFile,
        records: Sequence[SinkRecord],
        values: Sequence[object],
        error: DataError,
    ) -> None:
        """Find the records that the format refuses, and leave them out."""
        if len(records) == 1:
            self._leave_out(records, error)
            return
        for record, value in zip(records, values, strict=True):
            try:
                file.writer.write([value])
            except DataError as refusal:
                self._leave_out([record], refusal)
            else:
                _count(file, [record])


def _close_after(writer: RecordWriter, before: Future[None]) -> None:
    before.result()  # if that one is not there, this one must not be either
    writer.close()


def _count(file: OutputFile, records: Sequence[SinkRecord]) -> None:
    if not file.count:
        file.start = offset_of(records[0])
    file.end = offset_of(records[-1])
    file.count += len(records)
