# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import (
    ConfigError,
    DataError,
    RegistryAccessError,
    RegistryAnswerError,
    RegistryUnavailableError,
    RetriableError,
)
from barnabas.registry.answers import (
    Question,
    Unexpected,
    definition_to_json,
    error_from_answer,
    schema_from_json,
)
from barnabas.registry.model import RegisteredSchema, SchemaDefinition, SchemaReference

REFERENCE = SchemaReference("a.B", "b-value", 3)
QUESTION = Question("fetch schema 7", "t-value", 7)


def error(status: int, body: bytes = b'{"error_code":1,"message":"no"}'):
    return error_from_answer(QUESTION, "http://r", status, body)


def test_what_is_usual_is_not_written() -> None:
    assert definition_to_json(SchemaDefinition('"int"')) == {"schema": '"int"'}


def test_type_and_references_are_written() -> None:
    assert definition_to_json(SchemaDefinition("{}", "JSON", (REFERENCE,))) == {
        "schema": "{}",
        "schemaType": "JSON",
        "references": [{"name": "a.B", "subject": "b-value", "version": 3}],
    }


def test_answer_of_a_new_registry_is_read() -> None:
    body = {
        **definition_to_json(SchemaDefinition("{}", "JSON", (REFERENCE,))),
        "id": 7,
        "guid": "g",
        "subject": "s",
        "version": 2,
        "metadata": {"properties": {"b": "2", "a": "1"}},
        "ts": 1,
    }
    assert schema_from_json(body) == RegisteredSchema(
        SchemaDefinition("{}", "JSON", (REFERENCE,)), 7, "g", "s", 2, (("a", "1"), ("b", "2"))
    )


def test_answer_may_be_the_id_only() -> None:
    own = SchemaDefinition('"int"')
    assert schema_from_json({"id": 7}, definition=own, subject="s") == RegisteredSchema(
        own, 7, None, "s"
    )


def test_registered_text_takes_the_place_of_the_own() -> None:
    answer = schema_from_json({"id": 7, "schema": "x"}, definition=SchemaDefinition("y"))
    assert answer.definition == SchemaDefinition("x")


def test_empty_parts_are_as_absent() -> None:
    body = {"schema": "x", "schemaType": None, "references": [], "metadata": None}
    assert schema_from_json(body, schema_id=1) == RegisteredSchema(SchemaDefinition("x"), 1)


@pytest.mark.parametrize(
    "body", [None, [], {"id": 1}, {"schema": "x"}, {"schema": "x", "id": 1, "references": [{}]}]
)
def test_answer_of_another_form_is_refused(body) -> None:
    with pytest.raises(Unexpected):
        schema_from_json(body)


@pytest.mark.parametrize(
    ("status", "kind", "family"),
    [
        (401, RegistryAccessError, ConfigError),
        (403, RegistryAccessError, ConfigError),
        (404, RegistryAnswerError, DataError),
        (409, RegistryAnswerError, DataError),
        (422, RegistryAnswerError, DataError),
        (408, RegistryUnavailableError, RetriableError),
        (429, RegistryUnavailableError, RetriableError),
        (503, RegistryUnavailableError, RetriableError),
    ],
)
def test_status_decides_the_error(status: int, kind: type, family: type) -> None:
    assert type(error(status)) is kind
    assert issubclass(kind, family)


def test_error_tells_all_it_knows() -> None:
    found = error(404, b'{"error_code":40403,"message":"Schema 7 not found"}')
    assert (found.status, found.error_code, found.subject, found.schema_id) == (
        404,
        40403,
        "t-value",
        7,
    )
    assert found.message == (
        "Could not fetch schema 7: the Schema Registry at http://r answered 404 "
        "(error code 40403): Schema 7 not found"
    )


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "check basic.auth"), (403, "the right to"), (407, "the proxy of proxy.host")],
)
def test_error_says_what_to_do(status: int, advice: str) -> None:
    assert advice in error(status).message


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_what_is_no_registry_is_told_apart(body: bytes) -> None:
    found = error(404, body)
    assert "check that schema.registry.url is its address" in found.message
    assert not found.is_not_found


def test_unknown_schema_is_told_apart() -> None:
    assert error(404).is_not_found
    assert not error(422).is_not_found
