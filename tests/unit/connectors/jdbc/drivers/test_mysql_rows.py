# SPDX-License-Identifier: Apache-2.0
"""Rows of MySQL's text protocol."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymysql import converters
from pymysql.connections import MySQLResult
from pymysql.constants import FIELD_TYPE as T

from barnabas.connectors.jdbc.drivers.mysql_rows import RowReader, compile_parser, converter_of

END = b"\xfe\x00\x00\x02\x00"


def value(data: bytes | None) -> bytes:
    if data is None:
        return b"\xfb"
    if len(data) < 251:
        return bytes([len(data)]) + data
    for first, width in ((252, 2), (253, 3), (254, 8)):
        if len(data) < 1 << (8 * width):
            return bytes([first]) + len(data).to_bytes(width, "little") + data
    raise AssertionError


def packets(*payloads: bytes, first: int = 0) -> bytes:
    done = b""
    number = first
    for payload in payloads:
        for start in range(0, len(payload) + 1, 0xFFFFFF):
            part = payload[start : start + 0xFFFFFF]
            done += len(part).to_bytes(3, "little") + bytes([number % 256]) + part
            number += 1
    return done


class Raw:
    """What a reader uses of a connection of PyMySQL."""

    encoding = "utf8"
    is_closed = False

    def __init__(self, data: bytes, first: int = 0) -> None:
        self._rfile = io.BytesIO(data)
        self._next_seq_id = first

    def _force_close(self) -> None:
        self.is_closed = True


def reader(raw: Raw, *codes: int) -> RowReader:
    result = MySQLResult(SimpleNamespace(_reset=None))  # type: ignore[arg-type]  # unused here
    result.fields = [SimpleNamespace(type_code=code) for code in codes]
    result.converters = [("ascii", converters.decoders.get(code)) for code in codes]
    result.unbuffered_active = True
    return RowReader(raw, result)


@given(st.lists(st.none() | st.binary(max_size=300), min_size=1, max_size=5))
def test_every_packet_is_taken_apart(values: list[bytes | None]) -> None:
    parse = compile_parser([None] * len(values))
    assert parse(b"".join(map(value, values))) == tuple(values)


@pytest.mark.parametrize("size", [250, 251, 65_535, 65_536, 16_777_215])
def test_lengths_of_all_widths_are_read(size: int) -> None:
    parse = compile_parser([len, None])
    assert parse(value(b"x" * size) + value(b"y")) == (size, b"y")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (T.LONGLONG, "-12"),
        (T.DOUBLE, "1.5e300"),
        (T.NEWDECIMAL, "12.30"),
        (T.DATETIME, "2024-02-29 23:59:58"),
        (T.DATETIME, "2024-02-29 23:59:58.123456"),
        (T.TIMESTAMP, "2024-02-29 23:59:58.120"),
        (T.DATETIME, "0000-00-00 00:00:00"),
        (T.DATETIME, "2024-00-00 10:00:00"),
        (T.DATE, "2024-02-29"),
        (T.DATE, "0000-00-00"),
        (T.TIME, "-838:59:59"),
        (T.VARCHAR, "text"),
        (T.YEAR, "2024"),
    ],
)
def test_values_are_those_of_pymysql(code: int, text: str) -> None:
    theirs: Callable[[str], Any] | None = converters.decoders.get(code)
    if theirs is converters.through:
        theirs = None
    ours = converter_of(code, "ascii", theirs)
    assert ours is not None
    assert ours(text.encode()) == (text if theirs is None else theirs(text))


def test_bytes_stay_bytes() -> None:
    assert converter_of(T.BLOB, None, None) is None
    to_number = converter_of(T.BIT, None, int.from_bytes)
    assert to_number is not None
    assert to_number(b"\x02") == 2


def test_rows_are_read_up_to_the_end() -> None:
    rows = [value(b"1") + value(b"1.50"), value(b"2") + value(None)]
    raw = Raw(packets(*rows, END, first=254), first=254)
    found = reader(raw, T.LONG, T.NEWDECIMAL)
    assert found.read(1) == [(1, Decimal("1.50"))]
    assert not found.is_at_end
    assert found.read(5) == [(2, None)]
    assert found.is_at_end
    assert found.read(5) == []
    assert raw._next_seq_id == 1


def test_a_row_of_more_than_16_mb_comes_in_two_packets() -> None:
    row = value(b"x" * 0x1000000)
    assert row[0] == 0xFE
    found = reader(Raw(packets(row, value(b"y"), END)), T.BLOB)
    found._parse = compile_parser([len])
    assert found.read(5) == [(0x1000000,), (1,)]


def test_an_error_of_the_server_is_raised_and_ends_the_rows() -> None:
    error = b"\xff" + (1317).to_bytes(2, "little") + b"#70100Query execution was interrupted"
    found = reader(Raw(packets(value(b"1"), error)), T.LONG)
    with pytest.raises(pymysql.err.Error) as caught:
        found.read(5)
    assert caught.value.args[0] == 1317
    assert found.is_at_end


@pytest.mark.parametrize("cut", [2, 4, 5])
def test_a_connection_that_ends_early_is_lost(cut: int) -> None:
    raw = Raw(packets(value(b"12"))[:cut])
    with pytest.raises(pymysql.err.OperationalError, match="Lost connection") as caught:
        reader(raw, T.LONG).read(1)
    assert caught.value.args[0] == 2013
    assert raw.is_closed


def test_rows_that_are_left_end_the_connection() -> None:
    raw = Raw(packets(value(b"1"), END))
    found = reader(raw, T.LONG)
    found.abandon()
    assert raw.is_closed
    assert found.is_at_end
    done = Raw(packets(END))
    finished = reader(done, T.LONG)
    finished.read(1)
    finished.abandon()
    assert not done.is_closed


def test_a_packet_out_of_order_is_a_lost_connection() -> None:
    raw = Raw(packets(value(b"1"), first=7))
    with pytest.raises(pymysql.err.OperationalError, match="Lost connection"):
        reader(raw, T.LONG).read(1)


def test_an_error_of_the_network_is_a_lost_connection() -> None:
    raw = Raw(b"")

    def fail(_: int) -> bytes:
        raise TimeoutError

    raw._rfile = SimpleNamespace(read=fail)  # type: ignore[assignment]  # it is a double
    with pytest.raises(pymysql.err.OperationalError, match="Lost connection"):
        reader(raw, T.LONG).read(1)


def test_moments_are_read_as_python_has_them() -> None:
    convert = converter_of(T.DATETIME, "ascii", None)
    assert convert is not None
    assert convert(b"2024-01-02 03:04:05.678") == datetime.datetime(  # noqa: DTZ001 - it has none
        2024, 1, 2, 3, 4, 5, 678000
    )
