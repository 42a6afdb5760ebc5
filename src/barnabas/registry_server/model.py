# SPDX-License-Identifier: Apache-2.0
"""Schemas, versions and settings as the registry keeps them."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
import uuid
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

__all__ = ["AVRO", "LEVELS", "MODES", "PROTOBUF", "Definition", "Reference", "Version"]

AVRO = "AVRO"
PROTOBUF = "PROTOBUF"
LEVELS = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD")

_decode = msgspec.json.Decoder().decode


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """What a schema calls another one that is registered by itself."""

    name: str
    subject: str
    version: int


@dataclasses.dataclass(frozen=True)
class Definition:
    """A schema without the places it is registered at; equal when the registry takes it for one."""

    text: str
    """Canonical text."""
    schema_type: str = AVRO
    references: tuple[Reference, ...] = ()
    metadata: str = ""
    """JSON; empty when there is none."""
    rule_set: str = ""
    """JSON; empty when there is none."""

    @cached_property
    def guid(self) -> str:
        """The id all registries give it: MD5 of its content as a UUID."""
        digest = hashlib.md5(self.text.encode(), usedforsecurity=False)
        for part in self._parts():
            digest.update(part)
        return str(uuid.UUID(bytes=digest.digest()))

    def _parts(self) -> Iterator[bytes]:
        for reference in self.references:
            yield reference.name.encode() + reference.subject.encode()
            yield struct.pack(">i", reference.version)
        if self.metadata:
            yield b"\x01"
            yield from _metadata_parts(_decode(self.metadata))
        if self.rule_set:
            yield b"\x01"
            yield from _rule_set_parts(_decode(self.rule_set))


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """A schema as one version of one subject."""

    subject: str
    """Qualified, when it is in a context: ``:.context:name``."""
    number: int
    schema_id: int
    definition: Definition
    is_deleted: bool = False


def _metadata_parts(metadata: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield what counts of metadata; maps and sets are sorted, as the original keeps them."""
    for tag, values in sorted((metadata.get("tags") or {}).items()):
        yield tag.encode()
        yield from (str(value).encode() for value in sorted(values))
    for key, value in sorted((metadata.get("properties") or {}).items()):
        yield key.encode() + str(value).encode()
    yield from (str(name).encode() for name in sorted(metadata.get("sensitive") or ()))


def _rule_set_parts(rules: Mapping[str, Any]) -> Iterator[bytes]:
    for kind in ("migrationRules", "domainRules", "encodingRules"):
        for rule in rules.get(kind) or ():
            yield from _rule_parts(rule)
    if rules.get("enableAt"):
        yield str(rules["enableAt"]).encode()


def _rule_parts(rule: Mapping[str, Any]) -> Iterator[bytes]:
    yield from (str(rule.get(key) or "").encode() for key in ("name", "doc", "kind", "mode"))
    yield str(rule.get("type") or "").encode()
    yield from (str(tag).encode() for tag in sorted(rule.get("tags") or ()))
    for key, value in sorted((rule.get("params") or {}).items()):
        yield key.encode() + str(value).encode()
    yield from (str(rule.get(key) or "").encode() for key in ("expr", "onSuccess", "onFailure"))
    if rule.get("disabled"):
        yield b"\x01"
