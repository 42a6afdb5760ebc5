# SPDX-License-Identifier: Apache-2.0
"""The log of records that failed."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.errors import DataError
from barnabas.runtime.pipeline import ErrorCounts, ErrorLog, Failure, JavaNames, Stage
from tests.unit.runtime.pipeline.doubles import TextConverter, source_record
from tests.unit.runtime.pipeline.test_sink import Message


def logged(caplog: pytest.LogCaptureFixture, origin: Any, *, tells_record: bool) -> str:
    names, counts = JavaNames(), ErrorCounts()
    names.add(TextConverter, "com.example.Text")
    log = ErrorLog("orders-0", names, counts, tells_record=tells_record)
    log.report(
        Failure(Stage.VALUE_CONVERTER, TextConverter, "record", DataError("no JSON"), origin)
    )
    assert counts.logged == 1
    (record,) = caplog.records
    assert record.exception.startswith("org.apache.kafka.connect.errors.DataException: no JSON\n")
    return record.getMessage()


START = (
    "Error encountered in task orders-0. Executing stage 'VALUE_CONVERTER' with class "
    "'com.example.Text'"
)


def test_a_failure_is_told_in_javas_words(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, Message(b"v"), tells_record=False) == f"{START}."


def test_a_consumed_record_is_told_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    message = Message(b"secret", offset_=7, partition_=3, timestamp_=(2, 99))
    assert logged(caplog, message, tells_record=True) == (
        f"{START}, where consumed record is {{topic='t', partition=3, offset=7, timestamp=99, "
        "timestampType=LogAppendTime}."
    )


def test_a_record_without_a_time_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    text = logged(caplog, Message(b"v", timestamp_=(0, 5)), tells_record=True)
    assert "timestamp=-1, timestampType=NoTimestampType" in text


def test_a_source_record_is_told_whole(caplog: pytest.LogCaptureFixture) -> None:
    text = logged(caplog, source_record("content"), tells_record=True)
    assert text.startswith(f"{START}, where source record is = SourceRecord(")
    assert "'content'" in text


def test_a_record_nobody_kept_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, None, tells_record=True) == f"{START}."
