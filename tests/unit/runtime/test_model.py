# SPDX-License-Identifier: Apache-2.0
"""Names, states and answers of the runtime."""

from __future__ import annotations

import json

import msgspec
import pytest

from barnabas.runtime.model import (
    ConnectorInfo,
    ConnectorState,
    ConnectorType,
    PluginInfo,
    RestartRequest,
    SessionKey,
    State,
    TaskId,
    TaskInfo,
)


def encoded(value: object) -> object:
    return json.loads(msgspec.json.encode(value))


def test_task_is_called_as_java_calls_it() -> None:
    assert str(TaskId("orders", 3)) == "orders-3"


def test_description_of_a_connector_is_the_answer_of_rest() -> None:
    info = ConnectorInfo.of(
        "orders", {"name": "orders", "gone": None}, [TaskId("orders", 0)], ConnectorType.SOURCE
    )

    assert list(encoded(info).items()) == [
        ("name", "orders"),
        ("config", {"name": "orders", "gone": None}),
        ("tasks", [{"connector": "orders", "task": 0}]),
        ("type", "source"),
    ]


def test_description_of_a_task_is_the_answer_of_rest() -> None:
    info = TaskInfo.of(TaskId("orders", 1), {"file": "a"})

    assert encoded(info) == {"id": {"connector": "orders", "task": 1}, "config": {"file": "a"}}


def test_unknown_version_and_absent_trace_are_told_apart() -> None:
    unknown = ConnectorState("RUNNING", "w:8083")
    unset = ConnectorState("RUNNING", "w:8083", version=msgspec.UNSET)

    assert encoded(unknown) == {"state": "RUNNING", "worker_id": "w:8083", "version": None}
    assert encoded(unset) == {"state": "RUNNING", "worker_id": "w:8083"}


def test_a_plugin_without_version_has_no_such_field() -> None:
    assert encoded(PluginInfo(class_="a.B", type="sink")) == {"class": "a.B", "type": "sink"}


@pytest.mark.parametrize(
    ("only_failed", "include_tasks", "forces"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_any_flag_of_a_restart_asks_for_a_plan(
    *, only_failed: bool, include_tasks: bool, forces: bool
) -> None:
    assert RestartRequest("c", only_failed, include_tasks).forces_restart is forces


def test_a_restart_of_failed_instances_covers_no_other() -> None:
    request = RestartRequest("c", only_failed=True)

    assert [state for state in State if request.covers(state)] == [State.FAILED]
    assert not request.covers(None)


def test_a_plain_restart_covers_every_state() -> None:
    assert all(RestartRequest("c").covers(state) for state in [*State, None])


def test_a_session_key_hides_its_secret():
    assert "secret" not in repr(SessionKey(b"secret", "HmacSHA256", 7))
