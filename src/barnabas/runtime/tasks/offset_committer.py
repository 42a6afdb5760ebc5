# SPDX-License-Identifier: Apache-2.0
"""Stores the acknowledged offsets of a source task, beside its loop, never in its way."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from barnabas.runtime.stores.offset_format import offset_value
from barnabas.runtime.tasks.link import TaskLink
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.metrics import TaskMetrics
from barnabas.runtime.tasks.offset_log import OffsetLog
from barnabas.runtime.tasks.submitted import Submitted

__all__ = ["OffsetCommitter", "Offsets"]

Offsets: TypeAlias = Mapping[str, Any] | None
_Write: TypeAlias = concurrent.futures.Future[None]

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class _Flush:
    """A write of offsets that is under way."""

    done: _Write
    began_at: float


class OffsetCommitter:
    """Commits what may be committed, every ``offset.flush.interval.ms`` and at the end.

    Main thread only. A failed commit gives its offsets back to the next one.

    Args:
        link: Where offsets go.
        submitted: What the broker has acknowledged.
        settings: Seconds from the end of one commit to the next, and what one may take.
        on_committed: The task's ``commit``; called after each success, and when there was nothing.
        metrics: Told of each commit.
    """

    def __init__(
        self,
        link: TaskLink,
        submitted: Submitted[bytes, Offsets],
        *,
        settings: LoopSettings,
        on_committed: Callable[[], None],
        metrics: TaskMetrics,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._submitted = submitted
        self._interval_s = settings.flush_interval_s
        self._timeout_s = settings.flush_timeout_s
        self._on_committed = on_committed
        self._metrics = metrics
        self._now = now
        self._log: OffsetLog[bytes, Offsets] = OffsetLog()
        self._flush: _Flush | None = None
        self._next_at = now() + settings.flush_interval_s

    @property
    def next_at(self) -> float:
        """When the next commit is due, in seconds of the clock."""
        return self._next_at

    @property
    def is_flushing(self) -> bool:
        """Whether a commit is under way."""
        return self._flush is not None

    def tick(self) -> None:
        """Begin a commit when one is due, end one that is done. Never blocks; call it often."""
        if self._flush is not None:
            self._look_at(self._flush)
        elif self._now() >= self._next_at:
            self._begin()

    def commit_finally(self) -> None:
        """Commit once more and wait for it, ``offset.flush.timeout.ms`` at most."""
        deadline = self._now() + self._timeout_s
        if self._flush is not None:
            self._wait(self._flush, deadline)
        self._begin()
        if self._flush is not None:
            self._wait(self._flush, max(deadline, self._now() + 0.1))

    def _begin(self) -> None:
        self._log.add(self._submitted.take_committable())
        offsets = self._log.begin_flush()
        began_at = self._now()
        if not offsets:
            self._succeed(began_at)
            return
        try:
            self._link.ensure_lease()
            encoded = {key: offset_value(offset) for key, offset in offsets.items()}
            done = self._link.write_offsets(encoded)
        except Exception as error:  # noqa: BLE001 - told, and tried again with the next commit
            self._fail(error, began_at)
            return
        self._flush = _Flush(done, began_at)

    def _look_at(self, flush: _Flush) -> None:
        if flush.done.done():
            self._end(flush)
        elif self._now() - flush.began_at > self._timeout_s:
            text = f"no answer within offset.flush.timeout.ms ({self._timeout_s * 1000:.0f} ms)"
            self._fail(TimeoutError(text), flush.began_at)

    def _wait(self, flush: _Flush, deadline: float) -> None:
        concurrent.futures.wait([flush.done], max(0.0, deadline - self._now()))
        if flush.done.done():
            self._end(flush)
        else:
            text = "no answer in time while the task was ending"
            self._fail(TimeoutError(text), flush.began_at)

    def _end(self, flush: _Flush) -> None:
        try:
            flush.done.result()
        except (Exception, concurrent.futures.CancelledError) as error:  # noqa: BLE001 - as above
            self._fail(error, flush.began_at)
        else:
            self._log.end_flush()
            self._succeed(flush.began_at)

    def _succeed(self, began_at: float) -> None:
        self._finish(began_at, failures=0)
        self._on_committed()

    def _fail(self, error: BaseException, began_at: float) -> None:
        _logger.error(
            "Committing source offsets failed (%s: %s); they are kept for the next commit",
            type(error).__name__,
            error,
        )
        self._log.cancel_flush()
        self._finish(began_at, failures=1)

    def _finish(self, began_at: float, *, failures: int) -> None:
        self._flush = None
        self._next_at = self._now() + self._interval_s
        self._metrics.commit_ms.add((self._now() - began_at) * 1000)
        self._metrics.commit_failures.add(failures)
        if not failures:
            self._metrics.note_commit()
