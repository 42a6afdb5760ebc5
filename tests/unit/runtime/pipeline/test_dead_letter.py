# SPDX-License-Identifier: Apache-2.0
"""What is written for a record that failed."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import msgspec
import pytest

from barnabas.api import TopicPartition
from barnabas.data import Header, Headers
from barnabas.errors import DataError
from barnabas.runtime.pipeline import DeadLetter, DeadLetterForm, Failure, JavaNames, Stage
from tests.unit.runtime.pipeline.doubles import TextConverter, source_record
from tests.unit.runtime.pipeline.test_sink import Message


def letter(origin: Any, *, error: Exception | None = None, context: bool = False) -> DeadLetter:
    names = JavaNames()
    names.add(TextConverter, "com.example.Text")
    form = DeadLetterForm("orders", 3, names, has_context_headers=context)
    told = error or DataError("no JSON")
    return form.make(Failure(Stage.VALUE_CONVERTER, TextConverter, "record", told, origin))


def test_a_consumed_record_is_written_as_it_was() -> None:
    message = Message(b"\xff", 7, "t", 2, b"k", (1, 99), [("h", b"1"), ("h", None)])
    assert letter(message) == DeadLetter(
        b"k", b"\xff", [("h", b"1"), ("h", None)], 99, TopicPartition("t", 2)
    )


@pytest.mark.parametrize("time", [(0, -1), (1, -1)], ids=["none", "negative"])
def test_a_record_without_a_time_gets_that_of_writing(time: tuple[int, int]) -> None:
    assert letter(Message(None, timestamp_=time)).timestamp == 0


def test_headers_tell_what_went_wrong_behind_those_the_record_had() -> None:
    message = Message(b"v", 7, "t", 2, headers_=[("__connect.errors.topic", b"before")])
    headers = letter(message, context=True).headers
    assert headers[:-1] == [
        ("__connect.errors.topic", b"before"),
        ("__connect.errors.topic", b"t"),
        ("__connect.errors.partition", b"2"),
        ("__connect.errors.offset", b"7"),
        ("__connect.errors.connector.name", b"orders"),
        ("__connect.errors.task.id", b"3"),
        ("__connect.errors.stage", b"VALUE_CONVERTER"),
        ("__connect.errors.class.name", b"com.example.Text"),
        (
            "__connect.errors.exception.class.name",
            b"org.apache.kafka.connect.errors.DataException",
        ),
        ("__connect.errors.exception.message", b"no JSON"),
    ]
    assert headers[-1][0] == "__connect.errors.exception.stacktrace"
    assert headers[-1][1].startswith(b"org.apache.kafka.connect.errors.DataException: no JSON\n")
    assert message.headers_ == [("__connect.errors.topic", b"before")]


def test_an_error_without_a_message_gives_a_header_without_a_value() -> None:
    headers = dict(letter(Message(b"v"), error=ValueError(), context=True).headers)
    assert headers["__connect.errors.exception.message"] is None


def test_a_source_record_is_written_as_json() -> None:
    record = source_record(
        {"amount": decimal.Decimal("1.5"), "at": datetime.date(2026, 1, 2), 3: {1, 2}},
        key=b"k",
        headers=Headers([Header("h", None, "x")]),
    )
    written = letter(record, context=True)
    assert written.key == b'{"p":1}'
    assert written.source is None
    assert msgspec.json.decode(written.value) == {
        "topic": "t",
        "kafkaPartition": None,
        "timestamp": None,
        "sourcePartition": {"p": 1},
        "sourceOffset": {"o": 2},
        "key": "aw==",
        "value": {"amount": "1.5", "at": "2026-01-02", "3": [1, 2]},
        "headers": [{"key": "h", "value": "x"}],
    }
    headers = dict(written.headers)
    assert headers["__connect.errors.partition"] == b'{"p":1}'
    assert headers["__connect.errors.offset"] == b'{"o":2}'


def test_what_json_cannot_hold_is_written_as_its_repr() -> None:
    value = msgspec.json.decode(letter(source_record({"x": object(), "y": "\ud800"})).value)
    assert value["value"]["x"].startswith("<object object")
    assert value["value"]["y"] == "'\\ud800'"
