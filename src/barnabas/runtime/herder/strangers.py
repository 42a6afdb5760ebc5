# SPDX-License-Identifier: Apache-2.0
"""Noticing another cluster that uses this one's topics by mistake.

Two groups of workers on the same topics both run every connector, which nothing prevents. But they
write: statuses, which name a worker, and configurations, which only a leader writes. A leader knows
the members of its group, and what it wrote itself.

On the event loop only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from barnabas.runtime.group.summary import worker_name
from barnabas.runtime.model import ConnectorStatus, State, TaskId

__all__ = ["Strangers"]

_log = logging.getLogger(__name__)

_GRACE_S: Final = 3.0
"""Time after an election in which the last words of former members and leaders may arrive."""

_QUIET_S: Final = 600.0
"""Time in which the same stranger is not told of again."""

_LAST_WORDS: Final = frozenset({State.UNASSIGNED, State.DESTROYED})


class Strangers:
    """Warns of them, while this worker leads.

    Args:
        group_id: The ``group.id``.
        leads: Says whether this worker leads at the moment, for certain.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        group_id: str,
        leads: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._group_id = group_id
        self._leads = leads
        self._clock = clock
        self._since: float | None = None
        self._members: set[str] = set()
        self._known: set[str] = set()
        self._told: dict[str, float] = {}

    def lead(self, urls: Iterable[str]) -> None:
        """Hear who is in the group this worker leads.

        Args:
            urls: The workers' advertised addresses.
        """
        if self._since is None:
            self._since = self._clock()
        self._members = {worker_name(url) for url in urls}
        self._known |= self._members

    def follow(self) -> None:
        """Hear that another worker leads."""
        self._since = None

    def on_status(self, what: str | TaskId, status: ConnectorStatus) -> None:
        """Hear of a status on the topic.

        Args:
            what: Name of a connector, or a task.
            status: Who said how it does.
        """
        worker = status.worker_id
        if worker in self._known or status.state in _LAST_WORDS or not self._is_new(worker):
            return
        kind = "task" if isinstance(what, TaskId) else "connector"
        _log.warning(
            "The worker %s wrote to the status topic that it has %s %s (%s), but it is no member "
            "of group %s (%s). %s",
            worker,
            kind,
            what,
            status.state.value,
            self._group_id,
            ", ".join(sorted(self._members)),
            self._advice,
        )

    def on_record(self, key: str, offset: int) -> None:
        """Hear of a record of the config topic that only a leader writes, and this one did not."""
        if self._is_new("a leader"):
            _log.warning(
                "Somebody else wrote %r to the config topic (offset %d), although this worker "
                "leads group %s and so is the only one to. %s",
                key,
                offset,
                self._group_id,
                self._advice,
            )

    @property
    def _advice(self) -> str:
        return (
            "Most likely a cluster with another group.id uses the same topics, and both run every "
            "connector. Give that cluster a config.storage.topic, an offset.storage.topic and a "
            f"status.storage.topic of its own; or group.id={self._group_id}, if it is to be one "
            "cluster with this one"
        )

    def _is_new(self, who: str) -> bool:
        now = self._clock()
        if self._since is None or now - self._since < _GRACE_S or not self._leads():
            return False
        if now - self._told.get(who, -_QUIET_S) < _QUIET_S:
            return False
        self._told[who] = now
        return True
