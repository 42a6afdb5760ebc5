# SPDX-License-Identifier: Apache-2.0
"""From a running connector to task configurations in the config topic.

A connector's worker has it generate task configurations whenever it has started and whenever it
asks for it; when they differ from those in use the leader writes them: this worker itself, or
another one that is asked. Trouble is tried again with a back-off for as long as the connector runs
here, except for what only a user can mend. On the event loop only.

Source:
    Reference page *Worker group protocol*, section 8; KIP-415.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from barnabas.errors import BadRequestError, ConfigError, ConnectError, NotFoundError
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.task_changes import plan_task_changes
from barnabas.runtime.model import TargetState
from barnabas.runtime.stores import ConfigStore
from barnabas.runtime.worker import Worker
from barnabas.telemetry.logs import log_context

__all__ = ["TaskPublisher"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 60.0
TaskConfigs = Sequence[Mapping[str, str]]


async def _pause(again: asyncio.Event, pause_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await again.wait()


class TaskPublisher:
    """Keeps the task configurations of this worker's connectors up to date.

    Args:
        worker: Has connectors generate them.
        configs: What is in use.
        write: Writes them, as the leader or through it.
        stages: Told what goes on.
        on_failure: Told why a connector made no tasks; says whether to try again.
        pause: Waits before the next try, until an event or for so many seconds; a test's clock.
    """

    def __init__(
        self,
        worker: Worker,
        configs: ConfigStore,
        write: Callable[[str, TaskConfigs], Awaitable[None]],
        stages: Stages,
        *,
        on_failure: Callable[[str, ConnectError], bool] = lambda _name, _error: True,
        pause: Callable[[asyncio.Event, float], Awaitable[None]] = _pause,
    ) -> None:
        self._worker = worker
        self._configs = configs
        self._write = write
        self._stages = stages
        self._on_failure = on_failure
        self._pause = pause
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, asyncio.Event] = {}

    def publish(self, name: str) -> None:
        """Have the task configurations of a connector generated, and written if they changed."""
        if name in self._runs:
            self._again[name].set()  # also ends a pause
            return
        self._again[name] = asyncio.Event()
        run = asyncio.create_task(self._run(name))
        self._runs[name] = run
        run.add_done_callback(lambda _: self._end(name))

    async def stop(self) -> None:
        """End all that goes on."""
        for again in self._again.values():
            again.clear()
        runs = list(self._runs.values())
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    def _end(self, name: str) -> None:
        del self._runs[name]
        if self._again.pop(name).is_set():
            self.publish(name)

    async def _run(self, name: str) -> None:
        again, pause_s = self._again[name], _FIRST_PAUSE_S
        while self._is_due(name):
            again.clear()
            try:
                await self._publish_once(name)
            except ConnectError as error:
                if not self._may_pass(name, error):
                    with log_context(name):
                        text = "Task configurations of %s are not used: %s"
                        _log.error(text, name, error.message)
                    return
                with log_context(name):
                    _log.error(
                        "Failed to reconfigure the tasks of connector %s, trying again in %g s: %s",
                        name,
                        pause_s,
                        error.message,
                    )
                await self._pause(again, pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            except Exception:  # noqa: BLE001 - the edge of a background task
                _log.exception("Unexpected error while making the tasks of connector %s", name)
                return
            else:
                return

    def _may_pass(self, name: str, error: ConnectError) -> bool:
        is_of_users = isinstance(error, ConfigError | BadRequestError | NotFoundError)
        return self._on_failure(name, error) and not is_of_users

    async def _publish_once(self, name: str) -> None:
        config = self._configs.state.configs[name]
        with self._stages.during(f"generating task configs for connector {name}"):
            configs = await self._worker.task_configs(name)
        state = self._configs.state
        if state.configs.get(name) is not config or not self._is_due(name):
            return  # it is stopped, or about to start anew and to make others
        if plan_task_changes(state, name, configs) or name not in state.applied_configs:
            await self._write(name, configs)

    def _is_due(self, name: str) -> bool:
        state = self._configs.state
        return (
            name in state
            and state.target_state(name) is TargetState.STARTED
            and self._worker.is_connector_running(name)
        )
