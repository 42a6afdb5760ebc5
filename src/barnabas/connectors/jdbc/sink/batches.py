# SPDX-License-Identifier: Apache-2.0
"""Which records of one table are written together. Pure.

All records of a batch have the same schemas, so one statement serves them all. A batch is written
before it is deleted from; a record with a value that follows a deletion begins a new batch, so
that the order of a key's records holds.

Source: reference page ``jdbc``, section 6.1 (``sink/BufferedRecords``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from barnabas import data
from barnabas.api import SinkRecord

__all__ = ["Batch", "are_alike", "batches_of"]


@dataclasses.dataclass(slots=True)
class Batch:
    """Records with the same schemas, in their order."""

    key_schema: data.Schema | None
    value_schema: data.Schema | None
    """None when no record has a value."""
    written: Sequence[SinkRecord] = ()
    """Records with a value."""
    deleted: Sequence[SinkRecord] = ()
    """Records without, whose rows are deleted after that."""

    @property
    def size(self) -> int:
        """How many records there are."""
        return len(self.written) + len(self.deleted)


def batches_of(
    records: Sequence[SinkRecord], size: int, *, delete_enabled: bool, alike: bool = False
) -> Iterator[Batch]:
    """Cut the records of a table, of which there is at least one, into batches.

    Args:
        records: Records in their order. Those without value mean deletion when that is enabled,
            and must have been refused when it is not.
        size: Most records of a batch; below 1 counts as 1.
        delete_enabled: Whether records without value delete.
        alike: Whether `are_alike` was found to hold.
    """
    size = max(size, 1)
    if alike or are_alike(records):
        first = records[0]
        for start in range(0, len(records), size):
            yield Batch(first.key_schema, first.value_schema, records[start : start + size])
        return
    cutter = _Cutter(delete_enabled=delete_enabled)
    for record in records:
        if cutter.must_cut(record):
            yield cutter.cut()
        cutter.add(record)
        if cutter.batch.size >= size:
            yield cutter.cut()
    if cutter.batch.size:
        yield cutter.cut()


def are_alike(records: Sequence[SinkRecord]) -> bool:
    """Say whether all records, of which there is at least one, have a value and the same schemas.

    They usually have; the very same objects are meant.
    """
    key_schema, value_schema = records[0].key_schema, records[0].value_schema
    for record in records:  # plain attributes are read faster than `map` calls anything
        if (
            record.value is None
            or record.value_schema is not value_schema
            or record.key_schema is not key_schema
        ):
            return False
    return True


class _Cutter:
    """Collects one batch."""

    def __init__(self, *, delete_enabled: bool) -> None:
        self._delete_enabled = delete_enabled
        self._written: list[SinkRecord] = []
        self._deleted: list[SinkRecord] = []
        self.batch = Batch(None, None, self._written, self._deleted)

    def must_cut(self, record: SinkRecord) -> bool:
        """Say whether a record has to begin a new batch."""
        batch = self.batch
        if not batch.size:
            return False
        if not _same(batch.key_schema, record.key_schema):
            return True
        if record.value is None and self._delete_enabled:
            return False
        return bool(self._deleted) or not _same(batch.value_schema, record.value_schema)

    def add(self, record: SinkRecord) -> None:
        batch = self.batch
        if record.value is None and self._delete_enabled:
            self._deleted.append(record)
        else:
            self._written.append(record)
            batch.value_schema = record.value_schema
        batch.key_schema = record.key_schema

    def cut(self) -> Batch:
        """Hand over the batch and begin another one."""
        done = self.batch
        self._written, self._deleted = [], []
        self.batch = Batch(None, None, self._written, self._deleted)
        return done


def _same(one: data.Schema | None, other: data.Schema | None) -> bool:
    return one is other or one == other
