# SPDX-License-Identifier: Apache-2.0
"""Calls that block for long, in threads that do not keep a worker from ending.

``asyncio.to_thread`` is for what must be finished: Python waits for its threads before it ends.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["call_in_thread"]

T = TypeVar("T")


async def call_in_thread(call: Callable[[], T], name: str) -> T:
    """Call in a thread of its own, which nobody waits for once this is cancelled.

    Args:
        call: Reads something; what it would change could stay half done.
        name: What it does, for who looks at threads.

    Returns:
        What the call returns; what it raises is raised here.
    """
    answer: concurrent.futures.Future[T] = concurrent.futures.Future()
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            found = call()
        except BaseException as error:  # noqa: BLE001 - raised again in the caller
            answer.set_exception(error)
        else:
            answer.set_result(found)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await asyncio.wrap_future(answer)
