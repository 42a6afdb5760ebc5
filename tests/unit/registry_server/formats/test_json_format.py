# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server.formats.json_format import JsonFormat
from barnabas.registry_server.formats.schema_format import Source

JSON = JsonFormat()


def test_text_is_compact_json() -> None:
    assert JSON.canonical(Source('{"type": "object",\n "a": "ü"}')) == '{"type":"object","a":"ü"}'
    assert JSON.canonical(Source("true")) == "true"


def test_normal_form_sorts_keys() -> None:
    assert JSON.canonical(Source('{"b":{"d":1,"c":2}}'), normalize=True) == '{"b":{"c":2,"d":1}}'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "Expecting value"),
        ("[]", "an object or a boolean, not list"),
        ('{"$schema":{}}', "no text"),
        ('{"type":"foo"}', "#/type"),
        ('{"properties":{"a":{"minLength":-1}}}', "#/properties/a/minLength"),
    ],
)
def test_what_is_no_schema_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        JSON.canonical(Source(text))


def test_references_are_followed() -> None:
    number, text = ("other.json", '{"type":"number"}'), ("other.json", '{"type":"string"}')
    schema = '{"properties":{"a":{"$ref":"other.json"}}}'

    assert JSON.differences(Source(schema, (number,)), Source(schema, (number,)), "writer") == []
    assert JSON.differences(Source(schema, (number,)), Source(schema, (text,)), "writer") != []
