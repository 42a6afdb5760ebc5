# SPDX-License-Identifier: Apache-2.0
"""Fields that stand in a path, such as ``country=FR/city=Lyon``.

Sinks leave the fields they partition by in the values. Other programs, such as Hive and Spark, take
them out, and the path alone tells them; records may then have them as headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from barnabas import data
from barnabas.data import Header, Headers, Schema, Type

__all__ = ["PathFields", "fields_in"]

_KAFKA_PARTITION = "partition"


def fields_in(path: str, delimiter: str = "/") -> dict[str, str]:
    """Read the fields of a path; ``partition=3`` is none, it names the Kafka partition.

    >>> fields_in("country=FR/city=Lyon")
    {'country': 'FR', 'city': 'Lyon'}
    """
    parts = path.replace(delimiter, "/").split("/")
    pairs = (part.partition("=") for part in parts if "=" in part)
    return {name: text for name, _, text in pairs if name and name != _KAFKA_PARTITION}


class PathFields:
    """Makes headers of the fields of one directory.

    Args:
        fields: The fields, by name.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._headers = [Header(name, data.STRING, text) for name, text in fields.items()]

    def headers_of(self, schema: Schema | None, value: Any) -> Callable[[], Headers] | None:
        """Return what makes the headers of values like this one; None when they need none.

        A field that the value has is not repeated.
        """
        names: set[str] = set()
        if schema is not None and schema.type is Type.STRUCT:
            names = {field.name for field in schema.fields}
        elif isinstance(value, dict):
            names = set(value)
        headers = [header for header in self._headers if header.key not in names]
        return (lambda: Headers(headers)) if headers else None
