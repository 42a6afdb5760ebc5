# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import msgspec
import pytest

from barnabas.errors import BadRequestError, ConflictError, NotFoundError
from barnabas.runtime.herder import reports
from barnabas.runtime.model import (
    ConnectorStatus,
    ConnectorType,
    Stall,
    State,
    TargetState,
    TaskId,
)
from barnabas.runtime.stores import ConfigState

T0, T1 = TaskId("c", 0), TaskId("c", 1)
STATE = ConfigState(
    configs={"c": {"a": "1"}},
    task_counts={"c": 1},
    task_configs={T0: {"n": "0"}, T1: {"n": "1"}},
    target_states={"c": TargetState.STOPPED},
)


def encoded(value: object) -> object:
    return msgspec.json.decode(msgspec.json.encode(value))


def test_a_connector_is_described_with_the_tasks_it_has():
    assert encoded(reports.connector_info(STATE, "c", ConnectorType.SINK)) == {
        "name": "c",
        "config": {"a": "1"},
        "tasks": [{"connector": "c", "task": 0}],
        "type": "sink",
    }
    assert encoded(reports.task_infos(STATE, "c")) == [
        {"id": {"connector": "c", "task": 0}, "config": {"n": "0"}}
    ]


def test_unknown_connectors_are_not_found():
    for ask in (
        lambda: reports.connector_info(STATE, "x", ConnectorType.SINK),
        lambda: reports.task_infos(STATE, "x"),
        lambda: reports.check_modifiable(STATE, "x"),
    ):
        with pytest.raises(NotFoundError, match="Connector x not found"):
            ask()


def test_the_state_of_an_unknown_connector_cannot_be_set():
    reports.check_known(STATE, "c")
    with pytest.raises(NotFoundError, match=r"^Unknown connector x$"):
        reports.check_known(STATE, "x")


@pytest.mark.parametrize(
    ("what", "kind", "text"),
    [
        ("x", NotFoundError, "Unknown connector: x"),
        (TaskId("x", 0), NotFoundError, "Unknown connector: x"),
        (TaskId("c", 2), NotFoundError, "Unknown task: c-2"),
        (T1, ConflictError, "connector c no longer has task 1"),
    ],
)
def test_what_is_not_there_cannot_be_restarted(what, kind: type[Exception], text: str):
    with pytest.raises(kind, match=text):
        reports.check_restartable(STATE, what)


@pytest.mark.parametrize("what", ["c", T0])
def test_what_is_there_can_be_restarted(what):
    reports.check_restartable(STATE, what)


def test_states_have_a_trace_only_with_one_and_a_version_unless_undefined():
    connector = ConnectorStatus(State.FAILED, "w:1", trace="why", version=None)
    tasks = {
        T1: ConnectorStatus(State.RUNNING, "w:1", version="2"),
        T0: ConnectorStatus(State.PAUSED, "w:1", trace="", version="undefined"),
    }
    assert encoded(reports.state_info("c", connector, tasks, ConnectorType.SOURCE)) == {
        "name": "c",
        "connector": {"state": "FAILED", "worker_id": "w:1", "version": None, "trace": "why"},
        "tasks": [
            {"id": 0, "state": "PAUSED", "worker_id": "w:1"},
            {"id": 1, "state": "RUNNING", "worker_id": "w:1", "version": "2"},
        ],
        "type": "source",
    }


def test_a_task_that_is_stalled_has_one_field_more():
    status = ConnectorStatus(State.RUNNING, "w:1", version="2", stalled=Stall(7, "poll", lag=3))
    assert encoded(reports.task_state(T0, status)) == {
        "id": 0,
        "state": "RUNNING",
        "worker_id": "w:1",
        "version": "2",
        "stalled": {"since": 7, "call": "poll", "lag": 3},
    }


def test_offsets_can_change_when_stopped_without_tasks():
    with pytest.raises(BadRequestError, match="must be in the STOPPED state"):
        reports.check_modifiable(STATE, "c")
    reports.check_modifiable(
        ConfigState(configs=STATE.configs, target_states=STATE.target_states), "c"
    )


def test_tasks_are_counted_by_state():
    states = [State.RUNNING, State.RUNNING, State.FAILED, State.STOPPED]
    counts = reports.task_counts(ConnectorStatus(state, "w:1") for state in states)
    assert {name: count for name, count in counts.items() if count} == {
        "connector-total-task-count": 4,
        "connector-running-task-count": 2,
        "connector-failed-task-count": 1,
    }
    assert len(counts) == 7
