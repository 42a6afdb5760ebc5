# SPDX-License-Identifier: Apache-2.0
"""Avro's files: a header with the schema, then blocks of records.

::

    "Obj" 1 | metadata: map of bytes | sync marker, 16 bytes
    number of records | size of the block | block, compressed | sync marker      as often as needed

Blocks are put together here, since the text of the schema must be Java's while records are encoded
with the *wire schema* of `barnabas.converters.avro.writing`. Connectors write and read such files;
the converter does not.

Source:
    Apache Avro 1.12 specification, *Object Container Files*.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Final, NamedTuple

from barnabas.converters.avro.codec import Decoder, Encoder
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.model import AvroSchema, text_of
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.reading import is_anything
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.data import Schema
from barnabas.errors import ConfigError, DataError

__all__ = ["CODECS", "BlockEncoder", "FileHeader", "read_blocks", "read_header"]

_MAGIC: Final = b"Obj\x01"
_SYNC_BYTES: Final = 16
_DAMAGED: Final = "The file is no Avro file, or it is damaged"


class _Codec(NamedTuple):
    """How the bytes of a block are made smaller and restored."""

    shrink: Callable[[bytes], bytes]
    restore: Callable[[bytes], bytes]


class BlockEncoder:
    """Makes the header and the blocks of one file.

    Args:
        schema: What the values are; None for schemaless ones.
        rules: How Connect's schema becomes Avro's.
        codec: One of `CODECS`.

    Raises:
        ConfigError: The codec is unknown, or its library is missing.
        DataError: Avro cannot express the schema.
    """

    def __init__(self, schema: Schema | None, rules: Rules, codec: str = "null") -> None:
        self._shrink = _find_codec(codec).shrink
        avro = to_avro(schema, rules)
        text = text_of(avro)
        self._encoder = Encoder(schema, avro, rules)
        self._adds_length = avro.type == "bytes"
        self._sync = os.urandom(_SYNC_BYTES)
        metadata = {"avro.schema": text.encode(), "avro.codec": codec.encode()}
        self.header = _MAGIC + _map(metadata) + self._sync
        """What the file begins with."""

    def encode(self, values: Sequence[Any]) -> list[bytes]:
        """Encode records, none of them null without schema.

        Raises:
            DataError: One does not fit the schema.
        """
        encoded = self._encoder.many(b"", values)
        return [_long(len(each)) + each for each in encoded] if self._adds_length else encoded

    def block(self, records: Sequence[bytes]) -> bytes:
        """Make a block of encoded records."""
        content = self._shrink(b"".join(records))
        return b"".join((_long(len(records)), _long(len(content)), content, self._sync))


class FileHeader(NamedTuple):
    """What an Avro file says of itself."""

    avro: AvroSchema
    schema: Schema | None
    """The same as Connect's; None for schemaless values."""
    codec: str
    sync: bytes


def read_header(source: IO[bytes], rules: Rules) -> FileHeader:
    """Read the beginning of a file; the source then stands at the first block.

    Raises:
        DataError: It is no Avro file, or Connect cannot express its schema.
    """
    if source.read(4) != _MAGIC:
        message = f"{_DAMAGED}: it does not begin with {_MAGIC!r}"
        raise DataError(message)
    metadata = _read_map(source)
    sync = _read(source, _SYNC_BYTES)
    if "avro.schema" not in metadata:
        message = f"{_DAMAGED}: it tells no schema"
        raise DataError(message)
    avro = parse(metadata["avro.schema"].decode("utf-8", "replace"))
    schema = None if is_anything(avro) else to_connect(avro, rules)
    return FileHeader(avro, schema, metadata.get("avro.codec", b"null").decode(), sync)


def read_blocks(source: IO[bytes], header: FileHeader, rules: Rules) -> Iterator[list[Any]]:
    """Read the values of a file, a block at a time; the source stands behind the header.

    Raises:
        ConfigError: The library of the file's codec is missing.
        DataError: The file is damaged.
    """
    restore = _find_codec(header.codec).restore
    decoder = _BlockDecoder(header, rules)
    while True:
        first = source.read(1)
        if not first:
            return
        count = _read_long(source, first)
        block = _read(source, _read_long(source))
        if _read(source, _SYNC_BYTES) != header.sync:
            message = f"{_DAMAGED}: a block does not end where it should"
            raise DataError(message)
        yield decoder.decode(_restored(restore, block), count)


class _BlockDecoder:
    """Reads the records of blocks."""

    def __init__(self, header: FileHeader, rules: Rules) -> None:
        self._is_bytes = header.avro.type == "bytes"
        self._decoder = Decoder(header.schema, header.avro, rules)

    def decode(self, block: bytes, count: int) -> list[Any]:
        """Read so many records."""
        source = io.BytesIO(block)
        if self._is_bytes:
            return self._decoder.many([_read(source, _read_long(source)) for _ in range(count)], 0)
        return self._decoder.stream(source, count)


def _restored(restore: Callable[[bytes], bytes], block: bytes) -> bytes:
    try:
        return restore(block)
    except (ValueError, OSError, EOFError, zlib.error, lzma.LZMAError, RuntimeError) as error:
        message = f"{_DAMAGED}: a block cannot be uncompressed: {error}"
        raise DataError(message) from error


def _long(number: int) -> bytes:
    """Write a number as Avro does: zigzag, seven bits a byte."""
    rest = (number << 1) ^ (number >> 63)
    data = bytearray()
    while rest > 0x7F:
        data.append(rest & 0x7F | 0x80)
        rest >>= 7
    data.append(rest)
    return bytes(data)


def _map(members: dict[str, bytes]) -> bytes:
    parts = [_long(len(members))]
    for key, value in members.items():
        parts += (_long(len(key)), key.encode(), _long(len(value)), value)
    return b"".join((*parts, b"\0"))


def _read(source: IO[bytes], size: int) -> bytes:
    data = source.read(size) if size >= 0 else b""
    if len(data) != size:
        message = f"{_DAMAGED}: it ends early"
        raise DataError(message)
    return data


def _read_long(source: IO[bytes], first: bytes = b"") -> int:
    number = shift = 0
    while True:
        byte = first[0] if first else _read(source, 1)[0]
        first = b""
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1)
        shift += 7
        if shift > 63:
            message = f"{_DAMAGED}: a number is too long"
            raise DataError(message)


def _read_map(source: IO[bytes]) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    while count := _read_long(source):
        if count < 0:  # then the size of this part in bytes follows
            _read_long(source)
        for _ in range(abs(count)):
            key = _read(source, _read_long(source)).decode("utf-8", "replace")
            members[key] = _read(source, _read_long(source))
    return members


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _snappy() -> _Codec:
    cramjam = _cramjam("snappy")

    def shrink(data: bytes) -> bytes:
        return bytes(cramjam.snappy.compress_raw(data)) + zlib.crc32(data).to_bytes(4, "big")

    def restore(data: bytes) -> bytes:
        content = _uncramped(cramjam, cramjam.snappy.decompress_raw, data[:-4])
        if zlib.crc32(content) != int.from_bytes(data[-4:], "big"):
            message = "its checksum is wrong"
            raise ValueError(message)
        return content

    return _Codec(shrink, restore)


def _zstandard() -> _Codec:
    cramjam = _cramjam("zstandard")

    def restore(data: bytes) -> bytes:
        return _uncramped(cramjam, cramjam.zstd.decompress, data)

    return _Codec(lambda data: bytes(cramjam.zstd.compress(data)), restore)


def _uncramped(cramjam: Any, restore: Callable[[bytes], Any], data: bytes) -> bytes:
    try:
        return bytes(restore(data))
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from error


def _cramjam(codec: str) -> Any:
    try:
        import cramjam
    except ImportError as error:
        message = (
            f"The Avro codec {codec} needs the library cramjam: pip install 'barnabas[hdfs]', or"
            " set avro.codec to null or deflate"
        )
        raise ConfigError(message) from error
    return cramjam


_CODECS: Final[dict[str, Callable[[], _Codec]]] = {
    "null": lambda: _Codec(bytes, bytes),
    "deflate": lambda: _Codec(_deflate, lambda data: zlib.decompress(data, wbits=-15)),
    "snappy": _snappy,
    "bzip2": lambda: _Codec(bz2.compress, bz2.decompress),
    "zstandard": _zstandard,
    "xz": lambda: _Codec(lzma.compress, lzma.decompress),
}
CODECS: Final = tuple(_CODECS)
"""Names of the codecs, as files say them."""


def _find_codec(name: str) -> _Codec:
    make = _CODECS.get(name)
    if make is None:
        message = f"The Avro codec {name!r} is unknown; there are {', '.join(CODECS)}"
        raise ConfigError(message)
    return make()
