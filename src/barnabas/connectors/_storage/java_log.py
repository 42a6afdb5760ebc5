# SPDX-License-Identifier: Apache-2.0
r"""The log in which Java's connector notes a commit before it renames files; read, never written.

A file begins with ``WAL\0`` and 16 random bytes, the *sync marker*. Records follow: int32 length
of key and value, int32 length of the key, key, value; lengths are big-endian, key and value are
Hadoop texts (their length in a variable number of bytes, then UTF-8). An int32 of -1 and the marker
may come before any record. The key is the temporary path, the value the final one; the keys BEGIN
and END enclose what belongs together.

Source:
    Reference page *hdfs*, section 5, "WAL file bytes" and "Recovery on open".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from barnabas.errors import ProtocolError

__all__ = ["Move", "last_complete_moves", "moves_to_finish", "read_entries"]

Move = tuple[str, str]
"""Temporary and final path, as Java wrote them: with the address of the store."""

_MAGIC: Final = b"WAL\x00"
_MARKER_BYTES: Final = 16
_HEADER_BYTES: Final = len(_MAGIC) + _MARKER_BYTES
_BEGIN: Final = "BEGIN"
_END: Final = "END"


def read_entries(content: bytes) -> list[Move]:
    """Read all records of a log; one that was cut off at the end is left out.

    Raises:
        ProtocolError: It is not a log, or damaged in the middle.
    """
    if len(content) < _HEADER_BYTES:
        return []
    if content[: len(_MAGIC)] != _MAGIC:
        message = f"Not a log of commits: it begins with {content[:4]!r} instead of {_MAGIC!r}"
        raise ProtocolError(message)
    return list(_records(content, content[len(_MAGIC) : _HEADER_BYTES]))


def _records(content: bytes, marker: bytes) -> Iterator[Move]:
    at = _HEADER_BYTES
    while at + 4 <= len(content):
        (length,) = struct.unpack_from(">i", content, at)
        at += 4
        if length == -1:
            found = content[at : at + _MARKER_BYTES]
            if len(found) == _MARKER_BYTES and found != marker:
                message = f"The log of commits is damaged: no marker at byte {at}"
                raise ProtocolError(message)
            at += _MARKER_BYTES
            continue
        if length < 0:
            message = f"The log of commits is damaged: length {length} at byte {at - 4}"
            raise ProtocolError(message)
        end = at + 4 + length
        if end > len(content):
            return
        (key_length,) = struct.unpack_from(">i", content, at)
        if not 0 <= key_length <= length:
            message = f"The log of commits is damaged: key length {key_length} at byte {at}"
            raise ProtocolError(message)
        key = content[at + 4 : at + 4 + key_length]
        yield _text(key, at), _text(content[at + 4 + key_length : end], at)
        at = end


def _text(data: bytes, at: int) -> str:
    """Read a Hadoop text: its length in Hadoop's variable form, then UTF-8."""
    try:
        first = struct.unpack_from(">b", data)[0]
        size = 0 if first >= -112 else -112 - first
        length = first if first >= -112 else int.from_bytes(data[1 : 1 + size], "big")
        text = data[1 + size :]
        if size > 8 or length != len(text):
            message = f"The log of commits is damaged: a text of the record at byte {at}"
            raise ProtocolError(message)
        return text.decode("utf-8")
    except (struct.error, UnicodeDecodeError) as error:
        message = f"The log of commits is damaged: a text of the record at byte {at}"
        raise ProtocolError(message) from error


def moves_to_finish(entries: Sequence[Move]) -> list[Move]:
    """The renames that were promised; what comes after the last END was not."""
    pending: dict[str, str] = {}
    promised: dict[str, str] = {}
    for key, value in entries:
        if key == _BEGIN:
            pending = {}
        elif key == _END:
            promised |= pending
            pending = {}
        else:
            pending[key] = value
    return list(promised.items())


def last_complete_moves(entries: Sequence[Move]) -> list[Move]:
    """The last group of renames, not empty, that both BEGIN and END enclose; else empty."""
    last: list[Move] = []
    group: list[Move] | None = None
    for key, value in entries:
        if key == _BEGIN:
            group = []
        elif key == _END:
            last = group or last
            group = None
        elif group is not None:
            group.append((key, value))
    return last
