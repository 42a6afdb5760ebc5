# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import structlog

from barnabas.runtime.herder.local_task import TaskDeclaration
from barnabas.runtime.model import TargetState
from tests.unit.runtime.herder.test_local_work import Bench


@pytest.mark.parametrize(
    ("wanted", "needs_restart"),
    [
        (TaskDeclaration({"c": "1"}, {"t": "1"}, TargetState.PAUSED, 7), False),
        (TaskDeclaration({"c": "2"}, {"t": "1"}, TargetState.STARTED, 1), True),
        (TaskDeclaration({"c": "1"}, {"t": "2"}, TargetState.STARTED, 1), True),
    ],
)
def test_other_configurations_need_a_restart_and_nothing_else_does(wanted, needs_restart):
    given = TaskDeclaration({"c": "1"}, {"t": "1"}, TargetState.STARTED, 1)
    assert wanted.needs_restart(given) is needs_restart


async def test_the_worker_is_called_with_all_it_needs_in_the_log_context_of_the_task(monkeypatch):
    seen = []
    bench = Bench()

    async def start(*details, **named):
        seen.append((details, named, structlog.contextvars.get_contextvars()))

    monkeypatch.setattr(bench.worker, "start_task", start)
    bench.task(connector={"c": "1"}, count=3, t="1")
    await bench.settle()
    [(details, named, context)] = seen
    assert details == (("c", 0), {"c": "1"}, {"t": "1"}, TargetState.STARTED)
    assert named == {"task_count": 3}
    assert context == {"connector": "c", "part": "task-0"}
