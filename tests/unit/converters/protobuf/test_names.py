# SPDX-License-Identifier: Apache-2.0
"""Names of messages, of map entries, and what is scrubbed from them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.protobuf import names


@pytest.mark.parametrize(
    ("name", "scrubbed"),
    [
        ("plain_1", "plain_1"),
        ("a b", "a_b"),
        ("a-b.c", "a_b_c"),
        ("1st", "x1st"),
        ("_id", "x_id"),
        ("ü", "_C3_BC"),
        ("$x", "_24x"),
        ("a~", "a_7E"),
        ("", ""),
    ],
)
def test_names_are_scrubbed_as_urls_with_underscores(name, scrubbed):
    assert names.scrub(name) == scrubbed


@given(st.text(min_size=1))
def test_a_scrubbed_name_holds_only_what_protobuf_allows(name):
    assert re.fullmatch(r"\w+", names.scrub(name), re.ASCII)


@pytest.mark.parametrize(
    ("map_name", "entry"),
    [("tags", "tagsEntry"), ("my_map", "MyMapEntry"), ("myMap", "myMapEntry"), ("A_b", "ABEntry")],
)
def test_entries_are_named_after_their_map(map_name, entry):
    assert names.entry_name(map_name) == entry


@pytest.mark.parametrize(
    ("entry", "map_name"),
    [
        ("tagsEntry", "tags"),
        ("MyMapEntry", "my_map"),
        ("myMapEntry", "my_map"),
        ("ConnectDefault2Entry", "connect_default2"),
        ("a.b.MyMapEntry", "a.b.my_map"),
        ("HTTPEntry", "h_t_t_p"),
        ("Other", "Other"),
    ],
)
def test_maps_are_named_after_their_entries(entry, map_name):
    assert names.map_name(entry) == map_name


@given(st.from_regex("[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*", fullmatch=True))
def test_names_of_maps_survive_their_entries(name):
    assert names.map_name(names.entry_name(name)) == name


def test_a_full_name_is_cut_at_its_last_dot():
    assert names.split_name("a.b.C") == ("a.b", "C")
    assert names.split_name("C") == ("", "C")
    assert names.simple_name("a.b.C") == "C"
