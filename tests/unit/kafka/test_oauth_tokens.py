# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.oauth_tokens import TokenSource

URL = "https://idp.example/token"
OPTIONS = {
    "sasl.oauthbearer.token.endpoint.url": URL,
    "sasl.oauthbearer.client.id": "me",
    "sasl.oauthbearer.client.secret": "s3",
    "sasl.oauthbearer.scope": "kafka",
}


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Endpoint:
    """Answers in place of the network."""

    def __init__(self) -> None:
        self.asked: list[urllib.request.Request] = []
        self.answer: Callable[[], bytes] = lambda: b'{"access_token": "tok", "expires_in": 100}'

    def __call__(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert timeout > 0
        self.asked.append(request)
        return io.BytesIO(self.answer())


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    stand_in = Endpoint()
    monkeypatch.setattr(urllib.request, "urlopen", stand_in)
    return stand_in


def test_a_token_is_fetched_with_the_clients_credentials(endpoint: Endpoint) -> None:
    assert TokenSource(OPTIONS).first_message() == b"n,,\x01auth=Bearer tok\x01\x01"
    (request,) = endpoint.asked
    assert request.full_url == URL
    assert request.data == b"grant_type=client_credentials&scope=kafka"
    pair = base64.b64encode(b"me:s3").decode()
    assert request.get_header("Authorization") == f"Basic {pair}"


def test_a_token_is_used_again_for_most_of_its_life(endpoint: Endpoint) -> None:
    clock = Clock()
    tokens = TokenSource(OPTIONS, clock)
    tokens.first_message()
    clock.now += 79
    tokens.first_message()
    assert len(endpoint.asked) == 1
    clock.now += 2
    tokens.first_message()
    assert len(endpoint.asked) == 2


def test_extensions_follow_the_token(endpoint: Endpoint) -> None:
    options = {**OPTIONS, "sasl.oauthbearer.extensions": "logicalCluster=lkc-1,pool=p"}
    message = TokenSource(options).first_message()
    assert message == b"n,,\x01auth=Bearer tok\x01logicalCluster=lkc-1\x01pool=p\x01\x01"


def test_a_token_without_a_signature_names_its_principal() -> None:
    tokens = TokenSource({"sasl.oauthbearer.config": "principal=ann extension_a=b"}, Clock())
    message = tokens.first_message().decode()
    assert message.endswith("\x01a=b\x01\x01")
    head, claims, signature = message.split("Bearer ")[1].split("\x01")[0].split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "none"}
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert told == {"sub": "ann", "iat": 1_000_000, "exp": 1_003_600}
    assert signature == ""


def test_a_refusal_is_told_without_the_secret(endpoint: Endpoint) -> None:
    def refuse() -> bytes:
        raise urllib.error.HTTPError(URL, 401, "Unauthorized", {}, None)  # type: ignore[arg-type]  # no headers

    endpoint.answer = refuse
    with pytest.raises(ConnectError, match="401 Unauthorized") as caught:
        TokenSource(OPTIONS).first_message()
    assert "s3" not in caught.value.message
    assert not isinstance(caught.value, RetriableError)


def test_an_endpoint_that_does_not_answer_may_later(endpoint: Endpoint) -> None:
    def fail() -> bytes:
        raise urllib.error.URLError("no route")

    endpoint.answer = fail
    with pytest.raises(RetriableError, match="no route"):
        TokenSource(OPTIONS).first_message()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"token": 1}', b'{"access_token": "a", "expires_in": "x"}']
)
def test_an_answer_without_a_token_is_an_error(endpoint: Endpoint, body: bytes) -> None:
    endpoint.answer = lambda: body
    with pytest.raises(ConnectError, match="without an access_token"):
        TokenSource(OPTIONS).first_message()
