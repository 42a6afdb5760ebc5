# SPDX-License-Identifier: Apache-2.0
"""Payloads: Connect values to Avro's bytes and back, a batch of one schema at a time.

This is the seam for a columnar codec. `Encoder.many` takes the values of a batch and returns whole
records, framed; `Decoder.many` takes whole records and returns values. A codec over Arrow arrays
has the same two methods with an array in the place of the list, is chosen where these are made (one
for each schema, in `converter`), and needs nothing else: neither connectors nor the task's loop see
what is in between. What it cannot express (recursive schemas, unions of many members) stays with
the classes here.

Java writes a root schema of plain ``bytes`` without Avro's length before them, and reads it so.

Source:
    Reference page *Schema Registry*, section 1.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from typing import IO, Any, Final

from barnabas.converters.avro.model import AvroSchema
from barnabas.converters.avro.packing import packer_for
from barnabas.converters.avro.reading import reader_for
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.writing import writer_for
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["Decoder", "Encoder"]

_ROOT: Final = "value"
_CAUSES: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    AttributeError,
    RecursionError,
    struct.error,
)
"""What fastavro raises for values and bytes that do not fit; UnicodeErrors are ValueErrors."""


def _parsed(wire: Any, *, is_wrapped: bool) -> Any:
    import fastavro

    if is_wrapped:
        wire = {"type": "record", "name": "Root", "fields": [{"name": _ROOT, "type": wire}]}
    try:
        return fastavro.parse_schema(wire, _ignore_default_error=True)
    except (fastavro.schema.SchemaParseException, fastavro.schema.UnknownType) as error:
        message = f"The library fastavro cannot use the schema: {error}"
        raise DataError(message) from error


class Encoder:
    """Writes values of one Connect schema with one Avro schema.

    Args:
        schema: What the values are; None for schemaless ones.
        avro: The schema to write with.
        rules: What the settings say.

    Raises:
        DataError: The Avro schema cannot hold such values.
    """

    def __init__(self, schema: Schema | None, avro: AvroSchema, rules: Rules) -> None:
        import fastavro

        writer = writer_for(schema, avro, rules)
        self._write: Callable[..., None] = fastavro.schemaless_writer
        self._ready = writer.one
        self._ready_all = writer.many
        self._columns = writer.columns
        self._is_raw = avro.type == "bytes"
        self._is_wrapped = not (isinstance(writer.wire, dict) and writer.wire["type"] == "record")
        self._pack = None if writer.columns is None else packer_for(writer.wire)
        self._wire = _parsed(writer.wire, is_wrapped=self._is_wrapped)

    def one(self, prefix: bytes, value: Any) -> bytes:
        """Write a value behind a prefix.

        Raises:
            DataError: It does not fit.
        """
        ready = self._ready(value)
        if self._is_raw:
            return prefix + bytes(ready)
        return self._written(prefix, [{_ROOT: ready} if self._is_wrapped else ready])[0]

    def many(self, prefix: bytes, values: Sequence[Any]) -> list[bytes]:
        """Write values, none of them null without schema, each behind the prefix.

        Raises:
            DataError: One does not fit.
        """
        packed = self._packed(prefix, values)
        if packed is not None:
            return packed
        ready = self._ready_all(values)
        if self._is_raw:
            return [prefix + each for each in ready]
        return self._written(prefix, [{_ROOT: e} for e in ready] if self._is_wrapped else ready)

    def _packed(self, prefix: bytes, values: Sequence[Any]) -> list[bytes] | None:
        """Write flat records without fastavro; None when they are not, or one is unusual."""
        if self._pack is None or self._columns is None:
            return None
        columns = self._columns(values)
        if columns is None:
            return None
        try:
            return self._pack(prefix, columns)
        except _CAUSES:
            return None  # fastavro says what is wrong

    def _written(self, prefix: bytes, rows: Sequence[Any]) -> list[bytes]:
        write, wire, buffer = self._write, self._wire, io.BytesIO
        written = []
        try:
            for row in rows:
                target = buffer()
                target.write(prefix)
                write(target, wire, row)
                written.append(target.getvalue())
        except _CAUSES as error:
            message = f"The value cannot be written as Avro: {_told(error)}"
            raise DataError(message) from error
        return written


class Decoder:
    """Reads values that were written with one Avro schema.

    Args:
        schema: The same schema as Connect's; None for schemaless values.
        avro: The schema they were written with.
        rules: What the settings say.
        fails_on_rest: Whether bytes behind a value are an error.
    """

    def __init__(
        self, schema: Schema | None, avro: AvroSchema, rules: Rules, *, fails_on_rest: bool = False
    ) -> None:
        import fastavro

        reader = reader_for(schema, avro, rules)
        self._read: Callable[..., Any] = fastavro.schemaless_reader
        self._finish = reader.one
        self._finish_all = reader.many
        self._fails_on_rest = fails_on_rest
        self._is_raw = avro.type == "bytes"
        self._is_wrapped = not (isinstance(reader.wire, dict) and reader.wire["type"] == "record")
        self._wire = _parsed(reader.wire, is_wrapped=self._is_wrapped)
        self.schema = schema
        """The schema of the values."""

    def one(self, data: bytes, offset: int) -> Any:
        """Read the value behind some bytes.

        Raises:
            DataError: The bytes are not of this schema.
        """
        return self._finish(self._rows([data], offset)[0])

    def many(self, data: Sequence[bytes], offset: int) -> list[Any]:
        """Read values, each behind so many bytes.

        Raises:
            DataError: Some bytes are not of this schema.
        """
        return self._finish_all(self._rows(data, offset))

    def stream(self, source: IO[bytes], count: int) -> list[Any]:
        """Read so many values that follow each other without anything between them.

        Raises:
            DataError: The bytes are not of this schema, or they are plain ``bytes`` without length.
        """
        read, wire = self._read, self._wire
        try:
            rows = [read(source, wire, None) for _ in range(count)]
        except _CAUSES as error:
            raise _damaged(error) from error
        return self._finish_all([row[_ROOT] for row in rows] if self._is_wrapped else rows)

    def _rows(self, data: Sequence[bytes], offset: int) -> list[Any]:
        if self._is_raw:
            return [item[offset:] for item in data]
        try:
            rows = self._checked(data, offset) if self._fails_on_rest else self._all(data, offset)
        except _CAUSES as error:
            raise _damaged(error) from error
        return [row[_ROOT] for row in rows] if self._is_wrapped else rows

    def _all(self, data: Sequence[bytes], offset: int) -> list[Any]:
        read, wire, buffer = self._read, self._wire, io.BytesIO
        return [read(buffer(item[offset:]), wire, None) for item in data]

    def _checked(self, data: Sequence[bytes], offset: int) -> list[Any]:
        rows = []
        for item in data:
            source = io.BytesIO(item[offset:])
            rows.append(self._read(source, self._wire, None))
            rest = len(item) - offset - source.tell()
            if rest:
                message = (
                    f"{rest} bytes are left behind the value; set avro.fail.on.trailing.data=false"
                    " to ignore them"
                )
                raise ValueError(message)
        return rows


def _damaged(error: Exception) -> DataError:
    message = (
        f"The bytes are not Avro of their schema: {_told(error)}; they may be damaged, or"
        " written with another schema than the one their id tells"
    )
    return DataError(message)


def _told(error: Exception) -> str:
    text = str(error)
    text = text if len(text) <= 300 else text[:297] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
