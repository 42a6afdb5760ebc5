# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import structlog

from barnabas.runtime.herder.local_connector import ConnectorDeclaration
from barnabas.runtime.model import TargetState
from tests.unit.runtime.herder.test_local_work import Bench


def test_another_target_state_needs_no_restart_but_another_configuration_does():
    given = ConnectorDeclaration({"a": "1"}, TargetState.STARTED)
    assert not ConnectorDeclaration({"a": "1"}, TargetState.PAUSED).needs_restart(given)
    assert ConnectorDeclaration({"a": "2"}, TargetState.STARTED).needs_restart(given)


async def test_the_worker_is_called_in_the_log_context_of_the_connector(monkeypatch):
    seen = []
    bench = Bench()

    async def start(*_):
        seen.append(structlog.contextvars.get_contextvars())

    monkeypatch.setattr(bench.worker, "start_connector", start)
    bench.connector()
    await bench.settle()
    assert seen == [{"connector": "c", "part": "worker"}]
