# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import psycopg
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq import Format

from barnabas.connectors.jdbc.drivers.postgresql_text import load_as_text, prepare_session

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


class Session:
    """A connection that remembers what it was asked; one statement may be unknown to it."""

    def __init__(self, unknown: str = "", **settings: str) -> None:
        self.info = self
        self.done: list[str] = []
        self._unknown = unknown
        self._settings = settings

    def parameter_status(self, name: str) -> str | None:
        return self._settings.get(name)

    def execute(self, statement: str) -> None:
        if self._unknown and self._unknown in statement:
            raise psycopg.errors.UndefinedObject
        self.done.append(statement)

    def commit(self) -> None:
        self.done.append("commit")

    def rollback(self) -> None:
        self.done.append("rollback")


def test_a_session_that_writes_other_dates_is_changed() -> None:
    session = Session(DateStyle="German, DMY", IntervalStyle="iso_8601")
    prepare_session(session)
    assert [each for each in session.done if each != "commit"] == [
        "SET extra_float_digits TO 1",
        "SET DateStyle TO ISO",
        "SET IntervalStyle TO postgres",
    ]
    assert session.done[-1] == "commit"


def test_a_usual_session_is_left_alone() -> None:
    session = Session(DateStyle="ISO, MDY", IntervalStyle="postgres", client_encoding="UTF8")
    prepare_session(session)
    assert session.done == ["SET extra_float_digits TO 1", "commit"]


def test_a_server_need_not_know_all_settings() -> None:
    session = Session(unknown="extra_float_digits", DateStyle="SQL, DMY")
    prepare_session(session)
    assert session.done == ["rollback", "SET DateStyle TO ISO", "commit"]
