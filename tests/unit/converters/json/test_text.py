# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math
import struct
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barnabas.converters.json import text
from barnabas.data import double_text, float32_text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("é日", '"é日"'),
        ('"\\/', '"\\"\\\\/"'),
        ("\b\t\n\f\r", '"\\b\\t\\n\\f\\r"'),
        ("\x00\x01\x0b\x1f\x7f", '"\\u0000\\u0001\\u000B\\u001F\x7f"'),
        ("😀\U0010ffff", '"\\uD83D\\uDE00\\uDBFF\\uDFFF"'),
        ("\\u001f", '"\\\\u001f"'),
        ("\\\x1f", '"\\\\\\u001F"'),
        ("é\\u001f😀", '"é\\\\u001f\\uD83D\\uDE00"'),
    ],
)
def test_text_is_spelled_as_jackson_spells_it(value: str, written: str) -> None:
    assert text.encode(value) == written.encode()
    assert text.encode_all(["x", value]) == [b'"x"', written.encode()]


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_many_are_written_as_each_is(values: list[str]) -> None:
    lines = text.encode_all(values)
    assert lines == [text.encode(value) for value in values]
    assert [json.loads(line) for line in lines] == values


def test_half_a_character_cannot_be_written() -> None:
    with pytest.raises(UnicodeEncodeError):
        text.encode("\ud83d")


@given(st.floats())
def test_a_double_is_written_as_java_writes_it(value: float) -> None:
    written = text.encode(text.ready_float(value)).decode()
    expected = double_text(value)
    assert written == (expected if math.isfinite(value) else f'"{expected}"')


@given(st.floats(width=32))
def test_a_float_is_written_as_java_writes_it(value: float) -> None:
    written = text.encode(text.ready_float32(value)).decode()
    if not math.isfinite(value):
        assert written == f'"{double_text(value)}"'
    else:
        assert written == float32_text(value)
        assert struct.pack("f", float(written)) == struct.pack("f", value)


@pytest.mark.parametrize(
    ("number", "is_long"),
    [
        ("1" * 18, False),
        ("9" * 19, True),
        ("-" + "9" * 20, True),
        ("1" * 12 + "." + "1" * 12, False),
    ],
)
def test_long_numbers_are_seen(number: str, is_long: bool) -> None:
    assert text.has_long_number(f'{{"a": {number}}}'.encode()) is is_long


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"01", 1),
        (b"-007", -7),
        (b"[100000,00.0]", [100000, Decimal(0)]),
        (b'{"007":"08"}', {"007": "08"}),
        (b"1.50", Decimal("1.50")),
        (b"1e400", Decimal("1e400")),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'{"a":1} {', {"a": 1}),
        (b'"a"b', "a"),
        (b"1 2", 1),
        (b"1\x00", 1),
        (b"null}", None),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'"\\ud83d"', "\ud83d"),
        (b"\xef\xbb\xbf1", 1),
        ('"é"'.encode("utf-16"), "é"),
        ('"é"'.encode("utf-16-be"), "é"),
        ('"é"'.encode("utf-32"), "é"),
        (b" \r\n\t", text.MISSING),
        (b"", text.MISSING),
    ],
)
def test_what_jackson_accepts_is_read(data: bytes, value: Any) -> None:
    assert text.read_leniently(data) == value


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"{bad",
            b"nope",
            b"[1,]",
            b'{"a":1,}',
            b"[1,2",
            b"+1",
            b".5",
            b"1.",
            b"1e",
            b"0x1",
            b"-",
        ),
        *(
            b"NaN",
            b"-Infinity",
            b"true1",
            b"nullx",
            b"1_000",
            b"// c\n1",
            b"'a'",
            b'"\t"',
            b'"\\x"',
        ),
        *(b'"\xff\xfe"', b"\x0c5"),
    ],
)
def test_what_jackson_refuses_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the wording is the decoder's
        text.read_leniently(data)


@given(st.binary() | st.text().map(str.encode))
@example(b"1E100")
def test_what_msgspec_reads_is_read_alike(data: bytes) -> None:
    try:
        value = msgspec.json.Decoder(float_hook=Decimal).decode(data)
    except text.READ_ERRORS:
        return
    assert text.read_leniently(data) == value


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (None, "NULL"),
        (True, "BOOLEAN"),
        (1, "NUMBER"),
        (Decimal(1), "NUMBER"),
        ("a", "STRING"),
        ([], "ARRAY"),
        ({}, "OBJECT"),
        (text.MISSING, "MISSING"),
    ],
)
def test_kinds_are_named_as_jackson_names_them(node: Any, kind: str) -> None:
    assert text.kind_of(node) == kind
