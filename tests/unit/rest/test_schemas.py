# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.rest import schemas


def test_every_resource_may_answer_with_an_error():
    described = schemas.answers(dict, 201, also=200)
    assert set(described) == {200, 201, 400, 404, 500}
    assert set(schemas.answers(None, 204)) == {204, 400, 404, 500}


def test_an_operation_has_its_body_and_parameters():
    described = schemas.operation(schemas.CONFIG, version="Which version.")()
    assert described.request_body is not None
    assert [parameter.name for parameter in described.parameters or []] == ["version"]


def test_an_operation_without_either_has_none():
    described = schemas.operation()()
    assert (described.request_body, described.parameters) == (None, None)
