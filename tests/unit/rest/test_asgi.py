# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

from barnabas.rest import asgi
from tests.unit.rest.echo import Echo, ask


def test_an_error_has_code_and_message():
    assert json.loads(asgi.error_body(404, "gone")) == {"error_code": 404, "message": "gone"}


def test_the_first_of_equal_headers_counts():
    scope = {"headers": [(b"a", b"1"), (b"a", b"2")]}
    assert asgi.header(scope, b"a") == b"1"
    assert asgi.header(scope, b"b") is None


async def test_the_start_of_an_answer_can_be_changed():
    async def app(scope, receive, send) -> None:
        await Echo()(scope, receive, asgi.changing_start(send, lambda m: m.update(status=201)))

    answer = await ask(app)
    assert (answer.status_code, answer.content) == (201, b"echo")
