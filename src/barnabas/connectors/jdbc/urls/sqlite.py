# SPDX-License-Identifier: Apache-2.0
"""``jdbc:sqlite:file`` for Python's own SQLite."""

from __future__ import annotations

from barnabas.connectors.jdbc.urls.parts import options_of, seconds
from barnabas.connectors.jdbc.urls.target import Target

__all__ = ["read_sqlite_url"]

_BUSY_TIMEOUT_S = 3.0


def read_sqlite_url(rest: str, properties: dict[str, str]) -> Target:
    """Read what stands behind ``jdbc:sqlite:``: a file, ``:memory:``, ``file:…?…`` or nothing.

    Raises:
        ConfigError: An option is wrong.
    """
    is_uri = rest.startswith("file:")
    place, _, query = (rest, "", "") if is_uri else rest.partition("?")
    options = {**properties, **options_of(query)}
    target = Target("sqlite+pysqlite", database=place or ":memory:")
    busy = options.get("busy_timeout")
    target.connect_args["timeout"] = (
        _BUSY_TIMEOUT_S if busy is None else seconds("busy_timeout", busy, unit_s=0.001)
    )
    target.connect_args["check_same_thread"] = False
    if is_uri:
        target.connect_args["uri"] = True
    if options.get("foreign_keys", "").lower() in {"true", "on", "1"}:
        target.session.append("PRAGMA foreign_keys = ON")
    if options.get("journal_mode", "").isalpha():
        target.session.append(f"PRAGMA journal_mode = {options['journal_mode']}")
    return target
