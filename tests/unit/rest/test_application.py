# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barnabas.errors import ConnectError
from barnabas.rest.application import make_application
from barnabas.rest.context import RestContext
from barnabas.rest.uri_rules import UriRules
from tests.unit.rest.stand_ins import Answer, FakeHerder, ask, refused, scope_of, serving
from tests.unit.rest.stand_ins import client as client_of


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nope"),
        ("POST", "/nope"),
        ("GET", "/connectors/a/b"),
        ("OPTIONS", "/nope"),
        ("GET", "/admin"),
    ],
)
async def test_unknown_addresses_are_not_found(client, method: str, path: str):
    answer = await client.request(method, path)
    assert answer.json() == {"error_code": 404, "message": "HTTP 404 Not Found"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/connectors"),
        ("TRACE", "/connectors"),
        ("POST", "/"),
        ("GET", "/connectors/c/pause"),
    ],
)
async def test_other_methods_are_not_allowed(client, method: str, path: str):
    answer = await client.request(method, path)
    assert answer.json() == {"error_code": 405, "message": "HTTP 405 Method Not Allowed"}


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/connectors", "GET, HEAD, OPTIONS, POST"),
        ("/connectors/c/config", "GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/connectors/c/stop", "OPTIONS, PUT"),
        ("/admin/loggers", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_tells_the_methods(client, path: str, allow: str):
    answer = await client.options(path)
    assert (answer.status_code, answer.text, answer.headers["allow"]) == (200, allow, allow)
    assert answer.headers["content-type"].startswith("text/plain")


async def test_the_api_is_described(client):
    answer = await client.get("/openapi.json")
    assert answer.headers["content-type"].startswith("application/json")
    paths = answer.json()["paths"]
    assert {"get", "post"} <= paths["/connectors"].keys()
    assert "/connectors/{name}/fence" not in paths
    create = paths["/connectors"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert create["required"] == ["name", "config"]
    restart = paths["/connectors/{name}/restart"]["post"]["parameters"]
    assert {"includeTasks", "onlyFailed"} <= {parameter["name"] for parameter in restart}


async def test_admin_can_be_served_apart(bench):
    for options, served, absent in (
        ({"admin": False}, "/connectors", "/admin/loggers"),
        ({"resources": False}, "/admin/loggers", "/connectors"),
    ):
        app = make_application(RestContext(bench.herder), **options)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://w") as client:
            assert (await client.get(served)).status_code == 200
            assert (await client.get(absent)).status_code == 404


# -- what all resources have in common ----------------------------------------------------------

RESOURCES = {
    "/": "GET",
    "/health": "GET",
    "/connectors": "GET POST",
    "/connectors/{name}": "GET DELETE",
    "/connectors/{name}/config": "GET PUT PATCH",
    "/connectors/{name}/status": "GET",
    "/connectors/{name}/tasks": "GET",
    "/connectors/{name}/tasks/{task}/status": "GET",
    "/connectors/{name}/tasks/{task}/restart": "POST",
    "/connectors/{name}/restart": "POST",
    "/connectors/{name}/pause": "PUT",
    "/connectors/{name}/resume": "PUT",
    "/connectors/{name}/stop": "PUT",
    "/connectors/{name}/topics": "GET",
    "/connectors/{name}/topics/reset": "PUT",
    "/connectors/{name}/offsets": "GET PATCH DELETE",
    "/connector-plugins": "GET",
    "/connector-plugins/{plugin}/config": "GET",
    "/connector-plugins/{plugin}/config/validate": "PUT",
    "/admin/loggers": "GET",
    "/admin/loggers/{logger}": "GET PUT",
    "/metrics": "GET",
}
"""All there is for users, by address."""

SUCCESSES = {
    ("POST", "/connectors"): {"201"},
    ("DELETE", "/connectors/{name}"): {"204"},
    ("PUT", "/connectors/{name}/config"): {"200", "201"},
    ("POST", "/connectors/{name}/tasks/{task}/restart"): {"204"},
    ("POST", "/connectors/{name}/restart"): {"202", "204"},
    ("PUT", "/connectors/{name}/pause"): {"202"},
    ("PUT", "/connectors/{name}/resume"): {"202"},
    ("PUT", "/connectors/{name}/stop"): {"204"},
    ("PUT", "/connectors/{name}/topics/reset"): {"202"},
    ("PUT", "/admin/loggers/{logger}"): {"200", "204"},
}
"""Status codes other than 200 alone."""


def address(path: str) -> str:
    """An address of a resource that is there."""
    values = {"name": "c", "task": "0", "plugin": "Clock", "logger": "root"}
    return path.format_map(values)


READABLE = [address(path) for path, methods in RESOURCES.items() if "GET" in methods]


@pytest.mark.parametrize("path", READABLE)
async def test_what_can_be_read_has_a_head(herder: FakeHerder, path: str):
    async with client_of(UriRules(make_application(RestContext(herder)))) as rest:
        read, head = await rest.get(path), await rest.head(path)
    assert (read.status_code, head.status_code) == (200, 200)
    assert head.content == b""
    assert head.headers == read.headers


@pytest.mark.parametrize("path", READABLE[1:])
async def test_a_slash_at_the_end_changes_nothing(rest: httpx.AsyncClient, path: str):
    without, slashed = await rest.get(path), await rest.get(f"{path}/")
    assert slashed.status_code == 200
    assert slashed.content == without.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for path, methods in RESOURCES.items()
        for method in methods.split()
        if method in ("PUT", "PATCH", "POST")
        and re.search(r"(connectors|config|validate|offsets|\{logger\})$", path)
    ],
)
@pytest.mark.parametrize("body", [b"", b"null", b"{", b"[]", b'"x"', b"\xff"])
async def test_a_body_that_cannot_be_bound_is_the_fault_of_the_client(
    rest: httpx.AsyncClient, herder: FakeHerder, method: str, path: str, body: bytes
):
    content_type = {"content-type": "application/json"}
    answer = await rest.request(method, address(path), content=body, headers=content_type)
    status, message = refused(answer)
    assert status == 400
    assert message
    assert herder.asked == []


async def test_an_operation_that_takes_too_long_is_answered(herder: FakeHerder):
    herder.busy = True
    herder.doing = "The worker is currently stopping connector c, which began at T."
    async with serving(herder, request_timeout_s=0.01) as rest:
        answer = await rest.put("/connectors/c/pause")
        herder.finished.set()
    assert refused(answer) == (500, f"Request timed out. {herder.doing}")


async def test_an_error_of_the_herder_keeps_its_text(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.error = ConnectError("Failed to start connector: c")
    answer = await rest.post("/connectors/c/restart")
    assert refused(answer) == (500, "Failed to start connector: c")
    assert answer.headers["content-type"] == "application/json"


# -- the description ----------------------------------------------------------------------------


@pytest.fixture
async def description(rest: httpx.AsyncClient) -> dict[str, Any]:
    answer = await rest.get("/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()
    return described


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def test_the_description_has_all_resources_and_no_other(description: dict[str, Any]):
    assert description["openapi"].startswith("3.1")
    described: dict[str, set[str]] = {}
    for path, method, _ in operations(description):
        described.setdefault(path, set()).add(method)
    assert described == {path: set(methods.split()) for path, methods in RESOURCES.items()}


def test_each_operation_says_what_it_takes_and_gives(description: dict[str, Any]):
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(description):
        in_path = [p for p in operation.get("parameters", []) if p["in"] == "path"]
        assert {p["name"] for p in in_path} == set(re.findall(r"\{(\w+)\}", path)), (path, method)
        assert all(p["required"] for p in in_path)
        codes = set(operation["responses"])
        assert {"400", "404", "500"} < codes, (path, method)
        successes = {code for code in codes if code.startswith("2")}
        assert successes == SUCCESSES.get((method, path), {"200"}), (path, method)
        if method in ("POST", "PUT", "PATCH") and "requestBody" in operation:
            assert list(operation["requestBody"]["content"]) == ["application/json"]


def test_each_reference_of_the_description_leads_somewhere(description: dict[str, Any]):
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(description)))
    assert references
    for reference in references:
        found: Any = description
        for part in reference.split("/"):
            found = found[part]


# -- anything at all ----------------------------------------------------------------------------

SEGMENTS = st.one_of(
    st.sampled_from([b"c", b"0", b"-1", b"config", b"status", b"root", b"..", b"%C3%A9", b"%ff"]),
    st.binary(max_size=6).map(lambda raw: raw.replace(b"?", b"").replace(b"/", b"")),
)
ADDRESSES = st.one_of(
    st.sampled_from([*RESOURCES, "/connectors/{name}/tasks", "/connectors/{name}/fence"]).flatmap(
        lambda path: st.tuples(
            *(
                SEGMENTS if part.startswith("{") else st.just(part.encode())
                for part in path.split("/")
            )
        ).map(b"/".join)
    ),
    st.lists(SEGMENTS, max_size=5).map(lambda parts: b"/" + b"/".join(parts)),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["name", "config", "initial_state", "offsets", "partition", "offset", "level", "x"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
BODIES = st.one_of(st.binary(max_size=20), VALUES.map(lambda value: json.dumps(value).encode()))
MEDIA_TYPES = st.one_of(
    st.just(b"application/json"), st.binary(max_size=8), st.sampled_from([b"*/*", b"text/plain"])
)
HEADERS = st.lists(
    st.tuples(st.sampled_from([b"accept", b"content-type", b"host", b"cookie"]), MEDIA_TYPES),
    max_size=3,
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
QUERIES = st.one_of(
    st.just(b""),
    st.sampled_from(
        [b"?expand=%ff&expand", b"?includeTasks=true", b"?forward=false", b"?scope=cluster&x=%"]
    ),
    st.binary(max_size=8).map(lambda raw: b"?" + raw),
)


@pytest.fixture(scope="module")
def ask_anything() -> Iterator[Any]:
    """Puts a request to an application that is made once, with a new herder's answers."""
    herder = FakeHerder()
    herder.configs["c"] = {"name": "c"}
    app = UriRules(make_application(RestContext(herder)))
    with asyncio.Runner() as runner:

        def put(*scope: Any, body: bytes) -> Answer:
            return runner.run(ask(app, scope_of(*scope), body))

        yield put


@given(ADDRESSES, QUERIES, METHODS, HEADERS, BODIES)
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_answered_and_never_a_fault_of_the_worker(
    ask_anything, path: bytes, query: bytes, method: str, headers, body: bytes
):
    answer = ask_anything(path + query, method, headers, body=body)
    assert answer.status < 500
    if answer.status >= 400:
        told = json.loads(answer.body)
        assert told["error_code"] == answer.status
        assert told["message"]
