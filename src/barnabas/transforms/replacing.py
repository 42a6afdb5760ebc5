# SPDX-License-Identifier: Apache-2.0
"""Changed copies of many records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from barnabas.api.records import SinkRecord
from barnabas.api.transform import Record

__all__ = ["replacing"]


def replacing(records: Sequence[Record]) -> Callable[..., Record]:
    """Return what makes changed copies of these records: called with one and its new fields.

    That is msgspec's own ``replace``, which takes a quarter of the time of the records' method,
    unless there are records from Kafka that do not say yet where they came from.
    """
    for record in records:
        if not isinstance(record, SinkRecord):
            break
        if record.original_kafka_offset is None or record.original_topic_partition is None:
            return _replace
    return msgspec.structs.replace


def _replace(record: Record, **changes: object) -> Record:
    return record.replace(**changes)
