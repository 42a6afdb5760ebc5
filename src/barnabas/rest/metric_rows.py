# SPDX-License-Identifier: Apache-2.0
"""What a worker measures, as rows of the table of metrics: whose values, and which. Pure.

Whoever shows metrics, to whomever, begins here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from barnabas.rest.metrics_table import (
    CLIENTS,
    CONNECTORS,
    COORDINATOR,
    PREDICATES,
    PROCESSES,
    REBALANCES,
    TASK_COUNTS,
    TASKS,
    TRANSFORMS,
    WORKER,
    Group,
)
from barnabas.runtime.model import Metrics, ProcessUsage, TaskId

__all__ = ["Labels", "Row", "Table", "Values", "tables"]

Labels = tuple[tuple[str, str], ...]
"""Names and values, in the order they are shown in."""
Values = Mapping[str, float | str]
"""By attribute; those of no group are not shown."""
Row = tuple[Labels, Values]


class Table(NamedTuple):
    """Rows that have their attributes in the same groups; no attribute is in two of them."""

    groups: Sequence[Group]
    rows: Sequence[Row]


def tables(measured: Metrics) -> Iterator[Table]:
    """Arrange what is measured.

    Args:
        measured: What the herder says.
    """
    yield Table([WORKER], [((), measured.worker)])
    yield Table([TASK_COUNTS], _named(measured.task_counts))
    yield Table([REBALANCES], [((), measured.rebalances)])
    yield Table([COORDINATOR], [((("clientid", measured.client_id),), measured.coordinator)])
    for group in CLIENTS:
        of_clients = measured.clients.get(group.type.removesuffix("-metrics"), {})
        yield Table([group], [((("clientid", name),), row) for name, row in of_clients.items()])
    yield Table([CONNECTORS], _named(measured.connectors))
    yield Table(TASKS, [(_of(task), values) for task, values in measured.tasks.items()])
    yield Table([TRANSFORMS], _aliased("transform", measured.transforms))
    yield Table([PREDICATES], _aliased("predicate", measured.predicates))
    yield Table([PROCESSES], [_process_row(usage) for usage in measured.processes])


def _named(groups: Mapping[str, Values]) -> list[Row]:
    return [((("connector", name),), values) for name, values in groups.items()]


def _of(task: TaskId) -> Labels:
    return ("connector", task.connector), ("task", str(task.task))


def _aliased(what: str, groups: Mapping[TaskId, Mapping[str, Values]]) -> list[Row]:
    return [
        ((*_of(task), (what, alias)), values)
        for task, aliases in groups.items()
        for alias, values in aliases.items()
    ]


def _process_row(usage: ProcessUsage) -> Row:
    pairs = [("process", usage.process)]
    if usage.connector is not None:
        pairs.append(("connector", usage.connector))
    if usage.task is not None:
        pairs.append(("task", str(usage.task)))
    values = {"resident-memory-bytes": usage.rss_bytes, "cpu-seconds-total": usage.cpu_s}
    if usage.pss_bytes is not None:
        values["proportional-memory-bytes"] = usage.pss_bytes
    return tuple(pairs), values
