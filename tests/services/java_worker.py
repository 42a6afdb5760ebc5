# SPDX-License-Identifier: Apache-2.0
"""A distributed worker of Java Kafka Connect: the peer in clusters that are taken over or mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.services.class_archive import sharing_options
from tests.services.maven import fetch_jars, find_program
from tests.services.worker_process import WorkerProcess, distributed_settings

__all__ = ["JavaWorker", "fetch_connect"]

_CONNECT = Path(__file__).parent / "connect"
# For short lives on few cores: little memory, the quick compiler, one thread of the collector.
_JVM = ["-Xms64m", "-Xmx256m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def fetch_connect() -> Path:
    """Return the folder with the jars of Java Kafka Connect, downloading them the first time."""
    return fetch_jars(_CONNECT / "pom.xml")


class JavaWorker(WorkerProcess):
    """``ConnectDistributed`` of Apache Kafka with the file connectors, in 256 MB of heap.

    Args:
        folder: Where the worker file and the log are.
        bootstrap_servers: The brokers.
        group: The ``group.id``; the three topics are named after it.
        settings: More settings, or other ones.
        environment: More environment variables.
        options: More options of Java.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        group: str,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        usual = distributed_settings(bootstrap_servers, group)
        # Looking for plugins without service files would take most of the start.
        usual["plugin.discovery"] = "service_load"
        super().__init__(folder, {**usual, **(settings or {})}, environment=environment)
        self._options = options

    def command(self, file: Path) -> Sequence[str | Path]:
        """Return Java with the main class and the worker file."""
        logging = f"-Dlog4j2.configurationFile={_CONNECT / 'log4j2.properties'}"
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        jars = fetch_connect()
        options = [*sharing_options(jars), *_JVM, *self._options]
        return [find_program("java"), *options, logging, "-cp", f"{jars}/*", main, file]
