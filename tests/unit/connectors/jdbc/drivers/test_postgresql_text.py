# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import psycopg
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq import Format

from barnabas.connectors.jdbc.drivers.postgresql_text import SESSION, load_as_text

BOOL, INT4, NUMERIC, TIMESTAMP, JSONB, INT4_ARRAY, UNKNOWN = 16, 23, 1700, 1114, 3802, 1007, 99_999


class Cursor:
    connection = None

    def __init__(self) -> None:
        self.adapters = AdaptersMap(psycopg.adapters)


def loaded(oid: int, text: bytes) -> object:
    cursor = Cursor()
    load_as_text(cursor, [BOOL, INT4, NUMERIC, TIMESTAMP, JSONB, INT4_ARRAY, UNKNOWN])
    return Transformer(cursor).get_loader(oid, Format.TEXT).load(text)


def test_times_json_and_arrays_stay_text() -> None:
    assert loaded(TIMESTAMP, b"infinity") == "infinity"
    assert loaded(JSONB, b'{"a": 1.0}') == '{"a": 1.0}'
    assert loaded(INT4_ARRAY, b"{1,2}") == "{1,2}"
    assert loaded(UNKNOWN, b"(1,a)") == "(1,a)"


def test_numbers_and_booleans_are_pythons() -> None:
    assert loaded(INT4, b"5") == 5
    assert loaded(BOOL, b"t") is True
    assert str(loaded(NUMERIC, b"1.50")) == "1.50"


def test_other_cursors_load_as_before() -> None:
    assert loaded(TIMESTAMP, b"2024-05-31 00:00:00") == "2024-05-31 00:00:00"
    other = Transformer().get_loader(TIMESTAMP, Format.TEXT)
    assert type(other).__name__ == "TimestampLoader"


def test_the_session_writes_iso_dates() -> None:
    assert "SET DateStyle TO 'ISO, YMD'" in SESSION
