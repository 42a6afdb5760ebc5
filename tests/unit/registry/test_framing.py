# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import DataError
from barnabas.registry import framing

GUID = "89791762-2336-4186-9674-299b90a802e2"


def test_prefix_is_a_zero_and_the_id() -> None:
    assert framing.id_prefix(258) == b"\x00\x00\x00\x01\x02"


@given(st.integers(0, 2**31 - 1), st.binary())
def test_prefix_is_read_as_written(schema_id: int, payload: bytes) -> None:
    assert framing.parse_frame(framing.id_prefix(schema_id) + payload) == (schema_id, 5, None)


@given(st.uuids(), st.binary())
def test_guid_is_read_as_written(guid, payload) -> None:
    assert framing.parse_frame(framing.guid_bytes(str(guid)) + payload) == (str(guid), 17, None)


def test_guid_is_big_endian() -> None:
    assert framing.guid_bytes(GUID).hex() == "01" + GUID.replace("-", "")


def test_wrong_guid_is_named() -> None:
    with pytest.raises(DataError, match="'x' of a schema is no UUID"):
        framing.guid_bytes("x")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The record is empty"),
        (b'{"a":1}', "Unknown magic byte! It is 0x7b"),
        (b"\x00\x00\x00", "it has 3 bytes, the id alone takes 5"),
        (b"\x01" * 16, "it has 16 bytes, the id alone takes 17"),
    ],
)
def test_bytes_of_another_kind_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        framing.parse_frame(data)


@pytest.mark.parametrize(
    ("path", "written"),
    [((0,), b"\x00"), ((1,), b"\x02\x02"), ((1, 0), b"\x04\x02\x00"), ((64,), b"\x02\x80\x01")],
)
def test_message_indexes_are_zigzag_varints(path: tuple[int, ...], written: bytes) -> None:
    assert framing.write_message_indexes(path) == written
    assert framing.read_message_indexes(b"x" + written, 1) == (path, 1 + len(written))


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1), st.binary())
def test_message_indexes_are_read_as_written(path: list[int], payload: bytes) -> None:
    written = framing.write_message_indexes(path)
    assert framing.read_message_indexes(written + payload, 0) == (tuple(path), len(written))


def test_path_of_one_zero_may_be_written_in_full() -> None:
    assert framing.read_message_indexes(b"\x02\x00", 0) == ((0,), 2)


@pytest.mark.parametrize(
    "data", [b"", b"\x02", b"\x80", b"\x80\x80\x80\x80\x80\x01", b"\x01", b"\xd2\x0f"]
)
def test_damaged_path_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="Protobuf message"):
        framing.read_message_indexes(data, 0)


def test_keys_and_values_have_their_own_headers() -> None:
    assert framing.header_name(is_key=True) == "__key_schema_id"
    assert framing.header_name(is_key=False) == "__value_schema_id"
