# SPDX-License-Identifier: Apache-2.0
"""Directories that have parts of the topic's name in their own.

``${topic}`` stands for the topic, ``${0}``, ``${1}`` … for what a regular expression matches in it.

Source:
    Reference page *hdfs*, section 1.2, ``topic.capture.groups.regex``.
"""

from __future__ import annotations

import re
from typing import Final

from barnabas import config
from barnabas.api import TopicPartition
from barnabas.connectors._storage.names import Places
from barnabas.errors import ConfigError

__all__ = ["TopicDirectories"]

_REFERENCE: Final = re.compile(r"\$\{([^}]*)\}")


class TopicDirectories:
    """Where the files of topics are.

    Args:
        topics_dir: Directory of committed files; may hold references.
        logs_dir: Directory of Java's logs; may hold references.
        regex: Expression that a whole topic's name matches; None: no groups.

    Raises:
        ConfigError: A reference is unknown, or the expression is wrong.
    """

    def __init__(self, topics_dir: str, logs_dir: str, regex: str | None) -> None:
        self._topics_dir = topics_dir
        self._logs_dir = logs_dir
        self._regex = None if regex is None else config.java_regex(regex)
        for key, text in (("topics.dir", topics_dir), ("logs.dir", logs_dir)):
            for name in _REFERENCE.findall(text):
                self._check(key, text, name)

    def places(self, where: TopicPartition) -> Places:
        """Where the files of a Kafka partition are.

        Raises:
            ConfigError: The topic does not match the regular expression.
        """
        return Places(
            where,
            self._fill("topics.dir", self._topics_dir, where.topic),
            self._fill("logs.dir", self._logs_dir, where.topic),
        )

    def _check(self, key: str, text: str, name: str) -> None:
        if name == "topic":
            return
        if not name.isdecimal():
            problem = f"${{{name}}} is unknown; there are ${{topic}} and ${{0}}, ${{1}} …"
        elif self._regex is None:
            problem = f"${{{name}}} needs topic.capture.groups.regex"
        elif int(name) > self._regex.groups:
            problem = (
                f"${{{name}}} is too high: topic.capture.groups.regex has"
                f" {self._regex.groups} groups"
            )
        else:
            return
        message = f"Invalid value {text} for configuration {key}: {problem}"
        raise ConfigError(message)

    def _fill(self, key: str, text: str, topic: str) -> str:
        def value(reference: re.Match[str]) -> str:
            name = reference[1]
            if name == "topic":
                return topic
            found = None if self._regex is None else self._regex.fullmatch(topic)
            if found is None:
                message = (
                    f"{key} is {text}, but the topic {topic} does not match"
                    " topic.capture.groups.regex"
                )
                raise ConfigError(message)
            return found[int(name)] or ""

        return _REFERENCE.sub(value, text)
