# SPDX-License-Identifier: Apache-2.0
"""The loop of a source task that delivers exactly once: poll, convert, hand over.

Three steps come before the task starts, in this order. The leader of the group fences the producers
of the connector's earlier tasks; this task's producer claims its transactional id, which fences an
earlier instance of the same task and aborts what that one left open; and the worker confirms that
the task is still its own and of the newest set of tasks. After the second nobody but this task can
write under its id, so what it then reads of offsets is the last word.

The main thread polls, transforms, converts and fills transactions, and calls the task. Another
thread ends transactions (:mod:`barnabas.runtime.tasks.transaction_writer`).

Source:
    KIP-618; Apache Kafka ``connect/runtime`` ``ExactlyOnceWorkerSourceTask``; reference page
    *runtime semantics*, section 6.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from barnabas.api import RecordMetadata, SourceRecord, SourceTask
from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.pipeline import SourcePipeline, StopWaitingError
from barnabas.runtime.tasks.link import TaskLink, TaskSpec
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.metrics import TaskMetrics
from barnabas.runtime.tasks.source_metrics import SourceMetrics
from barnabas.runtime.tasks.source_transactions import Ended, SourceTransactions
from barnabas.runtime.tasks.transaction_requests import TransactionEnd, TransactionRequests
from barnabas.runtime.tasks.transaction_writer import Portion, TransactionWriter

__all__ = ["Boundary", "ExactlyOnceSourceLoop", "GivingUp"]

_LONGEST_PAUSE_S: Final = 1.0
_KINDS: Final = ("poll", "interval", "connector")
_PAUSED_WITHIN: Final = (
    "The task is paused within a transaction that it has not ended yet (transaction.boundary="
    "connector). Resume it before the transaction is %g s old (transaction.timeout.ms): then "
    "brokers abort it, and the task fails when it goes on; its records come again after a restart"
)

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Boundary:
    """When transactions end."""

    kind: str
    """``poll``, ``interval`` or ``connector``."""
    interval_s: float | None
    """Time from one to the next; None where time does not matter."""

    @classmethod
    def read(cls, connector: Mapping[str, str], settings: LoopSettings) -> Boundary:
        """Read a connector's settings.

        Raises:
            ConfigError: One of them is wrong.
        """
        kind = (connector.get("transaction.boundary") or "poll").strip().lower()
        if kind not in _KINDS:
            text = f"transaction.boundary={kind} is none of {', '.join(_KINDS)}"
            raise ConfigError(text)
        if kind != "interval":
            return cls(kind, None)
        given = (connector.get("transaction.boundary.interval.ms") or "").strip()
        if given and not given.isdecimal():
            text = f"transaction.boundary.interval.ms={given} is no number of milliseconds"
            raise ConfigError(text)
        return cls(kind, int(given) / 1000 if given else settings.flush_interval_s)


class GivingUp:
    """Says whether to stop waiting for brokers: some time after the task was told to stop.

    Args:
        link: Tells of the stop.
        patience_s: How long to wait on then.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(self, link: TaskLink, patience_s: float, now: Callable[[], float]) -> None:
        self._link = link
        self._patience_s = patience_s
        self._now = now
        self._since: float | None = None

    def __call__(self) -> bool:
        """Say it; any thread."""
        if not self._link.is_stopping:
            return False
        if self._since is None:
            self._since = self._now()
        return self._now() - self._since > self._patience_s


class ExactlyOnceSourceLoop:
    """Runs one source task until it is to stop or fails. Main thread only.

    Args:
        spec: The task.
        link: Its link to the worker.
        task: The user's object, its context set.
        pipeline: Transforms and converts.
        transactions: Those of the task.
        requests: What the task's context takes of wishes; only for ``transaction.boundary=
            connector``.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a task is made of
        self,
        spec: TaskSpec,
        link: TaskLink,
        task: SourceTask,
        pipeline: SourcePipeline,
        transactions: SourceTransactions,
        requests: TransactionRequests,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        assert spec.exactly_once is not None, "this loop is for exactly-once tasks"
        self.create_topics: Callable[[Sequence[str]], bool] = lambda _topics: True
        """Sees to it that topics exist before their first record; False when the task is to stop
        meanwhile (KIP-158)."""
        self._offsets_topic = spec.exactly_once.offsets_topic
        self._props = spec.task_config
        self._link = link
        self._task = task
        self._pipeline = pipeline
        self._transactions = transactions
        self._requests = requests
        self._now = now
        self._boundary = Boundary.read(spec.connector_config, LoopSettings.read(spec.worker_config))
        self._writer = TransactionWriter(
            transactions,
            interval_s=self._boundary.interval_s,
            may_merge=self._boundary.kind == "poll",
            now=now,
        )
        self._known_topics: set[str] = set()
        self._metrics = SourceMetrics(link, now)
        self._is_started = False
        self._told_at = now()

    @property
    def metrics(self) -> TaskMetrics:
        """The task's numbers."""
        return self._metrics.common

    def run(self) -> None:
        """Run the task from the fencing of earlier ones to ``stop``.

        Raises:
            Exception: Whatever the task, a plugin, the worker or the producer failed with.
        """
        try:
            if self._prepare():
                self._run_task()
        finally:
            self._close()

    def _prepare(self) -> bool:
        """Make sure that nobody else writes for this task; False when it is to stop meanwhile."""
        if not self._link.fence_earlier_tasks() or self._link.is_stopping:
            return False
        if not self._transactions.open(lambda: not self._link.is_stopping):
            return False
        return self._link.confirm_task() and not self._link.is_stopping

    def _run_task(self) -> None:
        self._is_started = True
        self._task.start(self._props)
        self._link.report_state(State.RUNNING, version=self._task.version())
        self._writer.start()
        try:
            self._loop()
            self._settle()
        except StopWaitingError:
            self._settle_unless_the_task_does()
            raise
        except BaseException:
            self._settle_whole_polls()
            raise
        finally:
            self._hear()
            self._metrics.common.report()

    def _loop(self) -> None:
        while not self._link.is_stopping:
            if self._link.target_state is not TargetState.STARTED:
                self._pause()
                continue
            began_at = self._now()
            self._writer.check()
            records = self._poll()
            if records is not None:
                self._hand_over(records)
            self._hear()
            if records is None and self._is_commit_due():
                self._tell_task_of_commit()
            self._metrics.tick(self._writer.active)
            self._metrics.common.running_s.add(self._now() - began_at)

    def _is_commit_due(self) -> bool:
        """Whether a transaction would end now, and has nothing to hold."""
        if self._boundary.kind == "connector" or not self._writer.is_idle:
            return False
        interval_s = self._boundary.interval_s
        return interval_s is None or self._now() - self._told_at >= interval_s

    def _pause(self) -> None:
        """Commit what was polled, then wait.

        A task that ends transactions itself has only those committed that it has asked for, as in
        Java; one that is open stays so.

        Source:
            Apache Kafka ``ExactlyOnceWorkerSourceTask.onPause``.
        """
        self._settle()
        if self._transactions.open_since is not None:
            _logger.warning(_PAUSED_WITHIN, self._transactions.timeout_s)
        self._link.report_state(State.PAUSED)
        while not self._link.is_stopping and self._link.target_state is not TargetState.STARTED:
            began_at = self._now()
            self._link.wait(_LONGEST_PAUSE_S)
            self._metrics.common.paused_s.add(self._now() - began_at)
            self._metrics.tick(0)
        if not self._link.is_stopping:
            self._link.report_state(State.RUNNING)

    def _poll(self) -> Sequence[SourceRecord] | None:
        began_at = self._now()
        try:
            records = self._task.poll()
        except RetriableError as error:
            _logger.warning("Polling failed and will be tried again: %s", error)
            return None
        if records is None or (not records and self._boundary.kind != "connector"):
            return None
        if records:
            self._metrics.polled(len(records), self._now() - began_at)
        return records if isinstance(records, list) else list(records)

    # -- handing over ------------------------------------------------------------------------------

    def _hand_over(self, records: Sequence[SourceRecord]) -> None:
        """Convert what was polled and have it written, in pieces that end as the task wished."""
        if self._boundary.kind == "connector":
            for piece, end in self._requests.split(records):
                self._submit(piece, end)
        elif self._boundary.kind == "poll":
            self._submit(records, TransactionEnd.COMMIT)
        else:
            self._submit(records, TransactionEnd.NONE)

    def _submit(self, records: Sequence[SourceRecord], end: TransactionEnd) -> None:
        if not records:
            self._writer.submit(Portion(None, end))
            return
        # What follows may end early, when the task is to stop: then nothing behind these records
        # may be written, and no transaction that is to hold them may be committed.
        batch = self._pipeline.convert(records)
        opens_anew = False
        new_topics = [name for name in batch.distinct_topics if name not in self._known_topics]
        if new_topics:
            self._check_topics(new_topics)
            if not self.create_topics(new_topics):
                raise StopWaitingError
            opens_anew = not self._transactions.fits(new_topics)
            self._known_topics.update(new_topics)
        self._writer.submit(Portion(self._transactions.prepare(batch), end, opens_anew))

    def _check_topics(self, topics: Sequence[str]) -> None:
        if self._offsets_topic in topics:
            text = (
                "Source tasks may not produce to their own offsets topics when exactly-once "
                f"support is enabled; a record is for topic {self._offsets_topic}, which holds the "
                "offsets of this task. Change the topic of the records, or offsets.storage.topic"
            )
            raise ConnectError(text)

    def _settle(self) -> None:
        """Commit what may be committed when the flow ends, and wait until it is."""
        if self._boundary.kind == "connector":
            end = self._requests.take_batch_end()
        else:
            end = TransactionEnd.COMMIT
        if end is not TransactionEnd.NONE:
            self._writer.submit(Portion(None, end))
        self._writer.drain()
        self._hear()

    def _settle_unless_the_task_does(self) -> None:
        """After a stop in the middle of a poll, nothing of which was handed over.

        Of a task that ends transactions itself some may have been, and what was left out may belong
        to the transaction that is open.
        """
        if self._boundary.kind == "connector":
            self._settle_whole_polls()
        else:
            self._settle()

    def _settle_whole_polls(self) -> None:
        """After a failure: what came with its own end of transaction before still counts."""
        try:
            self._writer.drain()
        except ConnectError as error:
            _logger.debug("Not all that was polled before the failure was written: %s", error)

    # -- what the task hears -----------------------------------------------------------------------

    def _hear(self) -> None:
        """Tell the task, and the metrics, what became of transactions."""
        for ended in self._writer.heard():
            self._metrics.committed(ended.size, ended.duration_s)
            self._tell_task_of_records(ended)
            self._tell_task_of_commit()

    def _tell_task_of_records(self, ended: Ended) -> None:
        for record, metadata in ended.records:
            self._tell_task_of_record(record, metadata)

    def _tell_task_of_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        try:
            self._task.commit_record(record, metadata)
        except Exception:
            _logger.exception("The task's commit_record failed")

    def _tell_task_of_commit(self) -> None:
        self._told_at = self._now()
        try:
            self._task.commit()
        except Exception:
            _logger.exception("The task's commit failed")

    # -- the end -----------------------------------------------------------------------------------

    def _close(self) -> None:
        ends: list[tuple[str, Callable[[], None]]] = [
            ("writer of transactions", self._writer.join),
            ("producer", self._transactions.close),
            ("pipeline", self._pipeline.close),
        ]
        if self._is_started:
            ends.insert(0, ("task", self._task.stop))
        for what, end in ends:
            try:
                end()
            except Exception:
                _logger.exception("Stopping the %s failed", what)
