# SPDX-License-Identifier: Apache-2.0
"""The JDBC sink on PostgreSQL."""

from __future__ import annotations

import datetime
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from tests.services.postgresql import PostgreSQL

KEYED = {"pk_mode": "record_value", "pk_fields": "id"}
UPSERT = KEYED | {"insert_mode": "upsert"}
ALL = "SELECT * FROM things ORDER BY id"
THING = data.Schema.struct({"id": data.INT64, "name": data.OPTIONAL_STRING})


def thing(number: int, name: Any = "x", **more: Any) -> SinkRecord:
    more.setdefault("offset", number)
    return record({"id": number, "name": name}, THING, **more)


def things(*numbers: int) -> list[SinkRecord]:
    return [thing(number) for number in numbers]


def names(database: ServerDatabase) -> dict[int, Any]:
    return dict(database.query("SELECT id, name FROM things"))


@pytest.mark.parametrize("copies", ["true", "false"])
def test_values_arrive(postgresql_database: ServerDatabase, copies: str) -> None:
    records = [record(WIDE_ROW | {"id": n}) for n in range(20)]
    write(postgresql_database, records, **UPSERT, postgresql_copy=copies)
    expected = tuple(WIDE_ROW.values())[1:-1]
    row = postgresql_database.query(ALL)[7]
    assert (row[0], *row[1:-1]) == (7, *expected)
    assert row[-1] == datetime.datetime(2026, 7, 1, 12, 0, 0, 123000)  # noqa: DTZ001


_no_surrogates = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_days = st.builds(datetime.date, st.integers(2, 9998), st.integers(1, 12), st.integers(1, 28))
_moments = st.builds(
    datetime.datetime,
    *(st.integers(2, 9998), st.integers(1, 12), st.integers(1, 28), st.integers(0, 23)),
    *(st.integers(0, 59), st.integers(0, 59), st.integers(0, 999).map(lambda ms: ms * 1000)),
    tzinfo=st.just(datetime.UTC),
)
_rows = st.fixed_dictionaries(
    {
        "id": st.integers(0, 30),
        "small": st.none() | st.integers(-128, 127),
        "number": st.none() | st.integers(-(2**31), 2**31 - 1),
        "ratio": st.none() | st.floats(),
        "single": st.none() | st.floats(width=32),
        "flag": st.none() | st.booleans(),
        "text": st.none() | st.text(_no_surrogates) | st.sampled_from(["null", "\\.", '],["']),
        "bytes": st.none() | st.binary(),
        "price": st.none() | st.decimals(-(10**9), 10**9, places=2),
        "day": st.none() | _days,
        "clock": st.none() | st.times().map(lambda clock: clock.replace(microsecond=0)),
        "moment": st.none() | _moments,
    }
)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("mode", ["insert", "upsert"])
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(_rows, min_size=10, max_size=60), cut=st.integers(1, 30))
def test_copy_and_statements_write_the_same(
    postgresql_database: ServerDatabase,
    zone: str,
    mode: str,
    rows: list[dict[str, Any]],
    cut: int,
) -> None:
    props = {"insert_mode": mode, "db_timezone": zone, "batch_size": str(cut)}
    props |= KEYED if mode == "upsert" else {}
    postgresql_database.execute("DROP TABLE IF EXISTS copied, stated")
    records = [record(row, offset=place) for place, row in enumerate(rows)]
    for table, copies in (("copied", "true"), ("stated", "false")):
        formed = {"table_name_format": table, "postgresql_copy": copies}
        write(postgresql_database, records, **props, **formed)
    copied, stated = (
        postgresql_database.query(f"SELECT t::text FROM {table} t ORDER BY 1")
        for table in ("copied", "stated")
    )
    assert copied == stated
    assert len(copied) == (len({row["id"] for row in rows}) if mode == "upsert" else len(rows))


def test_copy_is_used(postgresql_database: ServerDatabase) -> None:
    with sink_task(postgresql_database, **UPSERT) as task:
        task.put(things(*range(20)))
        assert task._writer is not None
        assert task._writer.is_begun
        task.put([])
        assert not task._writer.is_begun


def test_what_is_one_key_to_the_database_only_is_written_in_order(
    postgresql_database: ServerDatabase,
) -> None:
    postgresql_database.execute("CREATE TABLE things (id numeric(5,0) PRIMARY KEY, name text)")
    schema = data.Schema.struct({"id": data.decimal_schema(1), "name": data.STRING})
    values = [{"id": Decimal(n) / 10, "name": f"n{n}"} for n in range(20)]
    write(postgresql_database, [record(value, schema) for value in values], **UPSERT)
    assert names(postgresql_database) == {0: "n4", 1: "n14", 2: "n19"}


@pytest.mark.parametrize(
    "column",
    [
        "id bigint GENERATED ALWAYS AS IDENTITY, name text",
        "id bigint, name text GENERATED ALWAYS AS ('a') STORED",
    ],
)
def test_columns_the_database_fills_refuse_records_either_way(
    postgresql_database: ServerDatabase, column: str
) -> None:
    postgresql_database.execute(f"CREATE TABLE things ({column})")
    with pytest.raises(ConnectError, match="Cannot write the record at"):
        write(postgresql_database, things(*range(20)))


def test_rules_hold(postgresql_database: ServerDatabase) -> None:
    postgresql_database.execute(
        "CREATE TABLE things (id bigint, name text)",
        "CREATE TABLE others (id bigint, name text)",
        "CREATE RULE r AS ON INSERT TO things DO INSTEAD INSERT INTO others VALUES (NEW.*)",
    )
    write(postgresql_database, things(*range(20)))
    assert postgresql_database.query("SELECT count(*) FROM others") == [(20,)]


def test_a_view_can_be_written_to(postgresql_database: ServerDatabase) -> None:
    postgresql_database.execute(
        "CREATE TABLE shelf (id bigint PRIMARY KEY, name text)",
        "CREATE VIEW things AS SELECT * FROM shelf",
    )
    write(postgresql_database, things(*range(20)), table_types="VIEW", **UPSERT)
    assert len(names(postgresql_database)) == 20


def test_partitioned_tables_and_uuids_and_json(postgresql_database: ServerDatabase) -> None:
    postgresql_database.execute(
        "CREATE TABLE things (id bigint PRIMARY KEY, u uuid, j jsonb) PARTITION BY RANGE (id)",
        "CREATE TABLE things_1 PARTITION OF things FOR VALUES FROM (0) TO (1000)",
    )
    schema = data.Schema.struct({"id": data.INT64, "u": data.STRING, "j": data.STRING})
    key = uuid.UUID(int=5)
    row = {"u": str(key), "j": '{"a": [1, "],[\\n"]}'}
    records = [record(row | {"id": n}, schema) for n in range(20)]
    for copies in ("true", "false"):
        write(
            postgresql_database,
            records,
            table_types="PARTITIONED TABLE",
            postgresql_copy=copies,
            **UPSERT,
        )
        assert postgresql_database.query("SELECT DISTINCT u, j FROM things") == [
            (key, {"a": [1, "],[\n"]})
        ]


def test_the_bad_record_among_many_is_named_and_nothing_is_written(
    postgresql_database: ServerDatabase,
) -> None:
    postgresql_database.execute("CREATE TABLE things (id bigint PRIMARY KEY, name varchar(9))")
    records = [*things(*range(500)), thing(500, "secret-secret"), *things(*range(501, 600))]
    with pytest.raises(ConnectError, match=r"offset=500,.* with key id=500") as caught:
        write(postgresql_database, records, **UPSERT)
    assert "22001" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert names(postgresql_database) == {}


def test_bad_records_are_reported_and_the_others_written(
    postgresql_database: ServerDatabase,
) -> None:
    postgresql_database.execute("CREATE TABLE things (id bigint PRIMARY KEY, name varchar(9))")
    bad = {3, 77, 198}
    records = [thing(n, "too long to fit" if n in bad else "ok") for n in range(200)]
    reporter = Reporter()
    write(postgresql_database, records, reporter, **UPSERT)
    assert [offset for offset, _ in reporter.reported] == sorted(bad)
    assert set(names(postgresql_database)) == set(range(200)) - bad


def test_deletions_keep_their_order(postgresql_database: ServerDatabase) -> None:
    props = {"insert_mode": "upsert", "pk_mode": "record_key", "pk_fields": "id"}
    records = things(*range(30))
    records += [record(None, None, key=n) for n in range(0, 30, 2)]
    records += [thing(4, "again"), record(None, None, key=5)]
    write(postgresql_database, records, delete_enabled="true", **props)
    assert set(names(postgresql_database)) == {4, *range(1, 30, 2)} - {5}


def test_a_table_dropped_under_way_is_created_again(
    postgresql_database: ServerDatabase,
) -> None:
    with sink_task(postgresql_database, **UPSERT) as task:
        task.put(things(*range(20)))
        task.put([])
        postgresql_database.execute("DROP TABLE things")
        _put_until_taken(task, things(*range(20, 40)))
        _put_until_taken(task, [])
    assert set(names(postgresql_database)) == set(range(20, 40))


def test_a_column_is_added_for_a_wider_schema(postgresql_database: ServerDatabase) -> None:
    wider = data.Schema.struct(
        {**{f.name: f.schema for f in THING.fields}, "n": data.OPTIONAL_INT32}
    )
    later = [record({"id": n, "name": "y", "n": n}, wider) for n in range(10, 40)]
    write(postgresql_database, [*things(*range(20)), *later, *things(50)], **UPSERT)
    rows = postgresql_database.query("SELECT count(*), count(n), sum(n) FROM things")
    assert rows == [(41, 30, sum(range(10, 40)))]


def test_a_server_killed_between_puts_loses_nothing(spare_postgresql: PostgreSQL) -> None:
    with spare_postgresql.new_database() as database:
        with sink_task(database, **UPSERT) as task:
            task.put(things(*range(50)))
            task.put([])
            task.put(things(*range(50, 100)))
            spare_postgresql.kill()
            with pytest.raises(RetriableError):
                task.put(things(*range(100, 150)))
            spare_postgresql.start()
            _put_until_taken(task, things(*range(100, 150)))
            _put_until_taken(task, [])
        assert set(names(database)) == set(range(150))


def _put_until_taken(task: Any, records: list[SinkRecord]) -> None:
    for _ in range(10):
        try:
            task.put(records)
        except RetriableError:
            continue
        return
    pytest.fail("the database did not come back")


def test_an_update_counts_keys_last(postgresql_database: ServerDatabase) -> None:
    write(postgresql_database, things(*range(20)), **UPSERT)
    changed = [thing(3, "three"), thing(99, "new")]
    write(postgresql_database, changed, insert_mode="update", **KEYED)
    assert names(postgresql_database)[3] == "three"
    assert 99 not in names(postgresql_database)


def test_microseconds_and_nanoseconds_become_timestamps(
    postgresql_database: ServerDatabase,
) -> None:
    schema = data.Schema.struct({"id": data.INT64, "at": data.INT64, "text": data.STRING})
    values = [{"id": n, "at": 1_500_000 + n, "text": "2500000"} for n in range(20)]
    records = [record(value, schema) for value in values]
    write(postgresql_database, records, timestamp_fields_list="at,text", **UPSERT)
    row = postgresql_database.query("SELECT at, text FROM things WHERE id = 1")
    assert row == [
        (
            datetime.datetime(1970, 1, 1, 0, 0, 1, 500001),  # noqa: DTZ001
            datetime.datetime(1970, 1, 1, 0, 0, 2, 500000),  # noqa: DTZ001
        )
    ]


def test_the_last_of_ten_thousand_records_of_a_key_stays(
    postgresql_database: ServerDatabase,
) -> None:
    records = [record(WIDE_ROW | {"id": n % 7, "number": n}, WIDE) for n in range(10_000)]
    write(postgresql_database, records, **UPSERT)
    rows = postgresql_database.query("SELECT id, number FROM things")
    assert dict(rows) == {n % 7: n for n in range(9_993, 10_000)}


def test_not_a_number_arrives(postgresql_database: ServerDatabase) -> None:
    schema = data.Schema.struct({"id": data.INT64, "x": data.FLOAT64})
    write(postgresql_database, [record({"id": n, "x": math.nan}, schema) for n in range(20)])
    assert postgresql_database.query("SELECT DISTINCT x::text FROM things") == [("NaN",)]


def test_copy_is_given_up_only_when_statements_do_better(
    postgresql_database: ServerDatabase,
) -> None:
    postgresql_database.execute(
        "CREATE TABLE things (id numeric(5,0) PRIMARY KEY, name varchar(9))"
    )
    schema = data.Schema.struct({"id": data.decimal_schema(1), "name": data.STRING})

    def records(step: int, name: str = "x") -> list[SinkRecord]:
        values = [{"id": Decimal(n * step) / 10, "name": name} for n in range(20)]
        return [record(value, schema) for value in values]

    with sink_task(postgresql_database, Reporter(), **UPSERT) as task:
        assert task._writer is not None
        for _ in range(4):
            task.put(records(10, "too long to fit"))
            task.put([])
        task.put(records(10))
        assert task._writer.is_begun
        for _ in range(3):
            task.put(records(1))  # one key to the database only
            task.put([])
        task.put(records(10))
        assert not task._writer.is_begun
