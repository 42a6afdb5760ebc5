# SPDX-License-Identifier: Apache-2.0
"""The transactions of an exactly-once source task: its records, and their offsets with them.

A transaction begins with its first record and ends with the offsets of its records, which go to the
offsets topic through the same producer. So whoever reads committed records finds both or neither,
and a successor of the task goes on exactly behind the last transaction that counts.

Source:
    KIP-618; Apache Kafka ``ExactlyOnceWorkerSourceTask``, ``ConnectorOffsetBackingStore``;
    reference pages *runtime semantics*, section 6, and *internal topics*, section 5.1.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple, TypeAlias

from barnabas.api import RecordMetadata, SourceRecord
from barnabas.errors import ConnectError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException, is_purged
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer
from barnabas.kafka.transactions import (
    Transactions,
    close_producer,
    is_fenced,
    transaction_error,
)
from barnabas.runtime.pipeline import ProduceBatch
from barnabas.runtime.stores.offset_format import offset_value
from barnabas.runtime.tasks.link import ExactlyOnce, TaskLink
from barnabas.runtime.tasks.offset_committer import Offsets
from barnabas.runtime.tasks.partition_keys import PartitionKeys
from barnabas.runtime.tasks.producers import Producers
from barnabas.runtime.tasks.send_errors import undelivered, unsendable

__all__ = ["Ended", "Prepared", "SourceTransactions"]

_SERVE_S: Final = 0.1
_CLOSING_S: Final = 3.0
"""How long brokers are waited for when a producer with an open transaction is let go."""
_COPY_S: Final = 30.0
_KEYS_REMEMBERED: Final = 10_000
_TIMED_OUT: Final = (
    "Committing a transaction was given up after offset.flush.timeout.ms, because the task is to "
    "stop and brokers do not answer; the transaction counts wholly or not at all"
)
_ABORT_TIMED_OUT: Final = (
    "Aborting a transaction was given up after offset.flush.timeout.ms, because the task is to "
    "stop and brokers do not answer; nothing of the transaction counts, and its records come again"
)

_Row: TypeAlias = tuple[str, bytes | None, bytes | None, int, int, Any, Any]
"""Topic, key, value, partition (-1: any), timestamp (0: now), headers, callback."""
_Told: TypeAlias = tuple[SourceRecord, RecordMetadata | None]

_logger = logging.getLogger(__name__)


class Ended(NamedTuple):
    """What became of a transaction that was committed or aborted."""

    records: Sequence[_Told]
    """Each with where the broker put it, None for those that do not count; empty when the task
    does not want to know."""
    size: int
    """How many records it held."""
    duration_s: float
    """How long ending it took."""


class Prepared(NamedTuple):
    """What is to be put into a transaction."""

    batch: ProduceBatch
    """Its ``records`` and ``dropped`` are empty unless the task wants to hear of them."""
    offsets: Mapping[bytes, Offsets]
    """The last of each source partition."""


@dataclasses.dataclass(slots=True)
class _Watched:
    """A record and what becomes of it; the producer's callback."""

    record: SourceRecord
    on_failure: Callable[[KafkaError, Message], None]
    metadata: RecordMetadata | None = None

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.on_failure(error, message)
            return
        partition, offset = message.partition(), message.offset()
        kind, moment = message.timestamp()
        self.metadata = RecordMetadata(
            message.topic() or self.record.topic,
            -1 if partition is None else partition,
            -1 if offset is None else offset,
            moment if kind else None,
        )


class SourceTransactions:
    """Fills and ends transactions. Used by one thread at a time, save :meth:`prepare`.

    Args:
        connector: Name of the connector.
        settings: Transactional id, and where offsets go.
        link: The task's link to the worker.
        producers: Opens the producer, which reports failures only unless ``tells_records``.
        properties: Those of the producer.
        tells_records: Whether the task wants to hear of each record.
        gives_up: Asked, while brokers do not answer, whether to stop waiting.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(  # noqa: PLR0913 - what a task is made of
        self,
        connector: str,
        settings: ExactlyOnce,
        link: TaskLink,
        producers: Producers,
        properties: ClientProperties,
        *,
        tells_records: bool,
        gives_up: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._link = link
        self._producers = producers
        self._properties = properties
        self._tells_records = tells_records
        self._gives_up = gives_up
        self._now = now
        self._keys = PartitionKeys(connector)
        self._stored_keys: dict[bytes, bytes] = {}
        self._opened: OpenProducer | None = None
        self._transactions: Transactions | None = None
        self._failure: ConnectError | None = None
        self._offsets: dict[bytes, Offsets] = {}
        self._watched: list[_Watched] = []
        self._dropped: list[SourceRecord] = []
        self._topics: set[str] = set()
        self._known_topics: set[str] = set()
        self._topics_epoch = link.topics_epoch
        self._size = 0

    @property
    def open_since(self) -> float | None:
        """When the open transaction began, by the clock; None when none is open."""
        transactions = self._transactions
        return transactions.began_at if transactions and transactions.is_open else None

    @property
    def timeout_s(self) -> float:
        """How long brokers let a transaction be open."""
        assert self._transactions is not None, "open() comes first"
        return self._transactions.timeout_s

    def fits(self, topics: Iterable[str]) -> bool:
        """Say whether batches of the present size fit topics; see :class:`Producers`.

        For the main thread; the next producer that is opened has batches that fit.
        """
        return self._producers.fits(topics)

    @property
    def undelivered(self) -> int:
        """How many records are under way to brokers, or delivered and not heard of yet."""
        return len(self._producer)

    def prepare(self, batch: ProduceBatch) -> Prepared:
        """Take from a batch what is to be written, and let go of the rest.

        For the main thread; what waits to be written holds the bytes only, unless the task wants to
        hear of its records.
        """
        offsets = self._keys.last_offsets(batch.records) if batch.records else {}
        if not self._tells_records:
            batch = dataclasses.replace(batch, records=(), dropped=())
        return Prepared(batch, offsets)

    def open(self, keep_on: Callable[[], bool]) -> bool:
        """Open the producer and claim its id, so that no earlier one can produce any more.

        Returns:
            False when ``keep_on`` said so before brokers answered.

        Raises:
            ConnectError: The brokers refuse.
        """
        self._link.ensure_lease()
        self._opened = self._producers.open()
        self._transactions = Transactions(self._opened, self._properties, self._now)
        return self._transactions.claim(keep_on)

    def reopen(self) -> None:
        """Open the producer anew between transactions, with smaller batches.

        Raises:
            ConnectError: The brokers refuse, or do not answer before this is given up.
        """
        self._close_producer()
        if not self.open(lambda: not self._gives_up()):
            raise ConnectError(_TIMED_OUT)

    def serve(self) -> None:
        """Take what the producer has to tell, such as its statistics; never waits.

        Raises:
            ConnectError: The producer cannot go on.
        """
        try:
            self._transaction.serve()
        except ConnectError:
            self._check()  # what failed first says more
            raise

    def add(self, prepared: Prepared) -> None:
        """Put records into the transaction, which begins if none is open.

        Raises:
            ConnectError: A record was refused, or the transaction cannot count any more.
        """
        self._link.ensure_lease()
        batch = prepared.batch
        self._dropped.extend(batch.dropped)
        if not batch.values:
            return
        self._begin()
        headers = batch.headers or repeat(None)
        columns = (
            batch.topics,
            batch.keys,
            batch.values,
            batch.partitions,
            batch.timestamps,
            headers,
            self._callbacks(batch.records),
        )
        self._produce(zip(*columns, strict=False))
        self._offsets.update(prepared.offsets)
        self._topics.update(batch.distinct_topics)
        self._size += len(batch.values)
        # What was delivered meanwhile need not be gone through while the commit waits.
        self.serve()

    def commit(self) -> Ended:
        """Write the offsets and end the transaction; both count from now on.

        Without records and offsets there is nothing to write, and it ends at once.

        Raises:
            ConnectError: It does not count; or it is not known whether it does.
        """
        began_at = self._now()
        if self.open_since is not None or self._offsets:
            self._commit_with_offsets()
        return self._ended(began_at)

    def abort(self) -> Ended:
        """Have no record of the transaction count; that they were read, does.

        Brokers are waited for as long as they let a transaction be open: then they end it.

        Raises:
            ConnectError: That could not be done, or the task is to stop meanwhile.
        """
        began_at = self._now()
        if self.open_since is not None:
            if not self._transaction.abort(self.timeout_s, lambda: not self._gives_up()):
                raise ConnectError(_ABORT_TIMED_OUT)
            self._topics.clear()
        for watched in self._watched:
            watched.metadata = None
        if self._offsets:
            self._commit_with_offsets()
        return self._ended(began_at)

    def close(self) -> None:
        """Abort what is open, so that nobody waits for its end, and let the producer go."""
        try:
            if self.open_since is not None and not self._gives_up():
                self._transaction.abort(_CLOSING_S, lambda: not self._gives_up())
        except ConnectError as error:
            _logger.debug("An open transaction was left to the brokers: %s", error)
        finally:
            self._close_producer()

    # -- details -----------------------------------------------------------------------------------

    @property
    def _transaction(self) -> Transactions:
        assert self._transactions is not None, "open() comes first"
        return self._transactions

    @property
    def _producer(self) -> Any:
        assert self._opened is not None, "open() comes first"
        return self._opened.producer

    def _begin(self) -> None:
        if not self._transaction.is_open:
            self._transaction.begin()

    def _callbacks(self, records: Sequence[SourceRecord]) -> Iterable[Any]:
        if not self._tells_records:
            return repeat(self._delivered)
        watched = [_Watched(record, self._failed) for record in records]
        self._watched += watched
        return watched

    def _produce(self, rows: Iterable[_Row]) -> None:
        produce = self._producer.produce
        for topic, key, value, partition, timestamp, headers, callback in rows:
            try:
                produce(topic, value, key, partition, callback, None, timestamp, headers)
            except BufferError:
                row = (topic, key, value, partition, timestamp, headers, callback)
                self._produce_when_there_is_room(row)
            except KafkaException as error:
                raise self._refusal(error.args[0], topic, value) from None

    def _produce_when_there_is_room(self, row: _Row) -> None:
        topic, key, value, partition, timestamp, headers, callback = row
        while True:
            self._transaction.serve(_SERVE_S)
            self._check()
            self._link.ensure_lease()
            if self._gives_up():
                raise ConnectError(_TIMED_OUT)
            try:
                self._producer.produce(
                    topic, value, key, partition, callback, None, timestamp, headers
                )
            except BufferError:
                continue
            except KafkaException as error:
                raise self._refusal(error.args[0], topic, value) from None
            return

    def _commit_with_offsets(self) -> None:
        self._begin()
        offsets = self._encoded()
        removed = {key: None for key, value in offsets.items() if value is None}
        if self._settings.copies_offsets and removed:
            self._remove_copies(removed)
        topic = self._settings.offsets_topic
        told = self._delivered
        self._produce((topic, key, value, -1, 0, None, told) for key, value in offsets.items())
        self._link.ensure_lease()
        try:
            is_over = self._transaction.commit(lambda: not self._gives_up())
        except ConnectError:
            with contextlib.suppress(ConnectError):
                self.serve()
            self._check()  # what failed first says more
            raise
        if not is_over:
            raise ConnectError(_TIMED_OUT)
        self._offsets.clear()
        self._report_topics()
        if self._settings.copies_offsets:
            self._copy({key: value for key, value in offsets.items() if value is not None})

    def _encoded(self) -> dict[bytes, bytes | None]:
        """Offsets as they are written: under the keys they are stored under already."""
        if len(self._stored_keys) > _KEYS_REMEMBERED:
            self._stored_keys.clear()
        new = [key for key in self._offsets if key not in self._stored_keys]
        if new:
            self._stored_keys.update(zip(new, self._link.stored_keys(new), strict=True))
        return {self._stored_keys[key]: offset_value(o) for key, o in self._offsets.items()}

    def _remove_copies(self, removed: Mapping[bytes, None]) -> None:
        """Remove offsets from the worker's own topic; else they would be found there again."""
        try:
            self._link.write_offsets(removed).result(_COPY_S)
        except TimeoutError:
            text = (
                f"Removing {len(removed)} offsets from the worker's own offsets topic "
                f"(offset.storage.topic) took longer than {_COPY_S:g} s, so the transaction was "
                "not committed; see whether its brokers answer, then restart the task"
            )
            raise ConnectError(text) from None

    def _copy(self, offsets: dict[bytes, bytes | None]) -> None:
        """Let the worker's own topic know, too; nothing depends on it."""
        if offsets:
            self._link.write_offsets(offsets).add_done_callback(_warn_of_copy)

    def _ended(self, began_at: float) -> Ended:
        told: list[_Told] = [(record, None) for record in self._dropped]
        told += [
            (watched.record, watched.metadata)
            for place, watched in enumerate(self._watched, 1)
            if place == len(self._watched) or self._watched[place].record is not watched.record
        ]  # of several made of one record the last one tells
        ended = Ended(told, self._size, self._now() - began_at)
        self._dropped, self._watched, self._size = [], [], 0
        self._topics.clear()
        return ended

    def _report_topics(self) -> None:
        if self._topics_epoch != self._link.topics_epoch:
            self._topics_epoch = self._link.topics_epoch
            self._known_topics.clear()
        new = sorted(self._topics - self._known_topics)
        if new:
            self._known_topics.update(new)
            self._link.report_topics(new)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed(error, message)

    def _failed(self, error: KafkaError, message: Message) -> None:
        """Remember the first failure; called by the client while it is polled."""
        if self._failure is not None or is_purged(error):
            return
        if is_fenced(error):
            doing = f"Sending a record to topic {message.topic()}"
            self._failure = transaction_error(error, doing, self._properties)
        else:
            self._failure = undelivered(error, message)

    def _refusal(self, error: KafkaError, topic: str, value: bytes | None) -> ConnectError:
        """Why the producer does not take a record: what failed before, or ended it, says more."""
        try:
            self._transaction.serve(_SERVE_S if error.code() == KafkaError._FATAL else 0)  # noqa: SLF001 - librdkafka's own code
        except ConnectError as ended:
            return self._failure or ended
        return self._failure or unsendable(error, topic, value)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _close_producer(self) -> None:
        opened, self._opened, self._transactions = self._opened, None, None
        if opened is not None:
            close_producer(opened)


def _warn_of_copy(done: concurrent.futures.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _logger.warning("Offsets were not copied to the worker's own offsets topic: %s", error)
