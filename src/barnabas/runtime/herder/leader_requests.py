# SPDX-License-Identifier: Apache-2.0
"""What a worker asks of the leader of its group, signed with the session key (KIP-507)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from barnabas.errors import ConflictError, ConnectError, RetriableError
from barnabas.runtime.group import session_keys
from barnabas.runtime.herder.peers import PeerAnswer, PeerClient, PeerRequest, connector_path
from barnabas.runtime.model import SessionKey

__all__ = ["LeaderRequests"]

_TIMEOUT_S = 90.0


class LeaderRequests:
    """Asks the leader. On the event loop only.

    Args:
        peers: Asks other workers.
        algorithm: Algorithm requests are signed with.
    """

    def __init__(self, peers: PeerClient, algorithm: str) -> None:
        self._peers = peers
        self._algorithm = algorithm

    async def put_tasks(
        self,
        url: str,
        name: str,
        configs: Sequence[Mapping[str, str]],
        key: SessionKey | None,
    ) -> None:
        """Have the leader write task configurations.

        Args:
            url: The leader's advertised address.
            name: Name of the connector.
            configs: Configurations of all its tasks.
            key: Signs the request; None where the group's protocol has no signatures.

        Raises:
            ConnectError: It was not done, or nobody knows; it can be tried again.
        """
        body = msgspec.json.encode([dict(config) for config in configs])
        await self._ask(url, "POST", connector_path(name, "tasks"), body, key)

    async def fence(self, url: str, name: str, key: SessionKey | None) -> None:
        """Have the leader fence the producers of earlier tasks; raises as :meth:`put_tasks`."""
        await self._ask(url, "PUT", connector_path(name, "fence"), b"", key)

    async def _ask(
        self, url: str, method: str, path: str, body: bytes, key: SessionKey | None
    ) -> None:
        if not url:
            message = f"{method} {path} cannot be sent: the leader of the group is not known"
            raise RetriableError(message)
        headers = {"Content-Type": "application/json"} if body else {}
        if key is not None:
            headers.update(session_keys.sign(body, key, self._algorithm))
        request = PeerRequest(method, path, body=body or None, headers=headers)
        answer = await self._peers.request(url, request, _TIMEOUT_S)
        if answer.status >= 400:
            raise _refusal(url, answer)


def _refusal(url: str, answer: PeerAnswer) -> ConnectError:
    try:
        message = msgspec.json.decode(answer.body, type=_ErrorBody).message
    except msgspec.MsgspecError:
        message = answer.body[:200].decode(errors="replace")
    text = f"the leader at {url} answered {answer.status}: {message}"
    if answer.status == 403:
        text += (
            " This worker signed with the newest session key it has read from the config topic; "
            "the leader has another one, which comes soon, or reads another config.storage.topic"
        )
    return ConflictError(text) if answer.status == 409 else ConnectError(text)


class _ErrorBody(msgspec.Struct):
    message: str | None = None
