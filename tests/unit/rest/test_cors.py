# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.rest.cors import Cors
from tests.unit.rest.echo import Echo, ask

ORIGIN = "access-control-allow-origin"


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("*", "https://a.example"),
        ("https://a.example", "https://a.example"),
        ("https://x.example, https://*.example", "https://b.example"),
    ],
)
async def test_allowed_origins_are_told_so(allowed: str, origin: str):
    answer = await ask(Cors(Echo(), allowed, ""), origin=origin)
    assert (answer.headers[ORIGIN], answer.headers["vary"]) == (origin, "Origin")
    assert "access-control-allow-methods" not in answer.headers


@pytest.mark.parametrize("origin", ["https://b.example", "https://a.example.evil"])
async def test_other_origins_are_not(origin: str):
    assert ORIGIN not in (await ask(Cors(Echo(), "https://a.example", ""), origin=origin)).headers


async def test_requests_without_an_origin_are_left_alone():
    assert ORIGIN not in (await ask(Cors(Echo(), "*", ""))).headers


@pytest.mark.parametrize(("methods", "answered"), [("", "GET,POST,HEAD"), ("GET, PUT", "GET,PUT")])
async def test_a_preflight_request_hears_what_is_allowed(methods: str, answered: str):
    echo = Echo()
    answer = await ask(
        Cors(echo, "*", methods),
        "OPTIONS",
        origin="https://a.example",
        access_control_request_method="PUT",
        access_control_request_headers="x-mine",
    )
    assert answer.headers["access-control-allow-methods"] == answered
    assert answer.headers["access-control-allow-headers"] == "x-mine"
    assert echo.scope is not None, "the resource sees it as well"
