# SPDX-License-Identifier: Apache-2.0
"""What membership of a group means for the connectors and tasks of a node: a lease to run.

Runners end by themselves before the lease does. When it was extended after all, what was held back
is said, and what ended itself is started again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from barnabas.errors import ConnectError
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.lease_watch import Phase, plan_watch
from barnabas.runtime.stores.offsets import WRITE_SHARE
from barnabas.runtime.worker.instances import Instance
from barnabas.telemetry.logs import log_context

__all__ = ["Membership"]

_log = logging.getLogger(__name__)


class Membership:
    """The lease of a node, and what is done again when it is extended.

    On the worker's event loop, except for `extend`.

    Args:
        session_s: Session timeout of the group in seconds; None for a standalone worker, whose
            lease never ends.
        present: The connectors and tasks this node has now.
    """

    def __init__(
        self, session_s: float | None, present: Callable[[], Iterable[Instance[Any]]]
    ) -> None:
        self.lease = Lease.make(session_s)
        """Shared with all runners."""
        self._present = present
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lapsed: list[Instance[Any]] = []
        self._revivals: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to follow the lease, on the running event loop."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Start nothing again any more."""
        for revival in self._revivals:
            revival.cancel()

    @property
    def is_void(self) -> bool:
        """Whether membership is over, or not sure any more; never when standalone."""
        return self.lease.is_void

    @property
    def holds(self) -> bool:
        """Whether membership is sure for so long yet that runners need not stop."""
        phase, _ = plan_watch(self.lease.deadline_s, self.lease.session_s, time.monotonic())
        return phase is Phase.HELD

    def may_write(self) -> bool:
        """Whether an offset written now is delivered, or given up, while membership is sure."""
        return time.monotonic() < self.lease.until(WRITE_SHARE)

    def extend(self, deadline_s: float) -> None:
        """Let connectors and tasks run until then; any thread, and cheap.

        Args:
            deadline_s: Until when this worker is surely a member, by :func:`time.monotonic`.
        """
        was_void = self.lease.is_void
        self.lease.extend(deadline_s)
        if self._loop is not None and (was_void or self._lapsed):
            self._loop.call_soon_threadsafe(self._resume)

    def lapsed(self, instance: Instance[Any]) -> None:
        """Hear that an instance ended itself for want of a lease."""
        self._lapsed.append(instance)
        if not self.is_void:
            self._resume()

    def _resume(self) -> None:
        """Go on after the membership was in doubt.

        What lapsed is started again only when the lease was extended since: with the one it ended
        itself for, a new runner would do the same.
        """
        if self.is_void:
            return
        present = set(self._present())
        for instance in present:
            instance.make_up()
        if not self.holds:
            return
        lapsed, self._lapsed = self._lapsed, []
        for instance in lapsed:
            if instance in present:
                revival = asyncio.create_task(self._revive(instance))
                self._revivals.add(revival)
                revival.add_done_callback(self._revivals.discard)

    async def _revive(self, instance: Instance[Any]) -> None:
        with log_context(*instance.log_context):
            _log.info("Membership is confirmed after all; starting again")
            try:
                await instance.start_again()
            except ConnectError as error:
                _log.error("Starting again failed: %s", error.message)
