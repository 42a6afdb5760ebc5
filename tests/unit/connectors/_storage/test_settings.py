# SPDX-License-Identifier: Apache-2.0
"""Settings of file sinks."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.connectors._storage.compatibility import Compatibility
from barnabas.connectors._storage.partitioners import make_partitioner
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.errors import ConfigError

TIMES = {
    "partitioner.class": "HourlyPartitioner",
    "locale": "en",
    "timezone": "Europe/Berlin",
}


def settings(**changes: str) -> StorageSinkConfig:
    named = {key.replace("_", "."): value for key, value in changes.items()}
    return StorageSinkConfig({"flush.size": "3", **named})


def rules(config: StorageSinkConfig) -> RotationRules:
    partitioner = make_partitioner(
        config.partitioner_class or "", config.partitioner_settings(), lambda: 0
    )
    return config.rotation_rules(partitioner)


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("rotate.interval.ms", -1),
        ("rotate.schedule.interval.ms", -1),
        ("schemas.cache.config", 1000),
        ("enhanced.avro.schema.support", True),
        ("retry.backoff.ms", 5000),
        ("shutdown.timeout.ms", 3000),
        ("filename.offset.zero.pad.width", 10),
        ("schema.compatibility", "NONE"),
        ("topics.dir", "topics"),
        ("directory.delim", "/"),
        ("file.delim", "+"),
        ("partition.duration.ms", -1),
        ("timestamp.extractor", "Wallclock"),
    ],
)
def test_defaults_are_those_of_java(name: str, default: Any) -> None:
    assert settings()[name] == default


def test_flush_size_must_be_given() -> None:
    with pytest.raises(ConfigError, match=r"flush\.size"):
        StorageSinkConfig({})


@pytest.mark.parametrize("paths", ["a..b", "a,.b", "a.", " . "])
def test_names_of_fields_are_not_empty(paths: str) -> None:
    with pytest.raises(ConfigError, match=r"partition\.field\.name"):
        settings(partition_field_name=paths)


def test_a_schedule_needs_a_zone() -> None:
    with pytest.raises(ConfigError, match="timezone configuration must be set when using rotate"):
        rules(settings(rotate_schedule_interval_ms="1000"))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="Mars/Olympus"):
        rules(settings(timezone="Mars/Olympus"))


def test_the_interval_goes_by_records_when_the_directories_do() -> None:
    assert not rules(settings()).uses_record_time
    assert not rules(settings(**TIMES)).uses_record_time
    assert rules(settings(**TIMES, timestamp_extractor="Record")).uses_record_time


def test_unknown_compatibility_is_none() -> None:
    assert settings(schema_compatibility="SIDEWAYS").compatibility is Compatibility.NONE


def test_formats_are_told_their_settings() -> None:
    told = settings(avro_codec="deflate", parquet_logical_types="false").format_settings()
    assert (told.avro_codec, told.keeps_logical_types) == ("deflate", False)
