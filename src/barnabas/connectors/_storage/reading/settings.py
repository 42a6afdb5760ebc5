# SPDX-License-Identifier: Apache-2.0
"""Settings that all sources which read files have; names are those of Confluent's connectors.

Source:
    The configuration references of Confluent's HDFS and S3 source connectors.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from barnabas import config
from barnabas.connectors._storage.formats.format import Format
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.reading.file_names import FileNames
from barnabas.errors import ConfigError

__all__ = ["StorageSourceConfig"]


def _check_topics_dir(name: str, value: object) -> None:
    if "${" in str(value):
        message = (
            f"Invalid value {value} for configuration {name}: a source finds out the topics from"
            " the directories in this one; parts of their names cannot stand above them"
        )
        raise ConfigError(message)


class StorageSourceConfig(config.Config):
    """What sources of files can be told."""

    format_class = config.Option(
        "format.class",
        config.ConfigType.CLASS,
        config.NO_DEFAULT,
        "File format: AvroFormat, ParquetFormat, JsonFormat, StringFormat or ByteArrayFormat, "
        "or the name of Java's class. Files with another extension are left alone.",
        group="Connector",
        importance=config.Importance.HIGH,
    )
    topics_dir = config.Option(
        "topics.dir",
        str,
        "topics",
        "Directory of the directories of topics.",
        group="Storage",
        importance=config.Importance.HIGH,
        validator=config.validator(_check_topics_dir, "a path"),
    )
    store_url = config.Option(
        "store.url",
        str,
        None,
        "Address of the store: hdfs://namenode:8020, webhdfs://namenode:9870, file:///directory.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    storage_class = config.Option(
        "storage.class",
        config.ConfigType.CLASS,
        None,
        "Java's class of the store; the address says which store it is.",
        group="Storage",
        importance=config.Importance.LOW,
    )
    directory_delim = config.Option(
        "directory.delim",
        str,
        "/",
        "What separates directories in partitions.",
        group="Storage",
        importance=config.Importance.MEDIUM,
        validator=config.non_empty(),
    )
    file_delim = config.Option(
        "file.delim",
        str,
        "+",
        "What separates the parts of file names.",
        group="Storage",
        importance=config.Importance.MEDIUM,
        validator=config.non_empty(),
    )
    topics = config.Option(
        "topics",
        list,
        (),
        "Topics whose files are read; all if neither this nor topics.regex is set. Not a "
        "setting of Confluent's sources.",
        group="Connector",
        importance=config.Importance.HIGH,
    )
    topics_regex = config.Option(
        "topics.regex",
        str,
        "",
        "Regular expression of topics whose files are read. Not a setting of Confluent's sources.",
        group="Connector",
        importance=config.Importance.HIGH,
        validator=config.valid_regex(),
    )
    target_topic = config.Option(
        "target.topic",
        str,
        "",
        "Topic that all records go to; otherwise each goes to that of the name its files have. "
        "Not a setting of Confluent's sources.",
        group="Connector",
        importance=config.Importance.MEDIUM,
    )
    keep_partitions = config.Option(
        "keep.partitions",
        bool,
        True,
        "Whether records go to the Kafka partition of the number they came from, which the topic "
        "must have. Not a setting of Confluent's sources.",
        group="Connector",
        importance=config.Importance.MEDIUM,
    )
    path_fields = config.Option(
        "path.fields",
        str,
        "none",
        "What becomes of fields that stand in a path and not in the value: none, or headers. "
        "Not a setting of Confluent's sources.",
        group="Connector",
        importance=config.Importance.LOW,
        validator=config.case_insensitive_valid_string("none", "headers"),
        recommender=config.offer("none", "headers"),
    )
    behavior_on_error = config.Option(
        "behavior.on.error",
        str,
        "fail",
        "What to do about a file that is damaged, gone or changed: fail, or ignore the rest of it.",
        group="Connector",
        importance=config.Importance.MEDIUM,
        validator=config.case_insensitive_valid_string("fail", "ignore"),
        recommender=config.offer("fail", "ignore"),
    )
    record_batch_max_size = config.Option(
        "record.batch.max.size",
        int,
        5000,
        "Most records of a poll.",
        group="Connector",
        importance=config.Importance.MEDIUM,
        validator=config.at_least(1),
    )
    retry_backoff_ms = config.Option(
        "retry.backoff.ms",
        config.ConfigType.LONG,
        5000,
        "Milliseconds to wait after the store failed.",
        group="Connector",
        importance=config.Importance.LOW,
        validator=config.at_least(0),
    )

    @property
    def look_interval_ms(self) -> int:
        """How often to look for new files."""
        raise NotImplementedError

    @property
    def ignores_errors(self) -> bool:
        """Whether files that cannot be read are passed over."""
        return self.behavior_on_error.lower() == "ignore"

    @property
    def has_path_headers(self) -> bool:
        """Whether fields of the path become headers."""
        return self.path_fields.lower() == "headers"

    def file_names(self) -> FileNames:
        """What tells which files count.

        Raises:
            ConfigError: There is no such format.
        """
        return FileNames(self.file_delim, self.make_format().extension)

    def make_format(self) -> Format:
        """The format of the files.

        Raises:
            ConfigError: There is no such format.
        """
        return make_format(self.format_class)

    def topic_filter(self) -> Callable[[str], bool]:
        """What tells whether files of a topic are read.

        Raises:
            ConfigError: Both ways to choose topics are used.
        """
        if self.topics and self.topics_regex:
            message = (
                f"Invalid value {self.topics_regex} for configuration topics.regex: topics chooses"
                " topics already; remove one of them"
            )
            raise ConfigError(message)
        if self.topics:
            return frozenset(self.topics).__contains__
        if not self.topics_regex:
            return lambda _topic: True
        regex: re.Pattern[str] = config.java_regex(self.topics_regex)
        return lambda topic: regex.fullmatch(topic) is not None

    def checks(self) -> list[Callable[[], object]]:
        """Functions that raise `ConfigError` for settings which do not fit together."""
        return [self.file_names, self.topic_filter]
