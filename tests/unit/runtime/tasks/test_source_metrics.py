# SPDX-License-Identifier: Apache-2.0
"""Numbers of a source task."""

from __future__ import annotations

from barnabas.runtime.tasks.source_metrics import SourceMetrics
from barnabas.testing import MemoryTaskLink


def test_numbers_have_javas_names() -> None:
    link = MemoryTaskLink()
    metrics = SourceMetrics(link, lambda: 0.0)
    metrics.polled(10, 0.002)
    metrics.written(9)
    metrics.tick(4)
    metrics.common.report()
    expected = {
        "source-record-poll-total": 10,
        "source-record-write-total": 9,
        "poll-batch-max-time-ms": 2,
        "poll-batch-avg-time-ms": 2,
        "source-record-active-count": 4,
        "source-record-active-count-max": 4,
        "source-record-active-count-avg": 4,
        "batch-size-max": 10,
    }
    assert expected.items() <= link.metrics.items()
    assert {"source-record-poll-rate", "source-record-write-rate"} <= link.metrics.keys()
