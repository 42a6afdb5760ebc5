# SPDX-License-Identifier: Apache-2.0
"""From consumed messages to sink records, a batch at a time.

Messages without headers are converted with one call per topic, keys and values each. Only when such
a call fails are its messages converted one by one, to find and name the culprit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from barnabas.api import Converter, SinkRecord, TimestampType, TopicPartition
from barnabas.data import Header, Headers, Schema
from barnabas.errors import DataError
from barnabas.runtime.pipeline.chain import Chain
from barnabas.runtime.pipeline.converters import Converters
from barnabas.runtime.pipeline.failure import Failure, Stage, Tolerance
from barnabas.runtime.pipeline.origin import TracedRecord

__all__ = ["ConsumedMessage", "SinkBatch", "SinkPipeline"]

_TIMESTAMP_TYPES = (
    TimestampType.NO_TIMESTAMP_TYPE,
    TimestampType.CREATE_TIME,
    TimestampType.LOG_APPEND_TIME,
)
_RUN: Final = 16
"""Messages converted together while some cannot be: of 100 with a bad one 84 are not touched."""
_Bytes: TypeAlias = bytes | None


class ConsumedMessage(Protocol):
    """What a message of the Kafka client offers; it is no error and not the end of a partition."""

    def topic(self) -> str:
        """Topic it was read from."""

    def partition(self) -> int:
        """Partition it was read from."""

    def offset(self) -> int:
        """Its offset."""

    def key(self) -> bytes | None:
        """Its key."""

    def value(self) -> bytes | None:
        """Its value."""

    def timestamp(self) -> tuple[int, int]:
        """Kind of timestamp (0 none, 1 create time, 2 append time) and milliseconds."""

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        """Its headers, None when there are none."""


class SinkBatch(NamedTuple):
    """What became of a batch of messages."""

    records: list[SinkRecord]
    positions: dict[TopicPartition, int]
    """Offset behind the last message of each partition, whether its record was dropped or not."""
    topics: Sequence[str]
    """Each topic of the batch once."""


class SinkPipeline:
    """Converts and transforms the messages for one sink task. Main thread only.

    Args:
        converters: The task's.
        chain: Its transformations.
        tolerance: Decides what becomes of records that fail.
        keeps_origins: Whether records hold the messages they were made of, for reports.
    """

    def __init__(
        self,
        converters: Converters,
        chain: Chain[SinkRecord],
        tolerance: Tolerance,
        *,
        keeps_origins: bool = False,
    ) -> None:
        self._converters = converters
        self._chain = chain
        self._tolerance = tolerance
        self._keeps_origins = keeps_origins
        self._wary: set[Stage] = set()
        self._names: dict[str, str] = {}

    def convert(self, messages: Sequence[ConsumedMessage]) -> SinkBatch:
        """Turn consumed messages, which may be none, into records for ``put``.

        Raises:
            ConnectError: A record failed and failures are not tolerated.
        """
        if not messages:
            return SinkBatch([], {}, ())
        columns = _Columns.of(messages, self._names)
        rows = _Rows(messages, columns, self._tolerance, self._wary)
        records = rows.records(
            self._converters, TracedRecord if self._keeps_origins else SinkRecord
        )
        if self._keeps_origins:
            _trace(records, messages)
        if not self._chain.is_empty:
            _remember_places(records, columns)
        if rows.failed:
            records = _without(records, sorted(rows.failed))
        if not self._chain.is_empty:
            records = [each for each in self._chain.apply(records).records if each is not None]
        return SinkBatch(records, columns.positions(), list(dict.fromkeys(columns.topics)))

    def close(self) -> None:
        """Close converters and transformations."""
        try:
            self._chain.close()
        finally:
            self._converters.close()


@dataclasses.dataclass(frozen=True, slots=True)
class _Columns:
    """Where messages come from."""

    topics: list[str]
    partitions: list[int]
    offsets: list[int]

    @classmethod
    def of(cls, messages: Sequence[ConsumedMessage], names: dict[str, str]) -> _Columns:
        """Read the columns; each topic's name is one object, however many messages it has."""
        kind = type(messages[0])
        topics = list(map(kind.topic, messages))
        if topics.count(topics[0]) == len(topics):
            topics = [names.setdefault(topics[0], topics[0])] * len(topics)
        else:
            topics = [names.setdefault(topic, topic) for topic in topics]
        return cls(topics, list(map(kind.partition, messages)), list(map(kind.offset, messages)))

    def positions(self) -> dict[TopicPartition, int]:
        """Offset behind the last message of each partition; a later message wins."""
        topic, partition = self.topics[0], self.partitions[0]
        if _is_one(self.topics) and _is_one(self.partitions):
            return {TopicPartition(topic, partition): self.offsets[-1] + 1}
        last = dict(zip(zip(self.topics, self.partitions, strict=True), self.offsets, strict=True))
        return {TopicPartition(*where): offset + 1 for where, offset in last.items()}


class _Rows:
    """One batch on its way through the converters."""

    def __init__(
        self,
        messages: Sequence[ConsumedMessage],
        columns: _Columns,
        tolerance: Tolerance,
        wary: set[Stage],
    ) -> None:
        self._wary = wary
        self.failed: set[int] = set()
        self._messages = messages
        self._columns = columns
        self._tolerance = tolerance

    def records(self, converters: Converters, make: type[SinkRecord]) -> list[SinkRecord]:
        """Make the records; those in ``failed`` are not to be used."""
        messages, kind = self._messages, type(self._messages[0])
        raw = self._raw_headers()
        keys: list[Any] = list(map(kind.key, messages))
        key_schemas, keys = self._convert(converters.key, Stage.KEY_CONVERTER, keys, raw)
        values: list[Any] = list(map(kind.value, messages))
        schemas, values = self._convert(converters.value, Stage.VALUE_CONVERTER, values, raw)
        headers = repeat(None) if raw is None else self._convert_headers(converters, raw)
        times = list(map(kind.timestamp, messages))
        kinds = list(map(itemgetter(0), times))
        timestamps: list[int | None] = list(map(itemgetter(1), times))
        types: Iterable[TimestampType] = repeat(_TIMESTAMP_TYPES[kinds[0]])
        if not _is_one(kinds):
            types = [_TIMESTAMP_TYPES[kind] for kind in kinds]
        if 0 in kinds or -1 in timestamps:
            timestamps = [time if kind and time != -1 else None for kind, time in times]
        return [
            make(
                topic=topic,
                kafka_partition=partition,
                kafka_offset=offset,
                value=value,
                value_schema=schema,
                key=key,
                key_schema=key_schema,
                timestamp=timestamp,
                timestamp_type=timestamp_type,
                headers=header,
            )
            for (
                topic,
                partition,
                offset,
                value,
                schema,
                key,
                key_schema,
                timestamp,
                timestamp_type,
                header,
            ) in zip(
                self._columns.topics,
                self._columns.partitions,
                self._columns.offsets,
                values,
                schemas,
                keys,
                key_schemas,
                timestamps,
                types,
                headers,
                strict=False,
            )
        ]

    def _raw_headers(self) -> list[Headers | None] | None:
        columns = list(map(type(self._messages[0]).headers, self._messages))
        if not any(columns):
            return None
        return [
            Headers(Header(key, None, value) for key, value in pairs) if pairs else None
            for pairs in columns
        ]

    def _convert_headers(
        self, converters: Converters, raw: list[Headers | None]
    ) -> list[Headers | None]:
        convert = converters.header.to_connect_header
        result: list[Headers | None] = []
        for place, headers in enumerate(raw):
            result.append(None)
            if headers is None or place in self.failed:
                continue
            topic = self._columns.topics[place]
            try:
                result[place] = Headers(
                    Header(key, *self._tolerance.attempt(convert, topic, key, value))
                    for key, _, value in headers
                )
            except Exception as error:  # noqa: BLE001 - any error of a plugin can be tolerated
                self._fail(place, Stage.HEADER_CONVERTER, type(converters.header), error)
        return result

    def _convert(
        self,
        converter: Converter,
        stage: Stage,
        column: list[_Bytes],
        headers: list[Headers | None] | None,
    ) -> tuple[Iterable[Schema | None], list[Any]]:
        if headers is not None or not _is_one(self._columns.topics):
            return self._convert_mixed(converter, stage, column, headers)
        topic = self._columns.topics[0]
        if stage not in self._wary:
            try:
                return _convert_batch(converter, topic, column)
            except Exception:  # noqa: BLE001 - the culprit is found and told one by one
                self._wary.add(stage)
        schemas, values, left = _convert_most(converter, topic, column)
        if not left:
            self._wary.discard(stage)
        self._convert_places(converter, stage, (column, None), (schemas, values), left)
        return schemas, values

    def _convert_mixed(
        self,
        converter: Converter,
        stage: Stage,
        column: list[_Bytes],
        headers: list[Headers | None] | None,
    ) -> tuple[list[Schema | None], list[Any]]:
        """Convert messages of several topics, or with headers."""
        if headers is None:
            try:
                return self._convert_groups(converter, column)
            except Exception:  # noqa: BLE001, S110 - the culprit is found and told one by one
                pass
        made: tuple[list[Schema | None], list[Any]] = ([None] * len(column), [None] * len(column))
        self._convert_places(converter, stage, (column, headers), made, range(len(column)))
        return made

    def _convert_groups(
        self, converter: Converter, column: list[_Bytes]
    ) -> tuple[list[Schema | None], list[Any]]:
        groups: dict[str, list[int]] = {}
        for place, topic in enumerate(self._columns.topics):
            groups.setdefault(topic, []).append(place)
        schemas: list[Schema | None] = [None] * len(column)
        values: list[Any] = [None] * len(column)
        for topic, places in groups.items():
            converted = _convert_batch(converter, topic, [column[place] for place in places])
            for place, schema, value in zip(places, *converted, strict=False):
                schemas[place] = schema
                values[place] = value
        return schemas, values

    def _convert_places(
        self,
        converter: Converter,
        stage: Stage,
        given: tuple[list[_Bytes], list[Headers | None] | None],
        made: tuple[list[Schema | None], list[Any]],
        places: Iterable[int],
    ) -> None:
        """Convert some messages one by one."""
        (column, headers), (schemas, values) = given, made
        for place in places:
            if place in self.failed:
                continue
            own = None if headers is None else headers[place]
            try:
                topic = self._columns.topics[place]
                schemas[place], values[place] = self._tolerance.attempt(
                    converter.to_connect_data, topic, own, column[place]
                )
            except Exception as error:  # noqa: BLE001 - any error of a plugin can be tolerated
                self._fail(place, stage, type(converter), error)

    def _fail(self, place: int, stage: Stage, plugin: type, error: Exception) -> None:
        """Have a failure judged; the record is left out if that returns."""
        columns = self._columns
        where = (
            f"record from topic {columns.topics[place]}, partition {columns.partitions[place]}, "
            f"offset {columns.offsets[place]}"
        )
        self._tolerance.handle(Failure(stage, plugin, where, error, self._messages[place]))
        self.failed.add(place)


def _convert_most(
    converter: Converter, topic: str, column: list[_Bytes]
) -> tuple[list[Schema | None], list[Any], Sequence[int]]:
    """Convert what can be; names the places of the others."""
    most = converter.to_connect_most(topic, column)
    if most is not None:
        return most
    schemas: list[Schema | None] = []
    values: list[Any] = []
    left: list[int] = []
    for start in range(0, len(column), _RUN):
        run = column[start : start + _RUN]
        try:
            found, converted = _read_batch(converter, topic, run)
        except Exception:  # noqa: BLE001 - the culprit is found and told one by one
            left += range(start, start + len(run))
            found, converted = None, [None] * len(run)
        schemas += found if isinstance(found, list) else [found] * len(run)
        values += converted
    return schemas, values, left


def _without(records: Sequence[SinkRecord], places: Iterable[int]) -> list[SinkRecord]:
    kept: list[SinkRecord] = []
    start = 0
    for place in places:
        kept += records[start:place]
        start = place + 1
    return kept + list(records[start:])


def _remember_places(records: Sequence[SinkRecord], columns: _Columns) -> None:
    """Have records that are about to be changed say where they come from: here it costs little."""
    wheres: Iterable[TopicPartition] = map(TopicPartition, columns.topics, columns.partitions)
    if _is_one(columns.topics) and _is_one(columns.partitions):
        wheres = repeat(next(iter(wheres)))
    for record, where in zip(records, wheres, strict=False):
        record.original_topic_partition = where
        record.original_kafka_offset = record.kafka_offset


def _trace(records: Sequence[SinkRecord], messages: Sequence[ConsumedMessage]) -> None:
    for record, message in zip(records, messages, strict=True):
        record.origin = message  # type: ignore[attr-defined]  # all are TracedRecord


def _convert_batch(
    converter: Converter, topic: str, column: list[_Bytes]
) -> tuple[Iterable[Schema | None], list[Any]]:
    if column.count(None) == len(column):  # usual for keys: one answer holds for all
        schema, value = converter.to_connect_data(topic, None, None)
        return repeat(schema), [value] * len(column)
    schemas, values = _read_batch(converter, topic, column)
    if isinstance(schemas, list):
        return schemas, values
    return repeat(schemas), values


def _read_batch(
    converter: Converter, topic: str, column: list[_Bytes]
) -> tuple[list[Schema | None] | Schema | None, list[Any]]:
    """Call the converter; a batch it makes more or less of is converted one by one, as a bad one.

    Raises:
        DataError: There is not one value, and one schema or one for all, for each message.
    """
    schemas, values = converter.to_connect_batch(topic, column)
    count = len(column)
    if len(values) != count or (isinstance(schemas, list) and len(schemas) != count):
        text = f"{type(converter).__name__}.to_connect_batch did not return {count} values"
        raise DataError(text)
    return schemas, values


def _is_one(items: list[Any]) -> bool:
    return items.count(items[0]) == len(items)
