# SPDX-License-Identifier: Apache-2.0
"""How a source task learns that the broker has acknowledged its records.

A :class:`Delivery` is given to the producer as the callback of every record of a chunk. The client
holds a reference to it for each record, and lets go of it once the record was acknowledged or its
failure was told. Opened with ``reports_only_failures`` it calls back for failures only. So when the
last reference is gone, and no failure was told, the whole chunk is acknowledged: that costs no call
and no object per record. It rests on CPython's reference counts; whoever else holds a delivery
delays its chunk, never the other way round.

Tasks that override ``commit_record`` need a call for each record: :class:`RecordDelivery`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from barnabas.api import RecordMetadata, SourceRecord
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError
from barnabas.runtime.tasks.submitted import Chunk, ChunkState

__all__ = ["Delivery", "RecordDelivery"]


OnFailure: TypeAlias = Callable[[KafkaError, Message], None]
OnDelivered: TypeAlias = Callable[[SourceRecord, RecordMetadata], None]


class Delivery:
    """Watches one chunk; give it to the producer and forget it."""

    __slots__ = ("_chunk", "_on_failure")

    def __init__(self, chunk: Chunk[Any, Any], on_failure: OnFailure) -> None:
        self._chunk = chunk
        self._on_failure = on_failure

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """Hear of one record; the client calls it on the thread that polls the producer."""
        if error is not None:
            self._chunk.state = ChunkState.FAILED
            self._on_failure(error, message)

    def __del__(self) -> None:
        if self._chunk.state is ChunkState.IN_FLIGHT:
            self._chunk.state = ChunkState.ACKNOWLEDGED


class RecordDelivery(Delivery):
    """Watches a chunk of one record and passes on where the broker put it.

    Of a record that several were made of, it tells where the last of them is, once all are there.
    """

    __slots__ = ("_left", "_on_delivered", "_record")

    def __init__(
        self,
        chunk: Chunk[Any, Any],
        on_failure: OnFailure,
        record: SourceRecord,
        on_delivered: OnDelivered,
    ) -> None:
        super().__init__(chunk, on_failure)
        self._left = chunk.size
        self._record = record
        self._on_delivered = on_delivered

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """Hear of the record; see :class:`Delivery`."""
        super().__call__(error, message)
        if error is not None:
            return
        self._left -= 1
        if not self._left:
            self._chunk.state = ChunkState.ACKNOWLEDGED
            kind, time = message.timestamp()
            metadata = RecordMetadata(
                message.topic() or self._record.topic,
                _known(message.partition()),
                _known(message.offset()),
                time if kind else None,
            )
            self._on_delivered(self._record, metadata)


def _known(number: int | None) -> int:
    return -1 if number is None else number
