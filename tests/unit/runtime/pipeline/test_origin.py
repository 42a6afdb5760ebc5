# SPDX-License-Identifier: Apache-2.0
"""What a record was before."""

from __future__ import annotations

from barnabas.api import SinkRecord
from barnabas.data import Header, Headers
from barnabas.runtime.pipeline.origin import ConvertedMessage, TracedRecord, origin_of
from tests.unit.runtime.pipeline.doubles import converters, sink_record, source_record


def test_copies_hold_what_the_record_was_made_of() -> None:
    record = TracedRecord(topic="t", kafka_partition=0, kafka_offset=1, origin="message")
    assert isinstance(record, SinkRecord)
    assert origin_of(record.replace(topic="other")) == "message"


def test_a_plain_record_comes_from_nowhere_and_a_source_record_from_itself() -> None:
    assert origin_of(sink_record()) is None
    record = source_record()
    assert origin_of(record) is record


def test_a_record_a_sink_made_is_converted_to_a_message() -> None:
    headers = Headers([Header("h", None, "x")])
    record = sink_record("v", key="k", timestamp=99, headers=headers)
    message = ConvertedMessage.of(record.replace(topic="other"), converters())
    assert (message.topic(), message.partition(), message.offset()) == ("t", 0, 7)
    assert (message.key(), message.value(), message.timestamp()) == (b"k", b"v", (1, 99))
    assert message.headers() == [("h", b"x")]


def test_a_record_without_time_and_headers_is_a_message_without() -> None:
    message = ConvertedMessage.of(sink_record("v"), converters())
    assert message.timestamp() == (0, -1)
    assert message.headers() is None
