# SPDX-License-Identifier: Apache-2.0
"""Options of connections the operator of the workers does not allow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote

from barnabas.connectors.jdbc.urls.shown import without_secrets
from barnabas.errors import ConfigError

__all__ = ["check_options", "denied_options"]

VARIABLE: Final = "JDBC_CONNECTION_URL_BLOCKED_PARAMS"
"""Environment variable: names of options, with commas between."""
_NAMES: Final = re.compile(r"(?:^|[?&;,(:\[])\s*([^=?&;,()\[\]:]+?)\s*=")


def denied_options() -> frozenset[str]:
    """Read the names the operator denied, in lower case."""
    names = os.environ.get(VARIABLE, "").split(",")
    return frozenset(name.strip().lower() for name in names if name.strip())


def check_options(url: str, properties: Mapping[str, str]) -> None:
    """Refuse a connection that has an option the operator denied.

    Raises:
        ConfigError: It has one.
    """
    denied = denied_options()
    found = sorted(_present(url, properties) & denied) if denied else []
    if found:
        message = (
            f"The connection options {', '.join(found)} are not allowed on this worker"
            f" ({VARIABLE}): {without_secrets(url)}"
        )
        raise ConfigError(message)


def _present(url: str, properties: Iterable[str]) -> set[str]:
    decoded = unquote(unquote(url))
    names = [name for text in (url, decoded) for name in _NAMES.findall(text)]
    return {name.lower() for name in (*names, *properties)}
