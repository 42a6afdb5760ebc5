# SPDX-License-Identifier: Apache-2.0
"""What the partition writers of a task share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from barnabas.api import SinkRecord
from barnabas.connectors._storage.compatibility import Compatibility
from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.newest import LastFileSearch
from barnabas.connectors._storage.open_files import OpenFiles
from barnabas.connectors._storage.partitioners import Partitioner
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors._storage.timestamps import TimestampExtractor

__all__ = ["ReportErrant", "Screen", "WriterParts"]

ReportErrant = Callable[[SinkRecord, Exception], Future[None]]
"""Leaves a record out and tells why; raises when bad records are to fail the task."""

Screen = Callable[[Sequence[SinkRecord]], tuple[Sequence[SinkRecord], list[Future[None]]]]
"""Gives the records that are to be written, and reports of the others that are under way."""


@dataclass(frozen=True, slots=True)
class WriterParts:
    """Settings and services; one for all Kafka partitions of a task."""

    storage: Storage
    pool: Executor
    """Closes and renames files, several at once: for some stores that is a matter of seconds."""
    format: Format
    format_settings: FormatSettings
    partitioner: Partitioner
    rules: RotationRules
    compatibility: Compatibility
    open_files: OpenFiles
    report: ReportErrant
    now_ms: Callable[[], int]
    last_files: LastFileSearch
    record_times: TimestampExtractor | None = None
    """Needed when the rules go by record times."""
    offset_width: int = 10
    """Digits of offsets in names."""
    screen: Screen | None = None
    """Looks at records before all else; None: all of them are written."""
    own_extension: str = ""
    """End of file names, with its dots, if it is not the format's."""

    @property
    def extension(self) -> str:
        """End of file names, with its dots."""
        return self.own_extension or self.format.extension
