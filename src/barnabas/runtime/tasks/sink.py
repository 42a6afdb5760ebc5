# SPDX-License-Identifier: Apache-2.0
"""The loop of a sink task: read, convert and transform, put, commit offsets.

What to commit is decided in :mod:`barnabas.runtime.tasks.commit_plan`; reading and the group are
in :mod:`barnabas.runtime.tasks.consumption`.

Source:
    Apache Kafka ``connect/runtime`` ``WorkerSinkTask``; reference page *runtime semantics*,
    sections 2, 5 and 8.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Final, cast

from barnabas.api import OffsetAndMetadata, SinkRecord, SinkTask, TopicPartition
from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.pipeline import ConsumedMessage, SinkPipeline
from barnabas.runtime.tasks.commit_plan import plan_commit
from barnabas.runtime.tasks.consumption import Consumption, OvertakenError
from barnabas.runtime.tasks.contexts import SinkContext
from barnabas.runtime.tasks.failure_cause import BatchError
from barnabas.runtime.tasks.lag import SinkLag
from barnabas.runtime.tasks.last_commit import LastCommit
from barnabas.runtime.tasks.link import TaskLink, TaskSpec
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.metrics import TaskMetrics
from barnabas.runtime.tasks.put_isolation import isolate
from barnabas.runtime.tasks.sink_errors import SinkErrors
from barnabas.runtime.tasks.sink_metrics import SinkMetrics
from barnabas.runtime.tasks.sink_offsets import CommitUnderWay, SinkOffsets

__all__ = ["SinkTaskLoop"]

_LONGEST_POLL_S: Final = 1.0
_LONGEST_ANSWER_S: Final = 120.0
_OVERTAKEN_S: Final = 1.0
_SERVE_S: Final = 0.1
_PRE_COMMIT_FAILED: Final = "pre_commit failed"
_UNSETTLED: Final = (
    "dead letters were not acknowledged within offset.flush.timeout.ms; the records since the last "
    "commit may come again"
)

_logger = logging.getLogger(__name__)


class SinkTaskLoop:
    """Runs one sink task until it is to stop or fails. Main thread only.

    Args:
        spec: The task.
        link: Its link to the worker.
        task: The user's object; its context is set here.
        pipeline: Converts and transforms.
        consumption: The consumer.
        now: Seconds of a clock that only goes forward.
        errors: What becomes of records the task gives up.

    Differs:
        Java calls ``put`` without records only when a poll ends, which may take as long as
        ``offset.flush.interval.ms``; here it is called at least once a second. So a batch that
        met a RetriableError is offered again after a second unless the task set a timeout.

        What the task wants to read again, and what a ``pre_commit`` failed for, is not committed
        before that is gone back to; Java commits the first when a commit is due just then.

        A commit that a rebalance overtook is made again after a second, not when the next is due.

        A commit without an answer holds the next one up, two minutes at most: the client, unlike
        Java's, may send an older one again after a newer one, and the offset would go back.
    """

    def __init__(  # noqa: PLR0913 - each is made and tested on its own
        self,
        spec: TaskSpec,
        link: TaskLink,
        task: SinkTask,
        pipeline: SinkPipeline,
        consumption: Consumption,
        now: Callable[[], float] = time.monotonic,
        *,
        errors: SinkErrors | None = None,
    ) -> None:
        self._settings = LoopSettings.read(spec.worker_config)
        self._link = link
        self._task = task
        self._props = spec.task_config
        self._pipeline = pipeline
        self._now = now
        self._metrics = SinkMetrics(
            link, now, SinkLag(consumption.end_of, lambda: self._offsets.put)
        )
        self._errors = errors or SinkErrors()
        self._metrics.common.add_values(self._errors.values)
        self._consumption = consumption
        self._context = SinkContext(
            link,
            spec.task_config,
            pause=lambda partitions: self._consumption.pause(partitions & self._reading),
            resume=lambda partitions: self._resume(partitions & self._reading),
            reporter=self._errors.reporter,
        )
        task.context = self._context
        self._reading: set[TopicPartition] = set()
        self._offsets = SinkOffsets()
        self._batch: list[SinkRecord] = []
        self._is_retrying = False
        self._is_paused = False
        self._next_commit_at = 0.0
        self._commit = CommitUnderWay()
        self._last_commit = LastCommit(consumption, link.ensure_lease, now)
        self._known_topics: set[str] = set()
        self._topics_epoch = link.topics_epoch
        self._ending_since: float | None = None

    @property
    def metrics(self) -> TaskMetrics:
        """The task's numbers."""
        return self._metrics.common

    def run(self) -> None:
        """Run the task from ``start`` to ``stop``.

        Raises:
            Exception: Whatever the task, a plugin or the consumer failed with.
        """
        try:
            self._consumption.subscribe(self)
            self._task.start(self._props)
            self._link.report_state(State.RUNNING, version=self._task.version())
            self._next_commit_at = self._now() + self._settings.flush_interval_s
            self._loop()
        finally:
            self._close()

    def _loop(self) -> None:
        is_failing = True
        try:
            while not self._link.is_stopping:
                began_at = self._now()
                self._follow_target_state()
                self._iterate()
                spent = self._metrics.common
                (spent.paused_s if self._is_paused else spent.running_s).add(self._now() - began_at)
            is_failing = False
        finally:
            self._give_back_all(is_failing=is_failing)

    def _iterate(self) -> None:
        self._commit_if_due()
        self._rewind()
        messages = self._consumption.poll(self._poll_timeout_s())
        batch = self._pipeline.convert(cast("list[ConsumedMessage]", messages))
        self._metrics.read(len(messages), len(batch.records))
        if messages:
            self._offsets.consumed.update(
                (where, OffsetAndMetadata(offset)) for where, offset in batch.positions.items()
            )
            self._batch = [*self._batch, *batch.records] if self._batch else batch.records
            self._report_topics(set(batch.topics))
        self._put()
        self._metrics.tick(
            len(self._reading),
            cast("list[ConsumedMessage]", messages),
            is_holding=bool(self._batch),
        )

    def _poll_timeout_s(self) -> float:
        wanted_ms, self._context.timeout_ms = self._context.timeout_ms, None
        timeout_s = _LONGEST_POLL_S
        if not self._commit.is_open:
            timeout_s = min(timeout_s, self._next_commit_at - self._now())
        if wanted_ms is not None and wanted_ms > 0:
            timeout_s = min(timeout_s, wanted_ms / 1000)
        return max(timeout_s, 0.0)

    def _put(self) -> None:
        self._link.ensure_lease()
        began_at = self._now()
        try:
            self._task.put(self._batch)
        except RetriableError as error:
            self._errors.check()
            self._retry_later(error)
            return
        except Exception as error:
            if not self._errors.settings.isolates_puts or not self._batch:
                text = (
                    "Exiting WorkerSinkTask due to unrecoverable exception. put failed: "
                    f"{type(error).__name__}: {error}"
                )
                raise BatchError(text, self._batch) from error
            if not self._put_parts(error):
                return
        self._errors.check()
        self._metrics.put(self._now() - began_at)
        self._offsets.put = dict(self._offsets.consumed)
        self._batch = []
        if self._is_retrying:
            self._is_retrying = False
            self._resume(self._reading)

    def _retry_later(self, error: RetriableError) -> None:
        _logger.warning("put failed and will be offered the same records again: %s", error)
        if not self._is_retrying:
            self._is_retrying = True
            self._consumption.pause(self._reading)

    def _put_parts(self, error: Exception) -> bool:
        """Find out which records ``put`` refuses and report them; False when some are left."""
        count, most_puts = len(self._batch), self._errors.settings.most_puts
        _logger.warning("put refused %d records; looking for those at fault: %s", count, error)
        found = isolate(
            self._offer,
            self._batch,
            error,
            most_puts=most_puts,
            goes_on=lambda: not self._link.is_stopping,
        )
        if found.is_exhausted:
            text = (
                "Exiting WorkerSinkTask due to unrecoverable exception. put failed, and after "
                f"{most_puts} calls with parts of its {count} records not all of those at fault "
                f"were known, so nothing was left out: {type(error).__name__}: {error}"
            )
            raise BatchError(text, self._batch) from error
        for record, reason in found.refused:
            self._errors.leave_out(record, reason)
        self._batch = found.rest
        if found.retriable is not None:
            self._retry_later(found.retriable)
        return not found.rest

    def _offer(self, records: Sequence[SinkRecord]) -> None:
        self._link.ensure_lease()
        self._task.put(records)

    def _report_topics(self, topics: set[str]) -> None:
        if self._topics_epoch != self._link.topics_epoch:
            self._topics_epoch = self._link.topics_epoch
            self._known_topics.clear()
        if new := topics - self._known_topics:
            self._known_topics |= new
            self._link.report_topics(sorted(new))

    # -- pausing -----------------------------------------------------------------------------------

    def _follow_target_state(self) -> None:
        """Pause or go on as the user wants; a paused task stays in its group."""
        shall_pause = self._link.target_state is not TargetState.STARTED
        if shall_pause == self._is_paused:
            return
        self._is_paused = shall_pause
        if shall_pause:
            self._consumption.pause(self._reading)
            self._link.report_state(State.PAUSED)
            self._context.request_commit()
        else:
            self._resume(self._reading)
            self._link.report_state(State.RUNNING)

    def _resume(self, partitions: Set[TopicPartition]) -> None:
        """Read partitions again, but for those that somebody else wants paused."""
        if not self._is_retrying and not self._is_paused:
            self._consumption.resume(partitions - self._context.paused)

    # -- offsets -----------------------------------------------------------------------------------

    def _rewind(self) -> None:
        """Go where the task wants to go on; what cannot be reached yet is tried again."""
        wanted, self._context.rewinds = self._context.rewinds, {}
        for where, offset in wanted.items():
            if where not in self._reading:
                _logger.warning("Cannot go on at offset %d of %s: not assigned", offset, where)
            elif self._consumption.seek(where, offset):
                self._offsets.begin(where, offset)
            else:
                self._context.rewinds[where] = offset

    def _commit_if_due(self) -> None:
        now = self._now()
        if self._commit.is_overdue(now, self._settings.flush_timeout_s):
            _logger.warning(
                "The offset commit has no answer after offset.flush.timeout.ms; the next one waits"
                " for it"
            )
            self._commit.is_late = True
            self._metrics.commit_failed(now - self._commit.began_at)
        if self._commit.is_open and now - self._commit.began_at < _LONGEST_ANSWER_S:
            return
        if self._context.wants_commit or now >= self._next_commit_at:
            self._context.wants_commit = False
            self._next_commit_at = now + self._settings.flush_interval_s
            self._commit_offsets(self._reading)

    def _commit_offsets(self, partitions: Set[TopicPartition]) -> None:
        """Commit what the task was given and has made durable; the answer comes later."""
        offsets = self._committable(partitions)
        if not offsets:
            return
        self._link.ensure_lease()
        number = self._commit.begin(self._now())
        self._metrics.commit_began(number)
        if not self._is_settled(offsets.keys()):
            return
        try:
            asked = self._task.pre_commit(dict(offsets))
        except Exception:
            _logger.exception("pre_commit failed; going back to the last committed offsets")
            self._go_back(offsets)
            self._commit_done(_logged_failure())
            return
        if not self._is_settled(offsets.keys()):  # pre_commit may have reported records
            return
        if planned := self._plan(offsets, asked):
            self._commit.offsets = planned
            self._link.ensure_lease()  # pre_commit may take its time
            try:
                self._consumption.commit(planned)
            except ConnectError as error:
                self._commit_done(error)
        else:
            self._commit_done(None)

    def _committable(
        self, partitions: Set[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """Pick what was put, but for what is to be delivered again and was not gone back to yet."""
        return self._offsets.put_of(partitions - self._context.rewinds.keys())

    def _is_settled(self, partitions: Set[TopicPartition]) -> bool:
        """Wait for what was reported; ends the commit where that is not durable."""
        failure = self._unsettled(partitions)
        if failure is not None:
            self._commit_done(failure)
            self._errors.check()  # raises what failed for good
        return failure is None

    def _plan(
        self,
        offsets: Mapping[TopicPartition, OffsetAndMetadata],
        asked: Mapping[TopicPartition, OffsetAndMetadata],
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        plan = plan_commit(
            consumed=offsets,
            asked=asked,
            last_committed=self._offsets.committed,
            assigned=self._reading,
        )
        for sentence in plan.ignored:
            _logger.warning("%s", sentence)
        return plan.offsets

    def _go_back(self, partitions: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Have everything since the last commit delivered again."""
        for where in partitions:
            committed = self._offsets.committed.get(where)
            if committed is not None:
                self._context.rewinds.setdefault(where, committed.offset)

    def commit_answered(
        self, error: ConnectError | None, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> None:
        """Hear the answer to an asynchronous commit; one to an earlier commit does not count."""
        if {where: each.offset for where, each in offsets.items()} != {
            where: each.offset for where, each in self._commit.offsets.items()
        }:
            self._metrics.commit_skipped()
            return
        self._commit_done(error)

    def _commit_done(self, error: ConnectError | None) -> None:
        seconds = self._now() - self._commit.began_at
        self._commit.is_open = False
        if error is not None:
            if isinstance(error, OvertakenError):
                _logger.info("A rebalance overtook a commit, which is made again: %s", error)
                self._next_commit_at = min(self._next_commit_at, self._now() + _OVERTAKEN_S)
            elif not error.is_logged:
                _logger.error("Committing offsets failed: %s", error)
            self._metrics.commit_failed(seconds)
            return
        self._offsets.remember_commit(self._commit.offsets)
        self._metrics.committed(seconds)

    # -- partitions come and go; see ConsumptionListener -------------------------------------------

    def assigned(self, offsets: Mapping[TopicPartition, int | None]) -> dict[TopicPartition, int]:
        """Open partitions; the task may say where to begin."""
        for where, offset in offsets.items():
            if offset is not None:
                self._offsets.begin(where, offset)
        self._context.assigned |= offsets.keys()
        self._task.open(set(offsets))
        starts = {where: offset for where, offset in offsets.items() if offset is not None}
        for where in offsets.keys() & self._context.rewinds.keys():
            starts[where] = self._context.rewinds.pop(where)
            self._offsets.begin(where, starts[where])
        return starts

    def started(self) -> None:
        """Pause what is not to be read now; partitions that were here before read on.

        What the task paused stays paused although it was away, as it is in each eager rebalance.
        """
        self._context.paused &= self._context.assigned
        new = self._context.assigned - self._reading
        self._reading |= new
        if self._is_retrying and not self._batch:
            self._is_retrying = False
            self._resume(self._reading)
        if self._is_paused or self._is_retrying:
            self._consumption.pause(new)
        else:
            self._consumption.pause(self._context.paused & new)
            self._resume(new)

    def revoked(self, partitions: Set[TopicPartition]) -> None:
        """Commit a last time and close partitions."""
        self._give_back(self._last_commit.revoked(partitions))

    def _give_back(self, partitions: Set[TopicPartition], *, is_stop: bool = False) -> None:
        try:
            self._commit_last(partitions & self._context.assigned, is_stop=is_stop)
        finally:
            self._forget(partitions)

    def lost(self, partitions: Set[TopicPartition]) -> None:
        """Close partitions without a commit: somebody else may have them already."""
        partitions = self._last_commit.lost(partitions)
        try:
            if closing := partitions & self._context.assigned:
                self._task.close(closing)
        finally:
            self._forget(partitions)

    def _commit_last(self, partitions: Set[TopicPartition], *, is_stop: bool) -> None:
        if not partitions:
            return
        self._link.ensure_lease()
        offsets = self._committable(partitions)
        self._metrics.commit_began(self._commit.begin(self._now()))
        failure = self._unsettled(partitions)
        try:
            if failure is None:
                self._commit.offsets = self._plan(offsets, self._task.pre_commit(dict(offsets)))
        except Exception:
            _logger.exception("pre_commit failed while closing; its records will come again")
            failure = _logged_failure()
        finally:
            self._task.close(set(partitions))
        failure = failure or self._unsettled(partitions)  # both may have reported records
        try:
            if failure is None and self._commit.offsets:
                if is_stop:
                    timeout_s = self._settings.last_flush_s
                    self._last_commit.make(partitions, self._commit.offsets, timeout_s)
                else:
                    self._link.ensure_lease()
                    self._consumption.commit_now(self._commit.offsets)
        except ConnectError as error:
            failure = error
        self._commit_done(failure)

    def _unsettled(self, partitions: Set[TopicPartition]) -> ConnectError | None:
        """Say why offsets cannot be committed although the task may have done its part."""
        try:
            is_settled = self._errors.settle(partitions, self._settings.flush_timeout_s)
        except ConnectError as error:
            return error
        return None if is_settled else ConnectError(_UNSETTLED)

    def _forget(self, partitions: Set[TopicPartition]) -> None:
        self._offsets.forget(partitions)
        self._errors.forget(partitions)
        self._reading -= partitions
        self._context.assigned -= partitions
        for where in partitions & self._context.rewinds.keys():
            del self._context.rewinds[where]
        if self._batch:
            self._batch = [record for record in self._batch if record.original[0] not in partitions]

    def _give_back_all(self, *, is_failing: bool) -> None:
        """Close all partitions; an error in that must not hide the one the task fails with."""
        self._ending_since = self._now()
        try:
            self._await_commit()
            while assigned := set(self._context.assigned):  # more may come with the last commit
                self._give_back(assigned, is_stop=True)
        except Exception:
            if not is_failing:
                raise
            _logger.exception("Closing partitions failed")

    def _await_commit(self) -> None:
        """Wait a little for the answer to a commit under way.

        While the group's coordinator was away the client holds commits back, and sends an older one
        after a newer one.
        """
        deadline = self._now() + min(self._settings.flush_timeout_s, _LONGEST_POLL_S)
        while self._commit.is_open and self._now() < deadline:
            self._consumption.serve(_SERVE_S)

    def _close(self) -> None:
        began_at = self._now() if self._ending_since is None else self._ending_since
        leave_at = began_at + self._settings.leave_s
        for what, end in (
            ("task", self._task.stop),
            ("consumer", lambda: self._consumption.close(max(0.0, leave_at - self._now()))),
            ("dead letter queue", lambda: self._errors.close(self._settings.flush_timeout_s)),
            ("pipeline", self._pipeline.close),
        ):
            try:
                end()
            except Exception:
                _logger.exception("Stopping the %s failed", what)
        self._metrics.common.report()


def _logged_failure() -> ConnectError:
    """Make the error for a commit without offsets; what ``pre_commit`` raised is in the log."""
    error = ConnectError(_PRE_COMMIT_FAILED)
    error.is_logged = True
    return error
