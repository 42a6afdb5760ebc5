# SPDX-License-Identifier: Apache-2.0
"""Restarts tasks of this worker that failed, where ``task.restart.enable`` says so.

The task stays FAILED for all who ask, with a last line in its trace that says what follows, until
it is RESTARTING. Only the worker that runs it does anything; the group does not hear of it. What a
user orders counts for more: after a restart over REST, or another configuration, all begins anew.

Differs:
    In Java a task that failed stays so until somebody restarts it. So it is here, too, by default.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from barnabas.errors import ConfigError
from barnabas.runtime.herder.restart_policy import GiveUp, History, Limits, plan_restart
from barnabas.runtime.model import ConnectorStatus, FailureCause, TaskId
from barnabas.runtime.settings.supervision import RestartSettings
from barnabas.telemetry.logs import log_context

__all__ = ["TaskSupervision", "Tasks"]

Config = Mapping[str, str | None]

_log = logging.getLogger(__name__)

_UNKNOWN: Final = FailureCause("other", "")


class Tasks(Protocol):
    """What is needed of what runs tasks."""

    def config_of(self, task: TaskId) -> Config | None:
        """Configuration of the connector of a task that is to run here; None: it is not."""

    def cause_of(self, task: TaskId) -> FailureCause | None:
        """Why a task failed; None where only its trace tells."""

    def restart_failed(self, task: TaskId) -> bool:
        """Restart a task if it is still FAILED; returns whether it was."""


@dataclasses.dataclass(slots=True)
class _Care:
    """What is known of one task."""

    config: Config
    history: History = dataclasses.field(default_factory=History)
    timer: asyncio.TimerHandle | None = None
    restarts: int = 0
    is_given_up: bool = False


class TaskSupervision:
    """Looks after the tasks of one worker. On the event loop.

    Args:
        worker_config: The worker's original settings.
        tasks: Runs them.
        chance: Gives numbers from 0 to 1.

    Raises:
        ConfigError: One of the worker's settings is wrong.
    """

    def __init__(
        self,
        worker_config: Mapping[str, object],
        tasks: Tasks,
        chance: Callable[[], float] = random.random,
    ) -> None:
        RestartSettings.read(worker_config)
        self._worker_config = worker_config
        self._tasks = tasks
        self._chance = chance
        self._cares: dict[TaskId, _Care] = {}

    def on_failed(self, task: TaskId, status: ConnectorStatus) -> ConnectorStatus:
        """Hear that a task has failed; returns its status, which says what will be done."""
        for gone in [each for each in self._cares if self._tasks.config_of(each) is None]:
            self._cancel(self._cares.pop(gone))
        config = self._tasks.config_of(task)
        if config is None:
            return status
        settings = self._settings(config)
        if not settings.enable:
            self.forget(task)
            return status
        care = self._cares.get(task)
        if care is None or care.config != config:
            care = self._cares[task] = _Care(config, restarts=care.restarts if care else 0)
        return self._with_line(status, self._decide(task, care, settings))

    def forget(self, task: TaskId) -> None:
        """Hear that a user ordered a restart: what went wrong before counts no more."""
        care = self._cares.get(task)
        if care is not None:
            self._cancel(care)
            care.history, care.is_given_up = History(), False

    def stop(self) -> None:
        """Restart nothing any more."""
        for care in self._cares.values():
            self._cancel(care)

    def values(self, task: TaskId) -> dict[str, float]:
        """Metrics of a task's restarts; those of a task that never was restarted are 0."""
        care = self._cares.get(task)
        return {
            "restarts-total": 0 if care is None else care.restarts,
            "restart-given-up": float(care is not None and care.is_given_up),
        }

    def _settings(self, config: Config) -> RestartSettings:
        try:
            return RestartSettings.read(self._worker_config, config)
        except ConfigError:
            return RestartSettings.read(self._worker_config)

    def _decide(self, task: TaskId, care: _Care, settings: RestartSettings) -> str:
        """Plan the next restart; returns a sentence that says what is planned."""
        loop = asyncio.get_running_loop()
        self._cancel(care)
        limits = Limits(
            settings.max_attempts,
            settings.backoff_initial_ms / 1000,
            settings.backoff_max_ms / 1000,
            settings.reset_ms / 1000,
        )
        plan = plan_restart(
            care.history,
            self._tasks.cause_of(task) or _UNKNOWN,
            limits,
            now_s=loop.time(),
            chance=self._chance(),
        )
        care.history = plan.history
        care.is_given_up = isinstance(plan, GiveUp)
        with log_context(task.connector, f"task-{task.task}"):
            if isinstance(plan, GiveUp):
                _log.error("The task is not restarted any more: %s", plan.reason)
                return f"It is not restarted any more: {plan.reason}."
            which = f"restart {plan.history.attempts} of {limits.attempts}"
            _log.warning("The task is restarted in %.1f s: %s", plan.delay_s, which)
        care.timer = loop.call_later(plan.delay_s, self._restart, task, care)
        return f"It is restarted {plan.delay_s:.1f} s later: {which}."

    def _restart(self, task: TaskId, care: _Care) -> None:
        care.timer = None
        if self._cares.get(task) is not care or self._tasks.config_of(task) != care.config:
            return
        if not self._tasks.restart_failed(task):
            return
        care.restarts += 1
        restarted_s = asyncio.get_running_loop().time()
        care.history = dataclasses.replace(care.history, restarted_s=restarted_s)
        with log_context(task.connector, f"task-{task.task}"):
            _log.info("Restarting the task, which had failed")

    @staticmethod
    def _cancel(care: _Care) -> None:
        if care.timer is not None:
            care.timer.cancel()
            care.timer = None

    @staticmethod
    def _with_line(status: ConnectorStatus, line: str) -> ConnectorStatus:
        trace = f"{status.trace or ''}".rstrip("\n")
        return msgspec.structs.replace(status, trace=f"{trace}\n{line}".lstrip("\n"))
