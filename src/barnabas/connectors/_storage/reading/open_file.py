# SPDX-License-Identifier: Apache-2.0
"""One file on its way into a topic, record by record, from wherever it was left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from barnabas.api import SourceRecord
from barnabas.connectors._storage.formats.format import Format
from barnabas.connectors._storage.reading.backlog import WaitingFile
from barnabas.connectors._storage.reading.file_names import GZIP
from barnabas.connectors._storage.reading.gunzip import Gunzipping
from barnabas.connectors._storage.reading.path_fields import PathFields
from barnabas.connectors._storage.reading.positions import (
    COMPLETE,
    FILE,
    RECORDS,
    SIZE,
    Position,
)
from barnabas.connectors._storage.storage import (
    FileChangedError,
    Storage,
    StorageError,
    StorageUnavailableError,
)
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["OpenFile", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the records of a file go."""

    topic: str
    kafka_partition: int | None
    """None lets the producer choose."""
    fields: PathFields
    """Fields of the path that records get as headers."""


class OpenFile:
    """Reads a file. Closed, it is opened again by the next `read`, which goes on where it was.

    Args:
        storage: Where it is.
        file_format: Its format.
        waiting: The file.
        target: Where its records go.
        position: How far it was read before; None: not at all.
    """

    def __init__(
        self,
        storage: Storage,
        file_format: Format,
        waiting: WaitingFile,
        target: Target,
        position: Position | None = None,
    ) -> None:
        self.place, self.file = waiting
        self.path = f"{self.place.directory}/{self.file.name}".lstrip("/")
        """Relative to the root of the store."""
        self.done = 0 if position is None else position.records
        """Records that were read."""
        self.is_complete = False
        """Whether there are no more."""
        self._known_size = None if position is None or not self.done else position.size
        is_compressed = self.file.name.endswith(GZIP)
        self._has_changed = False
        self._store = storage
        self._storage = Gunzipping(storage).as_storage() if is_compressed else storage
        self._format = file_format
        self._target = target
        self._partition = self.place.source_partition
        self._schema: Schema | None = None
        self._batches: Iterator[Sequence[Any]] | None = None
        self._values: Sequence[Any] = ()
        self._at = 0
        self._ahead: Sequence[Any] = ()
        self._error: Exception | None = None

    def read(self, most: int) -> list[SourceRecord]:
        """Make records of the next values, from one to so many; none at the end.

        Raises:
            StorageUnavailableError: Also when the file was replaced before any record was made;
                the next call begins with the new one.
            StorageError: The file cannot be read. All records before that were returned.
            DataError: It is damaged. Likewise.
        """
        if self._batches is None and self._error is None:
            self.open()
        if not self._values:
            self._raise_error()
            self.is_complete = True
            return []
        values = self._values[self._at : self._at + most]
        records = self._records(values)
        self.done += len(values)
        self._at += len(values)
        if self._at >= len(self._values):
            self._turn_over()
            if not self._values and self._error is None:
                self.is_complete = True
                cast("dict[str, Any]", records[-1].source_offset)[COMPLETE] = True
        return records

    def open(self) -> None:
        """Read the beginning ahead; what fails is told by `read`. May run on another thread."""
        try:
            self._open()
        except (StorageError, DataError) as error:
            self._error = error

    @property
    def is_to_be_opened_again(self) -> bool:
        """Whether the beginning could not be read for a reason that may have passed."""
        return not self._values and isinstance(self._error, StorageUnavailableError)

    def close(self) -> None:
        """Let go of the file."""
        batches, self._batches = self._batches, None
        self._values, self._at, self._ahead, self._error = (), 0, (), None
        if batches is not None:
            batches.close()  # type: ignore[attr-defined]  # they are generators

    def _open(self) -> None:
        if self._has_changed:
            self._look_again()
        size = self.file.size
        if self._known_size not in (None, size):
            message = (
                f"it has {size} bytes now, and had {self._known_size} when it was read so far; to"
                f' go on behind these records, set the offset to {{"{FILE}": "{self.file.name}",'
                f' "{RECORDS}": {self.done}}}'
            )
            raise DataError(message)
        self._schema, self._batches = self._format.read_from(self._storage, self.path, self.done)
        self._fetch()
        self._turn_over()

    def _raise_error(self) -> None:
        error = self._error
        if isinstance(error, FileChangedError) and not self.done:
            self.close()
            self._has_changed = True
            raise StorageUnavailableError(path=error.path, reason=error.reason) from error
        if error is not None:
            if self._batches is None:  # the next read is to open it again
                self._error = None
            raise error

    def _look_again(self) -> None:
        """Learn the size of the file that took the place of the one that was found."""
        name = self.file.name
        for entry in self._store.list_after(self.place.directory, name[:-1]):
            if entry.name == name:
                self.file = self.file._replace(size=entry.size)
        self._has_changed = False

    def _turn_over(self) -> None:
        """Go on to the batch that was read ahead, so that the last record is known as such."""
        self._values, self._at = self._ahead, 0
        if self._values:
            self._fetch()

    def _fetch(self) -> None:
        """Read a batch ahead; what fails is told when it is wanted."""
        self._ahead = ()
        batches = cast("Iterator[Sequence[Any]]", self._batches)
        try:
            self._ahead = next(filter(None, batches), ())
        except (StorageError, DataError) as error:
            self._error = error

    def _records(self, values: Sequence[Any]) -> list[SourceRecord]:
        target, partition, schema = self._target, self._partition, self._schema
        topic, kafka_partition = target.topic, target.kafka_partition
        name, size = self.file.name, self.file.size
        records = [
            SourceRecord(
                source_partition=partition,
                source_offset={FILE: name, RECORDS: number, COMPLETE: False, SIZE: size},
                topic=topic,
                value=value,
                value_schema=schema,
                kafka_partition=kafka_partition,
            )
            for number, value in enumerate(values, self.done + 1)
        ]
        make_headers = target.fields.headers_of(schema, values[0])
        if make_headers is not None:
            for record in records:
                record.headers = make_headers()
        return records
