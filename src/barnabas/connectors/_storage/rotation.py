# SPDX-License-Identifier: Apache-2.0
"""When the open files of a Kafka partition end; decisions only, no clock and no file.

All open files of a Kafka partition end together, so that what is committed is a range of offsets.

Source:
    Reference page *hdfs*, section 4.

    Differs: in Java a partition that gets no more records keeps its files open for ever when
    ``rotate.interval.ms`` goes by record times; here they end when the interval has passed by the
    clock. And the interval by the clock counts from the first record of the files, not from the
    last rotation, so that the first record after silence is not alone in its file.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "OpenRange",
    "Reason",
    "RotationRules",
    "next_scheduled_ms",
    "records_before_rotation",
    "records_of_same_partition",
    "rotation_due",
]


class Reason(enum.Enum):
    """Why files ended; the values go into the log."""

    SIZE = "flush.size records"
    BYTES = "rotate.file.bytes reached"
    INTERVAL = "rotate.interval.ms passed"
    IDLE = "rotate.interval.ms passed without a record"
    SCHEDULE = "rotate.schedule.interval.ms passed"
    SCHEMA = "the schema changed"
    PARTITION = "the next record belongs to another directory"
    LIMIT = "memory or open files are limited"


@dataclass(frozen=True, slots=True)
class RotationRules:
    """The settings; intervals and sizes that are not positive are off."""

    flush_size: int
    interval_ms: int = -1
    schedule_ms: int = -1
    file_bytes: int = -1
    timezone: datetime.tzinfo = datetime.UTC
    uses_record_time: bool = False
    """Whether the interval goes by the times of records instead of the clock."""
    ends_idle_files: bool = True
    ends_on_partition_change: bool = False
    """Whether files end when the next record belongs to another encoded partition."""

    @property
    def needs_record_times(self) -> bool:
        """Whether the times of records have to be known."""
        return self.uses_record_time and self.interval_ms > 0


@dataclass(slots=True)
class OpenRange:
    """What the open files of a Kafka partition hold so far."""

    opened_ms: int
    """When the first record was written, by the clock."""
    last_record_ms: int
    """When the latest record was written, by the clock."""
    first_record_time: int | None = None
    """Time of the first record itself."""
    scheduled_ms: int | None = None
    """When the schedule ends these files."""
    count: int = 0


def records_before_rotation(
    rules: RotationRules, files: OpenRange | None, record_times: Sequence[int] | None, total: int
) -> int:
    """How many of the next records still belong to the open files.

    Args:
        rules: The settings.
        files: What is open; None when nothing is.
        record_times: Times of the next records, when rules need them.
        total: Number of the next records.

    Returns:
        ``total`` when none of them makes the files end before it.
    """
    room = min(total, max(0, rules.flush_size - (files.count if files else 0)))
    if not rules.needs_record_times or record_times is None or not room:
        return room
    first = files.first_record_time if files else None
    if first is None:
        first = record_times[0]
    limit = first + rules.interval_ms
    if max(record_times[:room]) < limit:
        return room
    return next(at for at in range(room) if record_times[at] >= limit)


def records_of_same_partition(current: str | None, encoded: Sequence[str]) -> int:
    """How many of the next records belong to one encoded partition.

    Args:
        current: That of the open files; None when nothing is open.
        encoded: Those of the next records.
    """
    wanted = encoded[0] if current is None else current
    if encoded.count(wanted) == len(encoded):
        return len(encoded)
    return next(at for at, each in enumerate(encoded) if each != wanted)


def rotation_due(
    rules: RotationRules, files: OpenRange, now_ms: int, *, is_idle: bool, largest_file: int
) -> Reason | None:
    """Say whether open files have to end now, before another record is written.

    Args:
        rules: The settings.
        files: What is open.
        now_ms: The clock.
        is_idle: Whether no record of this partition waits.
        largest_file: Bytes of the largest open file.
    """
    if files.count >= rules.flush_size:
        return Reason.SIZE
    if 0 < rules.file_bytes <= largest_file:
        return Reason.BYTES
    if files.scheduled_ms is not None and now_ms >= files.scheduled_ms:
        return Reason.SCHEDULE
    return _interval_due(rules, files, now_ms, is_idle=is_idle) if rules.interval_ms > 0 else None


def _interval_due(
    rules: RotationRules, files: OpenRange, now_ms: int, *, is_idle: bool
) -> Reason | None:
    if not rules.uses_record_time:
        return Reason.INTERVAL if now_ms - files.opened_ms >= rules.interval_ms else None
    is_silent = now_ms - files.last_record_ms >= rules.interval_ms
    return Reason.IDLE if is_idle and rules.ends_idle_files and is_silent else None


def next_scheduled_ms(now_ms: int, period_ms: int, timezone: datetime.tzinfo) -> int:
    """When a schedule of equal periods, begun at local midnight, is due next.

    Never later than the next midnight, whatever the length of the day.
    """
    now = datetime.datetime.fromtimestamp(now_ms / 1000, timezone)
    start = _start_of_day(now.date(), timezone)
    end = _start_of_day(now.date() + datetime.timedelta(days=1), timezone)
    return start + min(((now_ms - start) // period_ms + 1) * period_ms, end - start)


def _start_of_day(day: datetime.date, timezone: datetime.tzinfo) -> int:
    """Local midnight; where clocks go forward at midnight, the moment they do."""
    midnight = datetime.datetime.combine(day, datetime.time(), timezone)
    return round(midnight.timestamp() * 1000)
