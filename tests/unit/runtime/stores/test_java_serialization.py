# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ProtocolError
from barnabas.runtime.stores.java_serialization import dump_byte_map, load_byte_map

maps = st.dictionaries(st.binary(max_size=40), st.none() | st.binary(max_size=40), max_size=30)

# What java.io.ObjectOutputStream wrote for a HashMap with one entry, "k" to "v".
FROM_JAVA = bytes.fromhex(
    "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f"
    "724900097468726573686f6c6478703f4000000000000c77080000001000000001757200025b42acf317f8060854e002"
    "0000787000000001 6b 7571007e0002 00000001 76 78"
)


@given(maps)
def test_what_is_written_is_read_back(values: dict[bytes, bytes | None]):
    assert load_byte_map(dump_byte_map(values)) == values


def test_bytes_are_those_of_java():
    assert dump_byte_map({b"k": b"v"}) == FROM_JAVA
    assert load_byte_map(FROM_JAVA) == {b"k": b"v"}


@given(maps, st.data())
def test_every_truncation_is_an_error(values: dict[bytes, bytes | None], data: st.DataObject):
    whole = dump_byte_map(values)
    length = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ProtocolError):
        load_byte_map(whole[:length])


def test_bytes_after_the_end_are_an_error():
    with pytest.raises(ProtocolError, match="after the end"):
        load_byte_map(dump_byte_map({}) + b"x")


def test_an_array_used_twice_is_followed():
    once = dump_byte_map({b"k": None})
    twice = once[:-2] + b"q" + struct.pack(">i", 0x7E0003) + b"x"
    assert load_byte_map(twice) == {b"k": b"k"}


def test_a_reference_to_something_else_is_an_error():
    wrong = dump_byte_map({b"k": None})[:-2] + b"q" + struct.pack(">i", 0x7E0001) + b"x"
    with pytest.raises(ProtocolError, match="0x7e0001 is not to an array"):
        load_byte_map(wrong)


def test_another_class_is_an_error():
    with pytest.raises(ProtocolError, match=r"at byte 4, expected a java\.util\.HashMap"):
        load_byte_map(FROM_JAVA.replace(b"java.util.HashMap", b"java.util.Hashtab"))


def test_another_kind_of_entry_is_an_error():
    with pytest.raises(ProtocolError, match="expected a byte array, found the mark 0x74"):
        load_byte_map(dump_byte_map({b"k": None})[:-2] + b"t")


@pytest.mark.parametrize("position", [b"\x00\x00\x00\x10\x00\x00\x00\x01", b"\x00\x00\x00\x01k"])
def test_a_negative_number_is_an_error(position: bytes):
    changed = position.replace(b"\x00\x00\x00\x01", b"\xff\xff\xff\xff")
    with pytest.raises(ProtocolError, match="is -1"):
        load_byte_map(FROM_JAVA.replace(position, changed))


def test_an_array_of_another_type_is_an_error():
    wrong = FROM_JAVA.replace(b"q\x00\x7e\x00\x02", b"q\x00\x7e\x00\x01")
    with pytest.raises(ProtocolError, match="not of bytes"):
        load_byte_map(wrong)
