# SPDX-License-Identifier: Apache-2.0
"""Whether a schema is valid, and compatible with what a subject has. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

from barnabas.registry_server import names, problems
from barnabas.registry_server.formats.known import format_of
from barnabas.registry_server.formats.schema_format import Source
from barnabas.registry_server.model import Definition, Version
from barnabas.registry_server.state import State

__all__ = ["Parsed", "incompatibilities", "is_same", "parse"]


@dataclasses.dataclass(frozen=True, slots=True)
class Parsed:
    """A valid schema in canonical form, with the texts it refers to."""

    definition: Definition
    source: Source


def parse(state: State, subject: str, definition: Definition, *, normalize: bool) -> Parsed:
    """Check a schema and bring it into canonical form.

    Raises:
        RefusalError: It is invalid, or a reference is missing.
    """
    kind = format_of(definition.schema_type)
    if not definition.text.strip():
        raise problems.empty_schema()
    references = tuple(_resolved(state, subject, definition))
    try:
        text = kind.canonical(Source(definition.text, references), normalize=normalize)
    except (ValueError, RecursionError) as error:
        message = f"Invalid schema of type {definition.schema_type}, details: {error}"
        raise problems.invalid_schema(message) from error
    return Parsed(dataclasses.replace(definition, text=text), Source(text, references))


def _resolved(state: State, subject: str, definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield name and text of everything a schema refers to, each once, the innermost first."""
    seen: set[str] = set()

    def visit(one: Definition, parent: str) -> Iterator[tuple[str, str]]:
        for reference in one.references:
            if reference.name in seen:
                continue
            seen.add(reference.name)
            target = names.qualify(reference.subject, parent)
            found = state.version(target, reference.version, deleted=True)
            if found is None:
                message = (
                    f"Invalid schema of type {definition.schema_type}, details: No schema "
                    f'reference found for subject "{reference.subject}" and version '
                    f"{reference.version}"
                )
                raise problems.invalid_schema(message)
            yield from visit(found.definition, target)
            yield reference.name, found.definition.text

    yield from visit(definition, subject)


def is_same(known: Definition, wanted: Definition) -> bool:
    """Say whether a schema is a known one, where what it leaves out is no difference."""
    return (
        known.text == wanted.text
        and known.schema_type == wanted.schema_type
        and known.references == wanted.references
        and (not wanted.metadata or known.metadata == wanted.metadata)
        and (not wanted.rule_set or known.rule_set == wanted.rule_set)
    )


def incompatibilities(
    state: State, subject: str, parsed: Parsed, versions: Sequence[Version]
) -> list[str]:
    """Compare a schema with versions of a subject, by the subject's level.

    Args:
        state: Where the level, and what versions refer to, is found.
        subject: The subject.
        parsed: The new schema.
        versions: The versions to compare with, oldest first.

    Returns:
        Why it is not compatible, with the version it is not compatible with; empty when it is.
    """
    config = state.config_in_scope(subject)
    level = str(config["compatibilityLevel"])
    if level == "NONE":
        return []
    group = config.get("compatibilityGroup")
    if group:
        wanted = _property(parsed.definition, group)
        versions = [one for one in versions if _property(one.definition, group) == wanted]
    chosen = versions if level.endswith("_TRANSITIVE") else versions[-1:]
    for version in reversed(chosen):
        messages = _compare(state, level, parsed, version)
        if messages:
            return [
                *messages,
                f"{{oldSchemaVersion: {version.number}}}",
                f"{{oldSchema: '{version.definition.text}'}}",
                f"{{validateFields: 'false', compatibility: '{level}'}}",
            ]
    return []


def _compare(state: State, level: str, new: Parsed, version: Version) -> list[str]:
    if version.definition.schema_type != new.definition.schema_type:
        return ["Incompatible because of different schema type"]
    kind = format_of(new.definition.schema_type)
    references = tuple(_resolved(state, version.subject, version.definition))
    old = Source(version.definition.text, references)
    messages: list[str] = []
    if level.startswith(("BACKWARD", "FULL")):
        messages += kind.differences(new.source, old, "writer")
    if level.startswith(("FORWARD", "FULL")):
        messages += kind.differences(old, new.source, "reader")
    return messages


def _property(definition: Definition, name: str) -> Any:
    properties = json.loads(definition.metadata or "{}").get("properties") or {}
    return properties.get(name)
