# SPDX-License-Identifier: Apache-2.0
"""What the S3 sink can be told."""

from __future__ import annotations

import pytest

from barnabas.connectors.s3.options import S3SinkOptions
from barnabas.errors import ConfigError

GOOD = {"flush.size": "3", "s3.bucket.name": "lake", "format.class": "JsonFormat"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("s3.region", "us-west-2"),
        ("s3.part.size", 26_214_400),
        ("s3.path.style.access.enabled", True),
        ("s3.part.retries", 3),
        ("s3.compression.type", "none"),
        ("s3.object.tagging", False),
        ("behavior.on.null.values", "fail"),
        ("enable.conditional.writes", True),
        ("rotate.file.on.partition.change", True),
        ("storage.class", "io.confluent.connect.s3.storage.S3Storage"),
        ("file.delim", "+"),
    ],
)
def test_defaults_are_those_of_java(key: str, value: object) -> None:
    assert S3SinkOptions.definition()[key].default == value


@pytest.mark.parametrize("missing", ["s3.bucket.name", "format.class", "flush.size"])
def test_what_has_no_default_must_be_given(missing: str) -> None:
    props = {key: value for key, value in GOOD.items() if key != missing}
    with pytest.raises(ConfigError, match=missing):
        S3SinkOptions(props)


def test_hive_is_no_setting_of_s3() -> None:
    assert "hive.integration" not in S3SinkOptions.definition()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("s3.object.tagging.key.value.pairs", "a:1,b", "Invalid value b .*write tags as key:value"),
        ("s3.acl.canned", "everybody", "Invalid value everybody .*S3 has private, public-read"),
        ("s3.part.size", "5", "s3.part.size"),
    ],
)
def test_a_value_that_cannot_be_is_refused(key: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        S3SinkOptions({**GOOD, key: value})
