# SPDX-License-Identifier: Apache-2.0
"""Sink tasks and records for tests with servers."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from decimal import Decimal
from typing import Any

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.sink.task import JdbcSinkTask
from tests.services.database_server import ServerDatabase

WIDE = data.Schema.struct(
    {
        "id": data.INT64,
        "small": data.OPTIONAL_INT8,
        "number": data.OPTIONAL_INT32,
        "ratio": data.OPTIONAL_FLOAT64,
        "single": data.OPTIONAL_FLOAT32,
        "flag": data.OPTIONAL_BOOLEAN,
        "text": data.OPTIONAL_STRING,
        "bytes": data.OPTIONAL_BYTES,
        "price": data.decimal_schema(2, optional=True),
        "day": data.OPTIONAL_DATE,
        "clock": data.OPTIONAL_TIME,
        "moment": data.OPTIONAL_TIMESTAMP,
    }
)
WIDE_ROW = {
    "id": 1,
    "small": -7,
    "number": 2**31 - 1,
    "ratio": 0.1,
    "single": 0.5,
    "flag": True,
    "text": 'tab\t, "quote", back\\slash, new\nline, ünï, \'',
    "bytes": b"\x00\xff\\",
    "price": Decimal("-12.30"),
    "day": datetime.date(2026, 2, 28),
    "clock": datetime.time(23, 59, 59, 999000),
    "moment": datetime.datetime(2026, 7, 1, 12, 0, 0, 123000, tzinfo=datetime.UTC),
}


def record(
    value: dict[str, Any] | None, schema: data.Schema | None = WIDE, offset: int = 0, **more: Any
) -> SinkRecord:
    """A record of the topic ``things`` whose key is the id."""
    changes = {"topic": "things", "kafka_partition": 0, "kafka_offset": offset}
    changes |= {"key": (value or {}).get("id"), "key_schema": data.INT64}
    return SinkRecord(value=value, value_schema=schema, **(changes | more))


class Reporter:
    """Remembers offsets and reasons of what is reported."""

    def __init__(self) -> None:
        self.reported: list[tuple[int, str]] = []

    def report(self, each: SinkRecord, error: BaseException) -> Future[None]:
        self.reported.append((each.kafka_offset, str(error)))
        done: Future[None] = Future()
        done.set_result(None)
        return done


class Context:
    """Stands for the framework."""

    is_stopping = False

    def __init__(self, reporter: Reporter | None) -> None:
        self.errant_record_reporter = reporter

    def timeout(self, timeout_ms: int) -> None:
        """Tests call again at once."""


@contextlib.contextmanager
def sink_task(
    database: ServerDatabase, reporter: Reporter | None = None, **props: str
) -> Iterator[JdbcSinkTask]:
    """A started task; ``insert_mode`` stands for ``insert.mode``."""
    task = JdbcSinkTask()
    context: Any = Context(reporter)
    task.context = context
    usual = {"name": "shelf", "auto.create": "true", "auto.evolve": "true"}
    usual |= {"retry.backoff.ms": "0", "connection.backoff.ms": "100"}
    changes = {name.replace("_", "."): value for name, value in props.items()}
    task.start(usual | database.settings | changes)
    try:
        yield task
    finally:
        task.stop()


def write(
    database: ServerDatabase,
    records: Sequence[SinkRecord],
    reporter: Reporter | None = None,
    **props: str,
) -> None:
    """Have a task of its own write records for sure."""
    with sink_task(database, reporter, **props) as task:
        task.put(records)
        task.put([])
