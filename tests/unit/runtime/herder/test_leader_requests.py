# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConflictError, ConnectError, RetriableError
from barnabas.runtime.group import session_keys
from barnabas.runtime.herder.leader_requests import LeaderRequests
from barnabas.runtime.herder.peers import PeerAnswer, PeerRequest
from barnabas.runtime.model import SessionKey

KEY = SessionKey(b"k" * 32, "HmacSHA256", 0)
LEADER = "http://leader:8083/"
DONE = PeerAnswer(204, b"", {})


class Peers:
    """The leader."""

    def __init__(self, answer: PeerAnswer = DONE) -> None:
        self.answer = answer
        self.asked: list[tuple[str, PeerRequest]] = []

    async def request(self, url: str, request: PeerRequest, timeout_s: float) -> PeerAnswer:
        self.asked.append((url, request))
        return self.answer


async def test_task_configurations_are_signed_over_the_bytes_that_are_sent() -> None:
    peers = Peers()
    await LeaderRequests(peers, "HmacSHA256").put_tasks(LEADER, "my c", [{"a": "ä"}], KEY)
    ((url, request),) = peers.asked
    assert (url, str(request)) == (LEADER, "POST /connectors/my%20c/tasks")
    assert request.body == '[{"a":"ä"}]'.encode()
    assert request.headers["Content-Type"] == "application/json"
    session_keys.verify(request.headers, request.body, KEY, ["HmacSHA256"])


async def test_a_wish_to_fence_is_signed_over_nothing() -> None:
    peers = Peers()
    await LeaderRequests(peers, "HmacSHA256").fence(LEADER, "c", KEY)
    ((_, request),) = peers.asked
    assert (str(request), request.body) == ("PUT /connectors/c/fence", None)
    session_keys.verify(request.headers, b"", KEY, ["HmacSHA256"])


async def test_nothing_is_signed_where_the_group_does_not_sign() -> None:
    peers = Peers()
    await LeaderRequests(peers, "HmacSHA256").fence(LEADER, "c", None)
    assert peers.asked[0][1].headers == {}


async def test_a_leader_that_is_not_known_cannot_be_asked() -> None:
    with pytest.raises(RetriableError, match="the leader of the group is not known"):
        await LeaderRequests(Peers(), "HmacSHA256").fence("", "c", KEY)


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (409, b'{"error_code":409,"message":"busy"}', ConflictError, "answered 409: busy"),
        (404, b'{"message":"Connector c not found"}', ConnectError, "404: Connector c not found"),
        (403, b'{"message":"invalid signature."}', ConnectError, "the leader has another one"),
        (502, b"<html>Bad Gateway</html>", ConnectError, "502: <html>Bad Gateway"),
    ],
)
async def test_a_refusal_tells_who_refused_and_why(
    status: int, body: bytes, kind: type[ConnectError], told: str
) -> None:
    peers = Peers(PeerAnswer(status, body, {}))
    with pytest.raises(kind, match=told) as raised:
        await LeaderRequests(peers, "HmacSHA256").fence(LEADER, "c", KEY)
    assert f"the leader at {LEADER} answered {status}" in raised.value.message
