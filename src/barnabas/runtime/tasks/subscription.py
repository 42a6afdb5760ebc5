# SPDX-License-Identifier: Apache-2.0
"""Which topics a sink task reads, according to its configuration. Pure.

Source:
    Apache Kafka ``connect/runtime`` ``SinkConnectorConfig``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from barnabas.config import java_regex
from barnabas.errors import ConfigError

__all__ = ["Subscription", "read_subscription"]

_TOPICS = "topics"
_REGEX = "topics.regex"
_DEAD_LETTERS = "errors.deadletterqueue.topic.name"


@dataclasses.dataclass(frozen=True, slots=True)
class Subscription:
    """Either a list of topics or a pattern that must match a whole name."""

    topics: tuple[str, ...] = ()
    pattern: str | None = None
    """In Python's spelling."""


def read_subscription(config: Mapping[str, str]) -> Subscription:
    """Read ``topics`` or ``topics.regex``.

    Raises:
        ConfigError: Both or neither are given, the expression is wrong, or the task would read its
            own dead letters.
    """
    topics = tuple(
        dict.fromkeys(t.strip() for t in config.get(_TOPICS, "").split(",") if t.strip())
    )
    regex = config.get(_REGEX, "").strip()
    if topics and regex:
        text = f"{_TOPICS} and {_REGEX} are mutually exclusive options, but both are set."
        raise ConfigError(text)
    if not topics and not regex:
        text = f"Must configure one of {_TOPICS} or {_REGEX}"
        raise ConfigError(text)
    pattern = java_regex(regex) if regex else None
    dead = config.get(_DEAD_LETTERS, "").strip()
    if dead and (dead in topics or (pattern is not None and pattern.fullmatch(dead))):
        text = (
            f"The dead letter topic '{dead}' ({_DEAD_LETTERS}) may not be one the connector reads; "
            f"choose another name or change {_TOPICS if topics else _REGEX}"
        )
        raise ConfigError(text)
    return Subscription(topics, None if pattern is None else pattern.pattern)
