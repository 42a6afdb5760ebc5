# SPDX-License-Identifier: Apache-2.0
"""Dates and times of records as the clocks and calendars of the database show them. Pure.

A Date is midnight UTC in Connect, so in a zone west of it the day before is written unless
``date.timezone=utc``; a Time is one of 1970-01-01. That is what JDBC drivers do with a calendar.

Source: reference page ``jdbc``, sections 6 and 6.4 (``dialect/GenericDatabaseDialect``, binding).
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any, Final

from barnabas import data
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone
from barnabas.data.calendars import civil
from barnabas.errors import DataError

__all__ = ["MomentRules", "moment_converter", "since_epoch"]

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_GREGORIAN_START: Final = datetime.date(1582, 10, 15)
_EPOCH_DAY: Final = datetime.date(1970, 1, 1)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)

Convert = Callable[[Any], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class MomentRules:
    """What the settings say about dates and times."""

    zone: TimeZone = UTC
    """``db.timezone``."""
    date_zone: TimeZone = UTC
    """Zone in which the day of a Date is told."""
    is_legacy: bool = True
    """Whether days before 1582-10-15 are told by the Julian calendar."""


def moment_converter(schema: data.Schema, rules: MomentRules) -> Convert | None:
    """Return what turns a Date, Time or Timestamp into what its dialect's binder expects.

    Returns:
        A function that raises DataError for a moment outside the years 1 to 9999; None for other
        schemas. What it returns: `datetime.date`, `datetime.time` without zone,
        `datetime.datetime` with the zone.
    """
    make = _MAKERS.get(schema.name or "")
    return None if make is None else make(rules)


def since_epoch(digits: int, rules: MomentRules) -> Convert:
    """Return what turns a count of µs or ns since 1970, a number or text, into a Timestamp.

    Args:
        digits: 6 for µs, 9 for ns, which are rounded to µs.
        rules: The settings.
    """
    to_zone = _timestamp(rules)

    def convert(value: int | str) -> datetime.datetime:
        try:
            count = int(value)
        except ValueError:
            message = (
                "A field of timestamp.fields.list must hold a whole number of"
                f" {'microseconds' if digits == 6 else 'nanoseconds'} since 1970, but it holds"
                " another text"
            )
            raise DataError(message) from None
        micros = count if digits == 6 else (count + 500) // 1000
        try:
            moment = _EPOCH + datetime.timedelta(microseconds=micros)
        except OverflowError:
            raise DataError(_outside("Timestamp")) from None
        converted: datetime.datetime = to_zone(moment)
        return converted

    return convert


def _date(rules: MomentRules) -> Convert:
    zone = rules.date_zone

    def convert(value: datetime.date | int) -> datetime.date:
        if isinstance(value, int):
            raise DataError(_outside("Date"))
        if isinstance(value, datetime.datetime):
            value = _EPOCH_DAY + datetime.timedelta(days=data.encode_date(value))
        if not zone.is_utc:
            midnight = datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
            value = _in_zone(midnight, zone, "Date").date()
        return _julian(value) if rules.is_legacy and value < _GREGORIAN_START else value

    return convert


def _time(rules: MomentRules) -> Convert:
    zone = rules.zone

    def convert(value: datetime.time | datetime.datetime | int) -> datetime.time:
        if zone.is_utc and type(value) is datetime.time:
            return value.replace(tzinfo=None)
        if isinstance(value, datetime.time):
            moment = datetime.datetime.combine(_EPOCH_DAY, value, datetime.UTC)
        else:
            moment = _EPOCH + datetime.timedelta(milliseconds=data.encode_time(value))
        return moment.astimezone(zone.zone).time()

    return convert


def _timestamp(rules: MomentRules) -> Convert:
    zone = rules.zone

    def convert(value: datetime.datetime | int) -> datetime.datetime:
        if isinstance(value, int):
            raise DataError(_outside("Timestamp"))
        shown = value if zone.is_utc and value.tzinfo is datetime.UTC else None
        shown = shown or _in_zone(value, zone, "Timestamp")
        if rules.is_legacy and shown.year < 1583 and shown.date() < _GREGORIAN_START:
            day = _julian(shown.date())
            return shown.replace(year=day.year, month=day.month, day=day.day)
        return shown

    return convert


_MAKERS: Final[dict[str, Callable[[MomentRules], Convert]]] = {
    data.LOGICAL_DATE: _date,
    data.LOGICAL_TIME: _time,
    data.LOGICAL_TIMESTAMP: _timestamp,
}


def _in_zone(moment: datetime.datetime, zone: TimeZone, what: str) -> datetime.datetime:
    try:
        return moment.astimezone(zone.zone)
    except OverflowError:
        raise DataError(_outside(what)) from None


def _julian(day: datetime.date) -> datetime.date:
    """Name a day before the Gregorian calendar as the Julian one did."""
    try:
        return datetime.date(*civil((day - _EPOCH_DAY).days))
    except ValueError:
        message = (
            "A day is a leap day of the Julian calendar, which the database does not have; set"
            " date.calendar.system=PROLEPTIC_GREGORIAN"
        )
        raise DataError(message) from None


def _outside(what: str) -> str:
    return f"A {what} lies outside of the years 1 to 9999, which cannot be written to a database"
