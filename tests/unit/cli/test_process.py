# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import gc
import os
import signal

import pytest

from barnabas.cli import process


def test_garbage_is_looked_for_once_the_worker_has_started_and_not_among_what_it_began_with():
    gc.unfreeze()
    with process.starting() as started:
        assert not gc.isenabled()
        started()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        gc.unfreeze()


def test_a_start_that_fails_leaves_the_search_for_garbage_on():
    with pytest.raises(ValueError, match="wrong"), process.starting():
        raise ValueError("wrong")
    assert gc.isenabled()


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
