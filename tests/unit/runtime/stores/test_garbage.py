# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.stores.garbage import GarbageLog
from barnabas.runtime.stores.log_reader import LogRecord


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (b"k\xff\n", r"b'k\xff\n'"),
        (None, "None"),
        (b"plain", "'plain'"),
        ("Käfer".encode(), "'Käfer'"),
        (b"n" * 1_000_000, "'" + "n" * 199 + "… (1,000,000 bytes)"),
    ],
)
def test_the_place_of_a_record_is_told_but_not_its_value(
    key: bytes | None, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    GarbageLog("t", "config").warn(LogRecord(3, 7, key, b"secret"), "its key is of no known kind")
    assert caplog.messages == [
        f"Ignoring a record of topic t, partition 3, offset 7, key {shown}: "
        "its key is of no known kind"
    ]


@pytest.mark.parametrize(
    ("kind", "key", "other"),
    [
        ("config", b"status-task-c-0", "status"),
        ("config", b'["c",{"file":"f"}]', "offset"),
        ("status", b"connector-c", "config"),
        ("status", b"session-key", "config"),
        ("offset", b"status-topic-t:connector-c", "status"),
        ("offset", b"commit-c", "config"),
    ],
)
def test_a_record_for_another_topic_tells_of_settings_that_were_mixed_up(
    kind: str, key: bytes, other: str, caplog: pytest.LogCaptureFixture
) -> None:
    GarbageLog("t", kind).warn(LogRecord(0, 0, key, b"{}"), "odd")
    assert (
        f": odd. It looks like one for {other}.storage.topic: this topic is named by "
        f"{kind}.storage.topic here"
    ) in caplog.text


@pytest.mark.parametrize(
    ("kind", "key"), [("config", b"connector-c"), ("status", b"status-task-c-x"), ("offset", b"x")]
)
def test_a_damaged_record_of_the_right_kind_raises_no_suspicion(
    kind: str, key: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    GarbageLog("t", kind).warn(LogRecord(0, 0, key, b"{"), "odd")
    assert caplog.text.rstrip().endswith(": odd")


def test_a_long_reason_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    GarbageLog("t", "config").warn(LogRecord(0, 0, b"k", b""), "x" * 10_000)
    assert len(caplog.messages[0]) < 600


def test_what_is_not_ignored_is_called_damaged(caplog: pytest.LogCaptureFixture) -> None:
    GarbageLog("t", "offset").warn(LogRecord(0, 0, b"k", b""), "odd", is_kept=True)
    assert caplog.messages[0].startswith("Damaged record of topic t, ")


def test_a_topic_full_of_other_things_does_not_fill_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    garbage = GarbageLog("t", "config")
    for offset in range(5_000):
        garbage.warn(LogRecord(0, offset, b"k", b""), "odd")
    assert len(caplog.messages) == 105
    assert "makes 100 such records of this topic" in caplog.messages[99]
    assert "Is config.storage.topic right?" in caplog.messages[99]
    assert "makes 5,000 such records" in caplog.messages[-1]
