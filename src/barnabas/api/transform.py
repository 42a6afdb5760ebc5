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
from typing import Any, ClassVar, TypeAlias, TypeVar

from barnabas import config
from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.errors import DataError

__all__ = ["ExpandingTransformation", "Expansion", "Predicate", "Record", "Transformation"]

Record = TypeVar("Record", SourceRecord, SinkRecord)
Expansion: TypeAlias = Record | list[Record] | None
"""What becomes of one record: a record, any number of records, or none."""


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


class ExpandingTransformation(Transformation):
    """Makes any number of records of each.

    All records made of one belong together: the source's offset is committed when all of them are
    acknowledged, and when one cannot be transformed or converted further, none is passed on and the
    record they were made of counts as failed.

    Differs:
        Java has no such transformation; each gives one record or none.
    """

    @abc.abstractmethod
    def expand(self, record: Record) -> Expansion[Record]:
        """Return what becomes of the record; None and an empty list drop it.

        Must not change the record in place: it may be offered again after a failure.

        Raises:
            DataError: The record does not have what this transformation needs.
        """

    def expand_batch(self, records: Sequence[Record]) -> Sequence[Expansion[Record]]:
        """Expand many records; item ``i`` of the answer is what becomes of item ``i``.

        When it raises, the caller offers the records one by one to find the culprit, so it must be
        repeatable. A ConfigError is nobody's fault but the transformation's and fails the task.
        """
        expand = self.expand
        return [expand(record) for record in records]

    def apply(self, record: Record) -> Record | None:
        """Return the one record made of this one; for callers that know no others.

        Raises:
            DataError: It becomes more than one.
        """
        made = self.expand(record)
        if not isinstance(made, list):
            return made
        if len(made) > 1:
            message = f"{type(self).__name__} makes {len(made)} records of one; one is expected"
            raise DataError(message)
        return made[0] if made else None


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

    def test_batch(self, records: Sequence[SourceRecord | SinkRecord]) -> Sequence[bool]:
        """Say it of many records; item ``i`` of the answer is about item ``i`` of ``records``.

        Override it when a batch is cheaper than the sum of its records. When it raises, the caller
        asks about the records one by one.
        """
        test = self.test
        return [test(record) for record in records]

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the predicate holds; called once when the task ends."""
