# SPDX-License-Identifier: Apache-2.0
"""Until when this worker is surely a member of its group. Pure: times come as arguments.

The coordinator gives up a member in two cases: nothing was heard of it for the session timeout, or
the others began to join again and it did not within the rebalance timeout. A worker cannot see the
coordinator's clock, but a session that is counted from the *sending* of a request can only end
earlier here than there. Seconds of :func:`time.monotonic` everywhere.
"""

from __future__ import annotations

import math
from typing import Final

__all__ = ["STOP_SHARE", "Session"]

STOP_SHARE: Final = 0.25
"""Share of the session timeout before the end at which a worker that hears nothing gives up its
work, so that everything has stopped when the session ends. Runners do the same by themselves."""


class Session:
    """The session of one member.

    Args:
        session_s: ``session.timeout.ms`` in seconds.
        rebalance_s: ``rebalance.timeout.ms`` in seconds.
    """

    def __init__(self, session_s: float, rebalance_s: float) -> None:
        self.deadline_s = -math.inf
        """Until when this worker is a member for sure; minus infinity when it is none."""
        self._session_s = session_s
        self._rebalance_s = rebalance_s
        self._calm_at_s = -math.inf

    @property
    def give_up_s(self) -> float:
        """When to give up the work, if nothing is heard until then."""
        return self.deadline_s - STOP_SHARE * self._session_s

    def extend(self, sent_at_s: float) -> None:
        """Hear that the coordinator took a request, and that nobody waits for this member.

        Args:
            sent_at_s: When the request was sent.
        """
        self._calm_at_s = max(self._calm_at_s, sent_at_s)
        self.deadline_s = max(self.deadline_s, sent_at_s + self._session_s)

    def extend_while_rebalancing(self, sent_at_s: float, *, is_joining: bool) -> None:
        """Hear that the coordinator took a sign of life, while members are joining again.

        Such signs keep a member for the rebalance timeout only, unless it is joining itself.

        Args:
            sent_at_s: When it was sent.
            is_joining: Whether this member's own request to join is on its way.
        """
        until_s = sent_at_s + self._session_s
        if not is_joining:
            until_s = min(until_s, self._calm_at_s + self._rebalance_s)
        self.deadline_s = max(self.deadline_s, until_s)

    def end(self) -> None:
        """Hear that this worker is no member."""
        self.deadline_s = self._calm_at_s = -math.inf
