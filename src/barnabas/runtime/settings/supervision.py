# SPDX-License-Identifier: Apache-2.0
"""Settings of what looks after tasks: restarts of failed ones, and when one counts as stalled.

Java has none of them, so they are no part of the definitions that ``/validate`` shows, and a worker
of Java that gets a connector with them ignores them. ``docs/supervision.md`` is for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from barnabas.config import Config, ConfigType, Importance, Option, at_least, range_between
from barnabas.errors import ConfigError

__all__ = [
    "PREFIX",
    "ClientMetricsSettings",
    "RestartSettings",
    "WatchdogSettings",
    "warnings_about_restarts",
]

PREFIX: Final = "task.restart."
LONG: Final = ConfigType.LONG
LOW: Final = Importance.LOW


class RestartSettings(Config):
    """How failed tasks are restarted; a connector's settings go before the worker's."""

    enable = Option(
        "task.restart.enable",
        bool,
        False,
        "Whether tasks that failed are restarted.",
        importance=LOW,
    )
    max_attempts = Option(
        "task.restart.max.attempts",
        int,
        10,
        "Restarts after which a task that goes on failing stays FAILED.",
        importance=LOW,
        validator=at_least(1),
    )
    backoff_initial_ms = Option(
        "task.restart.backoff.initial.ms",
        LONG,
        1000,
        "Time in ms before the first restart; doubled for each that follows.",
        importance=LOW,
        validator=at_least(0),
    )
    backoff_max_ms = Option(
        "task.restart.backoff.max.ms",
        LONG,
        300_000,
        "Longest time in ms before a restart.",
        importance=LOW,
        validator=at_least(0),
    )
    reset_ms = Option(
        "task.restart.reset.ms",
        LONG,
        600_000,
        "Time in ms a restarted task has to run until its next failure counts as the first.",
        importance=LOW,
        validator=at_least(0),
    )

    @classmethod
    def read(
        cls, worker: Mapping[str, object], connector: Mapping[str, str | None] | None = None
    ) -> RestartSettings:
        """Read the worker's settings, and over them a connector's.

        Raises:
            ConfigError: One of them is wrong.
        """
        given = _given(worker, cls)
        return cls({**given, **_given(connector or {}, cls)})


class ClientMetricsSettings(Config):
    """Whether the clients of tasks measure themselves."""

    interval_ms = Option(
        "metrics.clients.interval.ms",
        int,
        10_000,
        "Time in ms between two measurements of the clients of tasks; 0 for none.",
        importance=LOW,
        validator=range_between(0, 3_600_000),
    )

    @classmethod
    def read(cls, worker: Mapping[str, object]) -> ClientMetricsSettings:
        """Read the worker's settings.

        Raises:
            ConfigError: They are wrong.
        """
        return cls(_given(worker, cls))


class WatchdogSettings(Config):
    """When a task counts as stalled."""

    stalled_after_ms = Option(
        "task.stalled.after.ms",
        LONG,
        300_000,
        "Time in ms code of a task may take without returning before it counts as stalled; 0: any.",
        importance=LOW,
        validator=at_least(0),
    )

    @classmethod
    def read(cls, worker: Mapping[str, object]) -> WatchdogSettings:
        """Read the worker's settings.

        Raises:
            ConfigError: They are wrong.
        """
        return cls(_given(worker, cls))


def _given(props: Mapping[str, object], kind: type[Config]) -> dict[str, str]:
    """The settings of one kind that have a value."""
    names = kind.definition().keys
    return {name: str(props[name]) for name in names if props.get(name) is not None}


def warnings_about_restarts(props: Mapping[str, str | None]) -> list[str]:
    """Say what is wrong with the restart settings of a connector; they then have no effect."""
    known = RestartSettings.definition().keys
    unknown = sorted(name for name in props if name.startswith(PREFIX) and name not in known)
    warnings = [
        f"The setting {name} is not known. There are {', '.join(sorted(known))}."
        for name in unknown
    ]
    try:
        RestartSettings.read({}, props)
    except ConfigError as error:
        warnings.append(f"{error.message} The worker's own {PREFIX}* settings are taken instead.")
    return warnings
