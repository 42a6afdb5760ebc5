# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from barnabas.registry_server.formats.avro_defaults import check_defaults


def check(field_type: object, default: object) -> None:
    field = {"name": "f", "type": field_type, "default": default}
    check_defaults({"type": "record", "name": "n.R", "fields": [field]}, {})


E = {"type": "enum", "name": "E", "symbols": ["A"]}
INNER = {"type": "record", "name": "I", "fields": [{"name": "x", "type": "int"}]}


@pytest.mark.parametrize(
    ("field_type", "default"),
    [
        ("null", None),
        ("boolean", False),
        ("int", -(2**31)),
        ("long", 2**63 - 1),
        ("float", 1),
        ("double", 1.5),
        ("string", ""),
        ("bytes", "\u00ff"),
        (E, "A"),
        (["null", "int"], None),
        (["null", "int"], 1),
        ({"type": "array", "items": "int"}, [1]),
        ({"type": "map", "values": "int"}, {"a": 1}),
        (INNER, {"x": 1}),
        ({"type": "int", "logicalType": "date"}, 3),
    ],
)
def test_default_that_fits(field_type: object, default: object) -> None:
    check(field_type, default)


@pytest.mark.parametrize(
    ("field_type", "default"),
    [
        ("null", 0),
        ("boolean", 0),
        ("int", 2**31),
        ("int", True),
        ("int", "1"),
        ("long", 1.0),
        ("float", True),
        ("string", 1),
        ("bytes", "\u0100"),
        (["null", "int"], "x"),
        ({"type": "array", "items": "int"}, ["x"]),
        ({"type": "map", "values": "int"}, [1]),
        (INNER, {"x": "y"}),
        (INNER, {}),
    ],
)
def test_default_that_does_not_fit(field_type: object, default: object) -> None:
    with pytest.raises(ValueError, match="Invalid default for field f: "):
        check(field_type, default)


def test_names_of_fields_are_checked() -> None:
    schema = {"type": "record", "name": "R", "fields": [{"name": "a-b", "type": "int"}]}

    with pytest.raises(ValueError, match="name of a field: a-b"):
        check_defaults(schema, {})


def test_names_are_followed() -> None:
    schema = json.loads(
        '{"type":"record","name":"n.R","fields":[{"name":"a","type":{"type":"record","name":"I",'
        '"fields":[{"name":"x","type":"int"}]}},{"name":"b","type":"I","default":{"x":"no"}}]}'
    )

    with pytest.raises(ValueError, match="field b"):
        check_defaults(schema, {})
