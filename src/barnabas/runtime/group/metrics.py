# SPDX-License-Identifier: Apache-2.0
"""Numbers about a worker's membership, by Kafka Connect's names. Pure: times come as arguments.

Rates, averages and maxima are those of the last minute. Seconds of one clock that only goes
forward; one thread writes, others may read.

Source:
    Apache Kafka ``connect/runtime`` ``WorkerRebalanceMetrics``, ``WorkerCoordinator``; the clients'
    ``AbstractCoordinator``; reference page *runtime semantics*, section 10.
"""

from __future__ import annotations

import collections
import math
from typing import Final

__all__ = ["GroupMetrics"]

_WINDOW_S: Final = 60.0
_HOUR_S: Final = 3600.0


class _Timings:
    """How often something happened, and how long it took (ms)."""

    def __init__(self, window_s: float = _WINDOW_S) -> None:
        self.total = 0
        self.total_ms = 0.0
        self._window_s = window_s
        self._recent: collections.deque[tuple[float, float]] = collections.deque(maxlen=1000)

    def add(self, now_s: float, took_ms: float = 0.0) -> None:
        self.total += 1
        self.total_ms += took_ms
        self._recent.append((now_s, took_ms))

    def recent(self, now_s: float) -> list[float]:
        since = now_s - self._window_s
        return [took_ms for at_s, took_ms in tuple(self._recent) if at_s >= since]


class GroupMetrics:
    """What happened to this worker's membership so far."""

    def __init__(self) -> None:
        self._heartbeats = _Timings()
        self._joins = _Timings()
        self._syncs = _Timings()
        self._rebalances = _Timings()
        self._in_last_hour = _Timings(_HOUR_S)
        self._failures = _Timings(_HOUR_S)
        self._began_s: float | None = None
        self._last_heartbeat_s = -math.inf
        self._last_rebalance_s = -math.inf
        self._longest_ms = 0.0

    @property
    def completed(self) -> int:
        """Rebalances this worker has been through."""
        return self._rebalances.total

    def heartbeat(self, now_s: float, took_s: float) -> None:
        """Count a heartbeat that was answered."""
        self._last_heartbeat_s = now_s
        self._heartbeats.add(now_s, took_s * 1000)

    def joined(self, now_s: float, took_s: float) -> None:
        """Count an answered request to join."""
        self._joins.add(now_s, took_s * 1000)

    def synced(self, now_s: float, took_s: float) -> None:
        """Count an answered request for the assignment."""
        self._syncs.add(now_s, took_s * 1000)

    def begin(self, now_s: float) -> None:
        """Hear that a rebalance begins; it lasts until :meth:`complete`, failed tries included."""
        if self._began_s is None:
            self._began_s = now_s

    def fail(self, now_s: float) -> None:
        """Count a try to rebalance that did not work out."""
        self._failures.add(now_s)

    def complete(self, now_s: float) -> float:
        """Hear that the work of the rebalance is done; returns how long it took in ms."""
        took_ms = 0.0 if self._began_s is None else (now_s - self._began_s) * 1000
        self._began_s = None
        self._last_rebalance_s = now_s
        self._longest_ms = max(self._longest_ms, took_ms)
        self._rebalances.add(now_s, took_ms)
        self._in_last_hour.add(now_s, took_ms)
        return took_ms

    def rebalance_values(self, now_s: float) -> dict[str, float]:
        """Values of ``connect-worker-rebalance-metrics`` that are numbers of time or count."""
        completed = self._rebalances.total
        since_ms = (now_s - self._last_rebalance_s) * 1000 if completed else math.inf
        return {
            "completed-rebalances-total": completed,
            "rebalancing": float(self._began_s is not None),
            "rebalance-max-time-ms": self._longest_ms,
            "rebalance-avg-time-ms": self._rebalances.total_ms / completed if completed else 0.0,
            "time-since-last-rebalance-ms": since_ms,
        }

    def coordinator_values(self, now_s: float) -> dict[str, float]:
        """Values of ``connect-coordinator-metrics``, those about work left out."""
        values = {
            "heartbeat-response-time-max": max(self._heartbeats.recent(now_s), default=0.0),
            "last-heartbeat-seconds-ago": now_s - self._last_heartbeat_s,
            "rebalance-latency-avg": _average(self._rebalances.recent(now_s)),
            "rebalance-latency-max": max(self._rebalances.recent(now_s), default=0.0),
            "rebalance-latency-total": self._rebalances.total_ms,
            "rebalance-total": self._rebalances.total,
            "rebalance-rate-per-hour": len(self._in_last_hour.recent(now_s)),
            "failed-rebalance-total": self._failures.total,
            "failed-rebalance-rate-per-hour": len(self._failures.recent(now_s)),
            "last-rebalance-seconds-ago": now_s - self._last_rebalance_s,
            "heartbeat-total": self._heartbeats.total,
            "heartbeat-rate": len(self._heartbeats.recent(now_s)) / _WINDOW_S,
        }
        for name, timings in (("join", self._joins), ("sync", self._syncs)):
            recent = timings.recent(now_s)
            values[f"{name}-time-avg"] = _average(recent)
            values[f"{name}-time-max"] = max(recent, default=0.0)
            values[f"{name}-total"] = timings.total
            values[f"{name}-rate"] = len(recent) / _WINDOW_S
        return values


def _average(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
