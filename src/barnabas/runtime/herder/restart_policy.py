# SPDX-License-Identifier: Apache-2.0
"""Whether a task that failed is restarted, and when. Pure: times and chance are arguments.

Restarts help against what passes, such as a database that was away. They do not help against a
record that fails the task each time it is read, so the same failure at the same records ends them.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from barnabas.runtime.model import FailureCause

__all__ = ["GiveUp", "History", "Limits", "Restart", "plan_restart"]

_SAME: Final = {"record": 2, "configuration": 2, "batch": 3}
"""Failures of a kind that, being the same one after the other, no further restart would mend."""
_JITTER: Final = 0.2


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What the settings say, in seconds."""

    attempts: int
    first_s: float
    longest_s: float
    reset_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class History:
    """What was done for a task so far."""

    attempts: int = 0
    """Restarts since it last ran for long."""
    restarted_s: float | None = None
    """When it was restarted last."""
    cause: FailureCause | None = None
    """Why it failed last."""
    same: int = 0
    """How often it has failed in the same way, one after the other."""


@dataclasses.dataclass(frozen=True, slots=True)
class Restart:
    """Restart it."""

    delay_s: float
    history: History


@dataclasses.dataclass(frozen=True, slots=True)
class GiveUp:
    """Leave it FAILED."""

    reason: str
    """Clause that says why."""
    history: History


def plan_restart(
    history: History,
    cause: FailureCause,
    limits: Limits,
    *,
    now_s: float,
    chance: float,
) -> Restart | GiveUp:
    """Decide what to do for a task that has just failed.

    Args:
        history: What was done before.
        cause: Why it failed now.
        limits: The settings.
        now_s: Now, on a clock that only goes forward.
        chance: 0 to 1; spreads restarts of tasks that failed together.
    """
    same = history.same + 1 if _is_same(history.cause, cause) else 1
    ran_s = 0.0 if history.restarted_s is None else now_s - history.restarted_s
    is_new = same == 1 or cause.kind not in _SAME
    attempts = 0 if is_new and ran_s >= limits.reset_s else history.attempts
    told = History(attempts, history.restarted_s, cause, same)
    if same >= _SAME.get(cause.kind, same + 1):
        return GiveUp(_describe_repetition(cause, same), told)
    if attempts >= limits.attempts:
        reason = (
            f"it has failed again after {attempts} restarts, task.restart.max.attempts, without "
            f"running for task.restart.reset.ms ({limits.reset_s * 1000:.0f} ms) in between"
        )
        return GiveUp(reason, told)
    delay_s = _spread(limits.first_s * 2.0 ** min(attempts, 60), limits.longest_s, chance)
    return Restart(delay_s, dataclasses.replace(told, attempts=attempts + 1))


def _spread(delay_s: float, longest_s: float, chance: float) -> float:
    """Differ by up to a fifth by chance; where that would be too long, only downwards."""
    highest_s = min(delay_s * (1 + _JITTER), longest_s)
    return highest_s - highest_s * (1 - chance) * 2 * _JITTER / (1 + _JITTER)


def _is_same(before: FailureCause | None, now: FailureCause) -> bool:
    if before is None or before.kind != now.kind:
        return False
    if now.kind == "batch":
        has_common_record = before.positions.items() & now.positions.items()
        return bool(has_common_record) and _kind_of(before) == _kind_of(now)
    return before.error == now.error


def _kind_of(cause: FailureCause) -> str:
    return cause.error.partition(":")[0]


def _describe_repetition(cause: FailureCause, same: int) -> str:
    if cause.kind == "configuration":
        return f"its settings are wrong in the same way as {same - 1} times before"
    if cause.kind == "record":
        return f"the same record has failed it {same} times; a further restart reads it again"
    records = ", ".join(
        f"{where} from offset {at}" for where, at in sorted(cause.positions.items())
    )
    return (
        f"it could not take the same records {same} times ({records}); a further restart reads "
        "them again"
    )
