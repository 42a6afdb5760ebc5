# SPDX-License-Identifier: Apache-2.0
"""Connectors in processes that are none, and that hang, die or do not react when told."""

from __future__ import annotations

import asyncio

from barnabas.runtime.model import State, TargetState
from barnabas.runtime.runners.messages import (
    Begun,
    ConnectorSpec,
    Done,
    GenerateTaskConfigs,
    PluginRef,
    Setup,
    StartConnector,
    StateReport,
)
from barnabas.runtime.worker.connector_runners import ConnectorRunners
from tests.unit.runtime.worker.doubles import FakeSupervisor

SETUP = Setup("connectors", None, [], {}, is_distributed=False, logger_levels={})
CRASH = (
    "Fatal Python error: Segmentation fault\n\nCurrent thread 0x{:x} (most recent call first):\n"
)


class Heard:
    """What the instance of one connector hears."""

    def __init__(self):
        self.reports = []
        self.ends = []

    def on_report(self, report):
        self.reports.append(report)

    def on_end(self, end):
        self.ends.append(end)

    @property
    def states(self):
        return [report.state for report in self.reports if isinstance(report, StateReport)]


class Bench:
    """A pool whose processes start and stop connectors at once, but for those that hang."""

    def __init__(self, call_s=10.0):
        self.supervisor = FakeSupervisor()
        self.supervisor.answers = self.answer
        self.pool = ConnectorRunners(self.supervisor, call_s)
        self.heard = {}
        self.hanging = set()
        self.deaf = set()
        self.threads = 100

    @property
    def runners(self):
        return self.supervisor.runners

    @property
    def alive(self):
        return [runner.what for runner in self.runners if runner.is_alive]

    def answer(self, question, runner):
        if runner in self.deaf:
            return None
        runner.heard_at = asyncio.get_running_loop().time()
        if question.seat == 0:
            return Done(question.id)
        self.threads += 1
        runner.listener.on_report(Begun(question.id, self.threads, self.threads))
        name = self.name_of(question)
        if (name, type(question)) in self.hanging:
            return None
        if isinstance(question, StartConnector):
            runner.listener.on_report(StateReport(State.RUNNING, seat=question.seat))
        return Done(question.id)

    def name_of(self, question):
        return next(
            name for name, (seat, _heard) in self.heard.items() if seat.number == question.seat
        )

    def seat(self, name, plugin="lines", setup=SETUP):
        spec = ConnectorSpec(name, PluginRef(plugin, plugin), {}, TargetState.STARTED)
        heard = Heard()
        seat = self.pool.seat(setup, None, spec, heard)
        self.heard[name] = (seat, heard)
        return seat

    async def start(self, *names, **how):
        for name in names:
            await self.seat(name, **how).start()

    def of(self, name):
        return self.heard[name][1]

    async def ask(self, name, deadline_s=10.0):
        return await self.heard[name][0].call(
            GenerateTaskConfigs, call="Connector.task_configs()", deadline_s=deadline_s
        )

    async def stop(self, *names, seconds=10.0):
        await self.pool.stop([self.heard[name][0] for name in names], seconds)
