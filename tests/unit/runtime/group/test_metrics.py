# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

from barnabas.runtime.group.metrics import GroupMetrics


def test_before_the_first_rebalance_nothing_was_completed() -> None:
    values = GroupMetrics().rebalance_values(5.0)
    assert values["completed-rebalances-total"] == 0
    assert values["rebalancing"] == 0
    assert values["time-since-last-rebalance-ms"] == math.inf


def test_a_rebalance_lasts_from_its_first_try_to_its_end() -> None:
    metrics = GroupMetrics()
    metrics.begin(10.0)
    assert metrics.rebalance_values(10.5)["rebalancing"] == 1
    metrics.fail(11.0)
    metrics.begin(12.0)
    assert metrics.complete(14.0) == 4000.0
    values = metrics.rebalance_values(15.0)
    assert values["rebalance-max-time-ms"] == values["rebalance-avg-time-ms"] == 4000.0
    assert values["time-since-last-rebalance-ms"] == 1000.0
    assert metrics.completed == 1


def test_averages_are_of_all_rebalances_for_workers_and_of_the_last_minute_for_clients() -> None:
    metrics = GroupMetrics()
    for began, took in ((0.0, 2.0), (100.0, 4.0)):
        metrics.begin(began)
        metrics.complete(began + took)
    assert metrics.rebalance_values(110.0)["rebalance-avg-time-ms"] == 3000.0
    values = metrics.coordinator_values(110.0)
    assert values["rebalance-latency-avg"] == 4000.0
    assert values["rebalance-latency-total"] == 6000.0
    assert values["rebalance-rate-per-hour"] == 2


def test_signs_of_life_are_counted_and_timed() -> None:
    metrics = GroupMetrics()
    for second in range(6):
        metrics.heartbeat(float(second), 0.001 * second)
    values = metrics.coordinator_values(8.0)
    assert values["heartbeat-total"] == 6
    assert values["heartbeat-rate"] == 0.1
    assert values["heartbeat-response-time-max"] == 5.0
    assert values["last-heartbeat-seconds-ago"] == 3.0


def test_joins_and_syncs_are_told_apart() -> None:
    metrics = GroupMetrics()
    metrics.joined(1.0, 0.2)
    metrics.joined(2.0, 0.4)
    metrics.synced(2.0, 0.01)
    values = metrics.coordinator_values(3.0)
    assert (values["join-total"], values["sync-total"]) == (2, 1)
    assert round(values["join-time-avg"]) == 300
    assert values["sync-time-max"] == 10.0


def test_failures_are_counted() -> None:
    metrics = GroupMetrics()
    metrics.fail(1.0)
    values = metrics.coordinator_values(5000.0)
    assert values["failed-rebalance-total"] == 1
    assert values["failed-rebalance-rate-per-hour"] == 0
