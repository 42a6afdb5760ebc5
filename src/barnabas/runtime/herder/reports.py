# SPDX-License-Identifier: Apache-2.0
"""Answers that every herder makes of what the stores hold, and what it refuses. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from barnabas.errors import BadRequestError, ConflictError, NotFoundError
from barnabas.runtime.model import (
    ConnectorInfo,
    ConnectorOffsets,
    ConnectorState,
    ConnectorStateInfo,
    ConnectorStatus,
    ConnectorType,
    State,
    TargetState,
    TaskId,
    TaskInfo,
    TaskState,
)
from barnabas.runtime.stores import ConfigState

__all__ = [
    "check_known",
    "check_modifiable",
    "check_restartable",
    "connector_info",
    "inherited_offsets",
    "known_config",
    "state_info",
    "task_counts",
    "task_infos",
    "task_state",
]

_View = TypeVar("_View", ConnectorState, TaskState)
_COUNTED = {
    f"connector-{state.value.lower()}-task-count": state
    for state in (
        State.RUNNING,
        State.PAUSED,
        State.FAILED,
        State.UNASSIGNED,
        State.DESTROYED,
        State.RESTARTING,
    )
}


def connector_info(state: ConfigState, name: str, kind: ConnectorType) -> ConnectorInfo:
    """Describe a connector.

    Raises:
        NotFoundError: There is no such connector.
    """
    return ConnectorInfo.of(name, dict(known_config(state, name)), state.tasks(name), kind)


def known_config(state: ConfigState, name: str) -> Mapping[str, str | None]:
    """Look a connector's configuration up; NotFoundError when there is none."""
    if name not in state:
        message = f"Connector {name} not found"
        raise NotFoundError(message)
    return state.configs[name]


def task_infos(state: ConfigState, name: str) -> list[TaskInfo]:
    """List the tasks of a connector; NotFoundError."""
    known_config(state, name)
    return [TaskInfo.of(task, state.task_configs[task]) for task in state.tasks(name)]


def state_info(
    name: str,
    connector: ConnectorStatus,
    tasks: Mapping[TaskId, ConnectorStatus],
    kind: ConnectorType,
) -> ConnectorStateInfo:
    """Describe the states of a connector and its tasks, tasks in order of their numbers."""
    shown = ConnectorState(connector.state.value, connector.worker_id)
    views = [task_state(task, tasks[task]) for task in sorted(tasks)]
    return ConnectorStateInfo(name, _with_details(shown, connector), views, kind.value)


def task_state(task: TaskId, status: ConnectorStatus) -> TaskState:
    """Describe the state of a task."""
    stalled = msgspec.UNSET if status.stalled is None else status.stalled
    shown = TaskState(task.task, status.state.value, status.worker_id, stalled=stalled)
    return _with_details(shown, status)


def _with_details(shown: _View, status: ConnectorStatus) -> _View:
    version = msgspec.UNSET if status.version == "undefined" else status.version
    trace = status.trace or msgspec.UNSET
    return msgspec.structs.replace(shown, version=version, trace=trace)


def check_known(state: ConfigState, name: str) -> None:
    """Check that there is a connector whose target state can be set; NotFoundError."""
    if name not in state:
        message = f"Unknown connector {name}"
        raise NotFoundError(message)


def check_restartable(state: ConfigState, what: str | TaskId) -> None:
    """Check that there is something that can be restarted.

    Args:
        state: What is configured.
        what: Name of a connector, or a task.

    Raises:
        NotFoundError: There is no such connector, or it never had such a task.
        ConflictError: The connector has fewer tasks by now.
    """
    name = what.connector if isinstance(what, TaskId) else what
    if name not in state:
        message = f"Unknown connector: {name}"
        raise NotFoundError(message)
    if not isinstance(what, TaskId):
        return
    if what not in state.task_configs:
        message = f"Unknown task: {what}"
        raise NotFoundError(message)
    if what not in state.tasks(name):
        message = (
            f"Cannot complete request: connector {name} no longer has task {what.task}, so no "
            "worker runs it"
        )
        raise ConflictError(message)


def check_modifiable(state: ConfigState, name: str) -> None:
    """Check that the offsets of a connector may be changed now (KIP-875).

    Raises:
        NotFoundError: There is no such connector.
        BadRequestError: It is not stopped.
    """
    known_config(state, name)
    if state.target_state(name) is not TargetState.STOPPED or state.tasks(name):
        message = (
            "Connectors must be in the STOPPED state before their offsets can be modified. This "
            "can be done for the specified connector by issuing a 'PUT' request to the "
            f"'/connectors/{name}/stop' endpoint"
        )
        raise BadRequestError(message)


def inherited_offsets(name: str, found: ConnectorOffsets) -> str:
    """Say that a new connector goes on where an earlier one of its name ended."""
    count = len(found.offsets)
    partitions = "1 partition" if count == 1 else f"{count} partitions"
    return (
        f"Connector {name} goes on where an earlier connector of this name ended: there are "
        f"offsets of {partitions}. To have it begin anew, stop it "
        f"(PUT /connectors/{name}/stop) and DELETE /connectors/{name}/offsets."
    )


def task_counts(statuses: Iterable[ConnectorStatus]) -> dict[str, float]:
    """Count the tasks of a connector by state, as ``connect-worker-metrics`` of the connector.

    Args:
        statuses: Those of all its tasks, on whatever worker.
    """
    states = [status.state for status in statuses]
    counts: dict[str, float] = {name: states.count(state) for name, state in _COUNTED.items()}
    return {"connector-total-task-count": len(states), **counts}
