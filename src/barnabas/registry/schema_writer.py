# SPDX-License-Identifier: Apache-2.0
"""Which schema to write a record with, and the bytes that tell it to readers.

The first of these that the settings ask for decides:

1. ``auto.register.schemas``: the record's own schema, registered.
2. ``use.schema.id``, 3. ``use.schema.guid``: that schema.
4. ``use.latest.with.metadata``, 5. ``use.latest.version``: the latest of the subject.
6. Otherwise the record's own schema, which must be in the subject.

With 2, 3 and 5 the schema found must be able to read what the record's own schema writes, unless
``id.compatibility.strict`` or ``latest.compatibility.strict`` is false.

Source:
    Reference page *Schema Registry*, section 2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from barnabas.data import Headers
from barnabas.errors import DataError, RegistryAnswerError
from barnabas.registry import framing
from barnabas.registry.associations import Subjects
from barnabas.registry.client import Registry
from barnabas.registry.model import RegisteredSchema, SchemaDefinition
from barnabas.registry.recent import Recent
from barnabas.registry.settings import SchemaRegistryConfig

__all__ = ["CompatibilityCheck", "Framed", "SchemaWriter"]

CompatibilityCheck: TypeAlias = Callable[[SchemaDefinition, SchemaDefinition], Sequence[str]]
"""Says why a schema (first) cannot read what another (second) writes; nothing when it can."""


class Framed(NamedTuple):
    """How values of one schema are to be written."""

    prefix: bytes
    """Comes before the payload; empty when the schema is told in a header."""
    header: tuple[str, bytes] | None
    """Header to add to the record; None when the schema is told in the prefix."""
    definition: SchemaDefinition
    """The schema to encode with; may differ from the record's own."""
    id: int
    subject: str

    def add_to(self, topic: str, headers: Headers | None) -> None:
        """Add the header, if there is one, to a record, unless its last header is the same.

        Raises:
            DataError: There is a header to add and the record has nothing to hold it.
        """
        if self.header is None:
            return
        name, content = self.header
        if headers is None:
            message = (
                f"Missing headers: the schema of a record for topic {topic} is to be told in its "
                f"header {name}, but the record has no headers; set {_setting(name)} to "
                "PrefixSchemaIdSerializer"
            )
            raise DataError(message)
        last = headers.last_with_name(name)
        if last is None or last.value != content:
            headers.add(name, content)


class SchemaWriter:
    """Finds the schema to write with, for keys or for values of one converter.

    Answers are remembered, so that a batch costs one look-up in a dictionary and no call.

    Args:
        registry: The registry to ask.
        settings: The converter's settings.
        is_key: Whether keys are written.
        check: How ``*.compatibility.strict`` is checked; by asking the registry when absent.
        now: Seconds of a clock that never goes back.

    Differs:
        Without ``check`` the registry is asked whether the record's schema may be added behind
        the one found, under the subject's own compatibility level.
    """

    def __init__(
        self,
        registry: Registry,
        settings: SchemaRegistryConfig,
        *,
        is_key: bool,
        check: CompatibilityCheck | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._is_key = is_key
        self._check = check
        self._subjects = Subjects(registry, settings, is_key=is_key, now=now)
        self._uses_headers = settings.uses_headers(is_key=is_key)
        self._metadata = _metadata(settings)
        self._framed = _memory(settings, now)

    def for_schema(
        self,
        topic: str,
        record_name: str | None,
        definition: SchemaDefinition,
        *,
        message_indexes: Sequence[int] | None = None,
    ) -> Framed:
        """Find out how to write values of a schema. Call it for each batch; it remembers.

        Args:
            topic: Topic the records go to.
            record_name: Full name of the schema; None when it is no record.
            definition: The records' own schema.
            message_indexes: Path to the message in its file, for Protobuf only.

        Raises:
            DataError: The subject cannot be named, or the schema to use cannot read the records;
                with `RegistryAnswerError`, the registry does not know or take the schema.
            ConfigError: The registry wants other credentials.
            RetriableError: The registry cannot be asked at the moment.
        """
        indexes = None if message_indexes is None else tuple(message_indexes)
        key = (topic, record_name, definition, indexes)
        framed = self._framed.get(key)
        if framed is None:
            subject = self._subjects.subject(topic, record_name)
            framed = self._frame(subject, self._choose(subject, definition), indexes)
            self._framed.put(key, framed)
        return framed

    def _frame(
        self, subject: str, schema: RegisteredSchema, indexes: tuple[int, ...] | None
    ) -> Framed:
        path = b"" if indexes is None else framing.write_message_indexes(indexes)
        if not self._uses_headers:
            prefix = framing.id_prefix(schema.id) + path
            return Framed(prefix, None, schema.definition, schema.id, subject)
        name = framing.header_name(is_key=self._is_key)
        guid = schema.guid or self._registry.by_id(schema.id, subject).guid
        if guid is None:
            message = (
                f"The Schema Registry gives no GUID for schema {schema.id} of subject {subject}, "
                f"so it cannot be told in a header; set {_setting(name)} to "
                "PrefixSchemaIdSerializer"
            )
            raise DataError(message)
        header = (name, framing.guid_bytes(guid) + path)
        return Framed(b"", header, schema.definition, schema.id, subject)

    def _choose(self, subject: str, definition: SchemaDefinition) -> RegisteredSchema:
        settings = self._settings
        if settings.auto_register_schemas:
            return self._register(subject, definition)
        if settings.use_schema_id >= 0 or settings.use_schema_guid:
            return self._fixed(subject, definition)
        if self._metadata:
            return self._registry.latest_with(subject, self._metadata)
        if settings.use_latest_version:
            found = self._registry.latest(subject)
            if settings.latest_compatibility_strict:
                self._require(subject, found, definition, "latest.compatibility.strict")
            return found
        return self._lookup(subject, definition)

    def _register(self, subject: str, definition: SchemaDefinition) -> RegisteredSchema:
        normalize = self._settings.normalize_schemas
        try:
            return self._registry.register(subject, definition, normalize=normalize)
        except RegistryAnswerError as error:
            if error.status == 409:
                raise _hinted(
                    error,
                    f"keep the new schema compatible, or change the compatibility level of subject "
                    f"{subject}, or set auto.register.schemas=false and use.latest.version=true",
                ) from error
            raise

    def _lookup(self, subject: str, definition: SchemaDefinition) -> RegisteredSchema:
        normalize = self._settings.normalize_schemas
        try:
            return self._registry.lookup(subject, definition, normalize=normalize)
        except RegistryAnswerError as error:
            if error.is_not_found:
                raise _hinted(
                    error,
                    f"register the schema in subject {subject} first, or set "
                    "auto.register.schemas=true, or use.latest.version=true",
                ) from error
            raise

    def _fixed(self, subject: str, definition: SchemaDefinition) -> RegisteredSchema:
        settings = self._settings
        if settings.use_schema_id >= 0:
            found = self._registry.by_id(settings.use_schema_id, subject)
        else:
            found = self._registry.by_guid(settings.use_schema_guid or "")
            if found.id < 0 and not self._uses_headers:
                found = self._registry.lookup(subject, found.definition)
        if settings.id_compatibility_strict:
            self._require(subject, found, definition, "id.compatibility.strict")
        return found

    def _require(
        self, subject: str, found: RegisteredSchema, definition: SchemaDefinition, setting: str
    ) -> None:
        if found.definition == definition:
            return
        if self._check is not None:
            reasons = list(self._check(found.definition, definition))
        else:
            version = found.version if found.version is not None else "latest"
            allowed = self._registry.is_compatible(subject, definition, version)
            reasons = [] if allowed else ["the registry says so"]
        if reasons:
            message = (
                f"Incompatible schema of type {definition.schema_type}: schema {found.id} of "
                f"subject {subject} cannot read what the records' own schema writes: "
                f"{'; '.join(reasons)}. Set {setting}=false to disable this check"
            )
            raise DataError(message)


def _memory(
    settings: SchemaRegistryConfig, now: Callable[[], float]
) -> Recent[tuple[str, str | None, SchemaDefinition, tuple[int, ...] | None], Framed]:
    uses_latest = not settings.auto_register_schemas and (
        settings.use_latest_version or settings.use_latest_with_metadata
    )
    if uses_latest:
        return Recent(settings.latest_cache_size, settings.latest_cache_ttl_sec, now)
    return Recent(settings.max_schemas_per_subject, -1, now)


def _metadata(settings: SchemaRegistryConfig) -> dict[str, str]:
    text = settings.use_latest_with_metadata or ""
    pairs = [item.partition("=") for item in text.split(",") if item.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _hinted(error: RegistryAnswerError, hint: str) -> RegistryAnswerError:
    return RegistryAnswerError(
        f"{error.message}; {hint}",
        status=error.status,
        error_code=error.error_code,
        subject=error.subject,
        schema_id=error.schema_id,
    )


def _setting(header: str) -> str:
    kind = "key" if header == framing.KEY_HEADER else "value"
    return f"{kind}.schema.id.serializer"
