# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import os
import signal

from barnabas.cli import process


async def test_a_second_signal_ends_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr(process.os, "_exit", ended.append)
    asked = process.stop_signal()
    os.kill(os.getpid(), signal.SIGTERM)
    await asked.wait()
    os.kill(os.getpid(), signal.SIGINT)
    async with asyncio.timeout(5):
        while not ended:  # noqa: ASYNC110 - the signal arrives when the loop looks for it
            await asyncio.sleep(0)
    assert ended == [130]


async def test_the_first_signal_to_a_worker_that_ends_by_itself_lets_it_end(monkeypatch):
    ended = []
    monkeypatch.setattr(process.os, "_exit", ended.append)
    process.stop_signal().set()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.01)
    assert ended == []
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        while not ended:  # noqa: ASYNC110 - the signal arrives when the loop looks for it
            await asyncio.sleep(0)
    assert ended == [143]
