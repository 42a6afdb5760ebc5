# SPDX-License-Identifier: Apache-2.0
"""Oracle, as far as it goes without a server."""

from __future__ import annotations

import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import oracledb
import pytest

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.dialects.oracle import OracleDialect
from barnabas.connectors.jdbc.drivers.oracle import OracleDriver, values_of


def chosen(kind: Any) -> Any:
    cursor = SimpleNamespace(arraysize=7, var=lambda wanted, arraysize: (wanted, arraysize))
    return values_of(cursor, SimpleNamespace(type_code=kind))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (oracledb.DB_TYPE_NUMBER, (Decimal, 7)),
        (oracledb.DB_TYPE_CLOB, (oracledb.DB_TYPE_LONG, 7)),
        (oracledb.DB_TYPE_NCLOB, (oracledb.DB_TYPE_LONG, 7)),
        (oracledb.DB_TYPE_BLOB, (oracledb.DB_TYPE_LONG_RAW, 7)),
        (oracledb.DB_TYPE_VARCHAR, None),
    ],
)
def test_numbers_are_exact_and_large_objects_are_values(kind: Any, expected: Any) -> None:
    assert chosen(kind) == expected


def test_parameters_are_numbered() -> None:
    driver = OracleDriver(Address.parse("jdbc:oracle:thin:@h:1521/x"))
    assert driver.prepare("a = ? AND b = ?", OracleDialect()) == "a = :1 AND b = :2"
    assert driver.arguments([1, 2]) == (1, 2)


def test_the_clock_is_asked_in_utc() -> None:
    asked: list[str] = []
    shown = datetime.datetime(2020, 1, 1)  # noqa: DTZ001 - the driver drops zones
    cursor = SimpleNamespace(execute=asked.append, fetchone=lambda: (shown,))
    driver = OracleDriver(Address.parse("jdbc:oracle:thin:@h:1521/x"))
    now = driver.now(SimpleNamespace(cursor=lambda: cursor), "x", datetime.timezone.min)
    assert now == shown.replace(tzinfo=datetime.UTC)
    assert asked == ["SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL"]
