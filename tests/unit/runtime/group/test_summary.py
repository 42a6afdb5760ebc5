# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.group.protocol import NO_WORK, ConnectProtocol, Work
from barnabas.runtime.group.summary import (
    Changes,
    describe_downgrade,
    in_words,
    worker_name,
)
from barnabas.runtime.model import TaskId
from tests.unit.runtime.group.cluster import Cluster


def summary_of(cluster: Cluster, **options) -> str:
    return cluster.round(**options).summary


def settled(names: str, **task_counts) -> Cluster:
    cluster = Cluster(names, **task_counts)
    cluster.round()
    return cluster


def test_the_first_round_tells_who_leads_and_what_starts_where():
    assert summary_of(Cluster("ab", orders=1)) == (
        "Generation 1: a:8083 now leads 2 workers: a:8083, b:8083."
        " Starts: 1 connector and 1 task (orders, orders-0) on a:8083."
        " Each worker then has 0 to 1 connector and 0 to 1 task."
    )


def test_a_quiet_round_says_so():
    assert summary_of(settled("ab", orders=4)) == (
        "Generation 2, 2 workers: nobody came or left."
        " Nothing starts, stops or moves: 1 connector and 4 tasks run on."
        " Each worker then has 0 to 1 connector and 2 tasks."
    )


def test_a_join_tells_what_stops_why_and_what_comes_next():
    cluster = settled("a", orders=4)
    cluster.join("b")
    assert summary_of(cluster) == (
        "Generation 2, 2 workers: b:8083 joined."
        " Stops, to even out the load: 2 tasks (orders-0, orders-1) on a:8083; the next round, at"
        " once, starts it elsewhere."
        " Undisturbed: 1 connector and 2 tasks."
        " Each worker then has 0 to 1 connector and 0 to 2 tasks."
    )


def test_the_round_after_tells_what_moved_from_whom_to_whom():
    cluster = settled("a", orders=4)
    cluster.join("b")
    cluster.round()
    assert "Moves: 2 tasks (orders-0, orders-1) from a:8083 to b:8083." in summary_of(cluster)


def test_a_leave_tells_what_waits_until_when_and_why():
    cluster = settled("ab", orders=4)
    cluster.leave("b")
    assert summary_of(cluster) == (
        "Generation 2, 1 worker: b:8083 left."
        " Waits until 14:18:20Z (5 min) for b:8083 to come back, then goes to others"
        " (scheduled.rebalance.max.delay.ms): 2 tasks (orders-1, orders-3)."
        " Undisturbed: 1 connector and 2 tasks."
        " Each worker then has 1 connector and 2 tasks."
    )


def test_a_worker_alone_with_nothing_does_not_say_that_there_is_nothing():
    cluster = settled("ab", orders=1)
    cluster.leave("a")
    cluster.completed = cluster.generation
    assert summary_of(cluster).endswith("1 connector and 1 task (orders, orders-0).")


def test_what_waited_too_long_is_told_as_moving_from_who_had_it():
    cluster = settled("ab", orders=4)
    cluster.leave("b")
    cluster.round()
    cluster.now_ms += 300_000
    assert "Moves: 2 tasks (orders-1, orders-3) from b:8083 to a:8083." in summary_of(cluster)


def test_a_worker_that_comes_back_is_told_from_a_new_one():
    cluster = settled("abc", orders=3)
    cluster.leave("b")
    cluster.round()
    cluster.join("b", "d")
    text = summary_of(cluster)
    assert "4 workers: b:8083 came back, d:8083 joined." in text
    assert "Back where it was: 1 task (orders-1) on b:8083." in text


def test_one_that_left_and_returned_between_two_rounds_came_back():
    cluster = settled("ab", orders=3)
    cluster.leave("b")
    cluster.join("b")
    assert "2 workers: b:8083 came back." in summary_of(cluster)


def test_what_is_deleted_stops():
    cluster = settled("a", orders=1, lake=1)
    del cluster.task_counts["lake"]
    assert (
        "Stops, no longer configured: 1 connector and 1 task (lake, lake-0) on a:8083."
        in summary_of(cluster)
    )


def test_what_ran_twice_is_told():
    cluster = settled("a", orders=1)
    cluster.join("b")
    cluster.workers["b"].assignment = cluster.workers["a"].assignment
    assert (
        "Stops everywhere, as several workers ran it: 1 connector and 1 task (orders, orders-0);"
        " the next round, at once, starts it on one." in summary_of(cluster)
    )


def test_putting_off_is_told_with_its_end():
    cluster = settled("a", orders=60)
    cluster.join("b")
    cluster.round()
    cluster.join("c")
    assert (
        "Evening out the load is put off until 14:13:20Z (40 ms), because the round before moved"
        " work too: 10 of the connectors and tasks are on workers that have too many."
        in summary_of(cluster)
    )


def test_a_round_between_says_that_the_load_is_not_evened_out_yet():
    cluster = settled("a", orders=60)
    for name in "bc":
        cluster.join(name)
        cluster.round()
    cluster.now_ms += 10
    assert "The load is not evened out until 14:13:20Z (30 ms)." in summary_of(cluster)


def test_an_eager_round_tells_that_everything_stopped():
    assert summary_of(Cluster("ab", ConnectProtocol.EAGER, orders=3)) == (
        "Generation 1: a:8083 now leads 2 workers: a:8083, b:8083."
        " Everything stopped and starts anew, because the protocol is eager: 1 connector and"
        " 3 tasks. Each worker then has 0 to 1 connector and 1 to 2 tasks."
    )


def test_a_mismatch_tells_who_has_read_how_far():
    cluster = settled("ab", orders=4)
    cluster.workers["b"].offset, cluster.refreshed_offset = 12, 11
    assert summary_of(cluster) == (
        "Generation 2, 2 workers: nobody came or left."
        " No work is handed out: the leader a:8083 has read the config topic up to offset 11,"
        " another worker up to 12; all read on and join again at once (if that goes on, they do"
        " not have the same config.storage.topic or bootstrap.servers)."
        " Must read more of the config topic first: a:8083 (at 7)."
    )


def test_a_member_that_must_read_on_is_named():
    cluster = settled("ab", orders=4)
    cluster.workers["b"].offset = 5
    assert "Must read more of the config topic first: b:8083 (at 5)." in summary_of(cluster)


def test_a_leader_whose_place_another_took_meanwhile_begins_again():
    cluster = settled("ab", orders=4)
    cluster.generation = cluster.completed = 9
    assert summary_of(cluster).startswith("Generation 10: a:8083 now leads 2 workers")


@pytest.mark.parametrize("protocol", ConnectProtocol)
def test_a_cluster_without_connectors_has_a_short_summary(protocol):
    assert summary_of(Cluster("a", protocol)) == (
        "Generation 1: a:8083 now leads 1 worker: a:8083. There is nothing to run."
    )


def test_a_large_cluster_has_a_short_summary():
    cluster = Cluster()
    cluster.join(*(f"worker-{number}" for number in range(40)))
    cluster.task_counts = {f"connector-{number}": 10 for number in range(1000)}
    texts = [summary_of(cluster)]
    cluster.join("worker-40", "worker-41", "worker-42", "worker-43", "worker-44")
    texts += [summary_of(cluster), summary_of(cluster)]
    cluster.leave("worker-7")
    texts.append(summary_of(cluster))
    assert max(map(len, texts)) < 600
    assert "(connector-" in texts[2]
    assert "and 37 more to worker-40:8083, worker-41:8083, worker-42:8083 and 2 more" in texts[2]


@pytest.mark.parametrize(
    ("work", "text"),
    [
        (NO_WORK, "nothing"),
        (Work(("a",)), "1 connector (a)"),
        (Work((), (TaskId("a", 0), TaskId("a", 1))), "2 tasks (a-0, a-1)"),
        (Work(("a", "b", "c", "d")), "4 connectors (a, b, c, d)"),
        (Work(("a", "b", "c", "d", "e")), "5 connectors (a, b, c, …)"),
    ],
)
def test_work_is_told_as_amount_and_first_names(work, text):
    assert in_words(work) == text


@pytest.mark.parametrize(
    ("url", "name"),
    [("http://h:8083/", "h:8083"), ("https://[::1]:8443/", "[::1]:8443"), ("h:1", "h:1"), ("", "")],
)
def test_workers_are_called_by_host_and_port(url, name):
    assert worker_name(url) == name


def test_a_member_without_url_is_called_by_its_id():
    assert Changes(1, {"m1": ""}, "m1").worker("m1") == "m1"


@pytest.mark.parametrize(
    ("used", "preferred", "told", "untold"),
    [
        (ConnectProtocol.COMPATIBLE, ConnectProtocol.SESSIONED, "not signed", "stops all"),
        (ConnectProtocol.EAGER, ConnectProtocol.COMPATIBLE, "stops all", "not signed"),
    ],
)
def test_a_downgrade_tells_what_is_lost_and_what_to_set(
    used: ConnectProtocol, preferred: ConnectProtocol, told: str, untold: str
) -> None:
    text = describe_downgrade(used, preferred)
    assert told in text
    assert untold not in text
    assert text.endswith(f"Set connect.protocol={preferred.name.lower()} on all workers")
