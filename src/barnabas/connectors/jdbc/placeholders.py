# SPDX-License-Identifier: Apache-2.0
"""Parameters of statements: from the ``?`` of JDBC to the style of a Python driver."""

from __future__ import annotations

import functools
import re
from typing import Final

__all__ = ["translate"]

_REGIONS: Final = (
    r"'(?:[^']|'')*'",
    r'"(?:[^"]|"")*"',
    r"`(?:[^`]|``)*`",
    r"--[^\n]*",
    r"/\*.*?\*/",
    r"(?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag)",
)
_BACKSLASHES: Final = r"'(?:[^'\\]|''|\\.)*'"
_BRACKETS: Final = r"\[[^\]]*\]"


@functools.lru_cache(maxsize=1024)
def translate(
    sql: str,
    style: str,
    *,
    brackets: bool = False,
    backslashes: bool = False,
) -> str:
    """Rewrite the parameters of a statement that is executed with parameters.

    A ``?`` inside of quotes, comments and ``$tag$…$tag$`` stays; ``??`` is an operator ``?``, as in
    pgjdbc. With the styles ``format`` and ``pyformat`` every ``%`` is doubled.

    Args:
        sql: The statement.
        style: PEP 249's ``paramstyle``: qmark, format, pyformat, numeric or named; or dollar
            (``$1``), or null, which puts NULL where a parameter stands.
        brackets: Whether ``[name]`` is a quoted name, as in SQL Server.
        backslashes: Whether a backslash escapes inside of a string, as in MySQL.
    """
    parts: list[str] = []
    end = count = 0
    percent = style in {"format", "pyformat"}
    for match in _pattern(brackets=brackets, backslashes=backslashes).finditer(sql):
        parts.append(_plain(sql[end : match.start()], percent=percent))
        piece = match.group()
        if piece == "?":
            count += 1
            parts.append(_placeholder(style, count))
        else:
            parts.append(_plain("?" if piece == "??" else piece, percent=percent))
        end = match.end()
    parts.append(_plain(sql[end:], percent=percent))
    return "".join(parts)


@functools.cache
def _pattern(*, brackets: bool, backslashes: bool) -> re.Pattern[str]:
    regions = list(_REGIONS)
    if backslashes:
        regions[0] = _BACKSLASHES
    if brackets:
        regions.append(_BRACKETS)
    return re.compile("|".join((*regions, r"\?\?", r"\?")), re.DOTALL)


def _plain(text: str, *, percent: bool) -> str:
    return text.replace("%", "%%") if percent else text


def _placeholder(style: str, count: int) -> str:
    if style in {"format", "pyformat"}:
        return "%s"
    if style == "numeric":
        return f":{count}"
    if style == "named":
        return f":p{count}"
    if style == "dollar":
        return f"${count}"
    if style == "null":
        return "NULL"
    return "?"
