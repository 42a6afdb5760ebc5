# SPDX-License-Identifier: Apache-2.0
"""The settings of the S3 sink, declared; names, defaults and groups are Java's.

Source:
    Reference page *hdfs*, sections 1.1 and 9.1.
"""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.errors import ConfigError

__all__ = ["DEFAULT_PROVIDER", "S3SinkOptions"]

DEFAULT_PROVIDER: Final = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
"""Java's class that searches for credentials where all of AWS's programs do."""
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


def _check_pairs(name: str, value: object) -> None:
    for pair in value if isinstance(value, list | tuple) else ():
        if ":" not in str(pair):
            message = f"Invalid value {pair} for configuration {name}: write tags as key:value"
            raise ConfigError(message)


def _check_acl(name: str, value: object) -> None:
    if value and str(value).strip() not in _ACLS:
        message = f"Invalid value {value} for configuration {name}: S3 has {', '.join(_ACLS)}"
        raise ConfigError(message)


class S3SinkOptions(StorageSinkConfig):
    """What the S3 sink can be told; `S3SinkConfig` says what follows from it."""

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
        DEFAULT_PROVIDER,
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
