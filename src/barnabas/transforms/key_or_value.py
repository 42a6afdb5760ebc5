# SPDX-License-Identifier: Apache-2.0
"""What transformations of a record's key and of its value share.

In Java each of them is two nested classes, ``Cast$Key`` and ``Cast$Value``. Here the work is done
by one class, say `Cast`, and `OnKey` or `OnValue` say where::

    class CastKey(OnKey, Cast): ...
    class CastValue(OnValue, Cast): ...

Most of them look at the schema first and then do the same to every value that has it. So they make
a *plan* per schema, a new schema and a function of the value, and `Planned` keeps the plans.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Record, Transformation
from barnabas.data import Schema
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


class Plan(NamedTuple):
    """What is done to all values of one schema."""

    schema: Schema | None
    """The schema of the results."""
    change: Callable[[Any], Any]
    """Makes the new value; must not change the old one."""


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
        """Do the same to many records; a run of one schema needs one look at it."""
        read, write, passes_null = self.read, self.write, self.passes_null
        last: Schema | None = None
        plan: Plan | None = None
        results: list[Record | None] = []
        for record in records:
            schema, value = read(record)
            if value is None and passes_null:
                results.append(record)
            elif schema is None:
                results.append(write(record, None, self.change_schemaless(value)))
            else:
                if plan is None or schema is not last:
                    last, plan = schema, self._plans[schema]
                results.append(write(record, plan.schema, plan.change(value)))
        return results
