# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from barnabas.errors import (
    ConfigError,
    RegistryAccessError,
    RegistryAnswerError,
    RegistryUnavailableError,
)
from barnabas.registry.answers import Question
from barnabas.registry.connection import Connection, Request
from barnabas.registry.settings import SchemaRegistryConfig
from tests.integration.registry.scripted_registry import Asked, ScriptedRegistry, Told
from tests.services.ports import free_port
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

QUICK = {"retries.wait.ms": "1", "retries.max.wait.ms": "5"}
QUESTION = Question("list subjects", "s", 7)
SUBJECTS = Request(QUESTION, "GET", "/subjects")
FINE = Told(200, ["a"])


def connect(*urls: str, **settings: str) -> Connection:
    names = {name.replace("_", "."): value for name, value in settings.items()}
    return Connection(
        SchemaRegistryConfig({"schema.registry.url": ",".join(urls), **QUICK, **names})
    )


def in_turn(*answers: Told) -> Callable[[Asked], Told]:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def refused() -> str:
    return f"http://127.0.0.1:{free_port()}"


def error(status: int) -> Told:
    return Told(status, {"error_code": status * 100 + 1, "message": "because"})


def test_request_is_as_registries_want_it() -> None:
    with ScriptedRegistry(lambda _: Told(200, {"id": 1})) as registry:
        request = Request(QUESTION, "POST", "/subjects/a%2Fb", {"normalize": "true"}, {"x": "ä"})
        assert connect(registry.url).send(request) == {"id": 1}
    (asked,) = registry.asked
    assert (asked.method, asked.path, asked.body) == (
        "POST",
        "/subjects/a%2Fb?normalize=true",
        {"x": "ä"},
    )
    assert asked.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    assert asked.headers["accept"].startswith("application/vnd.schemaregistry.v1+json,")
    assert asked.headers["confluent-accept-unknown-properties"] == "true"


def test_headers_can_be_added() -> None:
    with ScriptedRegistry(lambda _: FINE) as registry:
        connect(registry.url, **{"request.header.X-Tenant": "me"}).send(SUBJECTS)
    assert registry.asked[0].headers["x-tenant"] == "me"


@pytest.mark.parametrize(("name", "value"), [("X-Tenant", "a\nb"), ("X-Tenant", "ä"), ("X Y", "a")])
def test_headers_that_cannot_be_sent_are_told(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"request.header.{name}: names and values"):
        connect("http://127.0.0.1:1", **{f"request.header.{name}": value})


def test_path_of_the_address_is_kept() -> None:
    with ScriptedRegistry(lambda _: FINE) as registry:
        connect(registry.url + "/apis/ccompat/v7/").send(SUBJECTS)
    assert registry.paths == ["GET /apis/ccompat/v7/subjects"]


def test_empty_answer_is_nothing() -> None:
    with ScriptedRegistry(lambda _: Told(200, b"")) as registry:
        assert connect(registry.url).send(SUBJECTS) is None


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_trouble_is_waited_out(status: int) -> None:
    with ScriptedRegistry(in_turn(error(status), error(status), FINE)) as registry:
        assert connect(registry.url).send(SUBJECTS) == ["a"]
    assert len(registry.asked) == 3


@pytest.mark.parametrize("status", [408, 429, 503])
def test_lasting_trouble_is_retriable_later(status: int) -> None:
    with (
        ScriptedRegistry(lambda _: error(status)) as registry,
        pytest.raises(RegistryUnavailableError, match="because") as caught,
    ):
        connect(registry.url, max_retries="2").send(SUBJECTS)
    assert len(registry.asked) == 3
    assert (caught.value.status, caught.value.error_code) == (status, status * 100 + 1)
    assert (caught.value.subject, caught.value.schema_id) == ("s", 7)


@pytest.mark.parametrize("status", [400, 404, 405, 409, 422, 501])
def test_answer_is_not_asked_for_again(status: int) -> None:
    with (
        ScriptedRegistry(lambda _: error(status)) as registry,
        pytest.raises(RegistryAnswerError, match="because") as caught,
    ):
        connect(registry.url).send(SUBJECTS)
    assert len(registry.asked) == 1
    assert caught.value.status == status


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_login_names_the_settings(status: int) -> None:
    with (
        ScriptedRegistry(lambda _: error(status)) as registry,
        pytest.raises(RegistryAccessError, match=r"basic\.auth\.user\.info"),
    ):
        connect(registry.url.replace("//", "//me:s3cret@")).send(SUBJECTS)
    assert len(registry.asked) == 1


def test_password_is_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    url = refused().replace("//", "//me:s3cret@")
    with caplog.at_level("DEBUG"), pytest.raises(RegistryUnavailableError) as caught:
        connect(url, max_retries="1").send(SUBJECTS)
    assert "s3cret" not in caught.value.message + caplog.text


def test_what_is_no_registry_is_told() -> None:
    with (
        ScriptedRegistry(lambda _: Told(200, b"<html>")) as registry,
        pytest.raises(RegistryAnswerError, match="it is no JSON"),
    ):
        connect(registry.url).send(SUBJECTS)


def test_redirect_is_not_followed() -> None:
    told = Told(302, b"", {"Location": "http://127.0.0.1:1/"})
    with (
        ScriptedRegistry(lambda _: told) as registry,
        pytest.raises(RegistryAnswerError, match="answered 302"),
    ):
        connect(registry.url).send(SUBJECTS)


def test_next_address_is_asked_at_once() -> None:
    with ScriptedRegistry(lambda _: FINE) as registry:
        connection = connect(refused(), registry.url, retries_wait_ms="60000")
        started = time.monotonic()
        assert connection.send(SUBJECTS) == ["a"]
        assert time.monotonic() - started < 5


def test_address_that_answered_is_asked_first() -> None:
    with (
        ScriptedRegistry(lambda _: error(503)) as ill,
        ScriptedRegistry(lambda _: FINE) as well,
    ):
        connection = connect(ill.url, well.url)
        for _ in range(3):
            connection.send(SUBJECTS)
    assert (len(ill.asked), len(well.asked)) == (1, 3)


@pytest.mark.parametrize(("randomize", "first"), [("false", 0), ("true", 1)])
def test_any_address_may_be_the_first(randomize: str, first: int) -> None:
    with (
        ScriptedRegistry(lambda _: Told(200, 0)) as zero,
        ScriptedRegistry(lambda _: Told(200, 1)) as one,
    ):
        own = {"schema.registry.url": f"{zero.url},{one.url}", "url.randomize": randomize}
        connection = Connection(SchemaRegistryConfig(own), dice=lambda: 0.9)
        assert connection.send(SUBJECTS) == first


def test_answer_of_one_address_is_not_doubted() -> None:
    with (
        ScriptedRegistry(lambda _: error(409)) as first,
        ScriptedRegistry(lambda _: FINE) as second,
        pytest.raises(RegistryAnswerError),
    ):
        connect(first.url, second.url).send(SUBJECTS)
    assert second.asked == []


def test_registry_that_is_away_is_told() -> None:
    with pytest.raises(RegistryUnavailableError, match="does not answer") as caught:
        connect(refused(), refused()).send(SUBJECTS)
    assert caught.value.status is None


def test_registry_that_was_away_is_asked_again() -> None:
    port = free_port()
    connection = connect(f"http://127.0.0.1:{port}", max_retries="0", retries_wait_ms="0")
    with pytest.raises(RegistryUnavailableError):
        connection.send(SUBJECTS)
    with ScriptedRegistry(lambda _: FINE, port=port):
        assert connection.send(SUBJECTS) == ["a"]


def test_registry_that_is_down_is_not_waited_for_each_time() -> None:
    time_s = [0.0]
    with ScriptedRegistry(lambda _: error(503)) as registry:
        settings = SchemaRegistryConfig({"schema.registry.url": registry.url, "max.retries": "2"})
        connection = Connection(settings, now=lambda: time_s[0], dice=lambda: 0.0)
        asked = []
        for time_s[0] in (0, 0.9, 1, 20.9, 42):
            with pytest.raises(RegistryUnavailableError):
                connection.send(SUBJECTS)
            asked.append(len(registry.asked))
    assert asked == [3, 3, 4, 5, 8]


def test_slow_answer_ends_in_time() -> None:
    with ScriptedRegistry(lambda _: Told(200, [], delay_s=1.0)) as registry:
        connection = connect(registry.url, http_read_timeout_ms="100", max_retries="1")
        started = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match=r"within http\.read\.timeout\.ms"):
            connection.send(SUBJECTS)
        assert time.monotonic() - started < 1
        assert len(registry.asked) == 2


def test_more_time_is_given_when_asked_for() -> None:
    busy = Told(429, {}, {"Retry-After": "1"})
    with ScriptedRegistry(in_turn(busy, FINE)) as registry:
        started = time.monotonic()
        connect(registry.url, retries_max_wait_ms="300").send(SUBJECTS)
        assert 0.3 <= time.monotonic() - started < 5


def test_closing_ends_a_wait() -> None:
    with ScriptedRegistry(lambda _: error(503)) as registry:
        connection = connect(
            registry.url, retries_wait_ms="60000", retries_max_wait_ms="60000", max_retries="9"
        )
        timer = threading.Timer(0.2, connection.close)
        timer.start()
        started = time.monotonic()
        with pytest.raises(RegistryUnavailableError):
            connection.send(SUBJECTS)
        assert time.monotonic() - started < 30
        timer.join()
        with pytest.raises(RegistryUnavailableError, match="the client is closed"):
            connection.send(SUBJECTS)
        connection.close()


def test_user_of_the_address_logs_in() -> None:
    with ScriptedRegistry(lambda _: FINE) as registry:
        connect(registry.url.replace("//", "//me:pw@")).send(SUBJECTS)
    assert registry.asked[0].headers["authorization"] == "Basic bWU6cHc="


def oauth(asked: Asked) -> Told:
    """Give tokens; the first is worth nothing."""
    if asked.path == "/token":
        assert asked.body == b"grant_type=client_credentials&scope=s"
        tokens.append(f"t{len(tokens) + 1}")
        return Told(200, {"access_token": tokens[-1], "expires_in": 3600})
    return FINE if asked.headers["authorization"] == "Bearer t2" else error(401)


tokens: list[str] = []


def test_token_is_fetched_and_replaced_when_refused() -> None:
    tokens.clear()
    with ScriptedRegistry(oauth) as registry:
        connection = connect(
            registry.url,
            bearer_auth_credentials_source="OAUTHBEARER",
            bearer_auth_issuer_endpoint_url=registry.url + "/token",
            bearer_auth_client_id="me",
            bearer_auth_client_secret="s3cret",
            bearer_auth_scope="s",
        )
        assert connection.send(SUBJECTS) == ["a"]
        assert connection.send(SUBJECTS) == ["a"]
    assert registry.paths == [
        "POST /token",
        "GET /subjects",
        "POST /token",
        "GET /subjects",
        "GET /subjects",
    ]


def test_proxy_is_on_the_way() -> None:
    with ScriptedRegistry(lambda _: FINE) as proxy:
        connection = connect(
            "http://registry.example:8081", proxy_host="127.0.0.1", proxy_port=str(proxy.port)
        )
        assert connection.send(SUBJECTS) == ["a"]
    assert proxy.paths == ["GET http://registry.example:8081/subjects"]


def test_proxy_needs_a_port() -> None:
    with pytest.raises(ConfigError, match=r"proxy\.port"):
        connect("http://127.0.0.1:1", proxy_host="127.0.0.1")


SERVER, CLIENT = Identity("server"), Identity("client")


def server_tls(folder: Path, *, wants_client: bool = False) -> ssl.SSLContext:
    pem = folder / "server.pem"
    pem.write_text(SERVER.key_pem + SERVER.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=CLIENT.certificate_pem)
    return context


def test_tls_is_spoken_with_both_sides_named(tmp_path: Path) -> None:
    trust = write_trust_store(tmp_path / "trust.p12", [SERVER])
    key = write_key_store(tmp_path / "key.p12", CLIENT, [])
    context = server_tls(tmp_path, wants_client=True)
    with ScriptedRegistry(lambda _: FINE, tls=context) as registry:
        connection = connect(
            registry.url,
            schema_registry_ssl_truststore_location=str(trust),
            schema_registry_ssl_truststore_password=PASSWORD,
            schema_registry_ssl_keystore_location=str(key),
            schema_registry_ssl_keystore_password=PASSWORD,
        )
        assert connection.send(SUBJECTS) == ["a"]


def test_unknown_certificate_names_the_setting(tmp_path: Path) -> None:
    with (
        ScriptedRegistry(lambda _: FINE, tls=server_tls(tmp_path)) as registry,
        pytest.raises(RegistryAccessError, match=r"registry\.ssl\.truststore\.location"),
    ):
        connect(registry.url, max_retries="9").send(SUBJECTS)
