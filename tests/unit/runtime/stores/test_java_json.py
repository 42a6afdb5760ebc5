# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import DataError
from barnabas.runtime.stores import java_json


def test_members_keep_their_order_without_spaces():
    assert (
        java_json.encode({"b": 1, "a": [None, True, "é/"]})
        == '{"b":1,"a":[null,true,"é/"]}'.encode()
    )


def test_control_characters_are_escaped_with_capitals():
    assert java_json.encode("\x1f\\u001f\n") == b'"\\u001F\\\\u001f\\n"'


@pytest.mark.parametrize("data", [None, b"", b" ", b"null"])
def test_nothing_is_none(data):
    assert java_json.decode(data) is None


@pytest.mark.parametrize("data", [b"{", b"\xff", b"'a'", b"[" * 100_000])
def test_what_is_no_json_is_told(data):
    with pytest.raises(DataError, match="not JSON"):
        java_json.decode(data)


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans()))
def test_what_was_encoded_is_decoded(value):
    assert java_json.decode(java_json.encode(value)) == value
