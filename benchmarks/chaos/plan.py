# SPDX-License-Identifier: Apache-2.0
"""What happens when: a pure function of a seed."""

from __future__ import annotations

import dataclasses
import enum
import random
from collections.abc import Sequence

__all__ = ["Fault", "Shape", "Step", "make_plan"]

_QUIET_START_S = 3.0
_BROKER_REST_S = 12.0


class Fault(enum.Enum):
    """What is done; the pairs of a fault and its end name the same target."""

    KILL_WORKER = "kill -9 worker"
    STOP_WORKER = "stop worker"
    START_WORKER = "start worker"
    FREEZE_WORKER = "freeze worker"
    FREEZE_WORKER_TREE = "freeze worker and runners"
    FREEZE_RUNNER = "freeze a runner"
    THAW_WORKER = "thaw worker"
    KILL_RUNNER = "kill -9 a runner"
    KILL_BROKER = "kill -9 broker"
    STOP_BROKER = "stop broker"
    START_BROKER = "start broker"
    FREEZE_BROKER = "freeze broker"
    THAW_BROKER = "thaw broker"
    PAUSE = "pause connector"
    STOP = "stop connector"
    RESUME = "resume connector"
    RESTART = "restart connector and tasks"
    RESTART_FAILED = "restart what failed"
    CHANGE = "change connector"
    CREATE = "create connector"
    DELETE = "delete connector"


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, ``at_s`` seconds after the start; ``value`` is what a change sets."""

    at_s: float
    fault: Fault
    target: str
    value: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """What there is to disturb: names, as the steps' targets have them."""

    workers: Sequence[str]
    brokers: Sequence[str]
    sources: Sequence[str]
    sink: str
    has_runners: bool


# Fault, how likely, what ends it, and the shortest and longest time until then.
_LASTING = (
    (Fault.KILL_WORKER, 5, Fault.START_WORKER, (0.0, 15.0)),
    (Fault.STOP_WORKER, 4, Fault.START_WORKER, (0.0, 15.0)),
    (Fault.FREEZE_WORKER, 2, Fault.THAW_WORKER, (1.0, 20.0)),
    (Fault.FREEZE_WORKER_TREE, 2, Fault.THAW_WORKER, (1.0, 20.0)),
    (Fault.FREEZE_RUNNER, 2, Fault.THAW_WORKER, (1.0, 20.0)),
    (Fault.KILL_BROKER, 2, Fault.START_BROKER, (0.0, 10.0)),
    (Fault.STOP_BROKER, 2, Fault.START_BROKER, (0.0, 10.0)),
    (Fault.FREEZE_BROKER, 1, Fault.THAW_BROKER, (1.0, 10.0)),
    (Fault.PAUSE, 3, Fault.RESUME, (1.0, 12.0)),
    (Fault.STOP, 2, Fault.RESUME, (1.0, 12.0)),
)
_MOMENTARY = (
    (Fault.KILL_RUNNER, 2),
    (Fault.RESTART, 3),
    (Fault.RESTART_FAILED, 2),
    (Fault.CHANGE, 5),
    (Fault.CREATE, 2),
    (Fault.DELETE, 2),
)
_RUNNER_FAULTS = {Fault.FREEZE_RUNNER, Fault.KILL_RUNNER}
_ENDS = {fault: (end, bounds) for fault, _, end, bounds in _LASTING}
_WEIGHTS = {fault: weight for fault, weight, *_ in (*_LASTING, *_MOMENTARY)}
_GUESTS = ("guest-0", "guest-1", "guest-2")


def make_plan(seed: int, seconds: float, shape: Shape) -> list[Step]:
    """Say what happens in so many seconds, in order of time.

    A target that is down, frozen or paused is left alone until that ends, and all of it ends within
    the time. One broker at most is away at a time, and the next only after a rest, in which the
    replicas catch up: two copies of three are what the topics promise to keep.
    """
    planner = _Planner(random.Random(seed), shape)
    at_s = _QUIET_START_S
    while at_s < seconds:
        planner.add(at_s, seconds)
        at_s += planner.random.uniform(1.0, 7.0)
    return sorted(planner.steps, key=lambda step: step.at_s)


class _Planner:
    def __init__(self, source: random.Random, shape: Shape) -> None:
        self.random = source
        self.steps: list[Step] = []
        self._shape = shape
        self._free_at: dict[str, float] = {}
        self._weights = {
            fault: weight
            for fault, weight in _WEIGHTS.items()
            if shape.has_runners or fault not in _RUNNER_FAULTS
        }

    def add(self, at_s: float, end_s: float) -> None:
        """Add a fault and its end; nothing when the one chosen has no free target."""
        fault = self.random.choices([*self._weights], [*self._weights.values()])[0]
        free = [name for name in self._targets(fault) if self._free_at.get(name, 0.0) <= at_s]
        if not free:
            return
        target, value = self.random.choice(free), self.random.randrange(1, 5)
        self.steps.append(Step(round(at_s, 1), fault, target, value))
        if fault in _ENDS:
            end, (shortest, longest) = _ENDS[fault]
            until_s = min(at_s + self.random.uniform(shortest, longest), end_s)
            self.steps.append(Step(round(until_s, 1), end, target))
            self._occupy(target, until_s)

    def _targets(self, fault: Fault) -> Sequence[str]:
        shape, name = self._shape, fault.name
        if "WORKER" in name or "RUNNER" in name:
            return shape.workers
        if "BROKER" in name:
            return shape.brokers
        if fault in (Fault.CREATE, Fault.DELETE):
            return _GUESTS
        return [*shape.sources, shape.sink]

    def _occupy(self, target: str, until_s: float) -> None:
        if target in self._shape.brokers:
            for broker in self._shape.brokers:
                self._free_at[broker] = until_s + _BROKER_REST_S
        else:
            self._free_at[target] = until_s + 0.5
