# SPDX-License-Identifier: Apache-2.0
"""TimestampRouter: another topic by the record's timestamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barnabas import config
from barnabas.api.transform import Record, Transformation
from barnabas.errors import DataError
from barnabas.transforms.java_date_format import JavaDateFormat
from barnabas.transforms.replacing import replacing

__all__ = ["TimestampRouter"]


class TimestampRouterConfig(config.Config):
    """Settings of `TimestampRouter`."""

    topic_format = config.Option(
        "topic.format",
        str,
        "${topic}-${timestamp}",
        "The new name, in which `${topic}` and `${timestamp}` stand for the old name and the"
        " timestamp.",
        importance=config.Importance.HIGH,
    )
    timestamp_format = config.Option(
        "timestamp.format",
        str,
        "yyyyMMdd",
        "How the timestamp is written, a pattern of Java's SimpleDateFormat; in UTC.",
        importance=config.Importance.HIGH,
    )


class TimestampRouter(Transformation):
    """Renames the topic after the time of the record.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.TimestampRouter``.
    """

    config_class = TimestampRouterConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = TimestampRouterConfig(configs)
        self._topic_format = settings.topic_format
        self._timestamp_format = JavaDateFormat(settings.timestamp_format)

    def apply(self, record: Record) -> Record | None:
        """Return the record with its new topic; see `Transformation.apply`."""
        return record.replace(topic=self._topic(record.topic, record.timestamp))

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records, neighbours of which often have the same time."""
        replace = replacing(records)
        last: tuple[str, int | None] | None = None
        new = ""
        results: list[Record | None] = []
        for record in records:
            this = record.topic, record.timestamp
            if this != last:
                last, new = this, self._topic(*this)
            results.append(replace(record, topic=new))
        return results

    def _topic(self, topic: str, time: int | None) -> str:
        if time is None:
            message = f"Timestamp missing on record of topic {topic}"
            raise DataError(message)
        timestamp = self._timestamp_format.format(time)
        new = self._topic_format.replace("${topic}", topic)
        return new.replace("${timestamp}", timestamp)
