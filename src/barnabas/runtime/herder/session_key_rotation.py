# SPDX-License-Identifier: Apache-2.0
"""The leader's duty to keep a fresh session key in the config topic (KIP-507)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from barnabas.errors import ConnectError
from barnabas.runtime.group import session_keys
from barnabas.runtime.group.trouble import Trouble
from barnabas.runtime.model import SessionKey
from barnabas.runtime.settings.distributed import DistributedConfig

__all__ = ["SessionKeyRotation"]

_log = logging.getLogger(__name__)

_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
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
        self._trouble = Trouble(_log, "Session key", time.monotonic)

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
        config, pause_s = self._config, _PAUSE_S
        algorithm, size = (
            config.inter_worker_key_generation_algorithm,
            config.inter_worker_key_size,
        )
        while True:
            now = self._clock_ms()
            key = self._current()
            reason = session_keys.needs_rotation(
                key,
                algorithm=algorithm,
                size_bits=size,
                ttl_ms=config.inter_worker_key_ttl_ms,
                now_ms=now,
            )
            if reason is None:
                await asyncio.sleep(self._wait_s(key, now))
                continue
            try:
                await self._write(session_keys.generate(algorithm, size, now))
            except ConnectError as error:
                self._trouble.tell(f"a new one could not be written: {error.message}")
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self._trouble.over()
                pause_s = _PAUSE_S
                is_skewed = key is not None and session_keys.is_from_the_future(key, now)
                _log.log(
                    logging.WARNING if is_skewed else logging.INFO,
                    "Distributed a new session key to the workers of the group, because %s",
                    reason,
                )

    def _wait_s(self, key: SessionKey | None, now_ms: int) -> float:
        if key is None or self._config.inter_worker_key_ttl_ms == 0:
            return _LONGEST_WAIT_S
        left_ms = key.created_ms + self._config.inter_worker_key_ttl_ms - now_ms
        return min(max(left_ms / 1000, 0.001), _LONGEST_WAIT_S)
