# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import httpx
import pytest

from barnabas.errors import BadRequestError, ConnectError, ForbiddenError, UnavailableError
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


@pytest.mark.parametrize(
    ("error", "status", "is_suspicious"),
    [
        (BadRequestError("Internal request missing required signature"), 400, False),
        (ForbiddenError("Internal request contained invalid signature."), 403, True),
        (UnavailableError("This worker is still starting up"), 503, False),
    ],
)
async def test_what_is_refused_is_in_the_log_with_its_sender(
    rest: httpx.AsyncClient,
    herder: FakeHerder,
    caplog: pytest.LogCaptureFixture,
    error: ConnectError,
    status: int,
    is_suspicious: bool,
):
    herder.error = error
    answer = await rest.post("/connectors/c/tasks", json=[], headers=SIGNED)
    assert (answer.status_code, answer.json()["message"]) == (status, error.message)
    answer = await rest.put("/connectors/c/fence", headers=SIGNED)
    assert (answer.status_code, answer.json()["message"]) == (status, error.message)
    told = [text for text in caplog.messages if text.startswith("Refused ")]
    assert [text.partition(" from ")[0] for text in told] == [
        "Refused POST /connectors/c/tasks",
        "Refused PUT /connectors/c/fence",
    ]
    assert all(error.message in text for text in told)
    assert all(("another session key" in text) is is_suspicious for text in told)
