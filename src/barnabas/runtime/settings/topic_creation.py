# SPDX-License-Identifier: Apache-2.0
"""How topics of a source connector are created: its ``topic.creation.`` settings.

Groups are tried in the order of ``topic.creation.groups``; the first whose ``include`` matches the
topic and whose ``exclude`` does not, wins. Group ``default`` comes last and takes every topic.

Source:
    KIP-158; Apache Kafka TopicCreationConfig; reference/configs.md, section 5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from barnabas.config import (
    NO_DEFAULT,
    ConfigDef,
    ConfigType,
    Validator,
    invalid_value,
    java_regex,
    validator,
)
from barnabas.errors import ConfigError

__all__ = [
    "OWN_NAMES",
    "PREFIX",
    "TopicGroup",
    "enabled_topic_groups",
    "first_group",
    "topic_groups",
    "uses_topic_creation",
]

PREFIX: Final = "topic.creation."
_DEFAULT: Final = "default"
OWN_NAMES: Final = ("include", "exclude", "replication.factor", "partitions")
"""Settings of a group that are not those of its topics."""


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """Topics that are created alike; -1 leaves a number to the broker."""

    name: str
    partitions: int
    replication_factor: int
    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    configs: Mapping[str, str] = field(default_factory=dict)

    def matches(self, topic: str) -> bool:
        """Whether this group is for the topic."""
        if self.name == _DEFAULT:
            return True
        return any(p.fullmatch(topic) for p in self.include) and not any(
            p.fullmatch(topic) for p in self.exclude
        )


def uses_topic_creation(props: Mapping[str, str | None]) -> bool:
    """Whether a connector has any setting of topic creation."""
    return any(name.startswith(PREFIX) for name in props)


def topic_groups(props: Mapping[str, str], names: list[str]) -> list[TopicGroup]:
    """Read the groups of a connector, ``default`` last; none when it has no such settings.

    Args:
        props: The connector's configuration.
        names: The value of ``topic.creation.groups``.

    Raises:
        ConfigError: A number or pattern of a group is missing or wrong.
    """
    if not uses_topic_creation(props):
        return []
    default = _group(_DEFAULT, props, None)
    others = [_group(name, props, default) for name in names if name != _DEFAULT]
    return [*others, default]


def enabled_topic_groups(worker: Mapping[str, str], props: Mapping[str, str]) -> list[TopicGroup]:
    """Read the groups of a connector, none where its worker creates no topics.

    Args:
        worker: The worker's settings as given, of which ``topic.creation.enable`` counts.
        props: The connector's configuration, references to config providers resolved.

    Raises:
        ConfigError: A setting of a group is missing or wrong.
    """
    if worker.get("topic.creation.enable", "true").strip().lower() == "false":
        return []
    names = props.get(PREFIX + "groups", "").split(",")
    return topic_groups(props, [name.strip() for name in names if name.strip()])


def first_group(groups: Sequence[TopicGroup], topic: str) -> TopicGroup:
    """Find the group a topic belongs to; the last one, ``default``, fits all."""
    return next(group for group in groups if group.matches(topic))


def _group(name: str, props: Mapping[str, str], default: TopicGroup | None) -> TopicGroup:
    prefix = f"{PREFIX}{name}."
    values = _definition(prefix, default).parse(props)
    include, exclude = (_patterns(values.get(prefix + key)) for key in ("include", "exclude"))
    configs = {
        key.removeprefix(prefix): value
        for key, value in props.items()
        if key.startswith(prefix) and key.removeprefix(prefix) not in OWN_NAMES
    }
    return TopicGroup(
        name,
        _number(values[prefix + "partitions"]),
        _number(values[prefix + "replication.factor"]),
        include,
        exclude,
        configs,
    )


def _definition(prefix: str, default: TopicGroup | None) -> ConfigDef:
    definition = ConfigDef()
    definition.define(
        prefix + "replication.factor",
        ConfigType.SHORT,
        NO_DEFAULT if default is None else default.replication_factor,
        "Replicas of new topics; -1 for the broker's default.",
        validator=_positive(
            "Replication factor must be positive and not larger than the number "
            "of brokers in the Kafka cluster, or -1 to use the broker's default"
        ),
    )
    definition.define(
        prefix + "partitions",
        ConfigType.INT,
        NO_DEFAULT if default is None else default.partitions,
        "Partitions of new topics; -1 for the broker's default.",
        validator=_positive(
            "Number of partitions must be positive, or -1 to use the broker's default"
        ),
    )
    if default is not None:
        for name in ("include", "exclude"):
            definition.define(
                prefix + name,
                ConfigType.LIST,
                [],
                f"Regular expressions of topics to {name}.",
                validator=_REGEXES,
            )
    return definition


def _positive(message: str) -> Validator:
    def check(name: str, value: object) -> None:
        if not isinstance(value, int) or (value < 1 and value != -1):
            raise invalid_value(name, value, message)

    return validator(check, message)


def _check_regexes(name: str, value: object) -> None:
    for item in value if isinstance(value, list) else []:
        try:
            java_regex(item)
        except ConfigError as error:
            reason = f"Syntax error in regular expression: {error.message}"
            raise invalid_value(name, item, reason) from error


_REGEXES: Final = validator(_check_regexes, "list of regular expressions")


def _patterns(value: object) -> tuple[re.Pattern[str], ...]:
    return tuple(java_regex(item) for item in value) if isinstance(value, list) else ()


def _number(value: object) -> int:
    if not isinstance(value, int):
        message = f"expected a number, not {value!r}"
        raise ConfigError(message)
    return value
