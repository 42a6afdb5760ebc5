# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import httpx
import pytest
from litestar.exceptions import NotFoundException

from barnabas.rest import request
from barnabas.rest.application import make_application
from barnabas.rest.context import RestContext
from tests.unit.rest.stand_ins import FakeHerder, ask, scope_of
from tests.unit.runtime.herder.doubles import config


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/*", "application/json", "text/html, application/json;q=0.5", "*", ""],
)
async def test_clients_that_take_json_are_served(client, accept: str):
    answer = await client.get("/connectors", headers={"accept": accept})
    assert answer.status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "text/plain, text/*", "application/json;q=0"])
async def test_clients_that_do_not_are_told_406(client, accept: str):
    answer = await client.get("/connectors", headers={"accept": accept})
    assert answer.json() == {"error_code": 406, "message": "HTTP 406 Not Acceptable"}


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_taken(client, content_type: str):
    answer = await client.put(
        "/connectors/c/config", content=b"{}", headers={"content-type": content_type}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x+json"])
async def test_other_bodies_are_told_415(client, content_type: str):
    answer = await client.put(
        "/connectors/c/config", content=b"{}", headers={"content-type": content_type}
    )
    assert answer.json() == {"error_code": 415, "message": "HTTP 415 Unsupported Media Type"}


@pytest.mark.parametrize("header", ["accept", "content-type"])
async def test_options_takes_any_media_type(rest: httpx.AsyncClient, header: str):
    answer = await rest.options("/connectors", headers={header: "text/html"})
    assert answer.status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/connectors", 415), ("/", 200), ("/health", 200)])
async def test_a_type_counts_without_a_body(client, path: str, status: int):
    answer = await client.get(path, headers={"content-type": "text/plain"})
    assert answer.status_code == status


async def test_a_body_needs_a_type(client):
    answer = await client.post("/connectors", content=b"{}")
    assert answer.status_code == 415


async def test_a_request_without_body_needs_none(client, bench):
    await bench.create()
    assert (await client.put("/connectors/c/pause")).status_code == 202


async def test_a_body_without_an_end_is_no_fault_of_the_worker(herder: FakeHerder, caplog):
    scope = scope_of(b"/connectors", "POST", [(b"content-type", b"application/json")])
    answer = await ask(make_application(RestContext(herder)), scope, b'{"na', ends=False)
    assert answer.status == 400
    assert (herder.asked, caplog.records) == ([], [])


async def test_a_body_too_large_is_told_413(client):
    body = b'{"a":"' + b"x" * (33 * 1024 * 1024) + b'"}'
    answer = await client.put(
        "/connectors/c/config", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["error_code"] == 413


async def test_a_large_body_is_taken(client, bench):
    answer = await client.put("/connectors/c/config", json=config(junk="x" * 5_000_000))
    assert answer.status_code == 201
    await bench.settle()


@pytest.mark.parametrize(
    ("values", "default", "expected"),
    [
        ([], False, False),
        ([], True, True),
        (["true"], False, True),
        (["TRUE"], False, True),
        (["1"], True, False),
        ([""], True, False),
        (["yes", "true"], False, False),
    ],
)
def test_flags_are_read_as_java_reads_them(values, default: bool, expected: bool):
    assert request.truth(values, default=default) is expected


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("-1", -1), ("+7", 7), ("2147483647", 2**31 - 1)]
)
def test_numbers_of_tasks_have_32_bits(text: str, number: int):
    assert request.task_number(text) == number


@pytest.mark.parametrize("text", ["abc", "", "1.0", "2147483648", "99999999999", "1_0", "٣"])
def test_other_numbers_are_no_address(text: str):
    with pytest.raises(NotFoundException):
        request.task_number(text)
