# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from barnabas.converters.json_schema.payloads import Payloads, parse_payload
from barnabas.converters.json_schema.settings import Rules
from barnabas.data import INT64, STRING, Schema
from barnabas.errors import DataError

STRUCT = Payloads(Schema.struct({"a": INT64, "b": STRING}), Rules())


def test_payloads_of_all_shapes_are_read_at_once() -> None:
    payloads = [b'{"a":1,"b":"x"}', b'{\n"b":"y"}', b'{"a":2.0,"b":"z"}', b'\xef\xbb\xbf{"a":3}']
    expected = [{"a": 1, "b": "x"}, {"a": None, "b": "y"}, {"a": 2, "b": "z"}, {"a": 3, "b": None}]
    assert STRUCT.read_all(payloads) == expected
    assert list(map(STRUCT.read, payloads)) == expected
    assert STRUCT.read_all([]) == []


def test_broken_payloads_do_not_merge() -> None:
    with pytest.raises(DataError, match="no JSON"):
        STRUCT.read_all([b'{"a":1,', b'"b":"x"}'])


def test_numbers_with_a_point_are_decimals() -> None:
    assert parse_payload(b"[1,1.50]") == [1, Decimal("1.50")]


@pytest.mark.parametrize("payload", [b"", b"{", b"nul", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(payload: bytes) -> None:
    with pytest.raises(DataError, match="payload is no JSON"):
        STRUCT.read(payload)
