# SPDX-License-Identifier: Apache-2.0
"""What transformations of a record's key and of its value share.

In Java each of them is two nested classes, ``Cast$Key`` and ``Cast$Value``. Here the work is done
by one class, say `Cast`, and `OnKey` or `OnValue` say where::

    class CastKey(OnKey, Cast): ...
    class CastValue(OnValue, Cast): ...

Most of them look at the schema first and then do the same to every value that has it. So they make
a *plan* per schema, a new schema and a function of the value, and `Planned` keeps the plans.

`OnKey` and `OnValue` are the same but for names of attributes. They are written out because they
run for each record: a copy of a record takes 120 ns with such names as keywords, and 170 to 330 ns
with names in variables.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Record, Transformation
from barnabas.data import Schema
from barnabas.transforms.replacing import replacing
from barnabas.transforms.schema_cache import SchemaCache

__all__ = ["KeyOrValue", "OnKey", "OnValue", "Plan", "Planned"]


class KeyOrValue(Transformation):
    """A transformation of one of the two; a subclass gets the methods from `OnKey` or `OnValue`."""

    @staticmethod
    @abc.abstractmethod
    def read(record: SourceRecord | SinkRecord) -> tuple[Schema | None, Any]:
        """Return schema and value of the part that is changed."""

    @staticmethod
    @abc.abstractmethod
    def write(record: Record, schema: Schema | None, value: Any) -> Record:
        """Return the record with another schema and value in that part."""

    @staticmethod
    @abc.abstractmethod
    def read_many(
        records: Sequence[SourceRecord | SinkRecord],
    ) -> tuple[list[Schema | None], list[Any]]:
        """Return the schemas and the values of that part of many records."""

    @staticmethod
    @abc.abstractmethod
    def write_many(
        records: Sequence[Record], schema: Schema | None, values: Sequence[Any]
    ) -> list[Record | None]:
        """Return the records with other values in that part, all of one schema."""

    def runs(
        self, records: Sequence[Record]
    ) -> Iterator[tuple[Sequence[Record], Schema | None, list[Any]]]:
        """Cut a batch where the schema of the part changes; mostly it does not.

        Yields:
            Neighbours, their one schema, and their values.
        """
        schemas, values = self.read_many(records)
        start = 0
        while start < len(records):
            schema = schemas[start]
            end = len(records)
            # Counts once: a batch whose schemas alternate has as many runs as records.
            if start or schemas.count(schema) < end:
                end = start + 1
                while end < len(records) and schemas[end] is schema:
                    end += 1
            yield records[start:end], schema, values[start:end]
            start = end


class OnKey:
    """Works on the key."""

    @staticmethod
    def read(record: SourceRecord | SinkRecord) -> tuple[Schema | None, Any]:
        """Return schema and value of the key."""
        return record.key_schema, record.key

    @staticmethod
    def write(record: Record, schema: Schema | None, value: Any) -> Record:
        """Return the record with another key."""
        return record.replace(key_schema=schema, key=value)

    @staticmethod
    def read_many(
        records: Sequence[SourceRecord | SinkRecord],
    ) -> tuple[list[Schema | None], list[Any]]:
        """Return the schemas and the values of the keys."""
        return [record.key_schema for record in records], [record.key for record in records]

    @staticmethod
    def write_many(
        records: Sequence[Record], schema: Schema | None, values: Sequence[Any]
    ) -> list[Record | None]:
        """Return the records with other keys."""
        replace = replacing(records)
        return [
            replace(record, key_schema=schema, key=value)
            for record, value in zip(records, values, strict=True)
        ]


class OnValue:
    """Works on the value."""

    @staticmethod
    def read(record: SourceRecord | SinkRecord) -> tuple[Schema | None, Any]:
        """Return schema and value of the value."""
        return record.value_schema, record.value

    @staticmethod
    def write(record: Record, schema: Schema | None, value: Any) -> Record:
        """Return the record with another value."""
        return record.replace(value_schema=schema, value=value)

    @staticmethod
    def read_many(
        records: Sequence[SourceRecord | SinkRecord],
    ) -> tuple[list[Schema | None], list[Any]]:
        """Return the schemas and the values of the values."""
        return [record.value_schema for record in records], [record.value for record in records]

    @staticmethod
    def write_many(
        records: Sequence[Record], schema: Schema | None, values: Sequence[Any]
    ) -> list[Record | None]:
        """Return the records with other values."""
        replace = replacing(records)
        return [
            replace(record, value_schema=schema, value=value)
            for record, value in zip(records, values, strict=True)
        ]


class Plan(NamedTuple):
    """What is done to all values of one schema."""

    schema: Schema | None
    """The schema of the results."""
    change: Callable[[Any], Any]
    """Makes the new value; must not change the old one."""
    change_many: Callable[[list[Any]], list[Any]] | None = None
    """Makes the new values of many, where that is cheaper than one by one."""


class Planned(KeyOrValue):
    """A transformation that depends on nothing but schema and value."""

    passes_null: ClassVar[bool] = True
    """Whether a record with a null there is left as it is, its schema included."""

    def __init__(self) -> None:
        self._plans: SchemaCache[Plan] = SchemaCache(self.plan)

    @abc.abstractmethod
    def plan(self, schema: Schema) -> Plan:
        """Say what happens to values of a schema; called once per schema, mostly.

        Raises:
            DataError: The schema does not have what this transformation needs.
        """

    @abc.abstractmethod
    def change_schemaless(self, value: Any) -> Any:
        """Return the new value of one without schema.

        Raises:
            DataError: The value does not have what this transformation needs.
        """

    def apply(self, record: Record) -> Record | None:
        """Return the record with the part changed; see `Transformation.apply`."""
        schema, value = self.read(record)
        if value is None and self.passes_null:
            return record
        if schema is None:
            return self.write(record, None, self.change_schemaless(value))
        plan = self._plans[schema]
        return self.write(record, plan.schema, plan.change(value))

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records; see `Transformation.apply_batch`."""
        results: list[Record | None] = []
        for run, schema, values in self.runs(records):
            if self.passes_null and None in values:
                results += [self.apply(record) for record in run]
            elif schema is None:
                change = self.change_schemaless
                results += self.write_many(run, None, [change(value) for value in values])
            else:
                plan = self._plans[schema]
                change_many = plan.change_many
                changed = change_many(values) if change_many else list(map(plan.change, values))
                results += self.write_many(run, plan.schema, changed)
        return results
