# SPDX-License-Identifier: Apache-2.0
r"""Replacements of regular expressions as Java writes them: ``$1``, ``${name}``, ``\$``.

Source:
    Behaviour of ``java.util.regex.Matcher.replaceFirst``, compared with OpenJDK 17.
"""

from __future__ import annotations

import re
from typing import Final

from barnabas.errors import DataError

__all__ = ["expand"]

_PIECE: Final = re.compile(
    r"\\(?P<escaped>.)|\$\{(?P<name>[A-Za-z][A-Za-z0-9]*)\}|\$(?P<digits>[0-9]+)|(?P<text>[^\\$]+)",
    re.DOTALL,
)


def expand(replacement: str, found: re.Match[str]) -> str:
    """Fill the groups of a match in. A group that took no part is empty.

    A number takes as many digits as still name a group: with two groups, ``$12`` is the first one
    and a 2.

    Raises:
        DataError: There is no such group, or a ``$`` or a backslash stands alone.
    """
    result: list[str] = []
    position = 0
    while position < len(replacement):
        piece = _PIECE.match(replacement, position)
        if piece is None:
            raise _refuse(replacement, position, r"a $ must be followed by a group, or be \$")
        position = piece.end()
        if piece["digits"] is not None:
            digits = _group_digits(piece["digits"], found)
            position = piece.start() + 1 + len(digits)
            result.append(_group(int(digits), found, replacement, position))
        elif piece["name"] is not None:
            result.append(_group(piece["name"], found, replacement, position))
        else:
            result.append(piece["escaped"] or piece["text"])
    return "".join(result)


def _group_digits(digits: str, found: re.Match[str]) -> str:
    end = 1
    while end < len(digits) and int(digits[: end + 1]) <= found.re.groups:
        end += 1
    return digits[:end]


def _group(group: int | str, found: re.Match[str], replacement: str, position: int) -> str:
    try:
        return found[group] or ""
    except IndexError:
        raise _refuse(replacement, position, f"there is no group {group}") from None


def _refuse(replacement: str, position: int, reason: str) -> DataError:
    message = f"Invalid replacement {replacement!r} at position {position}: {reason}"
    return DataError(message)
