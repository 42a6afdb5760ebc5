# SPDX-License-Identifier: Apache-2.0
"""The leader's duty to keep a fresh session key in the config topic (KIP-507)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from barnabas.errors import ConnectError
from barnabas.runtime.group import session_keys
from barnabas.runtime.model import SessionKey
from barnabas.runtime.settings.distributed import DistributedConfig

__all__ = ["SessionKeyRotation"]

_log = logging.getLogger(__name__)

_PAUSE_S = 1.0
_LONGEST_WAIT_S = 3600.0


class SessionKeyRotation:
    """Makes a new key when there is none, or when it is old or not of the configured kind.

    On the event loop only.

    Args:
        config: The worker's settings.
        current: Tells the key in use.
        write: Writes a key to the config topic.
        clock_ms: Tells the time in ms since the epoch.
    """

    def __init__(
        self,
        config: DistributedConfig,
        current: Callable[[], SessionKey | None],
        write: Callable[[SessionKey], Awaitable[None]],
        clock_ms: Callable[[], int],
    ) -> None:
        self._config = config
        self._current = current
        self._write = write
        self._clock_ms = clock_ms
        self._run: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take the duty up; nothing happens when it is taken up already."""
        if self._run is None or self._run.done():
            self._run = asyncio.create_task(self._keep_fresh())

    async def end(self) -> None:
        """Lay the duty down."""
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    async def _keep_fresh(self) -> None:
        config = self._config
        algorithm, size = (
            config.inter_worker_key_generation_algorithm,
            config.inter_worker_key_size,
        )
        while True:
            now = self._clock_ms()
            key = self._current()
            if session_keys.needs_rotation(
                key,
                algorithm=algorithm,
                size_bits=size,
                ttl_ms=config.inter_worker_key_ttl_ms,
                now_ms=now,
            ):
                try:
                    await self._write(session_keys.generate(algorithm, size, now))
                    _log.info("Distributed a new session key to the workers of the group")
                except ConnectError as error:
                    _log.warning("A new session key could not be written: %s", error.message)
                    await asyncio.sleep(_PAUSE_S)
                continue
            await asyncio.sleep(self._wait_s(key, now))

    def _wait_s(self, key: SessionKey | None, now_ms: int) -> float:
        if key is None or self._config.inter_worker_key_ttl_ms == 0:
            return _LONGEST_WAIT_S
        left_ms = key.created_ms + self._config.inter_worker_key_ttl_ms - now_ms
        return min(max(left_ms / 1000, 0.001), _LONGEST_WAIT_S)
