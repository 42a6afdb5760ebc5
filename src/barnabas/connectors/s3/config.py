# SPDX-License-Identifier: Apache-2.0
"""Settings of the S3 sink; names and defaults are Java's.

Source:
    Reference page *hdfs*, sections 1.1 and 9.1.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import enum
import logging
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from typing_extensions import override

from barnabas import config
from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.object_storage import ObjectStorage
from barnabas.connectors._storage.object_stores import SCHEMES, ObjectStores
from barnabas.connectors._storage.partitioners import Partitioner
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.connectors._storage.written_objects import ObjectRules
from barnabas.errors import ConfigError

__all__ = ["NullBehavior", "S3SinkConfig"]

_DEFAULT_PROVIDER: Final = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
_PROVIDERS: Final = ("DefaultCredentialsProvider", "DefaultAWSCredentialsProviderChain")
_ACLS: Final = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
)
_IDLE_SETTINGS: Final = (
    "s3.retry.backoff.ms",
    "s3.http.send.expect.continue",
    "partitioner.max.open.files",
    "max.write.duration.ms",
    "s3.elastic.buffer.enable",
    "max.files.scan.limit",
)
_PARQUET_EXTENSIONS: Final = {
    "none": ".parquet",
    "uncompressed": ".parquet",
    "gzip": ".gz.parquet",
    "brotli": ".br.parquet",
    "lz4": ".lz4raw.parquet",
}
_KEY_BYTES: Final = 32

_logger = logging.getLogger(__name__)


class NullBehavior(enum.Enum):
    """What is done with records without value."""

    FAIL = "fail"
    IGNORE = "ignore"
    WRITE = "write"


def _check_pairs(name: str, value: object) -> None:
    for pair in value if isinstance(value, list | tuple) else ():
        if ":" not in str(pair):
            message = f"Invalid value {pair} for configuration {name}: write tags as key:value"
            raise ConfigError(message)


def _check_acl(name: str, value: object) -> None:
    if value and str(value).strip() not in _ACLS:
        message = f"Invalid value {value} for configuration {name}: S3 has {', '.join(_ACLS)}"
        raise ConfigError(message)


class S3SinkConfig(StorageSinkConfig):
    """What the S3 sink can be told."""

    format_class = config.Option(
        "format.class",
        config.ConfigType.CLASS,
        config.NO_DEFAULT,
        "File format: JsonFormat, AvroFormat, ParquetFormat, ByteArrayFormat or "
        "StringFormat, or the name of Java's class.",
        group="Connector",
        importance=config.Importance.HIGH,
    )
    storage_class = config.Option(
        "storage.class",
        config.ConfigType.CLASS,
        "io.confluent.connect.s3.storage.S3Storage",
        "Java's class of the store; there is no other here.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    store_url = config.Option(
        "store.url",
        str,
        None,
        "Address of another server than AWS that speaks S3, such as http://minio:9000; or of a "
        "bucket elsewhere: gs://bucket, az://container.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    file_delim = config.Option(
        "file.delim",
        str,
        "+",
        "What separates the parts of object names.",
        group="Storage",
        importance=config.Importance.MEDIUM,
        validator=config.non_empty(),
    )
    rotate_idle_files = config.Option(
        "rotate.idle.files",
        bool,
        False,
        "Whether files that rotate.interval.ms ends by record times are also ended when no "
        "record came for that long by the clock; then a task that is killed may write "
        "records twice. Java's connector does not have this setting.",
        group="Connector",
        importance=config.Importance.LOW,
    )
    bucket = config.Option(
        "s3.bucket.name",
        str,
        config.NO_DEFAULT,
        "The bucket.",
        group="S3",
        importance=config.Importance.HIGH,
        validator=config.non_empty(),
    )
    region = config.Option(
        "s3.region",
        str,
        "us-west-2",
        "Region of the bucket.",
        group="S3",
        importance=config.Importance.MEDIUM,
    )
    part_size = config.Option(
        "s3.part.size",
        int,
        26214400,
        "Bytes of a part of an upload; what is not larger is written at once.",
        group="S3",
        importance=config.Importance.HIGH,
        validator=config.range_between(5242880, 2147483647),
    )
    credentials_provider = config.Option(
        "s3.credentials.provider.class",
        config.ConfigType.CLASS,
        _DEFAULT_PROVIDER,
        "Who gives the credentials: only the default, which searches the environment, "
        "profiles and the machine's role, as all of AWS's programs do.",
        group="S3",
        importance=config.Importance.LOW,
    )
    access_key_id = config.Option(
        "aws.access.key.id",
        str,
        "",
        "Access key; empty: found by the credentials provider.",
        group="S3",
        importance=config.Importance.HIGH,
    )
    secret_access_key = config.Option(
        "aws.secret.access.key",
        config.Password,
        None,
        "Secret of the access key.",
        group="S3",
        importance=config.Importance.HIGH,
    )
    encryption = config.Option(
        "s3.ssea.name",
        str,
        "",
        "Encryption on the server: AES256 or aws:kms.",
        group="S3",
        importance=config.Importance.LOW,
        recommender=config.offer("AES256", "aws:kms"),
    )
    customer_key = config.Option(
        "s3.sse.customer.key",
        config.Password,
        None,
        "Key of the customer's for encryption on the server; 32 bytes in Base64.",
        group="S3",
        importance=config.Importance.LOW,
    )
    kms_key_id = config.Option(
        "s3.sse.kms.key.id",
        str,
        "",
        "Key of AWS's key service for s3.ssea.name=aws:kms.",
        group="S3",
        importance=config.Importance.LOW,
    )
    canned_acl = config.Option(
        "s3.acl.canned",
        str,
        None,
        "Who may read objects: one of S3's canned lists, such as private or bucket-owner-"
        "full-control.",
        group="S3",
        importance=config.Importance.LOW,
        recommender=config.offer(*_ACLS),
        validator=config.validator(_check_acl, "a canned list of rights"),
    )
    accelerates = config.Option(
        "s3.wan.mode",
        bool,
        False,
        "Whether to use S3's accelerated address.",
        group="S3",
        importance=config.Importance.MEDIUM,
    )
    uses_path_style = config.Option(
        "s3.path.style.access.enabled",
        bool,
        True,
        "Whether the bucket is in the path of addresses, not in the host name.",
        group="S3",
        importance=config.Importance.LOW,
    )
    compression_type = config.Option(
        "s3.compression.type",
        str,
        "none",
        "Compression of JSON, text and bytes: none or gzip.",
        group="S3",
        importance=config.Importance.LOW,
        validator=config.valid_string("none", "gzip"),
    )
    compression_level = config.Option(
        "s3.compression.level",
        int,
        -1,
        "How much gzip compresses, from 0 to 9; -1: as the library likes.",
        group="S3",
        importance=config.Importance.LOW,
        validator=config.range_between(-1, 9),
    )
    sends_digest = config.Option(
        "s3.send.digest",
        bool,
        False,
        "Whether requests carry a checksum of their content.",
        group="S3",
        importance=config.Importance.LOW,
    )
    part_retries = config.Option(
        "s3.part.retries",
        int,
        3,
        "How often a request is tried again before the records since the last commit are "
        "read again.",
        group="S3",
        importance=config.Importance.MEDIUM,
        validator=config.at_least(0),
    )
    retry_backoff = config.Option(
        "s3.retry.backoff.ms",
        config.ConfigType.LONG,
        200,
        "Has no effect: the library waits between tries, up to 20 s.",
        group="S3",
        importance=config.Importance.LOW,
    )
    tags = config.Option(
        "s3.object.tagging",
        bool,
        False,
        "Whether objects get tags that tell startOffset, endOffset and recordCount.",
        group="S3",
        importance=config.Importance.LOW,
    )
    tag_pairs = config.Option(
        "s3.object.tagging.key.value.pairs",
        list,
        (),
        "More tags, as key:value.",
        group="S3",
        importance=config.Importance.LOW,
        validator=config.validator(_check_pairs, "pairs like key:value"),
    )
    tagging_errors = config.Option(
        "s3.object.behavior.on.tagging.error",
        str,
        "ignore",
        "Whether a tag that cannot be set fails the commit: ignore or fail.",
        group="S3",
        importance=config.Importance.LOW,
        validator=config.valid_string("ignore", "fail"),
    )
    proxy_url = config.Option(
        "s3.proxy.url",
        str,
        "",
        "Address of a proxy, such as http://proxy:3128.",
        group="S3",
        importance=config.Importance.LOW,
    )
    proxy_user = config.Option(
        "s3.proxy.user",
        str,
        None,
        "User at the proxy.",
        group="S3",
        importance=config.Importance.LOW,
    )
    proxy_password = config.Option(
        "s3.proxy.password",
        config.Password,
        None,
        "Password at the proxy.",
        group="S3",
        importance=config.Importance.LOW,
    )
    expects_continue = config.Option(
        "s3.http.send.expect.continue",
        bool,
        True,
        "Has no effect: the library decides.",
        group="S3",
        importance=config.Importance.LOW,
    )
    byte_array_extension = config.Option(
        "format.bytearray.extension",
        str,
        ".bin",
        "End of object names with ByteArrayFormat.",
        group="S3",
        importance=config.Importance.LOW,
    )
    byte_array_separator = config.Option(
        "format.bytearray.separator",
        str,
        None,
        "What follows each value with ByteArrayFormat; a line feed when it is not set.",
        group="S3",
        importance=config.Importance.LOW,
    )
    behavior_on_null_values = config.Option(
        "behavior.on.null.values",
        str,
        "fail",
        "What to do with records without value: fail, or ignore them.",
        group="S3",
        importance=config.Importance.LOW,
        validator=config.valid_string("fail", "ignore", "write"),
    )
    report_null_values_to_dlq = config.Option(
        "report.null.values.to.dlq",
        bool,
        True,
        "Whether records without value that are ignored go to the dead letter queue, if "
        "there is one.",
        group="S3",
        importance=config.Importance.LOW,
    )
    tombstone_partition = config.Option(
        "tombstone.encoded.partition",
        str,
        "tombstone",
        "Has no effect without behavior.on.null.values=write.",
        group="S3",
        importance=config.Importance.LOW,
    )
    stores_keys = config.Option(
        "store.kafka.keys",
        bool,
        False,
        "Not supported: must be false.",
        group="S3",
        importance=config.Importance.LOW,
    )
    keys_format = config.Option(
        "keys.format.class",
        config.ConfigType.CLASS,
        None,
        "Has no effect without store.kafka.keys.",
        group="S3",
        importance=config.Importance.LOW,
    )
    stores_headers = config.Option(
        "store.kafka.headers",
        bool,
        False,
        "Not supported: must be false.",
        group="S3",
        importance=config.Importance.LOW,
    )
    headers_format = config.Option(
        "headers.format.class",
        config.ConfigType.CLASS,
        None,
        "Has no effect without store.kafka.headers.",
        group="S3",
        importance=config.Importance.LOW,
    )
    decimal_format = config.Option(
        "json.decimal.format",
        str,
        "BASE64",
        "How JsonFormat writes decimals: BASE64 or NUMERIC.",
        group="S3",
        importance=config.Importance.LOW,
        validator=config.valid_string("BASE64", "NUMERIC"),
    )
    rotates_on_partition_change = config.Option(
        "rotate.file.on.partition.change",
        bool,
        True,
        "Whether files end when the next record belongs to another directory, with a time-"
        "based partitioner and rotate.interval.ms.",
        group="S3",
        importance=config.Importance.LOW,
    )
    most_open_of_partition = config.Option(
        "partitioner.max.open.files",
        int,
        -1,
        "Has no effect: max.open.files limits the open files of a task.",
        group="S3",
        importance=config.Importance.LOW,
    )
    schema_affix = config.Option(
        "s3.schema.partition.affix.type",
        str,
        "NONE",
        "Not supported: must be NONE.",
        group="S3",
        importance=config.Importance.LOW,
    )
    longest_put = config.Option(
        "max.write.duration.ms",
        config.ConfigType.LONG,
        9223372036854775807,
        "Has no effect: writing does not hold up the task.",
        group="S3",
        importance=config.Importance.LOW,
    )
    elastic_buffer = config.Option(
        "s3.elastic.buffer.enable",
        bool,
        False,
        "Has no effect: parts wait in files, not in memory.",
        group="S3",
        importance=config.Importance.LOW,
    )
    elastic_capacity = config.Option(
        "s3.elastic.buffer.init.capacity",
        int,
        131072,
        "Has no effect.",
        group="S3",
        importance=config.Importance.LOW,
    )
    conditional_writes = config.Option(
        "enable.conditional.writes",
        bool,
        True,
        "Whether objects are written on the condition that they do not exist, which shows "
        "that somebody else writes them. Set false for servers that do not know If-None-"
        "Match.",
        group="S3",
        importance=config.Importance.LOW,
    )
    scan_limit = config.Option(
        "max.files.scan.limit",
        int,
        100,
        "Has no effect: an object that exists is compared, not skipped.",
        group="S3",
        importance=config.Importance.LOW,
    )

    @property
    def url(self) -> str:
        """Address of the bucket."""
        address = (self.store_url or "").strip()
        return address if self.is_elsewhere else f"s3://{self.bucket}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether store.url names a bucket of Google's or Azure's."""
        scheme, is_address, _ = (self.store_url or "").strip().partition("://")
        return bool(is_address) and scheme.lower() in SCHEMES

    @property
    def null_behavior(self) -> NullBehavior:
        """What is done with records without value."""
        return NullBehavior(self.behavior_on_null_values)

    @property
    def is_gzip(self) -> bool:
        """Whether objects are compressed as a whole."""
        return self.compression_type == "gzip"

    def open_bucket(self) -> ObjectStorage:
        """Make the client that store.url asks for.

        Raises:
            ConfigError: Its library is missing, or refuses a setting.
        """
        if self.is_elsewhere:
            return ObjectStores(self.url, self.part_size)
        return S3Storage(self.url, self.s3_settings())

    def s3_settings(self) -> S3Settings:
        """What the client of S3 is told."""
        return S3Settings(
            region=self.region,
            endpoint=(self.store_url or "").strip(),
            access_key_id=self.access_key_id,
            secret_access_key=_secret(self.secret_access_key),
            uses_path_style=self.uses_path_style and not self.accelerates,
            accelerates=self.accelerates,
            part_size=self.part_size,
            refuses_to_overwrite=self.conditional_writes,
            canned_acl=(self.canned_acl or "").strip(),
            encryption=self.encryption,
            customer_key=_secret(self.customer_key),
            kms_key_id=self.kms_key_id,
            sends_digest=self.sends_digest,
            retries=self.part_retries,
            proxy=self._proxy(),
        )

    def object_rules(self) -> ObjectRules:
        """How objects are named and what is done to them."""
        pairs = (pair.partition(":") for pair in self.tag_pairs)
        return ObjectRules(
            directory_delim=self.directory_delim,
            file_delim=self.file_delim,
            gzip_level=self.compression_level if self.is_gzip else None,
            tags={key.strip(): value.strip() for key, _, value in pairs} if self.tags else None,
            tags_must_succeed=self.tagging_errors == "fail",
        )

    def directories(self) -> TopicDirectories:
        """Where the objects of topics are.

        Raises:
            ConfigError: topics.dir refers to something unknown.
        """
        return TopicDirectories(self.topics_dir, "", None)

    def warn(self, props: Mapping[str, str]) -> None:
        """Say in the log which settings do nothing, or weaken what is promised."""
        for name in _IDLE_SETTINGS:
            if name in props:
                _logger.warning("%s has no effect here; see docs/s3_sink.md", name)
        if self.rotate_schedule_interval_ms > 0 or self._is_cut_by_clock():
            _logger.warning(
                "Files end by the clock (rotate.schedule.interval.ms, rotate.idle.files or the"
                " timestamp.extractor Wallclock): a task that is killed may write records twice"
            )

    @override
    def make_format(self) -> Format:
        """See `StorageSinkConfig.make_format`."""
        made = make_format(self.format_class or "")
        if self._format_name != "ByteArrayFormat":
            return made
        from barnabas.connectors._storage.formats.lines import ByteArrayFormat

        separator = "\n" if self.byte_array_separator is None else self.byte_array_separator
        return ByteArrayFormat(self.byte_array_extension, separator.encode())

    @override
    def file_extension(self) -> str:
        """See `StorageSinkConfig.file_extension`."""
        if self._format_name == "ParquetFormat":
            codec = self.parquet_codec.strip().lower()
            return _PARQUET_EXTENSIONS.get(codec, f".{codec}.parquet")
        return f"{self.make_format().extension}.gz" if self.is_gzip else ""

    @override
    def format_settings(self) -> FormatSettings:
        """See `StorageSinkConfig.format_settings`."""
        return dataclasses.replace(
            super().format_settings(), json_decimal_format=self.decimal_format
        )

    @override
    def rotation_rules(self, partitioner: Partitioner) -> RotationRules:
        """See `StorageSinkConfig.rotation_rules`; the interval is for time-based partitioners."""
        rules = super().rotation_rules(partitioner)
        if partitioner.extractor is None:
            return dataclasses.replace(rules, interval_ms=-1)
        ends = self.rotates_on_partition_change and rules.interval_ms > 0
        return dataclasses.replace(rules, ends_on_partition_change=ends)

    @override
    def checks(self) -> list[Callable[[], object]]:
        """See `StorageSinkConfig.checks`."""
        return [
            *super().checks(),
            self.directories,
            self._check_address,
            self._check_compression,
            self._check_unsupported,
            self._check_customer_key,
        ]

    @property
    def _format_name(self) -> str:
        return (self.format_class or "").rpartition(".")[2]

    def _is_cut_by_clock(self) -> bool:
        is_wall_clock = self.timestamp_extractor.rpartition(".")[2].lower().startswith("wallclock")
        is_timed = "Default" not in (self.partitioner_class or "Default")
        return self.rotate_interval_ms > 0 and (
            self.rotate_idle_files or (is_wall_clock and is_timed)
        )

    def _proxy(self) -> str:
        url = self.proxy_url.strip()
        if not url or not self.proxy_user:
            return url
        parts = urllib.parse.urlsplit(url)
        quoted = [
            urllib.parse.quote(part, safe="")
            for part in (self.proxy_user, _secret(self.proxy_password))
        ]
        return parts._replace(netloc=f"{':'.join(quoted)}@{parts.netloc}").geturl()

    def _check_address(self) -> None:
        address = (self.store_url or "").strip()
        if address and not self.is_elsewhere and not address.startswith(("http://", "https://")):
            _refuse(
                "store.url",
                address,
                "it is the address of a server, http://host:port, or of a bucket elsewhere,"
                " gs://bucket or az://container",
            )
        if self.accelerates and self.uses_path_style:
            _refuse("s3.wan.mode", True, "set s3.path.style.access.enabled=false with it")

    def _check_compression(self) -> None:
        if self.is_gzip and self._format_name in ("AvroFormat", "ParquetFormat"):
            _refuse(
                "s3.compression.type",
                "gzip",
                f"Compression Type gzip not valid for data format class: {self._format_name}; use"
                " avro.codec or parquet.codec",
            )

    def _check_unsupported(self) -> None:
        if self.null_behavior is NullBehavior.WRITE:
            _refuse(
                "behavior.on.null.values",
                "write",
                "it needs keys in objects of their own, which are not supported; use ignore",
            )
        for name, is_set in (
            ("store.kafka.keys", self.stores_keys),
            ("store.kafka.headers", self.stores_headers),
        ):
            if is_set:
                _refuse(
                    name,
                    True,
                    "objects of keys and headers are not supported; copy them into the value by a"
                    " transformation (HeaderFrom, InsertField, HoistField)",
                )
        if self.schema_affix.strip().upper() != "NONE":
            _refuse("s3.schema.partition.affix.type", self.schema_affix, "only NONE is supported")
        provider = self.credentials_provider or _DEFAULT_PROVIDER
        if provider.rpartition(".")[2] not in _PROVIDERS:
            _refuse(
                "s3.credentials.provider.class",
                provider,
                "only the default is supported; to assume a role, name it in a profile"
                " (role_arn, source_profile) and set AWS_PROFILE",
            )

    def _check_customer_key(self) -> None:
        key = _secret(self.customer_key)
        try:
            is_fine = not key or len(base64.b64decode(key, validate=True)) == _KEY_BYTES
        except (binascii.Error, ValueError):
            is_fine = False
        if not is_fine:
            _refuse("s3.sse.customer.key", "[hidden]", "it is 32 bytes in Base64")


def _secret(password: config.Password | None) -> str:
    return "" if password is None else password.value


def _refuse(name: str, value: object, why: str) -> NoReturn:
    text = str(value).lower() if isinstance(value, bool) else value
    message = f"Invalid value {text} for configuration {name}: {why}"
    raise ConfigError(message)
