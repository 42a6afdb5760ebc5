# SPDX-License-Identifier: Apache-2.0
"""Waits until a group's coordinator answers, before an admin client writes offsets there.

There is none for a moment in a cluster whose first group this is, and whenever a coordinator moves.
Waiting spares attempts that fail. It does not make reading safe: see `offset_reading`. Describing
and writing are, as librdkafka's handler of commits looks first whether the client has a group.
"""

from __future__ import annotations

import concurrent.futures
import time
from typing import Any, Final

from barnabas.kafka.errors import KafkaError, KafkaException

__all__ = ["await_coordinator"]

_PAUSE_S: Final = 0.1
_NOT_READY: Final = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)


def await_coordinator(client: Any, group: str, timeout_s: float) -> None:
    """Return when the coordinator of a group answers, or refuses for a reason that stays.

    Args:
        client: The library's ``AdminClient``.
        group: The group, which need not exist.
        timeout_s: How long to wait at most.

    Raises:
        KafkaException: It was not ready for so long; TimeoutError: it gave no answer.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        left = max(_PAUSE_S, deadline - time.monotonic())
        future: concurrent.futures.Future[Any]
        future = client.describe_consumer_groups([group], request_timeout=left)[group]
        try:
            future.result(left + 1)
        except KafkaException as error:
            if error.args[0].code() not in _NOT_READY:
                return  # such as a group that does not exist: the coordinator knows
            if time.monotonic() + _PAUSE_S >= deadline:
                raise
        else:
            return
        time.sleep(_PAUSE_S)
