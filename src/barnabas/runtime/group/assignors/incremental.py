# SPDX-License-Identifier: Apache-2.0
"""Shares out what has no owner and moves as little as it can (KIP-415).

A round knows three things: what is configured, what each member reports to run, and what the leader
gave out the round before (`Memory`). Comparing them tells what is *created*, *deleted*, *lost* (its
member left or never got it) and *duplicated*. From that follows:

- What is created is given out in the same round, to whoever has least.
- What is deleted or duplicated is revoked wherever it runs.
- What is lost waits for the member to come back, ``scheduled.rebalance.max.delay.ms`` at most. Then
  it goes to members that joined with nothing in the meantime, else to whoever has least.
- When nothing waits, members that have more than their share give the surplus up. Whoever has had
  work revoked joins again at once, and that next round gives it out. So a move takes two rounds, in
  which nothing runs twice and nothing else stops.
- A round that would revoke for balance right after one that did is put off for a time that grows.

`plan_round` decides exactly as Java's leader does, so that the leadership can pass between the two.

Differs:
    `Reports.returning` gives a worker that came back its own work at once, when the leader knows
    it again (see `leader`). Java lets it wait for the rest of the delay. With nobody returning
    there is no difference.

Source:
    KIP-415; Apache Kafka ``connect/runtime`` ``IncrementalCooperativeAssignor``; reference page
    *Worker group protocol and distributed herder*, section 6.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from barnabas.config.java_order import hash_order, text_order
from barnabas.runtime.group.protocol import NO_WORK, Work
from barnabas.runtime.model import TaskId

__all__ = ["Memory", "Plan", "Reports", "plan_round"]

_BACKOFF_INITIAL_MS = 1
_BACKOFF_MULTIPLIER = 40

ItemT = TypeVar("ItemT", str, TaskId)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a leader remembers of the round before; a new leader begins with the defaults."""

    given: Work = NO_WORK
    """All that had an owner after the round, and what waits for one."""
    revoked: Work = NO_WORK
    revoked_for_balance: bool = False
    successive_revocations: int = 0
    """How often a round that would revoke for balance came right after one that did."""
    candidates: tuple[str, ...] = ()
    """Members seen with nothing while lost work waits, in that order."""
    scheduled_ms: int = 0
    """When the waiting ends; 0 = nothing waits."""
    delay_ms: int = 0
    generation: int = -1
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reports:
    """What a round begins with."""

    configured: Work
    """What there is, sorted by name, as `GroupConfig.work` is."""
    members: Mapping[str, Work]
    """Member id to what it says it runs; at least one member. The order decides who keeps more."""
    generation: int
    """Generation of this round."""
    last_completed_generation: int
    """Generation of the last round whose result reached the members."""
    returning: Mapping[str, Work] = field(default_factory=dict)
    """New member to what it ran before it left; no item twice."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round decided."""

    memory: Memory
    """For the next round."""
    assigned: Mapping[str, Work]
    """Member to what is new for it."""
    revoked: Mapping[str, Work]
    """Member to what it must stop; members without are absent."""
    owned: Mapping[str, Work]
    """Member to all it runs once it has followed."""
    created: Work
    deleted: Work
    """What the leader had given out and is no longer configured."""
    duplicated: Work
    """What several members reported; all stop it, the next round gives it to one."""
    lost: Work
    """What the leader had given out and nobody reported."""
    waiting: Work
    """What of the lost has no owner yet; `Memory.scheduled_ms` says until when."""
    surplus: Mapping[str, Work]
    """Member to what of the revoked it gives up for balance."""
    postponed: int
    """How many connectors and tasks would have been revoked for balance but for the back-off."""

    @property
    def delay_ms(self) -> int:
        """When all members shall join again at the latest; 0 = no need."""
        return self.memory.delay_ms


def plan_round(memory: Memory, reports: Reports, *, now_ms: int, max_delay_ms: int) -> Plan:
    """Decide who runs what.

    Args:
        memory: From the round before, `Plan.memory`.
        reports: What the members say.
        now_ms: The time; any clock that starts above 0, the same one in all rounds.
        max_delay_ms: The setting ``scheduled.rebalance.max.delay.ms``.
    """
    return _Planner(memory, reports, now_ms, max_delay_ms).plan()


class _Planner:
    """One round, step by step; what Java keeps in fields of its assignor is copied in and out."""

    def __init__(self, memory: Memory, reports: Reports, now_ms: int, max_delay_ms: int) -> None:
        self._reports = reports
        self._now_ms = now_ms
        self._max_delay_ms = max_delay_ms
        self._candidates = list(memory.candidates)
        self._scheduled_ms = memory.scheduled_ms
        self._delay_ms = memory.delay_ms
        self._revoked_for_balance = memory.revoked_for_balance
        self._successive_revocations = memory.successive_revocations
        self._members = memory.members
        self._given = self._still_known(memory)
        self._postponed = 0

        active, self._duplicated = _seen(reports.members.values())
        self._deleted = self._given.without(reports.configured)
        self._lost = self._given.without(active).without(self._deleted).in_order()
        self._created = reports.configured.without(self._given).without(active)
        self._next = {member: _Load(work) for member, work in reports.members.items()}
        self._revoked = {member: _Load() for member in reports.members}

    def plan(self) -> Plan:
        self._revoke_deleted_and_duplicated()
        back = self._welcome_back()
        missing = self._lost.without(back)
        to_assign = self._created.plus(self._handle_lost(missing, somebody_is_back=bool(back)))
        surplus = self._balance()
        self._assign(to_assign)
        return self._result(surplus)

    def _still_known(self, memory: Memory) -> Work:
        """Forget what was given out when it is not sure that the members ever heard of it."""
        given = memory.given
        if memory.generation != self._reports.last_completed_generation:
            given = NO_WORK
        if memory.revoked:
            active, _ = _seen(self._reports.members.values())
            if memory.revoked.also_in(active):  # the revocation did not reach its member
                return active
        return given

    def _revoke_deleted_and_duplicated(self) -> None:
        unwanted = self._deleted.plus(self._duplicated)
        if not unwanted:
            return
        for member, work in self._reports.members.items():
            revoked = work.also_in(unwanted)
            self._revoked[member].add(revoked)
            self._next[member].remove(revoked)

    def _welcome_back(self) -> Work:
        back = NO_WORK
        for member, work in self._reports.returning.items():
            own = work.also_in(self._lost)
            self._next[member].add(own)
            back = back.plus(own)
        return back

    def _handle_lost(self, lost: Work, *, somebody_is_back: bool) -> Work:
        """Return what of the lost is to be given to whoever has least."""
        if not lost and (somebody_is_back or not self._revoked_for_balance):
            self._stop_waiting()
            return NO_WORK
        nobody_left = self._members <= self._reports.members.keys()
        if (self._scheduled_ms <= 0 and nobody_left) or self._max_delay_ms == 0:
            return lost
        if 0 < self._scheduled_ms <= self._now_ms:
            rest = self._give_to_candidates(lost)
            self._stop_waiting()
            self._revoked_for_balance = False
            return rest
        self._keep_waiting()
        return NO_WORK

    def _give_to_candidates(self, lost: Work) -> Work:
        """Deal lost work to members that came with nothing; return what nobody took."""
        takers = [self._next[each] for each in self._candidates if each in self._next]
        if not takers:
            return lost
        for number, connector in enumerate(lost.connectors):
            takers[number % len(takers)].connectors[connector] = None
        for number, task in enumerate(lost.tasks):
            takers[number % len(takers)].tasks[task] = None
        return NO_WORK

    def _keep_waiting(self) -> None:
        empty = hash_order(member for member, load in self._next.items() if not load)
        self._candidates = list(dict.fromkeys([*self._candidates, *empty]))
        remaining = self._scheduled_ms - self._now_ms
        self._delay_ms = min(remaining, self._max_delay_ms) if remaining > 0 else self._max_delay_ms
        self._scheduled_ms = self._now_ms + self._delay_ms

    def _stop_waiting(self) -> None:
        self._candidates = []
        self._scheduled_ms = 0
        self._delay_ms = 0

    def _balance(self) -> dict[str, Work]:
        """Revoke what members have above their share; return what that is."""
        if self._delay_ms > 0:
            self._revoked_for_balance = False
            return {}
        surplus = self._surplus()
        if not surplus:
            if self._revoked_for_balance:
                self._revoked_for_balance = False
                self._successive_revocations = 0
            return {}
        if self._revoked_for_balance:
            self._successive_revocations += 1
            self._delay_ms = _backoff_ms(self._successive_revocations, self._max_delay_ms)
            if self._delay_ms:
                self._scheduled_ms = self._now_ms + self._delay_ms
                self._postponed = sum(map(len, surplus.values()))
                return {}
        self._revoked_for_balance = True
        for member, work in surplus.items():
            self._revoked[member].add(work)
            self._next[member].remove(work)
        return surplus

    def _surplus(self) -> dict[str, Work]:
        configured = self._reports.configured
        if not configured or not any(self._next.values()):
            return {}
        connectors = _above_share(
            len(configured.connectors), {m: load.connectors for m, load in self._next.items()}
        )
        tasks = _above_share(
            len(configured.tasks), {m: load.tasks for m, load in self._next.items()}
        )
        return {
            member: Work(connectors.get(member, ()), tasks.get(member, ()))
            for member in self._next
            if member in connectors or member in tasks
        }

    def _assign(self, work: Work) -> None:
        _deal(
            work.connectors,
            {member: load.connectors for member, load in self._next.items()},
        )
        _deal(work.tasks, {member: load.tasks for member, load in self._next.items()})

    def _result(self, surplus: dict[str, Work]) -> Plan:
        owned = {member: load.work() for member, load in self._next.items()}
        revoked = {member: load.work() for member, load in self._revoked.items() if load}
        assigned = {
            member: owned[member].without(reported.without(self._deleted))
            for member, reported in self._reports.members.items()
        }
        everything_owned, _ = _seen(owned.values())
        all_revoked, _ = _seen(revoked.values())
        return Plan(
            memory=Memory(
                given=everything_owned.without(all_revoked).plus(self._lost),
                revoked=all_revoked,
                revoked_for_balance=self._revoked_for_balance,
                successive_revocations=self._successive_revocations,
                candidates=tuple(self._candidates),
                scheduled_ms=self._scheduled_ms,
                delay_ms=self._delay_ms,
                generation=self._reports.generation,
                members=frozenset(self._reports.members),
            ),
            assigned=assigned,
            revoked=revoked,
            owned=owned,
            created=self._created,
            deleted=self._deleted,
            duplicated=self._duplicated,
            lost=self._lost,
            waiting=self._lost.without(everything_owned).without(all_revoked),
            surplus=surplus,
            postponed=self._postponed,
        )


class _Load:
    """What a member runs, as it changes during a round, in the order in which it came to it."""

    __slots__ = ("connectors", "tasks")

    def __init__(self, work: Work = NO_WORK) -> None:
        self.connectors: dict[str, None] = dict.fromkeys(work.connectors)
        self.tasks: dict[TaskId, None] = dict.fromkeys(work.tasks)

    def __bool__(self) -> bool:
        return bool(self.connectors or self.tasks)

    def add(self, work: Work) -> None:
        self.connectors.update(dict.fromkeys(work.connectors))
        self.tasks.update(dict.fromkeys(work.tasks))

    def remove(self, work: Work) -> None:
        for connector in work.connectors:
            self.connectors.pop(connector, None)
        for task in work.tasks:
            self.tasks.pop(task, None)

    def work(self) -> Work:
        return Work(tuple(self.connectors), tuple(self.tasks))


def _seen(shares: Collection[Work]) -> tuple[Work, Work]:
    """Return what is in any of the shares, and what is in more than one of them."""
    connectors = Counter(name for share in shares for name in share.connectors)
    tasks = Counter(task for share in shares for task in share.tasks)
    several = Work(
        tuple(name for name, count in connectors.items() if count > 1),
        tuple(task for task, count in tasks.items() if count > 1),
    )
    return Work(tuple(connectors), tuple(tasks)), several


def _above_share(total: int, held: Mapping[str, Collection[ItemT]]) -> dict[str, tuple[ItemT, ...]]:
    """Return, of those members that hold more than their share, the first items of the surplus.

    With ``total`` items a share is ``total // members``; as many members as the division leaves
    over may hold one more, those first in order that hold more at all.
    """
    share, extras = divmod(total, len(held))
    sizes = [len(items) for items in held.values()]
    full = sizes.count(share + 1)
    if full == extras and full + sizes.count(share) == len(sizes):
        return {}
    surplus = {}
    for member, items in held.items():
        size = len(items)
        if size <= share:
            continue
        allowed = share
        if extras:
            extras -= 1
            allowed += 1
        if size > allowed:
            surplus[member] = tuple(items)[: size - allowed]
    return surplus


def _deal(items: Iterable[ItemT], held: Mapping[str, dict[ItemT, None]]) -> None:
    """Give each item to a member that has least; among equals the first by name goes first."""
    ranked = sorted(held, key=lambda member: (len(held[member]), text_order(member)))
    remaining = iter(items)
    while True:
        least = len(held[ranked[0]])
        for member in ranked:
            if len(held[member]) > least:
                break
            item = next(remaining, None)
            if item is None:
                return
            held[member][item] = None


def _backoff_ms(attempts: int, max_delay_ms: int) -> int:
    """Return how long a revocation for balance is put off: 40 ms, 1.6 s, 64 s, … at most the max.

    Computed in floating point as Java does, which comes out one below the maximum at times.

    Source:
        Apache Kafka ``clients`` ``ExponentialBackoff``.
    """
    if max_delay_ms <= _BACKOFF_INITIAL_MS:
        return max_delay_ms
    most = math.log(max_delay_ms / _BACKOFF_INITIAL_MS) / math.log(_BACKOFF_MULTIPLIER)
    delay = _BACKOFF_INITIAL_MS * math.pow(_BACKOFF_MULTIPLIER, min(attempts, most))
    return min(int(delay), max_delay_ms)
