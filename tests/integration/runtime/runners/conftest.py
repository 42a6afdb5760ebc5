# SPDX-License-Identifier: Apache-2.0
"""Runners with real processes, made by hand."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.runtime.runners.launcher import Launcher
from barnabas.runtime.runners.messages import Setup
from barnabas.runtime.runners.runner import RunnerOrder

SETUP = Setup("inspection", None, [], {}, is_distributed=False, logger_levels={})


class Listener:
    """Remembers what a runner reports."""

    def __init__(self):
        self.reports = []
        self.ended = asyncio.get_running_loop().create_future()

    def on_report(self, report):
        self.reports.append(report)

    def on_end(self, end):
        self.ended.set_result(end)


@pytest.fixture
async def listener():
    return Listener()


@pytest.fixture
def order():
    """An order for an inspection runner."""
    return RunnerOrder(SETUP, "Mend it.")


@pytest.fixture
async def launcher():
    launcher = Launcher()
    launcher.start()
    yield launcher
    await launcher.stop()
