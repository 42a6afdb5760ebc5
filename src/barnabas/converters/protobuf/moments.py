# SPDX-License-Identifier: Apache-2.0
"""Connect's logical types as Google's and Confluent's messages, field by field.

============ ==================================== =========================================
logical type message                              fields
============ ==================================== =========================================
Decimal      ``confluent.type.Decimal``           value (two's complement), precision, scale
Date         ``google.type.Date``                 year, month, day
Time         ``google.type.TimeOfDay``            hours, minutes, seconds, nanos
Timestamp    ``google.protobuf.Timestamp``        seconds, nanos
============ ==================================== =========================================

Source:
    Reference page *Schema Registry*, section 7.

Differs:
    The Time 24:00 is written with 24 hours, which ``TimeOfDay`` allows; Java writes it as 0:00.
"""

from __future__ import annotations

import datetime
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from barnabas import data
from barnabas.data import calendars
from barnabas.errors import DataError

__all__ = [
    "date_fields",
    "decimal_fields",
    "read_date",
    "read_decimal",
    "read_time",
    "read_timestamp",
    "time_fields",
    "timestamp_fields",
]

_DAY_HOURS, _HOUR_MS, _MINUTE_MS, _SECOND_MS, _MS_NANOS = 24, 3_600_000, 60_000, 1000, 1_000_000
_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799
"""Seconds of the first and of the last Timestamp Protobuf allows: the years 1 to 9999."""


def decimal_fields(value: Decimal) -> dict[str, Any]:
    """Write a Decimal with its own scale and as many digits as it has."""
    unscaled = data.unscaled_value(value)
    bits = (unscaled if unscaled >= 0 else ~unscaled).bit_length()
    return {
        "value": unscaled.to_bytes((bits >> 3) + 1, "big", signed=True),
        "precision": len(str(abs(unscaled))) if bits < 1000 else len(value.as_tuple().digits),
        "scale": data.scale_of(value),
    }


def read_decimal(message: Any) -> Decimal:
    """Read a Decimal; a precision it has cuts its digits.

    Raises:
        DataError: The message has no value.
    """
    if not message.value:
        text = "Invalid Decimal: the unscaled value has no bytes"
        raise DataError(text)
    unscaled = int.from_bytes(message.value, "big", signed=True)
    value = data.decimal_from_unscaled(unscaled, message.scale)
    if not 0 < message.precision < len(value.as_tuple().digits):
        return value
    context = Context(message.precision, ROUND_HALF_UP, MIN_EMIN, MAX_EMAX)
    return context.plus(value)


def date_fields(value: datetime.date | int) -> dict[str, int]:
    """Write a Date.

    Raises:
        DataError: It lies before the year 1 or has a time of day.
    """
    year, month, day = calendars.civil(data.encode_date(value))
    if year < 1:
        text = f"Protobuf's dates begin with the year 1, but the value is {value}"
        raise DataError(text)
    return {"year": year, "month": month, "day": day}


def read_date(message: Any) -> datetime.date | int:
    """Read a Date.

    Raises:
        DataError: There is no such day; a year or month alone is none.
    """
    year, month, day = message.year, message.month, message.day
    if 1 <= month <= 12 and year >= 1:
        days = calendars.days_of(year, month, day)
        if calendars.civil(days) == (year, month, day):
            return data.decode_date(days)
    text = f"Invalid Date: year {year}, month {month}, day {day}"
    raise DataError(text)


def time_fields(value: datetime.time | datetime.datetime | int) -> dict[str, int]:
    """Write a Time.

    Raises:
        DataError: It has a zone or lies outside of the day.
    """
    minutes, ms = divmod(data.encode_time(value), _MINUTE_MS)
    hours, minutes = divmod(minutes, 60)
    seconds, ms = divmod(ms, _SECOND_MS)
    return {"hours": hours, "minutes": minutes, "seconds": seconds, "nanos": ms * _MS_NANOS}


def read_time(message: Any) -> datetime.time | int:
    """Read a Time; nanoseconds are cut to milliseconds.

    Raises:
        DataError: There is no such time of day.
    """
    hours, minutes, seconds = message.hours, message.minutes, message.seconds
    ms = hours * _HOUR_MS + minutes * _MINUTE_MS + seconds * _SECOND_MS + message.nanos // _MS_NANOS
    fits = 0 <= minutes < 60 and 0 <= seconds < 60 and 0 <= message.nanos < 1_000_000_000
    if fits and hours >= 0 and (hours < _DAY_HOURS or ms == _DAY_HOURS * _HOUR_MS):
        return data.decode_time(ms)
    text = (
        f"Invalid Time: hours {hours}, minutes {minutes}, seconds {seconds}, nanos {message.nanos}"
    )
    raise DataError(text)


def timestamp_fields(value: datetime.datetime | int) -> dict[str, int]:
    """Write a Timestamp.

    Raises:
        DataError: It lies outside of the years 1 to 9999, or has no zone.
    """
    seconds, ms = divmod(data.encode_timestamp(value), _SECOND_MS)
    if not _FIRST_S <= seconds <= _LAST_S:
        text = f"Protobuf's timestamps lie in the years 1 to 9999, but the value is {value} ms"
        raise DataError(text)
    return {"seconds": seconds, "nanos": ms * _MS_NANOS}


def read_timestamp(message: Any) -> datetime.datetime | int:
    """Read a Timestamp; nanoseconds are cut to milliseconds.

    Raises:
        DataError: It lies outside of the years 1 to 9999, or its nanoseconds are out of range.
    """
    seconds, nanos = message.seconds, message.nanos
    if not _FIRST_S <= seconds <= _LAST_S or not 0 <= nanos < 1_000_000_000:
        text = f"Invalid Timestamp: seconds {seconds}, nanos {nanos}"
        raise DataError(text)
    return data.decode_timestamp(seconds * _SECOND_MS + nanos // _MS_NANOS)
