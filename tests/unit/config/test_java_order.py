# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.config.java_order import hash_order, string_hash, text_order


@pytest.mark.parametrize(
    ("text", "value"),
    [("", 0), ("a", 97), ("Aa", 2112), ("BB", 2112), ("hello", 99162322), ("😀", 1772899)],
)
def test_hashes_are_those_of_java(text, value):
    assert string_hash(text) == value


def test_the_order_is_that_of_a_hash_map():
    names = [
        "converter.type",
        "schemas.enable",
        "schemas.cache.size",
        "decimal.format",
        "replace.null.with.default",
    ]
    assert hash_order(names) == [
        "decimal.format",
        "converter.type",
        "schemas.cache.size",
        "replace.null.with.default",
        "schemas.enable",
    ]


def test_names_of_one_bucket_keep_their_order():
    assert hash_order(["BB", "Aa"]) == ["BB", "Aa"]


@given(st.lists(st.text(), unique=True))
def test_nothing_is_lost(names):
    assert sorted(hash_order(names)) == sorted(names)


def test_texts_are_sorted_by_utf16_units():
    private_use, emoji = "\ue000", "\U0001f600"
    assert sorted([private_use, emoji, "a"], key=text_order) == ["a", emoji, private_use]
