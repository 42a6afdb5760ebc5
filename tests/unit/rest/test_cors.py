# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.rest.cors import Cors
from tests.unit.rest.echo import Echo, ask

ORIGIN = "access-control-allow-origin"


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("*", "https://a.example"),
        ("https://a.example", "https://a.example"),
        (r"https://x.example, https://.*\.example", "https://b.example"),
        ("https://A.example", "https://a.EXAMPLE"),
    ],
)
async def test_allowed_origins_are_told_so(allowed: str, origin: str):
    answer = await ask(Cors(Echo(), allowed, ""), origin=origin)
    assert (answer.headers[ORIGIN], answer.headers["vary"]) == (origin, "Origin")
    assert "access-control-allow-methods" not in answer.headers


@pytest.mark.parametrize("origin", ["https://b.example", "https://a.example.evil"])
async def test_other_origins_are_not(origin: str):
    echo = Echo()
    answer = await ask(Cors(echo, "https://a.example", ""), origin=origin)
    assert ORIGIN not in answer.headers
    assert echo.scope is not None, "the browser, not the worker, withholds the answer"


async def test_requests_without_an_origin_are_left_alone():
    answer = await ask(Cors(Echo(), "*", ""))
    assert ORIGIN not in answer.headers
    assert answer.headers["vary"] == "Origin", "a cache must not give it to another origin"


@pytest.mark.parametrize("pattern", ["https://ok, *.example.com", "("])
def test_a_pattern_that_is_no_regular_expression_is_refused(pattern: str):
    with pytest.raises(ConfigError, match=r"access\.control\.allow\.origin.*no regular expression"):
        Cors(Echo(), pattern, "")


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
    assert answer.headers["access-control-allow-headers"] == "Content-Type"
    assert answer.headers["access-control-max-age"] == "60"
    assert answer.headers[ORIGIN] == "https://a.example"
    assert echo.scope is not None, "the resource sees it as well"


async def test_a_preflight_request_of_another_origin_hears_nothing():
    answer = await ask(
        Cors(Echo(), "https://a.example", ""),
        "OPTIONS",
        origin="https://evil.example",
        access_control_request_method="PUT",
    )
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("method", "headers"), [("OPTIONS", {}), ("GET", {"access_control_request_method": "PUT"})]
)
async def test_a_preflight_request_is_options_with_a_wanted_method(
    method: str, headers: dict[str, str]
):
    cors = Cors(Echo(), "*", "")
    answer = await ask(cors, method, origin="https://a.example", **headers)
    assert ORIGIN in answer.headers
    assert "access-control-allow-methods" not in answer.headers
