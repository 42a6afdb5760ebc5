# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.source.positions import (
    find_column,
    moments_reader,
    numbers_reader,
)
from barnabas.connectors.jdbc.source.schemas import Granularity, MappingSettings
from barnabas.connectors.jdbc.time_zones import TimeZone
from barnabas.errors import DataError

SETTINGS = MappingSettings()


def columns(*kinds: JdbcType) -> list[Column]:
    return [Column(f"c{index}", f"c{index}", kind) for index, kind in enumerate(kinds)]


def test_a_column_is_found_by_its_exact_name_first() -> None:
    found = [Column(name, name, JdbcType.BIGINT) for name in ("ID", "id", "Name")]
    assert find_column(found, "id") == 1
    assert find_column(found, "name") == 2


def test_a_name_that_fits_several_columns_is_refused() -> None:
    found = [Column(name, name, JdbcType.BIGINT) for name in ("ID", "Id")]
    with pytest.raises(DataError, match="when case is ignored: ID, Id"):
        find_column(found, "id")


def test_a_missing_column_is_told_with_those_there_are() -> None:
    with pytest.raises(DataError, match="no column x in the result, whose columns are: c0, c1"):
        find_column(columns(JdbcType.BIGINT, JdbcType.BIGINT), "x")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (JdbcType.TINYINT, -5, -5),
        (JdbcType.BIGINT, (1 << 63) - 1, (1 << 63) - 1),
        (JdbcType.DECIMAL, Decimal(42), 42),
        (JdbcType.NUMERIC, Decimal("42.00"), 42),
    ],
)
def test_incrementing_values_are_whole_numbers(kind: JdbcType, value: Any, expected: int) -> None:
    read = numbers_reader(columns(kind), "C0", SETTINGS)
    found = read([(value,), (1,)])
    assert (found, list(map(type, found))) == ([expected, 1], [int, int])


def test_null_in_the_incrementing_column_is_refused() -> None:
    read = numbers_reader(columns(JdbcType.BIGINT), "c0", SETTINGS)
    with pytest.raises(DataError, match="Null value for incrementing column of type: BIGINT"):
        read([(1,), (None,)])


@pytest.mark.parametrize("value", [Decimal("1.5"), 1 << 63, "x"])
def test_a_value_that_cannot_be_an_offset_is_refused(value: Any) -> None:
    read = numbers_reader(columns(JdbcType.NUMERIC), "c0", SETTINGS)
    with pytest.raises(DataError, match="Invalid value for incrementing column c0"):
        read([(value,)])


@pytest.mark.parametrize(
    "kind", [JdbcType.VARCHAR, JdbcType.DOUBLE, JdbcType.DATE, JdbcType.ARRAY, JdbcType.TIMESTAMP]
)
def test_only_numbers_increment(kind: JdbcType) -> None:
    with pytest.raises(DataError, match="Invalid type for incrementing column: c0 is of type"):
        numbers_reader(columns(kind), "c0", SETTINGS)


@pytest.mark.parametrize("granularity", Granularity)
def test_a_timestamp_is_its_ns_whatever_is_written(granularity: Granularity) -> None:
    settings = MappingSettings(granularity=granularity)
    read = moments_reader(columns(JdbcType.TIMESTAMP), ["c0"], settings)
    assert read([("1970-01-01 00:00:01.000001",), (None,)]) == [1_000_001_000, None]


def test_the_first_timestamp_that_is_there_counts() -> None:
    read = moments_reader(
        columns(JdbcType.TIMESTAMP, JdbcType.BIGINT, JdbcType.DATE), ["C2", "c0"], SETTINGS
    )
    second = "1970-01-01 00:00:01"
    rows = [(second, 0, datetime.date(1970, 1, 2)), (second, 0, None), (None, 0, None)]
    assert read(rows) == [86_400_000_000_000, 1_000_000_000, None]


def test_bounds_and_values_share_a_zone() -> None:
    zone = TimeZone.of("America/New_York")
    read = moments_reader(columns(JdbcType.TIMESTAMP), ["c0"], MappingSettings(zone=zone))
    (nanos,) = read([("2024-11-03 01:30:00.5",)])
    assert nanos is not None
    assert zone.wall_of(nanos).isoformat(" ") == "2024-11-03 01:30:00.500000"


def test_a_column_without_times_is_refused_except_in_sqlite() -> None:
    text = columns(JdbcType.VARCHAR)
    with pytest.raises(DataError, match="c0 of type VARCHAR holds no points in time"):
        moments_reader(text, ["c0"], SETTINGS)
    read = moments_reader(text, ["c0"], MappingSettings(dialect="SqliteDatabaseDialect"))
    assert read([("1970-01-01 00:00:01",), (1000,)]) == [1_000_000_000, 1_000_000_000]
    with pytest.raises(DataError, match="timestamp column c0 is a text that does not look like"):
        read([("soon",)])
