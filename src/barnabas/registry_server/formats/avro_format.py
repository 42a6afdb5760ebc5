# SPDX-License-Identifier: Apache-2.0
"""Avro: parsed and compared by the reference library (PyPI ``avro``), written as Java writes it.

Source:
    Apache Avro ``SchemaCompatibility``; Confluent ``avro/Difference`` for the texts.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any, Final

from barnabas.errors import ConfigError
from barnabas.registry_server.formats.avro_defaults import check_defaults
from barnabas.registry_server.formats.avro_differences import Difference, avro_differences
from barnabas.registry_server.formats.avro_text import with_full_aliases, write_avro
from barnabas.registry_server.formats.schema_format import Source

if TYPE_CHECKING:
    from avro.schema import Schema

__all__ = ["AvroFormat"]

_OTHER: Final = {"new": "old", "old": "new"}
_TEXTS: Final = {
    "FIXED_SIZE_MISMATCH": (
        "The size of FIXED type field at path '{path}' in the {reader} schema does not match with "
        "the {writer} schema"
    ),
    "TYPE_MISMATCH": (
        "The type (path '{path}') of a field in the {reader} schema does not match with the "
        "{writer} schema"
    ),
    "NAME_MISMATCH": "The name of the schema has changed (path '{path}')",
    "MISSING_ENUM_SYMBOLS": (
        "The {reader} schema is missing enum symbols '{message}' at path '{path}' in the {writer} "
        "schema"
    ),
    "MISSING_UNION_BRANCH": (
        "The {reader} schema is missing a type inside a union field at path '{path}' in the "
        "{writer} schema"
    ),
    "READER_FIELD_MISSING_DEFAULT_VALUE": (
        "The field '{message}' at path '{path}' in the {reader} schema has no default value and is "
        "missing in the {writer} schema"
    ),
}


class AvroFormat:
    """Avro schemas."""

    def canonical(self, source: Source, *, normalize: bool = False) -> str:
        """Return the text Java prints; see :meth:`SchemaFormat.canonical`."""
        _parse(source)
        decoded = json.loads(source.text)
        names: dict[str, Any] = {}
        for _, text in source.references:
            check_defaults(json.loads(text), names)
        check_defaults(decoded, names)
        return write_avro(decoded, normalize=normalize)

    def differences(self, reader: Source, writer: Source, old: str) -> list[str]:
        """Compare as Avro's schema resolution does; see :meth:`SchemaFormat.differences`."""
        from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

        parsed = _parse(reader), _parse(writer)
        checker: Any = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call] # library
        result = checker.get_compatibility(*parsed)
        if result.compatibility is not SchemaCompatibilityType.incompatible:
            return []
        age = "old" if old == "reader" else "new"
        return [_told(one, age) for one in avro_differences(*parsed) or _as_one(result)]


def _as_one(result: Any) -> list[Difference]:
    """Tell all places and details together, which is how the library tells them."""
    path = ", ".join(sorted(place for place in result.locations if place != "/")) or "/"
    detail = ", ".join(sorted(result.messages))
    kinds = dict.fromkeys(one.name.upper() for one in result.incompatibilities)
    return [Difference(kind, path, detail) for kind in kinds]


def _told(one: Difference, age: str) -> str:
    text = _TEXTS[one.kind].format(
        path=one.path, message=one.detail, reader=age, writer=_OTHER[age]
    )
    return f"{{errorType:'{one.kind}', description:'{text}', additionalInfo:'{one.detail}'}}"


def _parse(source: Source) -> Schema:
    try:
        from avro import errors
        from avro.name import Names
        from avro.schema import make_avsc_object
    except ImportError as error:
        message = "Avro schemas need the package avro: pip install 'barnabas[avro]'"
        raise ConfigError(message) from error
    names = Names()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # logical types that are not known are none
        try:
            for _, text in source.references:
                make_avsc_object(with_full_aliases(json.loads(text)), names)
            return make_avsc_object(with_full_aliases(json.loads(source.text)), names)
        except (errors.AvroException, AttributeError, KeyError, TypeError) as error:
            raise ValueError(str(error) or type(error).__name__) from error
