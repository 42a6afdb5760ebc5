# SPDX-License-Identifier: Apache-2.0
"""Configurations in a topic all workers of a group share.

The leader writes them, every worker reads them in the same order and so comes to the same state
(:mod:`barnabas.runtime.stores.config_log`). A write is over when it has been read back, so the
leader decides on what it wrote itself.

Differs:
    A record that could not be written within the time of its operation is given up, where Java's
    producer may still write it when the broker is back, after its user was told of the failure.

Source:
    Apache Kafka ``storage/KafkaConfigBackingStore``; reference page *internal topics*, 3.
"""

from __future__ import annotations

import asyncio
import collections
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from barnabas.errors import ConnectError, PrivilegedWriteError
from barnabas.runtime.model import RestartRequest, SessionKey, TargetState
from barnabas.runtime.stores import config_log
from barnabas.runtime.stores.config_log import ConfigEvent, ConfigLog
from barnabas.runtime.stores.configs import ConfigListener, ConfigState, ConfigStore
from barnabas.runtime.stores.garbage import GarbageLog
from barnabas.runtime.stores.privileged_writer import PrivilegedWriter
from barnabas.runtime.stores.topic_log import Item, Log, LogRecord

__all__ = ["KafkaConfigStore"]

_BUDGET_S: Final = 30.0
_LEADERS: Final = (
    b"connector-",
    b"commit-",
    b"restart-connector-",
    b"session-key",
    b"tasks-fencing-",
)
"""What keys of records begin with that only the leader of a group writes."""

_log = logging.getLogger(__name__)


class KafkaConfigStore(ConfigStore):
    """Keeps configurations in the topic ``config.storage.topic``.

    Args:
        log: The topic.
        leader: Writes what only the leader may write; None where that is not fenced (when
            ``exactly.once.source.support`` is disabled), then the log does.
        budget_s: Time in seconds one write may take, all its steps together.
    """

    def __init__(
        self, log: Log, leader: PrivilegedWriter | None = None, *, budget_s: float = _BUDGET_S
    ) -> None:
        self._log = log
        self._garbage = GarbageLog(log.topic, "config")
        self._leader = leader
        self._budget_s = budget_s
        self._records = ConfigLog()
        self._listener: ConfigListener | None = None
        self._own: collections.Counter[Item] = collections.Counter()
        """What this worker wrote and has not read back."""

    @property
    def state(self) -> ConfigState:
        """What is configured now, as far as this worker has read; never waits."""
        return self._records.state

    async def start(self, listener: ConfigListener) -> None:
        """Read the topic to its end; tries until it is done or cancelled."""
        await self._log.start(self._take)
        self._listener = listener

    async def stop(self) -> None:
        """Stop reading and writing."""
        self._listener = None
        if self._leader is not None:
            await self._leader.stop()
        await self._log.stop()

    def let_go(self) -> None:
        """Drop what was written and is not stored: another worker may lead now."""
        self._log.let_go()

    async def refresh(self, timeout_s: float) -> ConfigState:
        """Read all that was written before this call, by any worker."""
        await self._log.read_to_end(timeout_s)
        return self.state

    async def claim_write_privileges(self) -> None:
        """Fence earlier leaders; does nothing where writes are not fenced."""
        if self._leader is not None:
            await self._leader.claim(self._budget_s)

    async def put_connector(
        self, name: str, config: Mapping[str, str | None], target_state: TargetState | None
    ) -> None:
        """Store a connector's configuration, with a target state unless None."""
        records = [config_log.connector_record(name, config)]
        if target_state is not None:
            records.insert(0, config_log.target_state_record(name, target_state))
        with _explained("Error writing connector configuration to Kafka"):
            await self._write(records, self._budget())

    async def remove_connector(self, name: str) -> None:
        """Forget a connector, its tasks and its target state."""
        with _explained("Error removing connector configuration from Kafka"):
            await self._write(config_log.connector_tombstones(name), self._budget())

    async def put_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Store the configurations of all tasks a connector now has.

        The tasks are stored before the commit that makes them effective is sent.
        """
        left_s = self._budget()
        with _explained("Error writing root configuration to Kafka"):
            await self._log.read_to_end(left_s())
        if configs:
            with _explained("Error writing task configurations to Kafka"):
                await self._write(config_log.task_records(name, configs), left_s)
        with _explained("Error writing root configuration to Kafka"):
            await self._write([config_log.task_commit_record(name, len(configs))], left_s)

    async def put_target_state(self, name: str, target_state: TargetState) -> None:
        """Store the state a user wants; any worker may, and it is seen a little later."""
        with _explained("Error writing target state to Kafka"):
            await self._log.send(
                [config_log.target_state_record(name, target_state)], self._budget_s
            )

    async def put_session_key(self, key: SessionKey) -> None:
        """Hand a session key to all workers."""
        with _explained("Error writing session key to Kafka"):
            await self._write([config_log.session_key_record(key)], self._budget())

    async def put_restart(self, request: RestartRequest) -> None:
        """Hand a restart request to all workers."""
        what = (
            f"restart request for {{connectorName='{request.connector}', "
            f"onlyFailed={str(request.only_failed).lower()}, "
            f"includeTasks={str(request.include_tasks).lower()}}}"
        )
        with _explained(f"Error writing {what} to Kafka"):
            await self._write([config_log.restart_record(request)], self._budget())

    async def put_task_count(self, name: str, count: int) -> None:
        """Store how many tasks' producers may be alive."""
        with _explained("Error writing task count record to Kafka"):
            await self._write([config_log.task_count_record(name, count)], self._budget())

    async def put_logger_level(self, name: str, level: str) -> None:
        """Hand the level of a logger to all workers; any worker may."""
        with _explained("Error writing logger level to Kafka"):
            await self._log.send([config_log.logger_record(name, level)], self._budget_s)

    def _budget(self) -> Callable[[], float]:
        """Begin an operation; the result says how many seconds are left for it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._budget_s
        return lambda: max(deadline - loop.time(), 0.0)

    async def _write(self, records: Sequence[Item], left_s: Callable[[], float]) -> None:
        """Write what only the leader may write, and read it back."""
        write: Callable[[Sequence[Item], float], Awaitable[dict[int, int]]]
        write = self._log.send if self._leader is None else self._leader.write
        self._own.update(records)
        ends = await write(records, left_s())
        await self._log.read_until(ends, left_s())

    def _take(self, records: list[LogRecord]) -> None:
        for record in records:
            is_foreign = self._is_foreign(record)
            events = self._records.apply(record.key, record.value, record.offset)
            garbage = [one.why for one in events if isinstance(one, config_log.Garbage)]
            if garbage:
                self._garbage.warn(record, "; ".join(garbage))
            if is_foreign and self._listener is not None:  # before it makes the group rebalance
                key = (record.key or b"").decode("utf-8", "replace")
                self._listener.on_foreign_record(key, record.offset)
            for event in events:
                self._tell(event)

    def _is_foreign(self, record: LogRecord) -> bool:
        """Say whether a record is a leader's, but none this worker wrote."""
        if record.key is None or not record.key.startswith(_LEADERS):
            return False
        item = (record.key, record.value)
        if item not in self._own:
            return True
        self._own[item] -= 1
        if not self._own[item]:
            del self._own[item]
        return False

    def _tell(self, event: ConfigEvent) -> None:
        if self._listener is not None:
            try:
                _pass_on(event, self._listener)
            except Exception:  # noqa: BLE001 - records that follow must be read all the same
                _log.exception("Unexpected error while following a change of configuration")


@contextmanager
def _explained(failure: str) -> Iterator[None]:
    """Make errors begin with Java's sentence."""
    try:
        yield
    except PrivilegedWriteError as error:
        text = f"{failure}: {error.message}"
        raise PrivilegedWriteError(text) from error
    except ConnectError as error:
        text = f"{failure}: {error.message}"
        raise ConnectError(text) from error


def _pass_on(event: ConfigEvent, listener: ConfigListener) -> None:
    match event:
        case config_log.ConnectorRemoved(name):
            listener.on_connector_removed(name)
        case config_log.ConnectorWritten(name):
            listener.on_connector_config(name)
        case config_log.TasksWritten(connector, tasks):
            listener.on_task_configs(connector, list(tasks))
        case config_log.TargetStateChanged(name):
            listener.on_target_state(name)
        case config_log.SessionKeyWritten(key):
            listener.on_session_key(key)
        case config_log.RestartRequested(request):
            listener.on_restart(request)
        case config_log.LoggerLevelWritten(name, level):
            listener.on_logger_level(name, level)
