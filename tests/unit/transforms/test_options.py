# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.transforms import options


@pytest.mark.parametrize(
    ("item", "parts"),
    [
        ("a:b", ["a", "b"]),
        ("a", ["a"]),
        ("a:", ["a"]),
        (":a", ["", "a"]),
        ("a:b::", ["a", "b"]),
        ("a:b:c", ["a", "b", "c"]),
        (":", []),
    ],
)
def test_a_mapping_is_split_at_its_colons(item: str, parts: list[str]) -> None:
    assert options.parse_mapping(item) == parts


def test_a_list_must_have_an_item() -> None:
    options.non_empty_list("k", ["a"])
    with pytest.raises(ConfigError, match=r"Invalid value \[\] for configuration k: Empty list"):
        options.non_empty_list("k", [])


def test_null_is_replaced_unless_told_otherwise() -> None:
    key = options.replace_null_with_default().key
    assert (key.name, key.default) == ("replace.null.with.default", True)
