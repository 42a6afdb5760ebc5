# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import httpx
import pytest

from barnabas.rest.application import make_application
from barnabas.rest.context import RestContext


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
