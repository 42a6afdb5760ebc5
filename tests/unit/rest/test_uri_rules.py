# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from barnabas.rest.uri_rules import UriRules
from tests.unit.rest.echo import Echo, ask, ask_raw


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (b"/connectors/a%2Fb", "separator"),
        (b"/connectors/a%2fb", "separator"),
        (b"/connectors//", "empty segment"),
        (b"//connectors", "empty segment"),
        (b"/connectors/100%25", "encoding"),
        (b"/connectors/100%zz", "encoding"),
        (b"/connectors/100%", "encoding"),
        (b"/connectors/%2e%2E", "segment"),
        (b"/connectors/.%2e/x", "segment"),
        (b"/connectors/a%5Cb", "Suspicious"),
        (b"/connectors/a%0Ab", "Suspicious"),
        (b"/connectors/a%7Fb", "Suspicious"),
    ],
)
async def test_odd_addresses_are_refused_with_a_reason(path: bytes, why: str):
    echo = Echo()
    status, body = await ask_raw(UriRules(echo), path)
    assert (status, echo.scope) == (400, None)
    assert why in json.loads(body)["message"]


@pytest.mark.parametrize(
    "path", [b"/connectors/a%20b", b"/connectors/a%2Bb", b"/connectors/a.%2Eb", b"/connectors/.."]
)
async def test_other_addresses_pass(path: bytes):
    assert (await ask_raw(UriRules(Echo()), path))[0] == 200


async def test_head_is_seen_as_get():
    echo = Echo()
    await ask(UriRules(echo), "HEAD", "/connectors")
    assert echo.scope is not None
    assert (echo.scope["method"], echo.scope["path"]) == ("GET", "/connectors")


async def test_what_follows_a_semicolon_is_no_part_of_a_segment():
    echo = Echo()
    await ask_raw(UriRules(echo), b"/connectors/a%20b;v=1/config;w")
    assert echo.scope is not None
    assert echo.scope["path"] == "/connectors/a b/config"
