# SPDX-License-Identifier: Apache-2.0
"""A round of rebalancing as the leader does it: bytes of all members in, bytes for each out.

The broker makes one member the leader of each generation. It gets what every member told, decides,
and its answer goes to the members through the broker. The leader remembers what it decided, but
never relies on it: it compares with what the members report, and forgets when a round did not reach
them.

All members must agree on what is configured. The highest config offset any of them told is the one
the round is made for. A leader that has read less reads on; if that does not help, the round hands
out nothing (CONFIG_MISMATCH) and everybody tries again. A member that has read less gets its share
and reads on before it starts.

Source:
    Reference page *Worker group protocol and distributed herder*, sections 3, 5 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from barnabas.config.java_order import hash_order
from barnabas.errors import ProtocolError
from barnabas.runtime.group.assignors.eager import share_out
from barnabas.runtime.group.assignors.incremental import Memory, Reports, plan_round
from barnabas.runtime.group.protocol import (
    NO_WORK,
    Assignment,
    AssignmentError,
    ConnectProtocol,
    GroupConfig,
    Item,
    Owners,
    Work,
    WorkerMetadata,
)
from barnabas.runtime.group.summary import (
    Changes,
    describe_eager,
    describe_incremental,
    describe_mismatch,
    in_words,
)
from barnabas.runtime.group.wire import decode_metadata, encode_assignment

__all__ = ["GroupLeader", "Round"]


@dataclass(frozen=True, slots=True)
class Round:
    """What the leader decided."""

    assignments: Mapping[str, bytes]
    """Member id to the bytes for it; every member gets some."""
    owners: Owners | None
    """Who runs what once all have followed; None when nothing was handed out."""
    summary: str
    """What happens and why, for the log."""
    config_offset: int
    """How far (last offset + 1) members must have read the config topic."""
    delay_ms: int = 0
    """When all join again at the latest; 0 = no need."""
    another_round: str | None = None
    """Why the leader should ask for one more round at once; None = no need."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """What a round begins with, once all agree on what is configured."""

    told: Mapping[str, WorkerMetadata]
    configured: Work
    changes: Changes
    last_completed_generation: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class _Shares:
    """What a round ends with; a member that is not named gets nothing."""

    summary: str
    assigned: Mapping[str, Work] = field(default_factory=dict)
    revoked: Mapping[str, Work] = field(default_factory=dict)
    owned: Mapping[str, Work] = field(default_factory=dict)
    delay_ms: int = 0


class GroupLeader:
    """What this worker does and remembers when it is the leader; one per worker, for its life.

    Not safe for threads: only the thread that drives the coordinator calls it.

    Args:
        max_delay_ms: The setting ``scheduled.rebalance.max.delay.ms``.

    Differs:
        A worker that left and comes back, which is known by its url, gets what it had at once;
        under a Java leader it waits until the delay is over.
    """

    def __init__(self, max_delay_ms: int) -> None:
        self._max_delay_ms = max_delay_ms
        self._memory = Memory()
        self._generation = -1
        self._urls: Mapping[str, str] = {}
        self._owned: Mapping[str, Work] = {}
        self._left: Mapping[str, Work] = {}
        """Url of a worker that left to what it had and what still waits for it."""
        self._origins: dict[Item, str] = {}
        """Connector or task to the url of the worker that has it or had it last."""

    def assign(  # noqa: PLR0913 - one keyword for each fact of the round
        self,
        *,
        leader_id: str,
        protocol: ConnectProtocol,
        members: Mapping[str, bytes],
        config: GroupConfig,
        refreshed: Callable[[], GroupConfig],
        generation: int,
        last_completed_generation: int,
        now_ms: int,
    ) -> Round:
        """Decide a round.

        A member whose bytes cannot be read gets no work, and a sentence in the summary; the others
        go on without it.

        Args:
            leader_id: Member id of this worker.
            protocol: What the group agreed on.
            members: Member id to what it told in JoinGroup, the leader's own included.
            config: What this worker told its own offset of.
            refreshed: Reads on and returns what is configured then; called only when ``config`` is
                behind another member. May block.
            generation: Of this round.
            last_completed_generation: Of the last round in which this worker got its assignment.
            now_ms: The time, in ms since the epoch.

        Raises:
            ProtocolError: No member can be understood, or an address or name is too long to write.
        """
        told, unreadable = _understood(members)
        wanted = offset = max(each.config_offset for each in told.values())
        if config.offset < wanted:
            config = refreshed()
            offset = max(wanted, config.offset)
        changes = Changes(
            generation=generation,
            urls={member: each.url for member, each in told.items()},
            leader=leader_id,
            previous_urls=self._urls if self._generation >= last_completed_generation else None,
            missed=self._left.keys(),
            behind={
                m: each.config_offset for m, each in told.items() if each.config_offset < offset
            },
            unreadable=unreadable,
        )
        is_behind = config.offset < wanted
        configured = config.work
        if is_behind:
            shares = _Shares(describe_mismatch(changes, config.offset, wanted))
        else:
            joined = _Joined(told, configured, changes, last_completed_generation, now_ms)
            shares = self._share(joined, protocol)
        self._generation, self._urls = generation, changes.urls
        head = Assignment(
            protocol.version,
            leader_id,
            changes.urls.get(leader_id, ""),
            offset,
            delay_ms=shares.delay_ms,
            error=AssignmentError.CONFIG_MISMATCH if is_behind else AssignmentError.NONE,
        )
        return Round(
            assignments={member: _encoded(head, shares, member, protocol) for member in members},
            owners=None if is_behind else _owners(changes.urls, shares.owned),
            summary=shares.summary,
            config_offset=offset,
            delay_ms=shares.delay_ms,
            another_round=_leftover(shares.owned, configured),
        )

    def _share(self, joined: _Joined, protocol: ConnectProtocol) -> _Shares:
        """Decide with the assignor of the protocol and remember who has what."""
        self._origins = self._known_origins(joined)
        if protocol.is_cooperative:
            shares = self._share_incrementally(joined)
        else:
            owned = share_out(joined.configured, joined.told)
            shares = _Shares(describe_eager(joined.changes, owned), assigned=owned, owned=owned)
        for member, work in shares.owned.items():
            url = joined.changes.urls[member]
            self._origins.update(dict.fromkeys(work.items, url))
        self._owned = shares.owned
        return shares

    def _share_incrementally(self, joined: _Joined) -> _Shares:
        left = self._departed(joined)
        reports = Reports(
            joined.configured,
            {member: _reported(metadata) for member, metadata in joined.told.items()},
            joined.changes.generation,
            joined.last_completed_generation,
            self._returning(joined, left),
        )
        plan = plan_round(
            self._memory, reports, now_ms=joined.now_ms, max_delay_ms=self._max_delay_ms
        )
        self._memory = plan.memory
        still_waiting = ((url, work.also_in(plan.waiting)) for url, work in left.items())
        self._left = {url: work for url, work in still_waiting if work}
        summary = describe_incremental(joined.changes, plan, self._origins, joined.now_ms)
        return _Shares(summary, plan.assigned, plan.revoked, plan.owned, plan.delay_ms)

    def _known_origins(self, joined: _Joined) -> dict[Item, str]:
        """Return who had what, as remembered and, what is newer, as reported."""
        configured = set(joined.configured.items)
        origins = {item: url for item, url in self._origins.items() if item in configured}
        for metadata in joined.told.values():
            work = _reported(metadata)
            origins.update(dict.fromkeys(work.items, metadata.url))
        return origins

    def _departed(self, joined: _Joined) -> dict[str, Work]:
        """Return what workers that are gone had, those of earlier rounds included."""
        left = dict(self._left)
        for member, work in self._owned.items():
            if member not in joined.told and (url := self._urls.get(member)):
                left[url] = left.get(url, NO_WORK).plus(work)
        return left

    def _returning(self, joined: _Joined, left: Mapping[str, Work]) -> dict[str, Work]:
        """Return what members that report nothing had when the leader last saw their worker."""
        returning: dict[str, Work] = {}
        waiting = dict(left)
        for member, metadata in joined.told.items():
            if not _reported(metadata):
                work = self._owned.get(member) or waiting.pop(metadata.url, None)
                if work:
                    returning[member] = work
        return returning


def _understood(
    members: Mapping[str, bytes],
) -> tuple[dict[str, WorkerMetadata], dict[str, str]]:
    """Decode what members told, in the order of a Java leader's hash map."""
    told, unreadable = {}, {}
    for member in hash_order(members):
        try:
            told[member] = decode_metadata(members[member])
        except ProtocolError as error:
            unreadable[member] = error.message
    if not told:
        reasons = ", ".join(f"{member} ({reason})" for member, reason in unreadable.items())
        message = f"No member of the group told anything that can be read: {reasons}"
        raise ProtocolError(message)
    return told, unreadable


def _reported(metadata: WorkerMetadata) -> Work:
    return NO_WORK if metadata.assignment is None else metadata.assignment.work


def _encoded(head: Assignment, shares: _Shares, member: str, protocol: ConnectProtocol) -> bytes:
    assigned = shares.assigned.get(member, NO_WORK)
    revoked = shares.revoked.get(member, NO_WORK)
    assignment = replace(
        head,
        connectors=assigned.connectors,
        tasks=assigned.tasks,
        revoked_connectors=revoked.connectors,
        revoked_tasks=revoked.tasks,
    )
    return encode_assignment(assignment, protocol)


def _owners(urls: Mapping[str, str], owned: Mapping[str, Work]) -> Owners:
    return Owners(
        urls,
        {connector: member for member, work in owned.items() for connector in work.connectors},
        {task: member for member, work in owned.items() for task in work.tasks},
    )


def _leftover(owned: Mapping[str, Work], configured: Work) -> str | None:
    """Say what runs on although it is not configured, because the leader is new or missed a round.

    It had not given that out itself, so the round could not tell it from work of a configuration it
    has yet to read. The next round can.
    """
    everything = Work.of(
        (connector for work in owned.values() for connector in work.connectors),
        (task for work in owned.values() for task in work.tasks),
    )
    leftover = everything.without(configured)
    return f"{in_words(leftover)} still runs but is no longer configured" if leftover else None
