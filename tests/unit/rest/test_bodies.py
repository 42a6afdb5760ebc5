# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import BadRequestError
from barnabas.rest import bodies
from barnabas.runtime.model import ConnectorOffset, TargetState


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("1", "1"),
        ("1.50", "1.50"),
        ("-1e5", "-1e5"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("null", None),
        ('"a\\u00e9\\n"', "aé\n"),
        ('""', ""),
    ],
)
def test_values_become_the_text_they_were_written_as(written: str, text: str | None):
    assert bodies.parse_text_map(f'{{"k": {written} }}'.encode()) == {"k": text}


@pytest.mark.parametrize(("written", "what"), [("{}", "an object"), ("[1]", "a list")])
def test_values_that_are_no_scalar_are_refused(written: str, what: str):
    with pytest.raises(BadRequestError, match=f'"k" is {what}'):
        bodies.parse_text_map(f'{{"k":{written}}}'.encode())


def test_of_equal_keys_the_last_counts():
    assert bodies.parse_text_map(b'{"k":"1","k":"2"}') == {"k": "2"}


def test_a_byte_order_mark_is_skipped():
    assert bodies.parse_text_map(b"\xef\xbb\xbf {}") == {}


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b"1", b'"x"', b"{} x", b"\xff", b"{'a':1}", b'{"a":' * 5000]
)
def test_what_is_no_map_is_refused(body: bytes):
    with pytest.raises(BadRequestError, match="cannot be read as JSON of the expected form"):
        bodies.parse_text_map(body)


@pytest.mark.parametrize("body", [b"", b"  ", b"null"])
def test_nothing_is_refused(body: bytes):
    with pytest.raises(BadRequestError, match="has no body"):
        bodies.parse_text_map(body)


def test_a_list_of_maps():
    assert bodies.parse_text_maps(b'[{"a":1},{}]') == [{"a": "1"}, {}]


def test_a_connector_has_a_trimmed_name_and_a_state():
    wanted = bodies.parse_create_connector(
        b'{"name":" c ","config":{"a":1},"initial_state":"paused"}'
    )
    assert wanted == bodies.CreateConnector("c", {"a": "1"}, TargetState.PAUSED)


@pytest.mark.parametrize("name", ["", '"name":null,'])
def test_a_missing_name_is_empty(name: str):
    assert bodies.parse_create_connector(f'{{{name}"config":{{}}}}'.encode()).name == ""


def test_a_number_can_be_a_name():
    assert bodies.parse_create_connector(b'{"name":5,"config":{}}').name == "5"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"name":"c"}', '"config" is missing'),
        (b'{"name":"c","config":null}', '"config" is missing'),
        (b'{"name":["c"],"config":{}}', '"name" is a list'),
        (b'{"name":"c","config":{},"initial_state":"DESTROYED"}', "RUNNING, PAUSED or STOPPED"),
        (b'{"name":"c","config":{},"initial_state":3}', "RUNNING, PAUSED or STOPPED"),
        (b'{"name":"c","config":{},"bogus":1}', "unknown field `bogus`"),
        (b'{"name":"c","config":[]}', "config"),
    ],
)
def test_a_wrong_connector_is_refused_with_a_reason(body: bytes, why: str):
    with pytest.raises(BadRequestError, match=why):
        bodies.parse_create_connector(body)


def test_unknown_fields_are_skipped_in_files():
    body = b'{"name":"c","config":{},"bogus":1}'
    assert bodies.parse_create_connector(body, allow_unknown=True).name == "c"


def test_offsets_and_partitions_may_be_missing():
    body = b'{"offsets":[{"partition":{"a":1}},{"offset":{"b":"x"}},{}]}'
    assert bodies.parse_offsets(body) == [
        ConnectorOffset({"a": 1}, None),
        ConnectorOffset(None, {"b": "x"}),
        ConnectorOffset(None, None),
    ]


@pytest.mark.parametrize("body", [b"{}", b'{"offsets":[]}', b'{"offsets":null}'])
def test_no_offsets_are_refused(body: bytes):
    with pytest.raises(BadRequestError, match="offsets need to be provided"):
        bodies.parse_offsets(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"bogus":1}',
        b'{"offsets":"x"}',
        b'{"offsets":[{"x":1}]}',
        b'{"offsets":[{"partition":"s"}]}',
    ],
)
def test_malformed_offsets_are_refused(body: bytes):
    with pytest.raises(BadRequestError, match="cannot be read"):
        bodies.parse_offsets(body)


@pytest.mark.parametrize("parse", [bodies.parse_text_map, bodies.parse_create_connector])
def test_bytes_that_are_no_utf_8_are_refused(parse):
    with pytest.raises(BadRequestError, match="cannot be read as JSON"):
        parse(b'{"name": "a", "config": {"a": "\xff"}}')
