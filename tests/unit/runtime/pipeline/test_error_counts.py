# SPDX-License-Identifier: Apache-2.0
"""Numbers of failures."""

from __future__ import annotations

from barnabas.rest.metrics_table import TASKS
from barnabas.runtime.pipeline import ErrorCounts


def test_numbers_have_javas_names_and_each_is_shown() -> None:
    group = next(group for group in TASKS if group.type == "task-error-metrics")
    assert list(ErrorCounts().values()) == [attribute.name for attribute in group.attributes]


def test_each_counter_has_its_name() -> None:
    counts = ErrorCounts(1, 2, 3, 4, 5, 6, 7, 8)
    assert list(counts.values().values()) == [1, 2, 3, 4, 5, 6, 7, 8]
