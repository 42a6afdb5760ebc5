# SPDX-License-Identifier: Apache-2.0
"""A registry within the process, for tests: ``mock://name``.

All clients of one name share one registry until the process ends or `forget` is called. It gives
ids and versions as a real one does, compares schemas by their text, and allows every schema: it
checks neither syntax nor compatibility. For that there is ``barnabas registry``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import uuid
from collections.abc import Mapping

from barnabas.errors import RegistryAnswerError
from barnabas.registry.client import LATEST, Registry
from barnabas.registry.model import RegisteredSchema, SchemaDefinition

__all__ = ["MemoryRegistry", "forget"]


class _State:
    """What all clients of one name share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ids: dict[SchemaDefinition, int] = {}
        self.subjects: dict[str, dict[int, RegisteredSchema]] = {}
        self.compatibility: dict[str | None, str] = {None: "BACKWARD"}
        self.modes: dict[str | None, str] = {None: "READWRITE"}


_states: dict[str, _State] = {}
_states_lock = threading.Lock()


def forget(scope: str) -> None:
    """Drop everything registered under a name."""
    with _states_lock:
        _states.pop(scope, None)


class MemoryRegistry(Registry):
    """A client of the registry of one name; see this module."""

    def __init__(self, scope: str) -> None:
        with _states_lock:
            self._state = _states.setdefault(scope, _State())

    def register(
        self, subject: str, definition: SchemaDefinition, *, normalize: bool = False
    ) -> RegisteredSchema:
        """Add a schema; see `Registry.register`. It is never normalized."""
        with self._state.lock:
            versions = self._state.subjects.setdefault(subject, {})
            for known in versions.values():
                if known.definition == definition:
                    return known
            schema_id = self._state.ids.setdefault(definition, len(self._state.ids) + 1)
            number = max(versions, default=0) + 1
            new = RegisteredSchema(definition, schema_id, _guid(definition), subject, number)
            versions[number] = new
            return new

    def lookup(
        self,
        subject: str,
        definition: SchemaDefinition,
        *,
        normalize: bool = False,
        deleted: bool = False,
    ) -> RegisteredSchema:
        """Find a schema; see `Registry.lookup`."""
        with self._state.lock:
            for known in self._versions(subject).values():
                if known.definition == definition:
                    return known
        raise _not_found(40403, "Schema not found", subject=subject)

    def by_id(self, schema_id: int, subject: str | None = None) -> RegisteredSchema:
        """Fetch a schema; see `Registry.by_id`."""
        with self._state.lock:
            for definition, known in self._state.ids.items():
                if known == schema_id:
                    return RegisteredSchema(definition, schema_id, _guid(definition))
        raise _not_found(40403, f"Schema {schema_id} not found", schema_id=schema_id)

    def by_guid(self, guid: str) -> RegisteredSchema:
        """Fetch a schema; see `Registry.by_guid`."""
        with self._state.lock:
            for definition, schema_id in self._state.ids.items():
                if _guid(definition) == guid:
                    return RegisteredSchema(definition, schema_id, guid)
        raise _not_found(40403, f"Schema {guid} not found")

    def version(self, subject: str, number: int | str) -> RegisteredSchema:
        """Fetch a version; see `Registry.version`."""
        with self._state.lock:
            versions = self._versions(subject)
            wanted = max(versions) if number in {LATEST, -1} else number
            for known, schema in versions.items():
                if known == wanted:
                    return schema
        raise _not_found(40402, f"Version {number} not found.", subject=subject)

    def latest_with(self, subject: str, metadata: Mapping[str, str]) -> RegisteredSchema:
        """Fetch the newest version with metadata; see `Registry.latest_with`."""
        with self._state.lock:
            for schema in reversed(self._versions(subject).values()):
                if metadata.items() <= dict(schema.metadata).items():
                    return schema
        raise _not_found(40402, "Version with such metadata not found.", subject=subject)

    def give_metadata(self, subject: str, number: int, metadata: Mapping[str, str]) -> None:
        """Let a version have metadata, which tests cannot do otherwise."""
        with self._state.lock:
            versions = self._versions(subject)
            pairs = tuple(sorted(metadata.items()))
            versions[number] = dataclasses.replace(versions[number], metadata=pairs)

    def is_compatible(
        self, subject: str, definition: SchemaDefinition, version: int | str = LATEST
    ) -> bool:
        """Allow everything; see `Registry.is_compatible`."""
        self.version(subject, version)
        return True

    def subjects(self, prefix: str = "") -> list[str]:
        """List subjects; see `Registry.subjects`."""
        with self._state.lock:
            return sorted(name for name in self._state.subjects if name.startswith(prefix))

    def versions(self, subject: str) -> list[int]:
        """List versions; see `Registry.versions`."""
        with self._state.lock:
            return list(self._versions(subject))

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete a subject for good; see `Registry.delete_subject`."""
        with self._state.lock:
            deleted = list(self._versions(subject))
            del self._state.subjects[subject]
            return deleted

    def compatibility(self, subject: str | None = None) -> str:
        """Tell the level; see `Registry.compatibility`."""
        with self._state.lock:
            levels = self._state.compatibility
            return levels.get(subject, levels[None])

    def set_compatibility(self, level: str, subject: str | None = None) -> None:
        """Set the level; see `Registry.set_compatibility`."""
        with self._state.lock:
            self._state.compatibility[subject] = level

    def mode(self, subject: str | None = None) -> str:
        """Tell the mode; see `Registry.mode`."""
        with self._state.lock:
            return self._state.modes.get(subject, self._state.modes[None])

    def set_mode(self, mode: str, subject: str | None = None) -> None:
        """Set the mode; see `Registry.set_mode`."""
        with self._state.lock:
            self._state.modes[subject] = mode

    def contexts(self) -> list[str]:
        """List contexts; see `Registry.contexts`."""
        return ["."]

    def associated_subjects(self, topic: str, kind: str, namespace: str = "-") -> list[str]:
        """List none; see `Registry.associated_subjects`."""
        return []

    def close(self) -> None:
        """Do nothing; see `Registry.close`."""

    def _versions(self, subject: str) -> dict[int, RegisteredSchema]:
        versions = self._state.subjects.get(subject)
        if not versions:
            raise _not_found(40401, f"Subject '{subject}' not found.", subject=subject)
        return versions


def _guid(definition: SchemaDefinition) -> str:
    digest = hashlib.md5(repr(definition).encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest))


def _not_found(
    error_code: int, message: str, *, subject: str | None = None, schema_id: int | None = None
) -> RegistryAnswerError:
    return RegistryAnswerError(
        message, status=404, error_code=error_code, subject=subject, schema_id=schema_id
    )
