# SPDX-License-Identifier: Apache-2.0
"""Statistics of librdkafka by the names of Java's clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

from barnabas.kafka.client_statistics import ClientStatistics


def window(average: float, highest: float, count: int) -> dict[str, float]:
    return {"avg": average, "max": highest, "cnt": count, "hdrsize": 7}


def told(ts_s: float, **more: Any) -> str:
    """Statistics as librdkafka writes them, with much that nobody asks for."""
    broker = {
        "nodeid": 1,
        "state": "UP",
        "int_latency": window(2000, 5000, 10),
        "rtt": window(4000, 9000, 1),
        "throttle": window(3, 8, 1),
        "req": {"Fetch": 7, "Produce": 3},
        "txbytes": 1,
    }
    bootstrap = {"nodeid": -1, "state": "UP", "rtt": window(2000, 2000, 3)}
    return json.dumps(
        {
            "ts": int(ts_s * 1e6),
            "name": "c",
            "brokers": {"b": broker, "bootstrap": bootstrap},
            **more,
        }
    )


def values(*texts: str) -> dict[str, float]:
    statistics, found = ClientStatistics(), {}
    for text in texts:
        statistics(text)
        found = statistics.values()
    return found


def test_nothing_is_said_before_the_client_has_measured():
    assert ClientStatistics().values() == {}


@pytest.mark.parametrize("text", ["{", '{"brokers": 7}', "\ud800"], ids=["cut", "other", "bytes"])
def test_statistics_nobody_can_read_are_told_once_and_harm_nothing(
    text: str, caplog: pytest.LogCaptureFixture
):
    found = values(told(10, tx=5), told(20, tx=6), text, text)
    assert found == values(told(10, tx=5), told(20, tx=6))
    assert caplog.text.count("cannot be read") == 1


def test_a_producer_tells_totals_and_rates_between_two_measurements():
    found = values(told(10, txmsgs=100, tx=5), told(20, txmsgs=400, tx=6))
    assert found["producer.record-send-total"] == 400
    assert found["producer.record-send-rate"] == 30.0
    assert found["producer.request-rate"] == 0.1


def test_a_first_measurement_has_no_rates():
    assert values(told(10, txmsgs=100))["producer.record-send-rate"] == 0.0


def test_the_same_measurement_asked_for_again_has_the_same_rates():
    statistics = ClientStatistics()
    statistics(told(10, txmsgs=0))
    statistics.values()
    statistics(told(20, txmsgs=50))
    assert statistics.values() == statistics.values()
    assert statistics.values()["producer.record-send-rate"] == 5.0


def test_times_are_milliseconds_and_averages_count_how_often():
    found = values(told(10))
    assert (found["producer.record-queue-time-avg"], found["producer.record-queue-time-max"]) == (
        2.0,
        5.0,
    )
    assert found["producer.request-latency-avg"] == 2.5
    assert found["producer.produce-throttle-time-max"] == 8


def test_a_broker_known_by_its_address_only_is_no_connection_of_its_own():
    assert values(told(10))["producer.connection-count"] == 1


def test_memory_for_records_is_told_with_what_is_free():
    found = values(told(10, msg_size=300, msg_size_max=1000))
    assert found["producer.buffer-total-bytes"] == 1000
    assert found["producer.buffer-available-bytes"] == 700


def test_a_consumer_tells_of_fetches_lag_and_its_group():
    topic = {"partitions": {"0": {"consumer_lag": 5}, "-1": {"consumer_lag": -1}}}
    group = {"assignment_size": 3, "rebalance_cnt": 2, "rebalance_age": 4500}
    found = values(
        told(10, rxmsgs=0, cgrp=group),
        told(20, rxmsgs=70, rxmsg_bytes=700, cgrp=group, topics={"t": topic}),
    )
    expected = {
        "consumer.connection-count": 1,
        "consumer-fetch-manager.records-consumed-total": 70,
        "consumer-fetch-manager.records-consumed-rate": 7.0,
        "consumer-fetch-manager.bytes-consumed-rate": 70.0,
        "consumer-fetch-manager.fetch-total": 7,
        "consumer-fetch-manager.records-lag-max": 5,
        "consumer-coordinator.assigned-partitions": 3,
        "consumer-coordinator.rebalance-total": 2,
        "consumer-coordinator.last-rebalance-seconds-ago": 4.5,
    }
    assert expected.items() <= found.items()
    assert not [name for name in found if name.startswith("producer.")]


def test_settings_make_a_client_tell():
    statistics = ClientStatistics()
    assert statistics.settings(500) == {"stats_cb": statistics, "statistics.interval.ms": 500}
