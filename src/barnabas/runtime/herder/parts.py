# SPDX-License-Identifier: Apache-2.0
"""What a distributed herder is put together from; whoever starts a worker decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from barnabas.runtime.group.member import GroupListener, GroupMember
from barnabas.runtime.group.protocol import GroupConfig
from barnabas.runtime.herder.peers import PeerClient
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.stores import ConfigStore, StatusStore
from barnabas.runtime.worker import Worker, WorkerListener
from barnabas.telemetry.loggers import LoggerRegistry

__all__ = ["MakeMember", "Parts", "Stores"]


class Stores(NamedTuple):
    """The topics a group shares, besides that of offsets, which the worker keeps."""

    configs: ConfigStore
    statuses: StatusStore


class MakeMember(Protocol):
    """Makes the member of the group, given who listens and what is configured."""

    def __call__(
        self,
        listener: GroupListener,
        config_state: Callable[[], GroupConfig],
        refresh_configs: Callable[[float], GroupConfig],
    ) -> GroupMember:
        """Make it; it is started later. The functions are called on the member's thread."""


class Parts(NamedTuple):
    """What a herder starts, uses and stops."""

    plugins: PluginRegistry
    stores: Stores
    make_worker: Callable[[WorkerListener], Worker]
    """Makes the worker, given who listens to it."""
    make_member: MakeMember
    peers: PeerClient
    """Asks other workers."""
    ask_cluster_id: Callable[[], str]
    """Asks the Kafka cluster for its id; blocks for a bounded time."""
    loggers: LoggerRegistry
    let_go: Callable[[], None] = lambda: None
    """Drops what was to be written to the group's topics and is not stored."""
