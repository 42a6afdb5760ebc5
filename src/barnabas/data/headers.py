# SPDX-License-Identifier: Apache-2.0
"""The headers of a record: an ordered list in which names may repeat.

Source: reference page ``data-model``, section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Self

from barnabas.data.schema import Schema
from barnabas.data.struct import Struct
from barnabas.data.types import matcher
from barnabas.errors import DataError

__all__ = ["Header", "Headers"]


class Header(NamedTuple):
    """One header: its name, the schema of its value (None for schemaless) and the value."""

    key: str
    schema: Schema | None
    value: Any


class Headers:
    """An ordered multimap of headers.

    Two are equal when they hold equal headers in the same order. Not safe for use by several
    threads at once; the record it belongs to is not either.

    Args:
        headers: First content, taken as it is, without checks.
    """

    __slots__ = ("_headers",)
    _headers: list[Header]
    __hash__ = None  # type: ignore[assignment]  # mutable, so it must not be hashable

    def __init__(self, headers: Iterable[Header] = ()) -> None:
        self._headers = list(headers)

    def add(self, key: str, value: Any, schema: Schema | None = None) -> Self:
        """Put a header behind all others, also when the name is there already.

        A `Struct` without a schema given brings its own.

        Raises:
            DataError: The name is not text, or the value does not fit the schema.
        """
        if not isinstance(key, str):
            message = f"The name of a header must be text, not {key!r}"
            raise DataError(message)
        if schema is None and isinstance(value, Struct):
            schema = value.schema
        if schema is not None:
            _check_surface(schema, value)
        self._headers.append(Header(key, schema, value))
        return self

    def last_with_name(self, key: str) -> Header | None:
        """Find the newest header of a name."""
        return next((header for header in reversed(self._headers) if header.key == key), None)

    def all_with_name(self, key: str) -> list[Header]:
        """List the headers of a name, oldest first."""
        return [header for header in self._headers if header.key == key]

    def remove(self, key: str) -> Self:
        """Drop all headers of a name; none is fine."""
        if self._headers:
            self._headers = [header for header in self._headers if header.key != key]
        return self

    def clear(self) -> Self:
        """Drop all headers."""
        self._headers = []
        return self

    def retain_latest(self, key: str | None = None) -> Self:
        """Keep only the newest header of the name, or of every name when none is given."""
        kept: list[Header] = []
        seen: set[str] = set()
        for header in reversed(self._headers):
            if header.key in seen:
                continue
            if key is None or header.key == key:
                seen.add(header.key)
            kept.append(header)
        kept.reverse()
        self._headers = kept
        return self

    def apply(self, change: Callable[[Header], Header | None], key: str | None = None) -> Self:
        """Replace every header (of the name) by what the function returns; None drops it.

        Raises:
            DataError: A returned value does not fit its schema; nothing is changed then.
        """
        result = Headers()
        for header in self._headers:
            if key is not None and header.key != key:
                result._headers.append(header)
                continue
            changed = change(header)
            if changed is not None:
                result.add(changed.key, changed.value, changed.schema)
        self._headers = result._headers
        return self

    def copy(self) -> Headers:
        """Return other headers with the same content; values are shared."""
        return Headers(self._headers)

    __copy__ = copy

    def __iter__(self) -> Iterator[Header]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __contains__(self, key: object) -> bool:
        return any(header.key == key for header in self._headers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._headers == other._headers

    def __repr__(self) -> str:
        return f"Headers({self._headers!r})"


def _check_surface(schema: Schema, value: Any) -> None:
    """Check the class of a value only, as Java does; a logical type's base value passes."""
    if value is None:
        if schema.optional:
            return
        message = f"A null value requires an optional schema but was {schema}"
        raise DataError(message)
    if not schema.matches(value) and not matcher(schema.type, None)(value):
        message = f"The value {value!r} is not compatible with the schema {schema}"
        raise DataError(message)
