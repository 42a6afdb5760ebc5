# SPDX-License-Identifier: Apache-2.0
"""The S3 source: objects of the sink's layout, read into topics.

Source:
    Confluent's configuration reference of ``io.confluent.connect.s3.source.S3SourceConnector``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from typing_extensions import override

from barnabas import config
from barnabas.connectors._storage.formats.format import Format
from barnabas.connectors._storage.reading.connector import StorageSourceConnector
from barnabas.connectors._storage.reading.settings import StorageSourceConfig
from barnabas.connectors._storage.reading.task import StorageSourceTask
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors.s3.config import S3SinkConfig
from barnabas.errors import ConfigError

__all__ = ["S3SourceConfig", "S3SourceConnector", "S3SourceTask"]

_MODE: Final = "RESTORE_BACKUP"


def _check_mode(name: str, value: object) -> None:
    if value != _MODE:
        message = (
            f"Invalid value {value} for configuration {name}: only objects under the names that"
            f" sinks give them are read, which is {_MODE}"
        )
        raise ConfigError(message)


class S3SourceConfig(StorageSourceConfig):
    """What the S3 source can be told; how S3 is reached is told as to the sink."""

    store_url = S3SinkConfig.store_url
    bucket = S3SinkConfig.bucket
    region = S3SinkConfig.region
    credentials_provider = S3SinkConfig.credentials_provider
    access_key_id = S3SinkConfig.access_key_id
    secret_access_key = S3SinkConfig.secret_access_key
    customer_key = S3SinkConfig.customer_key
    accelerates = S3SinkConfig.accelerates
    uses_path_style = S3SinkConfig.uses_path_style
    part_retries = S3SinkConfig.part_retries
    retry_backoff = S3SinkConfig.retry_backoff
    proxy_url = S3SinkConfig.proxy_url
    proxy_user = S3SinkConfig.proxy_user
    proxy_password = S3SinkConfig.proxy_password
    byte_array_extension = S3SinkConfig.byte_array_extension
    byte_array_separator = S3SinkConfig.byte_array_separator
    mode = config.Option(
        "mode",
        str,
        _MODE,
        "Which objects are read: RESTORE_BACKUP, those of the sink's layout.",
        group="S3",
        importance=config.Importance.MEDIUM,
        validator=config.validator(_check_mode, _MODE),
    )
    s3_poll_interval_ms = config.Option(
        "s3.poll.interval.ms",
        config.ConfigType.LONG,
        60000,
        "Milliseconds between two looks for new objects.",
        group="S3",
        importance=config.Importance.MEDIUM,
        validator=config.at_least(1),
    )

    @property
    @override
    def look_interval_ms(self) -> int:
        """How often to look for new objects."""
        return self.s3_poll_interval_ms

    @property
    def url(self) -> str:
        """Address of the bucket."""
        return self.as_sink().url

    def s3_settings(self) -> S3Settings:
        """What the client of S3 is told."""
        return self.as_sink().s3_settings()

    @override
    def make_format(self) -> Format:
        """See `StorageSourceConfig.make_format`."""
        return self.as_sink().make_format()

    @override
    def checks(self) -> list[Callable[[], object]]:
        """See `StorageSourceConfig.checks`."""
        return [*super().checks(), *self.as_sink().checks(), self._check_delimiter]

    def as_sink(self) -> S3SinkConfig:
        """The same settings as a sink has them, which means the same by them."""
        known = {name: self.originals[name] for name in self.values if name in self.originals}
        return S3SinkConfig({**known, "flush.size": "1"})

    def _check_delimiter(self) -> None:
        if self.directory_delim != "/":
            message = (
                f"Invalid value {self.directory_delim} for configuration directory.delim: objects"
                " whose names have no / cannot be listed by directories"
            )
            raise ConfigError(message)


class S3SourceTask(StorageSourceTask):
    """Reads objects of a bucket."""

    @override
    def read_settings(self, props: Mapping[str, str]) -> S3SourceConfig:
        """Parse the task's settings."""
        return S3SourceConfig(props)

    @override
    def open_store(self, settings: StorageSourceConfig) -> Storage:
        """Make the client of the bucket."""
        return cast("S3SourceConfig", settings).as_sink().open_bucket()


class S3SourceConnector(StorageSourceConnector):
    """Reads objects that an S3 sink wrote into topics, each record once."""

    config_class = S3SourceConfig

    @property
    @override
    def task_class(self) -> type[S3SourceTask]:
        """The task that reads."""
        return S3SourceTask
