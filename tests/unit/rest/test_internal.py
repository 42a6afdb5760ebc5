# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

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
