# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.rest.asgi import respond
from barnabas.rest.header_rules import HeaderRules
from tests.unit.rest.echo import Echo, ask


async def test_headers_are_set_and_added():
    rules = 'set X-One: new, add X-Two: 2, "add X-Three: a, b"'
    answer = await ask(HeaderRules(Echo([(b"x-one", b"old"), (b"x-two", b"1")]), rules))
    assert answer.headers.get_list("x-one") == ["new"]
    assert answer.headers.get_list("x-two") == ["1", "2"]
    assert answer.headers["x-three"] == "a, b"


async def test_dates_are_given_in_milliseconds():
    answer = await ask(HeaderRules(Echo(), "setDate Expires: 0"))
    assert answer.headers["expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize("rule", ["addDate X: tomorrow", "addDate X: 99999999999999999999"])
def test_a_date_that_is_none_is_refused(rule: str):
    with pytest.raises(ConfigError, match="takes milliseconds since 1970"):
        HeaderRules(Echo(), rule)


def test_a_malformed_rule_is_refused():
    with pytest.raises(ConfigError, match="is not of the form"):
        HeaderRules(Echo(), "remove X: 1")


@pytest.mark.parametrize(
    "rule", ["set X: €", "set X: a\nSet-Cookie: b", "set X: a\rb", "set X: a\x00", "add (X: 1"]
)
def test_what_http_cannot_carry_is_refused(rule: str):
    with pytest.raises(ConfigError, match="HTTP cannot carry the header"):
        HeaderRules(Echo(), rule)


async def test_a_value_may_be_empty_or_latin_1():
    answer = await ask(HeaderRules(Echo(), "set X-Empty:, SET X-Name: Müller"))
    assert answer.headers["x-empty"] == ""
    assert (b"x-name", "Müller".encode("latin-1")) in answer.headers.raw


async def test_errors_have_the_headers_as_well():
    async def refuses(scope, receive, send) -> None:
        await respond(send, 404, b"{}", [])

    answer = await ask(HeaderRules(refuses, "addDate X: 1000"))
    assert answer.status_code == 404
    assert answer.headers["x"] == "Thu, 01 Jan 1970 00:00:01 GMT"
