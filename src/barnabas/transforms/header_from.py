# SPDX-License-Identifier: Apache-2.0
"""HeaderFrom: fields moved or copied to headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from barnabas import config
from barnabas.api.transform import Record
from barnabas.data import Field, Headers, Schema, Type
from barnabas.errors import ConfigError
from barnabas.transforms import options
from barnabas.transforms.key_or_value import KeyOrValue, OnKey, OnValue
from barnabas.transforms.requirements import require_map, require_struct, unknown_field
from barnabas.transforms.schema_cache import SchemaCache
from barnabas.transforms.structs import build_struct, check_null, read_field

__all__ = ["HeaderFrom", "HeaderFromKey", "HeaderFromValue"]

_UNKNOWN = "Field does not exist"


class HeaderFromConfig(config.Config):
    """Settings of `HeaderFrom`."""

    fields = config.Option(
        "fields",
        list,
        config.NO_DEFAULT,
        "The fields whose values become headers.",
        importance=config.Importance.HIGH,
        validator=options.non_empty_list,
    )
    headers = config.Option(
        "headers",
        list,
        config.NO_DEFAULT,
        "The names of the headers, as many as `fields` and in the same order.",
        importance=config.Importance.HIGH,
        validator=options.non_empty_list,
    )
    operation = config.Option(
        "operation",
        str,
        config.NO_DEFAULT,
        "`move` takes the fields away from where they were, `copy` leaves them there.",
        importance=config.Importance.HIGH,
        validator=config.valid_string("move", "copy"),
    )
    replace_null_with_default = options.replace_null_with_default()


class _Plan(NamedTuple):
    """What is done to structs of one schema."""

    schema: Schema
    """What is left."""
    sources: tuple[Field, ...]
    """The fields that become headers, in the order of the settings."""
    kept: tuple[Field, ...]


class HeaderFrom(KeyOrValue):
    """Adds a header for each field, behind those that are there.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.HeaderFrom`` (KIP-769, KIP-1040).
    """

    config_class = HeaderFromConfig

    def __init__(self) -> None:
        self._plans: SchemaCache[_Plan] = SchemaCache(self._plan)

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = HeaderFromConfig(configs)
        if len(settings.fields) != len(settings.headers):
            message = (
                "'fields' config must have the same number of elements as 'headers' config:"
                f" {len(settings.fields)} and {len(settings.headers)} were given."
            )
            raise ConfigError(message)
        self._fields = settings.fields
        self._headers = settings.headers
        self._moves = settings.operation == "move"
        self._purpose = f"header {settings.operation}"
        self._fills_defaults = settings.replace_null_with_default

    def apply(self, record: Record) -> Record | None:
        """Return the record with more headers; see `Transformation.apply`."""
        schema, value = self.read(record)
        headers = Headers() if record.headers is None else record.headers.copy()
        if schema is None:
            rest: dict[Any, Any] = self._take_from_map(value, headers)
            new = None
        else:
            require_struct(schema, value, self._purpose)
            plan = self._plans[schema]
            rest, new = self._take_from_struct(plan, value, headers), plan.schema
        return (self.write(record, new, rest) if self._moves else record).replace(headers=headers)

    def _take_from_map(self, value: Any, headers: Headers) -> dict[Any, Any]:
        members = dict(require_map(value, self._purpose))
        for name, header in zip(self._fields, self._headers, strict=True):
            headers.add(header, members.get(name))
        for name in self._fields if self._moves else ():
            members.pop(name, None)
        return members

    def _take_from_struct(
        self, plan: _Plan, value: dict[str, Any], headers: Headers
    ) -> dict[str, Any]:
        fills = self._fills_defaults
        for field, header in zip(plan.sources, self._headers, strict=True):
            headers.add(header, read_field(value, field, fills_defaults=fills), field.schema)
        return {
            field.name: check_null(field, read_field(value, field, fills_defaults=fills))
            for field in plan.kept
        }

    def _plan(self, schema: Schema) -> _Plan:
        assert schema.type is Type.STRUCT
        sources = []
        for name in self._fields:
            field = schema.field(name)
            if field is None:
                raise unknown_field(_UNKNOWN, name, schema)
            sources.append(field)
        if not self._moves:
            return _Plan(schema, tuple(sources), ())
        kept = tuple(field for field in schema.fields if field.name not in self._fields)
        new = build_struct(schema, [(field.name, field.schema) for field in kept])
        return _Plan(new, tuple(sources), kept)


class HeaderFromKey(OnKey, HeaderFrom):
    """`HeaderFrom` fields of the key."""


class HeaderFromValue(OnValue, HeaderFrom):
    """`HeaderFrom` fields of the value."""
