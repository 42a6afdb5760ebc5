# SPDX-License-Identifier: Apache-2.0
"""Transformations and predicates: small changes to records between task and converter.

Both are made once per task and alias, live in the task's runner process and are called from its
main thread only.

Source:
    KIP-66, KIP-585; Apache Kafka ``org.apache.kafka.connect.transforms``.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from barnabas import config
from barnabas.api.records import SinkRecord, SourceRecord

__all__ = ["Predicate", "Record", "Transformation"]

Record = TypeVar("Record", SourceRecord, SinkRecord)


class Transformation(abc.ABC):
    """Changes records one by one, or drops them."""

    config_class: ClassVar[type[config.Config]] = config.Config
    """Settings of this transformation, without the prefix ``transforms.<alias>.``."""

    def configure(self, configs: Mapping[str, Any]) -> None:  # noqa: B027 - optional
        """Take the settings; called once, before :meth:`apply`.

        Raises:
            ConfigError: A setting is wrong; the task then fails to start.
        """

    @abc.abstractmethod
    def apply(self, record: Record) -> Record | None:
        """Return the changed record (``record.replace(...)``), the same one, or None to drop it.

        Must not change the record in place: it may be offered again after a failure.

        Raises:
            DataError: The record does not have what this transformation needs.
        """

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Change many records; item ``i`` of the answer belongs to item ``i`` of ``records``.

        Override it when a batch is cheaper than the sum of its records. When it raises, the caller
        offers the records one by one to find the culprit, so it must be repeatable.
        """
        apply = self.apply
        return [apply(record) for record in records]

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the transformation holds; called once when the task ends."""


class Predicate(abc.ABC):
    """Says whether a transformation applies to a record."""

    config_class: ClassVar[type[config.Config]] = config.Config
    """Settings of this predicate, without the prefix ``predicates.<alias>.``."""

    def configure(self, configs: Mapping[str, Any]) -> None:  # noqa: B027 - optional
        """Take the settings; called once, before :meth:`test`.

        Raises:
            ConfigError: A setting is wrong; the task then fails to start.
        """

    @abc.abstractmethod
    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Say whether the record is meant."""

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the predicate holds; called once when the task ends."""
