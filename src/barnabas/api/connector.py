# SPDX-License-Identifier: Apache-2.0
"""What source and sink connectors have in common.

A *connector* looks at the other system and splits the work into configurations for *tasks*; tasks
copy the data. The connectors of a plugin run in one process, each task in one of its own, so a
connector and its tasks share nothing but configurations: no globals, no files kept open, no
connections.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from barnabas import config

__all__ = [
    "Connector",
    "ConnectorContext",
    "ConnectorTransactionBoundaries",
    "ExactlyOnceSupport",
    "Task",
]


class ExactlyOnceSupport(enum.Enum):
    """A source connector's answer to whether it can deliver exactly once (KIP-618)."""

    SUPPORTED = "SUPPORTED"
    UNSUPPORTED = "UNSUPPORTED"


class ConnectorTransactionBoundaries(enum.Enum):
    """A source connector's answer to whether its tasks can define transactions (KIP-618)."""

    SUPPORTED = "SUPPORTED"
    UNSUPPORTED = "UNSUPPORTED"


class ConnectorContext(Protocol):
    """What the framework offers a running connector. May be used from any thread."""

    def request_task_reconfiguration(self) -> None:
        """Ask the framework to call ``task_configs`` again, because the other system changed.

        Returns at once. Unchanged task configurations leave their tasks undisturbed.

        Raises:
            IllegalStateError: The connector has been stopped already.
        """

    def raise_error(self, error: BaseException) -> None:
        """Report an error found outside a call of the framework; the connector becomes FAILED."""


class Task(abc.ABC):
    """What source and sink tasks have in common."""

    @abc.abstractmethod
    def start(self, props: Mapping[str, str]) -> None:
        """Begin: read the configuration, open connections.

        Called once, on the main thread of the task's own process, after the context was set. A
        task that raises here is FAILED until somebody restarts it.

        Args:
            props: One of the maps the connector returned from ``task_configs``, with references to
                config providers resolved.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """End: close what was opened.

        Called once, on the main thread after the last call of any other method, also when
        :meth:`start` raised. Must return within ``task.shutdown.graceful.timeout.ms``, else the
        process is killed.
        """

    def version(self) -> str:
        """Version of the task, shown in ``GET /connectors/<name>/status``."""
        return "undefined"


class Connector(abc.ABC):
    """What source and sink connectors have in common.

    Life: made → :meth:`start` → :meth:`task_configs`, again whenever it asked for that →
    :meth:`stop`; after a pause :meth:`start` again, on the same instance. One that is STOPPED has
    no instance: a new one is made when it is resumed. All on one thread, which is the instance's
    own but not the main thread of its process: other connectors of the plugin run in the same
    process, on theirs. A call that does not return in time is ended with its process; the other
    connectors in it are then started again, as new instances in a new one. Settings of the process,
    such as environment variables and the current directory, are not the connector's to change.
    """

    config_class: ClassVar[type[config.Config]] = config.Config
    """The connector's settings, declared once: parsing, validation and the reference page."""

    context: ConnectorContext
    """Set before :meth:`start`."""

    @property
    @abc.abstractmethod
    def task_class(self) -> type[Task]:
        """The class of the tasks; must be importable by name."""

    @abc.abstractmethod
    def start(self, props: Mapping[str, str]) -> None:
        """Begin to watch the other system.

        Must not copy data. A connector that raises here is FAILED until restarted or reconfigured.

        Args:
            props: The connector's configuration with references to config providers resolved.
        """

    @abc.abstractmethod
    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Split the work into at most ``max_tasks`` configurations, one per task.

        Called after :meth:`start` and after each request for reconfiguration. Give a stable answer
        for an unchanged system: only changed configurations restart tasks. Fewer than
        ``max_tasks`` is fine, an empty list means there is nothing to copy.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """End: stop watching, close what was opened."""

    def validate(self, props: Mapping[str, str]) -> list[config.ConfigValue]:
        """Check a configuration before it is accepted; answers ``PUT …/config/validate``.

        Called on a fresh instance that is never started, with a deadline. The default checks each
        setting of :attr:`config_class`; override it to look into the other system, and start with
        ``values = super().validate(props)``.

        Returns:
            One value per setting, with errors and recommended values filled in.
        """
        return self.config_class.definition().validate(props)

    def version(self) -> str:
        """Version of the connector, shown over REST."""
        return "undefined"

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Hear that a user wants to change or reset this connector's offsets (KIP-875).

        Called on a fresh instance while the connector is stopped. Must be repeatable.

        Args:
            props: The connector's configuration.
            offsets: New offset (or None for a reset) by partition. Sources: both are maps, the
                partition given as a tuple of its sorted items; sinks: topic partition to offset.

        Returns:
            True when the connector checked the offsets, False when it does not know about them.

        Raises:
            UnsupportedError: This connector's offsets must not be changed from outside.
            ConnectError: These offsets make no sense; the message says why.
        """
        return False
