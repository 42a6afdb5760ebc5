# SPDX-License-Identifier: Apache-2.0
"""Connect schemas as Avro schemas.

Within one translation a schema that is not optional and was met before is the same object again,
so that its second use is a name; a STRUCT that is used in itself is found by its name.

Source:
    Reference page *Schema Registry*, section 5.1 (Confluent ``AvroData.fromConnectSchema``).

Differs:
    A name stands for an earlier STRUCT only if the fields are the same. Java takes the first STRUCT
    of a name whatever its fields where the two share one text object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas import data
from barnabas.converters.avro import anything, kinds, names
from barnabas.converters.avro.defaults import default_to_json, is_valid_default
from barnabas.converters.avro.model import MISSING, NAMED, AvroField, AvroSchema
from barnabas.converters.avro.rules import Rules
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["to_avro"]

_PRIMITIVES: Final = {
    Type.INT8: "int",
    Type.INT16: "int",
    Type.INT32: "int",
    Type.INT64: "long",
    Type.FLOAT32: "float",
    Type.FLOAT64: "double",
    Type.BOOLEAN: "boolean",
    Type.STRING: "string",
    Type.BYTES: "bytes",
}
_LOGICAL_TYPES: Final = {
    data.LOGICAL_DATE: "date",
    data.LOGICAL_TIME: "time-millis",
    data.LOGICAL_TIMESTAMP: "timestamp-millis",
    data.LOGICAL_DECIMAL: "decimal",
}


def to_avro(schema: Schema | None, rules: Rules) -> AvroSchema:
    """Translate a Connect schema; None is the schema of schemaless values.

    Raises:
        DataError: Avro cannot express it.
    """
    return _Translation(rules).schema(schema)


class _Translation:
    """Knows what was met so far."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._done: dict[Schema, AvroSchema] = {}
        self._structs: dict[str, tuple[Schema, AvroSchema]] = {}
        self._named: set[str] = set()
        self._unnamed = 0

    def schema(self, schema: Schema | None, *, ignore_optional: bool = False) -> AvroSchema:
        if schema is None:
            return anything.SCHEMA
        is_union = kinds.is_union(schema)
        if not is_union and not schema.optional and schema in self._done:
            return self._done[schema]
        if schema.type is Type.STRUCT and not is_union and schema.optional:
            return _optional(schema, self._within(schema.with_attributes(optional=False)))
        base = self._union(schema) if is_union else self._base(schema)
        if not is_union:
            self._describe(schema, base)
        final = base
        if not is_union and not ignore_optional and schema.optional:
            final = _optional(schema, base)
        if not schema.optional:
            self._done[schema] = final
        return final

    def _within(self, schema: Schema | None, *, ignore_optional: bool = False) -> AvroSchema:
        """Translate a schema that may be one of those around it."""
        if schema is not None and schema.name is not None:
            known = self._structs.get(schema.name)
            if known is not None and known[0].fields == schema.fields:
                if ignore_optional or not schema.optional:
                    return known[1]
                return _optional(schema, known[1], default_first=True)
        return self.schema(schema, ignore_optional=ignore_optional)

    def _base(self, schema: Schema) -> AvroSchema:
        if kinds.enum_parameter(schema, self._rules) is not None:
            return self._enum(schema)
        if schema.type is Type.BYTES:
            return self._bytes(schema)
        primitive = _PRIMITIVES.get(schema.type)
        if primitive is not None:
            return AvroSchema(primitive)
        if schema.type is Type.ARRAY:
            return AvroSchema("array", items=self._within(schema.value_schema))
        if schema.type is Type.MAP:
            return self._map(schema)
        return self._record(schema)

    def _bytes(self, schema: Schema) -> AvroSchema:
        if kinds.is_fixed(schema):
            namespace, name = self._name(schema)
            size = _number(schema.parameters, names.FIXED_SIZE)
            base = AvroSchema("fixed", name=name, namespace=namespace, size=size)
        else:
            base = AvroSchema("bytes")
        if schema.name == data.LOGICAL_DECIMAL:
            base.add("scale", data.decimal_scale(schema))
            default = str(names.DEFAULT_PRECISION)
            base.add("precision", _number(schema.parameters, names.DECIMAL_PRECISION, default))
        return base

    def _enum(self, schema: Schema) -> AvroSchema:
        parameter = kinds.enum_parameter(schema, self._rules) or ""
        parameters = schema.parameters
        prefix = f"{parameter}."
        symbols = [key[len(prefix) :] for key in parameters if key.startswith(prefix)]
        simple_name = self._name(schema)[1]
        namespace, _, name = parameters[parameter].rpartition(".")
        enum = AvroSchema("enum", name=name, namespace=namespace or None, symbols=symbols)
        for symbol in symbols:
            names.check_name(symbol, f"a symbol of the enum {enum.full_name}")
        if self._rules.discard_type_doc_default:
            enum.doc = parameters.get(names.CONNECT_ENUM_DOC)
            return enum
        enum.doc = parameters.get(names.ENUM_DOC + simple_name)
        enum.default = parameters.get(names.ENUM_DEFAULT + simple_name)
        if enum.default is not None and enum.default not in symbols:
            message = (
                f"The Enum Default: {enum.default} is not in the enum symbol set: {symbols} of"
                f" {enum.full_name}"
            )
            raise DataError(message)
        return enum

    def _map(self, schema: Schema) -> AvroSchema:
        if kinds.has_text_keys(schema, self._rules):
            return AvroSchema("map", items=self._within(schema.value_schema))
        entry = AvroSchema("record", name=names.MAP_ENTRY, namespace=names.NAMESPACE)
        if schema.name is not None:
            entry.namespace, entry.name = self._name(schema)
            entry.add(names.CONNECT_INTERNAL_TYPE, names.MAP_ENTRY)
        for name, part in (("key", schema.key_schema), ("value", schema.value_schema)):
            if part is None:
                message = (
                    f"The map {schema} does not say what its {name}s are, which Avro cannot"
                    " express; give the map both schemas"
                )
                raise DataError(message)
            entry.fields.append(self._field(name, part, None))
        return AvroSchema("array", items=entry)

    def _union(self, schema: Schema) -> AvroSchema:
        union = AvroSchema("union")
        if schema.optional:
            union.branches.append(AvroSchema("null"))
        for field in schema.fields:
            member = field.schema.with_attributes(optional=False)
            union.branches.append(self._within(member, ignore_optional=True))
        _check_union(schema, union)
        return union

    def _record(self, schema: Schema) -> AvroSchema:
        if schema.name == names.VARIANT:
            return _variant()
        namespace, name = self._name(schema)
        discards = self._rules.discard_type_doc_default
        parameters = schema.parameters
        doc = parameters.get(names.CONNECT_RECORD_DOC if discards else names.RECORD_DOC)
        record = AvroSchema("record", name=name, namespace=namespace, doc=doc)
        if schema.name is not None:
            self._structs[schema.name] = schema, record
        for field in schema.fields:
            field_name = names.scrub(field.name) if self._rules.scrub_names else field.name
            field_doc = None if discards else parameters.get(names.FIELD_DOC + field.name)
            record.fields.append(self._field(field_name, field.schema, field_doc))
        return record

    def _field(self, name: str, schema: Schema, doc: str | None) -> AvroField:
        default: Any = None if schema.optional else MISSING
        if schema.default is not None:
            default = default_to_json(schema, schema.default, self._rules)
        seen = self._seen(schema.name)
        part = self._within(schema) if _is_recursive(schema) else self.schema(schema)
        if default is not MISSING and not is_valid_default(part, default):
            default = MISSING
        doc = schema.doc if self._rules.discard_type_doc_default else doc
        field = AvroField(name, part, doc, default)
        if self._rules.connect_meta_data and seen and _has_name(part):
            parameters = self._parameters(schema)
            if parameters:
                field.properties[names.CONNECT_PARAMETERS] = parameters
        return field

    def _seen(self, name: str | None) -> bool:
        if name is None:
            return False
        scrubbed = names.scrub_full(name, scrubbing=self._rules.scrub_names)
        seen = scrubbed in self._named
        self._named.add(scrubbed)
        return seen

    def _describe(self, schema: Schema, base: AvroSchema) -> None:
        if self._rules.connect_meta_data:
            self._add_connect(schema, base)
        logical_type = _LOGICAL_TYPES.get(schema.name or "")
        if logical_type is not None:
            base.add("logicalType", logical_type)
        for key, value in schema.parameters.items():
            is_java = self._rules.remove_java_properties and key.startswith("avro.java.")
            if key.startswith("avro") and not is_java:
                base.add(key, value)

    def _add_connect(self, schema: Schema, base: AvroSchema) -> None:
        if schema.doc is not None:
            base.add(names.CONNECT_DOC, schema.doc)
        if schema.version is not None:
            base.add(names.CONNECT_VERSION, schema.version)
        parameters = self._parameters(schema)
        if parameters:
            base.add(names.CONNECT_PARAMETERS, parameters)
        if schema.default is not None and (
            self._rules.discard_type_doc_default or names.FIELD_DEFAULT not in schema.parameters
        ):
            written = default_to_json(schema, schema.default, self._rules)
            base.add(names.CONNECT_DEFAULT, written)
        if schema.name is not None:
            base.add(names.CONNECT_NAME, schema.name)
        if schema.type in (Type.INT8, Type.INT16):
            base.add(names.CONNECT_TYPE, schema.type.value)

    def _parameters(self, schema: Schema) -> dict[str, str]:
        if self._rules.discard_type_doc_default:
            return dict(schema.parameters)
        parameters = schema.parameters.items()
        return {key: value for key, value in parameters if key != names.FIELD_DEFAULT}

    def _name(self, schema: Schema) -> tuple[str | None, str]:
        if schema.name is not None:
            return names.split(schema.name, scrubbing=self._rules.scrub_names)
        self._unnamed += 1
        count = "" if self._unnamed == 1 else str(self._unnamed)
        return names.NAMESPACE, names.DEFAULT_NAME + count


def _optional(schema: Schema, base: AvroSchema, *, default_first: bool = False) -> AvroSchema:
    null = AvroSchema("null")
    is_default_first = schema.default is not None and (
        schema.type is not Type.STRUCT or default_first
    )
    return AvroSchema("union", branches=[base, null] if is_default_first else [null, base])


def _check_union(schema: Schema, union: AvroSchema) -> None:
    """Refuse what Avro cannot tell apart within a union."""
    seen = set()
    for branch in union.branches:
        if branch.full_name in seen or branch.type == "union":
            problem = "Nested union" if branch.type == "union" else "Duplicate in union"
            message = (
                f"{problem}: {branch.full_name} among the members of {schema}, which Avro does not"
                " allow; enums are strings unless enhanced.avro.schema.support=true"
            )
            raise DataError(message)
        seen.add(branch.full_name)


def _is_recursive(schema: Schema) -> bool:
    return isinstance(schema, data.RecursiveSchema)


def _has_name(schema: AvroSchema) -> bool:
    return schema.type in NAMED or any(branch.type in NAMED for branch in schema.branches)


def _variant() -> AvroSchema:
    fields = [AvroField("metadata", AvroSchema("bytes")), AvroField("value", AvroSchema("bytes"))]
    variant = AvroSchema("record", name="Variant", namespace="confluent.type", fields=fields)
    variant.add("logicalType", "variant")
    return variant


def _number(parameters: Mapping[str, str], key: str, default: str = "") -> int:
    text = parameters.get(key, default)
    try:
        return int(text)
    except ValueError as error:
        message = f"The parameter {key} of a schema must be a whole number, not {text!r}"
        raise DataError(message) from error
