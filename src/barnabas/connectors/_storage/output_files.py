# SPDX-License-Identifier: Apache-2.0
"""Files of one Kafka partition on their way from open to committed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from barnabas.api import SinkRecord
from barnabas.connectors._storage.formats.format import RecordWriter
from barnabas.connectors._storage.rotation import OpenRange
from barnabas.connectors._storage.storage import StorageError
from barnabas.data import Schema

__all__ = ["FileSet", "OutputFile"]


@dataclass(slots=True, eq=False)
class OutputFile:
    """A file of one encoded partition."""

    encoded: str
    """Directories below the topic's."""
    path: str
    """Where it is now."""
    writer: RecordWriter
    start: int
    """Offset of its first record."""
    end: int
    """Offset of its last record."""
    count: int = 0
    """Records that were written."""
    waiting: list[SinkRecord] = field(default_factory=list)
    """Records that have not been written yet, because more may come."""
    waiting_values: list[Any] = field(default_factory=list)
    """Their values, in the schema of the file."""
    closed: Future[None] | None = None
    """Done when it is complete in the store; None while it takes records."""
    failure: StorageError | None = None
    """Why it could not be written to; such a file is never committed."""
    target: str = ""
    """Its final path, once it is no longer open."""
    is_prepared: bool = False
    """Whether it has its final name, if not its final directory."""
    is_published: bool = False


@dataclass(slots=True, eq=False)
class FileSet:
    """Files that are committed together: the records of a range of offsets."""

    first: int
    """Offset of the first record."""
    schema: Schema | None
    range: OpenRange
    next_offset: int = -1
    """Offset after the last record; known when the set takes no more records."""
    open: dict[str, OutputFile] = field(default_factory=dict)
    """Files that take records, by encoded partition."""
    finished: list[OutputFile] = field(default_factory=list)
    """Files that take no more records."""
    reports: list[Future[None]] = field(default_factory=list)
    """Records that were left out, on their way to the dead letter queue."""
    is_claimed: bool = False
    """Whether the commit has happened; what remains is to rename."""

    def files(self) -> Iterator[OutputFile]:
        """All of them."""
        return itertools.chain(self.open.values(), self.finished)

    def awaited(self) -> list[Future[None]]:
        """What has to be done before the set can be committed, and is not."""
        closings = (file.closed for file in self.finished if file.closed is not None)
        return [future for future in (*closings, *self.reports) if not future.done()]
