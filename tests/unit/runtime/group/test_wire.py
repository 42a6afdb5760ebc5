# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ConfigError, ProtocolError
from barnabas.runtime.group.protocol import (
    Assignment,
    AssignmentError,
    ConnectProtocol,
    Work,
    WorkerMetadata,
)
from barnabas.runtime.group.wire import (
    decode_assignment,
    decode_metadata,
    encode_assignment,
    encode_metadata,
    join_protocols,
)
from barnabas.runtime.model import TaskId

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COOPERATIVE = st.sampled_from([ConnectProtocol.COMPATIBLE, ConnectProtocol.SESSIONED])


@st.composite
def works(draw):
    connectors = draw(st.lists(NAMES, unique=True, max_size=5))
    tasks = draw(st.lists(st.tuples(NAMES, st.integers(0, 2**31 - 1)), unique=True, max_size=9))
    return Work(tuple(connectors), tuple(TaskId(*task) for task in tasks))


@st.composite
def assignments(draw, protocol):
    work, revoked = draw(works()), draw(works())
    return Assignment(
        protocol.version,
        draw(NAMES),
        draw(NAMES),
        draw(st.integers(-(2**63), 2**63 - 1)),
        work.connectors,
        work.tasks,
        revoked.connectors,
        revoked.tasks,
        draw(st.integers(0, 2**31 - 1)),
        draw(st.sampled_from(AssignmentError)),
    )


def as_sets(assignment):
    """Forget the order among connectors: entries of one connector are brought together."""
    return [
        set(field) if isinstance(field, tuple) else field
        for field in (getattr(assignment, name) for name in assignment.__slots__)
    ]


@given(st.data(), COOPERATIVE)
def test_an_assignment_comes_back_as_it_was(data, protocol):
    assignment = data.draw(assignments(protocol))
    again = decode_assignment(encode_assignment(assignment, protocol))
    assert as_sets(again) == as_sets(assignment)
    assert again.connectors == assignment.connectors


@given(st.data(), COOPERATIVE)
def test_metadata_come_back_as_they_were(data, protocol):
    assignment = data.draw(st.none() | assignments(protocol))
    metadata = WorkerMetadata(data.draw(NAMES), data.draw(st.integers(-1, 2**63 - 1)), assignment)
    again = decode_metadata(encode_metadata(metadata, protocol))
    assert (again.url, again.config_offset) == (metadata.url, metadata.config_offset)
    assert (again.assignment is None) == (assignment is None)
    if assignment is not None:
        assert as_sets(again.assignment) == as_sets(assignment)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data):
    for decode in (decode_metadata, decode_assignment):
        with contextlib.suppress(ProtocolError):
            decode(data)


@given(st.data(), COOPERATIVE)
def test_what_a_newer_version_adds_at_the_end_is_ignored(data, protocol):
    encoded = encode_assignment(data.draw(assignments(protocol)), protocol)
    assert decode_assignment(encoded + b"more") == decode_assignment(encoded)


def test_an_eager_assignment_is_read_without_the_fields_it_lacks():
    assignment = Assignment(0, "m", "http://l/", 3, ("a",), (TaskId("a", 1),))
    encoded = encode_assignment(assignment, ConnectProtocol.EAGER)
    assert decode_assignment(encoded) == assignment


def test_null_arrays_are_read_as_empty():
    data = bytes.fromhex("0001 0000 0001 6c 0001 75 0000000000000005 ffffffff ffffffff 00000007")
    assert decode_assignment(data) == Assignment(1, "l", "u", 5, delay_ms=7)


def test_a_connector_stands_before_its_tasks_and_connectors_keep_their_order():
    work = Assignment(1, "", "", 0, ("b", "a"), (TaskId("c", 0), TaskId("b", 2), TaskId("b", 0)))
    encoded = encode_assignment(work, ConnectProtocol.EAGER)
    array = encoded[16:].hex(" ", -4)
    assert bytes.fromhex(array) == (
        b"\0\0\0\3"
        b"\0\1b\0\0\0\3\xff\xff\xff\xff\0\0\0\2\0\0\0\0"
        b"\0\1a\0\0\0\1\xff\xff\xff\xff"
        b"\0\1c\0\0\0\1\0\0\0\0"
    )


@pytest.mark.mirrors("connect/runtime real group of 4.1.0: decoded worker metadata")
def test_the_metadata_of_a_live_java_worker_are_read_and_written_again():
    leader = "connect-127.0.0.1:18083-b4de88de-ea08-4b3a-9d38-12e61d746ad3"
    url = "http://127.0.0.1:18083/"
    text = b"\0\x3c" + leader.encode() + b"\0\x17" + url.encode() + b"\0" * 7 + b"\x15"
    blob = b"\0\2\0\0" + text + b"\0" * 12
    data = b"\0\2\0\x17" + url.encode() + b"\0" * 7 + b"\x15" + b"\0\0\0\x6f" + blob
    metadata = decode_metadata(data)
    assert metadata == WorkerMetadata(url, 21, Assignment(2, leader, url, 21))
    assert encode_metadata(metadata, ConnectProtocol.SESSIONED) == data


def test_each_offer_of_a_worker_has_the_form_of_its_protocol():
    metadata = WorkerMetadata("http://w/", 3)
    head = b"\0\x09http://w/\0\0\0\0\0\0\0\3"
    assert join_protocols("sessioned", metadata) == [
        ("sessioned", b"\0\2" + head + b"\xff\xff\xff\xff"),
        ("compatible", b"\0\1" + head + b"\xff\xff\xff\xff"),
        ("default", b"\0\0" + head),
    ]


def test_an_unknown_mode_is_refused():
    with pytest.raises(ConfigError, match=r"connect\.protocol"):
        join_protocols("lazy", WorkerMetadata("http://w/", 3))


def test_a_negative_version_is_refused():
    with pytest.raises(ProtocolError, match="assignment has version -1"):
        decode_assignment(b"\xff\xff" + b"\0" * 20)


def test_bytes_that_end_early_are_told_with_the_place():
    with pytest.raises(ProtocolError, match="byte 4 of 6: the url needs 9 bytes and 2 are left"):
        decode_metadata(b"\0\1\0\x09ht")


def test_no_bytes_at_all_are_refused():
    with pytest.raises(ProtocolError, match="byte 0 of 0: the version"):
        decode_assignment(b"")


def test_a_length_below_zero_is_refused():
    with pytest.raises(ProtocolError, match="url would have a length of -3"):
        decode_metadata(b"\0\1\xff\xfd")


def test_text_that_is_not_utf8_is_refused():
    with pytest.raises(ProtocolError, match="url is not UTF-8"):
        decode_metadata(b"\0\1\0\2\xff\xfe" + b"\0" * 12)


def test_a_count_that_cannot_be_is_refused_at_once():
    head = bytes.fromhex("0001 0000 0000 0000 0000000000000005")
    with pytest.raises(ProtocolError, match="connector among"):
        decode_assignment(head + b"\x7f\xff\xff\xff")


def test_a_name_that_is_too_long_is_not_written():
    with pytest.raises(ProtocolError, match="url is 40000 bytes long, more than 32767"):
        encode_metadata(WorkerMetadata("u" * 40000, 0), ConnectProtocol.EAGER)


def test_half_a_character_is_written_as_java_does():
    encoded = encode_metadata(WorkerMetadata("h\ud83d/", 0), ConnectProtocol.EAGER)
    assert decode_metadata(encoded).url == "h?/"


def test_a_number_that_does_not_fit_is_not_written():
    with pytest.raises(ProtocolError, match="config offset"):
        encode_metadata(WorkerMetadata("u", 2**63), ConnectProtocol.EAGER)
    with pytest.raises(ProtocolError, match=r"tasks .* of connector a"):
        encode_assignment(
            Assignment(1, "", "", 0, (), (TaskId("a", 2**31),)), ConnectProtocol.COMPATIBLE
        )
