# SPDX-License-Identifier: Apache-2.0
"""How far a directory was read: source partitions and source offsets.

One source partition for each directory and Kafka partition, not one for each file::

    {"directory": "topics/clicks/partition=0", "partition": 0}
    {"file": "clicks+0+0000000100+0000000199.json", "records": 57, "complete": false, "size": 9000}

Files of a directory are read in the order of their start offsets, so one position stands for all
files before it, and the number of positions grows with directories only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from barnabas.connectors._storage.reading.file_names import FileNames
from barnabas.errors import ConnectError

__all__ = [
    "COMPLETE",
    "DIRECTORY",
    "FILE",
    "PARTITION",
    "RECORDS",
    "SIZE",
    "Place",
    "Position",
    "check_offset",
    "check_partition",
    "position_of",
]

DIRECTORY: Final = "directory"
PARTITION: Final = "partition"
FILE: Final = "file"
RECORDS: Final = "records"
COMPLETE: Final = "complete"
SIZE: Final = "size"


class Place(NamedTuple):
    """The files of a Kafka partition in a directory: what positions are kept for."""

    directory: str
    """Relative to the root of the store."""
    topic: str
    partition: int
    """Kafka partition the records are from."""

    @property
    def source_partition(self) -> dict[str, Any]:
        """Name of the position in the offset store."""
        return {DIRECTORY: self.directory, PARTITION: self.partition}


class Position(NamedTuple):
    """How far a place was read."""

    key: tuple[int, str]
    """Of the file that was read last; see `StoredFile.key`."""
    records: int
    """Records of it that were read."""
    is_complete: bool
    """Whether these are all."""
    size: int | None
    """Bytes it had; None when nobody knows."""


def position_of(
    place: Place, offset: Mapping[str, Any] | None, names: FileNames
) -> Position | None:
    """Read a stored offset; None when there is none.

    Raises:
        ConnectError: It is not one of this connector, or names a file of another place.
    """
    if not offset:
        return None
    check_offset(offset)
    parsed = names.parse(place.topic, offset[FILE])
    if parsed is None or parsed[0] != place.partition:
        message = (
            f"The offset of {place.source_partition} names {offset[FILE]!r}, which is no"
            f" file of partition {place.partition} of {place.topic} with format.class and"
            " file.delim as they are; reset the connector's offsets, or set back what was changed"
        )
        raise ConnectError(message)
    return Position(
        (parsed[1], offset[FILE]),
        offset.get(RECORDS, 0),
        bool(offset.get(COMPLETE, False)),
        offset.get(SIZE),
    )


def check_partition(partition: Mapping[str, Any]) -> None:
    """Check the source partition of an altered offset.

    Raises:
        ConnectError: It is none of this connector.
    """
    directory, number = partition.get(DIRECTORY), partition.get(PARTITION)
    if not isinstance(directory, str) or not _is_count(number):
        message = (
            f'A source partition is {{"{DIRECTORY}": a path, "{PARTITION}": a number from 0}}, not'
            f" {dict(partition)}"
        )
        raise ConnectError(message)


def check_offset(offset: Mapping[str, Any]) -> None:
    """Check a source offset.

    Raises:
        ConnectError: It is none of this connector.
    """
    if (
        isinstance(offset.get(FILE), str)
        and _is_count(offset.get(RECORDS, 0))
        and isinstance(offset.get(COMPLETE, False), bool)
        and (offset.get(SIZE) is None or _is_count(offset[SIZE]))
    ):
        return
    message = (
        f'A source offset is {{"{FILE}": a name, "{RECORDS}": a number from 0, "{COMPLETE}": true'
        f' or false, "{SIZE}": bytes}}, and only "{FILE}" is needed; not {dict(offset)}'
    )
    raise ConnectError(message)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
