# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64

import pytest

from barnabas.errors import ConfigError, RegistryAccessError, RegistryUnavailableError
from barnabas.registry.addresses import Address
from barnabas.registry.connection_settings import ConnectionConfig
from barnabas.registry.login import Login, make_login

PLAIN, NAMED = Address("http://a"), Address("http://a", "url:pw")
OAUTH = {
    "bearer.auth.credentials.source": "OAUTHBEARER",
    "bearer.auth.issuer.endpoint.url": "http://idp/token",
    "bearer.auth.client.id": "me",
    "bearer.auth.client.secret": "s3cret",
}


class Endpoint:
    """Gives tokens t1, t2, …; 1000 s each."""

    def __init__(self, status: int = 200, body: bytes | None = None) -> None:
        self.status, self.body = status, body
        self.forms: list[dict[str, str]] = []
        self.headers: dict[str, str] = {}

    def __call__(self, url, form, headers):
        self.forms.append(dict(form))
        self.headers = dict(headers)
        token = b'{"access_token":"t%d","expires_in":1000}' % len(self.forms)
        return self.status, self.body or token


def login(settings: dict[str, str], post=Endpoint(), now=lambda: 0.0) -> Login:  # noqa: B008
    return make_login(ConnectionConfig({"schema.registry.url": "http://a", **settings}), post, now)


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def test_nobody_is_named_by_default() -> None:
    assert login({}).headers(PLAIN) == {}
    assert not login({}).renew()


def test_address_may_name_the_user() -> None:
    assert login({}).headers(NAMED) == basic("url:pw")


def test_setting_names_the_user() -> None:
    settings = {"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "me:pw"}
    assert login(settings).headers(PLAIN) == basic("me:pw")


def test_unused_user_is_warned_of(caplog) -> None:
    assert login({"basic.auth.user.info": "me:pw"}).headers(PLAIN) == {}
    assert "set that to USER_INFO" in caplog.text


def test_login_of_the_kafka_client_can_be_used() -> None:
    jaas = 'org.apache.PlainLoginModule required username="me" password="p:w";'
    settings = {"basic.auth.credentials.source": "SASL_INHERIT", "sasl.jaas.config": jaas}
    assert login(settings).headers(PLAIN) == basic("me:p:w")


def test_fixed_token_is_sent_with_its_companions() -> None:
    settings = {
        "bearer.auth.credentials.source": "STATIC_TOKEN",
        "bearer.auth.token": "abc",
        "bearer.auth.logical.cluster": "lsrc",
        "bearer.auth.identity.pool.id": "pool",
    }
    assert login(settings).headers(PLAIN) == {
        "Authorization": "Bearer abc",
        "target-sr-cluster": "lsrc",
        "Confluent-Identity-Pool-Id": "pool",
    }


def test_line_break_at_the_end_of_a_token_is_none_of_it() -> None:
    settings = {"bearer.auth.credentials.source": "STATIC_TOKEN", "bearer.auth.token": "abc\n"}
    assert login(settings).headers(PLAIN) == {"Authorization": "Bearer abc"}


def test_token_is_fetched_with_the_credentials_of_the_client() -> None:
    endpoint = Endpoint()
    assert login({**OAUTH, "bearer.auth.scope": "s"}, endpoint).headers(PLAIN) == {
        "Authorization": "Bearer t1"
    }
    assert endpoint.forms == [{"grant_type": "client_credentials", "scope": "s"}]
    assert endpoint.headers["Authorization"] == basic("me:s3cret")["Authorization"]


def test_token_is_replaced_before_its_end() -> None:
    time = [0.0]
    own = login(OAUTH, Endpoint(), lambda: time[0])
    tokens = []
    for time[0] in (0, 699.9, 700):
        tokens.append(own.headers(PLAIN)["Authorization"])
    assert tokens == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_short_token_is_used_for_half_its_life() -> None:
    time = [0.0]
    own = login(
        OAUTH | {"bearer.auth.cache.expiry.buffer.seconds": "5000"}, Endpoint(), lambda: time[0]
    )
    own.headers(PLAIN)
    time[0] = 499
    assert own.headers(PLAIN)["Authorization"] == "Bearer t1"


def test_refused_token_is_replaced() -> None:
    own = login(OAUTH, Endpoint())
    own.headers(PLAIN)
    assert own.renew()
    assert own.headers(PLAIN)["Authorization"] == "Bearer t2"


@pytest.mark.parametrize(
    ("endpoint", "error"),
    [
        (Endpoint(401), RegistryAccessError),
        (Endpoint(503), RegistryUnavailableError),
        (Endpoint(200, b"<html>"), RegistryAccessError),
        (Endpoint(200, b"[]"), RegistryAccessError),
    ],
)
def test_refusal_of_a_token_names_the_endpoint(endpoint, error: type) -> None:
    with pytest.raises(error, match="The token endpoint http://idp/token") as caught:
        login(OAUTH, endpoint).headers(PLAIN)
    assert "s3cret" not in caught.value.message


def test_endpoint_that_is_away_may_come_back() -> None:
    def away(*_args):
        raise OSError("refused")

    with pytest.raises(RegistryUnavailableError, match="does not answer: refused"):
        login(OAUTH, away).headers(PLAIN)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"basic.auth.credentials.source": "USER_INFO"}, "must be name:password"),
        ({"basic.auth.credentials.source": "SASL_INHERIT"}, "must have a login module"),
        ({"bearer.auth.credentials.source": "STATIC_TOKEN"}, r'"bearer\.auth\.token"'),
        ({"bearer.auth.credentials.source": "OAUTHBEARER"}, r"issuer\.endpoint\.url"),
        (OAUTH | {"bearer.auth.client.secret": ""}, r"client\.secret"),
        (OAUTH | {"bearer.auth.logical.cluster": "ä"}, "Invalid value ä"),
        (
            {"bearer.auth.credentials.source": "STATIC_TOKEN", "bearer.auth.token": "a\nb"},
            "such as a line break",
        ),
        (OAUTH | {"basic.auth.credentials.source": "URL"}, "Only one of"),
    ],
)
def test_incomplete_settings_are_told(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        login(settings)
