# SPDX-License-Identifier: Apache-2.0
"""What a registry answers, read: schemas, and errors with what to do about them.

Registries differ: some tell the id only, some leave the type out for Avro, some give empty lists.

Source:
    Reference page *Schema Registry*, section 3.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from barnabas.errors import (
    RegistryAccessError,
    RegistryAnswerError,
    RegistryError,
    RegistryUnavailableError,
)
from barnabas.registry.backoff import is_retriable
from barnabas.registry.model import AVRO, RegisteredSchema, SchemaDefinition, SchemaReference

__all__ = [
    "NOT_JSON",
    "Question",
    "Unexpected",
    "definition_to_json",
    "error_from_answer",
    "schema_from_json",
]

NOT_JSON: Final = 50005
"""Java's error code for an answer that is no JSON."""

_LONGEST_QUOTE: Final = 1000
_LOGIN: Final = (
    "basic.auth.credentials.source with basic.auth.user.info, or bearer.auth.credentials.source "
    "with its settings"
)


class Unexpected(ValueError):  # noqa: N818 - says what it is; never leaves the package
    """An answer is not of the form it should have."""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What was asked, for errors."""

    words: str
    """Completes *could not*: ``register a schema in subject s``."""
    subject: str | None = None
    schema_id: int | None = None


def definition_to_json(definition: SchemaDefinition) -> dict[str, Any]:
    """Write a schema as the body of a request; what is usual is left out."""
    body: dict[str, Any] = {"schema": definition.text}
    if definition.schema_type != AVRO:
        body["schemaType"] = definition.schema_type
    if definition.references:
        body["references"] = [
            {"name": each.name, "subject": each.subject, "version": each.version}
            for each in definition.references
        ]
    return body


def schema_from_json(
    body: Any,
    *,
    definition: SchemaDefinition | None = None,
    schema_id: int | None = None,
    subject: str | None = None,
) -> RegisteredSchema:
    """Read a schema.

    Args:
        body: The answer, parsed.
        definition: The schema, should the answer not repeat it.
        schema_id: Its id, likewise.
        subject: Its subject, likewise.

    Raises:
        Unexpected: A part is missing or of another type.
    """
    if not isinstance(body, dict):
        raise Unexpected(type(body).__name__)
    text = body.get("schema")
    if isinstance(text, str):
        definition = SchemaDefinition(
            text, body.get("schemaType") or AVRO, _references(body.get("references"))
        )
    known_id = body.get("id", schema_id)
    if definition is None or not isinstance(known_id, int):
        raise Unexpected("schema" if definition is None else "id")
    version, guid = body.get("version"), body.get("guid")
    own_subject = body.get("subject")
    return RegisteredSchema(
        definition,
        known_id,
        guid if isinstance(guid, str) else None,
        own_subject if isinstance(own_subject, str) else subject,
        version if isinstance(version, int) else None,
        _metadata(body.get("metadata")),
    )


def _references(found: Any) -> tuple[SchemaReference, ...]:
    try:
        return tuple(
            SchemaReference(each["name"], each["subject"], int(each["version"]))
            for each in found or ()
        )
    except (TypeError, KeyError, ValueError) as error:
        part = "references"
        raise Unexpected(part) from error


def _metadata(found: Any) -> tuple[tuple[str, str], ...]:
    properties = found.get("properties") if isinstance(found, dict) else None
    if not isinstance(properties, dict):
        return ()
    return tuple(sorted((str(name), str(value)) for name, value in properties.items()))


def error_from_answer(question: Question, url: str, status: int, body: bytes) -> RegistryError:
    """Make the error of an answer that is none.

    Args:
        question: What was asked.
        url: Address of the registry, without name and password.
        status: HTTP status.
        body: The answer.
    """
    code, said = _error(body)
    kind: type[RegistryError] = RegistryAnswerError
    if status in {401, 403}:
        kind = RegistryAccessError
    elif is_retriable(status):
        kind = RegistryUnavailableError
    message = (
        f"Could not {question.words}: the Schema Registry at {url} answered {status}"
        f"{f' (error code {code})' if code not in {None, NOT_JSON} else ''}"
        f"{f': {said}' if said else ''}{_advice(status, code)}"
    )
    return kind(
        message,
        status=status,
        error_code=code,
        subject=question.subject,
        schema_id=question.schema_id,
    )


def _error(body: bytes) -> tuple[int | None, str]:
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return NOT_JSON, ""
    if not isinstance(parsed, Mapping):
        return NOT_JSON, ""
    code = parsed.get("error_code")
    said = str(parsed.get("message") or "").strip()
    return (code if isinstance(code, int) else None), said[:_LONGEST_QUOTE]


def _advice(status: int, code: int | None) -> str:
    if status == 401:
        return f"; it wants to know who asks: check {_LOGIN}"
    if status == 403:
        return f"; who asks may not do that: give them the right to, or check {_LOGIN}"
    if status == 407:
        return "; the proxy of proxy.host wants a login, which cannot be set"
    if code == NOT_JSON and not is_retriable(status):
        return (
            ", and not as a Schema Registry does: check that schema.registry.url is its address, "
            "with the path it has there (such as /apis/ccompat/v7)"
        )
    return ""
