# SPDX-License-Identifier: Apache-2.0
"""Shares everything out anew in each round: first all connectors in turn, then all tasks.

Source:
    Apache Kafka ``connect/runtime`` ``EagerAssignor``; reference page *Worker group protocol and
    distributed herder*, section 5.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from barnabas.config.java_order import text_order
from barnabas.runtime.group.protocol import Work
from barnabas.runtime.model import TaskId

__all__ = ["share_out"]


def share_out(configured: Work, members: Iterable[str]) -> dict[str, Work]:
    """Give each connector and task to one member.

    Args:
        configured: What there is, sorted by name, as `GroupConfig.work` is.
        members: Member ids, at least one.

    Returns:
        Member id, sorted, to its share.
    """
    ordered = sorted(members, key=text_order)
    turn = itertools.cycle(ordered)
    connectors: dict[str, list[str]] = {member: [] for member in ordered}
    for connector in configured.connectors:
        connectors[next(turn)].append(connector)
    tasks: dict[str, list[TaskId]] = {member: [] for member in ordered}
    for task in configured.tasks:
        tasks[next(turn)].append(task)
    return {member: Work(tuple(connectors[member]), tuple(tasks[member])) for member in ordered}
