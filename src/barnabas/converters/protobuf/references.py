# SPDX-License-Identifier: Apache-2.0
"""Imported files as references of a registered schema.

Source:
    Reference page *Schema Registry*, sections 2 and 7.
"""

from __future__ import annotations

from typing import Any

from barnabas.converters.protobuf.file_text import file_text
from barnabas.converters.protobuf.known_files import KNOWN_FILES, known_file
from barnabas.converters.protobuf.linking import LinkedFile
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.converters.protobuf.settings import QUALIFIED_STRATEGY, ProtobufConverterConfig
from barnabas.converters.registered import check_type
from barnabas.registry import RegisteredSchema, Registry, SchemaDefinition, SchemaReference
from barnabas.registry.model import PROTOBUF

__all__ = ["link", "references_of"]


def link(registry: Registry, name: str, definition: SchemaDefinition) -> LinkedFile:
    """Link a registered schema with all it imports.

    Raises:
        DataError: It is no Protobuf, a schema cannot be read, or they do not fit together.
        RegistryError: A reference cannot be fetched.
    """
    check_type(definition, PROTOBUF)
    imports = {
        reference: parse_file(reference, other.text)
        for reference, other in registry.resolve(definition).items()
    }
    return LinkedFile(parse_file(name, definition.text), imports)


def references_of(
    file: Any, registry: Registry, settings: ProtobufConverterConfig
) -> tuple[SchemaReference, ...]:
    """Register, or find, the files a file of ours imports; all of them are known files.

    Raises:
        RegistryError: The registry does not take or know one.
    """
    references = []
    for name in file.dependency:
        if settings.skip_known_types and name in KNOWN_FILES:
            continue
        imported = known_file(name)
        inner = references_of(imported, registry, settings)
        definition = SchemaDefinition(file_text(imported), PROTOBUF, inner)
        subject = _subject(name, settings)
        version = _registered(subject, definition, registry, settings).version
        references.append(SchemaReference(name, subject, -1 if version is None else version))
    return tuple(references)


def _subject(name: str, settings: ProtobufConverterConfig) -> str:
    if settings.reference_subject_name_strategy.endswith(QUALIFIED_STRATEGY):
        return name.replace(".proto", "").replace("/", ".")
    return name


def _registered(
    subject: str,
    definition: SchemaDefinition,
    registry: Registry,
    settings: ProtobufConverterConfig,
) -> RegisteredSchema:
    normalize = settings.normalize_schemas
    if not settings.reference_lookup_only:
        if settings.auto_register_schemas:
            found = registry.register(subject, definition, normalize=normalize)
            if found.version is not None:
                return found
        elif settings.use_latest_version:
            return registry.latest(subject)
    return registry.lookup(subject, definition, normalize=normalize)
