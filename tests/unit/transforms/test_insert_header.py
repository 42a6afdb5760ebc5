# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.data import BOOLEAN, INT8, STRING, Header, Headers, Schema
from barnabas.errors import ConfigError
from barnabas.transforms.insert_header import InsertHeader
from tests.unit.transforms.records import configured, sink


@pytest.mark.parametrize(
    ("literal", "schema", "value"),
    [
        ("abc", STRING, "abc"),
        ("5", INT8, 5),
        ("true", BOOLEAN, True),
        ("[1,2]", Schema.array(INT8), [1, 2]),
        ("null", None, None),
    ],
)
def test_the_type_of_the_value_is_inferred(literal: str, schema: Schema | None, value: Any) -> None:
    result = configured(InsertHeader, {"header": "h", "value.literal": literal}).apply(sink())
    assert result is not None
    assert result.headers == Headers([Header("h", schema, value)])


def test_headers_that_are_there_stay() -> None:
    record = sink(headers=Headers().add("h", 1))
    result = configured(InsertHeader, {"header": "h", "value.literal": "x"}).apply(record)
    assert result is not None
    assert [header.value for header in result.headers or ()] == [1, "x"]
    assert len(record.headers or ()) == 1


@pytest.mark.parametrize("missing", ["header", "value.literal"])
def test_both_settings_are_required(missing: str) -> None:
    settings = {"header": "h", "value.literal": "x"}
    del settings[missing]
    with pytest.raises(ConfigError, match=f'"{missing}"'):
        configured(InsertHeader, {**settings})
