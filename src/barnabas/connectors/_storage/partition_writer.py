# SPDX-License-Identifier: Apache-2.0
"""One Kafka partition: records in, committed files out, each record in exactly one of them.

Records go to the open file of their encoded partition. When the rotation rules say so, all open
files end; other threads close them while new ones are written, and when all are closed they are
committed (see `committing`). Sets of files are committed in the order of their offsets.

Whatever goes wrong in the store is treated as a crash: everything uncommitted is given up,
`recovery` runs anew, and the records since the last commit are read again. So there is one way
back, and it is the one that a kill takes, too.
"""

from __future__ import annotations

import functools
import itertools
import logging
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future, wait
from operator import attrgetter
from typing import Any, Final

from barnabas.api import SinkRecord
from barnabas.connectors._storage.compatibility import Compatibility
from barnabas.connectors._storage.message_ends import check_schemas_of_messages, end_of_message
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.record_batches import Batch, offset_of, sort_records
from barnabas.connectors._storage.record_files import RecordFiles
from barnabas.connectors._storage.renamed_files import RenamedFiles
from barnabas.connectors._storage.rotation import (
    OpenRange,
    Reason,
    next_scheduled_ms,
    records_before_rotation,
    records_of_same_partition,
    rotation_due,
)
from barnabas.connectors._storage.schema_changes import SchemaChanges
from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageUnavailableError,
)
from barnabas.connectors._storage.writer_parts import WriterParts
from barnabas.data import Schema
from barnabas.errors import DataError, SchemaProjectorError

__all__ = ["PartitionWriter"]

_MOST_CLOSING: Final = 2
"""So many sets may wait for their files to be closed before writing waits for them, too."""
_LONGEST_WAIT_S: Final = 120.0
"""So long no file may be closed; a thousand of them take longer than one."""
_SCHEMA_OF: Final = attrgetter("value_schema")

_logger = logging.getLogger(__name__)


class PartitionWriter:
    """Writes one Kafka partition. Used by the task's main thread, but for `recover`.

    Args:
        places: Names the partition and its directories.
        parts: What all partitions of the task share.
        publication: How files come to be where readers find them; None: by renaming.
    """

    def __init__(
        self, places: Places, parts: WriterParts, publication: Publication | None = None
    ) -> None:
        self.places = places
        self._parts = parts
        self._publication = publication or RenamedFiles(places, parts)
        self._last_file: str | None = None
        self._schema: Schema | None = None
        self._files: FileSet | None = None
        self._closing: deque[FileSet] = deque()
        self._reports: list[Future[None]] = []
        self._position: int | None = None
        self._output = RecordFiles(self._publication, parts, self._leave_out)
        self._keeps_schema = parts.compatibility is not Compatibility.NONE
        self._changes = SchemaChanges(places.where, parts.now_ms)

    # -- beginning and ending ----------------------------------------------------------------------

    def recover(self) -> int | None:
        """Take the partition over and say where to go on; None: wherever the consumer group is.

        Nothing must be open. May be called on another thread.

        Raises:
            StorageError: It has to be called again.
        """
        self._last_file = self._publication.recover(wants_last_file=self._keeps_schema)
        return self._publication.next_offset

    def give_up(self) -> int | None:
        """Drop everything uncommitted; `recover` has to follow before anything is written.

        Returns:
            Offset from which records have to be read again; None when none was taken so far.
        """
        offset = self.committable
        sets = [*self._closing, *([self._files] if self._files else [])]
        for file in itertools.chain.from_iterable(files.files() for files in sets):
            self._parts.open_files.remove(file)
            if file.closed is None or file.closed.cancel():
                file.writer.abort()
            else:  # being closed by another thread, or it could not be closed
                file.closed.add_done_callback(functools.partial(_abort, file))
        self._closing.clear()
        self._files, self._schema = None, None
        for files in sets:
            self._output.forget(files)
        self._publication.release()
        self._position = offset
        return offset

    def end(self, timeout_s: float) -> None:
        """Commit what is being closed, drop what is open, and leave nothing behind.

        Raises:
            StorageError: Something was left; the next one to recover the partition removes it.
        """
        if not self._publication.is_held:
            return
        try:
            while self._closing:
                if wait(self._closing[0].awaited(), timeout=timeout_s).not_done:
                    break
                self.advance()
        finally:
            self.give_up()
        self._publication.clean_up()

    # -- what others want to know ------------------------------------------------------------------

    @property
    def committable(self) -> int | None:
        """Offset up to which everything is in committed files, or was left out; None at first."""
        if self._closing:
            return self._closing[0].first
        return self._files.first if self._files else self._position

    @property
    def position(self) -> int | None:
        """Offset after the last record taken; None at first."""
        return self._position

    @property
    def is_closing(self) -> bool:
        """Whether files wait to be committed."""
        return bool(self._closing)

    # -- writing -----------------------------------------------------------------------------------

    def write(self, records: Sequence[SinkRecord]) -> None:
        """Take records, in the order of their offsets.

        Raises:
            StorageError: Nothing is lost; `give_up`, then `recover`.
            ConnectError: A bad record was refused and shall fail the task.
        """
        self.advance()
        records = self._news(records)
        if not records:
            return
        if self._position is None:
            self._position = offset_of(records[0])
        self._rotate_if_due(is_idle=False)
        last = offset_of(records[-1])
        if self._parts.screen is not None:
            records, screened = self._parts.screen(records)
            self._reports += screened
        batch, reports = sort_records(self._parts, self.places.where, records)
        self._reports += reports
        check_schemas_of_messages(batch)
        at = 0
        for schema, run in itertools.groupby(batch.records, _SCHEMA_OF):
            count = sum(1 for _ in run)
            self._write_run(batch.part(at, at + count), schema)
            at += count
        self._position = last + 1
        self.advance()

    def tick(self) -> None:
        """Do what time demands while no records come.

        Raises:
            StorageError: As `write`.
        """
        self._rotate_if_due(is_idle=True)
        self.advance()

    def _news(self, records: Sequence[SinkRecord]) -> Sequence[SinkRecord]:
        """Leave out records that are in files already, committed or not.

        They come again when the framework went back on its own, because it could not commit.
        """
        first = max(self._publication.next_offset or 0, self._position or 0)
        if not records or offset_of(records[0]) >= first:
            return records
        return [record for record in records if offset_of(record) >= first]

    def _write_run(self, batch: Batch, schema: Schema | None) -> None:
        """Write records of one schema."""
        try:
            self._choose_schema(schema)
            values = self._project(batch, schema)
        except SchemaProjectorError as error:
            self._leave_out(batch.records, error)
            return
        at, total = 0, len(values.records)
        while at < total:
            files = self._files
            times = values.times[at:] if values.times else None
            room, reason = self._room(files, times, values.encoded[at:])
            if 0 < room < total - at:
                room = end_of_message(values, at + room, self._parts.rules) - at
            if files is None:
                files = self._begin(offset_of(values.records[at]), schema, times)
            elif not room:
                self._rotate(reason)
                continue
            self._output.append(files, values.part(at, at + room))
            at += room
            files.range.count += room
            self._position = offset_of(values.records[at - 1]) + 1
            self._rotate_if_due(is_idle=False)

    def _room(
        self, files: FileSet | None, times: Sequence[int] | None, encoded: Sequence[str]
    ) -> tuple[int, Reason]:
        """How many of the next records go into the open files, and why not more."""
        rules = self._parts.rules
        room = records_before_rotation(rules, files.range if files else None, times, len(encoded))
        if rules.ends_on_partition_change and room:
            current = next(files.files()).encoded if files else None
            return records_of_same_partition(current, encoded[:room]), Reason.PARTITION
        is_full = files is not None and files.range.count >= rules.flush_size
        return room, Reason.SIZE if is_full else Reason.INTERVAL

    def _choose_schema(self, schema: Schema | None) -> None:
        """End the open files if records of this schema cannot go into them."""
        if self._files is None and not self._keeps_schema:
            self._schema = schema
            return
        if self._files is None:
            self._adopt_last_schema()
            if self._schema is None:
                self._schema = schema
        reason = self._parts.compatibility.new_file_reason(schema, self._schema)
        if reason is not None:
            if self._files is not None:
                _logger.info("%s-%d: %s", *self.places.where, reason)
                self._changes.note(reason)
                self._rotate(Reason.SCHEMA)
            self._schema = schema

    def _adopt_last_schema(self) -> None:
        """Go on with the schema of the last committed file."""
        path, self._last_file = self._last_file, None
        if path is None or self._schema is not None:
            return
        try:
            self._schema = self._parts.format.read_schema(self._parts.storage, path)
        except (DataError, FileMissingError) as error:
            _logger.warning("The schema of %s cannot be read and is left out: %s", path, error)

    def _project(self, batch: Batch, schema: Schema | None) -> Batch:
        compatibility = self._parts.compatibility
        if not self._keeps_schema or schema is self._schema:
            return batch
        try:
            values = compatibility.project(schema, batch.values, self._schema)
        except SchemaProjectorError:
            return self._project_singly(batch, schema)
        return batch._replace(values=values)

    def _project_singly(self, batch: Batch, schema: Schema | None) -> Batch:
        """Leave out the records that cannot be projected."""
        good: list[int] = []
        values: list[Any] = []
        for at, record in enumerate(batch.records):
            try:
                values += self._parts.compatibility.project(
                    schema, batch.values[at : at + 1], self._schema
                )
                good.append(at)
            except SchemaProjectorError as error:
                self._leave_out([record], error)
        return batch.pick(good)._replace(values=values)

    def _begin(self, first: int, schema: Schema | None, times: Sequence[int] | None) -> FileSet:
        now = self._parts.now_ms()
        rules = self._parts.rules
        scheduled = None
        if rules.schedule_ms > 0:
            scheduled = next_scheduled_ms(now, rules.schedule_ms, rules.timezone)
        opened = OpenRange(now, now, times[0] if times else None, scheduled)
        self._files = FileSet(first, self._schema, opened)
        return self._files

    def _leave_out(self, records: Sequence[SinkRecord], error: Exception) -> None:
        self._reports += [self._parts.report(record, error) for record in records]

    # -- rotation and commit -----------------------------------------------------------------------

    def _rotate_if_due(self, *, is_idle: bool) -> None:
        files = self._files
        if files is None:
            return
        rules = self._parts.rules
        largest = 0
        if rules.file_bytes > 0:
            largest = max((file.writer.bytes_written for file in files.files()), default=0)
        reason = rotation_due(
            rules, files.range, self._parts.now_ms(), is_idle=is_idle, largest_file=largest
        )
        if reason is not None:
            self._rotate(reason)

    def _rotate(self, reason: Reason) -> None:
        """End the open files and have them closed."""
        files = self._files
        assert files is not None, "nothing is open"
        if self._publication.ends_in_order:
            while self._closing:
                self._await_head()
        for file in list(files.open.values()):
            self._output.end(files, file)
        self._files = None  # not before: should any of that fail, the records are in no file
        if not files.finished:
            return  # every record of it was left out
        files.next_offset = max(file.end for file in files.finished) + 1
        files.reports, self._reports = self._reports, []
        self._closing.append(files)
        _logger.info(
            "%s-%d: %d files of offsets %d to %d end: %s",
            *self.places.where,
            len(files.finished),
            files.first,
            files.next_offset - 1,
            reason.value,
        )
        while len(self._closing) > _MOST_CLOSING:
            self._await_head()

    def advance(self) -> None:
        """Commit the sets whose files are closed; does not wait for those that are not.

        Raises:
            StorageError: As `write`.
        """
        while self._closing and not self._closing[0].awaited():
            self._commit(self._closing[0])
            self._output.forget(self._closing.popleft())

    def _commit(self, files: FileSet) -> None:
        for future in (*(file.closed for file in files.finished), *files.reports):
            if future is not None:
                future.result()
        used = {
            file.encoded
            for other in (*self._closing, *([self._files] if self._files else []))
            if other is not files
            for file in other.files()
        }
        self._publication.commit(files, used)

    def _await_head(self) -> None:
        """Wait for the oldest set, as long as one of its files after the other is closed."""
        awaited: Collection[Future[None]] = self._closing[0].awaited()
        while awaited:
            left = wait(awaited, timeout=_LONGEST_WAIT_S).not_done
            if len(left) == len(awaited):
                raise StorageUnavailableError(
                    path=self._closing[0].finished[0].path,
                    reason=f"none of {len(left)} files could be closed for {_LONGEST_WAIT_S:.0f} s",
                )
            awaited = left
        self.advance()


def _abort(file: OutputFile, _closed: Future[None]) -> None:
    file.writer.abort()
