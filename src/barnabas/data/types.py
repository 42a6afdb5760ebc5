# SPDX-License-Identifier: Apache-2.0
"""The types of Connect and the Python values that stand for them.

======================  =====================================================================
type                    Python value
======================  =====================================================================
INT8 INT16 INT32 INT64  ``int`` in range, or the marked `Int8` … `Int64` of the same width
FLOAT32 FLOAT64         ``float``, or the marked `Float32`, `Float64` of the same width
BOOLEAN STRING          ``bool``, ``str``
BYTES                   ``bytes`` (``bytearray`` and ``memoryview`` are accepted)
ARRAY MAP STRUCT        ``list`` (``tuple``), ``dict``, ``dict`` by field name (or `Struct`)
Decimal                 ``decimal.Decimal``, finite
Date                    ``datetime.date``
Time                    ``datetime.time`` without zone
Timestamp               ``datetime.datetime`` with zone
======================  =====================================================================

Connect's dates reach further than Python's (years 1 to 9999). A Date or Timestamp that Python
cannot hold, and the Time 86,400,000 ms (24:00), is the plain ``int`` of its base encoding instead:
nothing is lost on the way through. An ``int`` inside Python's range is refused there.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from barnabas.data.numbers import (
    FLOAT32_MAX,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    MarkedFloat,
    MarkedInt,
)

__all__ = [
    "DAY_MS",
    "LOGICAL_DATE",
    "LOGICAL_DECIMAL",
    "LOGICAL_NAMES",
    "LOGICAL_TIME",
    "LOGICAL_TIMESTAMP",
    "MAX_DATE_DAYS",
    "MAX_TIMESTAMP_MS",
    "MIN_DATE_DAYS",
    "MIN_TIMESTAMP_MS",
    "Type",
    "matcher",
]


class Type(enum.Enum):
    """The type of a schema; the value is Connect's lower-case name."""

    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BOOLEAN = "boolean"
    STRING = "string"
    BYTES = "bytes"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"

    @property
    def is_primitive(self) -> bool:
        """Whether values of the type hold no other values."""
        return self not in _COMPOUND


_COMPOUND: Final = frozenset({Type.ARRAY, Type.MAP, Type.STRUCT})

LOGICAL_DECIMAL: Final = "org.apache.kafka.connect.data.Decimal"
LOGICAL_DATE: Final = "org.apache.kafka.connect.data.Date"
LOGICAL_TIME: Final = "org.apache.kafka.connect.data.Time"
LOGICAL_TIMESTAMP: Final = "org.apache.kafka.connect.data.Timestamp"
LOGICAL_NAMES: Final = frozenset({LOGICAL_DECIMAL, LOGICAL_DATE, LOGICAL_TIME, LOGICAL_TIMESTAMP})

DAY_MS: Final = 86_400_000
MIN_DATE_DAYS: Final = -719_162
"""Days from the epoch to 0001-01-01, the first `datetime.date`."""
MAX_DATE_DAYS: Final = 2_932_896
"""Days from the epoch to 9999-12-31, the last `datetime.date`."""
MIN_TIMESTAMP_MS: Final = MIN_DATE_DAYS * DAY_MS
MAX_TIMESTAMP_MS: Final = (MAX_DATE_DAYS + 1) * DAY_MS - 1

_MIN_INT32, _MAX_INT32 = -(1 << 31), (1 << 31) - 1
_MIN_INT64, _MAX_INT64 = -(1 << 63), (1 << 63) - 1

Matcher = Callable[[object], bool]


def _integer_matcher(marked: type[MarkedInt]) -> Matcher:
    high = (1 << (marked.bits - 1)) - 1
    low = -high - 1

    def matches(value: object) -> bool:
        if type(value) is int:
            return low <= value <= high
        if isinstance(value, bool | MarkedInt):
            return type(value) is marked
        return isinstance(value, int) and low <= value <= high

    return matches


def _matches_float32(value: object) -> bool:
    if type(value) is Float32:
        return True
    if not isinstance(value, float) or isinstance(value, MarkedFloat):
        return False
    return not FLOAT32_MAX < abs(value) < float("inf")


def _matches_float64(value: object) -> bool:
    if type(value) is float:
        return True
    return isinstance(value, float) and (
        not isinstance(value, MarkedFloat) or type(value) is Float64
    )


def _instance_matcher(*classes: type) -> Matcher:
    def matches(value: object) -> bool:
        return isinstance(value, classes)

    return matches


def _matches_map(value: object) -> bool:
    # A Struct is a dict that carries a schema; it stands for a STRUCT, never for a MAP.
    return isinstance(value, dict) and not hasattr(value, "schema")


def _matches_decimal(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite()


def _matches_date(value: object) -> bool:
    if isinstance(value, datetime.datetime):
        return value.tzinfo is not None
    if isinstance(value, datetime.date):
        return True
    return _is_outside(value, (MIN_DATE_DAYS, MAX_DATE_DAYS), (_MIN_INT32, _MAX_INT32))


def _matches_time(value: object) -> bool:
    if isinstance(value, datetime.time):
        return not value.utcoffset()
    if isinstance(value, datetime.datetime):
        return value.tzinfo is not None
    return type(value) is int and value == DAY_MS


def _matches_timestamp(value: object) -> bool:
    if isinstance(value, datetime.datetime):
        return value.tzinfo is not None
    return _is_outside(value, (MIN_TIMESTAMP_MS, MAX_TIMESTAMP_MS), (_MIN_INT64, _MAX_INT64))


def _is_outside(value: object, held: tuple[int, int], whole: tuple[int, int]) -> bool:
    if type(value) is not int:
        return False
    return not held[0] <= value <= held[1] and whole[0] <= value <= whole[1]


_BY_TYPE: Final[dict[Type, Matcher]] = {
    Type.INT8: _integer_matcher(Int8),
    Type.INT16: _integer_matcher(Int16),
    Type.INT32: _integer_matcher(Int32),
    Type.INT64: _integer_matcher(Int64),
    Type.FLOAT32: _matches_float32,
    Type.FLOAT64: _matches_float64,
    Type.BOOLEAN: _instance_matcher(bool),
    Type.STRING: _instance_matcher(str),
    Type.BYTES: _instance_matcher(bytes, bytearray, memoryview),
    Type.ARRAY: _instance_matcher(list, tuple),
    Type.MAP: _matches_map,
    Type.STRUCT: _instance_matcher(dict),
}

_BY_LOGICAL_NAME: Final[dict[str, Matcher]] = {
    LOGICAL_DECIMAL: _matches_decimal,
    LOGICAL_DATE: _matches_date,
    LOGICAL_TIME: _matches_time,
    LOGICAL_TIMESTAMP: _matches_timestamp,
}


def matcher(kind: Type, name: str | None) -> Matcher:
    """Return the test whether a value may stand for a type, looking at the value's surface only.

    The logical name decides alone when it is one of Connect's, as in Java. Elements of arrays and
    maps and fields of structs are not looked at: that is `validate_value`'s part.
    """
    if name is not None and name in _BY_LOGICAL_NAME:
        return _BY_LOGICAL_NAME[name]
    return _BY_TYPE[kind]
