# SPDX-License-Identifier: Apache-2.0
"""What a worker does when the group is balanced anew.

The member's thread waits for the methods here before it goes on with the next round, while
heartbeats go on; so nothing this worker gave up still runs when others get it. On the event loop
only.

Source:
    Reference page *Worker group protocol*, sections 3, 4 and 7.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from barnabas.errors import ConnectError
from barnabas.runtime.group.member import Assigned, GroupListener, GroupMember
from barnabas.runtime.group.protocol import GroupConfig
from barnabas.runtime.group.trouble import Trouble
from barnabas.runtime.herder.assigned_work import AssignedWork
from barnabas.runtime.herder.catch_up import CatchUp
from barnabas.runtime.herder.leader_duties import LeaderDuties
from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.parts import Stores
from barnabas.runtime.worker import Worker

__all__ = ["Rebalancing"]

_log = logging.getLogger(__name__)

_FLUSH_S = 5.0
"""Time statuses have to be written before work is given to others."""

_SAME_TOPIC = (
    "all workers of a group must have the same bootstrap.servers and config.storage.topic, and "
    "another cluster needs another group.id"
)


class Rebalancing(GroupListener):
    """Carries out assignments.

    Args:
        worker: Runs connectors and tasks; told its generation and its lease.
        local: What runs here.
        stores: What is configured, and how it does.
        membership: Told of each assignment.
        duties: What the leader does besides.
        catch_up: How long the config topic is waited for.
    """

    def __init__(
        self,
        worker: Worker,
        local: LocalWork,
        stores: Stores,
        membership: Membership,
        duties: LeaderDuties,
        catch_up: CatchUp,
    ) -> None:
        self._worker = worker
        self._local = local
        self._configs, self._statuses = stores
        self._membership = membership
        self._stages = membership.stages
        self._duties = duties
        self._catch_up = catch_up
        self._trouble = Trouble(_log, "Rebalance", time.monotonic)
        self.work = AssignedWork(local, self._configs, self.rejoin)
        """What is to run here."""
        self._loop = asyncio.get_running_loop()
        self._member_stage = contextlib.ExitStack()
        self._trouble_stage = contextlib.ExitStack()
        self._delayed: asyncio.TimerHandle | None = None
        self._is_stopping = False
        self._is_cooperative = True
        self._followed = self._configs.state
        """Configurations this worker has followed: no task runs that they stop."""
        self._untold: str | None = None
        """Why a rebalance was asked for after the configurations the group is told of."""
        self.observers: list[Callable[[Assigned], None]] = []
        """Told of assignments that are carried out."""
        self.on_hopeless: Callable[[ConnectError], None] | None = None
        """Told what makes it impossible for this worker to go on; set before the member starts."""
        self.let_go: Callable[[], None] = lambda: None
        """Drops what waits to be written; set before the member starts."""
        self.member: GroupMember | None = None
        """The member this listens to; set before that is started."""
        self.has_settled = False
        """Whether there has been an assignment that could be carried out."""

    def rejoin(self, reason: str) -> None:
        """Ask for a rebalance, unless the worker is shutting down."""
        if not self._is_stopping and self.member is not None:
            self._untold = reason
            self._membership.unsettle()
            self.member.request_rejoin(reason)

    def stop(self) -> None:
        """Take part in no more rebalances; one that is being carried out starts nothing more."""
        self._is_stopping = True
        self.work.clear()
        self._cancel_delayed()

    # -- what the member says ---------------------------------------------------------------------

    def on_lease(self, deadline_s: float) -> None:
        """Go on until then at least. On the member's thread."""
        self._membership.lease = deadline_s
        self._worker.extend_lease(deadline_s)

    def on_refusal(self, reason: str | None) -> None:
        """Let requests that wait for the end of a rebalance know that there will be none."""
        self._membership.refuse(reason)

    def on_stage(self, stage: str | None) -> None:
        """Say what the member does, for those who wait."""
        self._member_stage.close()
        if stage is not None:
            self._member_stage.enter_context(self._stages.during(stage))

    async def before_join(self) -> None:
        """Finish what must not overlap with what others do after the rebalance."""
        self._membership.unsettle()
        with self._stages.during("reading to the end of the config topic"):
            try:
                await self._configs.refresh(self._catch_up.sync_timeout_s)
            except ConnectError as error:
                if self._catch_up.is_failing:  # it would join only to leave again
                    self._fall_behind(error)
                    return
        with self._stages.during("stopping tasks before a rebalance"):
            await self._follow()
        await self._flush()

    async def on_revoked(self, reason: str) -> None:
        """Stop everything: this worker is no member any more, or is about to join eagerly."""
        self._membership.lose()
        self._cancel_delayed()
        self._let_go_when_void()
        await self._duties.follow()
        self.work.clear()
        if self._worker.is_void:
            await self._local.end_all(reason)
        else:
            with self._stages.during(f"stopping all connectors and tasks: {reason}"):
                await self._local.drop_all()
            await self._flush()

    async def on_assigned(self, assigned: Assigned) -> None:
        """Take what the group decided; returns when what others get has stopped here."""
        if self._is_stopping:
            return
        self._cancel_delayed()
        assignment = assigned.assignment
        self._worker.generation = assigned.generation
        self._is_cooperative = assigned.protocol.is_cooperative
        if assignment.is_failed:
            self._membership.lose()
            await self._duties.follow()
        else:
            await self._restrict(assigned)
        if not await self._can_carry_out(assigned):
            return
        self._membership.settle(assigned)
        for observe in self.observers:
            observe(assigned)
        _log.info(
            "Starting connectors and tasks using config offset %d: %d connectors and %d tasks "
            "(generation %d, leader %s)",
            assignment.config_offset,
            len(assigned.work_connectors),
            len(assigned.work_tasks),
            assigned.generation,
            assignment.leader_url,
        )
        self.work.run(assignment.config_offset)
        if assigned.is_leader:
            self._duties.lead(assigned)
        else:
            await self._duties.follow()
        self.has_settled = True
        if assignment.revoked_connectors or assignment.revoked_tasks:
            self.rejoin("work was given up for others")
        elif self._untold is not None:  # the request may have gone under in this round
            self.rejoin(self._untold)
        elif assignment.delay_ms > 0:
            self._delayed = asyncio.get_running_loop().call_later(
                assignment.delay_ms / 1000, self.rejoin, "the delay for lost work is over"
            )

    # -- what the member asks ---------------------------------------------------------------------

    def group_config(self) -> GroupConfig:
        """What the group needs to know of the configurations; on any thread."""
        state = self._followed
        return GroupConfig(state.offset, {name: len(state.tasks(name)) for name in state.configs})

    def refreshed_group_config(self, timeout_s: float) -> GroupConfig:
        """Read the config topic to its end and follow it, then the same; on the member's thread."""
        asked = asyncio.run_coroutine_threadsafe(self._read_on(timeout_s), self._loop)
        try:
            asked.result(timeout_s + 1)
        except (ConnectError, TimeoutError) as error:
            asked.cancel()
            _log.warning("The config topic could not be read to its end: %s", error)
        return self.group_config()

    async def _read_on(self, timeout_s: float) -> None:
        await self._configs.refresh(timeout_s)
        await self._follow()

    # -- details ----------------------------------------------------------------------------------

    def _let_go_when_void(self) -> None:
        """Have nothing written that reaches a broker only when others may have the work."""
        lease = self._membership.lease
        left_s = lease - time.monotonic()
        if left_s > 0:
            self._loop.call_later(left_s, self._let_go_unless_extended, lease)
        else:
            self.let_go()

    def _let_go_unless_extended(self, lease: float) -> None:
        if self._membership.lease <= lease:
            self.let_go()

    async def _restrict(self, assigned: Assigned) -> None:
        """Stop what is not, or no longer, this worker's."""
        revoked = assigned.assignment
        connectors, tasks = len(revoked.revoked_connectors), len(revoked.revoked_tasks)
        with self._stages.during(f"stopping {connectors} connectors and {tasks} tasks"):
            await self.work.restrict(assigned.work_connectors, assigned.work_tasks)
        if connectors or tasks:
            await self._flush()

    async def _can_carry_out(self, assigned: Assigned) -> bool:
        """Get ready to carry out an assignment; what is to happen when that cannot be is begun."""
        if not await self._is_up_to_date(assigned):
            return False
        assignment = assigned.assignment
        if assignment.is_failed:
            text = (
                f"no work is handed out, because the leader {assignment.leader_url} has not read "
                f"the config topic up to offset {assignment.config_offset}, as another worker has; "
                f"if that goes on, {_SAME_TOPIC}"
            )
            self._trouble.tell(text)
            self._trouble_stage.close()
            self._trouble_stage.enter_context(self._stages.during(f"waiting for work: {text}"))
            self.rejoin("the leader had not read all configurations")
            return False
        self._trouble_stage.close()
        if (offset := self._configs.state.offset) < assignment.config_offset:
            self._trouble.tell(
                f"it is for configurations up to offset {assignment.config_offset}, but the config "
                f"topic ends at offset {offset} here: {_SAME_TOPIC}"
            )
        else:
            self._trouble.over()
        return not self._lacks_configs(assigned)

    async def _is_up_to_date(self, assigned: Assigned) -> bool:
        """Read the config topic as far as is needed; else leave the group for a while."""
        assignment = assigned.assignment
        is_behind = self._configs.state.offset < assignment.config_offset
        if is_behind or (assignment.is_failed and assigned.is_leader):
            with self._stages.during("reading to the end of the config topic"):
                try:
                    await self._configs.refresh(self._catch_up.sync_timeout_s)
                except ConnectError as error:
                    self._fall_behind(error)
                    return False
        self._catch_up.succeed()
        return True

    def _lacks_configs(self, assigned: Assigned) -> bool:
        """Give up when this worker cannot know what it is to run: others had better run it."""
        state, assignment = self._configs.state, assigned.assignment
        unknown = sorted(
            {*assigned.work_connectors, *(task.connector for task in assigned.work_tasks)}
            - state.configs.keys()
        )
        if state.offset >= assignment.config_offset or not unknown or self.on_hopeless is None:
            return False
        some = ", ".join(unknown[:3]) + ("…" if len(unknown) > 3 else "")
        message = (
            f"the group gave this worker {len(unknown)} connector(s) its config topic knows "
            f"nothing of ({some}): it ends at offset {state.offset}, that of the leader "
            f"{assignment.leader_url} at {assignment.config_offset} or later; {_SAME_TOPIC}"
        )
        self.on_hopeless(ConnectError(message))
        return True

    def _fall_behind(self, error: ConnectError) -> None:
        pause_s = self._catch_up.fail(is_cooperative=self._is_cooperative)
        _log.warning(
            "Reading the config topic took too long, so this worker leaves the group and joins "
            "again in %g s: %s",
            pause_s,
            error.message,
        )
        assert self.member is not None
        self.member.leave_for("taking too long to read the log", pause_s)

    async def _follow(self) -> None:
        """Stop what the configurations tell to stop; then the group may be told of them."""
        state, self._untold = self._configs.state, None
        await self.work.given_up()
        self._followed = state

    async def _flush(self) -> None:
        with self._stages.during("flushing updates to the status topic"):
            await self._statuses.flush(_FLUSH_S)

    def _cancel_delayed(self) -> None:
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None
