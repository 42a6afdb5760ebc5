# SPDX-License-Identifier: Apache-2.0
"""One warning when a topic cannot be reached, and one line when it can again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["Outage"]

_GRACE_S: Final = 1.0
"""What mends itself within this time is no news."""

_log = logging.getLogger(__name__)


class Outage:
    """Watches one topic; used on one event loop.

    Args:
        topic: Name of the topic.
        clock: Tells the time in seconds.
    """

    def __init__(self, topic: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._topic = topic
        self._clock = clock
        self._since: float | None = None
        self._is_told = False
        self.reason = ""
        """Why the topic cannot be reached now; empty when it can."""

    def failed(self, reason: str, began: float) -> None:
        """Hear that a try failed which began at a time of the clock."""
        self.reason = reason
        if self._since is None:
            self._since = began
        if not self._is_told and self._clock() - self._since >= _GRACE_S:
            self._is_told = True
            _log.warning(
                "Topic %s cannot be reached: %s. What was read stays in use; trying again",
                self._topic,
                reason,
            )

    def over(self) -> None:
        """Hear that a try succeeded."""
        if self._is_told and self._since is not None:
            seconds = self._clock() - self._since
            _log.info("Topic %s can be reached again, after %.1f s", self._topic, seconds)
        self.reason, self._since, self._is_told = "", None, False
