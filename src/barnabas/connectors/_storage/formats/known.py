# SPDX-License-Identifier: Apache-2.0
"""The formats by the names of ``format.class``; libraries are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from barnabas.connectors._storage.formats.format import Format
from barnabas.converters.registered import load_library
from barnabas.errors import ConfigError

__all__ = ["FORMATS", "make_format"]


def _avro() -> Format:
    from barnabas.connectors._storage.formats.avro import AvroFormat

    return AvroFormat()


def _parquet() -> Format:
    load_library("pyarrow", extra="parquet", converter="ParquetFormat")
    from barnabas.connectors._storage.formats.parquet import ParquetFormat

    return ParquetFormat()


def _json() -> Format:
    from barnabas.connectors._storage.formats.json_lines import JsonFormat

    return JsonFormat()


def _string() -> Format:
    from barnabas.connectors._storage.formats.lines import StringFormat

    return StringFormat()


def _byte_array() -> Format:
    from barnabas.connectors._storage.formats.lines import ByteArrayFormat

    return ByteArrayFormat()


_MAKERS: Final[dict[str, Callable[[], Format]]] = {
    "AvroFormat": _avro,
    "ParquetFormat": _parquet,
    "JsonFormat": _json,
    "StringFormat": _string,
    "ByteArrayFormat": _byte_array,
}
FORMATS: Final = tuple(_MAKERS)
"""Simple names of the formats."""


def make_format(name: str) -> Format:
    """Make a format by its simple name or Java's class; a package before the name does not matter.

    Raises:
        ConfigError: There is no such format, or its library is not installed.
    """
    make = _MAKERS.get(name.rpartition(".")[2])
    if make is None:
        message = (
            f"Invalid value {name} for configuration format.class: the formats there are:"
            f" {', '.join(FORMATS)}"
        )
        raise ConfigError(message)
    return make()
