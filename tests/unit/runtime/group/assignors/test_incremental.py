# SPDX-License-Identifier: Apache-2.0
"""Laws and rules of the incremental assignor.

That it decides as Java does is shown with recorded rounds in ``tests/compat``.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from barnabas.runtime.group.assignors.incremental import Memory
from barnabas.runtime.group.protocol import NO_WORK, Work
from barnabas.runtime.model import TaskId
from tests.unit.runtime.group.assignors.rounds import (
    CONNECTORS,
    DELAYS,
    MEMBERS,
    Group,
    assert_settled,
    event,
    happen,
    held_by_anyone,
    held_twice,
    sizes,
)

LIFE = st.lists(event, max_size=25)
DELAY = st.sampled_from(DELAYS)
COUNTS = st.dictionaries(st.sampled_from(CONNECTORS), st.integers(0, 9), min_size=1)
MINUTE_MS = 60_000


def settled_group(members: str, task_counts: dict[str, int], **options) -> Group:
    group = Group(members, **options)
    group.task_counts.update(task_counts)
    group.settle()
    return group


def live(events, max_delay_ms) -> Group:
    group = Group(max_delay_ms=max_delay_ms)
    for each in events:
        happen(group, each)
    group.held.setdefault("a", NO_WORK)
    return group


class TestLaws:
    @given(LIFE, DELAY)
    def test_whatever_happens_a_group_left_alone_settles_evenly(self, events, max_delay_ms):
        group = live(events, max_delay_ms)
        group.settle()
        assert_settled(group)

    @given(LIFE, DELAY)
    def test_nothing_ever_runs_twice(self, events, max_delay_ms):
        group = Group(max_delay_ms=max_delay_ms)
        for each in events:
            happen(group, each)
            assert held_twice(group.held) == set()

    @given(LIFE, DELAY)
    def test_a_settled_group_is_left_alone(self, events, max_delay_ms):
        group = live(events, max_delay_ms)
        group.settle()
        held = dict(group.held)
        plan = group.round()
        assert (group.held, plan.delay_ms) == (held, 0)

    @given(LIFE, DELAY)
    def test_no_round_takes_a_member_below_its_share(self, events, max_delay_ms):
        group = Group(max_delay_ms=max_delay_ms)
        for each in events:
            plan = happen(group, each)
            for name in plan.surplus if plan else ():
                share = len(group.configured.tasks) // len(plan.owned)
                assert not plan.surplus[name].tasks or len(plan.owned[name].tasks) >= share

    @given(COUNTS, st.integers(1, 5))
    def test_a_worker_that_joins_costs_its_own_share_only(self, task_counts, count):
        group = settled_group(MEMBERS[:count], task_counts)
        before = dict(group.held)
        group.held["new"] = NO_WORK
        plans = group.settle()
        moved = [sum(len(p.revoked.get(m, NO_WORK).tasks) for p in plans for m in before)]
        assert moved == [len(group.configured.tasks) // (count + 1)]
        for name, work in before.items():
            assert not group.held[name].without(work), "somebody else got work too"

    @given(COUNTS, st.integers(2, 6), st.data())
    def test_new_work_moves_nothing(self, task_counts, count, data):
        group = settled_group(MEMBERS[:count], task_counts)
        group.task_counts["new"] = data.draw(st.integers(0, 9))
        plan = group.round()
        assert plan.revoked == {}
        assert_settled(group)

    @given(COUNTS, st.integers(2, 6), st.integers(0, 5))
    def test_a_worker_that_leaves_moves_only_what_it_had(self, task_counts, count, which):
        assume(which < count)
        group = settled_group(MEMBERS[:count], task_counts, max_delay_ms=0)
        lost = group.held.pop(MEMBERS[which])
        before = dict(group.held)
        plan = group.round()
        assert plan.revoked == {}
        gained = [group.held[name].without(work) for name, work in before.items()]
        assert held_by_anyone(dict(enumerate(gained))).in_order() == lost.in_order()
        assert_settled(group)


class TestLostWork:
    def test_it_waits_for_the_delay(self):
        group = settled_group("ab", {"orders": 4})
        lost = group.held.pop("b")
        plan = group.round()
        assert (plan.delay_ms, plan.waiting, plan.assigned["a"]) == (
            300_000,
            lost.in_order(),
            NO_WORK,
        )
        assert plan.memory.scheduled_ms == group.now_ms + 300_000

    def test_the_delay_runs_on_through_other_rounds(self):
        group = settled_group("ab", {"orders": 4})
        del group.held["b"]
        group.round()
        group.now_ms += MINUTE_MS
        assert group.round().delay_ms == 4 * MINUTE_MS

    def test_it_goes_to_the_others_after_the_delay(self):
        group = settled_group("ab", {"orders": 4})
        del group.held["b"]
        group.round()
        group.now_ms += 300_000
        assert group.round().delay_ms == 0
        assert_settled(group)

    def test_a_member_that_came_empty_gets_it_after_the_delay(self):
        group = settled_group("ab", {"orders": 4, "lake": 4})
        lost = group.held.pop("b")
        group.round()
        group.held["c"] = NO_WORK
        group.round()
        group.now_ms += 300_000
        group.round()
        assert group.held["c"] == lost.in_order()

    def test_members_that_came_empty_share_it(self):
        group = settled_group("ab", {"orders": 4, "lake": 4})
        del group.held["b"]
        group.round()
        group.held |= {"c": NO_WORK, "d": NO_WORK}
        group.round()
        group.now_ms += 300_000
        plan = group.round()
        assert [len(plan.assigned[name].tasks) for name in "acd"] == [0, 2, 2]

    def test_new_work_does_not_wait_with_it(self):
        group = settled_group("ab", {"orders": 4})
        del group.held["b"]
        group.task_counts["lake"] = 1
        plan = group.round()
        assert plan.assigned["a"] == Work(("lake",), (TaskId("lake", 0),))

    def test_nothing_is_evened_out_while_work_waits(self):
        group = settled_group("ab", {"orders": 8})
        del group.held["b"]
        group.held["c"] = NO_WORK
        assert group.round().revoked == {}

    def test_it_does_not_wait_without_a_delay(self):
        group = settled_group("ab", {"orders": 4}, max_delay_ms=0)
        del group.held["b"]
        assert group.round().waiting == NO_WORK
        assert_settled(group)

    def test_it_does_not_wait_when_nobody_left(self):
        group = settled_group("ab", {"orders": 4})
        group.held["b"] = NO_WORK
        group.round()
        assert_settled(group)

    def test_what_is_deleted_meanwhile_is_not_given_out(self):
        group = settled_group("ab", {"orders": 4})
        del group.held["b"]
        group.round()
        group.task_counts.clear()
        group.now_ms += 300_000
        group.round()
        assert group.held == {"a": NO_WORK}


class TestReturning:
    def test_its_own_work_comes_back_at_once(self):
        group = settled_group("abc", {"orders": 4, "lake": 4})
        lost = group.held.pop("c")
        group.round()
        group.held["d"] = NO_WORK
        plan = group.round(returning={"d": lost})
        assert plan.assigned["d"].in_order() == lost.in_order()
        assert (plan.delay_ms, plan.revoked) == (0, {})
        assert_settled(group)

    def test_others_still_wait(self):
        group = settled_group("abc", {"orders": 4, "lake": 4})
        lost_b, lost_c = group.held.pop("b"), group.held.pop("c")
        group.round()
        group.held["d"] = NO_WORK
        group.now_ms += MINUTE_MS
        plan = group.round(returning={"d": lost_c})
        assert plan.waiting == lost_b.in_order()
        assert plan.delay_ms == 4 * MINUTE_MS

    def test_it_gets_only_what_is_lost(self):
        group = settled_group("ab", {"orders": 4}, max_delay_ms=0)
        lost = group.held.pop("b")
        group.round()
        group.held["c"] = NO_WORK
        plan = group.round(returning={"c": lost})
        assert plan.assigned["c"] == NO_WORK
        assert held_twice(group.held) == set()


class TestBalance:
    def test_a_move_takes_two_rounds(self):
        group = settled_group("a", {"orders": 4})
        group.held["b"] = NO_WORK
        first = group.round()
        assert first.revoked == {"a": Work((), (TaskId("orders", 0), TaskId("orders", 1)))}
        assert first.assigned["b"] == NO_WORK
        second = group.round()
        assert second.assigned["b"].tasks == first.revoked["a"].tasks
        assert second.delay_ms == 0

    @pytest.mark.parametrize(
        ("max_delay_ms", "delays"),
        [(300_000, [40, 1_600, 64_000, 300_000]), (1_000, [40, 999, 999, 999]), (1, [1, 1, 1, 1])],
    )
    def test_moving_again_right_away_is_put_off_for_longer_and_longer(self, max_delay_ms, delays):
        group = settled_group("a", {"orders": 60}, max_delay_ms=max_delay_ms)
        group.held["b"] = NO_WORK
        assert group.round().delay_ms == 0
        seen = []
        for name in "cdef":
            group.held[name] = NO_WORK
            put_off = group.round()
            assert put_off.postponed
            assert put_off.revoked == {}
            seen.append(put_off.delay_ms)
            group.now_ms += put_off.delay_ms
            assert group.round().revoked
        assert seen == delays

    def test_without_a_delay_nothing_is_put_off(self):
        group = settled_group("a", {"orders": 60}, max_delay_ms=0)
        for name in "bcd":
            group.held[name] = NO_WORK
            assert group.round().surplus

    def test_a_quiet_round_ends_the_back_off(self):
        group = settled_group("a", {"orders": 60})
        for name in "bcd":
            group.held[name] = NO_WORK
            group.settle()
        assert group.memory.successive_revocations == 0


class TestTrouble:
    def test_what_runs_twice_stops_everywhere_and_starts_once(self):
        group = settled_group("a", {"orders": 2})
        group.held["b"] = group.held["a"]
        plan = group.round()
        assert plan.revoked.keys() == {"a", "b"}
        assert held_by_anyone(group.held) == NO_WORK
        group.round()
        assert_settled(group)

    def test_what_is_deleted_stops_where_it_runs(self):
        group = settled_group("ab", {"orders": 2, "lake": 2})
        del group.task_counts["lake"]
        plan = group.round()
        assert held_by_anyone(plan.revoked).in_order() == Work(
            ("lake",), (TaskId("lake", 0), TaskId("lake", 1))
        )
        assert_settled(group)

    def test_fewer_tasks_stop_the_last_ones(self):
        group = settled_group("a", {"orders": 3})
        group.task_counts["orders"] = 1
        plan = group.round()
        assert plan.revoked["a"] == Work((), (TaskId("orders", 1), TaskId("orders", 2)))

    def test_a_round_nobody_heard_of_is_done_again(self):
        group = Group("ab")
        group.task_counts["orders"] = 4
        group.round(missed_by="ab")
        assert sizes(group.held) == ([0, 0], [0, 0])
        group.round()
        assert_settled(group)

    def test_a_revocation_that_was_not_heard_is_made_again(self):
        group = settled_group("a", {"orders": 4})
        group.held["b"] = NO_WORK
        first = group.round(missed_by="a")
        assert group.held["a"].tasks[:2] == first.revoked["a"].tasks
        group.settle()
        assert_settled(group)

    def test_a_new_leader_gives_out_what_nobody_runs(self):
        group = settled_group("abc", {"orders": 4, "lake": 2})
        del group.held["a"]
        group.memory = Memory()
        assert group.round().delay_ms == 0
        assert_settled(group)

    def test_a_new_leader_leaves_alone_what_runs(self):
        group = settled_group("abc", {"orders": 4, "lake": 2})
        before = dict(group.held)
        group.memory = Memory()
        group.round()
        assert group.held == before

    def test_a_plan_changes_nothing_it_was_given(self):
        group = settled_group("ab", {"orders": 4})
        memory, held = group.memory, dict(group.held)
        group.held["c"] = NO_WORK
        group.round()
        group.memory, group.held = memory, held | {"c": NO_WORK}
        assert group.round().surplus
