# SPDX-License-Identifier: Apache-2.0
"""What values of real databases become, through their drivers."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from barnabas import data
from barnabas.config import Password
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.source.schemas import (
    CalendarSystem,
    Granularity,
    MappingSettings,
    NumericMapping,
    UnsupportedColumns,
    shown_schema,
)
from barnabas.connectors.jdbc.source.values import RowMapping
from barnabas.connectors.jdbc.time_zones import TimeZone
from barnabas.errors import DataError
from tests.services.database_server import ServerDatabase

UTC = datetime.UTC
NOON = datetime.datetime(2024, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
DAY = datetime.date(2024, 7, 1)


@contextlib.contextmanager
def connected(settings: Mapping[str, str]) -> Iterator[Connection]:
    password = settings.get("connection.password")
    database = Database(
        DatabaseSettings(
            url=settings["connection.url"],
            user=settings.get("connection.user"),
            password=None if password is None else Password(password),
        )
    )
    connection = database.connect()
    try:
        yield connection
    finally:
        connection.close()


def read(
    settings: Mapping[str, str], query: str, **options: Any
) -> tuple[RowMapping, list[dict[str, Any]]]:
    with connected(settings) as connection:
        stream = connection.stream(query)
        mapping = RowMapping.of(
            stream.columns, MappingSettings(dialect=connection.dialect.name, **options)
        )
        rows = mapping.rows(stream.fetch(100))
        stream.close()
    return mapping, rows


def value(settings: Mapping[str, str], expression: str, **options: Any) -> Any:
    """Read one value; the query gives an expression the name ``v``."""
    mapping, rows = read(settings, f"SELECT {expression} AS v", **options)
    data.validate_value(mapping.schema, rows[0])
    return rows[0].get("v")


POSTGRESQL = [
    ("(-32768)::int2", "INT16", -32768),
    ("(-5)::int4", "INT32", -5),
    ("(1::int8 << 62)", "INT64", 1 << 62),
    ("7::oid", "INT64", 7),
    ("1.5::float4", "FLOAT32", 1.5),
    ("0.1::float8", "FLOAT64", 0.1),
    ("'-Infinity'::float8", "FLOAT64", float("-inf")),
    ("1234.5::money", "FLOAT64", 1234.5),
    ("12.3::numeric(10,2)", "Decimal(10, 2)", Decimal("12.30")),
    ("(-12)::numeric(10,0)", "Decimal(10, 0)", Decimal(-12)),
    ("true", "BOOLEAN", True),
    ("'1'::bit(1)", "BOOLEAN", True),
    ("'101'::bit(3)", "INT8", 101),
    ("'101010101'::bit(9)", "BYTES", b"101010101"),
    ("'ä€𝄞'::text", "STRING", "ä€𝄞"),
    ("'ab'::char(4)", "STRING", "ab  "),
    ("'ab'::varchar", "STRING", "ab"),
    ("'x'::name", "STRING", "x"),
    (r"'\x00ff'::bytea", "BYTES", b"\x00\xff"),
    ('\'{"b":  1.10, "a": null}\'::json', "STRING", '{"b":  1.10, "a": null}'),
    ('\'{"b":1.10,"a":null}\'::jsonb', "STRING", '{"a": null, "b": 1.10}'),
    (
        "'12345678-1234-5678-1234-567812345678'::uuid",
        "STRING",
        "12345678-1234-5678-1234-567812345678",
    ),
    ("'<a/>'::xml", "STRING", "<a/>"),
    ("'2024-07-01'::date", "Date", DAY),
    ("'1500-01-01'::date", "Date", datetime.date(1500, 1, 10)),
    ("'0044-03-15 BC'::date", "Date", -735_162),
    ("'12:30:00.5'::time", "Time", datetime.time(12, 30, 0, 500000)),
    ("'24:00'::time", "Time", 86_400_000),
    ("'12:30+02'::timetz", "Time", datetime.time(10, 30)),
    ("'2024-07-01 12:00:00.123456'::timestamp", "Timestamp", NOON),
    ("'2024-07-01 14:00:00.123456+02'::timestamptz", "Timestamp", NOON),
    ("'infinity'::timestamp", "Timestamp", 9_223_372_036_825_200_000),
    ("'-infinity'::timestamptz", "Timestamp", -9_223_372_036_832_400_000),
    ("'10000-01-01'::timestamp", "Timestamp", 253_402_300_800_000),
    ("NULL::timestamp", "Timestamp", None),
    ("NULL::numeric(10,2)", "Decimal(10, 2)", None),
]


@pytest.fixture(scope="session")
def postgresql_settings(postgresql: Any) -> Iterator[Mapping[str, str]]:
    with postgresql.new_database() as database:
        yield database.settings


@pytest.fixture(scope="session")
def mariadb_settings(mariadb: Any) -> Iterator[Mapping[str, str]]:
    with mariadb.new_database() as database:
        yield database.settings


@pytest.mark.parametrize(("expression", "schema", "expected"), POSTGRESQL)
def test_a_value_of_postgresql(
    postgresql_settings: Mapping[str, str], expression: str, schema: str, expected: Any
) -> None:
    mapping, rows = read(postgresql_settings, f"SELECT {expression} AS v")
    assert shown_schema(mapping.schema.fields[0].schema) == f"{schema}, optional"
    assert (rows[0]["v"], type(rows[0]["v"])) == (expected, type(expected))
    data.validate_value(mapping.schema, rows[0])


def test_a_numeric_of_postgresql_without_limits(postgresql_settings: Mapping[str, str]) -> None:
    mapping, rows = read(postgresql_settings, "SELECT 1.5::numeric AS v")
    assert shown_schema(mapping.schema.fields[0].schema) == "Decimal(0, 127), optional"
    assert rows[0]["v"] == Decimal("1.5")
    assert rows[0]["v"].as_tuple().exponent == -127
    best_fit = {"numeric_mapping": NumericMapping.BEST_FIT}
    assert value(postgresql_settings, "12.5::numeric(10,2)", **best_fit) == 12.5
    assert value(postgresql_settings, "12::numeric(4,0)", **best_fit) == 12


@pytest.mark.parametrize("expression", ["'NaN'::numeric(10,2)", "'NaN'::numeric"])
def test_a_number_no_decimal_can_be_is_refused(
    postgresql_settings: Mapping[str, str], expression: str
) -> None:
    with pytest.raises(DataError, match=r"column v \(numeric\) is NaN"):
        value(postgresql_settings, expression)


UNSUPPORTED = [
    ("ARRAY[1,NULL,3]", "{1,NULL,3}"),
    ("ARRAY['a b','c']", '{"a b",c}'),
    ("'1 day 02:00'::interval", "1 day 02:00:00"),
    ("'10.0.0.1'::inet", "10.0.0.1"),
    ("'(1,2)'::point", "(1,2)"),
    ("'101'::varbit", "101"),
    ("int4range(1,5)", "[1,5)"),
    ("ROW(1,'a')", "(1,a)"),
]


@pytest.mark.parametrize(("expression", "expected"), UNSUPPORTED)
def test_types_connect_does_not_know_are_left_out_or_text(
    postgresql_settings: Mapping[str, str], expression: str, expected: str
) -> None:
    mapping, rows = read(postgresql_settings, f"SELECT {expression} AS v, 1 AS w")
    assert (rows, [column.name for column in mapping.unsupported]) == ([{"w": 1}], ["v"])
    as_text = {"unsupported": UnsupportedColumns.STRING}
    assert value(postgresql_settings, expression, **as_text) == expected
    with pytest.raises(DataError, match=r"v \("):
        value(postgresql_settings, expression, unsupported=UnsupportedColumns.ERROR)


def test_own_types_of_postgresql(postgresql_database: ServerDatabase) -> None:
    postgresql_database.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE DOMAIN whole AS int4 CHECK (VALUE > 0)",
        "CREATE DOMAIN price AS numeric(10,2) NOT NULL",
        "CREATE TABLE t (id bigserial PRIMARY KEY, m mood, w whole, p price)",
        "INSERT INTO t (m, w, p) VALUES ('ok', 5, 1.5)",
    )
    mapping, rows = read(postgresql_database.settings, "SELECT * FROM t")
    assert rows == [{"id": 1, "m": "ok", "w": 5, "p": Decimal("1.50")}]
    shown = [shown_schema(field.schema) for field in mapping.schema.fields]
    assert shown == ["INT64", "STRING, optional", "INT32, optional", "Decimal(10, 2)"]


def test_settings_of_a_role_do_not_change_how_values_are_written(
    postgresql_database: ServerDatabase,
) -> None:
    name = postgresql_database.name
    postgresql_database.execute(
        f"ALTER DATABASE {name} SET DateStyle TO 'German'",
        f"ALTER DATABASE {name} SET extra_float_digits TO -5",
        f"ALTER DATABASE {name} SET TimeZone TO 'Asia/Kolkata'",
        f"ALTER DATABASE {name} SET client_encoding TO 'LATIN1'",
    )
    moment = "'2024-07-01 12:00:00.123456+00'::timestamptz"
    _, rows = read(
        postgresql_database.settings, f"SELECT {moment} AS t, 1/3::float8 AS f, '€' AS s"
    )
    assert rows == [{"t": NOON, "f": 1 / 3, "s": "€"}]


def test_a_database_without_encoding_is_read_as_utf_8(postgresql: Any) -> None:
    with postgresql.new_database() as database:
        name = f"{database.name}_ascii"
        database.execute(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
        )
        settings = dict(database.settings)
        settings["connection.url"] = database.jdbc_url.replace(database.name, name)
        try:
            assert value(settings, "'ä€'::text") == "ä€"
            assert value(settings, "'2024-07-01'::date") == DAY
        finally:
            database.execute(f"DROP DATABASE {name}")


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
WALLS = [
    *("2024-01-15 12:00:00", "2024-07-15 12:00:00.000001", "2024-03-31 02:30:00"),
    *("2024-10-27 02:30:00", "2024-11-03 01:30:00", "1970-01-01 00:00:00", "1850-06-01 00:00:00"),
]


@pytest.mark.parametrize("zone", ZONES)
def test_bounds_find_the_rows_their_values_came_from(
    postgresql_database: ServerDatabase, mariadb_database: ServerDatabase, zone: str
) -> None:
    """One function for bounds and values: at its own bound a row is neither before nor behind."""
    for database, kind in ((postgresql_database, "timestamp"), (mariadb_database, "datetime(6)")):
        rows = ", ".join(f"({index}, '{wall}')" for index, wall in enumerate(WALLS))
        database.execute(
            f"CREATE TABLE walls (id int, made {kind})", f"INSERT INTO walls VALUES {rows}"
        )
        with connected(database.settings) as connection:
            stream = connection.stream("SELECT id, made FROM walls")
            mapping = RowMapping.of(
                stream.columns,
                MappingSettings(dialect=connection.dialect.name, zone=TimeZone.of(zone)),
            )
            fetched = stream.fetch(100)
            moments = mapping.moments(["made"])(fetched)
            stream.close()
            connection.rollback()
            for row, nanos in zip(fetched, moments, strict=True):
                assert nanos is not None
                bound = TimeZone.of(zone).wall_of(nanos)
                cursor = connection.execute("SELECT id FROM walls WHERE made = ?", [bound])
                found = [each for (each,) in cursor.fetchall()]
                skipped = zone != "UTC" and not found  # clocks skip this wall time in the zone
                assert found == [row[0]] or (skipped and WALLS[row[0]] == "2024-03-31 02:30:00")


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_with_zone_is_the_same_in_every_database_zone(
    postgresql_settings: Mapping[str, str], zone: str
) -> None:
    expression = "'2024-07-01 12:00:00.123456+00'::timestamptz"
    assert value(postgresql_settings, expression, zone=TimeZone.of(zone)) == NOON


def test_a_time_without_zone_is_one_of_the_database_zone(
    postgresql_settings: Mapping[str, str], mariadb_settings: Mapping[str, str]
) -> None:
    zone = {"zone": TimeZone.of("Europe/Berlin")}
    local = "2024-07-01 14:00:00.123456"
    assert value(postgresql_settings, f"'{local}'::timestamp", **zone) == NOON
    assert value(mariadb_settings, f"CAST('{local}' AS datetime(6))", **zone) == NOON
    text = {**zone, "granularity": Granularity.MICROS_ISO_DATETIME_STRING}
    assert value(postgresql_settings, f"'{local}'::timestamp", **text) == local.replace(" ", "T")


def test_todays_calendar_for_all_days(postgresql_settings: Mapping[str, str]) -> None:
    modern = {"calendar": CalendarSystem.PROLEPTIC_GREGORIAN}
    day = datetime.date(1500, 1, 1)
    assert value(postgresql_settings, "'1500-01-01'::date", **modern) == day


MARIADB = [
    ("tinyint", "-5", "INT8", -5),
    ("tinyint unsigned", "255", "INT16", 255),
    ("tinyint(1)", "1", "INT8", 1),
    ("smallint unsigned", "65535", "INT32", 65535),
    ("mediumint", "5", "INT32", 5),
    ("int unsigned", "4294967295", "INT64", 4294967295),
    ("bigint", "-9223372036854775808", "INT64", -(1 << 63)),
    ("decimal(10,2)", "1.5", "Decimal(10, 2)", Decimal("1.50")),
    ("float", "1.5", "FLOAT32", 1.5),
    ("double", "0.1", "FLOAT64", 0.1),
    ("bit(1)", "b'1'", "INT8", 1),
    ("date", "'2024-07-01'", "Date", DAY),
    ("year", "2024", "Date", datetime.date(2024, 1, 1)),
    ("time(3)", "'12:30:00.5'", "Time", datetime.time(12, 30, 0, 500000)),
    ("datetime(6)", "'2024-07-01 12:00:00.123456'", "Timestamp", NOON),
    ("datetime", "'1500-01-01'", "Timestamp", datetime.datetime(1500, 1, 10, tzinfo=UTC)),
    ("varchar(20) character set utf8mb4", "'ä€𝄞'", "STRING", "ä€𝄞"),
    ("text", "'long'", "STRING", "long"),
    ("enum('a','b')", "'b'", "STRING", "b"),
    ("set('a','b')", "'a,b'", "STRING", "a,b"),
    ("json", "'{\"a\": 1}'", "STRING", '{"a": 1}'),
    ("varbinary(4)", "x'00ff'", "BYTES", b"\x00\xff"),
    ("blob", "x'00ff'", "BYTES", b"\x00\xff"),
]


@pytest.mark.parametrize(("kind", "literal", "schema", "expected"), MARIADB)
def test_a_value_of_mariadb(
    mariadb_database: ServerDatabase, kind: str, literal: str, schema: str, expected: Any
) -> None:
    mariadb_database.execute(
        f"CREATE TABLE t (v {kind} NULL)", f"INSERT INTO t VALUES ({literal}), (NULL)"
    )
    mapping, rows = read(mariadb_database.settings, "SELECT * FROM t")
    assert shown_schema(mapping.schema.fields[0].schema) == f"{schema}, optional"
    assert [rows[0]["v"], rows[1]["v"]] == [expected, None]
    assert type(rows[0]["v"]) is type(expected)
    data.validate_value(mapping.schema, rows[0])


@pytest.mark.parametrize(
    ("kind", "literal", "reason"),
    [
        ("bigint unsigned", "18446744073709551615", "outside of INT64"),
        ("time", "'-01:00:00'", "no time of day"),
        ("datetime", "'0000-00-00 00:00:00'", "is no date"),
    ],
)
def test_a_value_of_mariadb_that_connect_cannot_hold_is_refused(
    mariadb_database: ServerDatabase, kind: str, literal: str, reason: str
) -> None:
    mariadb_database.execute(
        "SET SESSION sql_mode = ''",
        f"CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, v {kind})",
        f"INSERT INTO t (v) VALUES ({literal})",
    )
    with pytest.raises(DataError, match=rf"column v .*{reason}.* in the row with id=1"):
        read(mariadb_database.settings, "SELECT * FROM t")


SQLITE = [
    ("INTEGER", "5", "INT32", 5),
    ("INT", "5", "INT64", 5),
    ("BIGINT", "5", "INT64", 5),
    ("BOOLEAN", "1", "BOOLEAN", True),
    ("REAL", "1.5", "FLOAT32", 1.5),
    ("DOUBLE", "1.5", "FLOAT64", 1.5),
    ("TEXT", "'a'", "STRING", "a"),
    ("BLOB", "x'00ff'", "BYTES", b"\x00\xff"),
    ("DECIMAL(10,2)", "1.5", "Decimal(10, 2)", Decimal("1.50")),
    ("DATE", "'2024-07-01'", "Date", DAY),
    ("DATE", "1719792000000", "Date", DAY),
    ("TIMESTAMP", "1719835200123", "Timestamp", NOON.replace(microsecond=123000)),
    ("TIMESTAMP", "'2024-07-01 12:00:00.123'", "STRING", "2024-07-01 12:00:00.123"),
]


@pytest.mark.parametrize(("kind", "literal", "schema", "expected"), SQLITE)
def test_a_value_of_sqlite(
    tmp_path: Path, kind: str, literal: str, schema: str, expected: Any
) -> None:
    file = tmp_path / "values.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE t (v {kind})")
        connection.execute(f"INSERT INTO t VALUES ({literal}), (NULL)")
        connection.commit()
    mapping, rows = read({"connection.url": f"jdbc:sqlite:{file}"}, "SELECT * FROM t")
    assert shown_schema(mapping.schema.fields[0].schema) == f"{schema}, optional"
    assert [rows[0]["v"], rows[1]["v"]] == [expected, None]
    assert type(rows[0]["v"]) is type(expected)


def test_times_stored_as_text_in_sqlite_are_points_in_time(tmp_path: Path) -> None:
    file = tmp_path / "values.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE t (made TIMESTAMP)")
        connection.execute("INSERT INTO t VALUES ('2024-07-01 12:00:00.123')")
        connection.commit()
    with connected({"connection.url": f"jdbc:sqlite:{file}"}) as connection:
        stream = connection.stream("SELECT * FROM t")
        settings = MappingSettings(dialect=connection.dialect.name)
        moments = RowMapping.of(stream.columns, settings).moments(["made"])
        assert moments(stream.fetch(10)) == [1_719_835_200_123_000_000]
