# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from barnabas.errors import (
    AlreadyExistsError,
    BadRequestError,
    ForbiddenError,
    NotFoundError,
)
from barnabas.runtime.model import RestartRequest, TargetState, TaskId
from tests.unit.rest.stand_ins import JSON, WORKER, FakeHerder, ask, refused, scope_of

CONFIG = {"name": "c", "connector.class": "Clock"}
INFO = {
    "name": "c",
    "config": CONFIG,
    "tasks": [{"connector": "c", "task": 0}],
    "type": "source",
}
TASK = {"id": 0, "state": "FAILED", "worker_id": WORKER, "trace": "Traceback"}
STATUS = {
    "name": "c",
    "connector": {"state": "RUNNING", "worker_id": WORKER, "version": "1"},
    "tasks": [TASK],
    "type": "source",
}


# -- reading ------------------------------------------------------------------------------------


async def test_connectors_are_listed_by_name(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.configs["d"] = {}
    answer = await rest.get("/connectors")
    assert (answer.status_code, answer.json()) == (200, ["c", "d"])
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "views"),
    [
        ("expand=status&expand=info", {"status": STATUS, "info": INFO}),
        ("expand=info", {"info": INFO}),
        ("expand=bogus", {}),
        ("expand=", {}),
        ("expand=bogus&expand=status", {"status": STATUS}),
    ],
)
async def test_the_list_can_be_expanded(rest: httpx.AsyncClient, query: str, views: dict[str, Any]):
    assert (await rest.get(f"/connectors?{query}")).json() == {"c": views}


async def test_a_long_list_is_made_in_portions_between_which_others_have_their_turns(
    rest: httpx.AsyncClient, herder: FakeHerder, monkeypatch: pytest.MonkeyPatch
):
    described: list[str] = []
    info = herder.connector_info

    def counted(name: str) -> object:
        described.append(name)
        return info(name)

    monkeypatch.setattr(herder, "connector_info", counted)
    herder.configs |= {f"c{number}": {} for number in range(250)}
    asking = asyncio.create_task(rest.get("/connectors?expand=info"))
    most = 0
    while not asking.done():
        before = len(described)
        await asyncio.sleep(0)
        most = max(most, len(described) - before)
    assert most == 100
    assert list((await asking).json()) == list(herder.configs)


async def test_a_connector_without_status_is_left_out(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.configs["d"] = {}
    herder.without_status.add("d")
    answer = await rest.get("/connectors?expand=status&expand=info")
    assert list(answer.json()) == ["c"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", INFO),
        ("/config", CONFIG),
        ("/status", STATUS),
        ("/tasks", [{"id": {"connector": "c", "task": 0}, "config": {"task.class": "T"}}]),
        ("/tasks/0/status", TASK),
        ("/topics", {"c": {"topics": ["t"]}}),
    ],
)
async def test_a_connector_can_be_looked_at(rest: httpx.AsyncClient, path: str, body: Any):
    answer = await rest.get(f"/connectors/c{path}")
    assert (answer.status_code, answer.json()) == (200, body)


async def test_fields_come_in_the_order_of_java(rest: httpx.AsyncClient):
    info, status = await rest.get("/connectors/c"), await rest.get("/connectors/c/status")
    assert list(info.json()) == ["name", "config", "tasks", "type"]
    assert list(status.json()) == ["name", "connector", "tasks", "type"]
    assert list(status.json()["tasks"][0]) == ["id", "state", "worker_id", "trace"]


@pytest.mark.parametrize("path", ["", "/config", "/tasks"])
async def test_an_unknown_connector_is_not_found(rest: httpx.AsyncClient, path: str):
    answer = await rest.get(f"/connectors/none{path}")
    assert refused(answer) == (404, "Connector none not found")


async def test_a_missing_status_is_not_found(rest: httpx.AsyncClient):
    connector = await rest.get("/connectors/none/status")
    task = await rest.get("/connectors/c/tasks/7/status")
    assert refused(connector) == (404, "No status found for connector none")
    assert refused(task) == (404, "No status found for task c-7")


async def test_topics_of_an_unknown_connector_are_none(rest: httpx.AsyncClient):
    assert (await rest.get("/connectors/none/topics")).json() == {"none": {"topics": []}}


@pytest.mark.parametrize("task", ["x", "1.0", "0x1", "9999999999", "2147483648", "%C2%B2"])
async def test_a_task_that_is_no_number_is_not_found(
    rest: httpx.AsyncClient, herder: FakeHerder, task: str
):
    status = await rest.get(f"/connectors/c/tasks/{task}/status")
    restart = await rest.post(f"/connectors/c/tasks/{task}/restart")
    assert refused(status) == refused(restart) == (404, "HTTP 404 Not Found")
    assert herder.asked == []


async def test_the_resource_of_task_configs_is_gone(rest: httpx.AsyncClient):
    assert refused(await rest.get("/connectors/c/tasks-config")) == (404, "HTTP 404 Not Found")


# -- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["with space", "Größe", "日本", "a+b", "a&b", "a;b", "a?b", "a#b"])
async def test_a_name_is_one_decoded_segment(
    rest: httpx.AsyncClient, herder: FakeHerder, name: str
):
    herder.configs[name] = {"name": name}
    encoded = "".join(f"%{byte:02x}" for byte in name.encode())
    answer = await rest.get(f"/connectors/{encoded}")
    assert answer.json()["name"] == name


async def test_a_plus_sign_in_a_name_is_no_space(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.configs["a+b"] = {}
    assert (await rest.get("/connectors/a+b")).status_code == 200


# -- creating and changing -------------------------------------------------------------------------


async def test_a_connector_is_created(rest: httpx.AsyncClient, herder: FakeHerder):
    body = {"name": "new", "config": {"connector.class": "Drain"}}
    answer = await rest.post("/connectors", json=body)
    config = {"connector.class": "Drain", "name": "new"}
    assert answer.status_code == 201
    assert answer.json() == {"name": "new", "config": config, "tasks": [], "type": "sink"}
    assert answer.headers["location"] == "http://worker:8083/connectors/new"
    assert herder.asked == [("create", "new", config, None, False)]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("RUNNING", TargetState.STARTED),
        ("paused", TargetState.PAUSED),
        ("Stopped", TargetState.STOPPED),
        (None, None),
    ],
)
async def test_a_connector_can_be_created_in_a_state(
    rest: httpx.AsyncClient, herder: FakeHerder, text: str | None, state: TargetState | None
):
    await rest.post("/connectors", json={"name": "n", "config": {}, "initial_state": text})
    assert herder.asked == [("create", "n", {"name": "n"}, state, False)]


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("with space", "with%20space"),
        ("Größe", "Gr%C3%B6%C3%9Fe"),
        ("a/b", "a/b"),
        ("a+b@c:d", "a+b@c:d"),
        ("50%", "50%25"),
        ("what?", "what%3F"),
    ],
)
async def test_the_location_is_encoded(rest: httpx.AsyncClient, name: str, location: str):
    answer = await rest.post("/connectors", json={"name": name, "config": {}})
    assert answer.headers["location"] == f"http://worker:8083/connectors/{location}"


async def test_the_location_names_the_host_the_client_asked(rest: httpx.AsyncClient):
    body = {"name": "n", "config": {}}
    answer = await rest.post("/connectors", json=body, headers={"host": "proxy.example:80"})
    assert answer.headers["location"] == "http://proxy.example:80/connectors/n"


async def test_without_a_host_the_location_names_the_socket(rest: httpx.AsyncClient):
    scope = scope_of(b"/connectors", "POST", [(b"content-type", b"application/json")])
    answer = await ask(rest._transport.app, scope, b'{"name": "n", "config": {}}')  # type: ignore[attr-defined]
    assert answer.header(b"location") == [b"http://worker:8083/connectors/n"]


async def test_a_name_is_trimmed_when_it_is_posted(rest: httpx.AsyncClient, herder: FakeHerder):
    await rest.post("/connectors", json={"name": " n\t\n", "config": {"name": "n"}})
    assert herder.asked[0][1:3] == ("n", {"name": "n"})


async def test_only_what_java_trims_is_trimmed(rest: httpx.AsyncClient, herder: FakeHerder):
    await rest.post("/connectors", json={"name": "\x00\x1fn\u00a0\u2003 ", "config": {}})
    assert herder.asked[0][1] == "n\u00a0\u2003"


async def test_a_missing_name_is_left_to_validation(rest: httpx.AsyncClient, herder: FakeHerder):
    await rest.post("/connectors", json={"config": {}})
    assert herder.asked[0][1:3] == ("", {"name": ""})


async def test_a_name_in_the_configuration_must_be_that_of_the_connector(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    message = "Connector name configuration (other) doesn't match connector name in the URL (c)"
    config = {"name": "other"}
    posted = await rest.post("/connectors", json={"name": "c", "config": config})
    put = await rest.put("/connectors/c/config", json=config)
    assert refused(posted) == refused(put) == (400, message)
    assert herder.asked == []


async def test_a_name_that_is_taken_is_a_conflict(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.error = AlreadyExistsError("Connector c already exists")
    answer = await rest.post("/connectors", json={"name": "c", "config": {}})
    assert refused(answer) == (409, "Connector c already exists")


async def test_an_invalid_configuration_is_told_with_all_its_errors(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    herder.error = BadRequestError("Connector configuration is invalid …\nand\nmore")
    answer = await rest.put("/connectors/c/config", json={})
    assert refused(answer) == (400, "Connector configuration is invalid …\nand\nmore")


async def test_a_configuration_is_replaced(rest: httpx.AsyncClient, herder: FakeHerder):
    answer = await rest.put("/connectors/c/config", json={"a": 1})
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert answer.json()["config"] == {"a": "1", "name": "c"}
    assert herder.asked == [("create", "c", {"a": "1", "name": "c"}, None, True)]


async def test_a_configuration_of_an_unknown_connector_creates_it(rest: httpx.AsyncClient):
    answer = await rest.put("/connectors/a%20b/config", json={})
    assert answer.status_code == 201
    assert answer.headers["location"] == "http://worker:8083/connectors/a%20b"


async def test_a_patch_goes_to_the_herder_as_it_is(rest: httpx.AsyncClient, herder: FakeHerder):
    answer = await rest.patch("/connectors/c/config", json={"name": "x", "gone": None})
    assert (answer.status_code, answer.json()) == (200, INFO)
    assert herder.asked == [("patch", "c", {"name": "x", "gone": None})]


async def test_scalars_become_the_text_they_were_written_as(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    body = b'{"i": 1, "f": 1.50, "e": 1E5, "t": true, "n": null, "big": 123456789012345678901}'
    await rest.patch("/connectors/c/config", content=body, headers=JSON)
    assert herder.asked[0][2] == {
        "i": "1",
        "f": "1.50",
        "e": "1E5",
        "t": "true",
        "n": None,
        "big": "123456789012345678901",
    }


# -- states -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "asked"),
    [
        ("DELETE", "", 204, ("delete", "c")),
        ("PUT", "/pause", 202, ("pause", "c")),
        ("PUT", "/resume", 202, ("resume", "c")),
        ("PUT", "/stop", 204, ("stop", "c")),
        ("PUT", "/topics/reset", 202, ("reset topics", "c")),
        ("POST", "/restart", 204, ("restart", "c")),
        ("POST", "/tasks/0/restart", 204, ("restart task", TaskId("c", 0))),
        ("POST", "/tasks/-1/restart", 204, ("restart task", TaskId("c", -1))),
    ],
)
async def test_an_order_is_passed_on_and_answered_without_a_body(
    rest: httpx.AsyncClient,
    herder: FakeHerder,
    method: str,
    path: str,
    status: int,
    asked: tuple[Any, ...],
):
    answer = await rest.request(method, f"/connectors/c{path}")
    assert (answer.status_code, answer.content) == (status, b"")
    assert herder.asked == [asked]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", ""),
        ("PUT", "/pause"),
        ("PUT", "/resume"),
        ("PUT", "/stop"),
        ("PUT", "/topics/reset"),
        ("POST", "/restart"),
        ("POST", "/restart?onlyFailed=true"),
        ("POST", "/tasks/0/restart"),
        ("PATCH", "/config"),
    ],
)
async def test_an_order_the_herder_refuses_is_an_error(
    rest: httpx.AsyncClient, herder: FakeHerder, method: str, path: str
):
    herder.error = NotFoundError("Unknown connector c")
    content = b"{}" if method == "PATCH" else None
    answer = await rest.request(method, f"/connectors/c{path}", content=content, headers=JSON)
    assert refused(answer) == (404, "Unknown connector c")


@pytest.mark.parametrize(
    ("query", "only_failed", "include_tasks"),
    [
        ("includeTasks=true", False, True),
        ("onlyFailed=TRUE", True, False),
        ("includeTasks=True&onlyFailed=true", True, True),
        ("includeTasks=true&onlyFailed=banana", False, True),
    ],
)
async def test_a_restart_with_flags_is_answered_with_the_plan(
    rest: httpx.AsyncClient,
    herder: FakeHerder,
    query: str,
    only_failed: bool,
    include_tasks: bool,
):
    answer = await rest.post(f"/connectors/c/restart?{query}")
    assert (answer.status_code, answer.json()) == (202, STATUS)
    wanted = RestartRequest("c", only_failed=only_failed, include_tasks=include_tasks)
    assert herder.asked == [("restart all", wanted)]


@pytest.mark.parametrize("query", ["includeTasks=banana", "includeTasks=1", "onlyFailed=", "a=b"])
async def test_a_flag_that_is_not_true_is_false(
    rest: httpx.AsyncClient, herder: FakeHerder, query: str
):
    answer = await rest.post(f"/connectors/c/restart?{query}")
    assert answer.status_code == 204
    assert herder.asked == [("restart", "c")]


async def test_topics_that_are_not_tracked_are_forbidden(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    herder.error = ForbiddenError("Topic tracking is disabled.")
    assert refused(await rest.get("/connectors/c/topics")) == (403, "Topic tracking is disabled.")
