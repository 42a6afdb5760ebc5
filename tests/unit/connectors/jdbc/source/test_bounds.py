# SPDX-License-Identifier: Apache-2.0
"""Points in time as parameters."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.source.bounds import binder_of, binder_of_sample, resolution_ns
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone

NOON = 1_700_000_000_123_456_000  # 2023-11-14T22:13:20.123456Z
BERLIN = TimeZone.of("Europe/Berlin")
POSTGRESQL = "PostgreSqlDatabaseDialect"


def column(type_name: str, kind: JdbcType = JdbcType.TIMESTAMP, scale: int = 6) -> Column:
    return Column("ts", "ts", kind, type_name, scale=scale)


def test_a_column_with_zone_is_compared_with_the_instant() -> None:
    bound = binder_of(column("timestamptz"), BERLIN)(NOON)
    assert bound == datetime.datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=datetime.UTC)


def test_one_without_is_compared_with_the_wall_time_of_the_zone() -> None:
    expected = datetime.datetime(2023, 11, 14, 23, 13, 20, 123456)  # noqa: DTZ001 - a wall time
    assert binder_of(column("timestamp"), BERLIN)(NOON) == expected
    assert binder_of(None, BERLIN)(NOON) == expected


@pytest.mark.parametrize(
    ("made", "dialect", "expected"),
    [
        (column("timestamptz"), POSTGRESQL, 1),
        (column("timestamp", scale=3), POSTGRESQL, 1_000_000),
        (column("timestamp", scale=0), POSTGRESQL, 1_000_000_000),
        (column("date", JdbcType.DATE), POSTGRESQL, 86_400_000_000_000),
        (column("whatever", scale=0), "OracleDatabaseDialect", 1),
        (None, POSTGRESQL, 1),
    ],
)
def test_the_last_digit_of_a_column_counts(
    made: Column | None, dialect: str, expected: int
) -> None:
    assert resolution_ns(made, dialect) == expected


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (1_600_000_000_000, 1_700_000_000_123),
        ("2020-01-01 00:00:00", "2023-11-14 22:13:20.123456"),
        ("2020-01-01T00:00:00Z", "2023-11-14T22:13:20.123456Z"),
        ("2020-01-01", "2023-11-14"),
        ("what", "2023-11-14 22:13:20.123456"),
        (None, "2023-11-14 22:13:20.123456"),
    ],
)
def test_in_sqlite_the_values_that_are_there_decide(sample: Any, expected: Any) -> None:
    assert binder_of_sample(sample, UTC)(NOON) == expected


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("2020-01-01 00:00:00", "2023-11-14 23:13:20"),
        ("2020-01-01 00:00:00.000", "2023-11-14 23:13:20.000"),
        ("2020-01-01T00:00:00.000000", "2023-11-14T23:13:20.000000"),
    ],
)
def test_text_has_as_many_digits_as_the_sample(sample: str, expected: str) -> None:
    assert binder_of_sample(sample, BERLIN)(NOON // 10**9 * 10**9) == expected
