# SPDX-License-Identifier: Apache-2.0
"""Reaching the Kafka cluster when the worker starts.

Differs:
    Java's worker ends when no broker answers within a minute. Ours keeps trying with growing
    pauses, says so over REST (``/health``) and in the log, and goes on once a broker answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from barnabas.errors import ConnectError
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.worker.blocking_calls import call_in_thread

__all__ = ["reach_cluster"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


async def reach_cluster(
    ask_cluster_id: Callable[[], str],
    servers: str,
    stages: Stages,
    sleep: Callable[[float], asyncio.Future[None]] | None = None,
) -> str:
    """Ask for the id of the cluster until there is an answer; run it as a task and cancel it.

    Args:
        ask_cluster_id: Asks once; blocks for a bounded time, so it is called in a thread, which
            does not keep a program that ends from ending.
        servers: Addresses for messages.
        stages: Told what goes on.
        sleep: Waits between two tries; a test's clock.
    """
    _log.info("Connecting to the Kafka cluster at %s", servers)
    pause_s, reason = _FIRST_PAUSE_S, ""
    while True:
        with stages.during(f"connecting to the Kafka cluster at {servers}{reason}"):
            try:
                cluster_id = await call_in_thread(ask_cluster_id, "ask for the cluster's id")
            except ConnectError as error:
                reason = f" (no answer yet: {error.message})"
                _log.warning(
                    "Failed to connect to and describe the Kafka cluster. Trying again in %g s. %s",
                    pause_s,
                    error.message,
                )
            else:
                _log.info("Connected to Kafka cluster %s at %s", cluster_id, servers)
                return cluster_id
        with stages.during(f"connecting to the Kafka cluster at {servers}{reason}"):
            await (sleep or asyncio.sleep)(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
