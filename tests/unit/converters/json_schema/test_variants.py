# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.json_schema.variants import decode_variant, encode_variant
from barnabas.errors import DataError

TEXTS = st.text(st.characters(codec="utf-8"), max_size=70)
NUMBERS = st.integers(-(10**37), 10**37) | st.builds(
    lambda unscaled, scale: Decimal(unscaled).scaleb(-scale),
    st.integers(-(10**17), 10**17),
    st.integers(0, 20),
)
NODES = st.recursive(
    st.none() | st.booleans() | TEXTS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@given(NODES)
def test_json_values_come_back(node: Any) -> None:
    variant = encode_variant(node)
    assert decode_variant(variant["metadata"], variant["value"]) == node


@pytest.mark.parametrize(
    ("node", "metadata", "value"),
    [
        ({"q": [1, Decimal("2.5")]}, "AQEAAXE=", "AgEAABADAgAFCxQBAAAAIAEZAAAA"),
        (3, "AQAA", "FAMAAAA="),
    ],
)
def test_bytes_are_those_of_java(node: Any, metadata: str, value: str) -> None:
    variant = encode_variant(node)
    assert base64.b64encode(variant["metadata"]).decode() == metadata
    assert base64.b64encode(variant["value"]).decode() == value


def test_members_are_sorted_and_large_values_have_wider_numbers() -> None:
    node = {f"key{index}": "x" * 100 for index in reversed(range(300))}
    variant = encode_variant(node)
    found = decode_variant(**variant)
    assert found == node
    assert list(found) == sorted(node)
    assert decode_variant(**encode_variant([0] * 300)) == [0] * 300


@pytest.mark.parametrize(
    ("value", "node"),
    [
        (b"\x0c\xff", -1),
        (b"\x10\x00\x80", -32768),
        (b"\x1c\x00\x00\x00\x00\x00\x00\xf8\x3f", 1.5),
        (b"\x38\x00\x00\xc0\x3f", 1.5),
        (b"\x2c\x01\x00\x00\x00", "1970-01-02"),
        (b"\x30" + (1_500_000).to_bytes(8, "little"), "1970-01-01T00:00:01.500Z"),
        (b"\x34" + (60_000_001).to_bytes(8, "little"), "1970-01-01T00:01:00.000001"),
        (b"\x44" + (3_600_000_000).to_bytes(8, "little"), "01:00:00"),
        (b"\x48" + (1).to_bytes(8, "little"), "1970-01-01T00:00:00.000000001Z"),
        (b"\x4c" + (-(10**9)).to_bytes(8, "little", signed=True), "1969-12-31T23:59:59"),
        (b"\x3c\x02\x00\x00\x00\x01\x02", "AQI="),
        (b"\x50" + bytes(range(16)), "00010203-0405-0607-0809-0a0b0c0d0e0f"),
    ],
)
def test_types_that_json_has_not_become_texts_or_numbers(value: bytes, node: Any) -> None:
    assert decode_variant(b"\x01\x00\x00", value) == node


@pytest.mark.parametrize("value", [b"", b"\x14\x01", b"\x02\x01\x05\x00\x01\x00", b"\xfc", b"\x05"])
def test_damaged_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(DataError, match="Variant are damaged"):
        decode_variant(b"\x01\x00\x00", value)


@pytest.mark.parametrize("node", [10**38, Decimal("1E-39"), Decimal("1E+400")])
def test_numbers_of_too_many_digits_are_refused(node: Any) -> None:
    with pytest.raises(DataError, match="38 digits"):
        encode_variant(node)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(DataError, match="surrogate"):
        encode_variant({"a": ["\ud800"]})
