# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from barnabas.converters.json_schema.validation import check_for
from barnabas.errors import DataError


def test_what_follows_the_schema_passes() -> None:
    check_for('{"type":"integer","maximum":3}', {})(3)


def test_what_does_not_is_refused_with_place_and_setting() -> None:
    schema = {"properties": {"a": {"items": {"type": "string"}}}, "required": ["b"]}
    check = check_for(json.dumps(schema), {})
    with pytest.raises(DataError, match=r"at \$\.a\[1\]: 3 is not of type 'string'"):
        check({"a": ["x", 3], "b": 1})
    with pytest.raises(DataError, match=r"'b' is a required property.*json\.fail\.invalid\.schema"):
        check({})


def test_numbers_are_exact() -> None:
    check = check_for('{"type":"number","multipleOf":0.01}', {})
    check(Decimal("19.99"))
    with pytest.raises(DataError, match="not a multiple of"):
        check(Decimal("19.995"))
    with pytest.raises(DataError, match="cannot be checked"):
        check(Decimal("1E+400"))


def test_whole_numbers_with_a_point_are_integers() -> None:
    check = check_for('{"type":"integer"}', {})
    check(Decimal("5.0"))
    for other in (Decimal("5.5"), True, "5"):
        with pytest.raises(DataError, match="is not of type 'integer'"):
            check(other)


def test_registered_schemas_count() -> None:
    check = check_for(
        '{"$ref":"other.json#/definitions/A"}',
        {"other.json": '{"definitions":{"A":{"type":"null"}}}'},
    )
    check(None)
    with pytest.raises(DataError, match="is not of type 'null'"):
        check(1)


def test_draft_of_the_schema_counts_unless_modern_ones_are_ignored() -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    text = json.dumps({"$schema": dialect, "prefixItems": [{"type": "string"}]})
    with pytest.raises(DataError, match="is not of type 'string'"):
        check_for(text, {})([1])
    check_for(text, {}, ignore_modern_dialects=True)([1])


@pytest.mark.parametrize(
    ("text", "node", "words"),
    [
        ('{"type":"date"}', 1, "Invalid JSON Schema"),
        ('{"$ref":"missing.json"}', 1, "cannot be checked against"),
        ("{", 1, "no JSON"),
    ],
)
def test_bad_schemas_are_refused(text: str, node: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        check_for(text, {})(node)
