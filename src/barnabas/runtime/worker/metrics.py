# SPDX-License-Identifier: Apache-2.0
"""What a node can say of itself in numbers, by Kafka Connect's names. Pure: times are arguments.

Source:
    Apache Kafka ``connect/runtime`` ``WorkerMetricsGroup``, ``WorkerConnector``, ``WorkerTask``;
    reference page *Runtime semantics*, section 10.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import Any, Final

from barnabas.runtime.model import ProcessUsage, State
from barnabas.runtime.runners.supervisor import RunnerUsage
from barnabas.runtime.worker.instances import ConnectorInstance, Instance, TaskInstance

__all__ = ["Starts", "client_values", "connector_values", "process_usages", "task_values"]

_WINDOW_S: Final = 60.0
_OUTDATED_S: Final = 75.0
"""A task reports every 5 s, of the last minute, unless user code keeps it from doing so."""

_TOTAL: Final = "-total"
_COUNTS: Final = ("total-", "deadletterqueue-", "last-error-timestamp")
"""Of ``task-error-metrics``: totals, although their names end in other ways."""
_AGES: Final = frozenset(
    {"last-record-seconds-ago", "last-return-seconds-ago", "last-commit-seconds-ago"}
)
"""True at the moment of the report; they go on growing."""

Owner = tuple[str, str | None, int | None]
"""Kind of a process, connector and number of the task whose it is."""

_SHARED: Final[Owner] = ("connectors", None, None)
_OWNED: Final = frozenset({"connector", "connectors", "task"})


class Starts:
    """How starts of connectors, or of tasks, ended."""

    def __init__(self) -> None:
        self._successes = 0
        self._failures = 0
        self._recent: collections.deque[tuple[float, bool]] = collections.deque()

    def add(self, now_s: float, *, succeeded: bool) -> None:
        """Count a start."""
        if succeeded:
            self._successes += 1
        else:
            self._failures += 1
        self._recent.append((now_s, succeeded))
        self._forget(now_s)

    def values(self, kind: str, now_s: float) -> dict[str, float]:
        """Attributes of ``connect-worker-metrics``; percentages are parts of the last minute.

        Args:
            kind: ``connector`` or ``task``.
            now_s: Now, by the clock of :meth:`add`.
        """
        self._forget(now_s)
        recent = len(self._recent)
        succeeded = sum(has_succeeded for _, has_succeeded in self._recent)
        return {
            f"{kind}-startup-attempts-total": self._successes + self._failures,
            f"{kind}-startup-success-total": self._successes,
            f"{kind}-startup-success-percentage": succeeded / recent if recent else 0.0,
            f"{kind}-startup-failure-total": self._failures,
            f"{kind}-startup-failure-percentage": 1 - succeeded / recent if recent else 0.0,
        }

    def _forget(self, now_s: float) -> None:
        while self._recent and self._recent[0][0] < now_s - _WINDOW_S:
            self._recent.popleft()


def connector_values(instance: ConnectorInstance) -> dict[str, str]:
    """Attributes of ``connector-metrics``; what is not known is left out."""
    plugin = instance.plugin
    known = {
        "status": _status(instance),
        "connector-class": instance.config.get("connector.class"),
        "connector-version": instance.version,
    }
    if plugin is not None:
        known |= {"connector-class": plugin.class_name, "connector-type": plugin.kind.value}
    return {name: value for name, value in known.items() if value}


def task_values(instance: TaskInstance, now_s: float) -> dict[str, float | str]:
    """Attributes of all groups of a task, by the newest report of its process.

    A task that has ended, or has long said nothing because it hangs, has its totals only, and how
    long ago things were: rates and averages of a time long gone would be taken for those of now.

    Differs:
        Java's task that ends goes on with rates of 0 and averages that are not a number.

    Args:
        instance: The task.
        now_s: Now, by :func:`time.monotonic`.
    """
    known: dict[str, float | str] = {"status": _status(instance), **instance.facts.task}
    if instance.version and instance.version != "undefined":
        known["task-version"] = instance.version
    known["stalled"] = float(instance.stall is not None)
    own = {name: value for name, value in instance.metrics.items() if "." not in name}
    if _is_fresh(instance, now_s):
        known.update(own)
    else:
        known.update(row for row in own.items() if _is_lasting(row[0]))
    for name in _AGES & known.keys():
        known[name] = instance.metrics[name] + now_s - instance.measured_s
    return known


def client_values(
    instances: Iterable[TaskInstance], now_s: float
) -> dict[str, dict[str, dict[str, float]]]:
    """Metrics of the clients of tasks that live and report, by group and client id.

    Args:
        instances: The tasks.
        now_s: Now, by :func:`time.monotonic`.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for instance in instances:
        if not _is_fresh(instance, now_s):
            continue
        for name, value in instance.metrics.items():
            group, dot, attribute = name.partition(".")
            if dot:
                clients = found.setdefault(group, {})
                clients.setdefault(instance.facts.client_id, {})[attribute] = value
    return found


def _is_fresh(instance: TaskInstance, now_s: float) -> bool:
    return instance.is_alive and now_s - instance.measured_s < _OUTDATED_S


def _is_lasting(name: str) -> bool:
    """Whether a value goes on being true when nobody measures it any more."""
    return name.endswith(_TOTAL) or name.startswith(_COUNTS) or name in _AGES


def process_usages(
    sampled: Iterable[RunnerUsage], instances: Iterable[Instance[Any]]
) -> tuple[ProcessUsage, ...]:
    """Say whose the processes are that were measured.

    Those that inspect plugins are taken together, and so are those that several connectors share.
    Those of instances that are being stopped are left out: their successors have the same names.

    Args:
        sampled: What each process of the worker used, the worker's own included.
        instances: The connectors and tasks of the worker.
    """
    owners: dict[int | None, Owner] = {}
    for instance in instances:
        if instance.runner is not None:
            is_shared = instance.runner.pid in owners
            owners[instance.runner.pid] = _SHARED if is_shared else _owner(instance)
    usages: dict[Owner, ProcessUsage] = {}
    for usage in sampled:
        kind = usage.what.partition(" ")[0]
        if kind in _OWNED and usage.pid not in owners:
            continue
        owner = owners.get(usage.pid, (kind, None, None))
        before = usages.get(owner)
        rss_bytes, cpu_s, pss_bytes = usage.rss_bytes, usage.cpu_seconds, usage.pss_bytes
        if before is not None:
            rss_bytes, cpu_s = rss_bytes + before.rss_bytes, cpu_s + before.cpu_s
            parts = (pss_bytes, before.pss_bytes)
            pss_bytes = None if None in parts else sum(filter(None, parts))
        usages[owner] = ProcessUsage(*owner, rss_bytes, cpu_s, pss_bytes)
    return tuple(usages.values())


def _owner(instance: Instance[Any]) -> Owner:
    if isinstance(instance, TaskInstance):
        return "task", instance.task.connector, instance.task.task
    return "connector", instance.log_context[0], None


def _status(instance: Instance[Any]) -> str:
    return (instance.state or State.UNASSIGNED).value.lower()
