# SPDX-License-Identifier: Apache-2.0
"""What the converters of a Schema Registry share beyond `barnabas.registry`.

Source:
    Reference page *Schema Registry*, sections 2 and 4.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Final

from barnabas import config
from barnabas.converters.settings import CONVERTER_TYPE, for_role
from barnabas.errors import ConfigError, DataError
from barnabas.registry.settings import SchemaRegistryConfig

__all__ = [
    "CONVERTER_TYPE",
    "RegisteredConverterConfig",
    "converting",
    "for_role",
    "load_library",
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


@contextlib.contextmanager
def converting(words: str, topic: str) -> Iterator[None]:
    """Put what was tried, and the topic, before the message of a DataError.

    The class stays, so that what is tolerable stays tolerable; other errors pass. The caller of a
    converter adds partition and offset.

    Args:
        words: What was tried, as Java says it: ``Failed to serialize Avro data from topic``.
        topic: Topic of the record.
    """
    try:
        yield
    except DataError as error:
        before = f"{words} {topic}: "
        if error.message.startswith(before):
            raise
        error.args = (before + error.message, *error.args[1:])
        raise
