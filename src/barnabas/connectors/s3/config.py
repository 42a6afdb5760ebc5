# SPDX-License-Identifier: Apache-2.0
"""What the settings of the S3 sink mean together.

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
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.connectors._storage.written_objects import ObjectRules
from barnabas.connectors.s3.options import DEFAULT_PROVIDER, S3SinkOptions
from barnabas.errors import ConfigError

__all__ = ["NullBehavior", "S3SinkConfig"]

_PROVIDERS: Final = ("DefaultCredentialsProvider", "DefaultAWSCredentialsProviderChain")
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


class S3SinkConfig(S3SinkOptions):
    """What the S3 sink was told, and what follows from it."""

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
        provider = self.credentials_provider or DEFAULT_PROVIDER
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
