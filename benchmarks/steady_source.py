# SPDX-License-Identifier: Apache-2.0
"""A source whose tasks emit at a steady rate, so that every pause shows in the timestamps.

It goes by the name and the settings of the one in Kafka Connect's own tests, which the Java workers
run beside (``java-steady/pom.xml``): ``topic``, ``throughput`` (records a second and task) and
``messages.per.poll``. Keys are ``key-<connector>-<task>-<number>``, numbers go on from the offset.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from barnabas import config, data
from barnabas.api import SourceConnector, SourceRecord, SourceTask

__all__ = ["JAVA_CLASS", "SteadySourceConnector", "SteadySourceTask", "make_plugin_folder"]

JAVA_CLASS = "org.apache.kafka.connect.integration.TestableSourceConnector"


def make_plugin_folder(folder: Path) -> Path:
    """Make a folder for ``plugin.path`` with this module in it, as ``pip --target`` would."""
    metadata = folder / "steady_source-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: steady_source\nVersion: 1.0\n")
    entry = f"[barnabas.source_connectors]\n{JAVA_CLASS} = steady_source:SteadySourceConnector\n"
    (metadata / "entry_points.txt").write_text(entry)
    shutil.copy(__file__, folder / "steady_source.py")
    return folder


class SteadySourceConfig(config.Config):
    """Settings of the steady source."""

    topic = config.Option("topic", str, config.NO_DEFAULT, "Where the records go.")
    throughput = config.Option("throughput", int, 10, "Records a second and task.")
    messages_per_poll = config.Option("messages.per.poll", int, 1, "Records per poll.")


class SteadySourceConnector(SourceConnector):
    """Gives as many tasks as are allowed."""

    config_class: ClassVar[type[config.Config]] = SteadySourceConfig

    @property
    def task_class(self) -> type[SteadySourceTask]:
        """The task that emits."""
        return SteadySourceTask

    def version(self) -> str:
        """Any."""
        return "1.0"

    def start(self, props: Mapping[str, str]) -> None:
        """Keep the settings."""
        self._props = dict(props)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Name the tasks."""
        name = self._props["name"]
        return [{**self._props, "task.id": f"{name}-{number}"} for number in range(max_tasks)]

    def stop(self) -> None:
        """Nothing is held."""


class SteadySourceTask(SourceTask):
    """Emits numbered records."""

    def start(self, props: Mapping[str, str]) -> None:
        """Go on after the stored number."""
        settings = SteadySourceConfig(props)
        self._topic = settings.topic
        self._id = props["task.id"]
        self._batch = settings.messages_per_poll
        self._pause_s = self._batch / settings.throughput
        self._partition = {"task.id": self._id}
        offset = self.context.offset_storage_reader.offset(self._partition)
        self._number = int(offset["saved"]) if offset else 0
        self._next_at = time.monotonic()

    def version(self) -> str:
        """Any."""
        return "1.0"

    def poll(self) -> list[SourceRecord] | None:
        """Wait for the next beat, and return the records of one."""
        wait_s = self._next_at - time.monotonic()
        if wait_s > 0:
            self.context.wait(wait_s)
        self._next_at = max(self._next_at + self._pause_s, time.monotonic())
        return [self._record() for _ in range(self._batch)]

    def stop(self) -> None:
        """Nothing is held."""

    def _record(self) -> SourceRecord:
        self._number += 1
        return SourceRecord(
            source_partition=self._partition,
            source_offset={"saved": self._number},
            topic=self._topic,
            key_schema=data.STRING,
            key=f"key-{self._id}-{self._number}",
            value_schema=data.STRING,
            value=f"value-{self._id}-{self._number}",
        )
