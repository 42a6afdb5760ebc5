# SPDX-License-Identifier: Apache-2.0
"""TopicNameMatches: whether the topic of a record matches a regular expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barnabas import config
from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Predicate

__all__ = ["TopicNameMatches"]


class TopicNameMatchesConfig(config.Config):
    """Settings of `TopicNameMatches`."""

    pattern = config.Option(
        "pattern",
        str,
        config.NO_DEFAULT,
        "A Java regular expression that must match the whole name of the topic.",
        validator=config.composite(config.non_empty(), config.valid_regex()),
    )


class TopicNameMatches(Predicate):
    """True for records whose topic matches as a whole.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.predicates.TopicNameMatches`` (KIP-585).
    """

    config_class = TopicNameMatchesConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Predicate.configure`."""
        self._pattern = config.java_regex(TopicNameMatchesConfig(configs).pattern)

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Say whether the topic matches."""
        return record.topic is not None and self._pattern.fullmatch(record.topic) is not None

    def test_batch(self, records: Sequence[SourceRecord | SinkRecord]) -> Sequence[bool]:
        """Say it of many records; each topic is looked at once."""
        topics = [record.topic for record in records]
        matches = self._pattern.fullmatch
        found = {topic: topic is not None and matches(topic) is not None for topic in set(topics)}
        return [found[topic] for topic in topics]
