# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import INT32, STRING, Schema, Type
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.field_path import FieldPath, split_path

INNER = Schema.struct(
    {"x.y": STRING, "d": Schema(Type.INT32, optional=True, default=3)}, optional=True
)
OUTER = Schema.struct({"a": INNER, "n": INT32})


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ["a"]),
        ("a.b.c", ["a", "b", "c"]),
        ("`a.b`.c", ["a.b", "c"]),
        ("a.`b.c`", ["a", "b.c"]),
        ("`a`b`.c", ["a`b", "c"]),
        (r"`a\`.b`", ["a`.b"]),
        ("a`b.c", ["a`b", "c"]),
        ("``", [""]),
        ("a..b", ["a", "", "b"]),
        (".a", ["", "a"]),
        ("a.", ["a", ""]),
    ],
)
def test_a_path_is_split_at_dots_outside_of_backticks(path: str, steps: list[str]) -> None:
    assert split_path(path) == steps


@pytest.mark.parametrize(("path", "position"), [("`a", 0), ("a.`b", 2), ("a.`b`x", 2), ("`", 0)])
def test_a_backtick_must_be_closed(path: str, position: int) -> None:
    with pytest.raises(ConfigError, match=f"before backtick at position {position}"):
        split_path(path)


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        split_path("")


@given(st.lists(st.text(st.characters(exclude_characters="`\\")), min_size=1))
def test_steps_between_backticks_come_back(steps: list[str]) -> None:
    assert split_path(".".join(f"`{step}`" for step in steps)) == steps


def test_a_plain_path_is_one_step() -> None:
    assert FieldPath("a.b", is_nested=False).steps == ("a.b",)


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.`x.y`", STRING), ("n", INT32), ("a.z", None), ("n.a", None), ("z.a", None)],
)
def test_a_field_is_found_in_a_schema(path: str, found: Schema | None) -> None:
    field = FieldPath(path, is_nested=True).field_of(OUTER)
    assert (field and field.schema) == found


def test_a_member_of_a_map_is_found() -> None:
    path = FieldPath("a.b", is_nested=True)
    assert path.value_in_map({"a": {"b": 1}}) == 1
    assert path.value_in_map({"a": {}}) is None
    assert path.value_in_map({}) is None
    with pytest.raises(DataError, match="nested field access"):
        path.value_in_map({"a": "x"})


def test_a_field_of_a_struct_is_found() -> None:
    path = FieldPath("a.d", is_nested=True)
    assert path.value_in_struct(OUTER, {"a": {"d": 1}}, fills_defaults=True) == 1
    assert path.value_in_struct(OUTER, {"a": {}}, fills_defaults=True) == 3
    assert path.value_in_struct(OUTER, {"a": {}}, fills_defaults=False) is None
    assert path.value_in_struct(OUTER, {"a": None}, fills_defaults=True) is None
