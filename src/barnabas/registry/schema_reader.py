# SPDX-License-Identifier: Apache-2.0
"""Which schema a record was written with.

A record tells the id (or GUID) of its schema; the registry tells the schema, and its version in the
subject of the record's topic, which becomes the version of the Connect schema.

Source:
    Reference page *Schema Registry*, sections 1 and 2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final, NamedTuple

from barnabas.data import Headers
from barnabas.errors import DataError, RegistryAnswerError
from barnabas.registry import framing
from barnabas.registry.associations import Subjects
from barnabas.registry.client import Registry
from barnabas.registry.framing import PREFIX_SIZE, Frame, SchemaKey
from barnabas.registry.model import RegisteredSchema
from barnabas.registry.recent import Recent
from barnabas.registry.settings import SchemaRegistryConfig

__all__ = ["Group", "SchemaReader"]

_first_bytes: Final = itemgetter(slice(0, PREFIX_SIZE))
_VERSION: Final = "confluent:version"


class Group(NamedTuple):
    """Those records of a batch that were written with the same schema."""

    key: SchemaKey | None
    """Id or GUID of the schema; None for records that are null."""
    offset: int
    """Bytes before the rest: message indexes if there are any, else the payload."""
    places: Sequence[int]
    """Where in the batch they are."""


class SchemaReader:
    """Finds the schemas of keys or of values for one converter. It remembers what it is told.

    Args:
        registry: The registry to ask.
        settings: The converter's settings.
        is_key: Whether keys are read.
        now: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        registry: Registry,
        settings: SchemaRegistryConfig,
        *,
        is_key: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._kind = "key" if is_key else "value"
        self._header = framing.header_name(is_key=is_key)
        self._subjects = Subjects(registry, settings, is_key=is_key, now=now)
        size = settings.max_schemas_per_subject
        self._definitions: Recent[tuple[SchemaKey, str], RegisteredSchema] = Recent(size)
        self._schemas: Recent[tuple[SchemaKey, str, str | None], RegisteredSchema] = Recent(size)

    def parse(self, topic: str, headers: Headers | None, data: bytes) -> Frame:
        """Read what a record says of its schema: in its header if it has one, else in its prefix.

        The offset counts bytes of ``data``; it is 0 when the header tells the schema.

        Raises:
            DataError: It says nothing that can be understood.
        """
        header = None if headers is None else headers.last_with_name(self._header)
        try:
            if header is None or not isinstance(header.value, bytes):
                return framing.parse_frame(data)
            found = framing.parse_frame(header.value)
            return Frame(found.key, 0, header.value[found.offset :])
        except DataError as error:
            raise self._unreadable(topic, error) from error

    def groups(self, topic: str, data: Sequence[bytes | None]) -> list[Group]:
        """Sort records without headers by what they say of their schema.

        Raises:
            DataError: One says nothing that can be understood.
        """
        values: Any = data
        try:
            first = set(map(_first_bytes, values))
        except TypeError:  # some are null
            first = set()
        if len(first) == 1:
            frame = self.parse(topic, None, values[0])
            if frame.offset == PREFIX_SIZE:
                return [Group(frame.key, frame.offset, range(len(data)))]
        return self._sorted(topic, data)

    def _sorted(self, topic: str, data: Sequence[bytes | None]) -> list[Group]:
        groups: dict[tuple[SchemaKey | None, int], list[int]] = {}
        known: dict[bytes | None, list[int]] = {}
        for place, each in enumerate(data):
            first = None if each is None else each[:PREFIX_SIZE]
            places = known.get(first)
            if places is None:
                key, offset = (None, 0) if each is None else self.parse(topic, None, each)[:2]
                places = groups.setdefault((key, offset), [])
                if offset <= PREFIX_SIZE:  # a GUID is longer
                    known[first] = places
            places.append(place)
        return [Group(key, offset, places) for (key, offset), places in groups.items()]

    def definition(self, key: SchemaKey, topic: str) -> RegisteredSchema:
        """Find the schema of an id or GUID, without its version.

        Raises:
            RegistryError: The registry was asked in vain.
        """
        found = self._definitions.get((key, topic))
        if found is None:
            found = self._fetch(key, topic)
            self._definitions.put((key, topic), found)
        return found

    def schema(
        self, key: SchemaKey, topic: str, record_name: str | None = None
    ) -> RegisteredSchema:
        """Find the schema of an id or GUID with its version in the subject of the topic.

        Args:
            key: Id or GUID.
            topic: Topic of the records.
            record_name: Full name of the schema (see `definition`), None when it is no record;
                matters to some strategies only.

        Raises:
            DataError: The subject cannot be named; as `RegistryAnswerError`, the schema is unknown
                or not registered in that subject.
            ConfigError: The registry wants other credentials.
            RetriableError: The registry cannot be asked at the moment.
        """
        found = self._schemas.get((key, topic, record_name))
        if found is None:
            found = self._with_version(self.definition(key, topic), topic, record_name)
            self._schemas.put((key, topic, record_name), found)
        return found

    def _fetch(self, key: SchemaKey, topic: str) -> RegisteredSchema:
        try:
            if isinstance(key, str):
                return self._registry.by_guid(key)
            needs_name = self._subjects.needs_record_name
            subject = None if needs_name else self._subjects.subject(topic, None)
            return self._registry.by_id(key, subject)
        except RegistryAnswerError as error:
            if not error.is_not_found:
                raise
            message = (
                f"{error.message}: a {self._kind} of topic {topic} was written with schema {key}, "
                "which this registry does not know; let schema.registry.url name the registry of "
                "its writer"
            )
            raise _changed(error, message) from error

    def _with_version(
        self, schema: RegisteredSchema, topic: str, record_name: str | None
    ) -> RegisteredSchema:
        subject = self._subjects.subject(topic, record_name)
        written = dict(schema.metadata).get(_VERSION, "")
        if written.isdecimal():
            return replace(schema, subject=subject, version=int(written))
        try:
            known = self._registry.lookup(subject, schema.definition, deleted=True)
        except RegistryAnswerError as error:
            if not error.is_not_found:
                raise
            message = (
                f"{error.message}: a {self._kind} of topic {topic} was written with schema "
                f"{schema.guid if schema.id < 0 else schema.id}, which is not registered in "
                f"subject {subject}; set {self._kind}.subject.name.strategy to what its writer uses"
            )
            raise _changed(error, message) from error
        return replace(schema, subject=subject, version=known.version)

    def _unreadable(self, topic: str, error: DataError) -> DataError:
        return DataError(f"A {self._kind} of topic {topic} cannot be read: {error.message}")


def _changed(error: RegistryAnswerError, message: str) -> RegistryAnswerError:
    return RegistryAnswerError(
        message,
        status=error.status,
        error_code=error.error_code,
        subject=error.subject,
        schema_id=error.schema_id,
    )
