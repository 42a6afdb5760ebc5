# SPDX-License-Identifier: Apache-2.0
"""A task's context in memory, and a SQLite database to read."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from barnabas.api import SourceRecord
from barnabas.connectors.jdbc.source.task import JdbcSourceTask

__all__ = ["MemoryContext", "Shop", "poll_until_idle", "values"]


class MemoryContext:
    """Holds offsets; its waits take no time."""

    transaction_context = None
    is_stopping = False
    configs: Mapping[str, str] = {}

    def __init__(self, offsets: Sequence[tuple[Mapping[str, Any], dict[str, Any]]] = ()) -> None:
        self.stored = [(dict(partition), offset) for partition, offset in offsets]
        self.waits: list[float] = []

    @property
    def offset_storage_reader(self) -> MemoryContext:
        return self

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return next((offset for known, offset in self.stored if known == dict(partition)), None)

    def offsets(self, partitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        return [self.offset(partition) for partition in partitions]

    def wait(self, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        return False


class Shop:
    """A SQLite database with a table of orders."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shop.db"
        self.raw = sqlite3.connect(self.path, isolation_level=None)
        self.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, item TEXT,"
            " changed TIMESTAMP NOT NULL)"
        )

    @property
    def settings(self) -> dict[str, str]:
        return {
            "connection.url": f"jdbc:sqlite:{self.path}",
            "topic.prefix": "shop-",
            "poll.interval.ms": "0",
            "tables": "`orders`",
            "tables.fetched": "true",
        }

    def execute(self, statement: str, *parameters: Any) -> None:
        self.raw.execute(statement, parameters)

    def add(self, item: str, changed_ms: int = 0) -> None:
        """Add an order, stamped in ms since the epoch as SQLite's JDBC driver does."""
        self.execute("INSERT INTO orders (item, changed) VALUES (?, ?)", item, changed_ms)

    def task(self, context: MemoryContext | None = None, /, **props: str) -> JdbcSourceTask:
        """Start a task; underscores in names of settings stand for points."""
        task = JdbcSourceTask()
        task.context = context or MemoryContext()
        given = {name.replace("_", "."): value for name, value in props.items()}
        task.start({**self.settings, **given})
        return task


def poll_until_idle(task: JdbcSourceTask, polls: int = 3) -> list[SourceRecord]:
    """Poll until so many polls in a row return nothing."""
    found: list[SourceRecord] = []
    idle = 0
    while idle < polls:
        records = task.poll()
        idle = 0 if records else idle + 1
        found += records or []
    return found


def values(records: Sequence[SourceRecord], name: str = "item") -> list[Any]:
    """One field of all records."""
    return [record.value[name] for record in records]
