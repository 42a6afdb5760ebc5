# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import httpx

from tests.unit.rest.stand_ins import JSON, FakeHerder

SIGNED = {"X-Connect-Authorization": "x", "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}


async def test_requests_without_signature_are_refused(client):
    for answer in (
        await client.post("/connectors/c/tasks", json=[{"a": "b"}]),
        await client.put("/connectors/c/fence"),
    ):
        assert answer.status_code == 400
        assert "signature" in answer.json()["message"]


async def test_a_worker_alone_takes_no_tasks_from_others(client):
    answer = await client.post("/connectors/c/tasks", json=[{"a": None}], headers=SIGNED)
    assert answer.status_code == 500
    assert "standalone mode" in answer.json()["message"]


async def test_a_worker_alone_has_nothing_to_fence(client):
    assert (await client.put("/connectors/c/fence", headers=SIGNED)).status_code == 500


async def test_task_configs_reach_the_herder_with_what_proves_them(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    body = b'[ {"a": 1, "b": null}, {} ]'
    answer = await rest.post("/connectors/c/tasks", content=body, headers={**JSON, **SIGNED})
    assert (answer.status_code, answer.content) == (204, b"")
    assert herder.asked == [("task configs", "c", [{"a": "1"}, {}], body, "x")]


async def test_a_fence_reaches_the_herder_with_what_proves_it(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    answer = await rest.put("/connectors/c/fence", headers=SIGNED)
    assert (answer.status_code, answer.content) == (204, b"")
    assert herder.asked == [("fence", "c", "x")]


async def test_what_is_no_list_of_maps_does_not_reach_it(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    answer = await rest.post("/connectors/c/tasks", content=b"{}", headers={**JSON, **SIGNED})
    assert (answer.status_code, herder.asked) == (400, [])
