# SPDX-License-Identifier: Apache-2.0
"""A group that lives through events and rounds, for the tests of the incremental assignor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from barnabas.runtime.group.assignors.incremental import Memory, Plan, Reports, plan_round
from barnabas.runtime.group.protocol import NO_WORK, GroupConfig, Work
from barnabas.runtime.model import TaskId

MEMBERS = tuple("abcdef")
CONNECTORS = ("files", "lake", "orders", "shelf", "Zoo", "ärger")
DELAYS = (0, 1, 1_000, 300_000)


class Group:
    """Members that do what they are told at once; member "a" is the leader unless it left."""

    def __init__(self, members: Iterable[str] = (), max_delay_ms: int = 300_000) -> None:
        self.held: dict[str, Work] = dict.fromkeys(members, NO_WORK)
        self.task_counts: dict[str, int] = {}
        self.now_ms = 1_000_000
        self.max_delay_ms = max_delay_ms
        self.memory = Memory()
        self.generation = 0
        self.completed = 0

    @property
    def configured(self) -> Work:
        return GroupConfig(0, self.task_counts).work

    def round(self, missed_by: Iterable[str] = (), **reports: Mapping[str, Work]) -> Plan:
        """Rebalance; those who miss it never hear of it, the leader only when all do."""
        self.generation += 1
        missed = set(missed_by)
        asked = Reports(
            self.configured, dict(self.held), self.generation, self.completed, **reports
        )
        plan = plan_round(self.memory, asked, now_ms=self.now_ms, max_delay_ms=self.max_delay_ms)
        self.memory = plan.memory
        if not missed.issuperset(self.held):
            self.completed = self.generation
        for member, work in self.held.items():
            if member not in missed:
                kept = work.without(plan.revoked.get(member, NO_WORK))
                self.held[member] = plan.assigned[member].plus(kept)
        return plan

    def settle(self, most: int = 8) -> list[Plan]:
        """Do rounds, waiting where that is asked for, until one changes nothing; return them."""
        plans: list[Plan] = []
        while not plans or not self._is_quiet(plans[-1]):
            assert len(plans) < most, "does not converge"
            self.now_ms += plans[-1].delay_ms if plans else 0
            plans.append(self.round())
        return plans

    def _is_quiet(self, plan: Plan) -> bool:
        changes = any(plan.assigned.values()) or any(plan.revoked.values()) or plan.delay_ms
        return not changes and not held_by_anyone(self.held).without(self.configured)


def held_by_anyone(held: Mapping[str, Work]) -> Work:
    return Work.of(
        (connector for work in held.values() for connector in work.connectors),
        (task for work in held.values() for task in work.tasks),
    )


def held_twice(held: Mapping[str, Work]) -> set[str | TaskId]:
    counts = Counter(item for work in held.values() for item in work.items)
    return {item for item, count in counts.items() if count > 1}


def sizes(held: Mapping[str, Work]) -> tuple[list[int], list[int]]:
    """Numbers of connectors, and of tasks, per member, sorted."""
    connectors = sorted(len(work.connectors) for work in held.values())
    return connectors, sorted(len(work.tasks) for work in held.values())


def assert_settled(group: Group) -> None:
    """Everything configured is held exactly once, within one of the same everywhere."""
    assert held_twice(group.held) == set()
    assert held_by_anyone(group.held).in_order() == group.configured
    for counts in sizes(group.held):
        assert counts[-1] - counts[0] <= 1


member = st.sampled_from(MEMBERS)
connector = st.sampled_from(CONNECTORS)
event = st.one_of(
    st.tuples(st.just("join"), member),
    st.tuples(st.just("leave"), member),
    st.tuples(st.just("bounce"), member),
    st.tuples(st.just("configure"), connector, st.integers(0, 9)),
    st.tuples(st.just("delete"), connector),
    st.tuples(st.just("sleep"), st.sampled_from([1, 40, 1_600, 150_000, 300_000])),
    st.tuples(st.just("forget")),
    st.tuples(st.just("round"), st.frozensets(member, max_size=4)),
    st.tuples(st.just("round"), st.just(frozenset())),
)


def happen(group: Group, what: tuple) -> Plan | None:
    """Let an event happen; a leave of the last member does not."""
    match what:
        case ("join", name):
            group.held.setdefault(name, NO_WORK)
        case ("leave", name) if len(group.held) > 1:
            group.held.pop(name, None)
        case ("bounce", name) if name in group.held:
            group.held[name] = NO_WORK
        case ("configure", name, count):
            group.task_counts[name] = count
        case ("delete", name):
            group.task_counts.pop(name, None)
        case ("sleep", span_ms):
            group.now_ms += span_ms
        case ("forget",):
            group.memory = Memory()
        case ("round", missed_by) if group.held:
            return group.round(missed_by)
    return None
