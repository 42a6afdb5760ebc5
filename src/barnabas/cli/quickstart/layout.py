# SPDX-License-Identifier: Apache-2.0
"""Where the quickstart keeps its files, where its parts listen, and the files that say so.

The worker file and the two connector files are ordinary ones: ``barnabas standalone`` takes them
as they are.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from barnabas import errors
from barnabas.cli.embedded_broker import CONSUMER_SETTINGS

__all__ = [
    "COMMIT_AFTER",
    "COMMIT_EVERY_MS",
    "SINK",
    "SOURCE",
    "TABLE",
    "Layout",
    "prepare_directory",
    "write_files",
]

SOURCE = "quickstart-source"
SINK = "quickstart-sink"
TABLE = "orders"
COMMIT_EVERY_MS = 3000
"""How long the sink keeps a file open: rows are to be seen soon, in files of several rows."""
COMMIT_AFTER = 5
"""How many rows end a file before that time."""

_TOPIC_PREFIX = "quickstart-"
_STRINGS = "org.apache.kafka.connect.storage.StringConverter"
_SQL_PROGRAM = """\
\"\"\"Run a statement: python sql.py "SELECT count(*) FROM orders".\"\"\"
import pathlib
import sqlite3
import sys

database = pathlib.Path(__file__).with_name("shop.db")
connection = sqlite3.connect(database, timeout=30, isolation_level=None)  # each statement commits
for row in connection.execute(sys.argv[1]):
    print(*row, sep=" | ")
"""


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where things are.

    Attributes:
        directory: Of everything else.
        bootstrap_servers: Where the broker is.
        port: Of the worker's REST API.
        registry_port: Of the Schema Registry's.
        is_embedded: Whether the broker ends with the quickstart.
    """

    directory: Path
    bootstrap_servers: str
    port: int
    registry_port: int
    is_embedded: bool

    @property
    def topic(self) -> str:
        """The topic between the connectors."""
        return f"{_TOPIC_PREFIX}{TABLE}"

    @property
    def url(self) -> str:
        """Address of the worker."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def registry_url(self) -> str:
        """Address of the Schema Registry."""
        return f"http://127.0.0.1:{self.registry_port}"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.directory / "shop.db"

    @property
    def lake(self) -> Path:
        """The directory of Parquet files of the topic."""
        return self.directory / "lake" / self.topic

    @property
    def worker_log(self) -> Path:
        """What the worker says."""
        return self.directory / "worker.log"

    @property
    def registry_log(self) -> Path:
        """What the registry says."""
        return self.directory / "registry.log"

    @property
    def settings(self) -> list[Path]:
        """The worker file and the connector files, as the command line takes them."""
        names = ("worker", "sink", "source")  # a sink takes longer to begin
        return [self.directory / f"{name}.properties" for name in names]


def prepare_directory(directory: Path, *, is_embedded: bool) -> Path:
    """Make the directory.

    Raises:
        ConnectError: An earlier quickstart left its files there, but no broker has its records.
    """
    directory = directory.absolute()
    if is_embedded and (directory / "lake").exists():
        message = (
            f"{directory} holds the files of an earlier quickstart, whose records are gone with its"
            " embedded broker: name another --directory, or remove this one"
        )
        raise errors.ConnectError(message)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def write_files(layout: Layout) -> None:
    """Write the worker file, the connector files and a program to run statements with."""
    for path, settings in zip(
        layout.settings, (_worker(layout), _sink(layout), _source(layout)), strict=True
    ):
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    (layout.directory / "sql.py").write_text(_SQL_PROGRAM)


def _worker(layout: Layout) -> dict[str, str]:
    return {
        "bootstrap.servers": layout.bootstrap_servers,
        "key.converter": _STRINGS,
        "value.converter": _STRINGS,
        "offset.storage.file.filename": str(layout.directory / "offsets"),
        "offset.flush.interval.ms": "1000",
        "listeners": layout.url,
        **(CONSUMER_SETTINGS if layout.is_embedded else {}),
    }


def _source(layout: Layout) -> dict[str, str]:
    return {
        "name": SOURCE,
        "connector.class": "io.confluent.connect.jdbc.JdbcSourceConnector",
        "connection.url": f"jdbc:sqlite:{layout.database}",
        "table.whitelist": TABLE,
        "mode": "incrementing",
        "incrementing.column.name": "id",
        "poll.interval.ms": "500",
        "topic.prefix": _TOPIC_PREFIX,
        **_avro(layout),
    }


def _sink(layout: Layout) -> dict[str, str]:
    return {
        "name": SINK,
        "connector.class": "io.confluent.connect.hdfs.HdfsSinkConnector",
        "topics": layout.topic,
        "store.url": layout.directory.as_uri(),
        "topics.dir": "/lake",
        "format.class": "io.confluent.connect.hdfs.parquet.ParquetFormat",
        "partitioner.class": "io.confluent.connect.storage.partitioner.DailyPartitioner",
        "locale": "en-US",
        "timezone": "UTC",
        "flush.size": str(COMMIT_AFTER),
        "rotate.interval.ms": str(COMMIT_EVERY_MS),
        **_avro(layout),
    }


def _avro(layout: Layout) -> dict[str, str]:
    return {
        "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": layout.registry_url,
    }
