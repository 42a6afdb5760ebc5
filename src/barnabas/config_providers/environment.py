# SPDX-License-Identifier: Apache-2.0
"""Values from the environment of the worker: ``${env:PASSWORD}``.

Source:
    KIP-887; Apache Kafka ``EnvVarConfigProvider``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Set
from typing import Final

from barnabas.api import ConfigData, ConfigProvider
from barnabas.config import java_regex
from barnabas.errors import ConfigError

__all__ = ["EnvVarConfigProvider"]

_PATTERN: Final = "allowlist.pattern"

_log = logging.getLogger(__name__)


class EnvVarConfigProvider(ConfigProvider):
    """Knows the environment variables the process was started with.

    Args:
        environ: The variables; those of this process when None.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._all = dict(os.environ if environ is None else environ)
        self._allowed = self._all

    def configure(self, configs: Mapping[str, str]) -> None:
        """Take ``allowlist.pattern``: which variables may be read, all when absent."""
        text = configs.get(_PATTERN)
        if text is None:
            _log.debug("No pattern for environment variables provided, all may be read")
            return
        try:
            pattern = java_regex(text)
        except ConfigError as error:
            message = f"{_PATTERN} is no regular expression: {error.message}"
            raise ConfigError(message) from error
        self._allowed = {name: self._all[name] for name in self._all if pattern.fullmatch(name)}

    def get(self, path: str, keys: Set[str] | None = None) -> ConfigData:
        """Look variables up; there is no path."""
        if path:
            message = f"Path is not supported for EnvVarConfigProvider, invalid value '{path}'"
            raise ConfigError(message)
        return ConfigData(
            {name: value for name, value in self._allowed.items() if keys is None or name in keys}
        )
