# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import pytest

from barnabas.errors import DataError
from barnabas.transforms.java_replacement import expand

FOUND = re.compile(r"(?P<n>a)(b)?").search("a")
assert FOUND is not None


@pytest.mark.parametrize(
    ("replacement", "text"),
    [
        ("x", "x"),
        ("", ""),
        ("$0-$1", "a-a"),
        ("$12", "a2"),
        ("$2", ""),
        ("${n}z", "az"),
        (r"\$1\\\x", r"$1\x"),
        ("{}", "{}"),
    ],
)
def test_groups_are_filled_in(replacement: str, text: str) -> None:
    assert expand(replacement, FOUND) == text


@pytest.mark.parametrize("replacement", ["$3", "${x}", "$", "a$", "\\", "$x", "${n", "${1}"])
def test_what_means_no_group_is_refused(replacement: str) -> None:
    with pytest.raises(DataError, match="Invalid replacement"):
        expand(replacement, FOUND)
