# SPDX-License-Identifier: Apache-2.0
"""From source records to columns of bytes, a batch at a time.

Records without headers are grouped by topic and schema, and each group costs one call of a
converter; usually the batch is one group. Only when such a call fails are its records converted one
by one, to find and name the culprit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import compress, repeat
from typing import Any, TypeAlias, TypeVar

from barnabas.api import Converter, SourceRecord
from barnabas.data import Header, Headers, Schema
from barnabas.errors import DataError
from barnabas.runtime.pipeline.chain import Chain
from barnabas.runtime.pipeline.converters import Converters
from barnabas.runtime.pipeline.expansion import siblings
from barnabas.runtime.pipeline.failure import Failure, Stage, Tolerance, describe

__all__ = ["ProduceBatch", "RawHeaders", "SourcePipeline"]

RawHeaders: TypeAlias = list[tuple[str, bytes | None]]
_Bytes: TypeAlias = bytes | None
_Item = TypeVar("_Item")


@dataclasses.dataclass(frozen=True, slots=True)
class ProduceBatch:
    """Records ready to be produced, in columns; ``repeat`` stands for a column of equals.

    Differs:
        librdkafka cannot send the timestamp 0, the beginning of 1970; such a record gets the time
        of sending.
    """

    records: Sequence[SourceRecord]
    """As the task returned them, for their source offsets; as long as ``values``. Of several values
    made of one record, which are neighbours, each has that record here."""
    topics: Iterable[str]
    keys: Iterable[bytes | None]
    values: Sequence[bytes | None]
    partitions: Iterable[int]
    """Kafka partitions, -1 where the producer chooses."""
    timestamps: Iterable[int]
    """Milliseconds since the epoch, 0 where the producer sets the time."""
    headers: Sequence[RawHeaders | None] | None
    """None when no record has headers."""
    distinct_topics: Sequence[str]
    dropped: Sequence[SourceRecord]
    """Records that are not produced: left out by a transformation or by tolerance of errors."""


class SourcePipeline:
    """Transforms and converts the records of one source task. Main thread only."""

    def __init__(
        self, converters: Converters, chain: Chain[SourceRecord], tolerance: Tolerance
    ) -> None:
        self._converters = converters
        self._chain = chain
        self._tolerance = tolerance

    def convert(self, polled: Sequence[SourceRecord]) -> ProduceBatch:
        """Turn the records of one poll, which may be none, into columns of bytes.

        Raises:
            ConnectError: A record failed and failures are not tolerated.
        """
        if self._chain.is_empty:
            return self._convert(polled, polled)
        changed = self._chain.apply(polled)
        records, owners = changed.records, changed.owners
        is_kept = [record is not None for record in records]
        if all(is_kept) and changed.is_one_to_one:
            return self._convert(polled, records)  # type: ignore[arg-type]  # none is None
        kept = [record for record in records if record is not None]
        left = list(compress(owners, is_kept))
        batch = self._convert([polled[owner] for owner in left], kept)
        filtered = [polled[place] for place in sorted({*range(len(polled))}.difference(left))]
        return dataclasses.replace(batch, dropped=[*filtered, *batch.dropped])

    def close(self) -> None:
        """Close converters and transformations."""
        try:
            self._chain.close()
        finally:
            self._converters.close()

    def _convert(
        self, originals: Sequence[SourceRecord], records: Sequence[SourceRecord]
    ) -> ProduceBatch:
        rows = _Rows(records, originals, self._tolerance)
        converters = self._converters
        headers = rows.convert_headers(self._converters)
        if converters.key.adds_headers or converters.value.adds_headers:
            found = repeat(None, len(records)) if headers is None else headers
            headers = [Headers() if each is None else each for each in found]
        keys = rows.convert_keys(converters.key, headers)
        values = rows.convert_column(
            converters.value,
            Stage.VALUE_CONVERTER,
            ([record.value_schema for record in records], [record.value for record in records]),
            headers,
        )
        timestamps = rows.timestamps(type(converters.value))
        batch = ProduceBatch(
            records=originals,
            topics=_constant(rows.topics),
            keys=_constant(keys) if keys and keys[0] is None else keys,
            values=values,
            partitions=_partitions(records),
            timestamps=timestamps,
            headers=None if headers is None else [_raw(each) for each in headers],
            distinct_topics=list(dict.fromkeys(rows.topics)),
            dropped=[],
        )
        return batch if not rows.failed else _without(batch, rows.failed)


class _Rows:
    """One batch on its way through the converters."""

    def __init__(
        self,
        records: Sequence[SourceRecord],
        originals: Sequence[SourceRecord],
        tolerance: Tolerance,
    ) -> None:
        self.records = records
        self._originals = originals
        self.topics = [record.topic for record in records]
        self.failed: set[int] = set()
        self._tolerance = tolerance

    def convert_headers(self, converters: Converters) -> list[Headers | None] | None:
        """Turn header values into bytes; None when no record has headers."""
        columns = [record.headers for record in self.records]
        if columns.count(None) == len(columns):
            return None
        converted: list[Headers | None] = []
        for place, headers in enumerate(columns):
            converted.append(None)
            if headers is None or place in self.failed:
                continue
            try:
                converted[place] = self._tolerance.attempt(
                    _converted, headers, self.topics[place], converters
                )
            except Exception as error:  # noqa: BLE001 - any error of a plugin can be tolerated
                self.fail(place, Stage.HEADER_CONVERTER, type(converters.header), error)
        return converted

    def convert_keys(
        self, converter: Converter, headers: Sequence[Headers | None] | None
    ) -> list[_Bytes]:
        """Turn keys into bytes."""
        schemas = [record.key_schema for record in self.records]
        keys = [record.key for record in self.records]
        return self.convert_column(converter, Stage.KEY_CONVERTER, (schemas, keys), headers)

    def convert_column(
        self,
        converter: Converter,
        stage: Stage,
        column: tuple[list[Schema | None], list[Any]],
        headers: Sequence[Headers | None] | None,
    ) -> list[_Bytes]:
        """Turn all keys or all values into bytes; None stands where a tolerated failure was."""
        schemas, values = column
        if not values:
            return []
        try:
            if headers is None and _all_equal(self.topics) and _all_equal(schemas):
                return _convert_batch(converter, self.topics[0], schemas[0], values)
            if headers is None:
                return self._convert_groups(converter, schemas, values)
        except Exception:  # noqa: BLE001, S110 - the culprit is found and told one by one
            pass
        return self._convert_singly(converter, stage, column, headers)

    def timestamps(self, plugin: type) -> Iterable[int]:
        """Check timestamps; -1 means none, as in Java."""
        times = [record.timestamp for record in self.records]
        if times.count(None) == len(times):
            return repeat(0)
        known = [time for time in times if time is not None and time >= 0]
        if len(known) == len(times):
            return known
        for place, time in enumerate(times):
            if time is not None and time < -1 and place not in self.failed:
                error = DataError(f"Invalid record timestamp {time}")
                self.fail(place, Stage.KAFKA_PRODUCE, plugin, error)
        return [0 if time is None or time < 0 else time for time in times]

    def fail(self, place: int, stage: Stage, plugin: type, error: Exception) -> None:
        """Have a failure judged; if that returns, all made of the same record is left out."""
        where = describe(self.records[place])
        self._tolerance.handle(Failure(stage, plugin, where, error, self._originals[place]))
        self.failed.update(siblings(self._originals, place))

    def _convert_groups(
        self, converter: Converter, schemas: list[Schema | None], values: list[Any]
    ) -> list[_Bytes]:
        groups: dict[tuple[str, Schema | None], list[int]] = {}
        for place, group in enumerate(zip(self.topics, schemas, strict=True)):
            groups.setdefault(group, []).append(place)
        result: list[_Bytes] = [None] * len(values)
        for (topic, schema), places in groups.items():
            chosen = [values[place] for place in places]
            converted = _convert_batch(converter, topic, schema, chosen)
            for place, item in zip(places, converted, strict=True):
                result[place] = item
        return result

    def _convert_singly(
        self,
        converter: Converter,
        stage: Stage,
        column: tuple[list[Schema | None], list[Any]],
        headers: Sequence[Headers | None] | None,
    ) -> list[_Bytes]:
        result: list[_Bytes] = []
        for place, (topic, schema, value) in enumerate(
            zip(self.topics, column[0], column[1], strict=True)
        ):
            result.append(None)
            if place in self.failed:
                continue
            try:
                own = None if headers is None else headers[place]
                result[place] = self._tolerance.attempt(
                    converter.from_connect_data, topic, own, schema, value
                )
            except Exception as error:  # noqa: BLE001 - any error of a plugin can be tolerated
                self.fail(place, stage, type(converter), error)
        return result


def _convert_batch(
    converter: Converter, topic: str, schema: Schema | None, values: list[Any]
) -> list[_Bytes]:
    if values.count(None) == len(values):  # usual for keys: one answer holds for all
        return [converter.from_connect_data(topic, None, schema, None)] * len(values)
    converted = converter.from_connect_batch(topic, schema, values)
    if len(converted) != len(values):  # the caller converts one by one then
        text = f"{type(converter).__name__}.from_connect_batch did not return {len(values)} items"
        raise DataError(text)
    return converted


def _converted(headers: Headers, topic: str, converters: Converters) -> Headers:
    """Headers with the bytes of their values, which data converters may add to."""
    convert = converters.header.from_connect_header
    return Headers(
        Header(key, None, convert(topic, key, schema, value)) for key, schema, value in headers
    )


def _raw(headers: Headers | None) -> RawHeaders | None:
    return [(header.key, header.value) for header in headers] if headers else None


def _partitions(records: Sequence[SourceRecord]) -> Iterable[int]:
    partitions = [record.kafka_partition for record in records]
    if partitions.count(None) == len(partitions):
        return repeat(-1)
    return [-1 if partition is None else partition for partition in partitions]


def _all_equal(items: list[Any]) -> bool:
    return items.count(items[0]) == len(items)


def _constant(items: list[_Item]) -> Iterable[_Item]:
    return repeat(items[0]) if items and _all_equal(items) else items


def _without(batch: ProduceBatch, failed: set[int]) -> ProduceBatch:
    """Leave out the rows that failed."""
    is_kept = [place not in failed for place in range(len(batch.records))]

    def keep(column: Iterable[_Item]) -> list[_Item]:
        return list(compress(column, is_kept))

    return ProduceBatch(
        records=keep(batch.records),
        topics=keep(batch.topics),
        keys=keep(batch.keys),
        values=keep(batch.values),
        partitions=keep(batch.partitions),
        timestamps=keep(batch.timestamps),
        headers=None if batch.headers is None else keep(batch.headers),
        distinct_topics=list(dict.fromkeys(keep(batch.topics))),
        dropped=[
            batch.records[place]
            for place in sorted(failed)
            if place - 1 not in failed or batch.records[place - 1] is not batch.records[place]
        ],
    )
