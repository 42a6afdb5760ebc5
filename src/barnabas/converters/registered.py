# SPDX-License-Identifier: Apache-2.0
"""What the converters of a Schema Registry share beyond `barnabas.registry`.

Source:
    Reference page *Schema Registry*, sections 2 and 4.
"""

from __future__ import annotations

import importlib
from types import ModuleType, TracebackType
from typing import Final

from barnabas import config
from barnabas.converters.settings import CONVERTER_TYPE, for_role
from barnabas.errors import ConfigError, DataError
from barnabas.registry import Framed, SchemaDefinition
from barnabas.registry.framing import SchemaKey
from barnabas.registry.settings import SchemaRegistryConfig

__all__ = [
    "CONVERTER_TYPE",
    "RegisteredConverterConfig",
    "check_type",
    "converting",
    "for_role",
    "load_library",
    "naming",
]

_DATA: Final = "Data"


class RegisteredConverterConfig(SchemaRegistryConfig):
    """Settings of a converter that keeps its schemas in a registry; the framework adds the role."""

    converter_type = config.Option(
        CONVERTER_TYPE,
        str,
        config.NO_DEFAULT,
        "How this converter will be used; the framework sets it.",
        importance=config.Importance.LOW,
        validator=config.valid_string("key", "value"),
    )
    schemas_cache_config = config.Option(
        "schemas.cache.config",
        int,
        1000,
        "Most schemas whose translation this converter remembers in each direction.",
        importance=config.Importance.LOW,
        group=_DATA,
        validator=config.at_least(0),
    )
    generalized_sum_type_support = config.Option(
        "generalized.sum.type.support",
        bool,
        False,
        "Whether enums and unions are expressed alike for all formats of a Schema Registry.",
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    ignore_default_for_nullables = config.Option(
        "ignore.default.for.nullables",
        bool,
        False,
        "Whether null stays null where the schema has a default.",
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )


def load_library(module: str, *, extra: str, converter: str) -> ModuleType:
    """Import a library that is installed with an extra only.

    Args:
        module: Full name of the module, such as ``fastavro``.
        extra: Name of the extra, such as ``avro``.
        converter: Name of the converter's class, for the message.

    Raises:
        ConfigError: It is not installed; says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = (
            f"{converter} needs the library {module.partition('.')[0]}, which cannot be imported"
            f" ({error}); install it with: pip install 'barnabas[{extra}]'"
        )
        raise ConfigError(message) from error


def check_type(definition: SchemaDefinition, wanted: str) -> None:
    """Refuse a schema that another converter wrote.

    Args:
        definition: A schema of the registry.
        wanted: The registry's name for the type this converter reads, such as ``AVRO``.

    Raises:
        DataError: It is of another type.
    """
    if definition.schema_type != wanted:
        message = (
            f"The schema is of type {definition.schema_type}, not {wanted}: use the converter for"
            " that type, or another subject name strategy"
        )
        raise DataError(message)


class converting:  # noqa: N801 - it is used as a function is, and cheap enough for each record
    """Put what was tried, and the topic, before the message of a DataError.

    The class stays, so that what is tolerable stays tolerable; other errors pass. The caller of a
    converter adds partition and offset.

    Args:
        words: What was tried, as Java says it: ``Failed to serialize Avro data from topic``.
        topic: Topic of the record.
    """

    __slots__ = ("_topic", "_words")

    def __init__(self, words: str, topic: str) -> None:
        self._words = words
        self._topic = topic

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Change the message; the error goes on."""
        if isinstance(error, DataError):
            before = f"{self._words} {self._topic}: "
            if not error.message.startswith(before):
                error.args = (before + error.message, *error.args[1:])


class naming:  # noqa: N801 - likewise
    """Put the schema in the registry behind the message of a DataError.

    Args:
        what: How a schema is to be written, or the id or GUID of the one read with.
    """

    __slots__ = ("_what",)

    def __init__(self, what: Framed | SchemaKey) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Change the message; the error goes on."""
        if isinstance(error, DataError):
            error.args = (f"{error.message} ({self._where()})", *error.args[1:])

    def _where(self) -> str:
        what = self._what
        if isinstance(what, Framed):
            return f"subject {what.subject}, schema id {what.id}"
        return f"schema {what} of the registry"
