# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests. Pure."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from barnabas.registry_server import problems
from barnabas.registry_server.model import AVRO, Definition, Reference

__all__ = ["SchemaRequest", "parse_object", "parse_schema", "parse_version"]

_MAX_VERSION = 2**31 - 1
_T = TypeVar("_T")


class _Reference(msgspec.Struct):
    name: str
    subject: str
    version: int


class _Metadata(msgspec.Struct, omit_defaults=True):
    tags: dict[str, list[str]] | None = None
    properties: dict[str, str] | None = None
    sensitive: list[str] | None = None


class _Rule(msgspec.Struct, omit_defaults=True, rename="camel"):
    name: str | None = None
    doc: str | None = None
    kind: str | None = None
    mode: str | None = None
    type: str | None = None
    tags: list[str] | None = None
    params: dict[str, str] | None = None
    expr: str | None = None
    on_success: str | None = None
    on_failure: str | None = None
    disabled: bool = False


class _RuleSet(msgspec.Struct, omit_defaults=True, rename="camel"):
    migration_rules: list[_Rule] | None = None
    domain_rules: list[_Rule] | None = None
    encoding_rules: list[_Rule] | None = None
    enable_at: str | None = None


class SchemaRequest(msgspec.Struct):
    """A schema somebody wants to register, look up or compare."""

    schema: str = ""
    schema_type: str | None = msgspec.field(default=None, name="schemaType")
    references: list[_Reference] | None = None
    metadata: _Metadata | None = None
    rule_set: _RuleSet | None = msgspec.field(default=None, name="ruleSet")
    id: int | None = None
    version: int | None = None

    def definition(self) -> Definition:
        """Return what is to be registered, its text as it was sent."""
        references = tuple(
            Reference(one.name, one.subject, one.version) for one in self.references or ()
        )
        return Definition(
            self.schema,
            (self.schema_type or AVRO).upper() or AVRO,
            references,
            _json(self.metadata),
            _json(self.rule_set),
        )


def _json(value: msgspec.Struct | None) -> str:
    """Write the fields that are there; empty when none is."""
    text = "{}" if value is None else msgspec.json.encode(value, order="deterministic").decode()
    return "" if text == "{}" else text


_schema = msgspec.json.Decoder(SchemaRequest)
_object = msgspec.json.Decoder(dict[str, Any])


def parse_schema(body: bytes) -> SchemaRequest:
    """Read the body of a request that carries a schema.

    Raises:
        RefusalError: It is no JSON, or a field has another type.
    """
    return _read(_schema, body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Read the body of a request that changes a setting.

    Raises:
        RefusalError: It is no JSON object.
    """
    return _read(_object, body)


def _read(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body cannot be read as JSON of the expected form: {error}"
        raise problems.unreadable_body(message) from error


def parse_version(text: str) -> int:
    """Read a version from the address; -1 stands for the latest.

    Raises:
        RefusalError: It is none.
    """
    if text.lower() == "latest":
        return -1
    try:
        number = int(text)
    except ValueError:
        raise problems.invalid_version(text) from None
    if number == -1 or 1 <= number <= _MAX_VERSION:
        return number
    raise problems.invalid_version(text)
