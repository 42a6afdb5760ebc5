# SPDX-License-Identifier: Apache-2.0
"""The loggers of a process as ``/admin/loggers`` shows and changes them.

Names are those of Python's loggers. Scripts written for Java set levels on Java's packages, so the
names of these are known as well: setting one sets our loggers that do the same work.

Source:
    KIP-495, KIP-976; Apache Kafka ``connect/runtime`` ``Loggers``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from barnabas.telemetry.levels import OFF, level_name

__all__ = ["JAVA_LOGGERS", "ROOT", "Level", "LoggerRegistry"]

ROOT = "root"

JAVA_LOGGERS = {
    "io.aiven.connect.jdbc": "barnabas.connectors.jdbc",
    "io.confluent.connect.avro": "barnabas.converters.avro",
    "io.confluent.connect.hdfs": "barnabas.connectors.hdfs",
    "io.confluent.connect.hdfs3": "barnabas.connectors.hdfs",
    "io.confluent.connect.jdbc": "barnabas.connectors.jdbc",
    "io.confluent.connect.jdbc.sink": "barnabas.connectors.jdbc.sink",
    "io.confluent.connect.jdbc.source": "barnabas.connectors.jdbc.source",
    "io.confluent.connect.json": "barnabas.converters.json_schema",
    "io.confluent.connect.protobuf": "barnabas.converters.protobuf",
    "io.confluent.connect.storage": "barnabas.connectors._storage",
    "io.confluent.kafka.schemaregistry.client": "barnabas.registry",
    "org.apache.kafka": "barnabas",
    "org.apache.kafka.clients": "barnabas.kafka",
    "org.apache.kafka.connect": "barnabas",
    "org.apache.kafka.connect.file": "barnabas.connectors.file",
    "org.apache.kafka.connect.json": "barnabas.converters.json",
    "org.apache.kafka.connect.runtime": "barnabas.runtime",
    "org.apache.kafka.connect.runtime.WorkerSinkTask": "barnabas.runtime.tasks.sink",
    "org.apache.kafka.connect.runtime.WorkerSourceTask": "barnabas.runtime.tasks.source",
    "org.apache.kafka.connect.runtime.distributed": "barnabas.runtime.herder",
    "org.apache.kafka.connect.runtime.rest": "barnabas.rest",
    "org.apache.kafka.connect.runtime.standalone": "barnabas.runtime.herder",
    "org.apache.kafka.connect.storage": "barnabas.runtime.stores",
    "org.apache.kafka.connect.transforms": "barnabas.transforms",
}
"""Python's logger for each of Java's that scripts are known to set."""


class Level(NamedTuple):
    """Level of a logger and the moment it was last changed here, ms since the epoch."""

    name: str
    last_modified: int | None


class LoggerRegistry:
    """Reads and changes the levels of this process's loggers."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._modified: dict[str, int] = {}
        self._lock = threading.Lock()

    def all(self) -> dict[str, Level]:
        """Levels of all loggers that log at all, by name in order."""
        levels = {name: self._level(name) for name in sorted(self._names())}
        return {name: level for name, level in levels.items() if level.name != level_name(OFF)}

    def get(self, name: str) -> Level | None:
        """Level of one logger, None when nobody has used or set it."""
        if _is_root(name):
            return self._level(ROOT)
        return self._level(name) if name in self._names() else None

    def set(self, name: str, level: int) -> list[str]:
        """Set the level of a logger and of all below it; unknown ones come into being.

        Returns:
            Names of the loggers whose level really changed, sorted.
        """
        with self._lock:
            self._set_counterpart(name, level)
            if _is_root(name):
                affected = [ROOT, *self._names()]
            else:
                logging.getLogger(name)
                affected = [name, *(other for other in self._names() if _is_below(other, name))]
            return sorted({one for one in affected if self._change(one, level)})

    def _set_counterpart(self, name: str, level: int) -> None:
        """Let a level set on a package of Java's take effect on the modules that do its work."""
        ours = JAVA_LOGGERS.get(name)
        if ours is not None:
            for other in (ours, *(known for known in self._names() if _is_below(known, ours))):
                self._change(other, level)

    def _change(self, name: str, level: int) -> bool:
        logger = logging.getLogger(None if name == ROOT else name)
        if logger.getEffectiveLevel() == level:
            logger.setLevel(level)
            return False
        logger.setLevel(level)
        self._modified[name] = self._clock_ms()
        return True

    def _level(self, name: str) -> Level:
        logger = logging.getLogger(None if name == ROOT else name)
        return Level(level_name(logger.getEffectiveLevel()), self._modified.get(name))

    @staticmethod
    def _names() -> list[str]:
        known = logging.Logger.manager.loggerDict
        names = [name for name, one in list(known.items()) if isinstance(one, logging.Logger)]
        return [ROOT, *names]


def _is_root(name: str) -> bool:
    return not name or name.lower() == ROOT


def _is_below(name: str, ancestor: str) -> bool:
    return name.startswith(f"{ancestor}.")
