# SPDX-License-Identifier: Apache-2.0
"""A database's sentence without the values of rows.

Sentences known to name tables, columns and constraints only are kept; in all others every quoted
text goes, and what a trigger says is withheld: it may show anything.
"""

from __future__ import annotations

import re
from typing import Any, Final

from barnabas.connectors.jdbc.trouble import Trouble

__all__ = ["redacted"]

_HIDDEN: Final = "****"
_LONGEST: Final = 500
_WITHHELD: Final = "a trigger or function refused it; its message may show values, see the server"
_NAMES_ONLY: Final = frozenset(
    {
        Trouble.CONNECTION,
        Trouble.DEADLOCK,
        Trouble.SERIALIZATION,
        Trouble.LOCK,
        Trouble.RESOURCES,
        Trouble.CANCELLED,
        Trouble.LOGIN,
        Trouble.PERMISSION,
        Trouble.MISSING,
    }
)
"""Trouble that is not about values: the sentence has names in its quotes."""
_MYSQL_NAMES: Final = frozenset({1048, 1050, 1060, 1101, 1118, 1170, 1264, 1265, 1364, 1406, 1451})
_ORACLE_TOO_LONG: Final = 12899
_QUOTED: Final = re.compile(
    r"'(?:[^']|'')*'(?!\w)|\"(?:[^\"]|\"\")*\"|«[^»]*»|„[^“”]*[“”]|“[^”]*”|\b0x[0-9A-Fa-f ]+\b"
)
_VALUES: Final = (
    # Oracle 23ai and SQL Server: the values in parentheses
    re.compile(r"(?i)(?P<keep>(?:values?|row)(?: is)? ?:? ?)\((?P<value>.*)\)"),
    # MySQL: Duplicate entry 'x-y' for key 'PRIMARY'
    re.compile(r"(?P<keep>Duplicate entry )(?P<value>'.*')(?= for key )"),
    # MySQL and SQL Server: Incorrect integer value: 'x' for column 'c' at row 1
    re.compile(r"(?i)(?P<keep> value:? )(?P<value>'.*?')(?= for (?:column|function)|$| to data)"),
    # SQL Server: Truncated value: 'x'.
    re.compile(r"(?i)(?P<keep>Truncated value: )(?P<value>'.*')"),
)


def redacted(
    error: BaseException,
    dialect_name: str,
    trouble: Trouble,
    sqlstate: str | None,
    code: int | None,
) -> str:
    """Write what the database said on one line, without the values of rows.

    Args:
        error: What the driver raised.
        dialect_name: Name of the dialect.
        trouble: What kind of thing it is.
        sqlstate: Its SQLState, if any.
        code: The database's own number, if any.
    """
    if _is_withheld(dialect_name, sqlstate, code):
        return _WITHHELD
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None and diagnosis.message_primary:
        return _diagnosed(diagnosis, about_a_value=(sqlstate or "22").startswith("22"))
    text = _sentence(error)
    for rule in _VALUES:
        text = rule.sub(lambda match: match["keep"] + _HIDDEN, text)
    if not _keeps_quotes(dialect_name, trouble, code):
        text = _QUOTED.sub(_HIDDEN, text)
    return text


def _keeps_quotes(dialect_name: str, trouble: Trouble, code: int | None) -> bool:
    if trouble in _NAMES_ONLY:
        return True
    if dialect_name.startswith("MySql"):
        return code in _MYSQL_NAMES or code in {1062, 1366}
    if dialect_name.startswith("Oracle"):
        return trouble is not Trouble.DATA or code == _ORACLE_TOO_LONG
    if dialect_name.startswith("Sqlite"):
        return True
    return trouble is Trouble.CONSTRAINT and dialect_name.startswith("SqlServer")


def _is_withheld(dialect_name: str, sqlstate: str | None, code: int | None) -> bool:
    if sqlstate is not None and sqlstate.startswith("P0"):
        return True
    if dialect_name.startswith("MySql"):
        return code == 1644
    if dialect_name.startswith("Oracle"):
        return code is not None and 20000 <= code <= 20999
    return dialect_name.startswith("Sqlite") and code == 1811


def _sentence(error: BaseException) -> str:
    parts = [part for part in error.args if isinstance(part, str | bytes)] or [str(error)]
    text = parts[0].decode("utf-8", "replace") if isinstance(parts[0], bytes) else parts[0]
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return _short(text or type(error).__name__)


def _diagnosed(diagnosis: Any, *, about_a_value: bool) -> str:
    """Write PostgreSQL's first line and the names it gives apart; its DETAIL shows the row."""
    text = _short(diagnosis.message_primary)
    if about_a_value:
        text = _QUOTED.sub(_HIDDEN, text)
    names = [
        f"{word} {name}"
        for word, name in (
            ("table", diagnosis.table_name),
            ("column", diagnosis.column_name),
            ("constraint", diagnosis.constraint_name),
            ("type", diagnosis.datatype_name),
        )
        if name and f'"{name}"' not in text
    ]
    return f"{text} [{', '.join(names)}]" if names else text


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
