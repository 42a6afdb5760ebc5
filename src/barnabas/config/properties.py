# SPDX-License-Identifier: Apache-2.0
r"""Java property files.

A file is a series of logical lines ``key = value``. The separator is ``=``, ``:`` or white space.
``#`` or ``!`` begins a comment line; a comment cannot be continued. A line that ends in an odd
number of backslashes goes on in the next line, whose leading white space is dropped. The escapes
``\t \n \r \f`` and ``\uXXXX`` are understood in keys and values, any other escaped character
stands for itself. When a key comes twice, the later value counts. White space at the end of a
value stays.

Differs:
    Files are read as UTF-8 (Java: ISO-8859-1); the ``\u`` escapes of old files work in both. A
    file that is not UTF-8 is read as ISO-8859-1.

Source:
    java.util.Properties, load(Reader).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from barnabas.errors import ConfigError

__all__ = ["parse_properties", "read_properties"]

_WHITE: Final = " \t\f"
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_NAMED: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")


def parse_properties(text: str) -> dict[str, str]:
    r"""Read the text of a property file into a dict in the order of the file.

    Raises:
        ConfigError: A ``\u`` escape does not have four hexadecimal digits; names the line.
    """
    properties: dict[str, str] = {}
    for number, line in _logical_lines(text):
        key, value = _split(line)
        try:
            properties[_unescape(key)] = _unescape(value)
        except ValueError as error:
            message = f"line {number}: {error}"
            raise ConfigError(message) from error
    return _join_surrogates(properties)


def read_properties(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read a property file.

    Raises:
        ConfigError: The file cannot be read or understood; the text names it and the reason.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"Cannot read the properties file {os.fspath(path)}: {reason}"
        raise ConfigError(message) from error
    try:
        return parse_properties(_decode(data))
    except ConfigError as error:
        message = f"Cannot understand the properties file {os.fspath(path)}, {error.message}"
        raise ConfigError(message) from error


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first line, text without its continuation marks)."""
    pending: list[str] = []
    first = 0
    for number, raw in enumerate(_LINE_END.split(text), 1):
        line = raw.lstrip(_WHITE)
        if not pending:
            first = number
            if not line or line[0] in "#!":
                continue
        if _is_continued(line):
            pending.append(line[:-1])
            continue
        pending.append(line)
        if any(pending):
            yield first, "".join(pending)
        pending = []
    if any(pending):
        yield first, "".join(pending)


def _is_continued(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _split(line: str) -> tuple[str, str]:
    end = 0
    while end < len(line) and line[end] not in "=:" + _WHITE:
        end += 2 if line[end] == "\\" else 1
    rest = line[end:].lstrip(_WHITE)
    if rest[:1] in ("=", ":"):
        rest = rest[1:].lstrip(_WHITE)
    return line[:end], rest


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    parts: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\" and position < len(text):
            character = text[position]
            position += 1
            if character == "u":
                character = _unicode(text[position : position + 4])
                position += 4
            else:
                character = _NAMED.get(character, character)
        elif character == "\\":
            break
        parts.append(character)
    return "".join(parts)


def _unicode(digits: str) -> str:
    if not _HEX.fullmatch(digits):
        message = rf"the escape \u{digits} needs four hexadecimal digits; write \\u for a plain u"
        raise ValueError(message)
    return chr(int(digits, 16))


def _join_surrogates(properties: dict[str, str]) -> dict[str, str]:
    """Two escapes may be the halves of one character: put them together."""
    if not any(_has_surrogate(k) or _has_surrogate(v) for k, v in properties.items()):
        return properties
    return {_joined(k): _joined(v) for k, v in properties.items()}


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
