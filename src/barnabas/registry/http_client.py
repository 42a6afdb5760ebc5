# SPDX-License-Identifier: Apache-2.0
"""The client of a Schema Registry that speaks HTTP.

Source:
    Reference page *Schema Registry*, section 3.
"""

from __future__ import annotations

import copy
import logging
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from barnabas.errors import RegistryAnswerError, RegistryUnavailableError
from barnabas.registry.answers import (
    Question,
    Unexpected,
    definition_to_json,
    schema_from_json,
)
from barnabas.registry.client import LATEST, Registry
from barnabas.registry.connection import Connection, Request
from barnabas.registry.disk_copies import DiskCopies, folder_for
from barnabas.registry.model import RegisteredSchema, SchemaDefinition
from barnabas.registry.recent import Recent
from barnabas.registry.settings import SchemaRegistryConfig
from barnabas.registry.single_flight import SingleFlight

__all__ = ["HttpRegistry"]

_log = logging.getLogger(__name__)

_Key: TypeAlias = tuple[Any, ...]
T = TypeVar("T")


class HttpRegistry(Registry):
    """Asks a registry over HTTP and remembers what cannot change. Any thread may use it.

    What several threads ask at the same time is asked once. While the registry cannot be reached,
    copies on disk answer for what was asked before, also by an earlier process.

    Args:
        settings: A converter's settings.
        now: Seconds of a clock that never goes back.
        connection: Sends requests; made from the settings when absent.

    Raises:
        ConfigError: Settings are wrong or contradict each other.
    """

    def __init__(
        self,
        settings: SchemaRegistryConfig,
        *,
        now: Callable[[], float] = time.monotonic,
        connection: Connection | None = None,
    ) -> None:
        self._connection = connection or Connection(settings, now=now)
        urls = [address.url for address in self._connection.addresses]
        self._copies = DiskCopies(folder_for(settings.cache_directory, urls))
        self._flights: SingleFlight[_Key, RegisteredSchema] = SingleFlight()
        size = settings.max_schemas_per_subject
        self._known: dict[str, Recent[_Key, RegisteredSchema]] = {
            kind: Recent(size) for kind in ("register", "lookup", "id", "guid", "version")
        }
        ttl_s = {
            "lookup": settings.missing_schema_cache_ttl_sec,
            "id": settings.missing_id_cache_ttl_sec,
            "guid": settings.missing_id_cache_ttl_sec,
            "version": settings.missing_version_cache_ttl_sec,
        }
        self._missing: dict[str, Recent[_Key, RegistryAnswerError]] = {
            kind: Recent(settings.missing_cache_size, seconds, now)
            for kind, seconds in ttl_s.items()
        }

    def register(
        self, subject: str, definition: SchemaDefinition, *, normalize: bool = False
    ) -> RegisteredSchema:
        """Add a schema; see `Registry.register`. A schema is registered once."""
        request = Request(
            Question(f"register a schema in subject {subject}", subject),
            "POST",
            f"/subjects/{_quoted(subject)}/versions",
            {"normalize": _flag(normalize)},
            definition_to_json(definition),
        )
        key = ("register", subject, normalize, *_key(definition))
        return self._remembered(
            key,
            request,
            lambda body: schema_from_json(body, definition=definition, subject=subject),
        )

    def lookup(
        self,
        subject: str,
        definition: SchemaDefinition,
        *,
        normalize: bool = False,
        deleted: bool = False,
    ) -> RegisteredSchema:
        """Find a schema; see `Registry.lookup`. A schema that was found is not asked for again."""
        request = Request(
            Question(f"find a schema in subject {subject}", subject),
            "POST",
            f"/subjects/{_quoted(subject)}",
            {"normalize": _flag(normalize), "deleted": _flag(deleted)},
            definition_to_json(definition),
        )
        key = ("lookup", subject, normalize, deleted, *_key(definition))
        return self._remembered(
            key,
            request,
            lambda body: schema_from_json(body, definition=definition, subject=subject),
        )

    def by_id(self, schema_id: int, subject: str | None = None) -> RegisteredSchema:
        """Fetch a schema; see `Registry.by_id`. Subjects of one context share what is known."""
        request = Request(
            Question(f"fetch schema {schema_id}", subject, schema_id),
            "GET",
            f"/schemas/ids/{schema_id}",
            {} if subject is None else {"subject": subject},
        )
        return self._remembered(
            ("id", schema_id, _context(subject)),
            request,
            lambda body: schema_from_json(body, schema_id=schema_id),
        )

    def by_guid(self, guid: str) -> RegisteredSchema:
        """Fetch a schema; see `Registry.by_guid`."""
        request = Request(
            Question(f"fetch the schema with GUID {guid}"), "GET", f"/schemas/guids/{_quoted(guid)}"
        )

        def read(body: Any) -> RegisteredSchema:
            return schema_from_json({"guid": guid, "id": -1, **body})

        return self._remembered(("guid", guid), request, read)

    def version(self, subject: str, number: int | str) -> RegisteredSchema:
        """Fetch a version; see `Registry.version`. Numbered ones are asked for once."""
        wanted = LATEST if number == -1 else number
        request = Request(
            Question(f"fetch version {wanted} of subject {subject}", subject),
            "GET",
            f"/subjects/{_quoted(subject)}/versions/{_quoted(str(wanted))}",
        )
        key = ("version", subject, wanted)
        return self._remembered(
            key,
            request,
            lambda body: schema_from_json(body, subject=subject),
            is_lasting=wanted != LATEST,
        )

    def latest_with(self, subject: str, metadata: Mapping[str, str]) -> RegisteredSchema:
        """Fetch the newest version with metadata; see `Registry.latest_with`."""
        pairs = sorted(metadata.items())
        query = [*(("key", name) for name, _ in pairs), *(("value", value) for _, value in pairs)]
        request = Request(
            Question(f"find a version with metadata {dict(pairs)} of subject {subject}", subject),
            "GET",
            f"/subjects/{_quoted(subject)}/metadata?{urllib.parse.urlencode(query)}",
        )
        return self._remembered(
            ("version", subject, urllib.parse.urlencode(query)),
            request,
            lambda body: schema_from_json(body, subject=subject),
            is_lasting=False,
        )

    def is_compatible(
        self, subject: str, definition: SchemaDefinition, version: int | str = LATEST
    ) -> bool:
        """Ask for the subject's rule; see `Registry.is_compatible`."""
        request = Request(
            Question(f"compare a schema with version {version} of subject {subject}", subject),
            "POST",
            f"/compatibility/subjects/{_quoted(subject)}/versions/{_quoted(str(version))}",
            body=definition_to_json(definition),
        )
        return self._ask(request, lambda body: bool(body["is_compatible"]))

    def subjects(self, prefix: str = "") -> list[str]:
        """List subjects; see `Registry.subjects`."""
        request = Request(
            Question("list subjects"),
            "GET",
            "/subjects",
            {"subjectPrefix": prefix} if prefix else {},
        )
        return self._ask(request, _names)

    def versions(self, subject: str) -> list[int]:
        """List versions; see `Registry.versions`."""
        question = Question(f"list the versions of subject {subject}", subject)
        request = Request(question, "GET", f"/subjects/{_quoted(subject)}/versions")
        return self._ask(request, _numbers)

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete a subject; see `Registry.delete_subject`."""
        request = Request(
            Question(f"delete subject {subject}", subject),
            "DELETE",
            f"/subjects/{_quoted(subject)}",
            {"permanent": _flag(permanent)},
        )
        for kind in ("register", "lookup", "version"):
            self._known[kind].clear()
        return self._ask(request, _numbers)

    def compatibility(self, subject: str | None = None) -> str:
        """Tell the level; see `Registry.compatibility`."""
        question = Question(f"ask for the compatibility level{_of(subject)}", subject)
        request = Request(question, "GET", f"/config{_below(subject)}", _or_global(subject))
        return self._ask(
            request, lambda body: str(body.get("compatibilityLevel") or body["compatibility"])
        )

    def set_compatibility(self, level: str, subject: str | None = None) -> None:
        """Set the level; see `Registry.set_compatibility`."""
        question = Question(f"set the compatibility level{_of(subject)} to {level}", subject)
        body = {"compatibility": level}
        self._ask(Request(question, "PUT", f"/config{_below(subject)}", body=body), _nothing)

    def mode(self, subject: str | None = None) -> str:
        """Tell the mode; see `Registry.mode`."""
        question = Question(f"ask for the mode{_of(subject)}", subject)
        request = Request(question, "GET", f"/mode{_below(subject)}", _or_global(subject))
        return self._ask(request, lambda body: str(body["mode"]))

    def set_mode(self, mode: str, subject: str | None = None) -> None:
        """Set the mode; see `Registry.set_mode`."""
        question = Question(f"set the mode{_of(subject)} to {mode}", subject)
        body = {"mode": mode}
        self._ask(Request(question, "PUT", f"/mode{_below(subject)}", body=body), _nothing)

    def contexts(self) -> list[str]:
        """List contexts; see `Registry.contexts`."""
        return self._ask(Request(Question("list contexts"), "GET", "/contexts"), _names)

    def associated_subjects(self, topic: str, kind: str, namespace: str = "-") -> list[str]:
        """List associated subjects; see `Registry.associated_subjects`."""
        request = Request(
            Question(f"ask for the {kind} subject associated with topic {topic}"),
            "GET",
            f"/associations/resources/{_quoted(namespace)}/{_quoted(topic)}",
            {"resourceType": "topic", "associationType": kind},
        )
        try:
            return self._ask(request, lambda body: [str(each["subject"]) for each in body])
        except RegistryAnswerError as error:
            if error.status == 404:  # also from registries that do not have associations
                return []
            raise

    def close(self) -> None:
        """Give connections back; see `Registry.close`."""
        self._connection.close()

    def _ask(self, request: Request, read: Callable[[Any], T]) -> T:
        body = self._connection.send(request)
        try:
            return read(body)
        except (Unexpected, LookupError, TypeError, AttributeError, ValueError) as error:
            question = request.question
            message = (
                f"Could not {question.words}: the Schema Registry answered with something else "
                f"than it should ({type(error).__name__}: {error}); check that "
                "schema.registry.url is the address of a Schema Registry"
            )
            raise RegistryAnswerError(
                message, status=200, subject=question.subject, schema_id=question.schema_id
            ) from error

    def _remembered(
        self,
        key: _Key,
        request: Request,
        read: Callable[[Any], RegisteredSchema],
        *,
        is_lasting: bool = True,
    ) -> RegisteredSchema:
        """Answer from memory, else from the registry, else from disk."""
        known = self._known[key[0]] if is_lasting else None
        found = None if known is None else known.get(key)
        if found is not None:
            return found
        missing = self._missing.get(key[0])
        refused = None if missing is None else missing.get(key)
        if refused is not None:
            raise copy.copy(refused)
        return self._flights.do(key, lambda: self._fetch(key, request, read, known))

    def _fetch(
        self,
        key: _Key,
        request: Request,
        read: Callable[[Any], RegisteredSchema],
        known: Recent[_Key, RegisteredSchema] | None,
    ) -> RegisteredSchema:
        found = None if known is None else known.get(key)  # another thread may just have got it
        if found is not None:
            return found
        try:
            found = self._ask(request, read)
        except RegistryAnswerError as error:
            if error.is_not_found and key[0] in self._missing:
                self._missing[key[0]].put(key, error)
            raise
        except RegistryUnavailableError as error:
            found = self._copies.get(key)
            if found is None:
                raise
            _log.warning("%s. Using the copy of an earlier answer", error)
        else:
            self._copies.put(key, found)
        if known is not None:
            known.put(key, found)
        return found


def _key(definition: SchemaDefinition) -> _Key:
    references = (f"{each.name} {each.subject} {each.version}" for each in definition.references)
    return (definition.text, definition.schema_type, *references)


def _context(subject: str | None) -> str:
    """Cut the context, ``:.name:``, off the front of a subject; the usual one is empty."""
    if subject is None or not subject.startswith(":."):
        return ""
    return subject[: subject.find(":", 1) + 1]


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _below(subject: str | None) -> str:
    return "" if subject is None else f"/{_quoted(subject)}"


def _of(subject: str | None) -> str:
    return "" if subject is None else f" of subject {subject}"


def _or_global(subject: str | None) -> dict[str, str]:
    return {} if subject is None else {"defaultToGlobal": "true"}


def _names(body: Any) -> list[str]:
    return [str(each) for each in body]


def _numbers(body: Any) -> list[int]:
    return [int(each) for each in body]


def _nothing(_body: Any) -> None:
    return None
