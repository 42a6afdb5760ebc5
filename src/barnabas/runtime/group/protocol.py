# SPDX-License-Identifier: Apache-2.0
"""What workers of a group tell each other when they rebalance, as plain values.

A worker joins with its `WorkerMetadata`; the leader answers each member with an `Assignment`. A
*member id* is the broker's name of a membership (it changes when a worker returns); a *worker url*
is where the worker's REST API answers.

Source:
    Apache Kafka ``connect/runtime`` ``ConnectProtocol``, ``IncrementalCooperativeConnectProtocol``,
    ``ExtendedAssignment``; reference page *Worker group protocol and distributed herder*, sections
    1 to 4.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from barnabas.config.java_order import text_order
from barnabas.errors import ConfigError
from barnabas.runtime.model import TaskId

__all__ = [
    "NO_WORK",
    "PROTOCOL_TYPE",
    "Assignment",
    "AssignmentError",
    "ConnectProtocol",
    "GroupConfig",
    "Item",
    "Owners",
    "Work",
    "WorkerMetadata",
    "offered",
]

PROTOCOL_TYPE = "connect"
"""Protocol type of the group; a consumer group's is ``consumer``."""


class ConnectProtocol(enum.Enum):
    """A way of rebalancing; the value is the version in the header of all bytes."""

    EAGER = 0
    """Everything stops and is shared out anew."""
    COMPATIBLE = 1
    """Only what moves stops (KIP-415)."""
    SESSIONED = 2
    """As COMPATIBLE, and workers sign internal requests (KIP-507)."""

    @property
    def version(self) -> int:
        """Version in the header of metadata and assignments."""
        return self.value

    @property
    def wire_name(self) -> str:
        """Name offered to the group coordinator."""
        return _WIRE_NAMES[self]

    @property
    def is_cooperative(self) -> bool:
        """Whether work that does not move runs on through a rebalance."""
        return self is not ConnectProtocol.EAGER

    @property
    def is_signed(self) -> bool:
        """Whether internal requests must carry a signature."""
        return self is ConnectProtocol.SESSIONED

    @classmethod
    def named(cls, wire_name: str) -> ConnectProtocol:
        """Return the protocol the coordinator chose.

        Raises:
            ConfigError: There is no such protocol.
        """
        for protocol, name in _WIRE_NAMES.items():
            if name == wire_name:
                return protocol
        message = (
            f"The group agreed on the protocol {wire_name!r}, which is none of Kafka Connect's"
            f" ({', '.join(_WIRE_NAMES.values())}); give this cluster a group.id of its own."
        )
        raise ConfigError(message)


_WIRE_NAMES = {
    ConnectProtocol.EAGER: "default",
    ConnectProtocol.COMPATIBLE: "compatible",
    ConnectProtocol.SESSIONED: "sessioned",
}

_OFFERS = {
    "eager": (ConnectProtocol.EAGER,),
    "compatible": (ConnectProtocol.COMPATIBLE, ConnectProtocol.EAGER),
    "sessioned": (ConnectProtocol.SESSIONED, ConnectProtocol.COMPATIBLE, ConnectProtocol.EAGER),
}


def offered(mode: str) -> tuple[ConnectProtocol, ...]:
    """Return the protocols a worker offers when it joins, the preferred one first.

    The coordinator chooses among those that all members offer, so one worker with ``eager`` makes
    the whole cluster eager.

    Args:
        mode: The setting ``connect.protocol``, in any case.

    Raises:
        ConfigError: No such mode.
    """
    protocols = _OFFERS.get(mode.lower())
    if protocols is None:
        message = (
            f"Invalid value {mode} for configuration connect.protocol: must be one of"
            f" {', '.join(_OFFERS)}"
        )
        raise ConfigError(message)
    return protocols


Item = str | TaskId
"""A connector, by name, or a task."""


@dataclass(frozen=True, slots=True)
class Work:
    """Connectors and tasks, in an order that is kept and without repetition."""

    connectors: tuple[str, ...] = ()
    tasks: tuple[TaskId, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.connectors or self.tasks)

    def __len__(self) -> int:
        return len(self.connectors) + len(self.tasks)

    @classmethod
    def of(cls, connectors: Iterable[str] = (), tasks: Iterable[TaskId] = ()) -> Work:
        """Make it from anything that can be iterated; what comes twice is kept once."""
        return cls(tuple(dict.fromkeys(connectors)), tuple(dict.fromkeys(tasks)))

    @property
    def items(self) -> tuple[Item, ...]:
        """The connectors, then the tasks."""
        return (*self.connectors, *self.tasks)

    def without(self, other: Work) -> Work:
        """Return what is here and not there, in the order it has here."""
        if not other:
            return self
        connectors, tasks = set(other.connectors), set(other.tasks)
        return Work(
            tuple(name for name in self.connectors if name not in connectors),
            tuple(task for task in self.tasks if task not in tasks),
        )

    def also_in(self, other: Work) -> Work:
        """Return what is both here and there, in the order it has here."""
        connectors, tasks = set(other.connectors), set(other.tasks)
        return Work(
            tuple(name for name in self.connectors if name in connectors),
            tuple(task for task in self.tasks if task in tasks),
        )

    def plus(self, other: Work) -> Work:
        """Return this followed by what only the other has."""
        if not other:
            return self
        return Work.of((*self.connectors, *other.connectors), (*self.tasks, *other.tasks))

    def in_order(self) -> Work:
        """Return the same sorted by name and number, as Java sorts."""
        return Work(
            tuple(sorted(self.connectors, key=text_order)),
            tuple(sorted(self.tasks, key=lambda task: (text_order(task.connector), task.task))),
        )


NO_WORK = Work()


class AssignmentError(enum.IntEnum):
    """Why an assignment holds no work."""

    NONE = 0
    CONFIG_MISMATCH = 1
    """The leader has read less of the config topic than another member."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the leader tells a member.

    Cooperative protocols: ``connectors`` and ``tasks`` are only what is *new* for the member, and
    ``revoked_…`` what it must stop; it keeps the rest. Eager: they are all it shall run. After a
    round the member's own current assignment is `applied_to` the one before, and that is what it
    reports when it joins again.
    """

    version: int
    """Version of the protocol, `ConnectProtocol.version`."""
    leader: str
    """Member id of the leader."""
    leader_url: str
    config_offset: int
    """How far (last offset + 1) the config topic must be read before the work starts."""
    connectors: tuple[str, ...] = ()
    tasks: tuple[TaskId, ...] = ()
    revoked_connectors: tuple[str, ...] = ()
    revoked_tasks: tuple[TaskId, ...] = ()
    delay_ms: int = 0
    """When to join again at the latest because work waits for an owner; 0 = nothing waits."""
    error: int = AssignmentError.NONE

    @property
    def is_failed(self) -> bool:
        """Whether there is nothing in it because the configurations did not match."""
        return self.error != AssignmentError.NONE

    @property
    def work(self) -> Work:
        """The connectors and tasks assigned."""
        return Work(self.connectors, self.tasks)

    @property
    def revoked(self) -> Work:
        """The connectors and tasks taken away."""
        return Work(self.revoked_connectors, self.revoked_tasks)

    def applied_to(self, previous: Assignment | None) -> Assignment:
        """Return all that a member owns once it has followed this cooperative assignment.

        New work first, then what was kept. What was revoked stays listed until the member has
        stopped it and calls `settled`.
        """
        if previous is None:
            return self
        owned = self.work.plus(previous.work.without(self.revoked))
        return replace(self, connectors=owned.connectors, tasks=owned.tasks)

    def settled(self) -> Assignment:
        """Return the same without the revocations, which have been carried out."""
        return replace(self, revoked_connectors=(), revoked_tasks=())


@dataclass(frozen=True, slots=True)
class WorkerMetadata:
    """What a worker tells when it joins."""

    url: str
    """Where its REST API answers, with a slash at the end: ``http://host:8083/``."""
    config_offset: int
    """How far (last offset + 1) it has read the config topic."""
    assignment: Assignment | None = None
    """What it runs now; None before its first round and after it lost the group."""


@dataclass(frozen=True, slots=True)
class GroupConfig:
    """What is configured, as far as sharing it out needs to know; an immutable snapshot."""

    offset: int
    """How far (last offset + 1) the config topic has been read."""
    task_counts: Mapping[str, int]
    """Connector to number of its tasks; 0 while its task configurations are incomplete."""

    @property
    def work(self) -> Work:
        """All connectors and tasks, sorted by name and number."""
        names = sorted(self.task_counts, key=text_order)
        tasks = [TaskId(name, task) for name in names for task in range(self.task_counts[name])]
        return Work(tuple(names), tuple(tasks))


@dataclass(frozen=True, slots=True)
class Owners:
    """Who runs what after a round; only the leader knows."""

    urls: Mapping[str, str] = field(default_factory=dict)
    """Member id to worker url."""
    connectors: Mapping[str, str] = field(default_factory=dict)
    """Connector to member id."""
    tasks: Mapping[TaskId, str] = field(default_factory=dict)
    """Task to member id."""

    def connector_url(self, connector: str) -> str | None:
        """Return the url of the worker that runs the connector; None when nobody does."""
        member = self.connectors.get(connector)
        return None if member is None else self.urls.get(member)

    def task_url(self, task: TaskId) -> str | None:
        """Return the url of the worker that runs the task; None when nobody does."""
        member = self.tasks.get(task)
        return None if member is None else self.urls.get(member)
