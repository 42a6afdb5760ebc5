# SPDX-License-Identifier: Apache-2.0
"""Settings that all sinks which write files have; names and defaults are Java's.

Source:
    Reference page *hdfs*, section 1.1.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from barnabas import config
from barnabas.connectors._storage.compatibility import Compatibility
from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.partitioners import Partitioner, PartitionerSettings
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.connectors._storage.zones import zone_of
from barnabas.errors import ConfigError

__all__ = ["StorageSinkConfig"]


def _check_field_paths(name: str, value: object) -> None:
    for path in value if isinstance(value, list | tuple) else ():
        if not all(part.strip() for part in str(path).split(".")):
            message = (
                f"Invalid value {path} for configuration {name}: the name of a field, and each part"
                " between dots, must not be empty"
            )
            raise ConfigError(message)


class StorageSinkConfig(config.Config):
    """What sinks of files can be told."""

    format_class = config.Option(
        "format.class",
        config.ConfigType.CLASS,
        None,
        "File format: AvroFormat, ParquetFormat, JsonFormat, StringFormat or ByteArrayFormat, "
        "or the name of Java's class.",
        group="Connector",
        importance=config.Importance.HIGH,
    )
    flush_size = config.Option(
        "flush.size",
        int,
        config.NO_DEFAULT,
        "Records of a Kafka partition, in all its open files together, after which they are "
        "committed.",
        group="Connector",
        importance=config.Importance.HIGH,
        validator=config.at_least(1),
    )
    rotate_interval_ms = config.Option(
        "rotate.interval.ms",
        config.ConfigType.LONG,
        -1,
        "Milliseconds that files may span: by the times of records with a time-based "
        "partitioner and another timestamp.extractor than Wallclock, else by the clock. Not "
        "positive: no limit.",
        group="Connector",
        importance=config.Importance.HIGH,
    )
    rotate_schedule_interval_ms = config.Option(
        "rotate.schedule.interval.ms",
        config.ConfigType.LONG,
        -1,
        "Milliseconds between commits by the clock, counted from midnight in the zone of "
        "timezone. Not positive: no such commits.",
        group="Connector",
        importance=config.Importance.MEDIUM,
    )
    rotate_file_bytes = config.Option(
        "rotate.file.bytes",
        config.ConfigType.LONG,
        -1,
        "Bytes that the largest open file of a Kafka partition may reach before all of them "
        "are committed. Not positive: no limit. Java's connector does not have this setting.",
        group="Connector",
        importance=config.Importance.MEDIUM,
    )
    rotate_idle_files = config.Option(
        "rotate.idle.files",
        bool,
        True,
        "Whether files that rotate.interval.ms ends by record times are also ended when no "
        "record came for that long. Java's connector leaves them open. It does not have this "
        "setting.",
        group="Connector",
        importance=config.Importance.LOW,
    )
    max_open_files = config.Option(
        "max.open.files",
        int,
        1000,
        "Open files of a task; the least recently written ones are ended early when there are "
        "more. Not positive: any number. Java's connector does not have this setting.",
        group="Connector",
        importance=config.Importance.MEDIUM,
    )
    max_buffered_bytes = config.Option(
        "max.buffered.bytes",
        config.ConfigType.LONG,
        268435456,
        "Bytes of records that may wait in memory for being written, in all open files of a "
        "task. Not positive: any number. Java's connector does not have this setting.",
        group="Connector",
        importance=config.Importance.MEDIUM,
    )
    schemas_cache_size = config.Option(
        "schemas.cache.config",
        int,
        1000,
        "Schemas whose translation is kept.",
        group="Connector",
        importance=config.Importance.LOW,
        validator=config.at_least(1),
    )
    enhanced_avro_schema_support = config.Option(
        "enhanced.avro.schema.support",
        bool,
        True,
        "Whether Avro schemas keep enum symbols and namespaces.",
        group="Connector",
        importance=config.Importance.LOW,
    )
    connect_meta_data = config.Option(
        "connect.meta.data",
        bool,
        True,
        "Whether Avro schemas keep what only Connect's schemas know.",
        group="Connector",
        importance=config.Importance.LOW,
    )
    allow_optional_map_keys = config.Option(
        "allow.optional.map.keys",
        bool,
        False,
        "Whether maps may have optional texts as keys.",
        group="Connector",
        importance=config.Importance.LOW,
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
    shutdown_timeout_ms = config.Option(
        "shutdown.timeout.ms",
        config.ConfigType.LONG,
        3000,
        "Milliseconds to wait for files that are being closed when the task ends.",
        group="Connector",
        importance=config.Importance.MEDIUM,
        validator=config.at_least(0),
    )
    filename_offset_width = config.Option(
        "filename.offset.zero.pad.width",
        int,
        10,
        "Digits to fill offsets in file names up to, with zeros.",
        group="Connector",
        importance=config.Importance.LOW,
        validator=config.range_between(0, 1000),
    )
    avro_codec = config.Option(
        "avro.codec",
        str,
        "null",
        "Compression of Avro files.",
        group="Connector",
        importance=config.Importance.LOW,
        recommender=config.offer("null", "deflate", "snappy", "bzip2", "zstandard", "xz"),
    )
    parquet_codec = config.Option(
        "parquet.codec",
        str,
        "snappy",
        "Compression of Parquet files.",
        group="Connector",
        importance=config.Importance.LOW,
        recommender=config.offer("none", "snappy", "gzip", "zstd", "lz4", "brotli"),
    )
    parquet_logical_types = config.Option(
        "parquet.logical.types",
        bool,
        True,
        "Whether Parquet files have dates, times, timestamps and decimals as such. False: as "
        "Java's connector writes them. It does not have this setting.",
        group="Connector",
        importance=config.Importance.LOW,
    )
    schema_compatibility = config.Option(
        "schema.compatibility",
        str,
        "NONE",
        "How schemas may change within a file: NONE, BACKWARD, FORWARD or FULL.",
        group="Connector",
        importance=config.Importance.HIGH,
        recommender=config.offer("NONE", "BACKWARD", "FORWARD", "FULL"),
    )
    storage_class = config.Option(
        "storage.class",
        config.ConfigType.CLASS,
        None,
        "Java's class of the store; the address says which store it is.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    topics_dir = config.Option(
        "topics.dir",
        str,
        "topics",
        "Directory for the directories of topics.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    store_url = config.Option(
        "store.url",
        str,
        None,
        "Address of the store: hdfs://namenode:8020, webhdfs://namenode:9870, file:///directory.",
        group="Storage",
        importance=config.Importance.HIGH,
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
        "What separates the parts of file names; ignored here, as in Java: it is always +.",
        group="Storage",
        importance=config.Importance.MEDIUM,
    )
    partitioner_class = config.Option(
        "partitioner.class",
        config.ConfigType.CLASS,
        "io.confluent.connect.storage.partitioner.DefaultPartitioner",
        "Which directory a record goes to: DefaultPartitioner, FieldPartitioner, "
        "TimeBasedPartitioner, DailyPartitioner, HourlyPartitioner or "
        "FieldAndTimeBasedPartitioner, or the name of Java's class.",
        group="Partitioner",
        importance=config.Importance.HIGH,
    )
    partition_field_name = config.Option(
        "partition.field.name",
        list,
        (),
        "Fields of the value that name directories; with dots for fields in fields.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
        validator=config.validator(_check_field_paths, "names of fields"),
    )
    partition_duration_ms = config.Option(
        "partition.duration.ms",
        config.ConfigType.LONG,
        -1,
        "Milliseconds of a directory of TimeBasedPartitioner.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
    )
    path_format = config.Option(
        "path.format",
        str,
        "",
        "Directory of a time: a pattern of Joda-Time such as 'year'=YYYY/'month'=MM.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
    )
    locale = config.Option(
        "locale",
        str,
        "",
        "Language of names in path.format, such as en-US.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
    )
    timezone = config.Option(
        "timezone",
        str,
        "",
        "Time zone of path.format and rotate.schedule.interval.ms, such as UTC or Europe/Berlin.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
    )
    timestamp_extractor = config.Option(
        "timestamp.extractor",
        str,
        "Wallclock",
        "Where a record's time is from: Wallclock, Record or RecordField.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
    )
    timestamp_field = config.Option(
        "timestamp.field",
        str,
        "timestamp",
        "The field that RecordField looks at; with dots for fields in fields.",
        group="Partitioner",
        importance=config.Importance.MEDIUM,
    )

    def make_format(self) -> Format:
        """The file format.

        Raises:
            ConfigError: There is no such format, or its library is not installed.
        """
        return make_format(self.format_class or "")

    def file_extension(self) -> str:
        """End of file names, with its dots, if it is not the format's; else empty."""
        return ""

    @property
    def zone(self) -> datetime.tzinfo:
        """The zone of ``timezone``; UTC when there is none.

        Raises:
            ConfigError: There is no such zone.
        """
        return zone_of(self.timezone) if self.timezone.strip() else datetime.UTC

    @property
    def compatibility(self) -> Compatibility:
        """How schemas may change within a file."""
        return Compatibility.of(self.schema_compatibility)

    def format_settings(self) -> FormatSettings:
        """What formats are told."""
        return FormatSettings(
            avro_codec=self.avro_codec,
            parquet_codec=self.parquet_codec,
            keeps_logical_types=self.parquet_logical_types,
            enhanced_avro_schema_support=self.enhanced_avro_schema_support,
            connect_meta_data=self.connect_meta_data,
            allow_optional_map_keys=self.allow_optional_map_keys,
            schemas_cache_size=self.schemas_cache_size,
        )

    def partitioner_settings(self) -> PartitionerSettings:
        """What partitioners are told."""
        return PartitionerSettings(
            field_names=tuple(self.partition_field_name),
            duration_ms=self.partition_duration_ms,
            path_format=self.path_format,
            locale=self.locale,
            timezone=self.timezone,
            directory_delim=self.directory_delim,
            timestamp_extractor=self.timestamp_extractor,
            timestamp_field=self.timestamp_field,
        )

    def rotation_rules(self, partitioner: Partitioner) -> RotationRules:
        """When files end.

        Raises:
            ConfigError: The time zone is missing or unknown.
        """
        if self.rotate_schedule_interval_ms > 0 and not self.timezone.strip():
            message = (
                f"Invalid value {self.timezone} for configuration timezone: timezone configuration"
                " must be set when using rotate.schedule.interval.ms"
            )
            raise ConfigError(message)
        extractor = partitioner.extractor
        return RotationRules(
            flush_size=self.flush_size,
            interval_ms=self.rotate_interval_ms,
            schedule_ms=self.rotate_schedule_interval_ms,
            file_bytes=self.rotate_file_bytes,
            timezone=self.zone,
            uses_record_time=extractor is not None and not extractor.is_wall_clock,
            ends_idle_files=self.rotate_idle_files,
        )

    def checks(self) -> list[Callable[[], object]]:
        """Functions that raise `ConfigError` for settings which do not fit together."""
        return []
