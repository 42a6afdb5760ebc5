# SPDX-License-Identifier: Apache-2.0
"""Records of the ``_schemas`` topic, in Confluent's format. Pure.

Key and value are JSON objects without empty fields. A null value deletes what the key names.

==================  ===================================  =========================================
keytype             further fields of the key            fields of the value
==================  ===================================  =========================================
``SCHEMA``          subject version magic=1              subject version id schemaType? references?
                                                         metadata? ruleSet? schema deleted
``CONFIG``          subject? magic=0                     subject? compatibilityLevel …
``MODE``            subject? magic=0                     subject? mode
``DELETE_SUBJECT``  subject magic=0                      subject version (the last that is deleted)
``CLEAR_SUBJECT``   subject magic=0                      subject
``CONTEXT``         tenant context magic=0               tenant context
``NOOP``            magic=0                              none
==================  ===================================  =========================================

A schema without ``schemaType`` is Avro's.

Source:
    Confluent Schema Registry ``SchemaKey``, ``SchemaValue``, ``ConfigValue`` and their like.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from barnabas.errors import ProtocolError
from barnabas.registry_server.model import AVRO, Definition, Reference, Version

__all__ = [
    "ConfigRecord",
    "ContextRecord",
    "ModeRecord",
    "Noop",
    "Raw",
    "Record",
    "SubjectDeletion",
    "SubjectRemoval",
    "VersionRecord",
    "decode",
    "encode",
]

Raw: TypeAlias = tuple[bytes, bytes | None]
"""Key and value as they are on the topic."""

_TENANT = "default"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_text = msgspec.json.encode


@dataclasses.dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version is as told; gone for good when ``version`` is None."""

    subject: str
    number: int
    version: Version | None


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigRecord:
    """Configuration of a subject, a context or (None) all; None takes it away."""

    subject: str | None
    config: Mapping[str, Any] | None


@dataclasses.dataclass(frozen=True, slots=True)
class ModeRecord:
    """Mode of a subject, a context or (None) all; None takes it away."""

    subject: str | None
    mode: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class SubjectDeletion:
    """All versions of a subject up to this one are soft-deleted."""

    subject: str
    up_to: int


@dataclasses.dataclass(frozen=True, slots=True)
class SubjectRemoval:
    """The subject was cleared: nothing is left of it."""

    subject: str


@dataclasses.dataclass(frozen=True, slots=True)
class ContextRecord:
    """There is a context, or no more."""

    context: str
    exists: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Noop:
    """Says nothing: the mark a registry writes to find the end, or what is not of interest here."""


Record: TypeAlias = (
    VersionRecord
    | ConfigRecord
    | ModeRecord
    | SubjectDeletion
    | SubjectRemoval
    | ContextRecord
    | Noop
)


def encode(record: Record) -> Raw:
    """Write a record as Confluent's registry does, in its order of fields."""
    key, value = _fields(record)
    return _encode(key), None if value is None else _encode(value)


def _fields(record: Record) -> tuple[dict[str, Any], dict[str, Any] | None]:
    key, value = _content(record)
    return {**key, "magic": 1 if isinstance(record, VersionRecord) else 0}, value


def _content(record: Record) -> tuple[dict[str, Any], dict[str, Any] | None]:
    value: dict[str, Any] | None = None
    match record:
        case VersionRecord(subject, number, version):
            key = {"keytype": "SCHEMA", "subject": subject, "version": number}
            value = None if version is None else _version_fields(version)
        case ConfigRecord(subject, config):
            key = {"keytype": "CONFIG", **_subject(subject)}
            value = None if config is None else {**_subject(subject), **config}
        case ModeRecord(subject, mode):
            key = {"keytype": "MODE", **_subject(subject)}
            value = None if mode is None else {**_subject(subject), "mode": mode}
        case SubjectDeletion(subject, up_to):
            key = {"keytype": "DELETE_SUBJECT", "subject": subject}
            value = {"subject": subject, "version": up_to}
        case SubjectRemoval(subject):
            key = {"keytype": "CLEAR_SUBJECT", "subject": subject}
            value = {"subject": subject}
        case ContextRecord(context, exists):
            named = {"tenant": _TENANT, "context": context}
            key = {"keytype": "CONTEXT", **named}
            value = named if exists else None
        case Noop():
            key = {"keytype": "NOOP"}
    return key, value


def _subject(subject: str | None) -> dict[str, Any]:
    return {} if subject is None else {"subject": subject}


def _version_fields(version: Version) -> dict[str, Any]:
    definition = version.definition
    fields: dict[str, Any] = {
        "subject": version.subject,
        "version": version.number,
        "id": version.schema_id,
    }
    if definition.schema_type != AVRO:
        fields["schemaType"] = definition.schema_type
    if definition.references:
        fields["references"] = [dataclasses.asdict(one) for one in definition.references]
    if definition.metadata:
        fields["metadata"] = msgspec.Raw(definition.metadata.encode())
    if definition.rule_set:
        fields["ruleSet"] = msgspec.Raw(definition.rule_set.encode())
    return {**fields, "schema": definition.text, "deleted": version.is_deleted}


def decode(key: bytes | None, value: bytes | None) -> Record:
    """Read a record, whoever wrote it; what only newer registries know is a :class:`Noop`.

    Raises:
        ProtocolError: Key or value are not of the format.
    """
    try:
        fields = _decode(key or b"")
        told = None if value is None else _decode(value)
        return _read(fields, told)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"Not a record of a Schema Registry: key {key!r}: {error!r}"
        raise ProtocolError(message) from error


def _read(key: Mapping[str, Any], value: Mapping[str, Any] | None) -> Record:
    record: Record = Noop()
    match key["keytype"]:
        case "SCHEMA":
            version = None if value is None else _read_version(value)
            record = VersionRecord(str(key["subject"]), int(key["version"]), version)
        case "CONFIG":
            record = ConfigRecord(key.get("subject"), None if value is None else _settings(value))
        case "MODE":
            record = ModeRecord(key.get("subject"), None if value is None else str(value["mode"]))
        case "DELETE_SUBJECT" if value is not None:
            record = SubjectDeletion(str(value["subject"]), int(value["version"]))
        case "CLEAR_SUBJECT" if value is not None:
            record = SubjectRemoval(str(value["subject"]))
        case "CONTEXT":
            record = ContextRecord(str(key["context"]), value is not None)
    return record


def _settings(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in ("subject", "offset", "ts")}


def _read_version(value: Mapping[str, Any]) -> Version:
    references = tuple(
        Reference(str(one["name"]), str(one["subject"]), int(one["version"]))
        for one in value.get("references") or ()
    )
    definition = Definition(
        str(value["schema"]),
        value.get("schemaType") or AVRO,
        references,
        _json(value.get("metadata")),
        _json(value.get("ruleSet")),
    )
    return Version(
        str(value["subject"]),
        int(value["version"]),
        int(value["id"]),
        definition,
        bool(value.get("deleted", False)),
    )


def _json(value: Any) -> str:
    return _text(value).decode() if value else ""
