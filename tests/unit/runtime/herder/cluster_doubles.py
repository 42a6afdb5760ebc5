# SPDX-License-Identifier: Apache-2.0
"""A whole cluster in one event loop: real herders, stores and leader; no broker, no processes.

Topics are lists, the group coordinator is a loop that carries out rounds, workers note what runs
where. What must never be, such as a task on two workers, is collected in ``Cluster.faults``.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable

import msgspec

from barnabas.errors import ConnectError, PeerUnreachableError
from barnabas.rest.errors import status_of
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.listener import Assigned, GroupListener
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol, GroupConfig, WorkerMetadata
from barnabas.runtime.group.wire import decode_assignment, encode_metadata
from barnabas.runtime.herder.distributed import DistributedHerder
from barnabas.runtime.herder.parts import Parts, Stores
from barnabas.runtime.herder.peers import PeerAnswer, PeerRequest
from barnabas.runtime.model import TaskId
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.stores.kafka_configs import KafkaConfigStore
from barnabas.runtime.stores.kafka_statuses import KafkaStatusStore
from barnabas.telemetry.loggers import LoggerRegistry
from barnabas.testing import MemoryLog, MemoryTopic
from tests.unit.runtime.herder.doubles import PLUGINS, FakeWorker, config

SETTINGS = {
    "bootstrap.servers": "broker:9092",
    "group.id": "g",
    "config.storage.topic": "configs",
    "offset.storage.topic": "offsets",
    "status.storage.topic": "statuses",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
}


class Group:
    """The coordinator: carries out rounds for its members, one after the other."""

    def __init__(self, max_delay_ms: int, protocol: ConnectProtocol) -> None:
        self.members: dict[str, Member] = {}
        self.max_delay_ms = max_delay_ms
        self.protocol = protocol
        self.now_ms = 1_000
        self.generation = 0
        self.wanted = asyncio.Event()
        self.rounds: list[str] = []
        self.is_busy = False
        self.gate: asyncio.Event | None = None
        """When set, a round waits for it once all members are ready to join."""
        self._ids = itertools.count(1)
        self._run = asyncio.create_task(self._carry_out())

    async def close(self) -> None:
        self._run.cancel()
        await asyncio.gather(self._run, return_exceptions=True)

    def join(self, member: Member) -> None:
        member.member_id = f"m{next(self._ids):03d}"
        self.members[member.member_id] = member
        self.wanted.set()

    def leave(self, member: Member) -> None:
        if self.members.pop(member.member_id, None) is not None and self.members:
            self.wanted.set()

    async def _carry_out(self) -> None:
        while True:
            await self.wanted.wait()
            await asyncio.sleep(0)
            self.wanted.clear()
            if self.members:
                self.is_busy = True
                await self._round()
                self.is_busy = False

    async def _round(self) -> None:
        joining = dict(self.members)
        await asyncio.gather(*(member.prepare() for member in joining.values()))
        if self.gate is not None:
            await self.gate.wait()
        joining = {name: member for name, member in joining.items() if name in self.members}
        if not joining:
            return
        if joining.keys() == self.members.keys():
            self.wanted.clear()  # who asks from now on may mean what this round does not know
        completed, self.generation = self.generation, self.generation + 1
        leader_id, leader = next(iter(joining.items()))
        told = {name: member.metadata() for name, member in joining.items()}
        state = leader.config_state()
        result = leader.leader.assign(
            leader_id=leader_id,
            protocol=self.protocol,
            members=told,
            config=state,
            refreshed=leader.config_state,
            generation=self.generation,
            last_completed_generation=completed,
            now_ms=self.now_ms,
        )
        self.rounds.append(result.summary)
        await asyncio.gather(
            *(
                member.take(result, self.generation, is_leader=name == leader_id)
                for name, member in joining.items()
            )
        )


class Member:
    """One worker's membership (:class:`~barnabas.runtime.group.member.GroupMember`)."""

    def __init__(
        self,
        group: Group,
        url: str,
        listener: GroupListener,
        config_state: Callable[[], GroupConfig],
    ) -> None:
        self.group = group
        self.url = url
        self.listener = listener
        self.config_state = config_state
        self.leader = GroupLeader(group.max_delay_ms)
        self.member_id = ""
        self.held: Assignment | None = None
        self.pauses: list[float] = []
        """How long this worker wished to stay away, each time."""
        self.client_id = f"connect-{url}"
        self._farewell: str | None = None

    @property
    def is_member(self) -> bool:
        return self.member_id in self.group.members

    async def start(self) -> None:
        self.group.join(self)

    async def stop(self) -> None:
        self.group.leave(self)

    def request_rejoin(self, reason: str) -> None:
        if self.is_member:
            self.group.wanted.set()
        elif self.pauses:  # a reason to join ends a pause
            self.group.join(self)

    def leave_for(self, reason: str, pause_s: float) -> None:
        self.pauses.append(pause_s)
        self._farewell = reason

    def come_back(self) -> None:
        """End a pause."""
        self.group.join(self)

    async def lose_lease(self) -> None:
        """Hear nothing of the coordinator until others may have the work, then be found again."""
        self.group.leave(self)
        self.listener.on_lease(-math.inf)
        await self.revoke("the coordinator does not know this worker")
        self.group.join(self)

    async def revoke(self, reason: str) -> None:
        if self.held is not None:
            await self.listener.on_revoked(reason)
        self.held = None

    def rebalance_metrics(self) -> dict[str, float | str]:
        return {"leader-name": self.held.leader_url if self.held else ""}

    def coordinator_metrics(self) -> dict[str, float]:
        return {"assigned-tasks": float(len(self.held.tasks) if self.held else 0)}

    async def prepare(self) -> None:
        await self.listener.before_join()
        if not self.group.protocol.is_cooperative:
            await self.revoke("the group is rebalanced with the eager protocol")
        await self._go_away()

    def metadata(self) -> bytes:
        offset = self.config_state().offset
        return encode_metadata(WorkerMetadata(self.url, offset, self.held), self.group.protocol)

    async def take(self, result, generation: int, *, is_leader: bool) -> None:
        assignment = decode_assignment(result.assignments[self.member_id])
        if not assignment.is_failed:
            self.held = assignment.applied_to(self.held)
        held = self.held
        self.listener.on_lease(math.inf)
        await self.listener.on_assigned(
            Assigned(
                assignment=assignment,
                work_connectors=frozenset(held.connectors if held else ()),
                work_tasks=frozenset(held.tasks if held else ()),
                generation=generation,
                member_id=self.member_id,
                protocol=self.group.protocol,
                is_leader=is_leader,
                owners=result.owners if is_leader else None,
                delay_ms=assignment.delay_ms,
                summary=result.summary if is_leader else None,
            )
        )
        if self.held is not None:
            self.held = self.held.settled()
        await self._go_away()

    async def _go_away(self) -> None:
        """Leave the group, if the worker wished for that."""
        if self._farewell is not None:
            reason, self._farewell = self._farewell, None
            await self.revoke(reason)
            self.group.leave(self)


class ClusterWorker(FakeWorker):
    """Tells the cluster what runs here; takes a moment for everything."""

    def __init__(self, listener, cluster: Cluster, worker_id: str) -> None:
        super().__init__(listener)
        self.worker_id = worker_id
        self.is_void = False
        self.is_dead = False
        self._cluster = cluster
        self._slowness = 1 + 40 * (len(cluster.workers) % 3)

    def extend_lease(self, deadline_s: float) -> None:
        self.is_void = deadline_s == -math.inf

    async def task_configs(self, name: str) -> list[dict[str, str]]:
        configs = await super().task_configs(name)
        revision = self.configs[name].get("revision") or "0"
        return [{**each, "revision": revision} for each in configs]

    async def start_connector(self, name, config, target_state) -> None:
        self._cluster.begins(name, self)
        await asyncio.sleep(0)
        await super().start_connector(name, config, target_state)

    async def stop_connector(self, name: str) -> None:
        await asyncio.sleep(0)
        await super().stop_connector(name)
        self._cluster.ends(name, self)

    async def start_task(
        self, task, connector_config, task_config, target_state, *, task_count=None
    ) -> None:
        self._cluster.begins(task, self, task_config.get("revision"))
        await super().start_task(
            task, connector_config, task_config, target_state, task_count=task_count
        )

    async def stop_tasks(self, tasks) -> None:
        tasks = list(tasks)
        for _ in range(self._slowness):
            await asyncio.sleep(0)
        await super().stop_tasks(tasks)
        for task in tasks:
            self._cluster.ends(task, self)

    async def end_all(self, reason: str) -> None:
        for item in [*self.connectors, *self.tasks]:
            self._cluster.ends(item, self)
        self.connectors.clear()
        self.tasks.clear()


class Cluster:
    """Workers of one group. A context manager; all on the event loop.

    Args:
        max_delay_ms: ``scheduled.rebalance.max.delay.ms``; time stands still unless a test moves
            ``group.now_ms``.
        patience_s: How long requests wait for the end of a rebalance.
        protocol: What the group agrees on.
        settings: Settings of all workers; underscores stand for dots.
    """

    def __init__(
        self,
        *,
        max_delay_ms: int = 0,
        patience_s: float = 5.0,
        protocol: ConnectProtocol = ConnectProtocol.SESSIONED,
        **settings: str,
    ) -> None:
        self.configs, self.statuses = MemoryTopic("configs"), MemoryTopic("statuses")
        self.group = Group(max_delay_ms, protocol)
        self.workers: dict[str, Node] = {}
        self.faults: list[str] = []
        self.patience_s = patience_s
        self.settings = {**SETTINGS, **{k.replace("_", "."): v for k, v in settings.items()}}
        self.ask_cluster_id = lambda: "cluster-1"
        self.refusals: list[PeerAnswer | ConnectError] = []
        """What workers answer to those that ask them, before they answer by themselves."""
        self.back_offs: list[float] = []
        """Pauses before task configurations were made again; they take no time."""
        self._running: dict[str | TaskId, dict[ClusterWorker, str | None]] = {}

    async def __aenter__(self) -> Cluster:
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in list(self.workers):
            await self.stop(name)
        await self.group.close()

    async def start(self, name: str) -> Node:
        """Start a worker; it joins soon."""
        node = self.workers[name] = Node(self, name)
        await node.herder.start()
        return node

    async def begin(self, *names: str) -> list[Node]:
        """Start workers, the first of which leads, and wait until all is settled."""
        nodes = [await self.start(name) for name in names]
        await self.settle()
        return nodes

    async def create(self, name: str = "c", **more: str | None) -> None:
        """Create a connector, and wait until it runs; underscores stand for dots."""
        wanted = config(name=name, **more)
        await self.leader.herder.create_connector(name, wanted, replace=True)
        await self.settle()

    async def pause(self, again: asyncio.Event, pause_s: float) -> None:
        self.back_offs.append(pause_s)
        await asyncio.sleep(0)

    def owner(self, item: str | TaskId) -> Node:
        """The worker that runs something."""
        return next(
            node
            for node in self.workers.values()
            if item in node.worker.connectors or item in node.worker.tasks
        )

    def others(self, node: Node) -> list[Node]:
        return [other for other in self.workers.values() if other is not node]

    async def stop(self, name: str) -> None:
        """Stop a worker as a signal does."""
        await self.workers.pop(name).herder.stop()

    def crash(self, name: str) -> None:
        """Have a worker be gone, as kill -9 does; the group notices at once."""
        node = self.workers.pop(name)
        node.herder._is_stopping = True
        node.herder._rebalancing.stop()
        for task in node.herder._background:
            task.cancel()
        for log in node.logs:
            log._is_stopped = True
        for where in self._running.values():
            where.pop(node.worker, None)
        node.worker.is_dead = True
        self.group.leave(node.member)

    @property
    def leader(self) -> Node:
        return next(node for node in self.workers.values() if node.herder._membership.leads)

    async def settle(self) -> None:
        """Wait until nothing is left to do."""
        async with asyncio.timeout(20):
            quiet = 0
            while quiet < 8:
                await asyncio.sleep(0.0005)
                quiet = quiet + 1 if self._is_quiet() else 0

    def _is_quiet(self) -> bool:
        if self.group.wanted.is_set() or self.group.is_busy:
            return False
        return all(
            (node.herder._membership.is_settled or not node.member.is_member)
            and node.herder._local.is_settled
            and not node.herder._publisher._runs
            for node in self.workers.values()
        )

    def running(self, name: str) -> dict[int, str | None]:
        """Task number to the revision it runs with, of one connector."""
        return {
            item.task: next(iter(where.values()))
            for item, where in sorted(
                (item, where)
                for item, where in self._running.items()
                if isinstance(item, TaskId) and where
            )
            if item.connector == name
        }

    def load(self) -> list[int]:
        """Number of tasks of each worker."""
        return [len(node.worker.tasks) for node in self.workers.values()]

    def begins(self, item: str | TaskId, worker: ClusterWorker, revision: str | None = None):
        if worker.is_dead:
            return
        where = self._running.setdefault(item, {})
        if where:
            others = ", ".join(other.worker_id for other in where)
            self.faults.append(f"{item} starts on {worker.worker_id} while it runs on {others}")
        if isinstance(item, TaskId):
            for other, elsewhere in self._running.items():
                if isinstance(other, TaskId) and other.connector == item.connector:
                    self.faults.extend(
                        f"{item} starts with {revision} while {other} runs with {theirs}"
                        for theirs in elsewhere.values()
                        if theirs != revision
                    )
        where[worker] = revision

    def ends(self, item: str | TaskId, worker: ClusterWorker) -> None:
        self._running.get(item, {}).pop(worker, None)


class Node:
    """One worker of the cluster."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.url = f"http://{name}:8083/"
        self.logs = [MemoryLog(cluster.configs), MemoryLog(cluster.statuses)]
        self.worker: ClusterWorker
        self.member: Member
        settings = DistributedConfig(cluster.settings)
        self.herder = DistributedHerder(
            settings,
            Parts(
                plugins=PLUGINS,
                stores=Stores(KafkaConfigStore(self.logs[0]), KafkaStatusStore(self.logs[1])),
                make_worker=lambda listener: self._make_worker(listener, f"{name}:8083"),
                make_member=self._make_member,
                peers=self,
                ask_cluster_id=cluster.ask_cluster_id,
                loggers=LoggerRegistry(lambda: 7),
                let_go=self._let_go,
            ),
            patience_s=cluster.patience_s,
        )
        self.herder._publisher._pause = cluster.pause
        self.prepared: list[str] = []
        """Addresses like which others have been or are to be asked."""

    def _let_go(self) -> None:
        for log in self.logs:
            log.let_go()

    def _make_worker(self, listener, worker_id: str) -> ClusterWorker:
        self.worker = ClusterWorker(listener, self.cluster, worker_id)
        return self.worker

    def _make_member(self, listener, config_state, refresh_configs) -> Member:
        self.member = Member(self.cluster.group, self.url, listener, config_state)
        return self.member

    # -- asking other workers (PeerClient)

    def prepare(self, url: str) -> None:
        self.prepared.append(url)

    async def request(self, url: str, request: PeerRequest, timeout_s: float) -> PeerAnswer:
        if self.cluster.refusals:
            refusal = self.cluster.refusals.pop(0)
            if isinstance(refusal, ConnectError):
                raise refusal
            return refusal
        for node in self.cluster.workers.values():
            if node.url == url:
                return await node.answer(request)
        raise PeerUnreachableError(f"nobody at {url}")

    async def close(self) -> None:
        pass

    async def answer(self, request: PeerRequest) -> PeerAnswer:
        """Answer as the REST API does."""
        _, _, name, _ = request.path.split("/")
        body = request.body or b""
        try:
            await self.herder.put_task_configs(
                name, msgspec.json.decode(body), body=body, headers=request.headers
            )
        except ConnectError as error:
            return refusal(status_of(error), error.message)
        return PeerAnswer(204, b"", {})


def refusal(status: int, message: str) -> PeerAnswer:
    """Make the answer of a worker that refuses."""
    body = msgspec.json.encode({"error_code": status, "message": message})
    return PeerAnswer(status, body, {})
