# SPDX-License-Identifier: Apache-2.0
"""Settings of the S3 sink."""

from __future__ import annotations

import logging

import pytest

from barnabas.connectors._storage.partitioners import make_partitioner
from barnabas.connectors.s3.config import NullBehavior, S3SinkConfig
from barnabas.errors import ConfigError

GOOD = {"flush.size": "3", "s3.bucket.name": "lake", "format.class": "JsonFormat"}
HOURLY = {
    "partitioner_class": "HourlyPartitioner",
    "timestamp_extractor": "Record",
    "locale": "en",
    "timezone": "UTC",
}


def settings(**changes: str) -> S3SinkConfig:
    return S3SinkConfig({**GOOD, **{key.replace("_", "."): one for key, one in changes.items()}})


def test_the_client_is_told_and_secrets_are_not_shown() -> None:
    told = settings(
        store_url=" http://minio:9000 ",
        aws_access_key_id="me",
        aws_secret_access_key="hush",
        s3_acl_canned="private",
        s3_ssea_name="aws:kms",
        s3_sse_kms_key_id="k1",
    ).s3_settings()
    assert (told.endpoint, told.access_key_id, told.secret_access_key) == (
        "http://minio:9000",
        "me",
        "hush",
    )
    assert told.write_options() == {
        "ACL": "private",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "k1",
    }
    assert "hush" not in repr(told)


def test_a_proxy_has_its_user_in_its_address() -> None:
    told = settings(
        s3_proxy_url="http://proxy:3128", s3_proxy_user="a b", s3_proxy_password="p@ss"
    ).s3_settings()
    assert told.proxy == "http://a%20b:p%40ss@proxy:3128"
    assert "p%40ss" not in repr(told)


@pytest.mark.parametrize(
    ("changes", "extension"),
    [
        ({}, ""),
        ({"s3_compression_type": "gzip"}, ".json.gz"),
        ({"s3_compression_type": "gzip", "format_class": "ByteArrayFormat"}, ".bin.gz"),
        ({"format_class": "ParquetFormat"}, ".snappy.parquet"),
        ({"format_class": "x.ParquetFormat", "parquet_codec": "gzip"}, ".gz.parquet"),
        ({"format_class": "ParquetFormat", "parquet_codec": "none"}, ".parquet"),
        ({"format_class": "ParquetFormat", "parquet_codec": "zstd"}, ".zstd.parquet"),
    ],
)
def test_names_end_as_javas_do(changes: dict[str, str], extension: str) -> None:
    assert settings(**changes).file_extension() == extension


def test_bytes_have_the_extension_that_is_set() -> None:
    made = settings(format_class="ByteArrayFormat", format_bytearray_extension=".raw").make_format()
    assert made.extension == ".raw"


def test_objects_get_tags_only_when_they_shall() -> None:
    assert settings().object_rules().tags is None
    told = settings(s3_object_tagging="true", s3_object_tagging_key_value_pairs="a:1,b:x:y")
    assert told.object_rules().tags == {"a": "1", "b": "x:y"}


def test_the_interval_is_for_time_based_partitioners() -> None:
    plain = settings(rotate_interval_ms="1000")
    timed = settings(rotate_interval_ms="1000", **HOURLY)
    rules = [
        each.rotation_rules(
            make_partitioner(each.partitioner_class or "", each.partitioner_settings(), lambda: 0)
        )
        for each in (plain, timed)
    ]
    assert [each.interval_ms for each in rules] == [-1, 1000]
    assert [each.ends_on_partition_change for each in rules] == [False, True]
    assert not any(each.ends_idle_files for each in rules)


def problems(**changes: str) -> list[str]:
    told = []
    for check in settings(**changes).checks():
        try:
            check()
        except ConfigError as error:
            told.append(error.message)
    return told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"store_url": "s3://lake"}, "configuration store.url: it is the address of a server"),
        ({"s3_wan_mode": "true"}, "s3.path.style.access.enabled=false"),
        (
            {"s3_compression_type": "gzip", "format_class": "AvroFormat"},
            "Compression Type gzip not valid for data format class",
        ),
        ({"behavior_on_null_values": "write"}, "use ignore"),
        ({"store_kafka_keys": "true"}, "configuration store.kafka.keys: objects of keys"),
        ({"store_kafka_headers": "true"}, "configuration store.kafka.headers"),
        ({"s3_schema_partition_affix_type": "PREFIX"}, "only NONE is supported"),
        ({"s3_credentials_provider_class": "my.Own"}, "AWS_PROFILE"),
        ({"s3_sse_customer_key": "short"}, "it is 32 bytes in Base64"),
        ({"topics_dir": "${1}"}, "topics.dir"),
    ],
)
def test_what_does_not_fit_is_refused_with_advice(changes: dict[str, str], told: str) -> None:
    (problem,) = problems(**changes)
    assert told in problem
    assert "short" not in problem


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (None, "s3://lake"),
        ("http://minio:9000", "s3://lake"),
        ("gs://other", "gs://other"),
        ("abfss://one@two.dfs.core.windows.net", "abfss://one@two.dfs.core.windows.net"),
    ],
)
def test_the_bucket_may_be_elsewhere(address: str | None, url: str) -> None:
    told = settings(**({} if address is None else {"store_url": address}))
    assert told.url == url
    assert told.is_elsewhere is not url.startswith("s3:")
    assert problems(**({} if address is None else {"store_url": address})) == []


def test_what_fits_is_not_refused() -> None:
    assert problems(store_url="https://minio", s3_sse_customer_key="A" * 43 + "=") == []
    assert settings(behavior_on_null_values="ignore").null_behavior is NullBehavior.IGNORE


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({}, False),
        ({"rotate_schedule_interval_ms": "1000", "timezone": "UTC"}, True),
        ({"rotate_interval_ms": "1000", **HOURLY}, False),
        ({"rotate_interval_ms": "1000", **HOURLY, "timestamp_extractor": "Wallclock"}, True),
        ({"rotate_interval_ms": "1000", **HOURLY, "rotate_idle_files": "true"}, True),
    ],
)
def test_rules_that_look_at_the_clock_are_told(
    changes: dict[str, str], is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        settings(**changes).warn(changes)
    assert ("may write records twice" in caplog.text) is is_told


def test_settings_without_effect_are_told(caplog: pytest.LogCaptureFixture) -> None:
    settings().warn({"s3.retry.backoff.ms": "5"})
    assert "s3.retry.backoff.ms has no effect here" in caplog.text
