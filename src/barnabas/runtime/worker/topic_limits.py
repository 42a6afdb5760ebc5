# SPDX-License-Identifier: Apache-2.0
"""Asks brokers, for all source tasks of a worker, how large batches for their topics may be.

A task asks before its first record. With an admin client of its own each task's process would keep
more than half a megabyte for good, and a start of many tasks would open as many connections. Here
tasks that reach the same cluster in the same way share a client, and what they ask while the
brokers think goes into one request.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from barnabas.errors import ConnectError, DeadlineError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.layering import ClientProperties

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["TopicLimits"]

_TIMEOUT_S: Final = 5.0
_KNOWN_S: Final = 10.0
"""How long an answer counts: tasks start together, and a user who mends a topic restarts one."""
_IDLE_S: Final = 30.0
_MOST_CLIENTS: Final = 8
"""How many clients may be kept without work."""
_RETRY_S: Final = 1.0
_THREADS: Final = 4
_CLIENT_ID: Final = "client.id"
_OWN_CLIENT_ID: Final = "connector-worker-adminclient-limits"


class _Known(NamedTuple):
    """What the brokers said of a topic."""

    asked_at: float
    limit: int | None


def _open_admin(properties: ClientProperties) -> Admin:
    from barnabas.kafka.admin import Admin

    return Admin(properties)


class TopicLimits:
    """Limits of topics in any cluster. Used on the event loop of the worker.

    Args:
        open_admin: Opens a client; called in a thread.
        timeout_s: How long a question takes at most.
        idle_s: How long a client is kept without questions.
        now: The time, in seconds.
    """

    def __init__(
        self,
        open_admin: Callable[[ClientProperties], Admin] = _open_admin,
        *,
        timeout_s: float = _TIMEOUT_S,
        idle_s: float = _IDLE_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_admin = open_admin
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._now = now
        self._clusters: dict[frozenset[tuple[str, str]], _Cluster] = {}
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None

    async def get(self, properties: Mapping[str, str], topics: Iterable[str]) -> dict[str, int]:
        """Learn how many bytes a batch may have, within seconds.

        Args:
            properties: Those of an admin client; its ``client.id`` does not matter.
            topics: Names of topics.

        Returns:
            Bytes by topic; topics that do not exist or may not be looked at are left out.

        Raises:
            ConnectError: The brokers cannot be asked.
            DeadlineError: They did not answer in time.
        """
        values = {**properties, _CLIENT_ID: _OWN_CLIENT_ID}
        key = frozenset(values.items())
        cluster = self._clusters.get(key)
        if cluster is None:
            cluster = self._clusters[key] = self._make(values)
        cluster.keep()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await cluster.get(set(topics))
        except TimeoutError as error:
            text = f"The limits of topics could not be read within {self._timeout_s:g} s."
            raise DeadlineError(text) from error
        finally:
            self._let_go_later(key, cluster)

    def close(self) -> None:
        """Let all clients go, without waiting for them."""
        for cluster in self._clusters.values():
            cluster.close()
        self._clusters.clear()
        if self._threads is not None:
            self._threads.shutdown(wait=False)
            self._threads = None

    def _make(self, values: Mapping[str, str]) -> _Cluster:
        if self._threads is None:
            self._threads = concurrent.futures.ThreadPoolExecutor(_THREADS, "topic-limits")
        properties = ClientProperties(ClientKind.ADMIN, values, {})
        open_one = self._open_admin
        return _Cluster(self._threads, lambda: open_one(properties), self._timeout_s, self._now)

    def _let_go_later(self, key: frozenset[tuple[str, str]], cluster: _Cluster) -> None:
        if self._clusters.get(key) is not cluster:
            return

        def let_go() -> None:
            if cluster.is_busy:
                cluster.when_idle(_RETRY_S, let_go)
            elif self._clusters.get(key) is cluster:
                del self._clusters[key]
                cluster.close()

        delay_s = self._idle_s if len(self._clusters) <= _MOST_CLIENTS else 0.0
        cluster.when_idle(delay_s, let_go)


class _Cluster:
    """A cluster as one principal sees it."""

    def __init__(
        self,
        threads: concurrent.futures.Executor,
        open_admin: Callable[[], Admin],
        timeout_s: float,
        now: Callable[[], float],
    ) -> None:
        self._threads = threads
        self._open_admin = open_admin
        self._timeout_s = timeout_s
        self._now = now
        self._admin: Admin | None = None
        self._known: dict[str, _Known] = {}
        self._wanted: set[str] = set()
        self._users = 0
        self._round: asyncio.Task[ConnectError | None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def get(self, topics: set[str]) -> dict[str, int]:
        """Take part in rounds of questions until all topics are known, or known not to be there."""
        self._users += 1
        try:
            await self._learn(topics, self._now())
        finally:
            self._users -= 1
        found = {topic: self._known[topic].limit for topic in topics}
        return {topic: limit for topic, limit in found.items() if limit is not None}

    def keep(self) -> None:
        """Do not let go after all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def when_idle(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Have a function called later, unless :meth:`keep` comes before."""
        self.keep()
        self._timer = asyncio.get_running_loop().call_later(delay_s, callback)

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits, or brokers are being asked."""
        return self._users > 0 or self._round is not None

    def close(self) -> None:
        """Close the client in a thread: that may take a while."""
        self.keep()
        self._threads.submit(self._close)

    async def _learn(self, topics: set[str], since: float) -> None:
        while missing := {topic for topic in topics if not self._is_known(topic, since)}:
            self._wanted |= missing
            if self._round is None:
                self._round = asyncio.create_task(self._ask())
            error = await asyncio.shield(self._round)
            if error is not None:
                raise error

    def _is_known(self, topic: str, since: float) -> bool:
        """A limit counts for a while, that there is none only for those who asked before."""
        known = self._known.get(topic)
        if known is None:
            return False
        return known.asked_at >= since - (0.0 if known.limit is None else _KNOWN_S)

    async def _ask(self) -> ConnectError | None:
        topics, self._wanted = self._wanted, set()
        asked_at = self._now()
        until = asked_at + self._timeout_s
        try:
            loop = asyncio.get_running_loop()
            limits = await loop.run_in_executor(self._threads, self._read, topics, until)
        except ConnectError as error:
            return error
        except RuntimeError as error:  # the threads were shut down: the worker stops
            return ConnectError(f"The limits of topics cannot be read: {error}.")
        finally:
            self._round = None
        self._known = {
            topic: known for topic, known in self._known.items() if self._is_known(topic, asked_at)
        }
        self._known |= {topic: _Known(asked_at, limits.get(topic)) for topic in topics}
        return None

    def _read(self, topics: set[str], until: float) -> dict[str, int]:
        """Ask in a thread. Nobody waits any more if no thread was free for too long."""
        left_s = until - self._now()
        if left_s <= 0:
            text = "Too many clusters were asked for the limits of topics at the same time."
            raise DeadlineError(text)
        if self._admin is None:
            self._admin = self._open_admin()
        return self._admin.batch_limits(sorted(topics), left_s)

    def _close(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
