# SPDX-License-Identifier: Apache-2.0
"""What requests change of configurations and modes. Pure.

Both belong to a subject, to a context (``:.context:``) or, None, to the whole registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas.registry_server import names, problems
from barnabas.registry_server.model import LEVELS, MODES
from barnabas.registry_server.records import ConfigRecord, ModeRecord, Record
from barnabas.registry_server.state import State

__all__ = ["plan_config", "plan_mode", "without_config", "without_mode"]

_FIELDS: Final = (
    "alias",
    "normalize",
    "validateFields",
    "compatibilityLevel",
    "compatibilityGroup",
    "defaultMetadata",
    "overrideMetadata",
    "defaultRuleSet",
    "overrideRuleSet",
)


def plan_config(state: State, subject: str | None, changes: Mapping[str, Any]) -> list[Record]:
    """Change some fields of a configuration; a null takes a field away.

    Args:
        state: What is known.
        subject: Whose configuration.
        changes: The body of the request; ``compatibility`` is the level.

    Raises:
        RefusalError: The level is none, or the mode forbids it.
    """
    _check_subject(subject)
    _check_writable(state, subject)
    told = {name: value for name, value in changes.items() if name in _FIELDS}
    if "compatibility" in changes:
        told["compatibilityLevel"] = changes["compatibility"]
    level = told.get("compatibilityLevel")
    if level is not None:
        told["compatibilityLevel"] = str(level).upper()
        if told["compatibilityLevel"] not in LEVELS:
            raise problems.invalid_level()
    merged = {**(state.config(subject) or {}), **told}
    kept = {name: value for name, value in merged.items() if value is not None}
    return [ConfigRecord(subject, kept)]


def without_config(state: State, subject: str | None) -> tuple[Mapping[str, Any], list[Record]]:
    """Take a configuration away; returns it, and the records.

    Raises:
        RefusalError: The subject has none of its own, or the mode forbids it.
    """
    before = state.config(subject)
    if before is None and subject is not None:
        raise problems.subject_not_found(subject)
    _check_writable(state, subject)
    if before is None:
        return {"compatibilityLevel": "BACKWARD"}, []
    return before, [ConfigRecord(subject, None)]


def plan_mode(state: State, subject: str | None, mode: str, *, force: bool) -> list[Record]:
    """Change a mode.

    Raises:
        RefusalError: There is no such mode, or it cannot be the subject's.
    """
    _check_subject(subject)
    mode = mode.upper()
    if mode not in MODES:
        raise problems.invalid_mode()
    if mode == "FORWARD" and subject is not None:
        message = "Forward mode only supported on global level"
        raise problems.invalid_mode(message)
    if mode == "IMPORT" and not force and _subjects(state, subject):
        message = "Cannot import since found existing subjects"
        raise problems.not_permitted(message)
    return [ModeRecord(subject, mode)]


def without_mode(
    state: State, subject: str | None, *, recursive: bool
) -> tuple[str | None, list[Record]]:
    """Take a mode away, with those of all subjects of a context if wanted; returns the former.

    Raises:
        RefusalError: There is none.
    """
    before = state.mode(subject)
    if before is None and subject is not None and not recursive:
        raise problems.subject_not_found(subject)
    owners: list[str | None] = [subject] if before is not None else []
    if recursive:
        owners += [one for one in _subjects(state, subject) if one != subject and state.mode(one)]
    return before, [ModeRecord(owner, None) for owner in owners]


def _subjects(state: State, subject: str | None) -> list[str]:
    """Return the subjects a setting is for."""
    known = state.subjects()
    if subject is None:
        return [one for one in known if names.context_of(one) == names.DEFAULT_CONTEXT]
    if names.local_name(subject):
        return [one for one in known if one == subject]
    return [one for one in known if names.context_of(one) == names.context_of(subject)]


def _check_subject(subject: str | None) -> None:
    if subject is not None and not names.is_valid(subject, may_be_context=True):
        raise problems.invalid_subject(subject)


def _check_writable(state: State, subject: str | None) -> None:
    if state.mode_in_scope(subject).startswith("READONLY"):
        message = f"Subject {subject} is in read-only mode"
        raise problems.not_permitted(message)
