# SPDX-License-Identifier: Apache-2.0
"""One request to the coordinator of a consumer group, for what librdkafka cannot ask safely.

The request goes over a connection of its own, which is closed after it. Blocks its thread; an event
loop runs inside for the time of the call.

Source:
    Kafka protocol guide.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.broker_connection import Doorman, UnreachableError
from barnabas.kafka.connection_security import connection_security
from barnabas.kafka.group_coordinator import CoordinatorSettings, GroupCoordinator
from barnabas.kafka.group_errors import CoordinatorLostError
from barnabas.kafka.layering import ClientProperties

__all__ = ["ask_coordinator"]

_LOST: Final = frozenset({14, 15, 16})
"""The coordinator loads the group, is not there, or is another broker."""
_PAUSE_S: Final = 0.2


def ask_coordinator(
    properties: ClientProperties, group: str, request: Any, timeout_s: float, doing: str
) -> Any:
    """Ask until a coordinator answers for the group.

    Args:
        properties: Those of an admin client.
        group: The consumer group.
        request: One of kafka-python's requests; its answer must tell an ``error_code``, or one for
            each of its ``groups``.
        timeout_s: For all of that.
        doing: What is done, for messages.

    Raises:
        RetriableError: No broker answered in time.
    """
    return asyncio.run(_within(properties, group, request, timeout_s, doing))


async def _within(
    properties: ClientProperties, group: str, request: Any, timeout_s: float, doing: str
) -> Any:
    failures: list[ConnectError] = []
    try:
        async with asyncio.timeout(timeout_s):
            return await _ask(properties, group, request, timeout_s, failures)
    except TimeoutError:
        servers = properties.bootstrap_servers
        text = f"{doing} failed: no broker answered at {servers} within {timeout_s:g} s"
        if failures:
            text += f". {failures[-1].message}"
        raise RetriableError(text) from None


async def _ask(
    properties: ClientProperties,
    group: str,
    request: Any,
    timeout_s: float,
    failures: list[ConnectError],
) -> Any:
    settings = CoordinatorSettings(
        group_id=group,
        protocol_type="consumer",
        session_timeout_ms=0,
        rebalance_timeout_ms=0,
        heartbeat_timeout_ms=0,
        client=properties,
        client_id=properties.client_id,
    )
    doorman = Doorman(connection_security(properties), properties.client_id)
    while True:
        coordinator = GroupCoordinator(settings)
        try:
            await coordinator.find()
            assert coordinator.address is not None
            connection = await doorman.open(coordinator.address, timeout_s)
            try:
                answer = await connection.ask(request, timeout_s)
            finally:
                connection.close()
        except (CoordinatorLostError, UnreachableError) as error:
            answer = None
            failures.append(error)
        finally:
            coordinator.close()
        if answer is not None and not _LOST.intersection(_codes(answer)):
            return answer
        await asyncio.sleep(_PAUSE_S)


def _codes(answer: Any) -> set[int]:
    groups = getattr(answer, "groups", None) or ()
    return {answer.error_code or 0, *(group.error_code for group in groups)}
