# SPDX-License-Identifier: Apache-2.0
"""What librdkafka measures of a producer or consumer, by the names of Java's clients.

librdkafka hands over a text of JSON every few seconds, while the client is polled. Here the newest
is kept as it is, and read when somebody asks; most of it is passed over. What has no counterpart
there is left out, and so is what is measured per topic or node.

Source:
    librdkafka ``STATISTICS.md``; Apache Kafka *Monitoring*: producer, consumer, fetch and
    coordinator metrics.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

import msgspec

__all__ = ["ClientStatistics", "consumer_values", "producer_values"]


class _Window(msgspec.Struct):
    avg: float = 0
    max: float = 0
    cnt: int = 0


class _Broker(msgspec.Struct):
    state: str = ""
    nodeid: int = -1
    int_latency: _Window = msgspec.field(default_factory=_Window)
    rtt: _Window = msgspec.field(default_factory=_Window)
    throttle: _Window = msgspec.field(default_factory=_Window)
    req: dict[str, int] = {}


class _Partition(msgspec.Struct):
    consumer_lag: int = -1


class _Topic(msgspec.Struct):
    batchsize: _Window = msgspec.field(default_factory=_Window)
    batchcnt: _Window = msgspec.field(default_factory=_Window)
    partitions: dict[str, _Partition] = {}


class _Group(msgspec.Struct):
    assignment_size: int = 0
    rebalance_cnt: int = 0
    rebalance_age: int = 0


class _Told(msgspec.Struct):
    ts: int = 0
    """Microseconds of a clock that only goes forward."""
    tx: int = 0
    tx_bytes: int = 0
    rx: int = 0
    rx_bytes: int = 0
    txmsgs: int = 0
    txmsg_bytes: int = 0
    rxmsgs: int = 0
    rxmsg_bytes: int = 0
    msg_size: int = 0
    msg_size_max: int = 0
    brokers: dict[str, _Broker] = {}
    topics: dict[str, _Topic] = {}
    cgrp: _Group | None = None


_decoder = msgspec.json.Decoder(_Told)
_logger = logging.getLogger(__name__)


class ClientStatistics:
    """The newest statistics of one client; librdkafka's ``stats_cb``. One thread."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._told = _Told()
        self._before = _Told()
        self._has_warned = False

    def __call__(self, text: str) -> None:
        """Keep what the client says."""
        self._text = text

    def settings(self, interval_ms: int) -> dict[str, object]:
        """Settings that make a client tell its statistics here."""
        return {"stats_cb": self, "statistics.interval.ms": interval_ms}

    def values(self) -> dict[str, float]:
        """Values by group and name, such as ``producer.request-total``; empty at first.

        Rates are those between the last two statistics somebody asked for.
        """
        if self._text is not None:
            text, self._text = self._text, None
            self._take(text)
        if not self._told.ts:
            return {}
        make = producer_values if self._told.cgrp is None else consumer_values
        return make(self._told, self._before)

    def _take(self, text: str) -> None:
        """Read a text; one that is not as expected is passed over, since tasks go on without."""
        try:
            told = _decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError) as error:
            if not self._has_warned:
                self._has_warned = True
                _logger.warning(
                    "Statistics of librdkafka cannot be read, so metrics of the client stay as"
                    " they were: %s",
                    error,
                )
        else:
            self._before, self._told = self._told, told


def producer_values(told: _Told, before: _Told) -> dict[str, float]:
    """Read the statistics of a producer, with those before them for rates."""
    brokers, topics = told.brokers.values(), told.topics.values()
    return {
        **_connections("producer", told, before),
        **_counted("producer.record-send", told.txmsgs, before.txmsgs, _seconds(told, before)),
        **_averaged("producer.record-queue-time", (each.int_latency for each in brokers), 1000),
        **_averaged("producer.batch-size", (each.batchsize for each in topics), 1),
        "producer.records-per-request-avg": _average(each.batchcnt for each in topics),
        **_averaged("producer.produce-throttle-time", (each.throttle for each in brokers), 1),
        "producer.buffer-total-bytes": told.msg_size_max,
        "producer.buffer-available-bytes": told.msg_size_max - told.msg_size,
    }


def consumer_values(told: _Told, before: _Told) -> dict[str, float]:
    """Read the statistics of a consumer, with those before them for rates."""
    seconds = _seconds(told, before)
    brokers = told.brokers.values()
    lags = [at.consumer_lag for each in told.topics.values() for at in each.partitions.values()]
    fetches, fetches_before = (
        sum(each.req.get("Fetch", 0) for each in one.brokers.values()) for one in (told, before)
    )
    values = {
        **_connections("consumer", told, before),
        **_counted("consumer-fetch-manager.records-consumed", told.rxmsgs, before.rxmsgs, seconds),
        **_counted(
            "consumer-fetch-manager.bytes-consumed", told.rxmsg_bytes, before.rxmsg_bytes, seconds
        ),
        **_counted("consumer-fetch-manager.fetch", fetches, fetches_before, seconds),
        **_averaged("consumer-fetch-manager.fetch-throttle-time", _throttles(brokers), 1),
        "consumer-fetch-manager.records-lag-max": max(0, *lags) if lags else 0,
    }
    if told.cgrp is not None:
        values["consumer-coordinator.assigned-partitions"] = told.cgrp.assignment_size
        values["consumer-coordinator.rebalance-total"] = told.cgrp.rebalance_cnt
        values["consumer-coordinator.last-rebalance-seconds-ago"] = told.cgrp.rebalance_age / 1000
    return values


def _connections(group: str, told: _Told, before: _Told) -> dict[str, float]:
    """What producers and consumers have alike."""
    seconds = _seconds(told, before)
    return {
        f"{group}.connection-count": sum(
            each.state == "UP" for each in told.brokers.values() if each.nodeid >= 0
        ),
        **_counted(f"{group}.request", told.tx, before.tx, seconds),
        **_counted(f"{group}.response", told.rx, before.rx, seconds),
        **_counted(f"{group}.outgoing-byte", told.tx_bytes, before.tx_bytes, seconds),
        **_counted(f"{group}.incoming-byte", told.rx_bytes, before.rx_bytes, seconds),
        **_averaged(f"{group}.request-latency", (each.rtt for each in told.brokers.values()), 1000),
    }


def _throttles(brokers: Iterable[_Broker]) -> Iterator[_Window]:
    return (each.throttle for each in brokers)


def _seconds(told: _Told, before: _Told) -> float:
    return (told.ts - before.ts) / 1e6 if before.ts else 0.0


def _counted(name: str, total: int, before: int, seconds: float) -> dict[str, float]:
    rate = (total - before) / seconds if seconds > 0 else 0.0
    return {f"{name}-total": total, f"{name}-rate": max(0.0, rate)}


def _averaged(name: str, windows: Iterable[_Window], unit: int) -> dict[str, float]:
    """Average and largest value of windows, whose values are divided by ``unit``."""
    known = list(windows)
    highest = max((window.max for window in known), default=0)
    return {f"{name}-avg": _average(known) / unit, f"{name}-max": highest / unit}


def _average(windows: Iterable[_Window]) -> float:
    known = list(windows)
    count = sum(window.cnt for window in known)
    return sum(window.avg * window.cnt for window in known) / count if count else 0.0
