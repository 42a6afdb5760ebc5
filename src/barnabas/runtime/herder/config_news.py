# SPDX-License-Identifier: Apache-2.0
"""What a worker does about news from the config topic, whoever wrote them.

On the event loop only.

Source:
    Reference page *Worker group protocol*, section 7; KIP-745, KIP-976.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from barnabas.runtime.group import session_keys
from barnabas.runtime.herder.assigned_work import AssignedWork
from barnabas.runtime.herder.fencing import ZombieFencing
from barnabas.runtime.model import RestartRequest, SessionKey, TaskId
from barnabas.runtime.stores import ConfigListener

__all__ = ["ConfigNews"]

_log = logging.getLogger(__name__)


class ConfigNews(ConfigListener):
    """Passes news on to those who act on them.

    Args:
        work: What is to run on this worker.
        fencing: Told of new tasks.
        restart: Restarts what a request covers and this worker runs.
        set_logger_level: Sets the level of a logger on this worker, given name and level.
        on_foreign_record: Told of records that only a leader writes and this worker did not, given
            key and offset.
        clock_ms: Tells the time in ms since the epoch.
    """

    def __init__(
        self,
        work: AssignedWork,
        fencing: ZombieFencing,
        restart: Callable[[RestartRequest], None],
        set_logger_level: Callable[[str, str], None],
        on_foreign_record: Callable[[str, int], None],
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._work = work
        self._fencing = fencing
        self._restart = restart
        self._set_logger_level = set_logger_level
        self._on_foreign_record = on_foreign_record
        self._clock_ms = clock_ms

    def on_connector_removed(self, name: str) -> None:
        """Stop a connector that is gone, and have the group balanced."""
        self._work.on_connector_removed(name)

    def on_connector_config(self, name: str) -> None:
        """Restart a connector with its new configuration, or have a new one assigned."""
        self._work.on_connector_config(name)

    def on_task_configs(self, connector: str, tasks: list[TaskId]) -> None:
        """Stop tasks that change, and have the group balanced."""
        del tasks  # those that change are found by comparing
        self._work.on_task_configs(connector)
        self._fencing.on_task_configs(connector)

    def on_target_state(self, name: str) -> None:
        """Bring a connector and its tasks to the state wanted."""
        self._work.on_target_state(name)

    def on_session_key(self, key: SessionKey) -> None:
        """Say so; the key is looked up where requests are signed and checked."""
        _log.debug("There is a new session key, for %s", key.algorithm)
        now_ms = self._clock_ms()
        if session_keys.is_from_the_future(key, now_ms):
            _log.warning("The new session key %s", session_keys.skew_in_words(key, now_ms))

    def on_restart(self, request: RestartRequest) -> None:
        """Restart what runs here."""
        self._restart(request)

    def on_logger_level(self, name: str, level: str) -> None:
        """Set the level here as well."""
        self._set_logger_level(name, level)

    def on_foreign_record(self, key: str, offset: int) -> None:
        """Have another cluster on the same topic noticed."""
        self._on_foreign_record(key, offset)
