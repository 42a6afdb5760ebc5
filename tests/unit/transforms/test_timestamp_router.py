# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError, DataError
from barnabas.transforms.timestamp_router import TimestampRouter
from tests.unit.transforms.records import configured, sink

MOMENT_MS = 1_483_425_001_864


@pytest.mark.parametrize(
    ("settings", "topic"),
    [
        ({}, "test-20170103"),
        ({"timestamp.format": "yyyy-MM"}, "test-2017-01"),
        ({"topic.format": "x${timestamp}${topic}${topic}"}, "x20170103testtest"),
        ({"topic.format": "$topic"}, "$topic"),
    ],
)
def test_the_topic_is_named_after_the_time(settings: dict[str, str | None], topic: str) -> None:
    record = configured(TimestampRouter, settings).apply(sink(timestamp=MOMENT_MS))
    assert record is not None
    assert record.topic == topic


def test_a_timestamp_is_required() -> None:
    with pytest.raises(DataError, match="Timestamp missing on record of topic test"):
        configured(TimestampRouter).apply(sink(timestamp=None))


def test_the_pattern_must_be_valid() -> None:
    with pytest.raises(ConfigError, match="'b' means nothing"):
        configured(TimestampRouter, {"timestamp.format": "bb"})
