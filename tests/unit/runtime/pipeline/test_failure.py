# SPDX-License-Identifier: Apache-2.0
"""What is said about a record that failed."""

from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, DataError
from barnabas.runtime.pipeline.failure import FailFast, Failure, LeaveOut, Stage, describe
from tests.unit.runtime.pipeline.doubles import TextConverter, sink_record, source_record


def test_first_failure_fails_the_task_and_says_where_and_why() -> None:
    error = DataError("no JSON")
    failure = Failure(Stage.VALUE_CONVERTER, TextConverter, "record from topic t", error)
    with pytest.raises(ConnectError) as raised:
        FailFast().handle(failure)
    assert raised.value.__cause__ is error
    text = raised.value.message
    assert text.startswith("Tolerance exceeded in error handler: VALUE_CONVERTER with class tests.")
    assert "TextConverter failed on the record from topic t: no JSON" in text
    assert "errors.tolerance=all" in text


def test_sink_record_is_described_by_where_it_came_from() -> None:
    moved = sink_record("secret").replace(topic="other", kafka_partition=5)
    assert describe(moved) == "record from topic t, partition 0, offset 7"


def test_source_record_is_described_without_its_content() -> None:
    text = describe(source_record("secret", source_offset={"o": "x" * 500}))
    assert text.startswith("record for topic t from source partition {'p': 1} at source offset")
    assert "secret" not in text
    assert len(text) < 400


def test_what_is_left_out_says_nothing(caplog) -> None:
    failure = Failure(Stage.KEY_CONVERTER, TextConverter, "record from topic t", DataError("no"))
    LeaveOut().handle(failure)
    assert caplog.text == ""


def test_an_operation_is_called_once_where_nobody_says_otherwise() -> None:
    assert LeaveOut().attempt(divmod, 7, 2) == (3, 1)
