# SPDX-License-Identifier: Apache-2.0
"""The S3 sink connector."""

from __future__ import annotations

import pytest

from barnabas.connectors.s3.connector import S3SinkConnector
from barnabas.connectors.s3.task import S3SinkTask
from barnabas.errors import ConfigError

GOOD = {"flush.size": "3", "s3.bucket.name": "lake", "format.class": "JsonFormat"}


def problems(**changes: str) -> dict[str, list[str]]:
    props = {**GOOD, **{key.replace("_", "."): value for key, value in changes.items()}}
    answer = S3SinkConnector().validate(props)
    return {value.name: value.errors for value in answer if value.errors}


def test_good_settings_have_no_problem() -> None:
    assert problems() == {}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"store_url": "s3://lake"}, "store.url"),
        ({"s3_part_size": "100"}, "s3.part.size"),
        ({"s3_compression_type": "gzip", "format_class": "AvroFormat"}, "s3.compression.type"),
        ({"store_kafka_headers": "true"}, "store.kafka.headers"),
        ({"s3_acl_canned": "everybody"}, "s3.acl.canned"),
        ({"s3_object_tagging_key_value_pairs": "a"}, "s3.object.tagging.key.value.pairs"),
        ({"partitioner_class": "TimeBasedPartitioner"}, "partition.duration.ms"),
    ],
)
def test_problems_are_told_where_they_are(changes: dict[str, str], name: str) -> None:
    assert list(problems(**changes)) == [name]


def test_a_connector_does_not_start_with_settings_that_do_not_fit() -> None:
    with pytest.raises(ConfigError, match=r"store\.kafka\.keys"):
        S3SinkConnector().start({**GOOD, "store.kafka.keys": "true"})


def test_every_task_has_the_settings_and_its_number() -> None:
    connector = S3SinkConnector()
    connector.start(GOOD)
    assert [task["task.id"] for task in connector.task_configs(2)] == ["0", "1"]
    assert connector.task_class is S3SinkTask
    connector.stop()
