# SPDX-License-Identifier: Apache-2.0
"""Telling of records in internal topics that make no sense."""

from __future__ import annotations

import logging
from typing import Final

from barnabas.runtime.stores import offset_format
from barnabas.runtime.stores.log_reader import LogRecord

__all__ = ["GarbageLog"]

_MOST_SINGLE: Final = 100
_SHOWN: Final = 200

_KINDS: Final = {
    "status": ("status-connector-", "status-task-", "status-topic-"),
    "config": (
        "connector-",
        "task-",
        "commit-",
        "target-state-",
        "tasks-fencing-",
        "restart-connector-",
        "session-key",
        "logger-cluster-",
    ),
}
"""What keys of the topics named by ``<kind>.storage.topic`` begin with."""

_log = logging.getLogger(__name__)


class GarbageLog:
    """Warns of the records of one topic that are ignored, or cannot be used.

    Each is told by itself until there are a hundred, then only every thousandth: a topic that was
    meant for something else does not fill the log.

    Args:
        topic: Name of the topic.
        kind: What it is for: ``config``, ``offset`` or ``status``.
    """

    def __init__(self, topic: str, kind: str) -> None:
        self._topic = topic
        self._kind = kind
        self._count = 0

    def warn(self, record: LogRecord, why: str, *, is_kept: bool = False) -> None:
        """Warn of a record, or part of it; says where it is, not what is in it.

        Args:
            record: Told are its place and its key.
            why: What is wrong with it.
            is_kept: It is not ignored, but whoever needs it will fail.
        """
        self._count += 1
        if self._count > _MOST_SINGLE and self._count % 1000:
            return
        _log.warning(
            "%s record of topic %s, partition %d, offset %d, key %s: %s%s%s",
            "Damaged" if is_kept else "Ignoring a",
            self._topic,
            record.partition,
            record.offset,
            _shown(record.key),
            why if len(why) <= 2 * _SHOWN else f"{why[: 2 * _SHOWN]}…",
            self._suspicion(record.key),
            self._sum(),
        )

    def _suspicion(self, key: bytes | None) -> str:
        """Say which other setting may name the topic by mistake."""
        looks_like = _kind_of(key)
        if looks_like in (None, self._kind):
            return ""
        return (
            f". It looks like one for {looks_like}.storage.topic: this topic is named by "
            f"{self._kind}.storage.topic here; does a worker, of this cluster or another, use it "
            "for something else?"
        )

    def _sum(self) -> str:
        if self._count < _MOST_SINGLE:
            return ""
        return (
            f". That makes {self._count:,} such records of this topic since the start; from now on "
            f"only every thousandth is told. Is {self._kind}.storage.topic right?"
        )


def _shown(key: bytes | None) -> str:
    if key is None:
        return "None"
    try:
        text = repr(key[: 4 * _SHOWN].decode())
    except UnicodeDecodeError:
        text = repr(key[: 4 * _SHOWN])
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(key):,} bytes)"


def _kind_of(key: bytes | None) -> str | None:
    """Guess which of the three topics a key belongs to."""
    if key is None or len(key) > 4 * _SHOWN:
        return None
    text = key.decode("utf-8", "replace")
    for kind, beginnings in _KINDS.items():
        if text.startswith(beginnings):
            return kind
    return None if offset_format.decode_key(key) is None else "offset"
