# SPDX-License-Identifier: Apache-2.0
"""The loop of a source task: poll, transform and convert, produce, commit offsets.

One thread does everything. Between two polls it serves the producer's delivery reports and the
offset commit, both of which only look and never wait.

Source:
    Apache Kafka ``connect/runtime`` ``AbstractWorkerSourceTask``, ``WorkerSourceTask``; reference
    page *runtime semantics*, sections 2, 3 and 8.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, repeat
from operator import length_hint
from typing import Any, Final, TypeAlias

from barnabas.api import RecordMetadata, SourceRecord, SourceTask
from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.pipeline import ProduceBatch, SourcePipeline
from barnabas.runtime.tasks import send_errors
from barnabas.runtime.tasks.delivery import Delivery, RecordDelivery
from barnabas.runtime.tasks.families import end_of_family, start_of_family
from barnabas.runtime.tasks.link import TaskLink, TaskSpec
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.metrics import TaskMetrics
from barnabas.runtime.tasks.offset_committer import OffsetCommitter, Offsets
from barnabas.runtime.tasks.partition_keys import PartitionKeys
from barnabas.runtime.tasks.producers import Producers
from barnabas.runtime.tasks.send_errors import undelivered, unsendable
from barnabas.runtime.tasks.source_metrics import SourceMetrics
from barnabas.runtime.tasks.submitted import Chunk, ChunkState, Submitted

__all__ = ["SourceTaskLoop", "overrides_commit_record"]

_CHUNK_RECORDS: Final = 100
"""Records whose acknowledgement is tracked together: most that are sent twice after a failure."""
_LONGEST_PAUSE_S: Final = 1.0
_SERVE_S: Final = 0.1

_Chunk: TypeAlias = Chunk[bytes, Offsets]
_Row: TypeAlias = tuple[str, bytes | None, bytes | None, int, int, Any]
"""Topic, key, value, partition (-1: any), timestamp (0: now), headers."""

_logger = logging.getLogger(__name__)


def overrides_commit_record(task: SourceTask) -> bool:
    """Say whether a task wants to hear of every record; it is slower then."""
    return type(task).commit_record is not SourceTask.commit_record


class SourceTaskLoop:
    """Runs one source task until it is to stop or fails. Main thread only.

    Args:
        spec: The task.
        link: Its link to the worker.
        task: The user's object, its context set.
        pipeline: Transforms and converts.
        producers: Opens the producer, which reports failures only, unless the task overrides
            ``commit_record``.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        spec: TaskSpec,
        link: TaskLink,
        task: SourceTask,
        pipeline: SourcePipeline,
        producers: Producers,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = LoopSettings.read(spec.worker_config)
        self.create_topics: Callable[[Sequence[str]], bool] = lambda _topics: True
        """Sees to it that topics exist before their first record; False when the task is to stop
        meanwhile (KIP-158). Without it the broker creates them, or not, as its settings say."""
        self._link = link
        self._task = task
        self._props = spec.task_config
        self._pipeline = pipeline
        self._producers = producers
        self._opened = producers.open()
        self._producer = self._opened.producer
        self._last_flush_s = settings.last_flush_s
        self._now = now
        self._keys = PartitionKeys(spec.id.connector)
        self._has_commit_record = overrides_commit_record(task)
        self._submitted: Submitted[bytes, Offsets] = Submitted()
        self._failure: ConnectError | None = None
        self._known_topics: set[str] = set()
        self._topics_epoch = link.topics_epoch
        self._new_topics: dict[str, _Chunk] = {}
        self._metrics = SourceMetrics(link, now)
        self._committer = OffsetCommitter(
            link,
            self._submitted,
            settings=settings,
            on_committed=self._tell_task_of_commit,
            metrics=self._metrics.common,
            now=now,
        )

    @property
    def metrics(self) -> TaskMetrics:
        """The task's numbers."""
        return self._metrics.common

    def run(self) -> None:
        """Run the task from ``start`` to ``stop``.

        Raises:
            Exception: Whatever the task, a plugin or the producer failed with.
        """
        try:
            self._task.start(self._props)
            self._link.report_state(State.RUNNING, version=self._task.version())
            try:
                self._loop()
            finally:
                self._commit_finally()
        finally:
            self._close()

    def _loop(self) -> None:
        while not self._link.is_stopping:
            if self._link.target_state is not TargetState.STARTED:
                self._pause()
                continue
            began_at = self._now()
            self._raise_failure()
            records = self._poll()
            if records:
                self._send(self._pipeline.convert(records))
            self._serve()
            self._metrics.common.running_s.add(self._now() - began_at)

    def _pause(self) -> None:
        """Wait between two batches; acknowledgements and offset commits go on."""
        self._link.report_state(State.PAUSED)
        while not self._link.is_stopping and self._link.target_state is not TargetState.STARTED:
            began_at = self._now()
            self._serve()
            is_busy = self._committer.is_flushing or len(self._producer) > 0
            until_commit_s = max(0.0, self._committer.next_at - self._now())
            self._link.wait(_SERVE_S if is_busy else min(until_commit_s, _LONGEST_PAUSE_S))
            self._metrics.common.paused_s.add(self._now() - began_at)
        if not self._link.is_stopping:
            self._link.report_state(State.RUNNING)

    def _poll(self) -> list[SourceRecord] | None:
        began_at = self._now()
        try:
            records = self._task.poll()
        except RetriableError as error:
            _logger.warning("Polling failed and will be tried again: %s", error)
            return None
        if not records:
            return None
        self._metrics.polled(len(records), self._now() - began_at)
        return records if isinstance(records, list) else list(records)

    def _serve(self) -> None:
        """Hear of deliveries, report, drive the offset commit; never waits."""
        send_errors.serve(self._producer, 0)
        if self._new_topics:
            self._report_topics()
        self._committer.tick()
        self._metrics.tick(len(self._producer))

    # -- sending -----------------------------------------------------------------------------------

    def _send(self, batch: ProduceBatch) -> None:
        """Hand a batch to the producer, in order; waits while its queue is full."""
        self._link.ensure_lease()
        for record in batch.dropped:
            self._tell_task_of_record(record, None)
        new_topics = [name for name in batch.distinct_topics if name not in self._known_topics]
        if new_topics and not self._prepare(new_topics):
            return
        values = iter(batch.values)
        headers = batch.headers or repeat(None)
        columns = (batch.topics, batch.keys, values, batch.partitions, batch.timestamps, headers)
        rows: Iterator[_Row] = zip(*columns, strict=False)
        sent = 0
        last: _Chunk | None = None
        for chunk, records in self._chunks(batch.records):
            last = chunk
            try:
                self._produce(islice(rows, len(records)), self._watch(chunk, records))
            except BaseException as error:
                taken = len(batch.records) - length_hint(values)  # the failed one included
                self._shorten(chunk, records, taken - 1 - sent)
                if isinstance(error, _StopSendingError):
                    return
                raise
            sent += len(records)
        if last is not None:
            self._note_topics(batch, last)
        self._metrics.written(sent)

    def _prepare(self, topics: Sequence[str]) -> bool:
        """Get ready for the first records of topics; False when the task is to stop meanwhile."""
        if not self.create_topics(topics):
            return False
        if self._producers.fits(topics):
            return True
        while len(self._producer):
            if self._link.is_stopping:
                return False
            send_errors.flush(self._producer, _SERVE_S)
            self._raise_failure()
        self._close_producer()
        self._opened = self._producers.open()
        self._producer = self._opened.producer
        return True

    def _produce(self, rows: Iterable[_Row], delivery: Delivery) -> None:
        produce = self._producer.produce
        try:
            for topic, key, value, partition, timestamp, headers in rows:
                try:
                    produce(topic, value, key, partition, delivery, None, timestamp, headers)
                except BufferError:
                    row = (topic, key, value, partition, timestamp, headers)
                    self._produce_when_there_is_room(row, delivery)
                except KafkaException as error:
                    raise unsendable(error.args[0], topic, value) from None
        finally:
            # The last reference but the client's; a traceback must not keep it.
            del delivery

    def _produce_when_there_is_room(self, row: _Row, delivery: Delivery) -> None:
        topic, key, value, partition, timestamp, headers = row
        began_at = self._now()
        try:
            while True:
                send_errors.serve(self._producer, _SERVE_S)
                self._serve()
                self._link.ensure_lease()
                if self._link.is_stopping:
                    raise _StopSendingError
                self._raise_failure()
                try:
                    self._producer.produce(
                        topic, value, key, partition, delivery, None, timestamp, headers
                    )
                except BufferError:
                    self._check_blocking(topic, self._now() - began_at)
                except KafkaException as error:
                    raise unsendable(error.args[0], topic, value) from None
                else:
                    return
        finally:
            del delivery

    def _check_blocking(self, topic: str, waited_s: float) -> None:
        limit_ms = self._opened.max_block_ms
        if limit_ms is None or waited_s * 1000 < limit_ms:
            return
        text = (
            f"Unrecoverable exception trying to send: no room for a record to topic {topic} within "
            f"max.block.ms ({limit_ms} ms), because the broker does not keep up or cannot be "
            f"reached. Last heard from the client: {self._opened.last_error.text or 'nothing'}"
        )
        raise ConnectError(text)

    def _watch(self, chunk: _Chunk, records: Sequence[SourceRecord]) -> Delivery:
        if self._has_commit_record:  # then all were made of one
            return RecordDelivery(chunk, self._failed, records[0], self._tell_task_of_record)
        return Delivery(chunk, self._failed)

    def _chunks(self, records: Sequence[SourceRecord]) -> Iterator[tuple[_Chunk, Sequence[Any]]]:
        """Submit records a chunk at a time, each when the one before is sent."""
        size = 1 if self._has_commit_record else _CHUNK_RECORDS
        start = 0
        while start < len(records):
            piece = records[start : end_of_family(records, start + size)]
            yield self._submitted.submit(self._keys.last_offsets(piece), len(piece)), piece
            start += len(piece)

    def _shorten(self, chunk: _Chunk, records: Sequence[SourceRecord], sent: int) -> None:
        """Let a chunk stand for those records only all of which reached the producer."""
        whole = records[: start_of_family(records, sent)]
        if not whole:
            self._submitted.withdraw(chunk)
            return
        chunk.offsets = self._keys.last_offsets(whole)
        chunk.size = sent

    # -- what became of records --------------------------------------------------------------------

    def _failed(self, error: KafkaError, message: Message) -> None:
        """Remember the first failure; called by the client while it is polled."""
        if self._failure is None:
            self._failure = undelivered(error, message)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _note_topics(self, batch: ProduceBatch, chunk: _Chunk) -> None:
        if self._topics_epoch != self._link.topics_epoch:
            self._topics_epoch = self._link.topics_epoch
            self._known_topics.clear()
        for topic in batch.distinct_topics:
            if topic not in self._known_topics:
                self._known_topics.add(topic)
                self._new_topics[topic] = chunk

    def _report_topics(self) -> None:
        """Report topics in which something was acknowledged for the first time (KIP-558)."""
        acknowledged = [
            topic
            for topic, chunk in self._new_topics.items()
            if chunk.state is ChunkState.ACKNOWLEDGED
        ]
        for topic in acknowledged:
            del self._new_topics[topic]
        if acknowledged:
            self._link.report_topics(acknowledged)

    def _tell_task_of_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        if not self._has_commit_record:
            return
        try:
            self._task.commit_record(record, metadata)
        except Exception:
            _logger.exception("The task's commit_record failed")

    def _tell_task_of_commit(self) -> None:
        try:
            self._task.commit()
        except Exception:
            _logger.exception("The task's commit failed")

    # -- the end -----------------------------------------------------------------------------------

    def _commit_finally(self) -> None:
        """Wait for records under way, then commit once more; bounded, and raises nothing."""
        try:
            self._flush_producer()
            self._report_topics()
            self._committer.commit_finally()
            self._metrics.common.report()
        except ConnectError as error:
            _logger.error(  # noqa: TRY400 - a sentence suffices
                "The last offset commit failed; some records will come twice: %s", error.message
            )
        except Exception:
            _logger.exception("The last offset commit failed; some records will come twice")

    def _flush_producer(self) -> None:
        deadline = self._now() + self._last_flush_s
        while (left := len(self._producer)) and self._now() < deadline:
            try:
                send_errors.flush(self._producer, min(_SERVE_S, max(0.0, deadline - self._now())))
            except ConnectError as error:
                _logger.warning("%d records will be sent again: %s", left, error.message)
                return
        if left:
            _logger.warning(
                "%d records were not acknowledged within %g s; they will be sent again."
                " offset.flush.timeout.ms and task.shutdown.graceful.timeout.ms limit that time",
                left,
                self._last_flush_s,
            )

    def _close(self) -> None:
        for what, end in (
            ("task", self._task.stop),
            ("producer", self._close_producer),
            ("pipeline", self._pipeline.close),
        ):
            try:
                end()
            except Exception:
                _logger.exception("Stopping the %s failed", what)

    def _close_producer(self) -> None:
        self._producer.purge()
        with contextlib.suppress(ConnectError):  # it failed for good, which was told before
            send_errors.serve(self._producer, 0)
        self._producer.close()


class _StopSendingError(Exception):
    """The task is to stop while the producer has no room."""
