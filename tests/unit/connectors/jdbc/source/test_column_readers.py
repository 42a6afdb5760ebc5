# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import io
import uuid
from decimal import Decimal
from typing import Any

import pytest

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.source.column_readers import column_reader
from barnabas.connectors.jdbc.source.moments import UnfitError
from barnabas.connectors.jdbc.source.schemas import (
    POSTGRESQL,
    MappingSettings,
    NumericMapping,
    UnsupportedColumns,
    map_columns,
)

ANY = MappingSettings()
ON_POSTGRESQL = MappingSettings(dialect=POSTGRESQL, unsupported=UnsupportedColumns.STRING)
DAY = datetime.date(2024, 5, 31)
UUID = "12345678-1234-5678-1234-567812345678"


def read(
    kind: JdbcType,
    values: list[Any],
    settings: MappingSettings = ANY,
    type_name: str = "",
    size: tuple[int, int] = (0, 0),
) -> list[Any]:
    column = Column("c", "c", kind, type_name, *size)
    mapped, _ = map_columns([column], settings)
    reader = column_reader(mapped[0], settings)
    return values if reader is None else list(reader(values))


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (JdbcType.INTEGER, [1, True, Decimal("2.00"), "3", 4.0, b"\x05", None], [1, 1, 2, 3, 4, 5]),
        (JdbcType.DOUBLE, [1.5, 2, Decimal("2.5"), "$1,234.50", "($3.00)", None], None),
        (JdbcType.BOOLEAN, [True, 0, "t", "off", b"\x01", b"\0", None], None),
        (JdbcType.VARCHAR, ["a", uuid.UUID(UUID), b"\xc3\xa4", {"a": [1]}, 5, True, None], None),
        (JdbcType.CLOB, ["a", io.StringIO("long"), None], ["a", "long"]),
        (JdbcType.BLOB, [b"a", bytearray(b"b"), memoryview(b"c"), "101", None], None),
        (JdbcType.BLOB, [io.BytesIO(b"long")], [b"long"]),
        (JdbcType.DATE, [DAY, "2024-05-31", None], [DAY, DAY]),
        (JdbcType.TIME, ["12:00:00", None], [datetime.time(12)]),
    ],
)
def test_values_of_any_class_become_those_of_the_schema(
    kind: JdbcType, given: list[Any], expected: list[Any] | None
) -> None:
    known: dict[JdbcType, list[Any]] = {
        JdbcType.DOUBLE: [1.5, 2.0, 2.5, 1234.5, -3.0],
        JdbcType.BOOLEAN: [True, False, True, False, True, False],
        JdbcType.VARCHAR: ["a", UUID, "ä", '{"a": [1]}', "5", "true"],
        JdbcType.BLOB: [b"a", b"b", b"c", b"101"],
    }
    wanted: list[Any] = known[kind] if expected is None else expected
    found = read(kind, given)
    assert found == wanted + [None] * given.count(None)
    assert [type(each) for each in found[: len(wanted)]] == [type(each) for each in wanted]


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (JdbcType.TINYINT, 128, "outside of INT8, -128 to 127"),
        (JdbcType.BIGINT, 1 << 63, "outside of INT64"),
        (JdbcType.INTEGER, Decimal("1.5"), "digits behind the point"),
        (JdbcType.INTEGER, "secret", "is no number but a value of class str"),
        (JdbcType.INTEGER, float("nan"), "is no number"),
        (JdbcType.DOUBLE, "secret", "is no number"),
        (JdbcType.BOOLEAN, "secret", "neither true nor false"),
        (JdbcType.VARCHAR, b"\xff", "no UTF-8 text"),
        (JdbcType.BLOB, 1.5, "is no bytes but a value of class float"),
        (JdbcType.DECIMAL, "secret", "is no number"),
        (JdbcType.DECIMAL, Decimal("NaN"), "is NaN"),
        (JdbcType.DECIMAL, Decimal("1.5"), "more than 0 digits behind the point"),
        (JdbcType.TIMESTAMP, "secret", "does not look like a time"),
    ],
)
def test_what_does_not_fit_is_refused_without_its_value(
    kind: JdbcType, value: Any, reason: str
) -> None:
    with pytest.raises(UnfitError, match=reason) as caught:
        read(kind, [None, value])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", [Decimal("1.5"), "1.5", 1.5, Decimal("1.50")])
def test_decimals_get_the_scale_of_their_column(value: Any) -> None:
    found = read(JdbcType.DECIMAL, [value, None], size=(10, 2))
    assert str(found[0]) == "1.50"


def test_long_decimals_keep_all_digits() -> None:
    digits = "1" * 60 + ".5"
    assert read(JdbcType.NUMERIC, [Decimal(digits)], size=(70, 3)) == [Decimal(digits)]


def test_a_numeric_without_limits_gets_127_digits() -> None:
    found = read(JdbcType.NUMERIC, [Decimal("1.5")], ON_POSTGRESQL, "numeric")
    assert found[0].as_tuple().exponent == -127


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_no_decimal_can_be_are_refused(value: str) -> None:
    values = [Decimal("1.00"), None, Decimal(value)]
    for given in (values, [*values, -Decimal(value)]):
        with pytest.raises(UnfitError, match=f"is {value}, which Connect's Decimal cannot be"):
            read(JdbcType.NUMERIC, given, ON_POSTGRESQL, "numeric", (10, 2))


def test_usual_values_of_postgresql_are_not_touched() -> None:
    usual: list[tuple[JdbcType, str, list[Any]]] = [
        (JdbcType.BIGINT, "int8", [1, None]),
        (JdbcType.VARCHAR, "text", ["a", None]),
        (JdbcType.OTHER, "jsonb", ["{}", None]),
        (JdbcType.BIT, "bool", [True, None]),
    ]
    for kind, name, values in usual:
        assert read(kind, values, ON_POSTGRESQL, name, (1, 0)) is values
    decimals = [Decimal("1.00"), None, Decimal("0.00")]
    assert read(JdbcType.NUMERIC, decimals, ON_POSTGRESQL, "numeric", (10, 2)) == decimals


@pytest.mark.parametrize(
    ("bits", "value", "expected"), [(1, "1", True), (3, "101", 101), (9, "1" * 9, b"111111111")]
)
def test_bits_of_postgresql_are_read_as_its_java_driver_does(
    bits: int, value: str, expected: object
) -> None:
    assert read(JdbcType.BIT, [value], ON_POSTGRESQL, "bit", (bits, 0)) == [expected]


def test_money_of_postgresql_is_a_number() -> None:
    assert read(JdbcType.DOUBLE, ["$1,234.50", "-$1.00"], ON_POSTGRESQL, "money") == [1234.5, -1.0]


def test_uuids_of_sql_server_are_in_upper_case_as_in_java() -> None:
    value = uuid.UUID("abcdef00-1234-5678-1234-567812345678")
    assert read(JdbcType.CHAR, [value, None], type_name="uniqueidentifier") == [
        "ABCDEF00-1234-5678-1234-567812345678",
        None,
    ]


def test_unsupported_columns_are_the_databases_text() -> None:
    assert read(JdbcType.ARRAY, ["{1,2}", None], ON_POSTGRESQL, "_int4") == ["{1,2}", None]


def test_a_number_with_digits_is_never_cut_to_a_whole_one() -> None:
    best_fit = MappingSettings(dialect=POSTGRESQL, numeric_mapping=NumericMapping.BEST_FIT)
    with pytest.raises(UnfitError, match=r"digits behind the point.*change numeric\.mapping"):
        read(JdbcType.NUMERIC, [Decimal("1.5")], best_fit, "numeric")
    assert read(JdbcType.NUMERIC, [Decimal(15)], best_fit, "numeric") == [15]


def test_nothing_and_nulls_alone_are_fine() -> None:
    for kind in (JdbcType.INTEGER, JdbcType.VARCHAR, JdbcType.TIMESTAMP, JdbcType.DATE):
        assert read(kind, []) == []
        assert read(kind, [None, None]) == [None, None]
    assert read(JdbcType.DATE, [2024], type_name="YEAR") == [datetime.date(2024, 1, 1)]
