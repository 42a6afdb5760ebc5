# SPDX-License-Identifier: Apache-2.0
"""What a restart request restarts, decided from statuses (KIP-745). Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import msgspec

from barnabas.runtime.model import (
    ConnectorStateInfo,
    ConnectorStatus,
    RestartRequest,
    State,
    TaskId,
)

__all__ = ["RestartPlan", "plan_restart"]


@dataclasses.dataclass(frozen=True, slots=True)
class RestartPlan:
    """What is to be restarted, and how the statuses look with that."""

    restarts_connector: bool
    tasks: tuple[TaskId, ...]
    planned: ConnectorStateInfo
    """Statuses as they were, with RESTARTING where something is restarted."""


def plan_restart(
    request: RestartRequest,
    current: ConnectorStateInfo,
    connector: ConnectorStatus,
    tasks: Mapping[TaskId, ConnectorStatus],
) -> RestartPlan:
    """Choose what the request covers.

    Args:
        request: What the user asked for.
        current: Statuses as REST shows them.
        connector: Status of the connector.
        tasks: Statuses of its tasks.
    """
    restarts_connector = request.covers(connector.state)
    chosen = tuple(
        task
        for task, status in tasks.items()
        if request.include_tasks and request.covers(status.state)
    )
    numbers = {task.task for task in chosen}
    restarting = State.RESTARTING.value
    planned = msgspec.structs.replace(
        current,
        connector=(
            msgspec.structs.replace(current.connector, state=restarting)
            if restarts_connector
            else current.connector
        ),
        tasks=[
            msgspec.structs.replace(task, state=restarting) if task.id in numbers else task
            for task in current.tasks
        ],
    )
    return RestartPlan(restarts_connector, chosen, planned)
