# SPDX-License-Identifier: Apache-2.0
"""What a request changes: from the state and a request to the records to write. Pure.

Each function returns the records and what the answer needs, and changes nothing itself.

Source:
    Reference page *Schema Registry*, 8; Confluent ``KafkaSchemaRegistry``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from barnabas.registry_server import names, problems
from barnabas.registry_server.checks import Parsed, incompatibilities, is_same, parse
from barnabas.registry_server.model import Definition, Version
from barnabas.registry_server.records import (
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    Record,
    SubjectDeletion,
    VersionRecord,
)
from barnabas.registry_server.state import Place, State

__all__ = [
    "Registration",
    "WantedSchema",
    "find_version",
    "plan_registration",
    "plan_subject_deletion",
    "plan_version_deletion",
]

_IMPORTING = ("IMPORT", "FORWARD")


class WantedSchema(NamedTuple):
    """A schema that is to be registered under a subject."""

    subject: str
    definition: Definition
    normalize: bool = False
    schema_id: int = -1
    """The id it must have, when it is imported; -1 when the registry chooses."""
    number: int = 0
    """The version it must be; 0 when the registry chooses, -1 for the next one, marked as such."""


class Registration(NamedTuple):
    """The version a schema is, and what must be written to make it so."""

    version: Version
    records: Sequence[Record] = ()


# -- registration ---------------------------------------------------------------------------------


def plan_registration(state: State, wanted: WantedSchema) -> Registration:
    """Find or make the version a schema is under a subject.

    Raises:
        RefusalError: The mode forbids it, or the schema is invalid or not compatible.
    """
    subject = wanted.subject
    known = find_version(state, wanted)
    if known is not None and wanted.schema_id in (-1, known.schema_id) and wanted.number <= 0:
        return Registration(known)
    _check_mode(state, wanted)
    mode = state.mode_in_scope(subject)
    definition = _completed(state, wanted) if mode not in _IMPORTING else wanted.definition
    parsed = parse(state, subject, definition, normalize=wanted.normalize)
    same = _same(state, wanted, parsed)
    if same is not None:
        return Registration(same)
    if mode not in _IMPORTING:
        messages = incompatibilities(state, subject, parsed, state.versions(subject))
        if messages:
            raise problems.incompatible(subject, f"[{', '.join(messages)}]")
    version = Version(
        subject,
        _number(state, wanted, may_choose=mode in _IMPORTING),
        _id(state, wanted, parsed.definition),
        parsed.definition,
    )
    return Registration(version, _records(state, version))


def find_version(state: State, wanted: WantedSchema, *, deleted: bool = False) -> Version | None:
    """Find the latest version of a subject that is this schema.

    Raises:
        RefusalError: The schema is invalid.
    """
    if not wanted.definition.text.strip():
        return None
    versions = state.versions(wanted.subject, deleted=deleted)
    if not versions:
        return None
    parsed = parse(state, wanted.subject, wanted.definition, normalize=wanted.normalize)
    return _latest_same(versions, parsed)


def _same(state: State, wanted: WantedSchema, parsed: Parsed) -> Version | None:
    if wanted.number > 0 or wanted.schema_id >= 0:
        return None
    return _latest_same(state.versions(wanted.subject), parsed)


def _latest_same(versions: Sequence[Version], parsed: Parsed) -> Version | None:
    exact = (one for one in reversed(versions) if one.definition == parsed.definition)
    alike = (one for one in reversed(versions) if is_same(one.definition, parsed.definition))
    return next(exact, None) or next(alike, None)


def _completed(state: State, wanted: WantedSchema) -> Definition:
    """Take from the latest version what the request leaves out, and the subject's defaults."""
    definition = wanted.definition
    latest = state.version(wanted.subject, -1)
    if not definition.text.strip():
        if latest is None:
            raise problems.empty_schema()
        before = latest.definition
        definition = dataclasses.replace(
            definition,
            text=before.text,
            schema_type=before.schema_type,
            references=before.references,
        )
    if latest is None:
        return definition
    return dataclasses.replace(
        definition,
        metadata=definition.metadata or latest.definition.metadata,
        rule_set=definition.rule_set or latest.definition.rule_set,
    )


def _check_mode(state: State, wanted: WantedSchema) -> None:
    subject, mode = wanted.subject, state.mode_in_scope(wanted.subject)
    _check_writable(state, subject)
    where = f"Subject {subject} in context {names.context_of(subject)}"
    if wanted.schema_id >= 0 and mode not in _IMPORTING:
        missing = "import"
    elif wanted.schema_id < 0 and mode != "READWRITE":
        missing = "read-write"
    else:
        return
    message = f"{where} is not in {missing} mode"
    raise problems.not_permitted(message)


def _check_writable(state: State, subject: str) -> None:
    if state.mode_in_scope(subject).startswith("READONLY"):
        message = f"Subject {subject} in context {names.context_of(subject)} is in read-only mode"
        raise problems.not_permitted(message)


def _number(state: State, wanted: WantedSchema, *, may_choose: bool) -> int:
    every = state.versions(wanted.subject, deleted=True)
    following = every[-1].number + 1 if every else 1
    if wanted.number <= 0:
        return following
    if wanted.number != following and not may_choose:
        message = "Version is not one more than previous version"
        raise problems.invalid_schema(message)
    return wanted.number


def _id(state: State, wanted: WantedSchema, definition: Definition) -> int:
    context = names.context_of(wanted.subject)
    if wanted.schema_id >= 0:
        holder = state.definition(context, wanted.schema_id)
        if holder is not None and holder.text != definition.text:
            raise problems.id_taken(wanted.schema_id, context)
        return wanted.schema_id
    known = state.id_of(context, definition)
    return state.next_id(context) if known is None else known


def _records(state: State, version: Version) -> list[Record]:
    records: list[Record] = []
    context = names.context_of(version.subject)
    if context not in state.contexts:
        records.append(ContextRecord(context, exists=True))
    for old in state.versions(version.subject, deleted=True):
        replaced = old.schema_id == version.schema_id and old.number < version.number
        place = Place(old.subject, old.number)
        if old.is_deleted and replaced and not state.referrers(place, deleted=True):
            records.append(VersionRecord(old.subject, old.number, None))
    return [*records, VersionRecord(version.subject, version.number, version)]


# -- deletion -------------------------------------------------------------------------------------


def plan_subject_deletion(
    state: State, subject: str, *, permanent: bool
) -> tuple[list[int], list[Record]]:
    """Delete all versions of a subject: out of sight, or for good.

    Returns:
        The versions, and the records.

    Raises:
        RefusalError: There is none, it must be deleted softly first, the mode forbids it, or
            another subject refers to it.
    """
    if not state.has_subject(subject, deleted=True):
        raise problems.subject_not_found(subject)
    if not permanent and not state.has_subject(subject):
        raise problems.subject_was_deleted(subject)
    _check_writable(state, subject)
    versions = state.versions(subject, deleted=permanent)
    for version in versions:
        place = Place(subject, version.number)
        referrers = state.referrers(place, deleted=permanent)
        if any(one.subject != subject for one in referrers):
            raise problems.reference_exists(subject, version.number)
        if permanent and not version.is_deleted:
            raise problems.subject_not_deleted(subject)
    numbers = [version.number for version in versions]
    if not permanent:
        return numbers, [SubjectDeletion(subject, numbers[-1])]
    gone: list[Record] = [VersionRecord(subject, number, None) for number in reversed(numbers)]
    return numbers, [*gone, *_forgotten_settings(state, subject)]


def plan_version_deletion(
    state: State, subject: str, number: int, *, permanent: bool
) -> tuple[int, list[Record]]:
    """Delete one version: out of sight, or for good.

    Returns:
        The number of the version, and the records.

    Raises:
        RefusalError: As for :func:`plan_subject_deletion`.
    """
    version = state.version(subject, number, deleted=True)
    if version is None and not state.has_subject(subject, deleted=True):
        raise problems.subject_not_found(subject)
    if version is None:
        raise problems.version_not_found(number)
    if not permanent and version.is_deleted and state.version(subject, number) is None:
        raise problems.version_was_deleted(subject, number)
    if number == -1 and not permanent:
        version = state.version(subject, -1) or version
    _check_writable(state, subject)
    if state.referrers(Place(subject, version.number), deleted=permanent):
        raise problems.reference_exists(subject, version.number)
    if not permanent:
        deleted = dataclasses.replace(version, is_deleted=True)
        return version.number, [VersionRecord(subject, version.number, deleted)]
    if not version.is_deleted:
        raise problems.version_not_deleted(subject, version.number)
    records: list[Record] = [VersionRecord(subject, version.number, None)]
    if len(state.versions(subject, deleted=True)) == 1:
        records += _forgotten_settings(state, subject)
    return version.number, records


def _forgotten_settings(state: State, subject: str) -> list[Record]:
    records: list[Record] = []
    if state.mode(subject) is not None:
        records.append(ModeRecord(subject, None))
    if state.config(subject) is not None:
        records.append(ConfigRecord(subject, None))
    return records
