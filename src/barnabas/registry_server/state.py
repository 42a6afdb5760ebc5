# SPDX-License-Identifier: Apache-2.0
"""What the registry knows: the sum of the records it has read. Pure.

Nothing changes it but :meth:`State.apply`; whoever asks gets values that do not change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from barnabas.errors import ProtocolError
from barnabas.registry_server import names
from barnabas.registry_server.model import Definition, Version
from barnabas.registry_server.records import (
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    Noop,
    Record,
    SubjectDeletion,
    SubjectRemoval,
    VersionRecord,
)

__all__ = ["Place", "State"]


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Place:
    """One version of one subject."""

    subject: str
    version: int


class _Context:
    """Ids of one context."""

    def __init__(self) -> None:
        self.definitions: dict[int, Definition] = {}
        self.ids: dict[Definition, int] = {}
        self.places: dict[int, set[Place]] = {}
        self.last_id = 0


class State:
    """Subjects, versions, ids and settings; used on one thread."""

    def __init__(self) -> None:
        self._subjects: dict[str, dict[int, Version]] = {}
        self._contexts: dict[str, _Context] = {names.DEFAULT_CONTEXT: _Context()}
        self._configs: dict[str | None, Mapping[str, Any]] = {}
        self._modes: dict[str | None, str] = {}

    # -- what records change ----------------------------------------------------------------------

    def apply(self, record: Record) -> None:
        """Take in one record.

        Raises:
            ProtocolError: An id is given to a second schema; the record counts for nothing.
        """
        match record:
            case VersionRecord(subject, number, None):
                self._remove(subject, number)
            case VersionRecord(_, _, Version() as version):
                self._put(version)
            case ConfigRecord(subject, config):
                _set(self._configs, subject, config)
            case ModeRecord(subject, mode):
                _set(self._modes, subject, mode)
            case SubjectDeletion(subject, up_to):
                self._delete(subject, up_to)
            case SubjectRemoval(subject):
                for number in list(self._subjects.get(subject, ())):
                    self._remove(subject, number)
            case ContextRecord(context, exists):
                self._apply_context(context, exists=exists)
            case Noop():
                pass

    def _apply_context(self, context: str, *, exists: bool) -> None:
        if exists:
            self._contexts.setdefault(context, _Context())
        elif context != names.DEFAULT_CONTEXT:
            self._contexts.pop(context, None)

    def _put(self, version: Version) -> None:
        context = self._contexts.setdefault(names.context_of(version.subject), _Context())
        known = context.definitions.get(version.schema_id)
        if known is not None and known.text != version.definition.text:
            message = (
                f"Version {version.number} of subject {version.subject} has id "
                f"{version.schema_id}, which another schema has; it is left out"
            )
            raise ProtocolError(message)
        before = self._subjects.get(version.subject, {}).get(version.number)
        if before is not None and before.schema_id != version.schema_id:
            self._remove(version.subject, version.number)
        self._subjects.setdefault(version.subject, {})[version.number] = version
        context.definitions.setdefault(version.schema_id, version.definition)
        context.ids.setdefault(version.definition, version.schema_id)
        place = Place(version.subject, version.number)
        context.places.setdefault(version.schema_id, set()).add(place)
        context.last_id = max(context.last_id, version.schema_id)

    def _remove(self, subject: str, number: int) -> None:
        version = self._subjects.get(subject, {}).pop(number, None)
        if version is None:
            return
        if not self._subjects[subject]:
            del self._subjects[subject]
        context = self._contexts[names.context_of(subject)]
        places = context.places[version.schema_id]
        places.discard(Place(subject, number))
        if not places:
            del context.places[version.schema_id]
            del context.definitions[version.schema_id]
            for definition in [one for one, i in context.ids.items() if i == version.schema_id]:
                del context.ids[definition]

    def _delete(self, subject: str, up_to: int) -> None:
        for number, version in self._subjects.get(subject, {}).items():
            if number <= up_to and not version.is_deleted:
                deleted = dataclasses.replace(version, is_deleted=True)
                self._subjects[subject][number] = deleted

    # -- subjects and versions --------------------------------------------------------------------

    @property
    def contexts(self) -> list[str]:
        """All contexts, the default one first."""
        return sorted(self._contexts)

    def subjects(self, *, deleted: bool = False, deleted_only: bool = False) -> list[str]:
        """All subjects that have a version, in order of their names."""
        return [
            subject
            for subject in sorted(self._subjects)
            if self._is_seen(subject, deleted=deleted, deleted_only=deleted_only)
        ]

    def _is_seen(self, subject: str, *, deleted: bool, deleted_only: bool) -> bool:
        is_alive = any(not one.is_deleted for one in self._subjects[subject].values())
        return not is_alive if deleted_only else deleted or is_alive

    def has_subject(self, subject: str, *, deleted: bool = False) -> bool:
        """Say whether a subject has a version that can be seen."""
        return bool(self.versions(subject, deleted=deleted))

    def versions(self, subject: str, *, deleted: bool = False) -> list[Version]:
        """All versions of a subject, oldest first; none for a subject that is not known."""
        known = self._subjects.get(subject, {})
        return [known[one] for one in sorted(known) if deleted or not known[one].is_deleted]

    def version(self, subject: str, number: int, *, deleted: bool = False) -> Version | None:
        """One version of a subject; -1 is the latest."""
        if number == -1:
            found = self.versions(subject, deleted=deleted)
            return found[-1] if found else None
        one = self._subjects.get(subject, {}).get(number)
        return one if one is not None and (deleted or not one.is_deleted) else None

    def all_versions(self, *, deleted: bool = False) -> Iterator[Version]:
        """Versions of all subjects, in order."""
        for subject in sorted(self._subjects):
            yield from self.versions(subject, deleted=deleted)

    # -- ids --------------------------------------------------------------------------------------

    def definition(self, context: str, schema_id: int) -> Definition | None:
        """The schema with an id."""
        known = self._contexts.get(context)
        return known.definitions.get(schema_id) if known is not None else None

    def id_of(self, context: str, definition: Definition) -> int | None:
        """The id a schema has already."""
        known = self._contexts.get(context)
        return known.ids.get(definition) if known is not None else None

    def places(self, context: str, schema_id: int, *, deleted: bool = False) -> list[Place] | None:
        """Where a schema is registered; None when there is no such id."""
        known = self._contexts.get(context)
        if known is None or schema_id not in known.places:
            return None
        return [
            place
            for place in sorted(known.places[schema_id])
            if deleted or not self._subjects[place.subject][place.version].is_deleted
        ]

    def by_guid(self, guid: str) -> list[tuple[str, int, Definition]]:
        """Context, id and schema of everything with a GUID."""
        return [
            (name, schema_id, definition)
            for name, context in sorted(self._contexts.items())
            for definition, schema_id in context.ids.items()
            if definition.guid == guid
        ]

    def next_id(self, context: str) -> int:
        """The id the next new schema of a context gets."""
        known = self._contexts.get(context)
        return 1 if known is None else known.last_id + 1

    def last_id(self, context: str) -> int:
        """The highest id that was ever given in a context; 0 when there was none."""
        return self.next_id(context) - 1

    def referrers(self, place: Place, *, deleted: bool = False) -> list[Version]:
        """Versions with a reference to a version."""
        return [
            version
            for version in self.all_versions(deleted=deleted)
            if any(
                names.qualify(one.subject, version.subject) == place.subject
                and one.version == place.version
                for one in version.definition.references
            )
        ]

    # -- settings ---------------------------------------------------------------------------------

    def config(self, subject: str | None) -> Mapping[str, Any] | None:
        """The configuration a subject, a context or (None) the registry has of its own."""
        return self._configs.get(subject)

    def config_in_scope(self, subject: str | None) -> dict[str, Any]:
        """The configuration that counts for a subject, with what it inherits."""
        merged: dict[str, Any] = {"compatibilityLevel": "BACKWARD"}
        for scope in reversed(names.scopes(subject)):
            merged.update(self._configs.get(scope) or {})
        return merged

    def mode(self, subject: str | None) -> str | None:
        """The mode a subject, a context or (None) the registry has of its own."""
        return self._modes.get(subject)

    def mode_in_scope(self, subject: str | None) -> str:
        """The mode that counts for a subject."""
        everywhere = self._modes.get(None, "READWRITE")
        if everywhere == "READONLY_OVERRIDE":
            return everywhere
        found = (self._modes.get(scope) for scope in names.scopes(subject))
        return next((mode for mode in found if mode is not None), "READWRITE")


def _set(settings: dict[str | None, Any], subject: str | None, value: object) -> None:
    if value is None:
        settings.pop(subject, None)
    else:
        settings[subject] = value
