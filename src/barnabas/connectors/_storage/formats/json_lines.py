# SPDX-License-Identifier: Apache-2.0
"""JSON files: one value a line, as JsonConverter writes it without schema.

Source:
    Reference page *HDFS sink*, section 6 (JSON).

Differs:
    Any value with a schema is written as its schema says; Java does so for structs only and leaves
    dates elsewhere to its JSON library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from barnabas.connectors._storage.formats.buffered import BufferedWriter
from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.formats.lines import read_lines
from barnabas.connectors._storage.storage import Storage, StorageWriter
from barnabas.converters.json import JsonConverter
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["JsonFormat"]


class JsonFormat(Format):
    """Lines of JSON."""

    extension = ".json"

    def __init__(self) -> None:
        self._converters: dict[str, JsonConverter] = {}

    def new_writer(
        self, storage_writer: StorageWriter, schema: Schema | None, settings: FormatSettings
    ) -> _JsonWriter:
        """Begin a file; see `Format.new_writer`."""
        converter = self._converter(settings.json_decimal_format)
        return _JsonWriter(storage_writer, schema, converter.from_connect_batch)

    def read_schema(self, storage: Storage, path: str) -> None:
        """Files do not tell; see `Format.read_schema`."""
        return

    def read(self, storage: Storage, path: str) -> Iterator[Sequence[Any]]:
        """Read values without schema; see `Format.read`."""
        converter = self._converter("BASE64")
        for lines in read_lines(storage, path):
            try:
                yield converter.to_connect_batch("", [line for line in lines if line.strip()])[1]
            except DataError as error:
                message = f"{path} is no file of JSON lines: {error.message}"
                raise DataError(message) from error

    def _converter(self, decimal_format: str) -> JsonConverter:
        converter = self._converters.get(decimal_format)
        if converter is None:
            converter = self._converters[decimal_format] = JsonConverter()
            settings = {"schemas.enable": "false", "decimal.format": decimal_format}
            converter.configure(settings, is_key=False)
        return converter


_Convert = Callable[[str, Schema | None, Sequence[Any]], Sequence[bytes | None]]


class _JsonWriter(BufferedWriter):
    def __init__(self, target: StorageWriter, schema: Schema | None, convert: _Convert) -> None:
        super().__init__(target)
        self._schema = schema
        self._convert = convert

    def _encode(self, values: Sequence[Any]) -> bytes:
        lines = self._convert("", self._schema, values)
        return b"\n".join([*(b"null" if line is None else line for line in lines), b""])
