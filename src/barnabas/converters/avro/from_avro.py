# SPDX-License-Identifier: Apache-2.0
"""Avro schemas as Connect schemas.

Source:
    Reference page *Schema Registry*, section 5.3 (Confluent ``AvroData.toConnectSchema``).

Differs:
    The default of a map whose keys are no text is read back; Java loses it, as it loses parts of a
    default that may be null. The names of
    generalized unions count from 0 in each schema; in Java they go on counting from one schema to
    the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from barnabas import data
from barnabas.converters.avro import kinds, names
from barnabas.converters.avro.default_reading import read_default
from barnabas.converters.avro.model import MISSING, AvroField, AvroSchema
from barnabas.converters.avro.rules import Rules
from barnabas.data import RecursiveSchema, Schema, Type
from barnabas.errors import DataError

__all__ = ["to_connect"]

_LOG: Final = logging.getLogger(__name__)
_Attributes = dict[str, Any]
_PRIMITIVES: Final = {
    "boolean": Type.BOOLEAN,
    "double": Type.FLOAT64,
    "float": Type.FLOAT32,
    "string": Type.STRING,
}
_INTEGERS: Final = {"int8": Type.INT8, "int16": Type.INT16}


def to_connect(schema: AvroSchema, rules: Rules, *, version: int | None = None) -> Schema:
    """Translate an Avro schema.

    Args:
        schema: The schema.
        rules: What the settings say.
        version: Its version in the registry, for a schema that tells none itself.

    Raises:
        DataError: Connect cannot express it; says which part.
    """
    return _Translation(rules).schema(schema, version=version)


class _Translation:
    """Knows the records around the one at hand, and those found within themselves."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._open: dict[int, list[RecursiveSchema]] = {}
        self._field_parameters: dict[int, dict[str, str]] = {}
        self._unions = 0

    def schema(
        self,
        schema: AvroSchema,
        *,
        optional: bool = False,
        default: Any = MISSING,
        doc: str | None = None,
        version: int | None = None,
    ) -> Schema:
        if schema.type == "union":
            member = self._single_member(schema)
            if member is not None:
                is_optional = len(schema.branches) == 2
                return self._within(member, optional=is_optional, doc=doc)
        attributes = self._base(schema)
        self._add_docs(schema, attributes, doc)
        _add_version(schema, attributes, version)
        self._add_parameters(schema, attributes)
        json_default = self._choose_default(schema, attributes, default)
        _add_name(schema, attributes)
        attributes["optional"] = optional or attributes.get("optional", False)
        return self._close(schema, self._with_default(schema, attributes, json_default))

    def _within(
        self, schema: AvroSchema, *, optional: bool = False, doc: str | None = None
    ) -> Schema:
        """Translate a schema that may be one of the records around it."""
        if id(schema) in self._open:
            inner = RecursiveSchema(optional=optional)
            self._open[id(schema)].append(inner)
            return inner
        return self.schema(schema, optional=optional, doc=doc)

    def _close(self, schema: AvroSchema, connect: Schema) -> Schema:
        for inner in self._open.pop(id(schema), ()):
            changes = self._field_parameters.pop(id(inner), {})
            inner.resolve(connect, {**connect.parameters, **changes})
        return connect

    def _single_member(self, schema: AvroSchema) -> AvroSchema | None:
        branches = schema.branches
        if len(branches) == 1 and self._rules.flatten_singleton_unions:
            return branches[0]
        others = [branch for branch in branches if branch.type != "null"]
        return others[0] if len(branches) == 2 and len(others) == 1 else None

    def _base(self, schema: AvroSchema) -> _Attributes:
        if schema.type in _PRIMITIVES:
            return {"type": _PRIMITIVES[schema.type]}
        make = _BASES.get(schema.type)
        if make is None:
            message = (
                "Standalone null schemas are not supported by this converter"
                if schema.type == "null"
                else f"Couldn't translate unsupported schema type {schema.type}."
            )
            raise DataError(message)
        return make(self, schema)

    def _int(self, schema: AvroSchema) -> _Attributes:
        logical_type = (schema.logical_type or "").lower()
        if logical_type == "date":
            return {"type": Type.INT32, "name": data.LOGICAL_DATE, "version": 1}
        if logical_type == "time-millis":
            return {"type": Type.INT32, "name": data.LOGICAL_TIME, "version": 1}
        connect_type = schema.properties.get(names.CONNECT_TYPE)
        if schema.logical_type is not None or not isinstance(connect_type, str):
            return {"type": Type.INT32}
        if connect_type not in _INTEGERS:
            message = f"Connect type annotation for Avro int field is not known: {connect_type}"
            raise DataError(message)
        return {"type": _INTEGERS[connect_type]}

    def _long(self, schema: AvroSchema) -> _Attributes:
        if (schema.logical_type or "").lower() == "timestamp-millis":
            return {"type": Type.INT64, "name": data.LOGICAL_TIMESTAMP, "version": 1}
        return {"type": Type.INT64}

    def _bytes(self, schema: AvroSchema) -> _Attributes:
        attributes: _Attributes = {"type": Type.BYTES}
        parameters: dict[str, str] = {}
        if (schema.logical_type or "").lower() == "decimal":
            attributes.update(name=data.LOGICAL_DECIMAL, version=1)
            scale = schema.properties.get("scale")
            parameters["scale"] = str(scale if _is_integer(scale) else 0)
            precision = schema.properties.get("precision")
            if precision is not None and not _is_integer(precision):
                message = f"precision property must be a JSON Integer, not {precision!r}"
                raise DataError(message)
            if precision is not None and precision != names.DEFAULT_PRECISION:
                parameters[names.DECIMAL_PRECISION] = str(precision)
        if schema.type == "fixed":
            parameters[names.FIXED_SIZE] = str(schema.size)
        return {**attributes, "parameters": parameters}

    def _array(self, schema: AvroSchema) -> _Attributes:
        entry = schema.element
        if not kinds.is_map_entry(entry):
            return {"type": Type.ARRAY, "value_schema": self._within(entry)}
        key, value = entry.field("key"), entry.field("value")
        if len(entry.fields) != 2 or key is None or value is None:
            message = (
                "Found map encoded as array of key-value pairs, but array elements do not match"
                f" the expected format: {entry.full_name} must have the fields key and value only"
            )
            raise DataError(message)
        return {
            "type": Type.MAP,
            "key_schema": self._within(key.schema),
            "value_schema": self._within(value.schema),
        }

    def _map(self, schema: AvroSchema) -> _Attributes:
        values = self._within(schema.element)
        return {"type": Type.MAP, "key_schema": data.STRING, "value_schema": values}

    def _record(self, schema: AvroSchema) -> _Attributes:
        if schema.logical_type == "variant":
            fields = [("metadata", data.BYTES), ("value", data.BYTES)]
            return {"type": Type.STRUCT, "name": names.VARIANT, "fields": fields}
        self._open[id(schema)] = []
        keeps_docs = self._rules.connect_meta_data and not self._rules.discard_type_doc_default
        parameters = {}
        if keeps_docs and schema.doc is not None:
            parameters[names.RECORD_DOC] = schema.doc
        fields = []
        for field in schema.fields:
            if keeps_docs and field.doc is not None:
                parameters[names.FIELD_DOC + field.name] = field.doc
            fields.append((field.name, self._field(field)))
        return {"type": Type.STRUCT, "fields": fields, "parameters": parameters}

    def _field(self, field: AvroField) -> Schema:
        inner = self._inside(field)
        if inner is not None:
            return inner
        schema = self.schema(field.schema, default=field.default, doc=field.doc)
        parameters = field.properties.get(names.CONNECT_PARAMETERS)
        if not self._rules.connect_meta_data or not isinstance(parameters, dict):
            return schema
        texts = {str(key): str(value) for key, value in parameters.items()}
        if isinstance(schema, RecursiveSchema):
            self._field_parameters[id(schema)] = texts
            return schema
        if all(schema.parameters.get(key) == value for key, value in texts.items()):
            return schema
        return schema.with_attributes(parameters={**schema.parameters, **texts})

    def _inside(self, field: AvroField) -> Schema | None:
        """A record directly within itself, which has no end, but can be told."""
        return self._within(field.schema) if id(field.schema) in self._open else None

    def _enum(self, schema: AvroSchema) -> _Attributes:
        rules = self._rules
        parameters = {}
        simple_name = schema.name or ""
        if rules.connect_meta_data and schema.doc is not None:
            key = names.ENUM_DOC + simple_name
            parameters[names.CONNECT_ENUM_DOC if rules.discard_type_doc_default else key] = (
                schema.doc
            )
        keeps_default = rules.connect_meta_data and not rules.discard_type_doc_default
        if keeps_default and schema.default is not None:
            parameters[names.ENUM_DEFAULT + simple_name] = schema.default
        parameter = names.GENERALIZED_ENUM if rules.generalized else names.ENUM
        parameters[parameter] = schema.full_name
        for index, symbol in enumerate(schema.symbols):
            value = str(index) if rules.generalized else symbol
            parameters[f"{parameter}.{symbol}"] = value
        return {"type": Type.STRING, "parameters": parameters}

    def _union(self, schema: AvroSchema) -> _Attributes:
        name, parameters = names.UNION, {}
        if self._rules.generalized:
            name = f"{names.UNION_NAME}{self._unions}"
            self._unions += 1
            parameters = {names.GENERALIZED_UNION: name}
        fields: dict[str, Schema] = {}
        for index, branch in enumerate(schema.branches):
            if branch.type == "null":
                continue
            field = kinds.avro_member_name(branch, index, self._rules)
            if field in fields:
                message = (
                    "Multiple union schemas map to the Connect union field name"
                    f" {field}; set enhanced.avro.schema.support=true, or"
                    " generalized.sum.type.support=true"
                )
                raise DataError(message)
            fields[field] = self._within(branch, optional=True)
        optional = len(fields) < len(schema.branches)
        pairs = list(fields.items())
        attributes = {"type": Type.STRUCT, "name": name, "parameters": parameters}
        return {**attributes, "fields": pairs, "optional": optional}

    def _add_docs(self, schema: AvroSchema, attributes: _Attributes, doc: str | None) -> None:
        own = schema.properties.get(names.CONNECT_DOC)
        own = own if isinstance(own, str) else None
        if not self._rules.discard_type_doc_default:
            if self._rules.connect_meta_data:
                attributes["doc"] = own
            return
        attributes["doc"] = doc or schema.doc or own
        if self._rules.connect_meta_data and schema.doc is not None:
            _parameters(attributes)[names.CONNECT_RECORD_DOC] = schema.doc

    def _add_parameters(self, schema: AvroSchema, attributes: _Attributes) -> None:
        written = schema.properties.get(names.CONNECT_PARAMETERS)
        if self._rules.connect_meta_data and written is not None:
            if not isinstance(written, dict):
                message = f"Expected JSON object for schema parameters but found: {written!r}"
                raise DataError(message)
            for key, value in written.items():
                if not isinstance(value, str):
                    message = f"Expected schema parameter values to be strings but found: {value!r}"
                    raise DataError(message)
                _parameters(attributes)[key] = value
        for key, value in schema.properties.items():
            if key.startswith("avro"):
                _parameters(attributes)[key] = value if isinstance(value, str) else str(value)

    def _choose_default(self, schema: AvroSchema, attributes: _Attributes, default: Any) -> Any:
        """Choose the field's default, else the one of the type; `MISSING` for none."""
        own = schema.properties.get(names.CONNECT_DEFAULT)
        if default is MISSING or default is None:
            return MISSING if own is None else own
        keeps = self._rules.connect_meta_data and not self._rules.discard_type_doc_default
        if keeps and own is None:
            _parameters(attributes)[names.FIELD_DEFAULT] = "true"
        return default

    def _with_default(self, schema: AvroSchema, attributes: _Attributes, default: Any) -> Schema:
        plain = Schema(**attributes)
        if default is MISSING:
            return plain
        try:
            value = read_default(plain, schema, default, self._rules)
            return Schema(**{**attributes, "default": value})
        except DataError as error:
            text = "The default of the Avro schema %s is left out, as it does not fit: %s"
            _LOG.warning(text, schema.full_name, error.message)
            return plain


_BASES: Final[dict[str, Callable[[_Translation, AvroSchema], _Attributes]]] = {
    "int": _Translation._int,  # noqa: SLF001 - a table of the class's own methods
    "long": _Translation._long,  # noqa: SLF001
    "bytes": _Translation._bytes,  # noqa: SLF001
    "fixed": _Translation._bytes,  # noqa: SLF001
    "array": _Translation._array,  # noqa: SLF001
    "map": _Translation._map,  # noqa: SLF001
    "record": _Translation._record,  # noqa: SLF001
    "enum": _Translation._enum,  # noqa: SLF001
    "union": _Translation._union,  # noqa: SLF001
}


def _parameters(attributes: _Attributes) -> dict[str, str]:
    parameters: dict[str, str] = attributes.setdefault("parameters", {})
    return parameters


def _add_version(schema: AvroSchema, attributes: _Attributes, version: int | None) -> None:
    written = schema.properties.get(names.CONNECT_VERSION)
    if written is not None:
        if isinstance(written, bool) or not isinstance(written, int | float):
            message = f"Invalid Connect version found: {written!r}"
            raise DataError(message)
        version = int(written)
    if version is None or version < 0:
        return
    known = attributes.setdefault("version", version)
    if known != version:
        message = (
            f"Mismatched versions: version already added to SchemaBuilder ({known}) differs from"
            f" version in source schema ({version})"
        )
        raise DataError(message)


def _add_name(schema: AvroSchema, attributes: _Attributes) -> None:
    name = schema.properties.get(names.CONNECT_NAME)
    if name is not None and not isinstance(name, str):
        message = f"Invalid schema name: {name!r}"
        raise DataError(message)
    known = attributes.get("name")
    has_own = known in (names.VARIANT, data.LOGICAL_DECIMAL)
    if name is None and schema.name is not None and not has_own:
        name = schema.full_name
    if name is None or name.startswith(f"{names.NAMESPACE}.{names.DEFAULT_NAME}"):
        return
    if known is not None and known != name:
        message = (
            f"Mismatched names: name already added to SchemaBuilder ({known}) differs from name in"
            f" source schema ({name})"
        )
        raise DataError(message)
    attributes["name"] = name


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
