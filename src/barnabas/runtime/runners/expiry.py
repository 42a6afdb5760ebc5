# SPDX-License-Identifier: Apache-2.0
"""Tells the worker when what config providers said about a configuration expires.

A connector is restarted then, as in Java, unless it says ``config.action.reload=none``. A task is
restarted when the values have changed; else it goes on, and they are looked up again when they
expire the next time.

Source:
    KIP-297; Apache Kafka ``WorkerConfigTransformer``; reference page *Worker and connector
    configuration*, section 7.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from barnabas.errors import ConnectError

__all__ = ["ExpiryTimer", "has_changed"]

_RELOAD: Final = "config.action.reload"
_LEAST_S: Final = 1.0
"""Shortest time between two looks: a provider that lets values expire at once stops nothing."""

_log = logging.getLogger(__name__)


class ExpiryTimer:
    """Waits on a thread of its own, when there is something to wait for. Any thread may call.

    Args:
        config: The configuration of the connector, for ``config.action.reload``.
        on_expired: Called on the timer's thread; returns the milliseconds after which it is to be
            called again, or None.
    """

    def __init__(self, config: Mapping[str, str], on_expired: Callable[[], int | None]) -> None:
        self._is_wanted = config.get(_RELOAD, "restart").strip().lower() != "none"
        self._on_expired = on_expired
        self._timer: threading.Timer | None = None
        self._is_over = False

    def arm(self, ttl_ms: int | None) -> None:
        """Take how long the values are good, in place of what was said before."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if ttl_ms is None or not self._is_wanted or self._is_over:
            return
        _log.debug("Values of config providers expire in %d ms", ttl_ms)
        self._timer = threading.Timer(max(ttl_ms / 1000, _LEAST_S), self._expire)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Call nobody any more."""
        self._is_over = True
        self.arm(None)

    def _expire(self) -> None:
        try:
            self.arm(self._on_expired())
        except ConnectError as error:
            _log.warning("Values that expired could not be handled: %s", error.message)


def has_changed(look: Callable[[], Mapping[str, str]], known: Mapping[str, str]) -> bool:
    """Look values up again; those that cannot be looked up now count as unchanged."""
    try:
        return dict(look()) != dict(known)
    except ConnectError as error:
        _log.warning("Expired values could not be looked up again: %s", error.message)
        return False
