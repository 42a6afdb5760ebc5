# SPDX-License-Identifier: Apache-2.0
"""Names of subjects: what a record's schema is registered under.

======================== =============================================
strategy                 subject
======================== =============================================
TopicNameStrategy        ``<topic>-key`` or ``<topic>-value``
RecordNameStrategy       full name of the record
TopicRecordNameStrategy  ``<topic>-<full name of the record>``
AssociatedNameStrategy   what the registry associates with the topic
======================== =============================================

Source:
    Reference page *Schema Registry*, section 2.

Differs:
    The default is TopicNameStrategy, as in Java up to 7; Java 8 asks the registry for an
    association first and, where there is none, names subjects the same. Strategies that are Java
    classes of the user's own cannot be run.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Final

from barnabas import config
from barnabas.config.types import invalid_value
from barnabas.errors import DataError

__all__ = [
    "DEFAULT",
    "HEADER_SERIALIZER",
    "Strategy",
    "SubjectNames",
    "simple_name",
    "strategy_of",
    "valid_context_strategy",
    "valid_id_serializer",
    "valid_strategy",
]

_PACKAGE: Final = "io.confluent.kafka.serializers.subject"
DEFAULT: Final = f"{_PACKAGE}.TopicNameStrategy"
HEADER_SERIALIZER: Final = "HeaderSchemaIdSerializer"


class Strategy(enum.Enum):
    """How subjects are named; the value is the simple name of Java's class."""

    TOPIC = "TopicNameStrategy"
    RECORD = "RecordNameStrategy"
    TOPIC_RECORD = "TopicRecordNameStrategy"
    ASSOCIATED = "AssociatedNameStrategy"


def simple_name(name: str) -> str:
    """Cut the package off a Java class name."""
    return name.strip().rpartition(".")[2]


def strategy_of(name: str) -> Strategy:
    """Find a strategy by Java's class name, with or without package.

    Raises:
        ValueError: There is none of that name.
    """
    return Strategy(simple_name(name))


def valid_strategy() -> config.Validator:
    """A strategy for the names of subjects."""
    return _one_of(_PACKAGE, [each.value for each in Strategy])


def valid_context_strategy() -> config.Validator:
    """A strategy for contexts."""
    return _one_of("io.confluent.kafka.serializers.context", ["NullContextNameStrategy"])


def valid_id_serializer() -> config.Validator:
    """A place for the id."""
    package = "io.confluent.kafka.serializers.schema.id"
    return _one_of(package, ["PrefixSchemaIdSerializer", HEADER_SERIALIZER])


def _one_of(package: str, names: list[str]) -> config.Validator:
    known = ", ".join(names)

    def check(setting: str, value: object) -> None:
        text = str(value).strip()
        name = simple_name(text)
        if name not in names or text not in {name, f"{package}.{name}"}:
            raise invalid_value(setting, value, f"Class must be one of: {known}")

    return config.validator(check, f"[{known}], with or without {package}.")


@dataclasses.dataclass(frozen=True, slots=True)
class SubjectNames:
    """Names subjects for keys or for values, without asking anybody."""

    strategy: Strategy
    is_key: bool

    @property
    def needs_record_name(self) -> bool:
        """Whether the name of the record is part of the subject."""
        return self.strategy in {Strategy.RECORD, Strategy.TOPIC_RECORD}

    def subject(self, topic: str, record_name: str | None) -> str:
        """Name the subject.

        Args:
            topic: Topic of the record.
            record_name: Full name of the record's schema; None when it is no record.

        Raises:
            DataError: The strategy needs a name and there is none.
        """
        if not self.needs_record_name:
            return f"{topic}-{self._kind}"
        if not record_name:
            message = (
                f"In configuration {self._kind}.subject.name.strategy = {self.strategy.value}, the "
                f"message {self._kind} must only be a record schema, but that of topic {topic} has "
                f"no record name; use TopicNameStrategy, or send structs that have a name"
            )
            raise DataError(message)
        return f"{topic}-{record_name}" if self.strategy is Strategy.TOPIC_RECORD else record_name

    @property
    def _kind(self) -> str:
        return "key" if self.is_key else "value"
