# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy

import pytest

from barnabas.data import (
    INT32,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Header,
    Headers,
    Schema,
    Struct,
)
from barnabas.errors import DataError

A1, B2, A3 = Header("a", INT32, 1), Header("b", INT32, 2), Header("a", STRING, "3")


@pytest.fixture
def headers() -> Headers:
    return Headers([A1, B2, A3])


def test_headers_keep_order_and_duplicates() -> None:
    headers = Headers().add("a", 1, INT32).add("b", 2, INT32).add("a", "3", STRING)
    assert list(headers) == [A1, B2, A3]
    assert len(headers) == 3
    assert "a" in headers
    assert "c" not in headers


def test_headers_are_found_by_name(headers: Headers) -> None:
    assert headers.last_with_name("a") == A3
    assert headers.last_with_name("c") is None
    assert headers.all_with_name("a") == [A1, A3]
    assert headers.all_with_name("c") == []


def test_removal_takes_all_of_a_name(headers: Headers) -> None:
    assert list(headers.remove("a")) == [B2]
    assert list(headers.remove("c")) == [B2]
    assert list(headers.clear()) == []
    assert list(headers.remove("a")) == []


def test_only_the_latest_may_be_kept(headers: Headers) -> None:
    assert list(headers.copy().retain_latest()) == [B2, A3]
    assert list(headers.copy().retain_latest("b")) == [A1, B2, A3]
    assert list(headers.add("b", 4, INT32).retain_latest("a")) == [B2, A3, Header("b", INT32, 4)]


def test_a_function_replaces_or_drops_headers(headers: Headers) -> None:
    headers.apply(lambda header: None if header.key == "b" else header._replace(key="c"))
    assert [header.key for header in headers] == ["c", "c"]
    headers.apply(lambda _: None, key="other")
    assert len(headers) == 2


def test_a_failing_function_changes_nothing(headers: Headers) -> None:
    with pytest.raises(DataError):
        headers.apply(lambda header: header._replace(value=b""))
    assert list(headers) == [A1, B2, A3]


def test_copies_are_equal_and_apart(headers: Headers) -> None:
    for twin in (headers.copy(), copy.copy(headers)):
        assert twin == headers
        twin.add("c", None)
        assert twin != headers
    assert headers != [A1, B2, A3]


def test_headers_cannot_be_hashed(headers: Headers) -> None:
    with pytest.raises(TypeError):
        hash(headers)


@pytest.mark.parametrize(
    ("schema", "value"),
    [(None, object()), (OPTIONAL_STRING, None), (TIMESTAMP, 5), (Schema.array(INT32), ["x"])],
)
def test_only_the_surface_of_a_value_is_checked(schema: Schema | None, value: object) -> None:
    assert len(Headers().add("k", value, schema)) == 1


def test_values_must_fit_their_schema() -> None:
    with pytest.raises(DataError, match="requires an optional schema"):
        Headers().add("k", None, STRING)
    with pytest.raises(DataError, match=r"not compatible with the schema Schema\{STRING\}"):
        Headers().add("k", 5, STRING)
    with pytest.raises(DataError, match="not compatible"):
        Headers().add("k", Struct(Schema.struct({})), Schema.map(STRING, STRING))
    with pytest.raises(DataError, match="must be text"):
        Headers().add(None, 5)  # type: ignore[arg-type] # wrong on purpose


def test_headers_show_what_they_hold() -> None:
    assert repr(Headers([Header("a", None, 1)])) == (
        "Headers([Header(key='a', schema=None, value=1)])"
    )


def test_a_struct_brings_its_own_schema() -> None:
    schema = Schema.struct({"x": INT32})
    header = Headers().add("h", Struct(schema, {"x": 1})).last_with_name("h")
    assert header is not None
    assert header.schema is schema
