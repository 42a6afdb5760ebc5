# SPDX-License-Identifier: Apache-2.0
"""Numbers about a task over the last minute."""

from __future__ import annotations

import pytest

from barnabas.runtime.tasks.metrics import REPORT_S, Series, TaskMetrics


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_series_averages_and_forgets() -> None:
    series = Series()
    for value in (1, 5):
        series.add(value)
    series.step()
    assert (series.average, series.highest, series.sum, series.total) == (3, 5, 6, 6)
    for _ in range(12):
        series.step()
    assert (series.average, series.highest, series.sum, series.total) == (0, 0, 0, 6)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reports() -> list[dict[str, float]]:
    return []


@pytest.fixture
def metrics(clock: Clock, reports: list[dict[str, float]]) -> TaskMetrics:
    return TaskMetrics(reports.append, clock)


def test_reports_come_every_few_seconds(
    metrics: TaskMetrics, clock: Clock, reports: list[dict[str, float]]
) -> None:
    metrics.tick()
    assert reports == []
    clock.time += REPORT_S
    metrics.tick()
    metrics.tick()
    assert len(reports) == 1


def test_counters_have_totals_and_rates(
    metrics: TaskMetrics, clock: Clock, reports: list[dict[str, float]]
) -> None:
    counter = metrics.count("source-record-poll")
    counter.add(REPORT_S * 10)
    clock.time += REPORT_S
    metrics.report()
    assert reports[-1]["source-record-poll-total"] == REPORT_S * 10
    assert reports[-1]["source-record-poll-rate"] == pytest.approx(10)
    clock.time += REPORT_S
    metrics.report()
    assert reports[-1]["source-record-poll-rate"] == pytest.approx(5)


def test_commits_and_states_are_told_as_java_does(
    metrics: TaskMetrics, reports: list[dict[str, float]]
) -> None:
    for failed, duration in ((0, 10), (0, 20), (1, 60), (0, 30)):
        metrics.commit_ms.add(duration)
        metrics.commit_failures.add(failed)
    metrics.batch_size.add(7)
    metrics.running_s.add(3)
    metrics.paused_s.add(1)
    metrics.fixed["partition-count"] = 2
    metrics.report()
    assert reports == [
        {
            "partition-count": 2,
            "last-return-seconds-ago": 0.0,
            "running-ratio": 0.75,
            "pause-ratio": 0.25,
            "batch-size-max": 7,
            "batch-size-avg": 7,
            "offset-commit-max-time-ms": 60,
            "offset-commit-avg-time-ms": 30,
            "offset-commit-failure-percentage": 0.25,
            "offset-commit-success-percentage": 0.75,
        }
    ]


def test_without_commits_neither_percentage_says_anything(
    metrics: TaskMetrics, reports: list[dict[str, float]]
) -> None:
    metrics.report()
    assert reports[0]["offset-commit-failure-percentage"] == 0
    assert reports[0]["offset-commit-success-percentage"] == 0


def test_measured_quantity_has_average_and_maximum(
    metrics: TaskMetrics, reports: list[dict[str, float]]
) -> None:
    series = metrics.measure("put-batch-avg-time-ms", "put-batch-max-time-ms")
    series.add(1)
    series.add(3)
    metrics.report()
    assert (reports[0]["put-batch-avg-time-ms"], reports[0]["put-batch-max-time-ms"]) == (2, 3)
