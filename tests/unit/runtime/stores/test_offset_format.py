# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import DataError
from barnabas.runtime.stores import offset_format as of

longs = st.integers(-(2**63), 2**63 - 1)
finite = st.floats(allow_nan=False, allow_infinity=False)  # the others are text in Java's JSON
primitives = st.none() | st.booleans() | longs | st.text() | finite
partitions = st.dictionaries(st.text(), primitives, max_size=4)


def test_a_key_is_written_as_java_writes_it():
    assert of.offset_key("fs", {"filename": "/data/lines.txt"}) == (
        b'["fs",{"filename":"/data/lines.txt"}]'
    )
    assert of.offset_key("c", None) == b'["c",null]'


def test_a_value_is_written_as_java_writes_it():
    assert of.offset_value({"position": 200000000}) == b'{"position":200000000}'
    assert of.offset_value(None) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (1e7, "1.0E7"),
        (9999999.5, "9999999.5"),
        (-1.5e300, "-1.5E300"),
        (1234567890.25, "1.23456789025E9"),
        (float("nan"), '"NaN"'),
        (float("inf"), '"Infinity"'),
        (float("-inf"), '"-Infinity"'),
    ],
)
def test_numbers_are_written_as_java_writes_doubles(number: float, text: str):
    assert of.offset_value({"n": number}) == f'{{"n":{text}}}'.encode()


def test_control_characters_are_escaped_as_java_escapes_them():
    assert of.offset_value({"a\x1f": "\\u001f\x0b\n"}) == b'{"a\\u001F":"\\\\u001f\\u000B\\n"}'


def test_bytes_become_base64():
    assert of.offset_value({"b": b"\x00\xff"}) == b'{"b":"AP8="}'


@given(st.text(), st.none() | partitions)
def test_keys_are_read_back(connector: str, partition: dict[str, object] | None):
    key = of.offset_key(connector, partition)
    assert of.decode_key(key) == (connector, partition)
    assert json.loads(key) == [connector, partition]


@given(partitions)
def test_keys_of_another_member_order_are_equal(partition: dict[str, object]):
    turned = dict(reversed(partition.items()))
    one, other = of.offset_key("c", partition), of.offset_key("c", turned)
    assert of.canonical_key(one) == of.canonical_key(other)


@pytest.mark.parametrize("key", [b"", b"\xff", b"x", b"[]", b'["c"]', b'["c",[]]', b"[1,{}]"])
def test_other_keys_are_left_alone(key: bytes):
    assert of.decode_key(key) is None
    assert of.canonical_key(key) == key


@pytest.mark.parametrize("value", [b"\xff", b"{", b"[]", b"1"])
def test_other_values_are_errors(value: bytes):
    with pytest.raises(DataError, match="stored source offset"):
        of.decode_value(value)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"f": [1]}, "field f contains ARRAY"),
        ({"f": {}}, "field f contains MAP"),
        ({1: "x"}, "only use text as keys"),
        ("text", "must be specified as a map"),
        ({"f": 2**63}, "64 bits, but field f"),
    ],
)
def test_values_that_are_not_primitive_are_refused(wrong, what: str):
    with pytest.raises(DataError, match=what):
        of.offset_key("c", wrong)


def test_offsets_of_one_connector_are_chosen_without_resets():
    items = [
        (b'["a",{"f":1}]', b'{"p":1}'),
        (b'["a",{"f":2}]', None),
        (b'["b",{"f":3}]', b'{"p":3}'),
        (b'["a",null]', b'{"p":4}'),
        (b"junk", b"{}"),
    ]
    assert of.connector_offsets(items, "a") == [({"f": 1}, {"p": 1}), (None, {"p": 4})]


def test_a_damaged_offset_tells_whose_it_is_and_how_to_mend_it():
    key = of.offset_key("my source", {"filename": "f" * 1000})
    with pytest.raises(DataError) as caught:
        of.decode_value(b"[1]", key)
    message = caught.value.message
    assert 'of partition {"filename":"fff' in message
    assert "of connector my source is not a JSON object but list" in message
    assert "PATCH or DELETE /connectors/my%20source/offsets" in message
    assert len(message) < 700


def test_keys_of_one_connector_are_chosen_whatever_their_values():
    items = [
        (b'["a",{"f":1}]', b"junk"),
        (b'["a",{"f":2}]', None),
        (b'["b",{"f":3}]', b'{"p":3}'),
        (b'["a",null]', b"{}"),
        (b"junk", b"{}"),
    ]
    assert of.connector_keys(items, "a") == {b'["a",{"f":1}]': {"f": 1}, b'["a",null]': None}
