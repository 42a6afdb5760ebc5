# SPDX-License-Identifier: Apache-2.0
"""Which directory below its topic's a record belongs to.

``make_partitioner`` knows all of them by the names of ``partitioner.class``. An encoded partition
is a path relative to the topic's directory; no part of it is ``.`` or ``..``, whatever the record
says.

Source:
    Reference page *HDFS sink*, section 3.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, Final

from barnabas.api import SinkRecord
from barnabas.connectors._storage.field_paths import MISSING, FieldPath
from barnabas.connectors._storage.path_format import PathFormat
from barnabas.connectors._storage.timestamps import (
    TimestampExtractor,
    make_extractor,
    place_of,
    shown,
)
from barnabas.connectors._storage.zones import floor_local, zone_of
from barnabas.data import Schema, Type
from barnabas.data.types import DAY_MS, LOGICAL_NAMES
from barnabas.errors import ConfigError, DataError

__all__ = [
    "DefaultPartitioner",
    "FieldAndTimePartitioner",
    "FieldPartitioner",
    "Partitioner",
    "PartitionerSettings",
    "TimePartitioner",
    "make_partitioner",
]

_HOUR_MS: Final = 3_600_000
_QUANTUM_MS: Final = 900_000
_REGULAR_SINCE_MS: Final = 66_700_800_000
"""Since February 1972 offsets of zones, and when they change, are multiples of 15 minutes."""
_MOST_REMEMBERED: Final = 16_384
_PARTITION_OF: Final = attrgetter("kafka_partition")
_SCHEMA_OF: Final = attrgetter("value_schema")
_VALUE_OF: Final = attrgetter("value")


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


class DefaultPartitioner(Partitioner):
    """One directory for each Kafka partition."""

    def encode(self, record: SinkRecord) -> str:
        """``partition=3``; see `Partitioner.encode`."""
        return f"partition={record.kafka_partition}"

    def encode_many(self, records: Sequence[SinkRecord]) -> list[str]:
        """The same for many; see `Partitioner.encode_many`."""
        numbers = list(map(_PARTITION_OF, records))
        texts = {number: f"partition={number}" for number in set(numbers)}
        return [texts[number] for number in numbers]


class FieldPartitioner(Partitioner):
    """Directories named after fields of the value: ``country=FR/city=Lyon``.

    Fields are whole numbers, texts or booleans; null is written ``null``. A value with slashes
    makes directories of its own, as in Java.

    Args:
        fields: Names of fields; nested ones by dotted paths.
        delimiter: What stands between directories.

    Raises:
        ConfigError: There is no field, or a name is blank.

    Differs:
        A value that would lead out of the directory (``..``) is refused. Maps without schema have
        fields, too; Java wants structs.
    """

    def __init__(self, fields: Sequence[str], delimiter: str = "/") -> None:
        if not fields:
            message = (
                "Missing required configuration partition.field.name: name the fields that"
                " partitioner.class is to look at"
            )
            raise ConfigError(message)
        self._paths = [FieldPath(field, "partition.field.name") for field in fields]
        self._delimiter = delimiter
        self._prefixes = [f"{path.text}=" for path in self._paths]
        is_flat = not any("." in field for field in fields)
        self._pick = itemgetter(*fields) if is_flat else None

    def encode(self, record: SinkRecord) -> str:
        """The named fields and their values; see `Partitioner.encode`."""
        schema, value = record.value_schema, record.value
        if value is None:
            raise _unfit(record, self._paths[0].text, MISSING)
        parts = []
        for path, prefix in zip(self._paths, self._prefixes, strict=True):
            member, member_schema = path.find(schema, value)
            text = _text_of(member, member_schema)
            if text is None:
                raise _unfit(record, path.text, member)
            parts.append(prefix + text)
        encoded = self._delimiter.join(parts)
        if "." in encoded:
            _check_parts(encoded, record)
        return encoded

    def encode_many(self, records: Sequence[SinkRecord]) -> list[str]:
        """The same for many, each combination of values once; see `Partitioner.encode_many`."""
        schemas = set(map(id, map(_SCHEMA_OF, records)))
        if self._pick is None or len(schemas) != 1 or records[0].value_schema is None:
            return super().encode_many(records)
        try:
            keys = list(map(self._pick, map(_VALUE_OF, records)))
            different = dict(zip(keys, records, strict=True))
            texts = {key: self.encode(record) for key, record in different.items()}
        except (DataError, KeyError, TypeError):  # a missing field, or one that fits no directory
            return super().encode_many(records)
        return [texts[key] for key in keys]


class TimePartitioner(Partitioner):
    """Directories named after the record's time, rounded down to a duration.

    Args:
        extractor: Which time a record has.
        settings: Pattern, duration, zone, locale.

    Raises:
        ConfigError: A setting is missing or wrong.
    """

    extractor: TimestampExtractor

    def __init__(self, extractor: TimestampExtractor, settings: PartitionerSettings) -> None:
        _check_time_settings(settings)
        self.extractor = extractor
        self._zone = zone_of(settings.timezone)
        pattern = settings.path_format.strip().removesuffix(settings.directory_delim)
        self._format = PathFormat(pattern, self._zone, locale=settings.locale)
        self._duration_ms = settings.duration_ms
        is_regular = settings.timezone[0] not in "+-"
        self._step_ms = math.gcd(self._duration_ms, _QUANTUM_MS if is_regular else 60_000)
        self._remembered: dict[int, str] = {}

    def encode(self, record: SinkRecord) -> str:
        """The time in the pattern's form; see `Partitioner.encode`."""
        return self.encode_time(self.extractor.extract(record))

    def encode_many(self, records: Sequence[SinkRecord]) -> list[str]:
        """The same for many; see `Partitioner.encode_many`."""
        return self.encode_times(self.extractor.extract_many(records))

    def encode_times(self, times: Sequence[int]) -> list[str]:
        """The directories of times, in ms since the epoch."""
        step, known = self._step_ms, self._remembered
        steps = [time // step for time in times]
        missing = set(steps).difference(known)
        if len(known) + len(missing) > _MOST_REMEMBERED:
            known.clear()
            missing = set(steps)
        for each in missing:
            self.encode_time(each * step)
        try:
            return [known[each] for each in steps]
        except KeyError:  # before 1972, or more at once than are remembered
            return [self.encode_time(time) for time in times]

    def encode_time(self, time_ms: int) -> str:
        """The directory of a time, in ms since the epoch."""
        step = time_ms // self._step_ms
        known = self._remembered.get(step)
        if known is not None:
            return known
        encoded = self._format.format(floor_local(self._zone, time_ms, self._duration_ms))
        if time_ms >= _REGULAR_SINCE_MS:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[step] = encoded
        return encoded


class FieldAndTimePartitioner(Partitioner):
    """Directories named after fields, then after the time.

    Args:
        fields: For the fields.
        times: For the time.
        delimiter: What stands between directories.
    """

    extractor: TimestampExtractor

    def __init__(
        self, fields: FieldPartitioner, times: TimePartitioner, delimiter: str = "/"
    ) -> None:
        self._fields = fields
        self._times = times
        self._delimiter = delimiter
        self.extractor = times.extractor

    def encode(self, record: SinkRecord) -> str:
        """Fields, then the time; see `Partitioner.encode`."""
        return self._fields.encode(record) + self._delimiter + self._times.encode(record)

    def encode_many(self, records: Sequence[SinkRecord]) -> list[str]:
        """The same for many; see `Partitioner.encode_many`."""
        delimiter = self._delimiter
        fields = self._fields.encode_many(records)
        times = self._times.encode_many(records)
        return [f"{one}{delimiter}{other}" for one, other in zip(fields, times, strict=True)]


def make_partitioner(
    name: str, settings: PartitionerSettings, now_ms: Callable[[], int]
) -> Partitioner:
    """Make the partitioner that ``partitioner.class`` names, by simple name or Java's class.

    Args:
        name: ``DefaultPartitioner``, ``FieldPartitioner``, ``TimeBasedPartitioner``,
            ``DailyPartitioner``, ``HourlyPartitioner`` or, of our own,
            ``FieldAndTimeBasedPartitioner``; a package before it does not matter.
        settings: What they look at.
        now_ms: The clock, in ms since the epoch.

    Raises:
        ConfigError: There is no such partitioner, or a setting is missing or wrong.
    """
    make = _MAKERS.get(name.rpartition(".")[2].removesuffix("Partitioner"))
    if make is None:
        known = ", ".join(f"{simple}Partitioner" for simple in _MAKERS)
        message = (
            f"Invalid value {name} for configuration partitioner.class: the partitioners there are:"
            f" {known}"
        )
        raise ConfigError(message)
    return make(settings, now_ms)


def _make_fields(settings: PartitionerSettings) -> FieldPartitioner:
    return FieldPartitioner(settings.field_names, settings.directory_delim)


def _make_times(
    settings: PartitionerSettings,
    now_ms: Callable[[], int],
    *,
    duration_ms: int | None = None,
    pattern: str | None = None,
) -> TimePartitioner:
    extractor = make_extractor(settings.timestamp_extractor, settings.timestamp_field, now_ms)
    delimiter = settings.directory_delim
    changed = PartitionerSettings(
        duration_ms=settings.duration_ms if duration_ms is None else duration_ms,
        path_format=settings.path_format if pattern is None else pattern.replace("/", delimiter),
        locale=settings.locale,
        timezone=settings.timezone,
        directory_delim=delimiter,
    )
    return TimePartitioner(extractor, changed)


_DAILY: Final = "'year'=YYYY/'month'=MM/'day'=dd"
_Maker = Callable[[PartitionerSettings, Callable[[], int]], Partitioner]
_MAKERS: Final[dict[str, _Maker]] = {
    "Default": lambda _settings, _now_ms: DefaultPartitioner(),
    "Field": lambda settings, _now_ms: _make_fields(settings),
    "TimeBased": _make_times,
    "Daily": lambda settings, now_ms: _make_times(
        settings, now_ms, duration_ms=DAY_MS, pattern=_DAILY
    ),
    "Hourly": lambda settings, now_ms: _make_times(
        settings, now_ms, duration_ms=_HOUR_MS, pattern=f"{_DAILY}/'hour'=HH"
    ),
    "FieldAndTimeBased": lambda settings, now_ms: FieldAndTimePartitioner(
        _make_fields(settings), _make_times(settings, now_ms), settings.directory_delim
    ),
}


def _check_time_settings(settings: PartitionerSettings) -> None:
    pattern = settings.path_format.strip()
    for key, value, is_wrong, problem in (
        (
            "partition.duration.ms",
            settings.duration_ms,
            settings.duration_ms <= 0,
            "Partition duration needs to be a positive.",
        ),
        (
            "path.format",
            settings.path_format,
            pattern in ("", settings.directory_delim),
            "Path format cannot be empty.",
        ),
        ("locale", settings.locale, not settings.locale.strip(), "Locale cannot be empty."),
        ("timezone", settings.timezone, not settings.timezone.strip(), "Timezone cannot be empty."),
    ):
        if is_wrong:
            message = f"Invalid value {value} for configuration {key}: {problem}"
            raise ConfigError(message)


def _text_of(value: Any, schema: Schema | None) -> str | None:
    """Write the value of a field; None when it is of a type that names no directory."""
    if value is MISSING:
        return None
    if schema is not None and (schema.type not in _FIELD_TYPES or schema.name in LOGICAL_NAMES):
        return None
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | str) else None


_FIELD_TYPES: Final = frozenset(
    {Type.INT8, Type.INT16, Type.INT32, Type.INT64, Type.STRING, Type.BOOLEAN}
)


def _unfit(record: SinkRecord, path: str, value: Any) -> DataError:
    if value is MISSING:
        message = (
            f"Error encoding partition. Field {path!r} is not present in the schema. Set"
            f" partition.field.name to a field that is; it is missing in {place_of(record)}"
        )
    else:
        message = (
            f"Error encoding partition. The field {path!r} is {shown(value)}, and only whole"
            f" numbers, texts and booleans name directories; in {place_of(record)}"
        )
    return DataError(message)


def _check_parts(encoded: str, record: SinkRecord) -> None:
    if any(part in (".", "..") for part in encoded.split("/")):
        message = (
            f"Error encoding partition. {encoded!r} would lead out of its directory; in"
            f" {place_of(record)}"
        )
        raise DataError(message)
