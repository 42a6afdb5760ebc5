# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.api import TopicPartition
from barnabas.connectors._storage.schema_changes import SchemaChanges


def changes(caplog: pytest.LogCaptureFixture, *times_ms: int) -> list[str]:
    clock = iter(times_ms)
    counted = SchemaChanges(TopicPartition("clicks", 3), lambda: next(clock))
    for _ in times_ms:
        counted.note("the schema changed from A to B")
    return caplog.messages


def test_schemas_that_alternate_are_told_once_a_minute(caplog: pytest.LogCaptureFixture):
    start = 1_000_000
    told = changes(caplog, *range(start, start + 120_000, 1000))
    assert len(told) == 2
    assert told[0].startswith("clicks-3: files ended 10 times within 10 s")
    assert "from A to B" in told[0]
    assert "schema.compatibility=BACKWARD" in told[0]


def test_schemas_that_evolve_are_not_told(caplog: pytest.LogCaptureFixture):
    start = 1_000_000
    assert changes(caplog, *range(start, start + 3_600_000, 10_000)) == []
