# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ProtocolError
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.protocol import NO_WORK, ConnectProtocol, Work
from barnabas.runtime.group.wire import decode_assignment
from barnabas.runtime.model import TaskId
from tests.unit.runtime.group.cluster import Cluster

PROTOCOLS = st.sampled_from(ConnectProtocol)


def assignment_of(cluster: Cluster, name: str):
    return decode_assignment(cluster.result.assignments[cluster.workers[name].member])


class TestRounds:
    @given(PROTOCOLS)
    def test_every_member_gets_its_share_and_the_leaders_address(self, protocol):
        cluster = Cluster("abc", protocol, orders=4, lake=2)
        cluster.round()
        for name in "abc":
            assignment = assignment_of(cluster, name)
            assert assignment.version == protocol.version
            assert assignment.leader == cluster.workers["a"].member
            assert assignment.leader_url == "http://a:8083/"
            assert assignment.config_offset == 7
            assert len(assignment.tasks) == 2

    @given(PROTOCOLS)
    def test_the_leader_knows_who_runs_what(self, protocol):
        cluster = Cluster("ab", protocol, orders=2)
        owners = cluster.round().owners
        for name in "ab":
            for task in cluster.work_of(name).tasks:
                assert owners.task_url(task) == cluster.workers[name].url
            for connector in cluster.work_of(name).connectors:
                assert owners.connector_url(connector) == cluster.workers[name].url
        assert owners.urls == {w.member: w.url for w in cluster.workers.values()}

    def test_cooperative_members_are_told_the_difference_only(self):
        cluster = Cluster("a", orders=4)
        cluster.round()
        cluster.join("b")
        first = cluster.round()
        given_up = (TaskId("orders", 0), TaskId("orders", 1))
        assert assignment_of(cluster, "a").revoked == Work((), given_up)
        assert assignment_of(cluster, "a").work == NO_WORK
        assert first.owners.task_url(given_up[0]) is None
        cluster.round()
        assert assignment_of(cluster, "b").work == Work((), given_up)

    def test_eager_members_are_told_everything_each_time(self):
        cluster = Cluster("ab", ConnectProtocol.EAGER, orders=2)
        cluster.round()
        before = assignment_of(cluster, "a").work
        cluster.round()
        assert assignment_of(cluster, "a").work == before

    def test_the_order_of_the_members_makes_no_difference(self):
        one, other = Cluster("abc", orders=5), Cluster("abc", orders=5)
        other.workers = {name: other.workers[name] for name in "acb"}
        one.round()
        other.round()
        assert one.result.assignments == other.result.assignments

    def test_all_are_told_the_delay(self):
        cluster = Cluster("abc", orders=4)
        cluster.round()
        cluster.leave("c")
        assert cluster.round().delay_ms == 300_000
        assert [assignment_of(cluster, name).delay_ms for name in "ab"] == [300_000, 300_000]

    def test_an_eager_round_between_cooperative_ones_is_survived(self):
        cluster = Cluster("ab", orders=4)
        cluster.round()
        cluster.protocol = ConnectProtocol.EAGER
        cluster.round()
        cluster.protocol = ConnectProtocol.SESSIONED
        cluster.round()
        assert sorted((*cluster.work_of("a").tasks, *cluster.work_of("b").tasks)) == [
            TaskId("orders", task) for task in range(4)
        ]


class TestOffsets:
    def test_the_round_is_made_for_the_highest_offset(self):
        cluster = Cluster("ab", orders=1)
        cluster.workers["b"].offset = 5
        assert cluster.round().config_offset == 7

    def test_a_leader_that_is_behind_reads_on(self):
        cluster = Cluster("ab", orders=1)
        cluster.workers["b"].offset = 12
        cluster.refreshed_offset = 14
        assert cluster.round().config_offset == 14
        assert cluster.result.owners is not None

    def test_a_leader_that_stays_behind_hands_out_nothing(self):
        cluster = Cluster("ab", orders=1)
        cluster.workers["b"].offset = 12
        cluster.refreshed_offset = 11
        result = cluster.round()
        for name in "ab":
            assignment = assignment_of(cluster, name)
            assert assignment.is_failed
            assert assignment.config_offset == 12
            assert assignment.leader_url == "http://a:8083/"
            assert (assignment.work, assignment.revoked, assignment.delay_ms) == (
                NO_WORK,
                NO_WORK,
                0,
            )
        assert result.owners is None

    def test_work_that_runs_is_left_alone_when_nothing_is_handed_out(self):
        cluster = Cluster("ab", orders=4)
        cluster.round()
        before = cluster.work_of("a")
        cluster.workers["b"].offset = cluster.refreshed_offset = 12
        cluster.refreshed_offset = 11
        cluster.round()
        cluster.offset = 12
        cluster.round()
        assert cluster.work_of("a") == before


class TestReturn:
    def test_a_worker_that_comes_back_gets_its_own_work_at_once(self):
        cluster = Cluster("abc", orders=4, lake=4)
        cluster.round()
        before = {name: set(cluster.work_of(name).items) for name in "abc"}
        cluster.leave("c")
        cluster.round()
        cluster.join("c")
        assert cluster.round().delay_ms == 0
        assert {name: set(cluster.work_of(name).items) for name in "abc"} == before

    def test_so_does_one_that_left_and_returned_between_two_rounds(self):
        cluster = Cluster("abc", orders=4, lake=4)
        cluster.round()
        before = set(cluster.work_of("b").items)
        cluster.leave("b")
        cluster.join("b")
        assert cluster.round().delay_ms == 0
        assert set(cluster.work_of("b").items) == before

    def test_so_does_one_that_lost_its_work_without_leaving(self):
        cluster = Cluster("abc", orders=4, lake=4)
        cluster.round()
        before = set(cluster.work_of("b").items)
        cluster.workers["b"].assignment = None
        cluster.leave("c")
        cluster.round()
        assert set(cluster.work_of("b").items) == before

    def test_all_that_left_get_their_own_back_one_by_one(self):
        cluster = Cluster("abc", orders=4, lake=4)
        cluster.round()
        before = {name: set(cluster.work_of(name).items) for name in "abc"}
        cluster.leave("b")
        cluster.round()
        cluster.leave("c")
        cluster.round()
        cluster.join("b")
        assert cluster.round().delay_ms == 300_000
        cluster.join("c")
        assert cluster.round().delay_ms == 0
        assert {name: set(cluster.work_of(name).items) for name in "abc"} == before

    def test_of_two_workers_with_one_address_the_work_goes_to_one(self):
        cluster = Cluster("abc", orders=4, lake=4)
        cluster.round()
        cluster.leave("c")
        cluster.join("c", "d")
        cluster.workers["d"].url = cluster.workers["c"].url
        for _ in range(3):
            cluster.round()
        held = [task for name in "abcd" for task in cluster.work_of(name).tasks]
        assert sorted(held) == sorted({*held})
        assert len(held) == 8

    def test_a_worker_nobody_knows_waits_like_under_a_java_leader(self):
        cluster = Cluster("abc", orders=4, lake=4)
        cluster.round()
        cluster.leave("c")
        cluster.join("d")
        assert cluster.round().delay_ms == 300_000
        assert cluster.work_of("d") == NO_WORK

    def test_after_the_delay_a_worker_that_comes_back_gets_an_even_share(self):
        cluster = Cluster("abc", orders=4, lake=5)
        cluster.round()
        cluster.leave("c")
        cluster.round()
        cluster.now_ms += 300_000
        cluster.round()
        cluster.join("c")
        cluster.round()
        cluster.round()
        assert [len(cluster.work_of(name).tasks) for name in "abc"] == [3, 3, 3]


class TestTrouble:
    def test_a_member_that_cannot_be_understood_gets_nothing_and_the_others_go_on(self):
        cluster = Cluster("abc", orders=2)
        cluster.workers["c"].garbage = b"\0\1\0\x09ht"
        result = cluster.round()
        assert assignment_of(cluster, "c").work == NO_WORK
        assert len(cluster.work_of("a").tasks) == len(cluster.work_of("b").tasks) == 1
        assert "connect-c-0 (The worker metadata cannot be read at byte 4" in result.summary

    def test_a_group_nobody_of_which_can_be_understood_is_an_error(self):
        cluster = Cluster("a", orders=2)
        cluster.workers["a"].garbage = b"\xff\xff"
        with pytest.raises(ProtocolError, match=r"connect-a-0 \(.*version -1"):
            cluster.round()

    def test_work_a_new_leader_finds_but_nobody_configured_asks_for_another_round(self):
        cluster = Cluster("ab", orders=2, lake=2)
        cluster.round()
        cluster.leader = GroupLeader(300_000)
        del cluster.task_counts["lake"]
        assert "lake" in cluster.round().another_round
        assert cluster.round().another_round is None
        assert {task.connector for name in "ab" for task in cluster.work_of(name).tasks} == {
            "orders"
        }

    def test_a_round_that_is_not_heard_is_made_again(self):
        cluster = Cluster("ab", orders=2)
        cluster.round(is_heard=False)
        cluster.round()
        assert len(cluster.work_of("a").tasks) == len(cluster.work_of("b").tasks) == 1

    def test_another_round_is_not_asked_for_without_need(self):
        cluster = Cluster("ab", orders=2)
        assert cluster.round().another_round is None
