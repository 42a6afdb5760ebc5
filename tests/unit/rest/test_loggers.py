# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest


async def test_a_level_is_set_and_read(client, name: str):
    path = f"/admin/loggers/{name}"
    assert (await client.get(path)).status_code == 404
    assert (await client.put(path, json={"level": "debug"})).json() == [name]
    assert (await client.get(path)).json() == {"level": "DEBUG", "last_modified": 7}
    assert (await client.get("/admin/loggers/")).json()[name]["level"] == "DEBUG"


@pytest.mark.parametrize("scope", ["cluster", "CLUSTER"])
async def test_for_the_cluster_the_answer_is_empty(client, name: str, scope: str):
    answer = await client.put(f"/admin/loggers/{name}?scope={scope}", json={"level": "ERROR"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_unknown_scope_is_the_worker(client, name: str, caplog):
    answer = await client.put(f"/admin/loggers/{name}?scope=bogus", json={"level": "ERROR"})
    assert answer.json() == [name]
    assert "'bogus'" in caplog.text


@pytest.mark.parametrize("body", [{}, {"level": None}, {"levels": "INFO"}])
async def test_a_missing_level_is_refused(client, body):
    answer = await client.put("/admin/loggers/x", json=body)
    assert answer.json() == {
        "error_code": 400,
        "message": "Desired 'level' parameter was not specified in request.",
    }


@pytest.mark.parametrize(("level", "shown"), [("LOUD", "LOUD"), (5, "5"), ("", "")])
async def test_a_level_that_is_none_is_not_found(client, level, shown: str):
    answer = await client.put("/admin/loggers/x", json={"level": level})
    assert (answer.status_code, answer.json()["message"]) == (404, f"invalid log level '{shown}'.")
