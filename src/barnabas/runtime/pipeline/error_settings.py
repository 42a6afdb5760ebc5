# SPDX-License-Identifier: Apache-2.0
"""What a connector's configuration says about records that fail. Pure.

Source:
    Apache Kafka ``connect/runtime`` ``ConnectorConfig``, ``SinkConnectorConfig``; KIP-298.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from barnabas.config import ConfigType, parse_type
from barnabas.errors import ConfigError

__all__ = [
    "DEAD_LETTER_TOPIC",
    "OWN_SETTINGS",
    "REPLICATION_FACTOR",
    "SINK_SETTINGS",
    "SOURCE_SETTINGS",
    "ErrorSettings",
]

DEAD_LETTER_TOPIC: Final = "errors.deadletterqueue.topic.name"
REPLICATION_FACTOR: Final = "errors.deadletterqueue.topic.replication.factor"
_SOURCES: Final = "barnabas.errors.deadletterqueue.source.enable"
_ISOLATE: Final = "barnabas.errors.put.isolate.enable"
_MOST_PUTS: Final = "barnabas.errors.put.isolate.max.calls"

SOURCE_SETTINGS: Final = (_SOURCES,)
"""Those of them that only sources have."""
SINK_SETTINGS: Final = (_ISOLATE, _MOST_PUTS)
"""Those of them that only sinks have."""
OWN_SETTINGS: Final = (*SOURCE_SETTINGS, *SINK_SETTINGS)
"""Settings of connectors that Java does not have."""


@dataclasses.dataclass(frozen=True, slots=True)
class ErrorSettings:
    """The settings ``errors.*`` of one connector, and ours."""

    tolerates_all: bool = False
    retry_timeout_ms: int = 0
    """Negative: for ever."""
    retry_delay_max_ms: int = 60_000
    logs: bool = False
    logs_records: bool = False
    dead_letter_topic: str = ""
    """Empty when there is no dead letter queue."""
    replication_factor: int = 3
    has_context_headers: bool = False
    isolates_puts: bool = False
    """Whether a batch that ``put`` refused is divided until the bad records are known."""
    most_puts: int = 200
    """Most calls of ``put`` that may take."""

    @property
    def reports(self) -> bool:
        """Whether failures are told somewhere, so that what was consumed has to be kept."""
        return self.logs or bool(self.dead_letter_topic)

    @classmethod
    def read(cls, config: Mapping[str, str], *, is_sink: bool) -> ErrorSettings:
        """Read a connector's configuration.

        Raises:
            ConfigError: A value is not of its type or out of its range.
        """
        default = cls()
        has_queue = is_sink or _read(config, _SOURCES, ConfigType.BOOLEAN, False)
        topic = (config.get(DEAD_LETTER_TOPIC) or "").strip() if has_queue else ""
        if has_queue and not is_sink and not topic:
            text = f"{_SOURCES}=true needs {DEAD_LETTER_TOPIC}: name the topic of the dead letters"
            raise ConfigError(text)
        most_puts = _read(config, _MOST_PUTS, ConfigType.INT, default.most_puts)
        if most_puts < 1:
            text = f"Invalid value {most_puts} for configuration {_MOST_PUTS}: at least 1"
            raise ConfigError(text)
        return cls(
            tolerates_all=_tolerates_all(config),
            retry_timeout_ms=_read(config, "errors.retry.timeout", ConfigType.LONG, 0),
            retry_delay_max_ms=_read(
                config, "errors.retry.delay.max.ms", ConfigType.LONG, default.retry_delay_max_ms
            ),
            logs=_read(config, "errors.log.enable", ConfigType.BOOLEAN, False),
            logs_records=_read(config, "errors.log.include.messages", ConfigType.BOOLEAN, False),
            dead_letter_topic=topic,
            replication_factor=_read(
                config, REPLICATION_FACTOR, ConfigType.SHORT, default.replication_factor
            ),
            has_context_headers=_read(
                config, "errors.deadletterqueue.context.headers.enable", ConfigType.BOOLEAN, False
            ),
            isolates_puts=_isolates(config) if is_sink else False,
            most_puts=most_puts,
        )


def _tolerates_all(config: Mapping[str, str]) -> bool:
    return (config.get("errors.tolerance") or "none").strip() == "all"


def _isolates(config: Mapping[str, str]) -> bool:
    wanted = bool(_read(config, _ISOLATE, ConfigType.BOOLEAN, False))
    if wanted and not _tolerates_all(config):
        text = (
            f"{_ISOLATE}=true needs errors.tolerance=all: without it the first record that put "
            "refuses fails the task anyway"
        )
        raise ConfigError(text)
    return wanted


def _read(config: Mapping[str, str], name: str, kind: ConfigType, default: Any) -> Any:
    value = parse_type(name, config.get(name), kind)
    return default if value is None else value
