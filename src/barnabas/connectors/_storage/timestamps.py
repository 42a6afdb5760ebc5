# SPDX-License-Identifier: Apache-2.0
"""Which time a record has, for time-based directories and rotation.

Source:
    Reference page *HDFS sink*, section 3 (timestamp extractors).
"""

from __future__ import annotations

import abc
import datetime
import math
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Final

from barnabas.api import SinkRecord
from barnabas.connectors._storage.field_paths import MISSING, FieldPath
from barnabas.connectors._storage.iso_times import parse_time
from barnabas.data import FarTimestamp, Type, encode_date, encode_timestamp
from barnabas.data.types import DAY_MS
from barnabas.errors import ConfigError, DataError

__all__ = [
    "RecordFieldTimestamp",
    "RecordTimestamp",
    "TimestampExtractor",
    "WallClock",
    "make_extractor",
]

_TIMESTAMP_OF: Final = attrgetter("timestamp")
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_STRUCT_TYPES: Final = frozenset({Type.INT32, Type.INT64, Type.STRING})


class TimestampExtractor(abc.ABC):
    """Tells the time of records."""

    is_wall_clock: ClassVar[bool] = False
    """Whether it looks at the clock instead of the record."""

    @abc.abstractmethod
    def extract(self, record: SinkRecord) -> int:
        """The record's time, in milliseconds since the epoch.

        Raises:
            DataError: The record has none; says which record and why.
        """

    def extract_many(self, records: Sequence[SinkRecord]) -> list[int]:
        """The times of records, in their order.

        Raises:
            DataError: As `extract`, for the first record that has none.
        """
        return [self.extract(record) for record in records]


class WallClock(TimestampExtractor):
    """The time at which a record is looked at.

    Args:
        now_ms: The clock; milliseconds since the epoch.
    """

    is_wall_clock = True

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms

    def extract(self, record: SinkRecord) -> int:
        """Now; see `TimestampExtractor.extract`."""
        return self._now_ms()

    def extract_many(self, records: Sequence[SinkRecord]) -> list[int]:
        """Now, for all of them; see `TimestampExtractor.extract_many`."""
        return [self._now_ms()] * len(records)


class RecordTimestamp(TimestampExtractor):
    """The time Kafka keeps with a record."""

    def extract(self, record: SinkRecord) -> int:
        """The record's own time; see `TimestampExtractor.extract`."""
        if record.timestamp is None:
            message = (
                f"Unable to determine the timestamp of {place_of(record)}: it has none; set"
                " timestamp.extractor=RecordField or Wallclock"
            )
            raise DataError(message)
        return record.timestamp

    def extract_many(self, records: Sequence[SinkRecord]) -> list[int]:
        """Their own times; see `TimestampExtractor.extract_many`."""
        times = list(map(_TIMESTAMP_OF, records))
        return super().extract_many(records) if None in times else times


class RecordFieldTimestamp(TimestampExtractor):
    """The time in a field of the value, which may be nested.

    Timestamps; whole numbers, which count ms since the epoch; texts, which hold such a number or a
    date and time of ISO 8601. A text without zone is in the zone of the process, as in Java.

    Args:
        field: Names of fields joined by dots.

    Differs:
        A Date counts as its midnight in UTC; Java fails on it.
    """

    def __init__(self, field: str) -> None:
        self._path = FieldPath(field, "timestamp.field")

    def extract(self, record: SinkRecord) -> int:
        """The time in the field; see `TimestampExtractor.extract`."""
        found, schema = self._path.find(record.value_schema, record.value)
        if type(found) is datetime.datetime and found.tzinfo is not None:
            since = found - _EPOCH
            return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
        is_known = schema is None or schema.type in _STRUCT_TYPES
        ms = _time_of(found) if is_known else None
        if ms is None:
            raise self._refusal(record, found)
        return ms

    def _refusal(self, record: SinkRecord, found: Any) -> DataError:
        what = "is not there" if found is MISSING else f"is {shown(found)}"
        message = (
            f"Error extracting timestamp from record field: {self._path.text}. It {what} in"
            f" {place_of(record)}; a Timestamp, ms since the epoch as INT32 or INT64, or a text of"
            " ISO 8601 is wanted. Set timestamp.field to a field that has one, or"
            " timestamp.extractor=Record"
        )
        return DataError(message)


def _time_of(value: Any) -> int | None:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | FarTimestamp):
        return int(value)
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    if isinstance(value, datetime.datetime):
        return None if value.tzinfo is None else encode_timestamp(value)
    return encode_date(value) * DAY_MS if isinstance(value, datetime.date) else None


def place_of(record: SinkRecord) -> str:
    """Name a record in an error: topic, partition, offset."""
    where, offset = record.original
    return f"the record at offset {offset} of {where.topic}-{where.partition}"


def shown(value: Any) -> str:
    """Show a value in an error, cut, with its class."""
    if value is None:
        return "null"
    text = repr(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} of class {type(value).__name__}"


def make_extractor(name: str, field: str, now_ms: Callable[[], int]) -> TimestampExtractor:
    """Make the extractor that ``timestamp.extractor`` names, by a short name or Java's class.

    Args:
        name: ``Wallclock``, ``Record``, ``RecordField``, or the name of Java's class.
        field: For ``RecordField``: the field, see `RecordFieldTimestamp`.
        now_ms: The clock, in ms since the epoch.

    Raises:
        ConfigError: There is no such extractor, or the field has no name.
    """
    short = name.rpartition("$")[2].rpartition(".")[2].removesuffix("TimestampExtractor").lower()
    if short == "wallclock":
        return WallClock(now_ms)
    if short == "record":
        return RecordTimestamp()
    if short == "recordfield":
        return RecordFieldTimestamp(field)
    message = (
        f"Invalid value {name} for configuration timestamp.extractor: must be Wallclock, Record or"
        " RecordField"
    )
    raise ConfigError(message)
