# SPDX-License-Identifier: Apache-2.0
"""Numbers about a running task, by Kafka Connect's names; cheap enough to feed per batch.

Rates, averages and maxima are those of the last minute, in steps of a few seconds. Names that end
in ``-seconds-ago`` are true when reported; whoever shows them later adds the time since.

Source:
    Apache Kafka ``connect/runtime`` ``ConnectMetricsRegistry``; reference page *runtime semantics*,
    section 10.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Mapping

__all__ = ["Series", "TaskMetrics"]

REPORT_S = 5.0
_STEPS = 12


class Series:
    """Values of one kind: how many, how much, how large."""

    __slots__ = ("_count", "_highest", "_steps", "_sum", "total")

    def __init__(self) -> None:
        self.total = 0.0
        """Sum of all values ever."""
        self._steps: collections.deque[tuple[int, float, float]] = collections.deque(maxlen=_STEPS)
        self._count = 0
        self._sum = 0.0
        self._highest = 0.0

    def add(self, value: float) -> None:
        """Take a value."""
        self.total += value
        self._count += 1
        self._sum += value
        self._highest = max(self._highest, value)

    def step(self) -> None:
        """Begin the next step; the oldest is forgotten."""
        self._steps.append((self._count, self._sum, self._highest))
        self._count, self._sum, self._highest = 0, 0.0, 0.0

    @property
    def sum(self) -> float:
        """Sum over the finished steps."""
        return sum(step[1] for step in self._steps)

    @property
    def average(self) -> float:
        """Average over the finished steps, 0 when there are no values."""
        count = sum(step[0] for step in self._steps)
        return self.sum / count if count else 0.0

    @property
    def highest(self) -> float:
        """Largest value of the finished steps."""
        return max((step[2] for step in self._steps), default=0.0)

    @property
    def steps(self) -> int:
        """How many steps are finished."""
        return len(self._steps)


class TaskMetrics:
    """The numbers of one task.

    Args:
        report: Takes the newest values every few seconds.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        report: Callable[[dict[str, float]], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.batch_size = Series()
        self.commit_ms = Series()
        """Duration of each offset commit, failed ones included."""
        self.commit_failures = Series()
        """1 for each failed offset commit, 0 for each other."""
        self.running_s = Series()
        self.paused_s = Series()
        self.fixed: dict[str, float] = {}
        """Values reported as they are."""
        self._report = report
        self._now = now
        self._began_at = now()
        self._series: list[tuple[Series, str, str]] = []
        self._totals: list[tuple[Series, str]] = []
        self._moments: dict[str, float] = {}
        self._more: list[Callable[[], Mapping[str, float]]] = []

    def add_values(self, values: Callable[[], Mapping[str, float]]) -> None:
        """Report what somebody else counts, as it is then."""
        self._more.append(values)

    def count(self, name: str) -> Series:
        """Make a counter, reported as ``<name>-total`` and ``<name>-rate`` (per second)."""
        series = Series()
        self._totals.append((series, name))
        return series

    def measure(self, average: str, highest: str) -> Series:
        """Make a measured quantity, reported as its average and its largest value."""
        series = Series()
        self._series.append((series, average, highest))
        return series

    def note_record(self) -> None:
        """Hear that there are records; reported as ``last-record-seconds-ago``."""
        self._moments["last-record-seconds-ago"] = self._now()

    def note_commit(self) -> None:
        """Hear that offsets were committed; reported as ``last-commit-seconds-ago``."""
        self._moments["last-commit-seconds-ago"] = self._now()

    @property
    def is_due(self) -> bool:
        """Whether it is time for a report."""
        return self._now() - self._began_at >= REPORT_S

    def tick(self) -> None:
        """Report when it is time; call it once per batch, when user code has returned."""
        if self.is_due:
            self.report()

    def report(self) -> None:
        """Report now."""
        length_s = max(self._now() - self._began_at, 1e-9)
        self._began_at = self._now()
        for series in self._all():
            series.step()
        values = dict(self.fixed)
        for more in self._more:
            values.update(more())
        for series, name in self._totals:
            values[f"{name}-total"] = series.total
            values[f"{name}-rate"] = series.sum / max(length_s, REPORT_S * series.steps)
        for series, average, highest in self._series:
            values[average], values[highest] = series.average, series.highest
        values.update(self._common())
        values["last-return-seconds-ago"] = 0.0
        now = self._now()
        values.update((name, now - moment) for name, moment in self._moments.items())
        self._report(values)

    def _all(self) -> list[Series]:
        own = [
            self.batch_size,
            self.commit_ms,
            self.commit_failures,
            self.running_s,
            self.paused_s,
        ]
        return [*own, *(row[0] for row in self._series), *(row[0] for row in self._totals)]

    def _common(self) -> dict[str, float]:
        running, paused = self.running_s.sum, self.paused_s.sum
        known_s = running + paused
        failed = self.commit_failures.average
        has_commits = self.commit_ms.average > 0 or self.commit_failures.highest > 0
        return {
            "running-ratio": running / known_s if known_s else 0.0,
            "pause-ratio": paused / known_s if known_s else 0.0,
            "batch-size-max": self.batch_size.highest,
            "batch-size-avg": self.batch_size.average,
            "offset-commit-max-time-ms": self.commit_ms.highest,
            "offset-commit-avg-time-ms": self.commit_ms.average,
            "offset-commit-failure-percentage": failed if has_commits else 0.0,
            "offset-commit-success-percentage": 1 - failed if has_commits else 0.0,
        }
