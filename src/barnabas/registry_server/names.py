# SPDX-License-Identifier: Apache-2.0
"""Names of subjects and the contexts they are in. Pure.

A subject outside the default context is written ``:.context:name``; a context alone ``:.context:``;
the default context is ``.``, and a subject in it is written without it. Ids are counted by context.

Source:
    Confluent Schema Registry ``QualifiedSubject``.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ALL_CONTEXTS",
    "DEFAULT_CONTEXT",
    "context_of",
    "in_context",
    "is_valid",
    "local_name",
    "matches_prefix",
    "normalize",
    "other_contexts",
    "qualify",
    "scopes",
]

DEFAULT_CONTEXT = "."
ALL_CONTEXTS = ":*:"
_GLOBAL = "__GLOBAL"
_EMPTY = "__EMPTY"


def context_of(subject: str) -> str:
    """Return the context of a subject, with its dot: ``.`` or ``.name``."""
    if subject.startswith(":."):
        context, _, _ = subject[1:].partition(":")
        return context
    return DEFAULT_CONTEXT


def local_name(subject: str) -> str:
    """Return the name of a subject without its context; empty for a context alone."""
    if subject.startswith(":."):
        return subject[1:].partition(":")[2]
    return subject


def in_context(context: str, name: str) -> str:
    """Write a subject of a context."""
    return name if context == DEFAULT_CONTEXT else f":{context}:{name}"


def normalize(subject: str) -> str:
    """Write a subject as it is kept: the default context is not written."""
    if subject.startswith(":."):
        return in_context(context_of(subject), local_name(subject))
    return subject


def is_valid(subject: str, *, may_be_context: bool = False) -> bool:
    """Say whether something can be the name of a subject (or, for settings, of a context)."""
    name = local_name(subject)
    if any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in subject):
        return False
    if not name:
        return may_be_context and subject.startswith(":.")
    return name not in {_GLOBAL, _EMPTY}


def qualify(subject: str, parent: str) -> str:
    """Write the subject of a reference: one without a context is in that of the referring one."""
    if subject.startswith(":."):
        return normalize(subject)
    return in_context(context_of(parent), subject)


def scopes(subject: str | None) -> list[str | None]:
    """Return where a setting of a subject is looked for: itself, its context, everywhere (None)."""
    if not subject:
        return [None]
    found: list[str | None] = [subject]
    context = context_of(subject)
    if context != DEFAULT_CONTEXT and local_name(subject):
        found.append(in_context(context, ""))
    return [*found, None]


def matches_prefix(subject: str, prefix: str) -> bool:
    """Say whether a subject is listed for a prefix; ``:*:`` stands for any context."""
    if prefix.startswith(ALL_CONTEXTS):
        return local_name(subject).startswith(prefix.removeprefix(ALL_CONTEXTS))
    wanted = normalize(prefix)
    return context_of(subject) == context_of(wanted) and subject.startswith(wanted)


def other_contexts(contexts: Iterable[str], subject: str) -> list[str]:
    """Write an unqualified subject in each other context, to look for it there too."""
    if subject.startswith(":."):
        return []
    return [in_context(context, subject) for context in contexts if context != DEFAULT_CONTEXT]
