# SPDX-License-Identifier: Apache-2.0
"""Writing configurations as the leader of the group: in order, by right, or not at all.

On the event loop only.

Source:
    Reference page *Internal topics*, section 3.3; KIP-618.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from barnabas.errors import ConnectError, PrivilegedWriteError, RetriableError
from barnabas.runtime.group.trouble import Trouble
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.model import RestartRequest, SessionKey, TargetState
from barnabas.runtime.stores import ConfigStore

__all__ = ["ConfigWriter"]

_log = logging.getLogger(__name__)

_CLAIM_PAUSE_S = 0.25
_LONGEST_CLAIM_PAUSE_S = 10.0
_REFRESH_S = 30.0


class ConfigWriter:
    """Writes to the config topic while this worker leads the group.

    Methods that write wait until this worker leads, and raise:

    - NotLeaderError: another worker leads the group.
    - RebalanceError: nobody is known to lead it, also after a while.
    - ConnectError: it could not be written.

    Args:
        configs: Where configurations are kept.
        membership: Says whether this worker leads.
        on_fenced: Called when it turns out that another worker has taken over the right to write.
    """

    def __init__(
        self,
        configs: ConfigStore,
        membership: Membership,
        on_fenced: Callable[[], None],
    ) -> None:
        self._configs = configs
        self._membership = membership
        self._stages = membership.stages
        self._on_fenced = on_fenced
        self._locks: dict[str, asyncio.Lock] = {}
        self._claim_lock = asyncio.Lock()
        self._must_claim = False
        self._trouble = Trouble(_log, "The right to write to the config topic", time.monotonic)

    @asynccontextmanager
    async def changing(self, name: str) -> AsyncIterator[None]:
        """Carry out changes of one connector one after the other, in the order they came."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            yield

    async def put_connector(
        self, name: str, config: Mapping[str, str | None], target_state: TargetState | None = None
    ) -> None:
        """Store a connector's configuration, with a target state unless None."""
        await self.write(
            lambda: self._configs.put_connector(name, config, target_state),
            f"writing a config for connector {name} to the config topic",
        )

    async def remove_connector(self, name: str) -> None:
        """Forget a connector, its tasks and its target state."""
        await self.write(
            lambda: self._configs.remove_connector(name),
            f"removing the config for connector {name} from the config topic",
        )

    async def put_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Store the configurations of all tasks a connector now has."""
        await self.write(
            lambda: self._configs.put_tasks(name, configs),
            f"writing {len(configs)} task configs for connector {name} to the config topic",
        )

    async def stop_connector(self, name: str) -> None:
        """Forget a connector's tasks, then want it STOPPED (KIP-875)."""
        await self.put_tasks(name, [])
        with self._stages.during(
            f"writing the STOPPED target state for connector {name} to the config topic"
        ):
            await self._configs.put_target_state(name, TargetState.STOPPED)
            await self._configs.refresh(_REFRESH_S)

    async def put_restart(self, request: RestartRequest) -> None:
        """Hand a restart request to all workers."""
        await self.write(
            lambda: self._configs.put_restart(request),
            f"writing a restart request for connector {request.connector} to the config topic",
        )

    async def put_session_key(self, key: SessionKey) -> None:
        """Hand a session key to all workers."""
        await self.write(
            lambda: self._configs.put_session_key(key),
            "writing a new session key to the config topic",
        )

    async def write(self, write: Callable[[], Awaitable[None]], stage: str) -> None:
        """Write once this worker leads and has the right to, and only then.

        Args:
            write: Calls the store.
            stage: What that does, for requests that wait for it in vain.
        """
        with self._stages.during(stage):
            await self._membership.leadership()
            while self._must_claim:
                await self._claim(is_patient=False)
                await self._membership.leadership()  # it may have ended meanwhile
            try:
                await write()
            except PrivilegedWriteError as error:
                self._must_claim = True
                self._on_fenced()
                message = (
                    "Failed to write to config topic; this may be due to a transient error and "
                    "the request can be safely retried"
                )
                raise ConnectError(message) from error

    def elected(self) -> None:
        """Hear that this worker leads from now on; the right to write is to be claimed anew."""
        self._must_claim = True

    async def claim(self) -> None:
        """Become the only worker whose writes count, unless that is done; ends with leadership."""
        await self._claim(is_patient=True)

    async def _claim(self, *, is_patient: bool) -> None:
        """Claim until it is done.

        Args:
            is_patient: Go on also when the cluster refuses, until somebody gives the right.

        Raises:
            ConnectError: The cluster refuses, and the caller is not patient.
        """
        pause_s = _CLAIM_PAUSE_S
        while self._must_claim and self._membership.leads:
            try:
                await self._claim_once()
            except ConnectError as error:
                self._trouble.tell(
                    "it could not be had, so no configuration can be changed; trying again: "
                    f"{error.message}"
                )
                if not is_patient and not isinstance(error, RetriableError):
                    raise
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_CLAIM_PAUSE_S)

    async def _claim_once(self) -> None:
        async with self._claim_lock:
            if not self._must_claim:
                return
            with self._stages.during("reclaiming write privileges for the config topic"):
                await self._configs.claim_write_privileges()
            self._must_claim = False
            self._trouble.over()
