# SPDX-License-Identifier: Apache-2.0
"""Offsets waiting to be stored."""

from __future__ import annotations

import pytest

from barnabas.runtime.tasks.offset_log import OffsetLog


@pytest.mark.mirrors("connect/runtime OffsetStorageWriterTest#testNoOffsetsToFlush")
def test_nothing_waiting_begins_nothing() -> None:
    log = OffsetLog[str, int]()
    assert log.begin_flush() == {}
    assert not log.is_flushing


@pytest.mark.mirrors("connect/runtime OffsetStorageWriterTest#testWriteFlush")
def test_newest_offset_is_flushed_once() -> None:
    log = OffsetLog[str, int]()
    log.add({"a": 1, "b": 1})
    log.add({"a": 2})
    assert log.begin_flush() == {"a": 2, "b": 1}
    assert log.is_flushing
    log.end_flush()
    assert log.begin_flush() == {}


@pytest.mark.mirrors("connect/runtime OffsetStorageWriterTest#testFlushFailureReplacesOffsets")
def test_failed_flush_gives_back_what_is_not_newer() -> None:
    log = OffsetLog[str, int]()
    log.add({"a": 1, "b": 1})
    log.begin_flush()
    log.add({"a": 2, "c": 2})
    log.cancel_flush()
    assert log.begin_flush() == {"a": 2, "b": 1, "c": 2}
