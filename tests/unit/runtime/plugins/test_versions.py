# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ConfigError
from barnabas.runtime.plugins.versions import Version, parse_range

ORDERED = [
    "1.0.dev1",
    "1.0-alpha-1",
    "1.0a2",
    "1.0-beta",
    "1.0-milestone-1",
    "1.0rc1",
    "1.0-SNAPSHOT",
    "1.0",
    "1.0-sp",
    "1.0-whatever",
    "1.0.1",
    "1.1",
    "1.10",
    "2",
]
texts = st.sampled_from(ORDERED)


def test_versions_are_ordered_as_maven_does() -> None:
    shuffled = [*ORDERED[1::2], *ORDERED[::2]]
    assert sorted(shuffled, key=Version) == ORDERED


@pytest.mark.parametrize("other", ["1", "1.0", "1.0.0", "1-ga", "1.0-final", "1.0+build.5"])
def test_some_spellings_mean_the_same(other: str) -> None:
    assert Version(other) == Version("1.0")
    assert hash(Version(other)) == hash(Version("1.0"))


@given(texts, texts, texts)
def test_the_order_is_transitive(a: str, b: str, c: str) -> None:
    low, middle, high = sorted([a, b, c], key=Version)
    assert not Version(middle) < Version(low)
    assert not Version(high) < Version(middle)
    assert not Version(high) < Version(low)


@pytest.mark.parametrize(
    ("requirement", "fitting"),
    [
        ("1.0", ["1.0"]),
        ("[1.0]", ["1.0"]),
        ("[1.0,2.0)", ["1.0", "1.0.1", "1.1", "1.10"]),
        ("(1.0,1.1]", ["1.0.1", "1.1"]),
        ("(,1.0)", ["1.0rc1"]),
        ("[1.1,)", ["1.1", "1.10", "2"]),
        ("(,)", ["1.0rc1", "1.0", "1.0.1", "1.1", "1.10", "2"]),
        ("[1.0],[2,)", ["1.0", "2"]),
        (" [ 1.0 , 1.1 ] , [2] ", ["1.0", "1.0.1", "1.1", "2"]),
        ("[3,)", []),
    ],
)
def test_a_range_takes_what_lies_in_it(requirement: str, fitting: list[str]) -> None:
    wanted = parse_range(requirement)
    assert wanted is not None
    versions = ["1.0rc1", "1.0", "1.0.1", "1.1", "1.10", "2"]
    assert [version for version in versions if version in wanted] == fitting
    assert wanted.newest(versions) == (fitting[-1] if fitting else None)


@pytest.mark.parametrize("text", [None, "", "  ", "latest", "LATEST"])
def test_nothing_and_latest_mean_the_newest(text: str | None) -> None:
    assert parse_range(text) is None


def test_a_bare_version_reads_as_an_exact_range() -> None:
    wanted = parse_range("1.0")
    assert wanted is not None
    assert wanted.text == "[1.0]"


@pytest.mark.parametrize(
    "text", ["[1.0", "1.0)", "[2,1]", "(1.0)", "[]", "[1,2]x", "1,2", "[1,2],"]
)
def test_what_is_no_range_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="Invalid version specification"):
        parse_range(text)
