# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, DeadlineError, PrivilegedWriteError
from barnabas.runtime.model import RestartRequest, SessionKey, TargetState, TaskId
from barnabas.runtime.stores.kafka_configs import KafkaConfigStore
from barnabas.testing import MemoryLog, MemoryTopic

KEY = SessionKey(b"0123456789abcdef", "HmacSHA256", 7)


class Listener:
    """Writes down what it hears, with what the store held then."""

    def __init__(self, store):
        self.heard = []
        self.foreign = []
        self._store = store

    def on_connector_removed(self, name):
        self.heard.append(("removed", name, name in self._store.state))

    def on_connector_config(self, name):
        self.heard.append(("config", name, name in self._store.state))

    def on_task_configs(self, connector, tasks):
        self.heard.append(("tasks", connector, tasks, self._store.state.tasks(connector)))

    def on_target_state(self, name):
        self.heard.append(("target", name, self._store.state.target_state(name)))

    def on_session_key(self, key):
        self.heard.append(("key", key))

    def on_restart(self, request):
        self.heard.append(("restart", request))

    def on_logger_level(self, name, level):
        self.heard.append(("level", name, level))

    def on_foreign_record(self, key, offset):
        self.foreign.append((key, offset))


class Leader:
    """Writes as the leader, to a topic in memory."""

    def __init__(self, topic):
        self._topic = topic
        self.claims = 0
        self.error = None
        self.is_stopped = False

    async def claim(self, timeout_s):
        self.claims += 1

    async def write(self, items, timeout_s):
        if self.error is not None:
            raise self.error
        return {0: self._topic.append([(b"tx-" + key, value) for key, value in items])}

    async def stop(self):
        self.is_stopped = True


@pytest.fixture
def topic():
    return MemoryTopic("configs")


async def started(topic, leader=None, **settings):
    store = KafkaConfigStore(MemoryLog(topic), leader, **settings)
    listener = Listener(store)
    await store.start(listener)
    return store, listener


async def test_a_created_connector_is_seen_at_once(topic):
    store, _ = await started(topic)
    await store.put_connector("c", {"name": "c"}, None)
    assert store.state.configs == {"c": {"name": "c"}}
    assert topic.items == [("connector-c", '{"properties":{"name":"c"}}')]


async def test_an_initial_state_is_written_before_the_connector(topic):
    store, _ = await started(topic)
    await store.put_connector("c", {}, TargetState.STOPPED)
    assert [key for key, _value in topic.items] == ["target-state-c", "connector-c"]


async def test_a_removal_writes_both_tombstones(topic):
    store, _ = await started(topic)
    await store.remove_connector("c")
    assert topic.items == [("connector-c", None), ("target-state-c", None)]


async def test_tasks_are_written_before_their_commit(topic):
    store, _ = await started(topic)
    await store.put_connector("c", {}, None)
    await store.put_tasks("c", [{"a": "1"}, {"a": "2"}])
    assert topic.items[1:] == [
        ("task-c-0", '{"properties":{"a":"1"}}'),
        ("task-c-1", '{"properties":{"a":"2"}}'),
        ("commit-c", '{"tasks":2}'),
    ]
    assert store.state.tasks("c") == [TaskId("c", 0), TaskId("c", 1)]
    await store.put_tasks("c", [])
    assert topic.items[4:] == [("commit-c", '{"tasks":0}')]


async def test_other_records_are_javas(topic):
    store, _ = await started(topic)
    await store.put_session_key(KEY)
    await store.put_restart(RestartRequest("c", True, False))
    await store.put_task_count("c", 3)
    await store.put_logger_level("org.apache", "DEBUG")
    await store.put_target_state("c", TargetState.PAUSED)
    assert [key for key, _value in topic.items] == [
        "session-key",
        "restart-connector-c",
        "tasks-fencing-c",
        "logger-cluster-org.apache",
        "target-state-c",
    ]
    assert store.state.session_key == KEY
    assert store.state.task_count_records == {"c": 3}


async def test_every_worker_hears_what_one_writes(topic):
    store, listener = await started(topic)
    other, others = await started(topic)
    await store.put_connector("c", {}, None)
    await store.put_tasks("c", [{}])
    await store.put_target_state("c", TargetState.PAUSED)
    await store.put_session_key(KEY)
    await store.put_restart(RestartRequest("c"))
    await store.put_logger_level("a", "INFO")
    await store.remove_connector("c")
    await other.refresh(1.0)
    task = [TaskId("c", 0)]
    assert others.heard == [
        ("config", "c", True),
        ("tasks", "c", task, task),
        ("target", "c", TargetState.PAUSED),
        ("key", KEY),
        ("restart", RestartRequest("c")),
        ("level", "a", "INFO"),
        ("removed", "c", False),
    ]
    assert listener.heard == others.heard


async def test_what_was_there_at_the_start_is_not_told(topic):
    store, _ = await started(topic)
    await store.put_connector("c", {}, None)
    await store.put_restart(RestartRequest("c"))
    other, listener = await started(topic)
    assert "c" in other.state
    assert listener.heard == []


async def test_a_listener_that_fails_does_not_keep_records_from_being_read(topic, caplog):
    store, listener = await started(topic)
    listener.on_connector_config = lambda name: 1 / 0
    topic.append([(b"connector-a", b'{"properties":{}}'), (b"connector-b", b'{"properties":{}}')])
    assert set((await store.refresh(1.0)).configs) == {"a", "b"}
    assert caplog.text.count("ZeroDivisionError") == 2


async def test_garbage_is_named_in_a_warning(topic, caplog):
    store, _ = await started(topic)
    topic.append([(b"connector-c", b"junk"), (None, None), (b"commit-c", b"[]")])
    assert (await store.refresh(1.0)).configs == {}
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert caplog.messages[0].startswith(
        "Ignoring a record of topic configs, partition 0, offset 0, key 'connector-c': "
        "its value is not JSON"
    )


async def test_what_another_leader_wrote_is_told_apart(topic):
    store, listener = await started(topic)
    await store.put_connector("c", {"a": "1"}, TargetState.PAUSED)
    await store.put_tasks("c", [{"t": "1"}])
    await store.put_session_key(KEY)
    assert listener.foreign == []
    other, heard = await started(topic)
    await other.put_target_state("c", TargetState.STARTED)
    await other.put_logger_level("l", "DEBUG")
    await store.refresh(1.0)
    assert listener.foreign == []
    await other.put_connector("c", {"a": "1"}, None)
    await store.refresh(1.0)
    assert listener.foreign == [("connector-c", len(topic.records) - 1)]
    assert heard.foreign == []


async def test_a_record_with_several_faults_is_one_warning(topic, caplog):
    store, _ = await started(topic)
    topic.append([(b"restart-connector-c", b'{"include-tasks":"yes"}')])
    await store.refresh(1.0)
    (warning,) = caplog.messages
    assert "its 'only-failed' is None; false is used; its 'include-tasks' is 'yes'" in warning


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda s: s.put_connector("c", {}, None), "Error writing connector configuration to"),
        (lambda s: s.remove_connector("c"), "Error removing connector configuration from"),
        (lambda s: s.put_tasks("c", [{}]), "Error writing task configurations to"),
        (lambda s: s.put_tasks("c", []), "Error writing root configuration to"),
        (lambda s: s.put_target_state("c", TargetState.PAUSED), "Error writing target state to"),
        (lambda s: s.put_session_key(KEY), "Error writing session key to"),
        (lambda s: s.put_task_count("c", 1), "Error writing task count record to"),
        (lambda s: s.put_logger_level("a", "INFO"), "Error writing logger level to"),
        (
            lambda s: s.put_restart(RestartRequest("c", False, True)),
            "Error writing restart request for {connectorName='c', onlyFailed=false, "
            "includeTasks=true} to",
        ),
    ],
)
async def test_a_failed_write_is_told_in_javas_words_with_the_reason(topic, write, text):
    store, _ = await started(topic)
    topic.error = ConnectError("no right to write")
    with pytest.raises(ConnectError) as raised:
        await write(store)
    assert raised.value.message == f"{text} Kafka: no right to write"


async def test_reads_are_answered_while_the_topic_is_away(topic):
    store, _ = await started(topic, budget_s=0.01)
    await store.put_connector("c", {}, None)
    topic.is_away = True
    assert "c" in store.state
    with pytest.raises(DeadlineError):
        await store.refresh(0.0)
    with pytest.raises(ConnectError, match="Error writing root configuration to Kafka: Topic conf"):
        await store.put_tasks("c", [])


async def test_only_what_the_leader_writes_goes_through_the_fence(topic):
    leader = Leader(topic)
    store, _ = await started(topic, leader)
    await store.claim_write_privileges()
    await store.put_connector("c", {}, None)
    await store.put_tasks("c", [])
    await store.put_target_state("c", TargetState.PAUSED)
    await store.put_logger_level("a", "INFO")
    keys = [key for key, _value in topic.items]
    assert keys == ["tx-connector-c", "tx-commit-c", "target-state-c", "logger-cluster-a"]
    assert leader.claims == 1
    await store.stop()
    assert leader.is_stopped


async def test_a_fenced_leader_learns_that_it_is(topic):
    leader = Leader(topic)
    leader.error = PrivilegedWriteError("fenced")
    store, _ = await started(topic, leader)
    with pytest.raises(PrivilegedWriteError, match="session key to Kafka: fenced"):
        await store.put_session_key(KEY)


async def test_nothing_is_fenced_where_that_is_not_wanted(topic):
    store, _ = await started(topic)
    await store.claim_write_privileges()
    assert topic.items == []


async def test_a_stopped_store_tells_nothing(topic):
    store, listener = await started(topic)
    await store.stop()
    topic.append([(b"connector-c", b'{"properties":{}}')])
    assert listener.heard == []


async def test_what_waits_is_let_go():
    log = MemoryLog(MemoryTopic())
    KafkaConfigStore(log).let_go()
    assert log.has_let_go
