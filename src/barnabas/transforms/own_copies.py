# SPDX-License-Identifier: Apache-2.0
"""Copies of records that may be changed in place without harm to the records themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from barnabas.api import SinkRecord, SourceRecord, TopicPartition
from barnabas.api.transform import Record
from barnabas.data import Headers, Struct

__all__ = ["Copies"]

_CONTAINERS: Final = frozenset((dict, list, Struct))


class Copies:
    """Copies records of one task, with all maps, lists and headers in them.

    The copy of a sink's record says where it was consumed, also when its topic is set in place.
    """

    def __init__(self) -> None:
        self._where = TopicPartition("", -1)

    def of(self, record: Record) -> Record:
        """Copy a record."""
        changes: dict[str, Any] = {}
        if type(record.value) in _CONTAINERS:
            changes["value"] = _copy(record.value)
        if type(record.key) in _CONTAINERS:
            changes["key"] = _copy(record.key)
        if record.headers is not None:
            changes["headers"] = Headers(record.headers)
        # Asked for the class first: isinstance of what is no SinkRecord takes long.
        if (
            type(record) is not SourceRecord
            and isinstance(record, SinkRecord)
            and record.original_kafka_offset is None
        ):
            changes["original_topic_partition"] = self._place(record)
            changes["original_kafka_offset"] = record.kafka_offset
        return msgspec.structs.replace(record, **changes)

    def _place(self, record: SinkRecord) -> TopicPartition:
        where = self._where
        if where.topic != record.topic or where.partition != record.kafka_partition:
            where = self._where = TopicPartition(record.topic, record.kafka_partition)
        return record.original_topic_partition or where


def _copy(value: Any) -> Any:
    """Copy a map or list with those in it."""
    copy: dict[Any, Any]
    if type(value) is dict:
        copy = value.copy()
    elif isinstance(value, list):
        return [_copy(each) if type(each) in _CONTAINERS else each for each in value]
    else:
        copy = Struct(value.schema, value)
    if not _CONTAINERS.isdisjoint(map(type, copy.values())):
        copy.update(_copies(copy))
    return copy


def _copies(members: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: _copy(member) for name, member in members.items() if type(member) in _CONTAINERS}
