# SPDX-License-Identifier: Apache-2.0
"""Names, states and answers of the runtime: plain frozen values, no behaviour beyond reading.

The ``…Info`` structs are the bodies of the REST API, field for field and in Java's order, so they
can be encoded as they are.

Source:
    Apache Kafka ``connect/runtime`` ``rest/entities``; reference page *REST API*, section 2.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

__all__ = [
    "ConfigInfo",
    "ConfigInfos",
    "ConfigKeyInfo",
    "ConfigValueInfo",
    "ConnectorInfo",
    "ConnectorOffset",
    "ConnectorOffsets",
    "ConnectorState",
    "ConnectorStateInfo",
    "ConnectorStatus",
    "ConnectorType",
    "FailureCause",
    "LoggerLevel",
    "Metrics",
    "PluginInfo",
    "ProcessUsage",
    "RestartRequest",
    "ServerInfo",
    "SessionKey",
    "Stall",
    "State",
    "TargetState",
    "TaskId",
    "TaskInfo",
    "TaskState",
]


class State(enum.Enum):
    """State of a connector or task, as REST shows it."""

    UNASSIGNED = "UNASSIGNED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FAILED = "FAILED"
    RESTARTING = "RESTARTING"
    STOPPED = "STOPPED"
    DESTROYED = "DESTROYED"


class TargetState(enum.Enum):
    """State a user wants a connector to be in; values are those of the config topic."""

    STARTED = "STARTED"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"


class ConnectorType(enum.Enum):
    """What a connector is, as REST shows it."""

    SOURCE = "source"
    SINK = "sink"
    UNKNOWN = "unknown"


class TaskId(NamedTuple):
    """One task of a connector; ``str()`` is Java's ``<connector>-<task>``."""

    connector: str
    task: int

    def __str__(self) -> str:
        return f"{self.connector}-{self.task}"


class Stall(msgspec.Struct, frozen=True, omit_defaults=True):
    """That code of a task has not returned for long; moments are ms since the epoch."""

    since: int
    """When it was last known to have returned."""
    call: str
    """What was called, such as ``poll``; empty when it is not known."""
    last_record: int | None = None
    """When the task last had a record; None for never."""
    last_commit: int | None = None
    """When offsets were last committed; None for never."""
    lag: int | None = None
    """Records a sink was behind then; None when it is not known."""


class ConnectorStatus(msgspec.Struct, frozen=True):
    """Status of a connector or task as the status store keeps it."""

    state: State
    worker_id: str
    generation: int = 0
    trace: str | None = None
    version: str | None = None
    stalled: Stall | None = None
    """Of a task that runs, but is stuck in its own code. Java's workers have no such thing."""


class FailureCause(msgspec.Struct, frozen=True):
    """Why a task failed, for one who asks whether the same went wrong again."""

    kind: str
    """``record``: a record that is told in ``error`` could not be converted or transformed;
    ``batch``: a sink could not take the records at ``positions``; ``configuration``: settings are
    wrong; ``other``: anything else, such as a system that cannot be reached."""
    error: str
    """Class and message of the error."""
    positions: dict[str, int] = {}
    """Offset of the first record of each partition (``topic-partition``) in a ``batch``."""


class TaskState(msgspec.Struct, frozen=True):
    """A task within :class:`ConnectorStateInfo`.

    Differs:
        A task whose code has not returned for long has ``stalled``; all others are as in Java.
    """

    id: int
    state: str
    worker_id: str
    version: str | msgspec.UnsetType | None = None
    trace: str | msgspec.UnsetType = msgspec.UNSET
    stalled: Stall | msgspec.UnsetType = msgspec.UNSET


class ConnectorState(msgspec.Struct, frozen=True):
    """The connector instance within :class:`ConnectorStateInfo`."""

    state: str
    worker_id: str
    version: str | msgspec.UnsetType | None = None
    trace: str | msgspec.UnsetType = msgspec.UNSET


class ConnectorStateInfo(msgspec.Struct, frozen=True):
    """Answer of ``GET /connectors/{name}/status``."""

    name: str
    connector: ConnectorState
    tasks: list[TaskState]
    type: str


class _TaskIdInfo(msgspec.Struct, frozen=True):
    connector: str
    task: int


class ConnectorInfo(msgspec.Struct, frozen=True):
    """Answer of ``GET /connectors/{name}``."""

    name: str
    config: dict[str, str | None]
    tasks: list[_TaskIdInfo]
    type: str

    @classmethod
    def of(
        cls, name: str, config: dict[str, str | None], tasks: list[TaskId], kind: ConnectorType
    ) -> ConnectorInfo:
        """Make the answer from the runtime's own values."""
        ids = [_TaskIdInfo(task.connector, task.task) for task in tasks]
        return cls(name, config, ids, kind.value)


class TaskInfo(msgspec.Struct, frozen=True):
    """Item of ``GET /connectors/{name}/tasks``."""

    id: _TaskIdInfo
    config: dict[str, str]

    @classmethod
    def of(cls, task: TaskId, config: dict[str, str]) -> TaskInfo:
        """Make the item from the runtime's own values."""
        return cls(_TaskIdInfo(task.connector, task.task), config)


class ServerInfo(msgspec.Struct, frozen=True):
    """Answer of ``GET /``."""

    version: str
    commit: str
    kafka_cluster_id: str | None


class PluginInfo(msgspec.Struct, frozen=True):
    """Item of ``GET /connector-plugins``; ``class_`` is encoded as ``class``."""

    class_: str = msgspec.field(name="class")
    type: str
    version: str | msgspec.UnsetType = msgspec.UNSET


class ConfigKeyInfo(msgspec.Struct, frozen=True):
    """Definition of a setting.

    Differs:
        ``order`` is what workers up to 4.2 send and clients read; 4.3 sends ``order_in_group``.
    """

    name: str
    type: str
    required: bool
    default_value: str | None
    importance: str
    documentation: str
    group: str | None
    order_in_group: int = msgspec.field(name="order")
    width: str
    display_name: str
    dependents: list[str]


class ConfigValueInfo(msgspec.Struct, frozen=True):
    """Value of a setting with what is wrong with it."""

    name: str
    value: str | None
    recommended_values: list[str]
    errors: list[str]
    visible: bool


class ConfigInfo(msgspec.Struct, frozen=True):
    """Definition and value of one setting."""

    definition: ConfigKeyInfo | None
    value: ConfigValueInfo | None


class ConfigInfos(msgspec.Struct, frozen=True):
    """Answer of ``PUT /connector-plugins/{plugin}/config/validate``."""

    name: str
    error_count: int
    groups: list[str]
    configs: list[ConfigInfo]


class ConnectorOffset(msgspec.Struct, frozen=True):
    """One partition with its offset."""

    partition: dict[str, Any] | None
    offset: dict[str, Any] | None


class ConnectorOffsets(msgspec.Struct, frozen=True):
    """Answer of ``GET /connectors/{name}/offsets``."""

    offsets: list[ConnectorOffset]


class LoggerLevel(msgspec.Struct, frozen=True):
    """Level of a logger; ``last_modified`` in ms since the epoch."""

    level: str
    last_modified: int | None


class RestartRequest(msgspec.Struct, frozen=True):
    """What ``POST /connectors/{name}/restart?includeTasks=&onlyFailed=`` asks for (KIP-745)."""

    connector: str
    only_failed: bool = False
    include_tasks: bool = False

    @property
    def forces_restart(self) -> bool:
        """Whether any flag is set, so that it is answered with a plan (202)."""
        return self.only_failed or self.include_tasks

    def covers(self, state: State | None) -> bool:
        """Say whether an instance in this state is to be restarted."""
        return not self.only_failed or state is State.FAILED


@dataclasses.dataclass(frozen=True, slots=True)
class SessionKey:
    """The secret workers of a group sign their requests to each other with (KIP-507)."""

    key: bytes = dataclasses.field(repr=False)
    algorithm: str
    """Name of the algorithm it was made for, such as ``HmacSHA256``."""
    created_ms: int
    """When the leader made it, in ms since the epoch."""


@dataclasses.dataclass(frozen=True, slots=True)
class ProcessUsage:
    """What processes of one kind, or one process, of a worker use; a few seconds old at most."""

    process: str
    """``worker``, ``forkserver``, ``inspection``, ``connector``, ``connectors`` (several share it)
    or ``task``."""
    connector: str | None
    """Whose process it is, for those of one connector and of tasks."""
    task: int | None
    """Number of the task whose process it is."""
    rss_bytes: int
    """Resident memory; pages shared with other processes of the worker count in each."""
    cpu_s: float
    """Processor time since the process began, in user and kernel mode."""
    pss_bytes: int | None = None
    """Resident memory with shared pages in parts, a minute old at most; None: not known yet."""


@dataclasses.dataclass(frozen=True, slots=True)
class Metrics:
    """Everything a worker measures, at one moment; nothing in it changes afterwards.

    The mappings are groups of metrics of Java's workers, by the names their attributes have there:
    numbers, and texts such as a state. What is not known is left out.

    Source:
        Apache Kafka ``ConnectMetricsRegistry``; reference page *Runtime semantics*, section 10.
    """

    worker: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """``connect-worker-metrics``."""
    connectors: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    """``connector-metrics`` of the connectors on this worker, by name."""
    tasks: Mapping[TaskId, Mapping[str, float | str]] = dataclasses.field(default_factory=dict)
    """All groups of a task together, for the tasks on this worker: ``connector-task-metrics``, and
    ``source-task-metrics`` or ``sink-task-metrics``; no attribute is in two of them."""
    processes: tuple[ProcessUsage, ...] = ()
    """Processes of this worker, itself included."""
    transforms: Mapping[TaskId, Mapping[str, Mapping[str, str]]] = dataclasses.field(
        default_factory=dict
    )
    """``connector-transform-metrics`` of the tasks on this worker, by alias."""
    predicates: Mapping[TaskId, Mapping[str, Mapping[str, str]]] = dataclasses.field(
        default_factory=dict
    )
    """``connector-predicate-metrics`` of the tasks on this worker, by alias."""
    clients: Mapping[str, Mapping[str, Mapping[str, float]]] = dataclasses.field(
        default_factory=dict
    )
    """By group (``producer``, ``consumer`` …) and client id, for the clients of tasks."""
    task_counts: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)
    """``connect-worker-metrics`` of the connectors that have tasks on this worker, by name."""
    rebalances: Mapping[str, float | str] = dataclasses.field(default_factory=dict)
    """``connect-worker-rebalance-metrics``; empty where there is no group."""
    coordinator: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """``connect-coordinator-metrics``; empty where there is no group."""
    client_id: str = ""
    """Client id of the worker's membership, a tag of ``coordinator``."""
