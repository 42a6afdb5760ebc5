# SPDX-License-Identifier: Apache-2.0
"""What worker and runner say arrives as it was said."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ProtocolError
from barnabas.runtime.model import State, TargetState, TaskId
from barnabas.runtime.runners import messages
from barnabas.runtime.runners.messages import (
    ConnectorSpec,
    Done,
    FrameReader,
    PluginRef,
    RunTask,
    Setup,
    StateReport,
    WriteOffsets,
)
from barnabas.runtime.tasks.link import TaskSpec

SPEC = TaskSpec(
    TaskId("orders", 3),
    "FileStreamSource",
    "m:Task",
    {"password": "hunter22"},
    {"password": "hunter22"},
    {"password": "hunter22"},
    TargetState.PAUSED,
    7,
    is_sink=False,
)


def body(message):
    [one] = FrameReader().feed(messages.encode(message))
    return one


def test_a_task_survives_the_wire():
    order = RunTask(SPEC, PluginRef("FileStreamSource", "m:Connector"))
    assert messages.decode_to_runner(body(order)) == order


@given(st.lists(st.tuples(st.binary(), st.none() | st.binary())), st.integers(0, 2**31))
def test_offsets_survive_the_wire(offsets, number):
    question = WriteOffsets(number, offsets)
    assert messages.decode_to_worker(body(question)) == question


@given(st.integers(0, 2**31), st.dictionaries(st.text(), st.integers(0, 2**31 - 1)))
def test_limits_of_topics_survive_the_wire(number, limits):
    question = messages.ReadTopicLimits(number, {"client.id": "x"}, list(limits))
    assert messages.decode_to_worker(body(question)) == question
    answer = messages.TopicLimitsAnswer(number, limits)
    assert messages.decode_to_runner(body(answer)) == answer


@given(st.sampled_from(State), st.none() | st.text(), st.none() | st.text())
def test_states_survive_the_wire(state, trace, version):
    report = StateReport(state, trace, version)
    assert messages.decode_to_worker(body(report)) == report


@given(st.lists(st.integers(0, 10_000), max_size=8), st.integers(1, 40))
def test_frames_come_out_however_the_stream_is_cut(ids, size):
    stream = b"".join(messages.encode(Done(number)) for number in ids)
    reader = FrameReader()
    found = []
    for start in range(0, len(stream), size):
        found += reader.feed(stream[start : start + size])
    assert [messages.decode_to_worker(one) for one in found] == [Done(number) for number in ids]


def test_a_frame_that_claims_too_much_is_refused():
    with pytest.raises(ProtocolError, match="claims 4294967295 bytes"):
        FrameReader().feed(b"\xff\xff\xff\xff")


def test_a_message_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(messages, "MAX_MESSAGE_BYTES", 10)
    with pytest.raises(ProtocolError, match="TopicsReport"):
        messages.encode(messages.TopicsReport(["a topic"]))


@pytest.mark.parametrize("decode", [messages.decode_to_runner, messages.decode_to_worker])
@pytest.mark.parametrize("data", [b"", b"\x00", b"\xc1", b"\x81\xa4type\xa4Nope"])
def test_bytes_of_no_message_are_refused(decode, data):
    with pytest.raises(ProtocolError, match="none of the protocol"):
        decode(data)


def test_a_worker_takes_no_orders():
    with pytest.raises(ProtocolError):
        messages.decode_to_worker(body(messages.Stop()))


@pytest.mark.parametrize(
    "message",
    [
        RunTask(SPEC, PluginRef("x", "m:x")),
        Setup("task x", None, [], {"password": "hunter22"}, is_distributed=False, logger_levels={}),
        messages.Validate(1, {"password": "hunter22"}),
        messages.ReadTopicLimits(1, {"password": "hunter22"}, ["t"]),
        messages.StartConnector(
            1,
            1,
            ConnectorSpec(
                "x", PluginRef("x", "m:x"), {"password": "hunter22"}, TargetState.STARTED
            ),
        ),
    ],
)
def test_no_message_shows_a_secret(message):
    assert "hunter22" not in repr(message)


@pytest.mark.parametrize("union", [messages.ToRunner, messages.ToWorker])
def test_every_message_says_what_it_is_for(union):
    assert all(kind.__doc__ for kind in typing.get_args(union))
