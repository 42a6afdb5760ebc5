# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import httpx
import pytest

from barnabas.errors import ConnectError
from tests.unit.rest.stand_ins import FakeHerder, refused, serving

HEALTHY = "Worker has completed startup and is ready to handle requests."
STARTING = "Worker is still starting up."
STUCK = "Worker was unable to handle this request and may be unable to handle other requests."


async def test_the_root_tells_version_commit_and_cluster(rest: httpx.AsyncClient):
    answer = await rest.get("/")
    assert answer.content == b'{"version":"4.1.0","commit":"abc","kafka_cluster_id":"cluster"}'
    assert answer.headers["content-type"] == "application/json"


async def test_the_root_needs_no_json_body(rest: httpx.AsyncClient):
    answer = await rest.get("/", headers={"content-type": "text/plain"})
    assert answer.status_code == 200


async def test_a_herder_that_takes_its_turn_is_healthy(rest: httpx.AsyncClient, herder: FakeHerder):
    answer = await rest.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "healthy", "message": HEALTHY}
    assert herder.asked == [("health",)]


@pytest.mark.parametrize(
    ("doing", "message"), [(None, STARTING), ("It is reading.", f"{STARTING} It is reading.")]
)
async def test_a_worker_that_starts_says_how_far_it_is(doing: str | None, message: str):
    herder = FakeHerder()
    herder.ready, herder.doing = False, doing
    async with serving(herder) as rest:
        answer = await rest.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "starting", "message": message}


@pytest.mark.parametrize(
    ("doing", "message"), [(None, STUCK), ("It is writing.", f"{STUCK} It is writing.")]
)
async def test_a_stuck_herder_is_unhealthy(doing: str | None, message: str):
    herder = FakeHerder()
    herder.busy, herder.doing = True, doing
    async with serving(herder, health_timeout_s=0.01) as rest:
        answer = await rest.get("/health")
    assert answer.status_code == 500
    assert answer.json() == {"status": "unhealthy", "message": message}


async def test_a_health_check_that_fails_is_an_error(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.error = ConnectError("no thread")
    assert refused(await rest.get("/health")) == (500, "no thread")
