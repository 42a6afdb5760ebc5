# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.runtime.group.protocol import Owners
from barnabas.runtime.herder.leader_duties import remove_stale_statuses, show_lost_work
from barnabas.runtime.model import ConnectorStatus, State, TaskId
from barnabas.runtime.stores import ConfigState, MemoryStatusStore
from tests.unit.runtime.herder.test_membership import assigned

T0, T1 = TaskId("c", 0), TaskId("c", 1)
STATE = ConfigState(configs={"c": {}}, task_counts={"c": 1}, task_configs={T0: {}})


def statuses() -> MemoryStatusStore:
    made = MemoryStatusStore()
    made.put_connector("c", ConnectorStatus(State.RUNNING, "gone:8083", 2))
    made.put_task(T0, ConnectorStatus(State.RUNNING, "gone:8083", 2))
    return made


def test_statuses_of_what_is_configured_stay():
    kept = statuses()
    remove_stale_statuses(STATE, kept)
    assert kept.connectors() == {"c"}
    assert list(kept.tasks("c")) == [T0]


def test_statuses_and_topics_of_what_is_gone_are_removed():
    store = statuses()
    store.put_task(T1, ConnectorStatus(State.FAILED, "w", 2))
    store.put_connector("d", ConnectorStatus(State.RUNNING, "w", 2))
    store.add_topic(TaskId("d", 0), "lines")
    remove_stale_statuses(STATE, store)
    assert (store.connectors(), list(store.tasks("c")), store.topics("d")) == ({"c"}, [T0], [])


def test_work_that_waits_for_its_worker_is_unassigned():
    store = statuses()
    show_lost_work(assigned(is_leader=True, owners=Owners(), delay_ms=5), STATE, store)
    expected = ConnectorStatus(State.UNASSIGNED, "gone:8083", 3)
    assert (store.connector("c"), store.task(T0)) == (expected, expected)


def test_work_somebody_owns_and_failures_are_left_alone():
    store = statuses()
    failed = ConnectorStatus(State.FAILED, "gone:8083", 2)
    store.put_task(T0, failed)
    owners = Owners({"m": "u"}, {"c": "m"}, {})
    show_lost_work(assigned(is_leader=True, owners=owners, delay_ms=5), STATE, store)
    assert store.connector("c").state is State.RUNNING
    assert store.task(T0) == failed


def test_work_that_moves_without_a_loss_is_left_alone():
    store = statuses()
    show_lost_work(assigned(is_leader=True, owners=Owners()), STATE, store)
    assert store.task(T0).state is State.RUNNING
