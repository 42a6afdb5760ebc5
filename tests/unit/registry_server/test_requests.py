# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server.model import Definition, Reference
from barnabas.registry_server.problems import RefusalError
from barnabas.registry_server.requests import parse_object, parse_schema, parse_version


def test_schema_without_a_type_is_avro() -> None:
    assert parse_schema(b'{"schema":"x"}').definition() == Definition("x", "AVRO")


def test_schema_may_have_everything() -> None:
    body = parse_schema(
        b'{"schema":"x","schemaType":"JSON","references":[{"name":"n","subject":"s","version":1}],'
        b'"metadata":{"properties":{"b":"1","a":"2"}},"ruleSet":{},"id":3,"version":4,"unknown":[]}'
    )

    metadata = '{"properties":{"a":"2","b":"1"}}'
    assert body.definition() == Definition("x", "JSON", (Reference("n", "s", 1),), metadata)
    assert (body.id, body.version) == (3, 4)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b'{"schema":1}',
        b'{"references":[{}]}',
        b'{"metadata":{"properties":[]}}',
        b'{"ruleSet":{"domainRules":[3]}}',
        b"\xff",
    ],
)
def test_other_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(RefusalError, match="cannot be read") as refused:
        parse_schema(body)
    assert refused.value.status == 400


def test_rules_are_kept_as_they_are_written() -> None:
    body = parse_schema(
        b'{"ruleSet":{"domainRules":[{"params":{"b":"1","a":"2"},"onFailure":"ERROR","name":"r"}]}}'
    )

    assert body.definition().rule_set == (
        '{"domainRules":[{"name":"r","params":{"a":"2","b":"1"},"onFailure":"ERROR"}]}'
    )


def test_setting_is_an_object() -> None:
    assert parse_object(b'{"mode":"IMPORT"}') == {"mode": "IMPORT"}
    with pytest.raises(RefusalError):
        parse_object(b"3")


def test_versions_are_numbers_or_latest() -> None:
    assert [parse_version(one) for one in ("1", "2147483647", "latest", "-1")] == [
        *(1, 2**31 - 1),
        *(-1, -1),
    ]


@pytest.mark.parametrize("text", ["0", "-2", "2147483648", "x", "", "1.0"])
def test_other_versions_are_refused(text: str) -> None:
    with pytest.raises(RefusalError, match="is not a valid version id") as refused:
        parse_version(text)
    assert refused.value.error_code == 42202
