# SPDX-License-Identifier: Apache-2.0
"""RegexRouter: another topic by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from barnabas import config
from barnabas.api.transform import Record, Transformation
from barnabas.transforms.java_replacement import expand
from barnabas.transforms.replacing import replacing

__all__ = ["RegexRouter"]

_REMEMBERED_TOPICS: Final = 10_000


class RegexRouterConfig(config.Config):
    """Settings of `RegexRouter`."""

    regex = config.Option(
        "regex",
        str,
        config.NO_DEFAULT,
        "A Java regular expression that must match the whole name of the topic.",
        importance=config.Importance.HIGH,
        validator=config.valid_regex(),
    )
    replacement = config.Option(
        "replacement",
        str,
        config.NO_DEFAULT,
        "The new name; `$1` and `${name}` stand for groups of the expression.",
        importance=config.Importance.HIGH,
    )


class RegexRouter(Transformation):
    r"""Renames the topic where the expression matches all of it; other records stay as they are.

    What is replaced is the first place where the expression matches, which need not be all of it:
    ``a|ab`` matches ``ab`` but replaces its ``a``, as in Java.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.RegexRouter``.
    """

    config_class = RegexRouterConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = RegexRouterConfig(configs)
        self._regex: re.Pattern[str] = config.java_regex(settings.regex)
        self._replacement = settings.replacement
        self._routes: dict[str, str] = {}

    def apply(self, record: Record) -> Record | None:
        """Return the record with its new topic; see `Transformation.apply`."""
        topic = record.topic
        route = self._routes.get(topic)
        if route is None:
            route = self._route(topic)
        return record if route == topic else record.replace(topic=route)

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records; see `Transformation.apply_batch`."""
        topics = [record.topic for record in records]
        known = self._routes
        routes = {topic: known.get(topic) or self._route(topic) for topic in set(topics)}
        replace = replacing(records)
        return [
            record if topic == routes[topic] else replace(record, topic=routes[topic])
            for record, topic in zip(records, topics, strict=True)
        ]

    def _route(self, topic: str) -> str:
        """Find the new name of a topic and remember it."""
        route = topic
        if self._regex.fullmatch(topic) is not None:
            found = self._regex.search(topic)
            assert found is not None
            route = topic[: found.start()] + expand(self._replacement, found) + topic[found.end() :]
        if len(self._routes) >= _REMEMBERED_TOPICS:
            self._routes.clear()
        self._routes[topic] = route
        return route
