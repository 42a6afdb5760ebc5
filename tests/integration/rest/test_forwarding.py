# SPDX-License-Identifier: Apache-2.0
"""A REST API of ours has a leader of Java answer, and passes on what it says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from barnabas.errors import NotLeaderError
from barnabas.rest.server import RestServer
from barnabas.runtime.herder.peers import PeerClient, connector_path
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.services.java_worker import JavaWorker
from tests.services.kafka import KafkaCluster
from tests.unit.rest.stand_ins import FakeHerder

STRINGS = "org.apache.kafka.connect.storage.StringConverter"
STATE_BEFORE_OFFSETS = "must be in the STOPPED state before their offsets can be modified"


class Follower(FakeHerder):
    """Knows that another worker leads, and nothing else."""

    def __init__(self, leader: str) -> None:
        super().__init__()
        self.error = NotLeaderError("another worker leads", f"{leader}/")


@contextlib.asynccontextmanager
async def follower_of(
    leader: JavaWorker, patience_s: float = 60
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a worker that has to forward all changes; gives a client of it."""
    peers = PeerClient()
    settings = {
        "bootstrap.servers": "nobody:9092",
        "key.converter": STRINGS,
        "value.converter": STRINGS,
        "offset.storage.file.filename": "/dev/null",
        "listeners": "http://127.0.0.1:0",
    }
    server = RestServer(StandaloneConfig(settings), {})
    server.open()
    await server.serve(Follower(leader.url), peers, peer_patience_s=patience_s)
    try:
        async with httpx.AsyncClient(base_url=server.urls[0], timeout=100) as client:
            yield client
    finally:
        await server.stop()
        await peers.close()


@pytest.fixture(scope="module")
def leader(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaWorker]:
    folder = tmp_path_factory.mktemp("java")
    with JavaWorker(folder, kafka.bootstrap_servers, folder.name) as worker:
        yield worker


@pytest.fixture
async def follower(leader: JavaWorker) -> AsyncIterator[httpx.AsyncClient]:
    async with follower_of(leader) as client:
        yield client


def source(folder: Path, topic: str, **more: str) -> dict[str, str]:
    (folder / "lines.txt").write_text("one\n")
    settings = {"connector.class": "FileStreamSource", "topic": topic}
    return {**settings, "file": str(folder / "lines.txt"), **more}


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert list(body) == ["error_code", "message"]
    return answer.status_code, body["message"]


async def test_the_life_of_a_connector(
    follower: httpx.AsyncClient, leader: JavaWorker, tmp_path: Path, name: str
) -> None:
    config = {**source(tmp_path, name), "name": name}
    path = f"/connectors/{name}"

    made = await follower.post("/connectors", json={"name": name, "config": config})
    assert (made.status_code, made.json()["config"]) == (201, config)
    assert made.headers["location"] == f"{follower.base_url}{path}".replace("//conn", "/conn")
    leader.wait_until_running(name)

    again = await follower.post("/connectors", json={"name": name, "config": config})
    assert refused(again) == (409, f"Connector {name} already exists")
    changed = await follower.put(f"{path}/config", json={**config, "tasks.max": 1})
    assert (changed.status_code, "location" in changed.headers) == (200, False)
    patched = await follower.patch(f"{path}/config", json={"tasks.max": None, "x": "ü"})
    assert (patched.status_code, patched.json()["config"]) == (200, {**config, "x": "ü"})
    leader.wait_until_running(name)

    assert (await follower.post(f"{path}/restart")).status_code == 204
    assert (await follower.post(f"{path}/tasks/0/restart")).status_code == 204
    planned = await follower.post(f"{path}/restart?includeTasks=true&onlyFailed=false")
    assert (planned.status_code, planned.json()["connector"]["state"]) == (202, "RESTARTING")
    leader.wait_until_running(name)

    early = await follower.delete(f"{path}/offsets")
    assert early.status_code == 400
    assert STATE_BEFORE_OFFSETS in refused(early)[1]
    assert (await follower.put(f"{path}/stop")).status_code == 204
    reset = await offsets_changed(follower, "DELETE", path)
    assert "reset successfully" in reset.json()["message"]
    offsets = [{"partition": {"filename": config["file"]}, "offset": {"position": 4}}]
    altered = await offsets_changed(follower, "PATCH", path, json={"offsets": offsets})
    assert "altered successfully" in altered.json()["message"]
    assert leader.request("GET", f"{path}/offsets").json() == {"offsets": offsets}

    gone = await follower.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert refused(await follower.delete(path))[0] == 404


async def offsets_changed(
    client: httpx.AsyncClient, method: str, path: str, **body: Any
) -> httpx.Response:
    """Change offsets, as soon as the tasks have stopped."""
    deadline = time.monotonic() + 30
    while True:
        answer = await client.request(method, f"{path}/offsets", **body)
        if answer.status_code == 200 or time.monotonic() > deadline:
            return answer
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("special", ["a b", "ü", "q?&=#", "semi:col+on"])
async def test_names_of_all_kinds(
    follower: httpx.AsyncClient, leader: JavaWorker, tmp_path: Path, name: str, special: str
) -> None:
    connector = f"{special} {name[-8:]}"
    path = connector_path(connector)

    answer = await follower.put(f"{path}/config", json=source(tmp_path, name[-8:]))

    assert (answer.status_code, answer.json()["name"]) == (201, connector)
    assert answer.json() == leader.request("GET", path).json() | {"tasks": []}
    assert (await follower.delete(path)).status_code == 204


async def test_a_wrong_configuration_is_told_as_the_leader_tells_it(
    follower: httpx.AsyncClient, leader: JavaWorker, name: str
) -> None:
    path, config = f"/connectors/{name}/config", {"connector.class": "FileStreamSink"}
    answer = await follower.put(path, json=config)
    there = leader.request("PUT", path, config)
    assert (answer.status_code, answer.content) == (400, there.content)


async def test_what_workers_ask_each_other_needs_a_proof_there_too(
    follower: httpx.AsyncClient, name: str
) -> None:
    for method, path, body in (("POST", "tasks", []), ("PUT", "fence", None)):
        answer = await follower.request(method, f"/connectors/{name}/{path}", json=body)
        assert refused(answer) == (400, "Internal request missing required signature")
        signed = {
            "X-Connect-Authorization": "AAAA",
            "X-Connect-Request-Signature-Algorithm": "HmacSHA256",
        }
        forged = await follower.request(
            method, f"/connectors/{name}/{path}", json=body, headers=signed
        )
        assert refused(forged) == (403, "Internal request contained invalid signature.")


async def test_a_request_waits_for_a_leader_that_is_only_starting(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    starting = JavaWorker(tmp_path / "java", kafka.bootstrap_servers, name)
    async with follower_of(starting) as client:
        with contextlib.ExitStack() as stack:
            path = f"/connectors/{name}/config"
            waiting = asyncio.create_task(client.put(path, json=source(tmp_path, name)))
            stack.callback(starting.kill)
            starting.launch()
            assert (await waiting).status_code == 201


async def test_a_leader_that_dies_with_a_request_may_have_carried_it_out(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    with JavaWorker(tmp_path / "java", kafka.bootstrap_servers, name) as leader:
        async with follower_of(leader) as client:
            leader.pause()
            asking = asyncio.create_task(client.delete(f"/connectors/{name}"))
            await asyncio.wait([asking], timeout=1)
            leader.kill()
            status, message = refused(await asking)
    assert status == 500
    assert f"The connection to the worker at {leader.url}/ broke" in message
    assert "may have been carried out" in message


async def test_a_leader_nobody_can_reach_is_named(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    absent = JavaWorker(tmp_path / "java", kafka.bootstrap_servers, name)
    async with follower_of(absent, patience_s=1) as client:
        status, message = refused(await client.delete(f"/connectors/{name}"))
    assert status == 500
    assert f"The worker that advertises {absent.url}/ cannot be reached from here" in message
    assert "rest.advertised.host.name" in message
