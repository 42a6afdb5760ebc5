# SPDX-License-Identifier: Apache-2.0
"""Connections to brokers: real ones, guarded ones, and what only looks like one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.protocol.metadata import MetadataRequest

from barnabas.errors import ProtocolError
from barnabas.kafka import layering
from barnabas.kafka.broker_connection import Address, Doorman, LoginRefusedError, UnreachableError
from barnabas.kafka.connection_security import ConnectionSecurity, connection_security
from barnabas.kafka.group_coordinator import CoordinatorSettings, GroupCoordinator
from barnabas.kafka.group_errors import CoordinatorLostError
from tests.services.kafka import KafkaCluster
from tests.services.ports import free_port
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

PACKAGE = "org.apache.kafka.common.security"
PLAIN = f"{PACKAGE}.plain.PlainLoginModule"
SCRAM = f"{PACKAGE}.scram.ScramLoginModule"
OAUTH = f"{PACKAGE}.oauthbearer.OAuthBearerLoginModule"
SERVER, CLIENT = Identity("server"), Identity("client")
USER, SECRET = "a=n,n", "p;w"
WAIT_S = 20.0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    folder = tmp_path_factory.mktemp("guarded")
    trusted = folder / "clients.pem"
    trusted.write_text(CLIENT.certificate_pem)
    tls = {
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.location": str(write_key_store(folder / "s.p12", SERVER, [])),
        "ssl.keystore.password": PASSWORD,
        "ssl.key.password": PASSWORD,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(trusted),
        "ssl.client.auth": "required",
    }
    scram = "listener.name.scram."
    oauth = "listener.name.oauth."
    settings = {
        **{f"listener.name.secured.{name}": value for name, value in tls.items()},
        "listener.name.secured.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.secured.plain.sasl.jaas.config": f'{PLAIN} required user_ann="{SECRET}";',
        f"{scram}sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
        f"{scram}scram-sha-256.sasl.jaas.config": f"{SCRAM} required;",
        f"{scram}scram-sha-512.sasl.jaas.config": f"{SCRAM} required;",
        f"{scram}connections.max.reauth.ms": "2000",
        f"{oauth}sasl.enabled.mechanisms": "OAUTHBEARER",
        f"{oauth}oauthbearer.sasl.jaas.config": (
            f'{OAUTH} required unsecuredLoginStringClaim_sub="broker";'
        ),
    }
    listeners = {"SECURED": "SASL_SSL", "SCRAM": "SASL_PLAINTEXT", "OAUTH": "SASL_PLAINTEXT"}
    cluster = KafkaCluster(folder, settings=settings, listeners=listeners)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def security(given: dict[str, str]) -> ConnectionSecurity:
    return connection_security(layering.admin({"bootstrap.servers": "x:1", **given}, "a"))


def of(addresses: str) -> Address:
    host, _, port = addresses.partition(",")[0].rpartition(":")
    return Address(host, int(port))


async def count_brokers(door: Doorman, address: Address) -> int:
    connection = await door.open(address, WAIT_S)
    try:
        answer = await connection.ask(MetadataRequest(topics=[]), WAIT_S)
        return len(answer.brokers)
    finally:
        connection.close()


def ask(given: dict[str, str], addresses: str) -> int:
    return asyncio.run(count_brokers(Doorman(security(given), "me"), of(addresses)))


def plain_over_tls(folder: Path, password: str = SECRET) -> dict[str, str]:
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{PLAIN} required username="ann" password="{password}";',
        "ssl.truststore.location": str(write_trust_store(folder / "t.p12", [SERVER])),
        "ssl.truststore.password": PASSWORD,
        "ssl.keystore.location": str(write_key_store(folder / "k.p12", CLIENT, [])),
        "ssl.keystore.password": PASSWORD,
    }


def scram(mechanism: str, password: str = SECRET) -> dict[str, str]:
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": f'{SCRAM} required username="{USER}" password="{password}";',
    }


@pytest.fixture(scope="module")
def scram_user(guarded: KafkaCluster) -> str:
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
        credential = ScramCredentialInfo(mechanism, 4096)
        change = UserScramCredentialUpsertion(USER, credential, SECRET.encode())
        for future in guarded.admin.alter_user_scram_credentials([change]).values():
            future.result(WAIT_S)
    return guarded.addresses("SCRAM")


# -- real brokers ----------------------------------------------------------------------------------


def test_a_broker_answers(kafka: KafkaCluster) -> None:
    assert ask({}, kafka.bootstrap_servers) == 1


def test_a_connection_can_be_asked_again_and_again(kafka: KafkaCluster) -> None:
    async def act() -> None:
        door = Doorman(ConnectionSecurity(), "me")
        connection = await door.open(of(kafka.bootstrap_servers), WAIT_S)
        for _ in range(3):
            assert (await connection.ask(MetadataRequest(topics=[]), WAIT_S)).brokers
        assert connection.is_usable
        connection.close()
        assert not connection.is_usable
        with pytest.raises(UnreachableError, match="is closed"):
            await connection.ask(MetadataRequest(topics=[]), WAIT_S)

    asyncio.run(act())


def test_a_login_over_tls_opens_the_door(guarded: KafkaCluster, tmp_path: Path) -> None:
    assert ask(plain_over_tls(tmp_path), guarded.addresses("SECURED")) == 1


def test_a_group_behind_that_door_can_be_joined(
    guarded: KafkaCluster, tmp_path: Path, name: str
) -> None:
    given = {"bootstrap.servers": guarded.addresses("SECURED"), **plain_over_tls(tmp_path)}
    settings = CoordinatorSettings(
        group_id=name,
        protocol_type="connect",
        session_timeout_ms=10_000,
        rebalance_timeout_ms=20_000,
        heartbeat_timeout_ms=10_000,
        client=layering.admin(given, "me"),
        client_id="me",
    )

    async def act() -> None:
        member, deadline = GroupCoordinator(settings), time.monotonic() + WAIT_S
        while not member.is_member:
            assert time.monotonic() < deadline
            with contextlib.suppress(CoordinatorLostError):
                joined = await member.join(lambda: [("any", b"hello")], "a test")
        assert (await member.sync({joined.member_id: b"work"})).assignment == b"work"
        assert await member.heartbeat() is not None
        assert await member.leave("the test ends", WAIT_S)
        member.close()

    asyncio.run(act())


def test_a_wrong_password_is_refused_in_words(guarded: KafkaCluster, tmp_path: Path) -> None:
    with pytest.raises(LoginRefusedError, match=r"refused the login with PLAIN.*jaas") as caught:
        ask(plain_over_tls(tmp_path, "wrong"), guarded.addresses("SECURED"))
    assert "wrong" not in str(caught.value)


def test_an_untrusted_broker_is_refused_in_words(guarded: KafkaCluster, tmp_path: Path) -> None:
    other = write_trust_store(tmp_path / "other.p12", [CLIENT])
    given = {**plain_over_tls(tmp_path), "ssl.truststore.location": str(other)}
    with pytest.raises(LoginRefusedError, match=r"not trusted.*ssl\.truststore"):
        ask(given, guarded.addresses("SECURED"))


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_scram_logs_in_with_any_name(scram_user: str, mechanism: str) -> None:
    assert ask(scram(mechanism), scram_user) == 1


def test_a_wrong_scram_password_is_refused(scram_user: str) -> None:
    with pytest.raises(LoginRefusedError, match="SCRAM-SHA-512"):
        ask(scram("SCRAM-SHA-512", "wrong"), scram_user)


def test_a_mechanism_the_broker_lacks_is_named_with_those_it_has(scram_user: str) -> None:
    jaas = f'{PLAIN} required username="a" password="b";'
    given = {**scram("PLAIN"), "sasl.jaas.config": jaas}
    with pytest.raises(LoginRefusedError, match=r"PLAIN; it offers: .*SCRAM-SHA-512"):
        ask(given, scram_user)


def test_a_token_logs_in(guarded: KafkaCluster) -> None:
    given = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.jaas.config": f'{OAUTH} required unsecuredLoginStringClaim_sub="ann";',
    }
    assert ask(given, guarded.addresses("OAUTH")) == 1


def test_a_connection_whose_login_grows_old_is_not_used_any_more(scram_user: str) -> None:
    async def act() -> None:
        door = Doorman(security(scram("SCRAM-SHA-256")), "me")
        connection = await door.open(of(scram_user), WAIT_S)
        assert connection.is_usable
        assert 0 < connection.good_until_s - time.monotonic() < 2
        connection.close()

    asyncio.run(act())


# -- what is no broker, or no broker any more --------------------------


@contextlib.asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Address]:
    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        yield Address("127.0.0.1", port)


def test_nobody_there_is_told_with_the_address() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(UnreachableError, match=f"{address} cannot be reached: Conn.* refused"):
        ask({}, address)


def test_a_name_nobody_knows_is_told() -> None:
    with pytest.raises(UnreachableError, match=r"no\.such\.host\.invalid:9092 cannot be reached"):
        ask({}, "no.such.host.invalid:9092")


def test_silence_has_an_end() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    async def act() -> None:
        async with listening(say_nothing) as address:
            began = time.monotonic()
            with pytest.raises(UnreachableError, match=r"did not answer within 0\.3 s"):
                await Doorman(ConnectionSecurity(), "me").open(address, 0.3)
            assert time.monotonic() - began < 5
            await asyncio.sleep(0.05)  # the other side hears of the end

    asyncio.run(act())


def test_something_that_is_no_broker_is_told() -> None:
    async def say_http(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def act() -> None:
        async with listening(say_http) as address:
            with pytest.raises(ProtocolError, match="no Kafka broker"):
                await Doorman(ConnectionSecurity(), "me").open(address, WAIT_S)

    asyncio.run(act())


def test_plain_words_to_a_tls_listener_are_told(guarded: KafkaCluster) -> None:
    with pytest.raises((UnreachableError, ProtocolError)):
        ask({}, guarded.addresses("SECURED"))


def test_tls_to_a_plain_listener_is_told(kafka: KafkaCluster) -> None:
    with pytest.raises((UnreachableError, LoginRefusedError)):
        ask({"security.protocol": "SSL"}, kafka.bootstrap_servers)


def test_an_answer_that_is_not_waited_for_spoils_the_connection(kafka: KafkaCluster) -> None:
    async def act() -> None:
        door = Doorman(ConnectionSecurity(), "me")
        connection = await door.open(of(kafka.bootstrap_servers), WAIT_S)
        with pytest.raises(UnreachableError, match="did not answer a MetadataRequest"):
            await connection.ask(MetadataRequest(topics=[]), 0)
        assert not connection.is_usable

    asyncio.run(act())
