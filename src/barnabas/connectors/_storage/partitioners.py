# SPDX-License-Identifier: Apache-2.0
"""Which directory below its topic's a record belongs to."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass

from barnabas.api import SinkRecord
from barnabas.connectors._storage.timestamps import TimestampExtractor

__all__ = ["Partitioner", "PartitionerSettings"]


@dataclass(frozen=True, slots=True)
class PartitionerSettings:
    """The settings that partitioners look at; names are those of the connector's settings."""

    field_names: tuple[str, ...] = ()
    duration_ms: int = -1
    path_format: str = ""
    locale: str = ""
    timezone: str = ""
    directory_delim: str = "/"
    timestamp_extractor: str = "Wallclock"
    timestamp_field: str = "timestamp"


class Partitioner(abc.ABC):
    """Sorts records into directories."""

    extractor: TimestampExtractor | None = None
    """Where a time-based partitioner has its times from; None for the others."""

    @abc.abstractmethod
    def encode(self, record: SinkRecord) -> str:
        """The encoded partition: directories below the topic's, such as ``partition=3``.

        Raises:
            DataError: The record has no field or time to go by; says which record and why.
        """

    def encode_many(self, records: Sequence[SinkRecord]) -> list[str]:
        """The encoded partitions of records, in their order.

        Raises:
            DataError: As `encode`, for the first record that cannot be sorted.
        """
        return [self.encode(record) for record in records]
