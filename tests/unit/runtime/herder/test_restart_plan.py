# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.runtime.herder.reports import state_info
from barnabas.runtime.herder.restart_plan import plan_restart
from barnabas.runtime.model import ConnectorStatus, ConnectorType, RestartRequest, State, TaskId

RUNNING = ConnectorStatus(State.RUNNING, "w:1", version="1")
FAILED = ConnectorStatus(State.FAILED, "w:1", trace="why", version="1")
TASKS = {TaskId("c", 0): RUNNING, TaskId("c", 1): FAILED}


def plan(connector: ConnectorStatus, **flags: bool):
    info = state_info("c", connector, TASKS, ConnectorType.SINK)
    return plan_restart(RestartRequest("c", **flags), info, connector, TASKS)


def test_everything_is_restarted_with_tasks():
    made = plan(RUNNING, include_tasks=True)
    assert (made.restarts_connector, made.tasks) == (True, tuple(TASKS))
    assert [task.state for task in made.planned.tasks] == ["RESTARTING", "RESTARTING"]


def test_only_failed_chooses_by_state():
    made = plan(RUNNING, include_tasks=True, only_failed=True)
    assert (made.restarts_connector, made.tasks) == (False, (TaskId("c", 1),))
    assert made.planned.connector.state == "RUNNING"


def test_without_tasks_none_is_restarted():
    made = plan(FAILED, only_failed=True)
    assert (made.restarts_connector, made.tasks) == (True, ())
    assert [task.state for task in made.planned.tasks] == ["RUNNING", "FAILED"]


def test_the_plan_keeps_the_traces_of_what_failed():
    made = plan(FAILED, include_tasks=True)
    assert (made.planned.connector.trace, made.planned.tasks[1].trace) == ("why", "why")
