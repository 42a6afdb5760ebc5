# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from barnabas.errors import ConfigError, DeadlineError, NotLeaderError
from barnabas.rest import server as rest_server
from barnabas.rest.http_server import HttpServer
from barnabas.rest.server import RestServer
from barnabas.rest.tls import make_client_tls_context
from barnabas.runtime.herder.peers import PeerClient, PeerRequest
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.rest.certificates import Authority
from tests.unit.rest.stand_ins import FakeHerder
from tests.unit.runtime.herder.doubles import SETTINGS, Bench

ANY_PORT = "http://127.0.0.1:0"
AUTH = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"


def server(environ: dict[str, str] | None = None, **settings: str) -> RestServer:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return RestServer(StandaloneConfig({**SETTINGS, **named}), environ or {})


@contextlib.asynccontextmanager
async def serving(made: RestServer, bench: Bench) -> AsyncIterator[list[str]]:
    """Serve a herder; gives the addresses."""
    made.open()
    await made.serve(bench.herder)
    try:
        yield made.urls
    finally:
        await made.stop()


async def get(url: str, **options) -> httpx.Response:
    verify = options.pop("verify", True)
    async with httpx.AsyncClient(verify=verify) as client:
        return await client.get(url, **options)


async def test_it_answers_on_all_its_addresses(bench: Bench):
    async with serving(server(listeners=f"{ANY_PORT},{ANY_PORT}"), bench) as urls:
        assert len(set(urls)) == 2
        for url in urls:
            answer = await get(f"{url}/connectors")
            assert (answer.status_code, answer.json()) == (200, [])
            assert "server" not in answer.headers


async def test_a_web_server_that_never_begins_is_not_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    async def begin_nothing(self: HttpServer, sockets: object = None) -> None:
        self.should_exit = True

    monkeypatch.setattr(HttpServer, "startup", begin_nothing)
    monkeypatch.setattr(rest_server, "_START_S", 0.05)
    made = server(listeners=ANY_PORT)
    made.open()
    with pytest.raises(DeadlineError, match=f"did not begin to serve at {made.urls[0]}"):
        await made.serve(bench.herder)
    made.close()


async def test_nobody_listens_after_the_stop(bench: Bench):
    async with serving(server(listeners=ANY_PORT), bench) as urls:
        pass
    with pytest.raises(httpx.ConnectError):
        await get(urls[0])


async def test_the_worker_is_known_by_the_port_it_was_given():
    made = server(listeners=ANY_PORT)
    made.open()
    assert made.urls == [f"http://{made.worker_id}"]
    assert made.advertised_url == f"http://{made.worker_id}/"
    made.close()


async def test_a_port_in_use_leaves_nothing_open(bench: Bench):
    async with serving(server(listeners=ANY_PORT), bench) as urls:
        second = server(listeners=f"{ANY_PORT},{urls[0]}")
        with pytest.raises(ConfigError, match="another program listens there"):
            second.open()
        assert all(endpoint.socket.fileno() == -1 for endpoint in second._endpoints)


async def test_https(bench: Bench, tmp_path: Path):
    authority = Authority()
    signed = authority.sign("server")
    store = tmp_path / "server.pem"
    store.write_text(signed.key_pem() + signed.certificate_pem)
    made = server(
        listeners="https://127.0.0.1:0,http://127.0.0.1:0",
        listeners_https_ssl_keystore_location=str(store),
    )
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    async with serving(made, bench) as urls:
        answer = await get(f"{urls[0]}/connectors", verify=context)
        assert answer.status_code == 200
        assert made.worker_id == urls[1].removeprefix("http://")


async def test_admin_has_addresses_of_its_own(bench: Bench):
    made = server(listeners=ANY_PORT, admin_listeners=ANY_PORT)
    async with serving(made, bench) as (main, admin):
        assert (await get(f"{main}/admin/loggers")).status_code == 404
        assert (await get(f"{main}/connectors")).status_code == 200
        assert (await get(f"{admin}/admin/loggers")).status_code == 200
        assert (await get(f"{main}/metrics")).status_code == 404
        assert (await get(f"{admin}/metrics")).status_code == 200
        assert (await get(f"{admin}/connectors")).status_code == 404


async def test_admin_can_be_switched_off(bench: Bench):
    async with serving(server(listeners=ANY_PORT, admin_listeners=""), bench) as (main,):
        assert (await get(f"{main}/admin/loggers")).status_code == 404
        assert (await get(f"{main}/metrics")).status_code == 404


async def test_cors_and_headers_as_set(bench: Bench):
    made = server(
        listeners=ANY_PORT,
        access_control_allow_origin="https://ui.example",
        response_http_headers_config="add X-Mine: yes",
    )
    async with serving(made, bench) as (url,):
        answer = await get(f"{url}/connectors", headers={"origin": "https://ui.example"})
        assert answer.headers["access-control-allow-origin"] == "https://ui.example"
        assert answer.headers["x-mine"] == "yes"


async def test_logins_are_asked_for_with_the_extension(bench: Bench, tmp_path: Path):
    (tmp_path / "users").write_text("ann=secret")
    jaas = tmp_path / "jaas"
    module = AUTH.replace("BasicAuthSecurityRestExtension", "PropertyFileLoginModule")
    jaas.write_text(f'KafkaConnect {{ {module} required file="{tmp_path / "users"}"; }};')
    environ = {"KAFKA_OPTS": f"-Djava.security.auth.login.config={jaas}"}
    made = server(environ, listeners=ANY_PORT, rest_extension_classes=AUTH)
    async with serving(made, bench) as (url,):
        assert (await get(f"{url}/connectors")).status_code == 401
        assert (await get(f"{url}/connectors", auth=("ann", "secret"))).status_code == 200


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"rest_extension_classes": "com.example.Mine"}, "com.example.Mine, which is not known"),
        ({"rest_extension_classes": AUTH}, "needs a JAAS file"),
        ({"listeners": "https://127.0.0.1:0"}, "ssl.keystore.location is missing"),
        ({"listeners": "nonsense"}, "doesn't have the right format"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_open(settings: dict[str, str], why: str):
    with pytest.raises(ConfigError, match=why):
        server(**{"listeners": ANY_PORT, **settings}).open()


async def test_what_is_asked_of_another_worker_gets_there(bench: Bench):
    herder, peers = FakeHerder(), PeerClient()
    made, other = server(listeners=ANY_PORT), server(listeners=ANY_PORT)
    async with serving(other, bench) as (url,):
        herder.error = NotLeaderError("not me", f"{url}/")
        made.open()
        await made.serve(herder, peers)
        async with httpx.AsyncClient() as client:
            answer = await client.delete(f"{made.urls[0]}/connectors/none")
        await made.stop()
    await peers.close()
    assert (answer.status_code, answer.json()["message"]) == (404, "Connector none not found")


async def test_tls_for_other_workers_is_that_of_the_listener(bench: Bench, tmp_path: Path):
    authority = Authority()
    signed = authority.sign("server")
    stores = {
        "listeners.https.ssl.keystore.type": "PEM",
        "listeners.https.ssl.keystore.key": signed.key_pem(),
        "listeners.https.ssl.keystore.certificate.chain": signed.certificate_pem,
        "listeners.https.ssl.truststore.type": "PEM",
        "listeners.https.ssl.truststore.certificates": authority.certificate_pem,
    }
    made = server(listeners="https://127.0.0.1:0", **stores)
    peers = PeerClient(lambda: make_client_tls_context(stores))
    async with serving(made, bench) as (url,):
        answer = await peers.request(f"{url}/", PeerRequest("GET", "/connectors"), timeout_s=10)
    await peers.close()
    assert (answer.status, answer.body) == (200, b"[]")


def test_a_member_that_died_has_surely_left_when_patience_ends():
    group = {f"{kind}.storage.topic": kind for kind in ("config", "offset", "status")}
    settings = {**SETTINGS, **group, "group.id": "g", "session.timeout.ms": "20000"}
    assert rest_server._until_missed_s(DistributedConfig(settings)) == 25
