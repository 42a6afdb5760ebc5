# SPDX-License-Identifier: Apache-2.0
"""The JDBC sink on MariaDB."""

from __future__ import annotations

import contextlib
import datetime
from decimal import Decimal
from typing import Any

import pytest

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.errors import ConnectError, RetriableError
from tests.integration.connectors.jdbc.sink.sink_tasks import (
    WIDE,
    WIDE_ROW,
    Reporter,
    record,
    sink_task,
    write,
)
from tests.services.database_server import ServerDatabase
from tests.services.mariadb import MariaDB

KEYED = {"pk_mode": "record_value", "pk_fields": "id"}
UPSERT = KEYED | {"insert_mode": "upsert"}
THING = data.Schema.struct({"id": data.INT64, "name": data.OPTIONAL_STRING})


def thing(number: int, name: Any = "x", **more: Any) -> SinkRecord:
    more.setdefault("offset", number)
    return record({"id": number, "name": name}, THING, **more)


def things(*numbers: int) -> list[SinkRecord]:
    return [thing(number) for number in numbers]


def names(database: ServerDatabase) -> dict[int, Any]:
    return dict(database.query("SELECT id, name FROM things"))


@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_values_arrive(mariadb_database: ServerDatabase, mode: str) -> None:
    write(mariadb_database, [record(WIDE_ROW)], **KEYED, insert_mode=mode)
    (row,) = mariadb_database.query("SELECT * FROM things")
    found = dict(zip(WIDE_ROW, row, strict=True))
    expected = WIDE_ROW | {
        "flag": 1,
        "clock": datetime.timedelta(hours=23, minutes=59, seconds=59, milliseconds=999),
        "moment": datetime.datetime(2026, 7, 1, 12, 0, 0, 123000),  # noqa: DTZ001
    }
    assert found == expected


def test_null_arrives(mariadb_database: ServerDatabase) -> None:
    write(mariadb_database, [record({"id": 1}, WIDE)], **UPSERT)
    (row,) = mariadb_database.query("SELECT * FROM things")
    assert row == (1, *[None] * (len(row) - 1))


@pytest.mark.parametrize("size", ["1", "7", "3000"])
def test_the_last_record_of_a_key_stays(mariadb_database: ServerDatabase, size: str) -> None:
    records = [thing(n % 7, f"n{n}") for n in range(100)]
    write(mariadb_database, records, **UPSERT, batch_size=size)
    assert names(mariadb_database) == {n % 7: f"n{n}" for n in range(93, 100)}


def test_keys_alone_can_be_upserted(mariadb_database: ServerDatabase) -> None:
    only = data.Schema.struct({"id": data.INT64})
    records = [record({"id": n % 3}, only) for n in range(9)]
    write(mariadb_database, records, **UPSERT)
    assert mariadb_database.query("SELECT id FROM things ORDER BY 1") == [(0,), (1,), (2,)]


def test_deletions_keep_their_order(mariadb_database: ServerDatabase) -> None:
    props = {"insert_mode": "upsert", "pk_mode": "record_key", "pk_fields": "id"}
    records = things(*range(30))
    records += [record(None, None, key=n) for n in range(0, 30, 2)]
    records += [thing(4, "again"), record(None, None, key=5)]
    write(mariadb_database, records, delete_enabled="true", **props)
    assert set(names(mariadb_database)) == {4, *range(1, 30, 2)} - {5}


def test_a_text_can_be_the_key(mariadb_database: ServerDatabase) -> None:
    props = {"insert_mode": "upsert", "pk_mode": "record_key", "pk_fields": "k"}
    records = [thing(n, f"n{n}", key=f"key{n % 2}", key_schema=data.STRING) for n in range(4)]
    write(mariadb_database, records, **props)
    rows = mariadb_database.query("SELECT k, name FROM things ORDER BY 1")
    assert rows == [("key0", "n2"), ("key1", "n3")]


def test_moments_are_told_in_the_zone(mariadb_database: ServerDatabase) -> None:
    write(mariadb_database, [record(WIDE_ROW)], db_timezone="America/New_York", **UPSERT)
    rows = mariadb_database.query("SELECT moment, day FROM things")
    moment = datetime.datetime(2026, 7, 1, 8, 0, 0, 123000)  # noqa: DTZ001 - as it stands there
    assert rows == [(moment, datetime.date(2026, 2, 27))]


def test_a_column_is_added_for_a_wider_schema(mariadb_database: ServerDatabase) -> None:
    price = data.Schema(
        data.Type.BYTES,
        name=data.LOGICAL_DECIMAL,
        version=1,
        parameters={"scale": "2"},
        default=Decimal("1.50"),
    )
    wider = data.Schema.struct({**{f.name: f.schema for f in THING.fields}, "price": price})
    later = record({"id": 2, "name": "b", "price": Decimal("2.25")}, wider)
    write(mariadb_database, [thing(1), later, thing(3)], **UPSERT)
    rows = mariadb_database.query("SELECT id, price FROM things ORDER BY 1")
    assert rows == [(1, Decimal("1.50")), (2, Decimal("2.25")), (3, Decimal("1.50"))]


def test_the_bad_record_is_named_and_nothing_is_written(mariadb_database: ServerDatabase) -> None:
    mariadb_database.execute("CREATE TABLE things (id bigint PRIMARY KEY, name varchar(9))")
    records = [*things(*range(50)), thing(50, "secret-secret"), *things(*range(51, 60))]
    with pytest.raises(ConnectError, match=r"offset=50,.* with key id=50") as caught:
        write(mariadb_database, records, **UPSERT)
    assert "secret" not in str(caught.value)
    assert names(mariadb_database) == {}


def test_bad_records_are_reported_and_the_others_written(mariadb_database: ServerDatabase) -> None:
    mariadb_database.execute("CREATE TABLE things (id bigint PRIMARY KEY, name varchar(9))")
    bad = {3, 77, 98}
    records = [thing(n, "too long to fit" if n in bad else "ok") for n in range(100)]
    reporter = Reporter()
    write(mariadb_database, records, reporter, **UPSERT)
    assert [offset for offset, _ in reporter.reported] == sorted(bad)
    assert set(names(mariadb_database)) == set(range(100)) - bad


def test_a_lock_that_is_not_given_is_tried_again(mariadb_database: ServerDatabase) -> None:
    write(mariadb_database, things(1), **UPSERT)
    with sink_task(mariadb_database, **UPSERT) as task:
        task.put(things(2))
        task._writer.connected().execute("SET innodb_lock_wait_timeout = 1")
        with contextlib.closing(mariadb_database.connect(autocommit=False)) as other:
            other.cursor().execute("SELECT * FROM things WHERE id = 1 FOR UPDATE")
            with pytest.raises(RetriableError):
                task.put([thing(1, "later")])
        task.put([thing(1, "later")])
    assert names(mariadb_database) == {1: "later", 2: "x"}


def test_a_server_killed_between_puts_loses_nothing(spare_mariadb: MariaDB) -> None:
    with spare_mariadb.new_database() as database:
        with sink_task(database, **UPSERT) as task:
            task.put(things(*range(50)))
            spare_mariadb.kill()
            with pytest.raises(RetriableError):
                task.put(things(*range(50, 100)))
            spare_mariadb.start()
            for _ in range(10):
                with contextlib.suppress(RetriableError):
                    task.put(things(*range(50, 100)))
                    break
        assert set(names(database)) == set(range(100))
