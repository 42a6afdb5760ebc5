# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.runtime.model import ConnectorStatus, State, TaskId
from barnabas.runtime.stores.statuses import MemoryStatusStore

RUNNING = ConnectorStatus(State.RUNNING, "w:1")


def test_statuses_of_tasks_come_in_order():
    store = MemoryStatusStore()
    for number in (10, 2, 0):
        store.put_task(TaskId("c", number), RUNNING)
    assert [task.task for task in store.tasks("c")] == [0, 2, 10]


def test_a_removed_status_is_gone():
    store = MemoryStatusStore()
    store.put_connector("c", RUNNING)
    store.put_task(TaskId("c", 0), RUNNING)
    store.remove_connector("c")
    store.remove_task(TaskId("c", 0))
    store.remove_task(TaskId("other", 0))
    assert store.connector("c") is None
    assert store.task(TaskId("c", 0)) is None


def test_topics_are_remembered_once_until_reset():
    store = MemoryStatusStore()
    for task, topic in ((0, "t"), (1, "t"), (1, "u")):
        store.add_topic(TaskId("c", task), topic)
    assert store.topics("c") == ["t", "u"]
    store.remove_topics("c")
    assert store.topics("c") == []


def test_connectors_with_a_status_of_their_own_or_of_a_task_are_known():
    store = MemoryStatusStore()
    store.put_connector("c", RUNNING)
    store.put_task(TaskId("d", 0), RUNNING)
    store.put_task(TaskId("gone", 0), RUNNING)
    store.remove_task(TaskId("gone", 0))
    assert store.connectors() == {"c", "d"}
