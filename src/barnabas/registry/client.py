# SPDX-License-Identifier: Apache-2.0
"""What a Schema Registry can be asked.

Calls are synchronous; a converter makes them on its task's main thread, but every method may be
called from any thread. What cannot change (a schema by its id, GUID or number) is asked once and
remembered. What can (the latest version) is asked each time: `SchemaWriter` remembers it for as
long as the settings allow.

Errors of all calls:
    RegistryAnswerError: The registry does not know it (404) or refuses it (409, 422).
    RegistryAccessError: It wants other credentials (401) or forbids it (403).
    RegistryUnavailableError: It cannot be reached, or answered 408, 429 or 5xx to every try.

Source:
    Reference page *Schema Registry*, section 3.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

from barnabas.errors import DataError
from barnabas.registry.model import RegisteredSchema, SchemaDefinition

__all__ = ["LATEST", "Registry"]

LATEST = "latest"
"""Stands for the newest version of a subject."""

_MOST_REFERENCES = 1000


class Registry(abc.ABC):
    """A Schema Registry; see this module for errors and threads."""

    @abc.abstractmethod
    def register(
        self, subject: str, definition: SchemaDefinition, *, normalize: bool = False
    ) -> RegisteredSchema:
        """Add a schema to a subject unless it is there, and tell its id.

        Args:
            subject: Name of the subject, as a rule ``<topic>-value``.
            definition: The schema; referenced schemas must be registered.
            normalize: Whether the registry may write the schema in its normal form first.

        Returns:
            The schema to encode with: what the registry returned, else the one given. Old
            registries tell no version and no GUID.
        """

    @abc.abstractmethod
    def lookup(
        self,
        subject: str,
        definition: SchemaDefinition,
        *,
        normalize: bool = False,
        deleted: bool = False,
    ) -> RegisteredSchema:
        """Find a schema in a subject; the answer has id and version.

        Args:
            subject: Name of the subject.
            definition: The schema.
            normalize: Whether to compare normal forms.
            deleted: Whether to find versions that were deleted softly.
        """

    @abc.abstractmethod
    def by_id(self, schema_id: int, subject: str | None = None) -> RegisteredSchema:
        """Fetch a schema by its id.

        Args:
            schema_id: The id.
            subject: Where to look for it, which matters with contexts only.
        """

    @abc.abstractmethod
    def by_guid(self, guid: str) -> RegisteredSchema:
        """Fetch a schema by its GUID, a UUID in text form; the answer may have the id -1."""

    @abc.abstractmethod
    def version(self, subject: str, number: int | str) -> RegisteredSchema:
        """Fetch a version of a subject by its number or ``latest``."""

    def latest(self, subject: str) -> RegisteredSchema:
        """Fetch the newest version of a subject; never from a cache."""
        return self.version(subject, LATEST)

    @abc.abstractmethod
    def latest_with(self, subject: str, metadata: Mapping[str, str]) -> RegisteredSchema:
        """Fetch the newest version of a subject that has these metadata properties."""

    @abc.abstractmethod
    def is_compatible(
        self, subject: str, definition: SchemaDefinition, version: int | str = LATEST
    ) -> bool:
        """Ask whether the subject's rule allows the schema beside a version of it."""

    @abc.abstractmethod
    def subjects(self, prefix: str = "") -> list[str]:
        """List the subjects whose names begin so."""

    @abc.abstractmethod
    def versions(self, subject: str) -> list[int]:
        """List the versions of a subject."""

    @abc.abstractmethod
    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete all versions of a subject, which must be done softly first."""

    @abc.abstractmethod
    def compatibility(self, subject: str | None = None) -> str:
        """Tell the compatibility level of a subject, or the one of all without their own."""

    @abc.abstractmethod
    def set_compatibility(self, level: str, subject: str | None = None) -> None:
        """Set the compatibility level, such as ``BACKWARD``, of a subject or of all."""

    @abc.abstractmethod
    def mode(self, subject: str | None = None) -> str:
        """Tell the mode, such as ``READWRITE``, of a subject or of all without their own."""

    @abc.abstractmethod
    def set_mode(self, mode: str, subject: str | None = None) -> None:
        """Set the mode of a subject or of all."""

    @abc.abstractmethod
    def contexts(self) -> list[str]:
        """List the contexts, ``.`` being the usual one."""

    @abc.abstractmethod
    def associated_subjects(self, topic: str, kind: str, namespace: str = "-") -> list[str]:
        """List the subjects somebody associated with a topic; none when it knows no such thing.

        Args:
            topic: Name of the topic.
            kind: ``key`` or ``value``.
            namespace: Id of the Kafka cluster, ``-`` for any.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Give connections back and end waits; later calls fail. May be called twice."""

    def resolve(self, definition: SchemaDefinition) -> dict[str, SchemaDefinition]:
        """Fetch all schemas a schema refers to, directly or through others, by reference name.

        A schema comes behind those it refers to, so they can be parsed in this order. A name
        that is used twice keeps the first schema found. Remembered as versions are.

        Raises:
            DataError: There are more than 1,000, or they refer to each other in a circle.
        """
        found: dict[str, SchemaDefinition] = {}
        self._resolve(definition, found, ())
        return found

    def _resolve(
        self,
        definition: SchemaDefinition,
        found: dict[str, SchemaDefinition],
        path: Sequence[str],
    ) -> None:
        for reference in definition.references:
            if reference.name in path or len(found) >= _MOST_REFERENCES:
                message = (
                    f"The references of a schema cannot be resolved: {reference.name} (subject "
                    f"{reference.subject}, version {reference.version}) refers to itself, or there "
                    f"are more than {_MOST_REFERENCES}; register the schemas without the circle"
                )
                raise DataError(message)
            if reference.name in found:
                continue
            other = self.version(reference.subject, reference.version).definition
            self._resolve(other, found, (*path, reference.name))
            found[reference.name] = other
