# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime

import pytest

from barnabas.connectors.jdbc.source.granularity import reader
from barnabas.connectors.jdbc.source.moments import Moments
from barnabas.connectors.jdbc.source.schemas import Granularity
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone

BERLIN = TimeZone.of("Europe/Berlin")


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        (Granularity.MICROS_LONG, 1_700_000_000_120_000),
        (Granularity.MICROS_STRING, "1700000000120000"),
        (Granularity.MICROS_ISO_DATETIME_STRING, "2023-11-14T22:13:20.120000"),
        (Granularity.NANOS_LONG, 1_700_000_000_120_000_000),
        (Granularity.NANOS_STRING, "1700000000120000000"),
        (Granularity.NANOS_ISO_DATETIME_STRING, "2023-11-14T22:13:20.120000000"),
    ],
)
def test_a_timestamp_is_written_as_asked(granularity: Granularity, expected: object) -> None:
    read = reader(Moments(UTC, is_legacy=True), granularity, UTC)
    assert list(read(["2023-11-14 22:13:20.12", None])) == [expected, None]


def test_connects_own_timestamp_is_a_datetime() -> None:
    read = reader(Moments(BERLIN, is_legacy=True), Granularity.CONNECT_LOGICAL, BERLIN)
    expected = datetime.datetime(2023, 11, 14, 21, 13, 20, 120_000, tzinfo=datetime.UTC)
    assert list(read(["2023-11-14 22:13:20.12"])) == [expected]


def test_iso_texts_are_those_of_the_zone() -> None:
    read = reader(Moments(BERLIN, is_legacy=True), Granularity.MICROS_ISO_DATETIME_STRING, BERLIN)
    values = ["2023-11-14 22:13:20.12", "2023-11-14 22:13:20.12+00"]
    expected = ["2023-11-14T22:13:20.120000", "2023-11-14T23:13:20.120000"]
    assert [read([value])[0] for value in values] == expected


def test_before_1970_the_fraction_counts_onwards() -> None:
    read = reader(Moments(UTC, is_legacy=True), Granularity.NANOS_LONG, UTC)
    assert list(read(["1969-12-31 23:59:59.5"])) == [-500_000_000]
