# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.worker.blocking_calls import call_in_thread

CANCELLED = """
import asyncio, threading
from barnabas.runtime.worker.blocking_calls import call_in_thread

async def main():
    try:
        async with asyncio.timeout(0.01):
            await call_in_thread(threading.Event().wait, "wait for ever")
    except TimeoutError:
        print("over")

asyncio.run(main())
"""


def test_the_call_is_made_in_another_thread() -> None:
    name = asyncio.run(call_in_thread(lambda: threading.current_thread().name, "look"))
    assert name == "look"


def test_what_the_call_raises_is_raised() -> None:
    def fail() -> None:
        raise ConnectError("away")

    with pytest.raises(ConnectError, match="away"):
        asyncio.run(call_in_thread(fail, "fail"))


def test_a_call_that_nobody_waits_for_keeps_no_program_from_ending() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CANCELLED], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == "over\n"
