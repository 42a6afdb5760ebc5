# SPDX-License-Identifier: Apache-2.0
"""Records, a context and an SQLite file for tests of the sink."""

from __future__ import annotations

import dataclasses
import sqlite3
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from barnabas import data
from barnabas.api import SinkRecord

THING = data.Schema.struct({"id": data.INT64, "name": data.OPTIONAL_STRING})


def thing(number: int, name: Any = "x", *, offset: int | None = None, **more: Any) -> SinkRecord:
    """A record whose key is its id."""
    changes = {
        "topic": "things",
        "kafka_partition": 0,
        "kafka_offset": number if offset is None else offset,
        "key": number,
        "key_schema": data.INT64,
        "value": {"id": number, "name": name},
        "value_schema": THING,
    } | more
    return SinkRecord(**changes)


def tombstone(number: int, **more: Any) -> SinkRecord:
    """A record that deletes a thing."""
    return thing(number, value=None, value_schema=None, **more)


@dataclasses.dataclass
class Shelf:
    """An SQLite file."""

    path: Path

    @property
    def url(self) -> str:
        return f"jdbc:sqlite:{self.path}"

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                return connection.execute(sql).fetchall()
        finally:
            connection.close()


class Reporter:
    """Remembers what is reported."""

    def __init__(self) -> None:
        self.reported: list[tuple[int, str]] = []

    def report(self, record: SinkRecord, error: BaseException) -> Future[None]:
        self.reported.append((record.kafka_offset, str(error)))
        done: Future[None] = Future()
        done.set_result(None)
        return done


class Context:
    """Stands for the framework."""

    def __init__(self, reporter: Reporter | None = None) -> None:
        self.errant_record_reporter = reporter
        self.is_stopping = False
        self.timeouts: list[int] = []

    def timeout(self, timeout_ms: int) -> None:
        self.timeouts.append(timeout_ms)
