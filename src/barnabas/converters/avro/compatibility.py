# SPDX-License-Identifier: Apache-2.0
"""Whether one Avro schema reads what another writes, by the rules of Avro's schema resolution.

The checker is that of Avro's own library, which is imported when it is first needed:
``latest.compatibility.strict`` and ``id.compatibility.strict`` with another schema than the
record's own.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from barnabas.converters.registered import load_library
from barnabas.registry import Registry, SchemaDefinition

if TYPE_CHECKING:
    from avro.schema import Schema

__all__ = ["AvroCompatibility"]


class AvroCompatibility:
    """Compares schemas; the references of both are fetched from a registry.

    It is a `barnabas.registry.CompatibilityCheck`.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __call__(self, reader: SchemaDefinition, writer: SchemaDefinition) -> list[str]:
        """Say why the first schema cannot read what the second writes; nothing when it can.

        Raises:
            ConfigError: Avro's library is not installed.
            RegistryError: References could not be fetched.
        """
        load_library("avro", extra="avro", converter="AvroConverter")
        from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
        from avro.errors import AvroException

        try:
            schemas = [self._parsed(each) for each in (reader, writer)]
        except (AvroException, AttributeError, KeyError, TypeError, ValueError) as error:
            return [f"they cannot be compared ({error})"]
        checker: Any = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call] # library
        found = checker.get_compatibility(*schemas)
        if found.compatibility is not SchemaCompatibilityType.incompatible:
            return []
        return sorted(found.messages) or ["they do not fit"]

    def _parsed(self, definition: SchemaDefinition) -> Schema:
        from avro.name import Names
        from avro.schema import make_avsc_object

        names = Names()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # logical types that are not known are none
            for other in self._registry.resolve(definition).values():
                make_avsc_object(json.loads(other.text), names)
            return make_avsc_object(json.loads(definition.text), names)
