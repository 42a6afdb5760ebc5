# SPDX-License-Identifier: Apache-2.0
"""A worker whose processes are doubles."""

from __future__ import annotations

import pytest

from barnabas.runtime.model import State
from barnabas.runtime.runners.messages import (
    Done,
    GenerateTaskConfigs,
    SetConnectorState,
    StartConnector,
    StateReport,
    TaskConfigsAnswer,
)
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Worker
from barnabas.runtime.worker import worker as worker_module
from tests.unit.runtime.worker.doubles import PLUGINS, FakeSupervisor, Listener

SETTINGS = {
    "bootstrap.servers": "127.0.0.1:1",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    "offset.storage.file.filename": "unused",
    "task.shutdown.graceful.timeout.ms": "1500",
}


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def worker(monkeypatch, listener):
    monkeypatch.setattr(worker_module, "Supervisor", FakeSupervisor)
    return Worker(
        StandaloneConfig(SETTINGS),
        worker_id="here:1",
        plugins=PLUGINS,
        offset_store=MemoryOffsetStore(),
        listener=listener,
    )


@pytest.fixture
def supervisor(worker):
    """Its runners do as they are told."""
    supervisor = worker._supervisor
    configs = TaskConfigsAnswer(0, [{"file": "a"}] * 2, "lines:Task", 2, is_enforced=True)

    def answer(question, runner):
        if isinstance(question, StartConnector):
            runner.listener.on_report(StateReport(State.RUNNING, seat=question.seat))
        if isinstance(question, SetConnectorState):
            runner.listener.on_report(StateReport(State(question.state.value), seat=question.seat))
        return configs if isinstance(question, GenerateTaskConfigs) else Done(question.id)

    supervisor.answers = answer
    return supervisor
