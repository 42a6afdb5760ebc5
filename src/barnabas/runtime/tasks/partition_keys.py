# SPDX-License-Identifier: Apache-2.0
"""Keys of source partitions in the offset store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from barnabas.api import SourceRecord
from barnabas.runtime.stores.offset_format import offset_key
from barnabas.runtime.tasks.offset_committer import Offsets

__all__ = ["PartitionKeys"]

_KEYS_REMEMBERED: Final = 10_000


class PartitionKeys:
    """Makes keys, and remembers those of partitions seen before. One thread only.

    Args:
        connector: Name of the connector; all its tasks share one space of keys.
    """

    def __init__(self, connector: str) -> None:
        self._connector = connector
        self._last: tuple[Mapping[str, Any] | None, bytes] | None = None
        self._known: dict[object, bytes] = {}

    def last_offsets(self, records: Sequence[SourceRecord]) -> dict[bytes, Offsets]:
        """Offset of the last record of each source partition, by the partition's key."""
        first = records[0].source_partition
        partitions = [record.source_partition for record in records]
        if partitions.count(first) == len(partitions):
            return {self._key(first): records[-1].source_offset}
        key = self._key
        return {key(record.source_partition): record.source_offset for record in records}

    def _key(self, partition: Mapping[str, Any] | None) -> bytes:
        if self._last is not None and self._last[0] is partition:
            return self._last[1]
        # The types count too: 1, True and 1.0 are equal here but not in JSON.
        found: object = None
        if partition is not None:
            found = (tuple(partition.items()), tuple(map(type, partition.values())))
        try:
            key = self._known.get(found)
        except TypeError:  # a value no offset may have: the encoder says which
            return offset_key(self._connector, partition)
        if key is None:
            key = offset_key(self._connector, partition)
            if len(self._known) >= _KEYS_REMEMBERED:
                self._known.clear()
            self._known[found] = key
        self._last = (partition, key)
        return key
