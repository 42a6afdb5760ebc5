# SPDX-License-Identifier: Apache-2.0
"""Connect's four logical types: their schemas and their base encodings.

=========  =====  ================================================================
name       base   encoding
=========  =====  ================================================================
Decimal    BYTES  unscaled value, two's complement, big-endian; parameter ``scale``
Date       INT32  days since 1970-01-01
Time       INT32  ms since midnight, 0 to 86,400,000 inclusive
Timestamp  INT64  ms since 1970-01-01T00:00Z
=========  =====  ================================================================

Values Python's classes cannot hold stay ``int``; see `barnabas.data.types`. Digits below the
millisecond are cut off (towards the past).

Source: reference page ``data-model``, section 2.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any, Final

from barnabas.data.schema import Schema
from barnabas.data.types import (
    DAY_MS,
    LOGICAL_DATE,
    LOGICAL_DECIMAL,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    MAX_DATE_DAYS,
    MAX_TIMESTAMP_MS,
    MIN_DATE_DAYS,
    MIN_TIMESTAMP_MS,
    Type,
)
from barnabas.errors import DataError

__all__ = [
    "DATE",
    "EXACT",
    "LOGICAL_DECODERS",
    "LOGICAL_ENCODERS",
    "OPTIONAL_DATE",
    "OPTIONAL_TIME",
    "OPTIONAL_TIMESTAMP",
    "TIME",
    "TIMESTAMP",
    "FarTimestamp",
    "decimal_from_unscaled",
    "decimal_scale",
    "decimal_schema",
    "decode_date",
    "decode_decimal",
    "decode_logical",
    "decode_time",
    "decode_timestamp",
    "decode_timestamps",
    "encode_date",
    "encode_decimal",
    "encode_logical",
    "encode_time",
    "encode_timestamp",
    "scale_of",
    "unscaled_value",
]

DATE: Final = Schema(Type.INT32, name=LOGICAL_DATE, version=1)
TIME: Final = Schema(Type.INT32, name=LOGICAL_TIME, version=1)
TIMESTAMP: Final = Schema(Type.INT64, name=LOGICAL_TIMESTAMP, version=1)
OPTIONAL_DATE: Final = DATE.with_attributes(optional=True)
OPTIONAL_TIME: Final = TIME.with_attributes(optional=True)
OPTIONAL_TIMESTAMP: Final = TIMESTAMP.with_attributes(optional=True)

EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Decimal arithmetic that never rounds; the default context keeps 28 digits only."""


class FarTimestamp(int):
    """Ms since the epoch of a point in time that Python cannot hold, where no schema says so.

    With a Timestamp schema such a point is a plain ``int``; without one that would be a number.
    """

    __slots__ = ()


_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_ORDINAL: Final = 719_163
_MILLISECOND: Final = datetime.timedelta(milliseconds=1)
_EXACT_AS_SECONDS_MS: Final = (1 << 32) * 1000
"""From 1833 to 2106 a float of seconds is less than half a microsecond off."""


def decimal_schema(scale: int, **attributes: Any) -> Schema:
    """Make the schema of a Decimal with so many digits after the point; may be negative."""
    parameters = {"scale": str(scale), **attributes.pop("parameters", {})}
    named = {"name": LOGICAL_DECIMAL, "version": 1, **attributes}
    return Schema(Type.BYTES, parameters=parameters, **named)


def decimal_scale(schema: Schema) -> int:
    """Read the scale of a Decimal schema.

    Raises:
        DataError: The parameter is missing or no whole number.
    """
    text = schema.parameters.get("scale")
    if text is None:
        message = f"Invalid Decimal schema {schema!r}: parameter scale not found"
        raise DataError(message)
    try:
        return int(text)
    except ValueError:
        message = f"Invalid Decimal schema: parameter scale must be a whole number, not {text!r}"
        raise DataError(message) from None


def scale_of(value: Decimal) -> int:
    """Count the digits after the point, as Java's ``BigDecimal.scale``.

    Raises:
        DataError: The number is infinite or not a number.
    """
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        message = f"A Decimal must be finite, not {value}"
        raise DataError(message)
    return -exponent


def unscaled_value(value: Decimal) -> int:
    """Return all digits of the number as one integer, as Java's ``unscaledValue``."""
    return int(value.scaleb(scale_of(value), EXACT))


def decimal_from_unscaled(unscaled: int, scale: int) -> Decimal:
    """Make the number whose digits are given and whose point stands at the scale."""
    return Decimal(unscaled).scaleb(-scale, EXACT)


def encode_decimal(schema: Schema, value: Decimal) -> bytes:
    """Encode a Decimal as its unscaled bytes.

    Raises:
        DataError: The number's scale is not the schema's, or it is not a finite Decimal.
    """
    if not isinstance(value, Decimal):
        raise DataError(_wrong_class("Decimal", "decimal.Decimal", value))
    scale = decimal_scale(schema)
    if scale_of(value) != scale:
        message = (
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale"
            f" {scale}, value has scale {scale_of(value)}. Use value.quantize(...)"
        )
        raise DataError(message)
    unscaled = unscaled_value(value)
    bits = (unscaled if unscaled >= 0 else ~unscaled).bit_length()
    return unscaled.to_bytes(bits // 8 + 1, "big", signed=True)


def decode_decimal(schema: Schema, data: bytes) -> Decimal:
    """Decode the unscaled bytes of a Decimal.

    Raises:
        DataError: There are no bytes, or the schema has no scale.
    """
    if not data:
        message = "Invalid Decimal: the unscaled value has no bytes"
        raise DataError(message)
    unscaled = int.from_bytes(data, "big", signed=True)
    return decimal_from_unscaled(unscaled, decimal_scale(schema))


def encode_date(value: datetime.date | int) -> int:
    """Encode a Date as days since the epoch.

    Raises:
        DataError: The value has a time of day, or is no date.
    """
    if isinstance(value, datetime.datetime):
        ms = encode_timestamp(value)
        if ms % DAY_MS:
            message = f"A Date has no time of day, but the value is {value.isoformat()}"
            raise DataError(message)
        return ms // DAY_MS
    if isinstance(value, datetime.date):
        return value.toordinal() - _EPOCH_ORDINAL
    if isinstance(value, int):
        return value
    raise DataError(_wrong_class("Date", "datetime.date", value))


def decode_date(days: int) -> datetime.date | int:
    """Decode days since the epoch; outside the years 1 to 9999 the number itself."""
    if MIN_DATE_DAYS <= days <= MAX_DATE_DAYS:
        return datetime.date.fromordinal(days + _EPOCH_ORDINAL)
    return int(days)


def encode_time(value: datetime.time | datetime.datetime | int) -> int:
    """Encode a Time as ms since midnight.

    Raises:
        DataError: The value has a date other than 1970-01-01 or a zone, or is no time.
    """
    if isinstance(value, datetime.time):
        if value.utcoffset():
            message = f"A Time has no time zone, but the value is {value.isoformat()}"
            raise DataError(message)
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return seconds * 1000 + value.microsecond // 1000
    ms = encode_timestamp(value) if isinstance(value, datetime.datetime) else value
    if not isinstance(ms, int):
        raise DataError(_wrong_class("Time", "datetime.time", value))
    if not 0 <= ms <= DAY_MS:
        message = f"A Time lies between 0 and {DAY_MS} ms after midnight, but the value is {value}"
        raise DataError(message)
    return ms


def decode_time(ms: int) -> datetime.time | int:
    """Decode ms since midnight; 86,400,000 stays a number.

    Raises:
        DataError: The number is negative or larger than a day.
    """
    if 0 <= ms < DAY_MS:
        seconds, ms = divmod(ms, 1000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return datetime.time(hour, minute, second, ms * 1000)
    if ms == DAY_MS:
        return DAY_MS
    message = f"A Time lies between 0 and {DAY_MS} ms after midnight, but the value is {ms}"
    raise DataError(message)


def encode_timestamp(value: datetime.datetime | int) -> int:
    """Encode a Timestamp as ms since the epoch.

    Raises:
        DataError: The value has no time zone, or is no datetime.
    """
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            message = (
                f"A Timestamp needs a time zone, but {value.isoformat()} has none:"
                " write datetime(..., tzinfo=datetime.UTC)"
            )
            raise DataError(message)
        return (value - _EPOCH) // _MILLISECOND
    if isinstance(value, int):
        return value
    raise DataError(_wrong_class("Timestamp", "datetime.datetime with time zone", value))


def decode_timestamp(ms: int) -> datetime.datetime | int:
    """Decode ms since the epoch; outside the years 1 to 9999 the number itself."""
    if MIN_TIMESTAMP_MS <= ms <= MAX_TIMESTAMP_MS:
        return _EPOCH + datetime.timedelta(milliseconds=ms)
    return int(ms)


def decode_timestamps(column: Sequence[int]) -> list[datetime.datetime | int]:
    """Decode many at once, in half the time; see `decode_timestamp`."""
    if column and min(column) >= -_EXACT_AS_SECONDS_MS and max(column) <= _EXACT_AS_SECONDS_MS:
        moment, utc = datetime.datetime.fromtimestamp, datetime.UTC
        return [moment(ms / 1000, utc) for ms in column]
    return [decode_timestamp(ms) for ms in column]


LOGICAL_ENCODERS: Final[dict[str, Callable[[Schema, Any], Any]]] = {
    LOGICAL_DECIMAL: encode_decimal,
    LOGICAL_DATE: lambda _schema, value: encode_date(value),
    LOGICAL_TIME: lambda _schema, value: encode_time(value),
    LOGICAL_TIMESTAMP: lambda _schema, value: encode_timestamp(value),
}
"""Logical name to the function (schema, logical value) -> base value."""

LOGICAL_DECODERS: Final[dict[str, Callable[[Schema, Any], Any]]] = {
    LOGICAL_DECIMAL: decode_decimal,
    LOGICAL_DATE: lambda _schema, value: decode_date(value),
    LOGICAL_TIME: lambda _schema, value: decode_time(value),
    LOGICAL_TIMESTAMP: lambda _schema, value: decode_timestamp(value),
}
"""Logical name to the function (schema, base value) -> logical value."""


def encode_logical(schema: Schema, value: Any) -> Any:
    """Turn a logical value into its base value; null and other schemas' values stay.

    Raises:
        DataError: The value does not fit the logical type.
    """
    encode = LOGICAL_ENCODERS.get(schema.name or "")
    return value if encode is None or value is None else encode(schema, value)


def decode_logical(schema: Schema, value: Any) -> Any:
    """Turn a base value into its logical value; null and other schemas' values stay.

    Raises:
        DataError: The value does not fit the logical type.
    """
    decode = LOGICAL_DECODERS.get(schema.name or "")
    return value if decode is None or value is None else decode(schema, value)


def _wrong_class(logical: str, wanted: str, value: Any) -> str:
    return f"A {logical} must be {wanted}, not {value!r} of class {type(value).__name__}"
